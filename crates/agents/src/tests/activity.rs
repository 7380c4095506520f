//! The activity of an agent with several contacts: the table of docs/rta-json.md, and the two exceptions below it.

use switchboard_core::activity::Activity;

use super::*;

const DOCUMENT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/rta-json.md"));
/// Every state that Connect documents for an agent's contact, and dialling out, which is no state of its own.
const STATES: [&str; 11] = [
    "ERROR",
    "MISSED",
    "REJECTED",
    "CONNECTED",
    "CONNECTED_ONHOLD",
    "dialling",
    "ENDED",
    "INCOMING",
    "PENDING",
    "CONNECTING",
    "PAUSED",
];

/// A contact in a state of the table since that second.
fn in_state(state: &str, since: i64) -> Value {
    if state != "dialling" {
        return contact(state, since);
    }
    let mut dialled = contact("CONNECTING", since);
    dialled["InitiationMethod"] = "OUTBOUND".into();
    dialled
}

/// What an agent shows in this status with these contacts.
fn activity(status: &Value, contacts: &[Value]) -> (bool, String, Timestamp) {
    shown(&[event("STATE_CHANGE", 100, &snapshot(status, contacts))], Shown::Activity).unwrap()
}

/// The cells of the table's rows, without the backticks.
fn rows() -> Vec<Vec<String>> {
    let (_, after) = DOCUMENT.split_once("| two contacts |").expect("the table of two contacts");
    let table = format!("| two contacts |{after}");
    let lines = table.lines().take_while(|line| line.starts_with('|'));
    let cells =
        |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().replace('`', "")).collect();
    lines.map(cells).collect()
}

/// The states that a heading of the table names.
fn named(heading: &str) -> Vec<&str> {
    heading.split(", ").collect()
}

#[test]
fn each_pair_of_contacts_shows_what_the_table_says() {
    let rows = rows();
    let (heading, rows) = (&rows[0], &rows[2..]);
    let mut pairs = std::collections::BTreeSet::new();
    for row in rows {
        for (column, cell) in heading.iter().zip(row).skip(1) {
            for (one, other) in named(&row[0])
                .into_iter()
                .flat_map(|one| named(column).into_iter().map(move |other| (one, other)))
            {
                let expected = if cell == "the status" { "available" } else { cell };
                let contacts = [in_state(one, 20), in_state(other, 30)];
                let (_, code, _) = activity(&status("Available", "ROUTABLE", 10), &contacts);
                assert_eq!(code, expected, "{one} beside {other}");
                pairs.insert((one, other));
            }
        }
    }
    let all = STATES.iter().flat_map(|one| STATES.iter().map(move |other| (*one, *other)));
    assert_eq!(pairs, all.collect(), "every pair, in both orders");
}

#[test]
fn a_paused_task_hides_nothing() {
    let (available, lunch) = (status("Available", "ROUTABLE", 0), status("Lunch", "CUSTOM", 40));
    let paused = contact("PAUSED", 10);
    assert_eq!(activity(&available, std::slice::from_ref(&paused)), on("available", 0));
    assert_eq!(activity(&lunch, std::slice::from_ref(&paused)), on("Lunch-id", 40));
    for (state, code) in
        [("CONNECTED", "on-contact"), ("ENDED", "after-contact-work"), ("INCOMING", "incoming")]
    {
        assert_eq!(activity(&available, &[paused.clone(), contact(state, 20)]), on(code, 20));
    }
}

#[test]
fn available_begins_anew_when_the_last_contact_has_gone() {
    let (available, lunch) = (status("Available", "ROUTABLE", 0), status("Lunch", "CUSTOM", 40));
    let after = |kind, second, current: &Value, previous: &Value| {
        let mut event = event(kind, second, current);
        event["PreviousAgentSnapshot"] = previous.clone();
        event
    };
    let (idle, ended) = (snapshot(&available, &[]), snapshot(&available, &[contact("ENDED", 20)]));
    let cleared = after("STATE_CHANGE", 30, &idle, &ended);
    let beat = after("HEART_BEAT", 120, &idle, &idle);
    let configured = after("STATE_CHANGE", 130, &idle, &idle);
    let all = [cleared, beat, configured];
    for events in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let events = events.map(|place| all[place].clone());
        assert_eq!(shown(&events, Shown::Activity), Some(on("available", 30)));
        assert_eq!(shown(&events, Shown::Status), Some(on("Available-id", 0)), "the status went on");
    }
    // A later status begins later; a missed contact that a status has left behind ends nothing.
    let back = status("Available", "ROUTABLE", 60);
    let [cleared, ..] = all;
    let away = after("STATE_CHANGE", 40, &snapshot(&lunch, &[]), &idle);
    let returned = after("STATE_CHANGE", 60, &snapshot(&back, &[]), &snapshot(&lunch, &[]));
    assert_eq!(shown(&[cleared, away, returned.clone()], Shown::Activity), Some(on("available", 60)));
    let left_behind = snapshot(&back, &[contact("MISSED", 50)]);
    let missed_cleared = after("STATE_CHANGE", 70, &snapshot(&back, &[]), &left_behind);
    assert_eq!(shown(&[returned, missed_cleared], Shown::Activity), Some(on("available", 60)));
}

#[test]
fn a_missed_rejected_or_failed_contact_hides_no_status_taken_later() {
    for (state, code) in [("MISSED", "missed"), ("REJECTED", "rejected"), ("ERROR", "error")] {
        let uncleared = contact(state, 20);
        let shown =
            |name, kind, since| activity(&status(name, kind, since), std::slice::from_ref(&uncleared));
        assert_eq!(shown("Lunch", "CUSTOM", 19), on(code, 20), "the status is older");
        assert_eq!(shown("Lunch", "CUSTOM", 20), on(code, 20), "the status is as old");
        assert_eq!(shown("Lunch", "CUSTOM", 21), on("Lunch-id", 21));
        assert_eq!(shown("Available", "ROUTABLE", 21), on("available", 21));
        let calls = [uncleared.clone(), contact("CONNECTED", 15)];
        assert_eq!(activity(&status("Lunch", "CUSTOM", 21), &calls), on("on-contact", 15));
        let mut timeless = uncleared.clone();
        timeless["StateStartTimestamp"] = Value::Null;
        assert_eq!(activity(&status("Lunch", "CUSTOM", 5), &[timeless]), on(code, 5));
    }
}

#[test]
fn only_what_is_offered_to_the_agent_is_incoming() {
    let available = status("Available", "ROUTABLE", 0);
    for (state, method, code) in [
        ("CONNECTING", "OUTBOUND", "on-contact"),
        ("CONNECTING", "CALLBACK", "on-contact"),
        ("INCOMING", "CALLBACK", "incoming"),
        ("PENDING", "CALLBACK", "incoming"),
        ("CONNECTING", "INBOUND", "incoming"),
        ("CONNECTING", "TRANSFER", "incoming"),
        ("CONNECTING", "QUEUE_TRANSFER", "incoming"),
        ("CONNECTING", "API", "incoming"),
    ] {
        let mut offered = contact(state, 7);
        offered["InitiationMethod"] = method.into();
        assert_eq!(activity(&available, &[offered]), on(code, 7), "{state} of {method}");
    }
}

#[test]
fn no_service_cuts_the_code_of_an_activity() {
    use Activity::{AfterContactWork, Available, Error, Incoming, Missed, OnContact, OnHold, Rejected};
    let all = [Error, Missed, Rejected, OnContact, OnHold, AfterContactWork, Incoming, Available];
    let codes: std::collections::BTreeSet<_> = all.into_iter().map(Activity::code).collect();
    let descriptions: std::collections::BTreeSet<_> = all.into_iter().map(Activity::description).collect();
    assert_eq!((codes.len(), descriptions.len()), (all.len(), all.len()), "each of its own");
    assert!(codes.iter().all(|code| code.len() <= 25), "{codes:?}");
}
