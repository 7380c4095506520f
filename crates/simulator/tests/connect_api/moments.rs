//! What holds at a moment is what the model's history has come to by then.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use switchboard_simulator::model::{
    Agent, AgentActivity, Centre, Config, ContactState, ContactStep, Directory, Event, InitiationMethod,
    LegRole, Queue, QueueRef, StatusChoice, Step,
};

use crate::{
    config, noon, of,
    raw::{post, queue_ids, user_ids},
};

/// Who waits: since when, and from when agents are offered it.
type Waiting = BTreeMap<String, (usize, &'static str, i64, i64)>;

fn busy() -> Config {
    Config { contacts_per_day: 3_000, has_changes: true, ..config(4, 40) }
}

/// Counts the same history again, step by step: who waits, and what each agent was after the last event.
fn recount(at: Timestamp) -> (Waiting, BTreeMap<usize, Agent>, Directory) {
    let config = busy();
    let behaviour = config.behaviour.clone();
    let (mut waiting, mut agents) = (Waiting::new(), BTreeMap::new());
    let sink = |step: &Step<'_>| match step.event {
        Event::Contact { step: what, contact } => {
            let id = contact.id.to_string();
            match (what, contact.queue) {
                (ContactStep::Queued, Some(QueueRef::Standard(queue)))
                    if contact.role == LegRole::Customer =>
                {
                    let delay = match contact.method {
                        InitiationMethod::Callback if contact.is_retry => behaviour.callback_retry_delay,
                        InitiationMethod::Callback => behaviour.callback_delay,
                        _ => 0,
                    };
                    waiting.insert(id, (queue, contact.channel.name(), step.at, step.at + delay));
                }
                (ContactStep::Connected | ContactStep::Accepted | ContactStep::Disconnected, _) => {
                    waiting.remove(&id);
                }
                _ => {}
            }
        }
        Event::Agent { agent, .. } => drop(agents.insert(agent.index, agent.clone())),
        Event::Resource(_) => {}
    };
    let mut centre = Centre::new(config, sink).unwrap();
    centre.advance(at.as_millisecond());
    let directory = centre.directory().clone();
    drop(centre);
    agents.retain(|_, agent: &mut Agent| agent.is_online && agent.status != StatusChoice::Offline);
    (waiting, agents, directory)
}

const METRICS: [&str; 8] = [
    "AGENTS_ONLINE",
    "AGENTS_AVAILABLE",
    "AGENTS_NON_PRODUCTIVE",
    "AGENTS_ON_CONTACT",
    "AGENTS_AFTER_CONTACT_WORK",
    "CONTACTS_IN_QUEUE",
    "CONTACTS_SCHEDULED",
    "OLDEST_CONTACT_AGE",
];

#[tokio::test]
async fn current_metrics_are_a_recount_of_the_history() {
    let (api, clock) = of(busy(), noon() - SignedDuration::from_hours(30)).await;
    let (mut waited, mut scheduled) = (0, 0);
    // Moments that no event falls on, forward in time: a clock that goes back costs the whole history.
    for minutes in [7, 131, 260, 388, 545, 683, 829, 1011, 1207, 1369, 1500, 1626, 1742, 1801] {
        let at = noon() - SignedDuration::from_hours(30)
            + SignedDuration::from_mins(minutes)
            + SignedDuration::from_millis(minutes * 7 % 1000);
        clock.set(at);
        let queues = queue_ids(&api).await;
        let metrics: Vec<_> = METRICS
            .iter()
            .map(|name| json!({ "Name": name, "Unit": if *name == "OLDEST_CONTACT_AGE" { "SECONDS" } else { "COUNT" } }))
            .collect();
        let body = json!({ "Filters": { "Queues": queues }, "Groupings": ["QUEUE", "CHANNEL"], "CurrentMetrics": metrics });
        let answer = post(&api, "current", &body).await.json();
        let mut told: BTreeMap<(String, String), Vec<i64>> = BTreeMap::new();
        for row in answer["MetricResults"].as_array().unwrap() {
            let key = |member: &Value| member.as_str().unwrap().to_owned();
            let values = row["Collections"].as_array().unwrap().iter();
            let values = values.map(|one| one["Value"].as_f64().unwrap() as i64).collect();
            told.insert((key(&row["Dimensions"]["Queue"]["Id"]), key(&row["Dimensions"]["Channel"])), values);
        }
        let (waiting, agents, directory) = recount(at);
        let now = at.as_millisecond();
        // Queues that were deleted are not listed, and so not asked for.
        let listed = |(_, queue): &(usize, &Queue)| queue.deleted.is_none();
        for (place, queue) in directory.queues.iter().enumerate().filter(listed) {
            let serves = |agent: &&Agent| {
                let profile = &directory.profiles[agent.profile];
                profile.entries.iter().any(|entry| entry.queue == place)
            };
            let serving: Vec<_> = agents.values().filter(serves).collect();
            let count =
                |is_it: fn(&Agent) -> bool| serving.iter().filter(|agent| is_it(agent)).count() as i64;
            for channel in ["VOICE", "CHAT", "TASK"] {
                let here = waiting.values().filter(|(of, on, ..)| *of == place && *on == channel);
                let (offered, delayed): (Vec<_>, Vec<_>) = here.partition(|(.., from)| *from < now);
                let oldest = offered
                    .iter()
                    .map(|(_, _, since, _)| now.div_euclid(1000) - since.div_euclid(1000))
                    .max();
                let expected = vec![
                    serving.len() as i64,
                    count(|agent| {
                        AgentActivity::of(agent) == Some(AgentActivity::Available) && agent.held.is_empty()
                    }),
                    count(|agent| agent.status != StatusChoice::Available),
                    count(|agent| {
                        agent.held.iter().any(|held| {
                            let is_called = matches!(
                                held.method,
                                InitiationMethod::Callback | InitiationMethod::Outbound
                            );
                            held.connected.is_some()
                                || held.state == ContactState::Ended
                                || (held.state == ContactState::Connecting && is_called)
                        })
                    }),
                    count(|agent| agent.held.iter().any(|held| held.state == ContactState::Ended)),
                    offered.len() as i64,
                    delayed.len() as i64,
                    oldest.unwrap_or(0),
                ];
                waited += offered.len();
                scheduled += delayed.len();
                let is_idle = expected[0] + expected[5] + expected[6] == 0;
                let row = told.remove(&(queue.id.clone(), channel.to_owned()));
                assert_eq!(row, (!is_idle).then_some(expected), "{} on {channel} at {at}", queue.name);
            }
        }
        assert_eq!(told, BTreeMap::new());
    }
    assert!(waited > 20 && scheduled > 0, "{waited} waited, {scheduled} were to be called back");
}

#[tokio::test]
async fn current_users_are_a_recount_of_the_history() {
    let at = noon() - SignedDuration::from_millis(59_321);
    let (api, _) = of(busy(), at).await;
    let users = user_ids(&api).await;
    let answer = post(&api, "userdata", &json!({ "Filters": { "Agents": users } })).await.json();
    let (_, agents, directory) = recount(at);
    let rows = answer["UserDataList"].as_array().unwrap();
    assert_eq!(rows.len(), agents.len());
    assert!(rows.len() > 10, "{}", rows.len());
    for agent in agents.values() {
        let person = &directory.people[agent.index];
        let row = rows.iter().find(|row| row["User"]["Id"] == *person.id).unwrap();
        assert_eq!(row["Status"]["StatusName"], directory.status(agent.status).name);
        assert_eq!(row["Status"]["StatusStartTimestamp"].as_f64(), Some(agent.since as f64 / 1000.0));
        assert_eq!(row["NextStatus"].as_str(), agent.next.map(|(next, _)| &*directory.status(next).name));
        let contacts: Vec<_> = row["Contacts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["ContactId"].as_str().unwrap())
            .collect();
        assert_eq!(contacts, agent.held.iter().map(|held| held.id.to_string()).collect::<Vec<_>>());
    }
    assert!(agents.values().any(|agent| !agent.held.is_empty()));
}

#[tokio::test]
async fn a_clock_that_goes_back_tells_the_same_again() {
    let (api, clock) = of(busy(), noon()).await;
    let users = user_ids(&api).await;
    let body = json!({ "Filters": { "Agents": users } });
    let first = post(&api, "userdata", &body).await.text;
    clock.set(noon() + SignedDuration::from_mins(10));
    assert_ne!(post(&api, "userdata", &body).await.text, first);
    clock.set(noon());
    assert_eq!(post(&api, "userdata", &body).await.text, first);
}
