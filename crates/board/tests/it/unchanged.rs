//! What says nothing new is the picture that was there, and what was made of it stands.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::{Value, json};
use switchboard_board::{AgentStore, Clock, ClockPhase, Picture, Sources, access::Access, view};
use switchboard_contacts::store::Store as ContactStore;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::{
    centre::{Simulated, take_agent_events},
    client::{get, send},
    roles::AT,
};

const RUNNING: ClockPhase = ClockPhase::Running { speed: 0.0 };

/// Lets so much time pass that stores are read again.
async fn pass() {
    tokio::time::pause();
    tokio::time::advance(Duration::from_millis(1001)).await;
    tokio::time::resume();
}

/// All that is said of a picture.
fn said(picture: &Picture) -> impl PartialEq + use<> {
    let (agents, contacts) = (view::agents(picture), view::active_contacts(picture));
    (view::feed(picture), view::board(picture, None), agents, contacts)
}

/// Looks at a picture every five seconds for so long: as long as it says that it holds nothing may change. How often something did
/// then, and how often it held.
pub(crate) fn looked_at_for(picture: &Picture, seconds: i64) -> (usize, usize) {
    let mut from = picture.clone();
    let (mut said_from, mut changes, mut held) = (said(&from), 0, 0);
    for second in (5..=seconds).step_by(5) {
        let mut later = picture.clone();
        later.at = picture.at + SignedDuration::from_secs(second);
        let said_later = said(&later);
        if from.holds_until().is_none_or(|until| later.at < until) {
            assert!(
                said_later == said_from,
                "{}, which holds until {:?}, at {}",
                from.at,
                from.holds_until(),
                later.at
            );
            held += 1;
        } else {
            changes += usize::from(said_later != said_from);
            (from, said_from) = (later, said_later);
        }
    }
    (changes, held)
}

#[tokio::test]
async fn a_read_that_finds_nothing_new_keeps_the_picture_while_it_holds() {
    let mut simulated = Simulated::new().await;
    // Some agent's last event was five minutes before the full second.
    let at: Timestamp = AT.parse::<Timestamp>().unwrap() + SignedDuration::from_millis(500);
    simulated.advance(at).await;
    let sources = simulated.sources_of(Clock::invented(at, RUNNING));
    let read = async |at| {
        sources.clock().set(at, RUNNING);
        pass().await;
        sources.picture().await.unwrap()
    };
    let first = read(at).await;
    let (changes, held) = looked_at_for(&first, 960);
    assert!(changes >= 3 && held > 96, "{changes} changes, {held} looks without");
    let later = at + SignedDuration::from_millis(1);
    assert!(Arc::ptr_eq(&first, &read(later).await), "nothing was written");
    assert!(!Arc::ptr_eq(&first, &read(at - SignedDuration::from_millis(1)).await), "the clock was set back");

    let first = read(at).await;
    let until = first.holds_until().unwrap();
    let aged = read(until).await;
    assert!(!Arc::ptr_eq(&first, &aged) && aged.at == until, "it may say another thing by then");
    assert_eq!((&first.contacts, &first.agents), (&aged.contacts, &aged.agents));

    let first = read(at).await;
    simulated.advance(at + SignedDuration::from_secs(30)).await;
    let next = read(later).await;
    assert!(!Arc::ptr_eq(&first, &next) && next.contacts != first.contacts, "something was written");

    sources.clock().set(at, ClockPhase::Stopped);
    let stopped = sources.picture().await.unwrap();
    sources.clock().set(later, ClockPhase::Stopped);
    pass().await;
    let after = sources.picture().await.unwrap();
    assert!(!Arc::ptr_eq(&stopped, &after), "a clock that does not run tells where it stands");
    pass().await;
    assert!(Arc::ptr_eq(&after, &sources.picture().await.unwrap()));
}

/// An agent's event, with the queues of the routing profile.
fn agent_event(username: &str, profile: &str, queues: &[&str], at: &str) -> String {
    let sample = include_str!("../../../../events/agents/working-day.ndjson").lines().next().unwrap();
    let mut event: Value = serde_json::from_str(sample).unwrap();
    let instance = event["InstanceARN"].as_str().unwrap().to_owned();
    let arn = |kind: &str, id: &str| Value::from(format!("{instance}/{kind}/{id}"));
    event["AgentARN"] = arn("agent", username);
    event["EventTimestamp"] = at.into();
    let configuration = &mut event["CurrentAgentSnapshot"]["Configuration"];
    configuration["Username"] = username.into();
    let queues =
        queues.iter().map(|id| json!({ "ARN": arn("queue", id), "Name": id, "Channels": ["VOICE"] }));
    configuration["RoutingProfile"] = json!({
        "ARN": arn("routing-profile", profile), "Name": profile, "InboundQueues": queues.collect::<Vec<_>>(),
    });
    event.to_string()
}

/// Which queues a routing profile has stands in no row of an agent's.
#[tokio::test]
async fn whose_queues_change_is_told_to_who_looks_at_the_agents_of_a_queue() {
    let folder = TempDir::new().unwrap();
    let contacts = ContactStore::sqlite(&folder.path().join("contacts.db"), 1440).await.unwrap();
    let agents = AgentStore::sqlite(&folder.path().join("agents.db")).await.unwrap();
    let now: Timestamp = "2026-11-02T05:00:30Z".parse().unwrap();
    let clock = Clock::invented(now, RUNNING);
    let sources = Sources::new(contacts, [agents.clone()], None, clock, TimeZone::UTC);
    let before = [
        agent_event("noor", "both", &["support", "sales"], "2026-11-02T05:00:01Z"),
        agent_event("annika", "one", &["sales"], "2026-11-02T05:00:01Z"),
    ];
    take_agent_events(&agents, before.iter(), now).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (sources, access) = (Arc::new(sources), Access::this_machine());
    tokio::spawn(switchboard_board::serve(listener, sources, access, std::future::pending()));
    let path = "/agents?queue=sales";
    let first = get(&address, path).await;
    let poll = async || {
        pass().await;
        send(&address, "GET", path, &[("if-none-match", &first.headers["etag"])], "").await
    };
    assert!(first.body.contains("noor") && first.body.contains("annika"), "{}", first.body);
    assert_eq!(poll().await.status, 304);
    let after = agent_event("noor", "both", &["support"], "2026-11-02T05:00:02Z");
    take_agent_events(&agents, std::iter::once(after), now).await;
    let second = poll().await;
    assert_eq!(second.status, 200);
    assert!(!second.body.contains("noor") && second.body.contains("annika"), "{}", second.body);
}
