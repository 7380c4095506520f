use serde_json::{Value as Json, json};
use switchboard_core::{agent_event::AgentEvent, contact_event::ContactEvent, ctr::Ctr, flow_log::FlowLog};

use super::*;
use crate::{fold::fold, observation::Observation, version::Source};

mod lives;
mod rules;

const DAY: &str = "2024-05-01T10:00:";

/// When the events come: after all that they tell.
fn came() -> Timestamp {
    "2024-05-01T12:00:00Z".parse().unwrap()
}

fn event(contact: &str, kind: &str, time: &str, more: &Json) -> Observation {
    let mut detail = json!({"eventType": kind, "contactId": contact, "channel": "VOICE",
        "initiationMethod": "INBOUND", "initiationTimestamp": format!("{DAY}00.999Z")});
    detail.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let document =
        json!({"id": format!("{kind}{time}"), "time": format!("{DAY}{time}Z"), "detail": detail}).to_string();
    Observation::of_contact_event(&ContactEvent::parse(&document).unwrap(), &document, came()).unwrap()
}

fn block(contact: &str, time: &str, kind: &str, more: &Json) -> Observation {
    let mut line = json!({"ContactId": contact, "ContactFlowModuleType": kind, "ContactFlowName": "Main",
        "Timestamp": format!("{DAY}{time}Z")});
    line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let line = line.to_string();
    Observation::of_flow_log(&FlowLog::parse(&line).unwrap(), &line, Some(time), None, came()).unwrap()
}

fn agent(time: &str, before: &Json, now: &Json) -> Vec<Observation> {
    let snapshot = |contacts: &Json| json!({"Configuration": {"Username": "ann"}, "Contacts": contacts});
    let document = json!({"AgentARN": "x/agent/1", "EventId": time, "EventType": "STATE_CHANGE",
        "EventTimestamp": format!("{DAY}{time}Z"), "CurrentAgentSnapshot": snapshot(now),
        "PreviousAgentSnapshot": snapshot(before)})
    .to_string();
    Observation::of_agent_event(&AgentEvent::parse(&document).unwrap(), &document, came())
}

fn held(state: &str, since: &str) -> Json {
    let taken = if state == "MISSED" { Json::Null } else { json!(format!("{DAY}10.510Z")) };
    json!([{"ContactId": "c", "State": state, "StateStartTimestamp": format!("{DAY}{since}Z"),
        "ConnectedToAgentTimestamp": taken,
        "QueueTimestamp": format!("{DAY}04.504Z"), "Queue": {"ARN": "x/queue/1", "Name": "Sales"}}])
}

fn call() -> Vec<Observation> {
    let queue = json!({"queueArn": "x/queue/1", "enqueueTimestamp": format!("{DAY}04.505Z")});
    let taken = json!({"agentArn": "x/agent/1", "connectedToAgentTimestamp": format!("{DAY}10.500Z")});
    let record = json!({"ContactId": "c", "Channel": "VOICE", "InitiationMethod": "INBOUND",
        "InitiationTimestamp": format!("{DAY}00Z"), "DisconnectTimestamp": format!("{DAY}40Z"),
        "DisconnectReason": "CUSTOMER_DISCONNECT", "Queue": {"ARN": "x/queue/1", "EnqueueTimestamp": format!("{DAY}04Z")},
        "Agent": {"ARN": "x/agent/1", "ConnectedToAgentTimestamp": format!("{DAY}10Z"),
            "AfterContactWorkStartTimestamp": format!("{DAY}40Z"), "AfterContactWorkEndTimestamp": format!("{DAY}45Z")},
        "LastUpdateTimestamp": "2024-05-01T10:01:40Z"})
    .to_string();
    let none = json!([]);
    let mut call = vec![
        event("c", "INITIATED", "01", &json!({})),
        block("c", "02.100", "PlayPrompt", &json!({"Parameters": {"Text": "Welcome.\n"}})),
        block(
            "c",
            "02.200",
            "GetUserInput",
            &json!({"Parameters": {"Text": "Sales,\npress one.", "MaxDigits": "1"}}),
        ),
        block("c", "03.000", "GetUserInput", &json!({"Results": "1"})),
        block(
            "c",
            "03.100",
            "InvokeExternalResource",
            &json!({"ExternalResults": {"name": "A"}, "Identifier": "Who",
            "Parameters": {"FunctionArn": "arn:aws:lambda:eu-west-2:111122223333:function:who-is-it:live"}}),
        ),
        block("c", "03.450", "SetAttributes", &json!({"Parameters": {"Key": "tier", "Value": "gold"}})),
        block("c", "04.400", "AddToPlayLoop", &json!({"Parameters": {"AudioPrompt": "x/prompt/7"}})),
        block(
            "c",
            "04.410",
            "SetQueue",
            &json!({"Parameters": {"Queue": "x/queue/1"}, "Results": {"a": [1]}}),
        ),
        event("c", "QUEUED", "04", &json!({"queueInfo": queue})),
        event("c", "CONNECTED_TO_AGENT", "10", &json!({"queueInfo": queue, "agentInfo": taken})),
        event(
            "c",
            "DISCONNECTED",
            "40",
            &json!({"queueInfo": queue, "agentInfo": taken,
            "disconnectTimestamp": format!("{DAY}40.300Z")}),
        ),
        Observation::of_contact_record(&Ctr::parse(&record).unwrap(), &record, came()).unwrap(),
    ];
    let steps = [
        ("MISSED", "07.000"),
        ("CONNECTED", "10.510"),
        ("CONNECTED_ONHOLD", "20.100"),
        ("CONNECTED", "30.200"),
        ("ENDED", "40.310"),
    ];
    let mut before = none.clone();
    for (state, since) in steps {
        call.extend(agent(since, &before, &held(state, since)));
        before = held(state, since);
    }
    call.extend(agent("45.315", &before, &none));
    call
}

fn journey(observations: Vec<Observation>) -> Journey {
    let (mut entries, mut statuses) = (Vec::new(), Vec::new());
    for change in fold(observations).into_values() {
        entries.extend(change.history.into_values());
        statuses.push(change.status);
    }
    entries.reverse();
    Journey::new(entries, &statuses)
}

fn told(lines: &[Line]) -> Vec<(i64, Option<i64>, &str)> {
    lines.iter().map(|line| (line.offset_ms.unwrap_or(0), line.duration_ms, line.text.as_str())).collect()
}

#[test]
fn the_friendly_view_tells_each_step_once() {
    let lines = journey(call()).friendly();
    assert_eq!(
        told(&lines),
        [
            (0, None, "Began as an incoming call"),
            (1_101, None, "Heard \"Welcome.\""),
            (1_201, None, "Was asked \"Sales, press one.\""),
            (2_001, None, "Chose 1"),
            (3_401, None, "Heard recorded prompt 7"),
            (3_506, Some(5_995), "Waited in queue Sales"),
            (6_001, None, "Agent ann did not take it (missed)"),
            (9_501, Some(29_800), "Talked with agent ann"),
            (19_101, Some(10_100), "Was put on hold"),
            (29_201, None, "Came back from hold"),
            (39_301, None, "The customer hung up"),
            (39_311, Some(5_005), "Agent ann wrapped up"),
        ]
    );
}

#[test]
fn the_technical_view_tells_every_entry() {
    let observations = call();
    let entries = fold(observations.clone())["c"].history.len();
    let lines = journey(observations).technical();
    assert_eq!(lines.len(), entries);
    let lambda = lines.iter().find(|line| line.text == "Lambda who-is-it").unwrap();
    assert_eq!(lambda.duration_ms, Some(350));
    let details: Vec<_> =
        lambda.details.iter().map(|detail| (detail.name.as_str(), detail.value.as_str())).collect();
    assert!(
        details.contains(&("ExternalResults.name", "A")) && details.contains(&("Block", "Who")),
        "{details:?}"
    );
    let set = lines.iter().find(|line| line.text == "Attribute tier set").unwrap();
    assert!(set.details.iter().any(|detail| detail.name == "Parameters.Value" && detail.value == "gold"));
    let queue = lines.iter().find(|line| line.text == "Block SetQueue").unwrap();
    assert!(queue.details.iter().any(|detail| detail.name == "Results.a" && detail.value == "[1]"));
    assert!(lines.iter().all(|line| line.raw.as_deref().is_some_and(|raw| raw.starts_with('{'))));
    assert!(lines.is_sorted_by_key(|line| line.offset_ms));
}

#[test]
fn a_chain_is_one_timeline() {
    let mut chain = call();
    let began = json!({"initiationMethod": "TRANSFER", "initialContactId": "c", "previousContactId": "c",
        "initiationTimestamp": format!("{DAY}39.000Z")});
    chain.push(event("d", "INITIATED", "39", &began));
    chain.push(event("d", "DISCONNECTED", "55", &began));
    let lines = journey(chain).friendly();
    let of_d: Vec<_> = lines.iter().filter(|line| line.contact_id == "d").cloned().collect();
    assert_eq!(
        told(&of_d),
        [(38_001, None, "Began as a call that an agent transferred"), (54_001, None, "Ended")]
    );
    assert!(lines.is_sorted_by_key(|line| line.offset_ms));
}

#[test]
fn who_hung_up_while_waiting_was_not_served() {
    let queue = json!({"queueInfo": {"queueArn": "x/queue/9", "enqueueTimestamp": format!("{DAY}04.000Z")}});
    let lines = journey(vec![event("c", "QUEUED", "04", &queue), event("c", "DISCONNECTED", "34", &queue)])
        .friendly();
    assert_eq!(
        told(&lines),
        [
            (0, None, "Began as an incoming call"),
            (3_001, Some(30_000), "Waited in queue 9"),
            (33_001, None, "Gave up waiting")
        ]
    );
}

#[test]
fn steps_before_the_first_event_count() {
    // All that is left is the end of the agent's work, and of an offer that was missed.
    let left = agent("45.315", &held("ENDED", "40.310"), &json!([]));
    let of_left = journey(left).friendly();
    assert_eq!(
        told(&of_left),
        [
            (0, Some(6_006), "Waited in queue Sales"),
            (6_006, Some(29_800), "Talked with agent ann"),
            (35_806, Some(5_005), "Agent ann wrapped up")
        ]
    );
    let missed = journey(agent("08.000", &held("MISSED", "07.000"), &json!([]))).friendly();
    assert_eq!(told(&missed)[1], (2_496, None, "Agent ann did not take it (missed)"));
}

#[test]
fn what_was_stored_is_not_shown_as_chosen() {
    let stored = block("c", "05.000", "StoreUserInput", &json!({"Results": "4111"}));
    let none = block("c", "06.000", "GetUserInput", &json!({"Results": "Timeout"}));
    assert_eq!(
        told(&journey(vec![stored, none]).friendly()),
        [(0, None, "Gave an answer that was stored"), (1_000, None, "Gave no answer the flow knows")]
    );
}

#[test]
fn a_cut_entry_is_told_with_its_size() {
    let long = json!({"Parameters": {"Text": "x".repeat(500_000)}});
    let journey = journey(vec![block("c", "02.000", "PlayPrompt", &long)]);
    assert_eq!(journey.friendly(), []);
    let technical = journey.technical();
    assert_eq!(told(&technical), [(0, None, "FlowLog PlayPrompt")]);
    assert_eq!(technical[0].details[0].name, "Truncated");
}

#[test]
fn debug_shows_nothing_that_was_said() {
    let journey = journey(call());
    let shown = format!("{journey:?}{:?}{:?}", journey.friendly(), journey.technical());
    for secret in ["Welcome", "gold", "ann", "Sales"] {
        assert!(!shown.contains(secret), "{secret}");
    }
}

#[test]
fn an_entry_without_a_time_begins_nothing() {
    let entry =
        HistoryEntry::new("c", Timestamp::UNIX_EPOCH, Source::FlowCall, "r", "RECORDED", r#"{"menu":"2"}"#);
    let later = block("c", "02.000", "PlayPrompt", &json!({"Parameters": {"Text": "Hi"}}));
    let lines = Journey::new([entry, later.entry().clone()], &[]).friendly();
    assert_eq!(told(&lines), [(0, None, "The flow recorded data"), (0, None, "Heard \"Hi\"")]);
}
