mod joined;
mod rejections;
mod service;

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use switchboard_agents::{fold, read};
use switchboard_core::agent_event::AgentEvent;
use switchboard_store::call::CallContext;
use tempfile::TempDir;
use tokio::time::Instant;

use super::*;

const INSTANCE: &str = "arn:aws:connect:eu-central-1:1:instance/i";

fn at(second: i64) -> Timestamp {
    "2026-11-02T08:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(second)
}

fn context(second: i64) -> CallContext {
    CallContext::new(at(second), Instant::now() + Duration::from_mins(1))
}

/// A feed over a file of its own, to standard output.
async fn feed() -> (Feed, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::sqlite(&folder.path().join("agents.db")).await.unwrap();
    (Feed::new(store, Client::stdout(), StateMode::Status), folder)
}

/// A batch of these agents at lunch, as of those seconds, which comes in that second.
async fn lunch(feed: &Feed, agents: &[(&str, i64)], second: i64) -> BatchOutcome {
    let updates = agents.iter().map(|(name, since)| {
        let arn = format!("{INSTANCE}/agent/{name}");
        let event = json!({"AgentARN": arn, "EventType": "STATE_CHANGE", "EventTimestamp": at(*since).to_string(),
            "CurrentAgentSnapshot": {"Configuration": {"Username": name}, "AgentStatus": {"Name": "Lunch"}}});
        read(&AgentEvent::parse(&event.to_string()).unwrap(), at(second)).unwrap()
    });
    feed.observe(fold(updates), "shard", context(second)).await
}

#[tokio::test]
async fn a_snapshot_counts_those_who_were_logged_off_for_their_silence_once() {
    let (feed, _folder) = feed().await;
    let first = lunch(&feed, &[("ann", 0), ("bob", 1), ("cid", 20)], 20).await;
    assert_eq!(first.snapshot, Some(SnapshotOutcome { agents: 3, ..SnapshotOutcome::default() }));
    assert_eq!(lunch(&feed, &[("cid", 310)], 310).await.failed, BTreeMap::new());
    let counts = async |second| {
        let SnapshotOutcome { agents, timed_out, rejected, .. } =
            feed.snapshot(context(second)).await.unwrap();
        (agents, timed_out, rejected)
    };
    assert_eq!(counts(310).await, (3, 2, 0));
    assert_eq!(counts(311).await, (3, 0, 0), "they are off");
}

#[tokio::test]
async fn a_snapshot_in_which_nothing_changed_writes_no_agent() {
    let (feed, folder) = feed().await;
    drop(lunch(&feed, &[("ann", 0), ("bob", 1)], 2).await);
    let file = folder.path().join("agents.db");
    let database = sqlx::SqlitePool::connect(&format!("sqlite://{}", file.display())).await.unwrap();
    let revisions = async || {
        let query = "SELECT agent, revision FROM agents WHERE agent <> '#feed' ORDER BY agent";
        sqlx::query_as::<_, (String, i64)>(query).fetch_all(&database).await.unwrap()
    };
    let before = revisions().await;
    assert_eq!(feed.snapshot(context(3)).await.unwrap().agents, 2);
    assert_eq!(revisions().await, before);
}

#[tokio::test]
async fn a_snapshot_has_one_state_for_a_user_name_in_two_regions() {
    let service = service::Service::start();
    let folder = tempfile::tempdir().unwrap();
    let store = Store::sqlite(&folder.path().join("agents.db")).await.unwrap();
    let feed = Feed::new(store, service.client(), StateMode::Status);
    let observe = async |region: &str, kind: &str, status: &str, second| {
        let event = json!({"AgentARN": format!("arn:aws:connect:{region}:1:instance/i/agent/x"),
            "EventType": kind, "EventTimestamp": at(second).to_string(),
            "CurrentAgentSnapshot": {"Configuration": {"Username": "ann"}, "AgentStatus": {"Name": status}}});
        let update = read(&AgentEvent::parse(&event.to_string()).unwrap(), at(second)).unwrap();
        feed.observe(fold([update]), "shard", context(second)).await.sent
    };
    let snapshot = async |second| {
        assert_eq!(feed.snapshot(context(second)).await.unwrap().agents, 1);
        service.last_state("ann")
    };
    observe("us-west-2", "STATE_CHANGE", "Available", 5).await;
    assert_eq!(observe("eu-central-1", "STATE_CHANGE", "Lunch", 2).await, 1);
    assert_eq!(service.last_state("ann"), "Lunch", "what is sent last counts");
    assert_eq!(snapshot(6).await, "Available", "it began last");
    // Neither is sent again.
    assert_eq!(observe("us-west-2", "HEART_BEAT", "Available", 6).await, 0);
    assert_eq!(observe("eu-central-1", "HEART_BEAT", "Lunch", 6).await, 0);
    assert_eq!(observe("eu-central-1", "LOGOUT", "Lunch", 8).await, 1);
    assert_eq!(service.last_state("ann"), "Logged off");
    assert_eq!(snapshot(9).await, "Available", "the agent is logged on there");
    assert_eq!(observe("us-west-2", "LOGOUT", "Available", 10).await, 1);
    assert_eq!(snapshot(11).await, "Logged off");
}

#[tokio::test]
async fn that_the_service_accepts_states_is_known_to_every_process() {
    let (feed, _folder) = feed().await;
    let accepted_from = async |begin, end| {
        let look = |feed_state: &mut FeedState| feed_state.last_accepted_at;
        let accepted_at = feed.store.update_feed_state(context(0).deadline, look).await.unwrap();
        accepted_at.is_some_and(|accepted| (at(begin)..at(end)).contains(&accepted))
    };
    assert!(!accepted_from(0, 90).await);
    drop(lunch(&feed, &[("ann", 0)], 2).await);
    assert!(accepted_from(2, 20).await);
    // Not with every batch.
    drop(lunch(&feed, &[("bob", 20)], 20).await);
    assert!(accepted_from(2, 20).await);
    drop(lunch(&feed, &[("cid", 80)], 80).await);
    assert!(accepted_from(80, 100).await);
}

#[tokio::test]
async fn a_batch_and_a_snapshot_run_on_any_thread() {
    fn is_sent<T: Send>(future: T) -> T {
        future
    }
    let (feed, _folder) = feed().await;
    drop(is_sent(feed.observe(fold([]), "shard", context(0))).await);
    assert_eq!(is_sent(feed.snapshot(context(0))).await, Ok(SnapshotOutcome::default()));
}
