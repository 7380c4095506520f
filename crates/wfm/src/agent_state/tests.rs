use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};
use switchboard_agents::{Agent, AgentKey, AgentUpdate, fold, read};
use switchboard_core::agent_event::AgentEvent;

use super::*;

const INSTANCE: &str = "arn:aws:connect:ap-southeast-2:012345678910:instance/i";

fn at(second: i64) -> Timestamp {
    "2026-11-02T08:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(second)
}

fn key(name: &str) -> AgentKey {
    AgentKey::from_text(&format!("ap-southeast-2/i/{name}")).unwrap()
}

fn status(name: &str, kind: &str, since: i64) -> Value {
    let arn = format!("{INSTANCE}/agent-state/{name}-id");
    json!({"ARN": arn, "Name": name, "StartTimestamp": at(since).to_string(), "Type": kind})
}

fn snapshot(status: &Value, contacts: &[Value]) -> Value {
    json!({"Configuration": {"Username": "ann"}, "AgentStatus": status, "Contacts": contacts})
}

fn on_call(since: i64) -> Value {
    json!({"ContactId": "c", "State": "CONNECTED", "StateStartTimestamp": at(since).to_string()})
}

fn event(kind: &str, second: i64, current: &Value) -> Value {
    json!({"AgentARN": format!("{INSTANCE}/agent/x"), "EventType": kind, "EventId": format!("{kind}-{second}"),
        "EventTimestamp": at(second).to_string(), "CurrentAgentSnapshot": current})
}

/// The same event under another user name.
fn named(name: &str, mut event: Value) -> Value {
    event["CurrentAgentSnapshot"]["Configuration"]["Username"] = name.into();
    event
}

fn update(event: &Value) -> AgentUpdate {
    read(&AgentEvent::parse(&event.to_string()).unwrap(), at(1_000_000)).unwrap()
}

fn change(events: &[Value], states: StateMode) -> StateChange {
    let agents = fold(events.iter().map(update)).into_named();
    StateChange::of(&key("ann"), &agents[&key("ann")], states).unwrap()
}

#[test]
fn a_status_is_sent_by_its_code_and_name() {
    let change =
        change(&[event("STATE_CHANGE", 7, &snapshot(&status("Lunch", "CUSTOM", 5), &[]))], StateMode::Status);
    assert_eq!(change.agent.username.as_str(), "ann");
    assert_eq!(
        change.state,
        WfmState { is_logged_on: true, code: "Lunch-id".into(), description: "Lunch".into() }
    );
    assert_eq!((change.since, change.at, change.seconds_in_state()), (at(5), at(7), 2));
    assert!(!format!("{change:?}").contains("ann"), "no user name in a log");
}

/// The first of two contacts ends: the agent stays on contact, so nothing is sent; a snapshot that is sent later counts the
/// seconds of the contact that is left, as an event says no more.
#[test]
fn who_talks_on_with_another_customer_is_not_sent_again() {
    let available = status("Available", "ROUTABLE", 1);
    let both = event("STATE_CHANGE", 9, &snapshot(&available, &[on_call(6), on_call(8)]));
    let second = event("STATE_CHANGE", 20, &snapshot(&available, &[on_call(8)]));
    let before = change(std::slice::from_ref(&both), StateMode::Activity);
    let after = change(&[both, second], StateMode::Activity);
    assert_eq!(after.state, before.state);
    assert_eq!((before.since, before.seconds_in_state()), (at(6), 3));
    assert_eq!((after.since, after.seconds_in_state()), (at(8), 12));
}

#[test]
fn an_activity_is_sent_instead_if_it_is_wanted() {
    let call = event("STATE_CHANGE", 9, &snapshot(&status("Available", "ROUTABLE", 1), &[on_call(6)]));
    let shown = |states| {
        let StateChange { state, since, .. } = change(std::slice::from_ref(&call), states);
        (state.code, state.description, since)
    };
    assert_eq!(shown(StateMode::Activity), ("on-contact".into(), "On contact".into(), at(6)));
    assert_eq!(shown(StateMode::Status), ("Available-id".into(), "Available".into(), at(1)));
}

#[test]
fn there_is_one_way_of_being_logged_off() {
    let lunch = event("STATE_CHANGE", 1, &snapshot(&status("Lunch", "CUSTOM", 1), &[]));
    let offline = event("STATE_CHANGE", 9, &snapshot(&status("Offline", "OFFLINE", 8), &[]));
    let mut logout = event("LOGOUT", 8, &Value::Null);
    logout["PreviousAgentSnapshot"] = snapshot(&status("Available", "ROUTABLE", 0), &[]);
    let off = WfmState { is_logged_on: false, code: "LOGGED-OFF".into(), description: "Logged off".into() };
    for event in [offline, logout] {
        let change = change(&[lunch.clone(), event], StateMode::Activity);
        assert_eq!((change.state, change.since), (off.clone(), at(8)));
    }
}

#[test]
fn every_mode_and_no_other() {
    assert_eq!("status".parse(), Ok(StateMode::Status));
    assert_eq!("activity".parse(), Ok(StateMode::Activity));
    assert_eq!("both".parse::<StateMode>(), Err(StateModeError));
}

#[test]
fn only_changes_are_returned() {
    let available = status("Available", "ROUTABLE", 0);
    let mut routed = snapshot(&available, &[]);
    routed["Configuration"]["RoutingProfile"] = json!({"Name": "Other"});
    let lunch = snapshot(&status("Lunch", "CUSTOM", 50), &[]);
    let mut detector = ChangeDetector::default();
    let mut codes = |event: &Value| {
        let changes = detector.merge(fold([update(event)]), StateMode::Status);
        changes.into_iter().map(|change| change.state.code).collect::<Vec<_>>()
    };
    assert_eq!(codes(&event("LOGIN", 1, &snapshot(&available, &[]))), ["Available-id"]);
    assert!(codes(&event("LOGIN", 1, &snapshot(&available, &[]))).is_empty(), "a repeat");
    assert!(codes(&event("HEART_BEAT", 10, &snapshot(&available, &[]))).is_empty());
    assert!(codes(&event("STATE_CHANGE", 20, &routed)).is_empty(), "a configuration");
    let call = snapshot(&available, &[on_call(30)]);
    assert!(codes(&event("STATE_CHANGE", 30, &call)).is_empty(), "a contact, which is not in the status");
    assert_eq!(codes(&event("STATE_CHANGE", 50, &lunch)), ["Lunch-id"]);
    assert!(codes(&event("STATE_CHANGE", 40, &snapshot(&available, &[]))).is_empty(), "an old one");
}

#[test]
fn an_event_without_a_user_name_changes_the_agent_of_its_arn_in_whatever_batch() {
    let login = event("LOGIN", 1, &snapshot(&status("Available", "ROUTABLE", 0), &[]));
    let logout = event("LOGOUT", 9, &Value::Null);
    for events in [[&login, &logout], [&logout, &login]] {
        let mut detector = ChangeDetector::default();
        let changes = events.map(|event| detector.merge(fold([update(event)]), StateMode::Status));
        let last = changes.into_iter().flatten().last().unwrap();
        assert_eq!((last.agent.username.as_str(), last.state.is_logged_on), ("ann", false));
    }
}

#[test]
fn a_replica_with_the_same_user_name_and_arn_id_is_another_agent() {
    let lunch = event("STATE_CHANGE", 1, &snapshot(&status("Lunch", "CUSTOM", 1), &[]));
    let mut logout = event("LOGOUT", 9, &Value::Null);
    logout["InstanceARN"] = "arn:aws:connect:ap-northeast-1:012345678910:instance/i".into();
    let mut detector = ChangeDetector::default();
    assert_eq!(detector.merge(fold([update(&lunch)]), StateMode::Status).len(), 1);
    assert_eq!(detector.merge(fold([update(&logout)]), StateMode::Status), []);
}

/// Events of an agent who has another user name now and then, with times and ids that often tie.
fn events() -> impl Strategy<Value = Vec<AgentUpdate>> {
    let kind = prop::sample::select(vec!["LOGIN", "LOGOUT", "STATE_CHANGE", "HEART_BEAT"]);
    let status = prop::sample::select(vec![
        json!({}),
        status("Available", "ROUTABLE", 0),
        status("Lunch", "CUSTOM", 20),
        status("Offline", "OFFLINE", 10),
    ]);
    let one = (kind, 0..6_i64, status, 0..2_usize, prop::bool::weighted(0.2));
    let event = one.prop_map(|(kind, time, status, id, has_no_name)| {
        let name = if time == 4 && id == 0 { "anna" } else { "ann" };
        let mut event = named(name, event(kind, time * 1000, &snapshot(&status, &[on_call(5)])));
        event["EventId"] = id.to_string().into();
        if has_no_name {
            event["CurrentAgentSnapshot"] = Value::Null;
        }
        update(&event)
    });
    prop::collection::vec(event, 0..30)
}

proptest! {
    #[test]
    fn what_is_returned_ends_at_the_fold(events in events(), cut in 1..7_usize) {
        for states in [StateMode::Status, StateMode::Activity] {
            let mut detector = ChangeDetector::default();
            let mut seen: BTreeMap<AgentKey, WfmState> = BTreeMap::new();
            for part in events.chunks(cut) {
                for change in detector.merge(fold(part.to_vec()), states) {
                    prop_assert_ne!(seen.get(&change.agent), Some(&change.state), "no change is repeated");
                    seen.insert(change.agent, change.state);
                }
            }
            let all = fold(events.clone()).into_named();
            let state = |agent: &Agent| Some(WfmState::of(&agent.current()?, states).0);
            let mut expected: BTreeMap<_, _> =
                all.iter().filter_map(|(key, agent)| Some((key.clone(), state(agent)?))).collect();
            // A former user name that never had a state may have been returned as logged off.
            let both = [&mut seen, &mut expected];
            for states in both {
                states.retain(|key, state| state.is_logged_on || all[key].renamed_at().is_none());
            }
            prop_assert_eq!(seen, expected);
        }
    }
}
