use std::time::Duration;

use serde::Deserialize;
use switchboard_core::agent_event::AgentEvent;
use tempfile::TempDir;

use super::*;
use crate::{agent::Agent, agents::fold, resolve::resolve};

/// A consumer that counts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Count(u64);

impl Delivery for Count {}

async fn store() -> (Store<Count>, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (Store::sqlite(&folder.path().join("agents.db")).await.unwrap(), folder)
}

fn key(text: &str) -> AgentKey {
    AgentKey::from_text(text).unwrap()
}

fn soon() -> Instant {
    Instant::now() + Duration::from_mins(1)
}

/// Counts each agent; returns the counts of before.
async fn count(store: &Store<Count>, deadline: Instant) -> Vec<(String, Result<u64, StoreError>)> {
    let step = |_: &AgentKey, record: &mut Record<Count>| {
        record.delivery.0 += 1;
        record.delivery.0 - 1
    };
    let agents = ["eu-central-1/i/ann", "eu-central-1/i/bob"].map(key);
    let mut counts = store.update(agents, deadline, step).await;
    counts.sort_by(|(one, _), (other, _)| one.cmp(other));
    counts.into_iter().map(|(key, before)| (key.username.as_str().to_owned(), before)).collect()
}

#[tokio::test]
async fn each_record_is_read_changed_and_written_and_has_a_result() {
    let (store, _folder) = store().await;
    for before in 0..3 {
        let both = ["ann", "bob"].map(|name| (name.to_owned(), Ok(before)));
        assert_eq!(count(&store, soon()).await, both);
    }
}

#[tokio::test]
async fn past_the_deadline_every_agent_fails() {
    let (store, _folder) = store().await;
    let failed = count(&store, Instant::now()).await;
    assert_eq!(failed, ["ann", "bob"].map(|name| (name.to_owned(), Err(StoreError::Deadline))));
}

/// An event of the agent `x` of this instance; without a user name if that is empty.
fn event(instance: &str, username: &str, kind: &str, minute: u8) -> crate::AgentUpdate {
    let (region, id) = instance.split_once('/').unwrap();
    let snapshot = match username {
        "" => "null".to_owned(),
        name => format!(r#"{{"Configuration":{{"Username":"{name}"}},"AgentStatus":{{"Name":"Lunch"}}}}"#),
    };
    let text = format!(
        r#"{{"AgentARN":"arn:aws:connect:{region}:1:instance/{id}/agent/x","EventType":"{kind}",
        "EventTimestamp":"2026-11-02T08:{minute:02}:00Z","CurrentAgentSnapshot":{snapshot}}}"#
    );
    crate::read(&AgentEvent::parse(&text).unwrap(), Timestamp::MAX).unwrap()
}

#[tokio::test]
async fn instances_and_regions_with_one_user_name_and_one_arn_id_do_not_mix() {
    let (store, _folder) = store().await;
    let now = "2026-11-02T09:00:00Z".parse().unwrap();
    let instances = ["eu-central-1/i", "eu-central-1/j", "us-west-2/i"];
    let merge = async |events: Vec<crate::AgentUpdate>| {
        let batch = resolve((&store, &RecordCache::default()), fold(events), soon()).await;
        assert!(batch.failed.is_empty() && batch.failed_arns.is_empty());
        let step = |key: &AgentKey, record: &mut Record<Count>| batch.updates[key].merge_into("s", record);
        store.update(batch.updates.keys().cloned(), soon(), step).await;
    };
    merge(instances.map(|instance| event(instance, "anna", "STATE_CHANGE", 1)).to_vec()).await;
    // A logout by the ARN alone, and another user name of the ARN.
    merge(vec![event(instances[0], "", "LOGOUT", 2), event(instances[1], "ann", "STATE_CHANGE", 3)]).await;
    let all = store.all(now, soon()).await.unwrap();
    let is_on = |agent: &Agent| agent.current().unwrap().state != crate::AgentState::LoggedOff;
    let shown: Vec<_> = all.iter().map(|(key, record)| (key.to_text(), is_on(&record.agent))).collect();
    let expected = [
        ("eu-central-1/i/anna", false),
        ("eu-central-1/j/ann", true),
        ("eu-central-1/j/anna", false),
        ("us-west-2/i/anna", true),
    ];
    assert_eq!(shown, expected.map(|(key, is_on)| (key.to_owned(), is_on)));
}

#[tokio::test]
async fn a_routing_profile_is_kept_once_and_the_newest_counts() {
    let (store, _folder) = store().await;
    let now = "2026-11-02T09:00:00Z".parse().unwrap();
    let event = |username: &str, minute: u8, queues: &str| {
        let text = format!(
            r#"{{"AgentARN":"arn:aws:connect:eu-central-1:1:instance/i/agent/{username}","EventType":"HEART_BEAT",
            "EventTimestamp":"2026-11-02T08:{minute:02}:00Z","CurrentAgentSnapshot":{{"NextAgentStatus":{{"Name":"Lunch"}},
            "Configuration":{{"Username":"{username}","AgentHierarchyGroups":{{"Level2":{{"Name":"Team 1"}}}},
            "RoutingProfile":{{"ARN":"arn:aws:connect:eu-central-1:1:instance/i/routing-profile/p","Name":"Basic",
            "InboundQueues":[{{"ARN":"i/queue/agent/{username}","Name":null}}{queues}]}}}},"AgentStatus":{{"Name":"Available"}}}}}}"#
        );
        crate::read(&AgentEvent::parse(&text).unwrap(), Timestamp::MAX).unwrap()
    };
    let sales = r#",{"ARN":"i/queue/q1","Name":"Sales"}"#;
    let both = r#",{"ARN":"i/queue/q1","Name":"Sales"},{"ARN":"i/queue/q2","Name":"Support"}"#;
    let cache = RecordCache::default();
    for events in [vec![event("ann", 2, both), event("bob", 1, sales)], vec![event("bob", 0, sales)]] {
        let batch = resolve((&store, &cache), fold(events), soon()).await;
        let step = |key: &AgentKey, record: &mut Record<Count>| batch.updates[key].merge_into("s", record);
        store.update_cached(&cache, batch.updates.keys().cloned(), soon(), step).await;
    }
    let mut held = HeldRoster::default();
    let roster = store.roster(&mut held, now, soon()).await.unwrap();
    assert_eq!(roster.agents.len(), 2);
    let assigned: Vec<_> = roster.agents.values().map(|record| record.agent.assignment().unwrap()).collect();
    assert!(assigned.iter().all(|assigned| assigned.groups == ["Team 1"]
        && assigned.next_status.as_deref() == Some("Lunch")
        && assigned.routing_profile.as_deref() == Some("p")));
    let profiles: Vec<_> = roster.routing_profiles.values().collect();
    let [profile] = profiles[..] else { panic!("{profiles:?}") };
    let queues = [("q1", "Sales"), ("q2", "Support")].map(|(id, name)| (id.to_owned(), name.to_owned()));
    assert_eq!((profile.name.as_str(), &profile.queues[..]), ("Basic", &queues[..]));
    assert_eq!(store.all(now, soon()).await.unwrap().len(), 2, "a profile is no agent");
}

#[tokio::test]
async fn of_a_roster_only_what_was_written_since_is_read_again() {
    let (store, _folder) = store().await;
    let cache = RecordCache::default();
    let tell = async |events: Vec<crate::AgentUpdate>| {
        let batch = resolve((&store, &cache), fold(events), soon()).await;
        let step = |key: &AgentKey, record: &mut Record<Count>| batch.updates[key].merge_into("s", record);
        store.update_cached(&cache, batch.updates.keys().cloned(), soon(), step).await;
    };
    let [here, there] = ["eu-central-1/i", "us-west-2/i"];
    tell(vec![event(here, "ann", "STATE_CHANGE", 1), event(there, "bob", "STATE_CHANGE", 2)]).await;
    let mut held = HeldRoster::default();
    let now: Timestamp = "2026-11-02T09:00:00Z".parse().unwrap();
    let first = store.roster(&mut held, now, soon()).await.unwrap().clone();
    assert_eq!(first.agents.len(), 2);
    tell(vec![event(there, "bob", "LOGOUT", 3)]).await;
    let next = store.roster(&mut held, now, soon()).await.unwrap().clone();
    let is_same = |name: &str| Arc::ptr_eq(&first.agents[&key(name)], &next.agents[&key(name)]);
    assert!(is_same("eu-central-1/i/ann") && !is_same("us-west-2/i/bob"));
    assert_eq!(store.roster(&mut HeldRoster::default(), now, soon()).await.unwrap(), &next);
    // The one without an event for longer expires first, whoever purges it.
    let later = "2026-11-09T08:02:00Z".parse().unwrap();
    let left = store.roster(&mut held, later, soon()).await.unwrap();
    assert_eq!(left.agents.keys().map(AgentKey::to_text).collect::<Vec<_>>(), ["us-west-2/i/bob"]);
}
