use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};
use switchboard_core::agent_event::AgentEvent;

use super::*;

mod activity;
mod instances;
mod joined;
mod laws;

const INSTANCE: &str = "arn:aws:connect:ap-southeast-2:012345678910:instance/i";

/// What is looked at of a state.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Shown {
    Status,
    Activity,
}

/// So many seconds after the beginning.
fn at(second: i64) -> Timestamp {
    let begin: Timestamp = "2026-11-02T08:00:00Z".parse().unwrap();
    begin + SignedDuration::from_secs(second)
}

fn status(name: &str, kind: &str, since: i64) -> Value {
    let arn = format!("{INSTANCE}/agent-state/{name}-id");
    json!({"ARN": arn, "Name": name, "StartTimestamp": at(since).to_string(), "Type": kind})
}

fn contact(state: &str, since: i64) -> Value {
    json!({"ContactId": format!("{state}-{since}"), "State": state, "StateStartTimestamp": at(since).to_string()})
}

fn snapshot(status: &Value, contacts: &[Value]) -> Value {
    json!({"Configuration": {"Username": "ann"}, "AgentStatus": status, "Contacts": contacts})
}

/// An event of that second.
fn event(kind: &str, second: i64, current: &Value) -> Value {
    json!({"AgentARN": format!("{INSTANCE}/agent/arn"), "InstanceARN": INSTANCE, "EventType": kind, "EventId": format!("{kind}-{second}"),
        "EventTimestamp": at(second).to_string(), "CurrentAgentSnapshot": current, "PreviousAgentSnapshot": null})
}

fn update(event: &Value) -> AgentUpdate {
    let text = event.to_string();
    read(&AgentEvent::parse(&text).unwrap(), at(1_000_000)).unwrap()
}

fn key(name: &str) -> AgentKey {
    AgentKey { instance: Instance::of(INSTANCE).unwrap(), username: Username::new(name).unwrap() }
}

/// The fold of these events, of an agent.
fn folded(events: &[Value], name: &str) -> Agent {
    fold(events.iter().map(update)).into_named().remove(&key(name)).unwrap()
}

/// Logged on or off, the code, and since when.
fn shown(events: &[Value], shown: Shown) -> Option<(bool, String, Timestamp)> {
    let Current { state, since, .. } = folded(events, "ann").current()?;
    Some(match state {
        AgentState::LoggedOff => off_at(since),
        AgentState::LoggedOn { activity: Some((activity, since)), .. } if shown == Shown::Activity => {
            (true, activity.code().to_owned(), since)
        }
        AgentState::LoggedOn { code, .. } => (true, code, since),
    })
}

fn on(code: &str, since: i64) -> (bool, String, Timestamp) {
    (true, code.to_owned(), at(since))
}

fn off(since: i64) -> (bool, String, Timestamp) {
    off_at(at(since))
}

fn off_at(since: Timestamp) -> (bool, String, Timestamp) {
    (false, String::new(), since)
}

#[test]
fn a_status_is_the_last_segment_of_its_arn_and_its_name_or_either_of_them() {
    for (status, code, name) in [
        (status("Lunch", "CUSTOM", 7), "Lunch-id", "Lunch"),
        (json!({"Name": "Lunch"}), "Lunch", "Lunch"),
        (json!({"Name": "Lunch", "ARN": ""}), "Lunch", "Lunch"),
        (json!({"ARN": "a/b"}), "b", "b"),
        (json!({"ARN": "plain", "Name": null}), "plain", "plain"),
    ] {
        let agent = folded(&[event("STATE_CHANGE", 9, &snapshot(&status, &[]))], "ann");
        let state = AgentState::LoggedOn { code: code.to_owned(), name: name.to_owned(), activity: None };
        let since = if status["StartTimestamp"].is_null() { 9 } else { 7 };
        assert_eq!(agent.current(), Some(Current { state, since: at(since), at: at(9) }), "{status}");
    }
}

#[test]
fn logging_out_and_being_offline_are_the_same() {
    let available = event("LOGIN", 1, &snapshot(&status("Available", "ROUTABLE", 0), &[]));
    let offline = event("STATE_CHANGE", 9, &snapshot(&status("Offline", "OFFLINE", 8), &[]));
    assert_eq!(shown(&[available.clone(), offline], Shown::Status), Some(off(8)));
    let mut logout = event("LOGOUT", 9, &Value::Null);
    logout["PreviousAgentSnapshot"] = snapshot(&status("Available", "ROUTABLE", 0), &[]);
    assert_eq!(shown(&[logout, available], Shown::Status), Some(off(9)));
}

#[test]
fn who_is_offline_or_available_is_known_by_the_type_of_the_status_and_not_by_its_name() {
    for (name, kind, expected) in [
        ("Abwesend", json!("OFFLINE"), off(3)),
        ("Offline", json!("CUSTOM"), on("Offline-id", 3)),
        ("Offline", Value::Null, on("Offline-id", 3)),
        ("Bereit", json!("ROUTABLE"), on("available", 3)),
        ("Available", json!("CUSTOM"), on("Available-id", 3)),
    ] {
        let mut status = status(name, "", 3);
        status["Type"] = kind;
        let events = [event("STATE_CHANGE", 9, &snapshot(&status, &[]))];
        assert_eq!(shown(&events, Shown::Activity), Some(expected), "{status}");
    }
}

#[test]
fn a_heartbeat_after_a_logout_logs_nobody_on_within_an_hour_and_some() {
    let available = snapshot(&status("Available", "ROUTABLE", 0), &[]);
    let mut logout = event("LOGOUT", 100, &Value::Null);
    logout["PreviousAgentSnapshot"] = available.clone();
    let beat = |second| event("HEART_BEAT", second, &available);
    assert_eq!(shown(&[logout.clone(), beat(4000)], Shown::Status), Some(off(100)));
    // Its login was lost.
    assert_eq!(shown(&[logout.clone(), beat(4001)], Shown::Status), Some(on("Available-id", 0)));
    let login = event("LOGIN", 200, &available);
    assert_eq!(shown(&[beat(300), login, logout], Shown::Status), Some(on("Available-id", 0)));
}

#[test]
fn a_change_of_configuration_after_a_logout_logs_nobody_on() {
    let mut logout = event("LOGOUT", 100, &Value::Null);
    logout["PreviousAgentSnapshot"] = snapshot(&status("Available", "ROUTABLE", 0), &[]);
    let before = snapshot(&status("Available", "ROUTABLE", 0), &[]);
    let routed = event("STATE_CHANGE", 90_000, &before);
    assert_eq!(shown(&[logout.clone(), routed.clone()], Shown::Status), Some(off(100)));
    let beat = event("HEART_BEAT", 200, &before);
    assert_eq!(shown(&[routed.clone(), beat, logout.clone()], Shown::Status), Some(off(100)));
    // One that began since is of somebody who is back.
    let since = event("STATE_CHANGE", 90_001, &snapshot(&status("Lunch", "CUSTOM", 101), &[]));
    assert_eq!(shown(&[logout.clone(), routed.clone(), since], Shown::Status), Some(on("Lunch-id", 101)));
    // So is whoever logged on, whenever the status began.
    let login = event("LOGIN", 120, &before);
    assert_eq!(shown(&[logout, login, routed], Shown::Status), Some(on("Available-id", 0)));
}

#[test]
fn a_login_that_tells_no_status_shows_none_of_before_the_logout() {
    let lunch = event("STATE_CHANGE", 10, &snapshot(&status("Lunch", "CUSTOM", 10), &[]));
    let (logout, login) = (event("LOGOUT", 20, &Value::Null), event("LOGIN", 30, &Value::Null));
    assert_eq!(shown(&[lunch, logout, login], Shown::Status), Some(off(20)));
}

#[test]
fn a_heartbeat_heals_what_was_lost() {
    let lunch = event("STATE_CHANGE", 10, &snapshot(&status("Lunch", "CUSTOM", 10), &[]));
    let beat = event("HEART_BEAT", 130, &snapshot(&status("Available", "ROUTABLE", 60), &[]));
    assert_eq!(shown(&[lunch, beat], Shown::Status), Some(on("Available-id", 60)));
}

#[test]
fn a_heartbeat_changes_nothing_that_a_newer_change_of_state_said() {
    // The agent was logged on elsewhere before, and heartbeats of there go on for an hour.
    let mut events = vec![
        event("LOGIN", 0, &snapshot(&status("Available", "ROUTABLE", 0), &[])),
        event("LOGOUT", 1800, &Value::Null),
        event("LOGIN", 1806, &snapshot(&status("Available", "ROUTABLE", 1806), &[])),
        event("STATE_CHANGE", 1860, &snapshot(&status("Lunch", "CUSTOM", 1860), &[])),
        event("HEART_BEAT", 1920, &snapshot(&status("Available", "ROUTABLE", 0), &[])),
    ];
    let both_ways = |events: &[Value], expected| {
        assert_eq!(shown(events, Shown::Status), Some(expected));
        let backwards: Vec<_> = events.iter().rev().cloned().collect();
        assert_eq!(shown(&backwards, Shown::Status), shown(events, Shown::Status));
    };
    both_ways(&events, on("Lunch-id", 1860));
    // What a heartbeat of here heals, one of there does not undo.
    events.push(event("HEART_BEAT", 1980, &snapshot(&status("Training", "CUSTOM", 1970), &[])));
    events.push(event("HEART_BEAT", 2040, &snapshot(&status("Available", "ROUTABLE", 0), &[])));
    both_ways(&events, on("Training-id", 1970));
}

#[test]
fn an_event_of_the_future_is_rejected() {
    let lunch = |second| event("STATE_CHANGE", second, &snapshot(&status("Lunch", "CUSTOM", second), &[]));
    let read_at =
        |event: &Value, now| read(&AgentEvent::parse(&event.to_string()).unwrap(), at(now)).map(drop);
    assert_eq!(read_at(&lunch(300), 0), Ok(()), "clocks differ");
    assert_eq!(read_at(&lunch(301), 0), Err(InvalidAgentEvent::InTheFuture));
}

#[test]
fn a_time_later_than_the_event_itself_is_none() {
    let far = 3_000_000_000;
    let lunch = [event("STATE_CHANGE", 20, &snapshot(&status("Lunch", "CUSTOM", far), &[]))];
    assert_eq!(shown(&lunch, Shown::Status), Some(on("Lunch-id", 20)));
    let back = event("STATE_CHANGE", 30, &snapshot(&status("Available", "ROUTABLE", 30), &[]));
    assert_eq!(shown(&[lunch[0].clone(), back], Shown::Status), Some(on("Available-id", 30)));
    let available = status("Available", "ROUTABLE", 0);
    let call = |second, state, since| {
        let mut call = event("STATE_CHANGE", second, &snapshot(&available, &[contact(state, since)]));
        call["EventId"] = state.into();
        call
    };
    assert_eq!(shown(&[call(20, "CONNECTED", far)], Shown::Activity), Some(on("on-contact", 0)));
    let two = [call(20, "CONNECTED", far), call(20, "ENDED", 19)];
    assert_eq!(shown(&two, Shown::Activity), Some(on("after-contact-work", 19)));
}

/// An event of the agent of this ARN, under this name.
fn of(arn: &str, name: &str, second: i64) -> Value {
    let mut event = event("STATE_CHANGE", second, &snapshot(&status("Lunch", "CUSTOM", second), &[]));
    event["CurrentAgentSnapshot"]["Configuration"]["Username"] = name.into();
    event["AgentARN"] = format!("{INSTANCE}/agent/{arn}").into();
    event
}

/// The agents who are logged on after these events.
fn logged_on(events: &[Value]) -> Vec<String> {
    let agents = fold(events.iter().map(update)).into_named();
    let on = agents.iter().filter(|(_, agent)| agent.current().unwrap().state != AgentState::LoggedOff);
    on.map(|(key, _)| key.username.as_str().to_owned()).collect()
}

#[test]
fn a_new_user_name_of_an_arn_logs_the_old_one_off() {
    assert_eq!(logged_on(&[of("x", "ann", 1), of("x", "anna", 2)]), ["anna"]);
    assert_eq!(logged_on(&[of("x", "ann", 1), of("x", "anna", 2), of("x", "ann", 3)]), ["ann"], "and back");
    assert_eq!(logged_on(&[of("x", "a", 1), of("x", "b", 2), of("x", "c", 3)]), ["c"]);
    assert_eq!(logged_on(&[of("x", "ann", 1), of("x", "anna", 1)]), ["anna"], "one of them, whichever");
    let given_to_another = [of("x", "ann", 1), of("y", "ann", 2), of("x", "anna", 3)];
    assert_eq!(logged_on(&given_to_another), ["ann", "anna"]);
    let mut logout = event("LOGOUT", 5, &Value::Null);
    logout["AgentARN"] = format!("{INSTANCE}/agent/x").into();
    assert_eq!(logged_on(&[of("x", "ann", 1), of("x", "anna", 2), logout]), [""; 0]);
    let events = [of("x", "ann", 1), of("x", "anna", 2)];
    assert_eq!(folded(&events, "ann").current().unwrap().since, at(2));
}

#[test]
fn an_event_without_a_status_is_a_sign_of_life_alone() {
    let lunch = event("STATE_CHANGE", 10, &snapshot(&status("Lunch", "CUSTOM", 10), &[]));
    let empty = event("STATE_CHANGE", 20, &snapshot(&json!({}), &[]));
    assert_eq!(folded(&[lunch.clone(), empty.clone()], "ann").last_event_at(), Some(at(20)));
    assert_eq!(shown(&[lunch, empty.clone()], Shown::Status), Some(on("Lunch-id", 10)));
    assert_eq!(shown(&[empty], Shown::Status), None);
}

#[test]
fn events_of_one_second_go_by_their_status() {
    let older = event("STATE_CHANGE", 10, &snapshot(&status("Lunch", "CUSTOM", 9), &[]));
    let mut newer = event("STATE_CHANGE", 10, &snapshot(&status("Training", "CUSTOM", 10), &[]));
    newer["EventId"] = "A".into();
    assert_eq!(shown(&[newer.clone(), older.clone()], Shown::Status), Some(on("Training-id", 10)));
    assert_eq!(shown(&[older, newer], Shown::Status), Some(on("Training-id", 10)));
}

#[test]
fn events_of_one_instant_go_by_their_contacts_before_their_ids() {
    let available = status("Available", "ROUTABLE", 0);
    let call = |state, since, id: &str| {
        let mut event = event("STATE_CHANGE", 10, &snapshot(&available, &[contact(state, since)]));
        event["EventId"] = id.into();
        event
    };
    let (ended, connected) = (call("ENDED", 10, "a"), call("CONNECTED", 4, "b"));
    let after = Some(on("after-contact-work", 10));
    assert_eq!(shown(&[connected.clone(), ended.clone()], Shown::Activity), after);
    assert_eq!(shown(&[ended, connected], Shown::Activity), after);
}

#[test]
fn what_an_agent_does_comes_from_the_contacts() {
    let available = status("Available", "ROUTABLE", 0);
    for (contacts, code, since) in [
        (vec![], "available", 0),
        (vec![contact("INCOMING", 5)], "incoming", 5),
        (vec![contact("CONNECTING", 5)], "incoming", 5),
        (vec![contact("CONNECTED", 6)], "on-contact", 6),
        (vec![contact("CONNECTED_ONHOLD", 7)], "on-hold", 7),
        (vec![contact("PAUSED", 7)], "available", 0),
        (vec![contact("ENDED", 8)], "after-contact-work", 8),
        (vec![contact("MISSED", 8)], "missed", 8),
        (vec![contact("REJECTED", 8)], "rejected", 8),
        (vec![contact("ERROR", 8)], "error", 8),
        (vec![contact("NEW_ONE", 8)], "available", 0),
        // Several chats: on contact as long as one is, and since the first of them.
        (vec![contact("ENDED", 3), contact("CONNECTED", 6), contact("CONNECTED", 4)], "on-contact", 4),
        (vec![contact("ENDED", 3), contact("CONNECTED_ONHOLD", 6)], "on-hold", 6),
        (vec![contact("ENDED", 3), contact("INCOMING", 6), contact("MISSED", 2)], "missed", 2),
        (vec![contact("ENDED", 9), contact("ENDED", 3), contact("CONNECTING", 1)], "after-contact-work", 3),
    ] {
        let events = [event("STATE_CHANGE", 20, &snapshot(&available, &contacts))];
        assert_eq!(shown(&events, Shown::Activity), Some(on(code, since)), "{contacts:?}");
        assert_eq!(shown(&events, Shown::Status), Some(on("Available-id", 0)), "status hides it");
    }
}

#[test]
fn a_custom_status_shows_itself_until_a_contact_hides_it() {
    let lunch = status("Lunch", "CUSTOM", 1);
    let idle = [event("STATE_CHANGE", 20, &snapshot(&lunch, &[]))];
    assert_eq!(shown(&idle, Shown::Activity), Some(on("Lunch-id", 1)));
    let calls = [event("STATE_CHANGE", 20, &snapshot(&lunch, &[contact("CONNECTED", 9)]))];
    assert_eq!(shown(&calls, Shown::Activity), Some(on("on-contact", 9)));
    let error = [event("STATE_CHANGE", 20, &snapshot(&status("Error", "CUSTOM", 4), &[]))];
    assert_eq!(shown(&error, Shown::Activity), Some(on("error", 4)));
}

#[test]
fn an_event_without_a_valid_user_name_or_time_is_rejected() {
    let result = |event: &Value| read(&AgentEvent::parse(&event.to_string()).unwrap(), at(9)).map(drop);
    let mut event = event("LOGIN", 1, &Value::Null);
    for name in ["#feed", "a\nb", &"x".repeat(257)] {
        event["CurrentAgentSnapshot"] = json!({"Configuration": {"Username": name}});
        assert_eq!(result(&event), Err(InvalidAgentEvent::InvalidUsername), "{name}");
    }
    event["CurrentAgentSnapshot"] = json!({"Configuration": {"Username": "x".repeat(256)}});
    assert_eq!(result(&event), Ok(()));
    event["EventTimestamp"] = "NA".into();
    assert_eq!(result(&event), Err(InvalidAgentEvent::NoTime));
}

#[test]
fn an_event_without_a_user_name_is_of_the_agent_of_its_arn() {
    let available = snapshot(&status("Available", "ROUTABLE", 0), &[]);
    let login = event("LOGIN", 1, &available);
    let logout = event("LOGOUT", 9, &Value::Null);
    assert_eq!((update(&logout).username, &*update(&logout).arn.id), (None, "arn"));
    assert_eq!(shown(&[logout.clone(), login.clone()], Shown::Status), Some(off(9)));
    let mut other = logout;
    other["AgentARN"] = "another".into();
    assert_eq!(shown(&[login, other], Shown::Status), Some(on("Available-id", 0)));
}

#[test]
fn a_login_without_a_snapshot_ends_the_echoes_of_a_logout() {
    let beat = event("HEART_BEAT", 130, &snapshot(&status("Available", "ROUTABLE", 60), &[]));
    let (logout, login) = (event("LOGOUT", 10, &Value::Null), event("LOGIN", 20, &Value::Null));
    assert_eq!(shown(&[logout.clone(), beat.clone()], Shown::Status), Some(off(10)));
    assert_eq!(shown(&[logout, login, beat], Shown::Status), Some(on("Available-id", 60)));
}

#[test]
fn long_texts_are_cut() {
    let status = json!({"ARN": format!("a/{}", "é".repeat(1000)), "Name": "é".repeat(1000)});
    let agent = folded(&[event("LOGIN", 1, &snapshot(&status, &[]))], "ann");
    let Some(Current { state: AgentState::LoggedOn { code, name, .. }, .. }) = agent.current() else {
        panic!("on")
    };
    assert_eq!((code.chars().count(), name.chars().count()), (300, 300));
}

#[test]
fn silence_is_counted_from_the_newest_event_of_all_and_then_from_the_clock() {
    let now = at(10_000);
    let ago = |seconds: i64| at(10_000 - seconds);
    assert!(!has_timed_out(ago(300), ago(0), now));
    assert!(has_timed_out(ago(301), ago(0), now));
    // The feed is late: who is as recent as the others is not silent.
    assert!(!has_timed_out(ago(700), ago(400), now));
    assert!(has_timed_out(ago(701), ago(400), now));
    // For ten minutes.
    assert!(!has_timed_out(ago(900), ago(900), now));
    assert!(has_timed_out(ago(901), ago(901), now));
    // A clock that is behind, here or there.
    assert!(!has_timed_out(at(10_100), at(10_100), now));
    assert!(has_timed_out(ago(301), at(10_100), now));
}

#[test]
fn between_the_moments_of_a_time_out_nothing_changes() {
    let event = at(10_000);
    assert_eq!(TIME_OUTS.map(|silence| silence.as_secs()), [300, 900]);
    let [first, second] = TIME_OUTS.map(|silence| event + silence);
    for newest in [0, 200, 300, 301, 650, 1_000].map(|later| at(10_000 + later)) {
        let mut verdicts = std::collections::BTreeMap::new();
        for now in (9_700..11_700).map(at) {
            let verdict = has_timed_out(event, newest, now);
            let since = (now > first, now > second);
            assert_eq!(*verdicts.entry(since).or_insert(verdict), verdict, "{newest}: {now}");
        }
        assert_eq!(verdicts.len(), 3);
    }
}

#[test]
fn an_agent_who_timed_out_is_off_until_a_newer_event() {
    let lunch = event("STATE_CHANGE", 10, &snapshot(&status("Lunch", "CUSTOM", 10), &[]));
    let mut agent = update(&lunch).agent;
    agent.time_out();
    assert_eq!(agent.current().unwrap(), Current { state: AgentState::LoggedOff, since: at(10), at: at(10) });
    agent.merge(update(&lunch).agent);
    assert_eq!(agent.current().unwrap().state, AgentState::LoggedOff, "a repeat is no sign of life");
    agent.merge(update(&event("HEART_BEAT", 11, &snapshot(&status("Lunch", "CUSTOM", 10), &[]))).agent);
    assert_eq!(agent.current().unwrap().since, at(10));
    assert_ne!(agent.current().unwrap().state, AgentState::LoggedOff);
}

#[test]
fn no_user_name_shows_in_debug() {
    let update = update(&event("LOGIN", 1, &snapshot(&status("Available", "ROUTABLE", 0), &[])));
    assert!(!format!("{update:?}{:?}{:?}", update.key(), fold([update.clone()])).contains("ann"));
}
