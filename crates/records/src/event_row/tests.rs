use proptest::prelude::*;
use serde_json::json;

use super::*;

const NOW: &str = "2026-11-02T12:00:00Z";
const INSTANCE: &str = "arn:aws:connect:ap-southeast-2:111122223333:instance/i";

fn event(event_type: &str, members: &Value) -> String {
    let mut detail = json!({
        "contactId": "c", "instanceArn": INSTANCE, "channel": "VOICE", "initiationMethod": "INBOUND",
        "eventType": event_type, "initiationTimestamp": "2026-11-02T10:00:59.500Z",
    });
    for (name, value) in members.as_object().unwrap() {
        detail[name] = value.clone();
    }
    json!({"id": "e", "time": "2026-11-02T10:09:00Z", "detail": detail}).to_string()
}

fn row(event_type: &str, members: &Value) -> EventRow {
    EventRow::read(&event(event_type, members), NOW.parse().unwrap()).unwrap()
}

fn queue() -> Value {
    json!({"queueArn": format!("{INSTANCE}/queue/q"), "queueType": "STANDARD", "enqueueTimestamp": "2026-11-02T10:01:59.900Z"})
}

fn agent() -> Value {
    json!({"agentArn": format!("{INSTANCE}/agent/a"), "connectedToAgentTimestamp": "2026-11-02T10:06:00.100Z"})
}

/// The events of an answered call.
fn call() -> Vec<EventRow> {
    let (queue, agent) = (queue(), agent());
    vec![
        row("INITIATED", &json!({})),
        row("QUEUED", &json!({"queueInfo": queue})),
        row("CONNECTED_TO_AGENT", &json!({"queueInfo": queue, "agentInfo": agent})),
        // One that says nothing but that it is over.
        row("DISCONNECTED", &json!({"disconnectReason": null, "channel": null, "initiationMethod": null})),
        row(
            "COMPLETED",
            &json!({
                "queueInfo": queue, "disconnectTimestamp": "2026-11-02T10:08:00Z", "disconnectReason": "AGENT_DISCONNECT",
            }),
        ),
    ]
}

fn merged(rows: impl IntoIterator<Item = EventRow>) -> EventRow {
    rows.into_iter()
        .reduce(|mut one, other| {
            one.merge(&other);
            one
        })
        .unwrap()
}

#[test]
fn each_event_adds_what_it_knows() {
    let row = merged(call());
    for (column, value) in [
        ("instance_arn", json!(INSTANCE)),
        ("channel", json!("VOICE")),
        ("initiation_timestamp", json!("2026-11-02T10:00:59.500000Z")),
        ("queue_id", json!("q")),
        ("queue_type", json!("STANDARD")),
        ("queue_enqueue_timestamp", json!("2026-11-02T10:01:59.900000Z")),
        ("queue_duration_ms", json!(241_000)),
        ("agent", json!("a")),
        ("enqueued_interval", json!("2026-11-02T10:00:00.000000Z")),
        ("connected_interval", json!("2026-11-02T10:05:00.000000Z")),
        ("disconnect_timestamp", json!("2026-11-02T10:08:00.000000Z")),
        ("disconnect_reason", json!("AGENT_DISCONNECT")),
        ("open_until_timestamp", json!("2026-11-03T10:00:59.500000Z")),
        ("leg", json!("customer")),
        ("successor_rank", Value::Null),
    ] {
        assert_eq!(row.get(column), value, "{column}");
    }
}

#[test]
fn a_time_that_is_not_said_is_the_envelopes() {
    let queued = row("QUEUED", &json!({"queueInfo": {"queueArn": format!("{INSTANCE}/queue/q")}}));
    assert_eq!(queued.get("queue_enqueue_timestamp"), json!("2026-11-02T10:09:00.000000Z"));
    assert_eq!(queued.get("outcome_alone"), Value::Null, "it waits");
    let ended = row("DISCONNECTED", &json!({"disconnectTimestamp": "9999-01-01T00:00:00Z"}));
    assert_eq!(ended.get("disconnect_timestamp"), json!("2026-11-02T10:09:00.000000Z"), "a clock far ahead");
    assert_eq!(ended.get("outcome_alone"), json!("abandoned"));
}

#[test]
fn legs_of_others_have_no_outcome() {
    for (method, leg) in [("MONITOR", "monitor"), ("EXTERNAL_OUTBOUND", "third_party")] {
        let row = row("DISCONNECTED", &json!({"initiationMethod": method, "queueInfo": queue()}));
        assert_eq!((row.get("leg"), row.get("outcome_alone")), (json!(leg), Value::Null));
    }
    let callback = row("INITIATED", &json!({"initiationMethod": "CALLBACK"}));
    assert_eq!(callback.get("successor_rank"), json!(2));
    assert_eq!(callback.get("open_until_timestamp"), json!("2026-11-09T10:00:59.500000Z"));
}

#[test]
fn the_instance_is_found_wherever_it_is_named() {
    let now = NOW.parse().unwrap();
    let by_queue = event("QUEUED", &json!({"instanceArn": null, "queueInfo": queue()}));
    assert_eq!(EventRow::read(&by_queue, now).unwrap().key(), row("QUEUED", &json!({})).key());
    let unnamed = event("INITIATED", &json!({"instanceArn": null}));
    assert_eq!(EventRow::read(&unnamed, now), Err(NotARow::Instance));
    let long = event("INITIATED", &json!({"contactId": "c".repeat(300)}));
    assert_eq!(EventRow::read(&long, now), Err(NotARow::Id));
    assert!(matches!(EventRow::read("{}", now), Err(NotARow::Event(_))));
}

/// Any value of any column, where only what is never told twice differently is the same in all.
fn arbitrary_row() -> impl Strategy<Value = EventRow> {
    let values = EVENT_COLUMNS.map(|(name, _)| match name {
        "queue_duration_ms" | "agent_after_contact_work_duration_ms" | "successor_rank" => {
            prop_oneof![Just(Value::Null), (0..3).prop_map(Value::from)].boxed()
        }
        _ => prop_oneof![Just(Value::Null), "[ab]".prop_map(Value::from)].boxed(),
    });
    values.to_vec().prop_map(|values| EventRow { key: row("INITIATED", &json!({})).key, values })
}

proptest! {
    #[test]
    fn any_order_and_any_grouping_give_the_same(
        rows in prop::collection::vec(arbitrary_row(), 1..6),
        split in any::<prop::sample::Index>(),
    ) {
        let expected = merged(rows.clone());
        prop_assert_eq!(&merged(rows.iter().rev().cloned()), &expected);
        let (left, right) = rows.split_at(split.index(rows.len()));
        let groups = [left, right].into_iter().filter(|group| !group.is_empty());
        prop_assert_eq!(&merged(groups.map(|group| merged(group.to_vec()))), &expected);
        prop_assert_eq!(&merged(rows.iter().chain(&rows).cloned()), &expected);
    }
}
