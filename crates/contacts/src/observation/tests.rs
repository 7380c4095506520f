use std::fmt::Write as _;

use serde_json::{Value as Json, json};
use switchboard_core::{
    agent_event::AgentEvent, contact_event::ContactEvent, ctr::Ctr, flow_call::FlowCall, flow_log::FlowLog,
};

use super::*;
use crate::fold::fold;

mod agents;
mod laws;
mod rules;
mod ties;
mod tolerance;

const DAY: &str = "2024-05-01T10:00:";

/// When the events come: after all that they tell.
fn now() -> Timestamp {
    "2024-05-01T12:00:00Z".parse().unwrap()
}

fn contact_event(id: &str, time: &str, detail: &Json) -> Observation {
    let document = json!({"id": id, "time": format!("{DAY}{time}Z"), "detail": detail}).to_string();
    Observation::of_contact_event(&ContactEvent::parse(&document).unwrap(), &document, now()).unwrap()
}

fn typed(kind: &str, more: &Json) -> Json {
    let mut detail =
        json!({"eventType": kind, "contactId": "c", "channel": "VOICE", "initiationMethod": "INBOUND"});
    detail.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    detail
}

fn event(kind: &str, time: &str, more: &Json) -> Observation {
    contact_event(&format!("{kind}-{time}"), time, &typed(kind, more))
}

fn flow_log(id: &str, line: &Json) -> Observation {
    let line = line.to_string();
    let logged = format!("{DAY}59Z").parse().ok();
    Observation::of_flow_log(&FlowLog::parse(&line).unwrap(), &line, Some(id), logged, now()).unwrap()
}

fn agent_event(document: &Json) -> Vec<Observation> {
    let document = document.to_string();
    Observation::of_agent_event(&AgentEvent::parse(&document).unwrap(), &document, now())
}

fn agent_change(id: &str, time: &str, before: &Json, now: &Json) -> Json {
    let snapshot = |contacts: &Json| json!({"Configuration": {"Username": "ann"}, "Contacts": contacts});
    json!({
        "AgentARN": "agent/1", "EventId": id, "EventType": "STATE_CHANGE", "EventTimestamp": format!("{DAY}{time}Z"),
        "CurrentAgentSnapshot": snapshot(now), "PreviousAgentSnapshot": snapshot(before),
    })
}

fn held(contact: &str, state: &str, since: &str) -> Json {
    json!({
        "ContactId": contact, "Channel": "VOICE", "State": state, "StateStartTimestamp": format!("{DAY}{since}Z"),
        "ConnectedToAgentTimestamp": format!("{DAY}10.500Z"), "Queue": {"ARN": "queue/1", "Name": "Sales"},
    })
}

fn contact_record(record: &Json) -> Observation {
    let document = record.to_string();
    Observation::of_contact_record(&Ctr::parse(&document).unwrap(), &document, now()).unwrap()
}

fn of(observations: impl IntoIterator<Item = Observation>) -> Status {
    let mut changes = fold(observations);
    changes.remove("c").expect("contact c").status
}

fn status_of(observations: impl IntoIterator<Item = Observation>) -> String {
    of(observations).text(SystemAttribute::Status).unwrap_or("").to_owned()
}

fn time(text: &str) -> Timestamp {
    format!("{DAY}{text}Z").parse().unwrap()
}

/// Every step of an answered call, from all five sources.
fn answered_call() -> Vec<Observation> {
    let queue = json!({"queueArn": "queue/1", "enqueueTimestamp": format!("{DAY}04.505Z")});
    let agent = json!({"agentArn": "agent/1", "connectedToAgentTimestamp": format!("{DAY}10.500Z")});
    let ended = format!("{DAY}40.300Z");
    let mut all = vec![
        event("INITIATED", "01", &json!({"initiationTimestamp": format!("{DAY}00.999Z")})),
        event("CONNECTED_TO_SYSTEM", "02", &json!({"connectedToSystemTimestamp": format!("{DAY}02.032Z")})),
        flow_log(
            "1",
            &json!({"ContactId": "c", "ContactFlowModuleType": "PlayPrompt", "ContactFlowName": "Main",
            "Timestamp": format!("{DAY}02.451Z")}),
        ),
        flow_log(
            "2",
            &json!({"ContactId": "c", "ContactFlowModuleType": "Transfer",
            "Timestamp": format!("{DAY}03.899Z")}),
        ),
        event("QUEUED", "04", &json!({"queueInfo": queue})),
        event("CONNECTED_TO_AGENT", "10", &json!({"queueInfo": queue, "agentInfo": agent})),
        event(
            "DISCONNECTED",
            "40",
            &json!({"queueInfo": queue, "agentInfo": agent, "disconnectTimestamp": ended}),
        ),
        event(
            "COMPLETED",
            "45",
            &json!({"disconnectTimestamp": ended, "agentInfo": {"agentArn": "agent/1",
            "afterContactWorkStartTimestamp": format!("{DAY}40.300Z"),
            "afterContactWorkEndTimestamp": format!("{DAY}45.305Z")}}),
        ),
    ];
    let steps = ["CONNECTED@10.510", "CONNECTED_ONHOLD@20.100", "CONNECTED@30.200", "ENDED@40.300"];
    let mut before = json!([]);
    for step in steps {
        let (state, since) = step.split_once('@').unwrap();
        let now = json!([held("c", state, since)]);
        all.extend(agent_event(&agent_change(step, since, &before, &now)));
        before = now;
    }
    all.extend(agent_event(&agent_change("done", "45.305", &before, &json!([]))));
    all.push(contact_record(&json!({"ContactId": "c", "Channel": "VOICE", "InitiationMethod": "INBOUND",
        "CustomerEndpoint": {"Address": "+61491570006", "Type": "TELEPHONE_NUMBER"},
        "Queue": {"ARN": "queue/1", "Name": "Sales", "EnqueueTimestamp": format!("{DAY}04Z")},
        "Agent": {"ARN": "agent/1", "Username": "ann", "ConnectedToAgentTimestamp": format!("{DAY}10Z")},
        "DisconnectReason": "CUSTOMER_DISCONNECT", "DisconnectTimestamp": format!("{DAY}40Z"),
        "LastUpdateTimestamp": "2024-05-01T10:01:40Z"})));
    all
}

#[test]
fn an_answered_call_is_told_whole() {
    let view = Json::from(of(answered_call()).view());
    let expected = json!({
        "Status": "COMPLETED", "Updated": "2024-05-01T10:01:40.000Z", "Customer_Identifier": "+61491570006",
        "Connect_ContactId": "c", "Connect_InitialContactId": "c", "Connect_Channel": "VOICE",
        "Connect_InitiationMethod": "INBOUND", "Connect_QueueArn": "queue/1", "Connect_QueueName": "Sales",
        "Connect_AgentArn": "agent/1", "Connect_AgentUsername": "ann",
        "Connect_DisconnectReason": "CUSTOMER_DISCONNECT", "Connect_LatestBlockType": "Transfer",
        "Connect_AfterContactWorkMs": 5005, "Queue_Outcome": "answered",
        "Flag_Queued": true, "Flag_ConnectedToAgent": true, "Flag_OnHold": false, "Flag_Disconnected": true,
        "Flag_AfterContactWork": false, "Flag_Abandoned": false, "Flag_Active": false,
        "Timestamps": {
            "Initiated": "2024-05-01T10:00:00.999Z", "ConnectedToSystem": "2024-05-01T10:00:02.032Z",
            "Enqueued": "2024-05-01T10:00:04.505Z", "ConnectedToAgent": "2024-05-01T10:00:10.500Z",
            "Disconnected": "2024-05-01T10:00:40.300Z",
            "AfterContactWorkStarted": "2024-05-01T10:00:40.300Z",
            "AfterContactWorkEnded": "2024-05-01T10:00:45.305Z",
            "ContactEvent": "2024-05-01T10:00:45.305Z", "FlowLog": "2024-05-01T10:00:03.899Z",
            "AgentEvent": "2024-05-01T10:00:45.305Z", "ContactRecord": "2024-05-01T10:01:40.000Z",
        },
    });
    assert_eq!(view, expected);
}

#[test]
fn in_order_no_register_of_a_change_is_older_than_the_stores() {
    // Contact events and flow logs, as most contacts have them: the normal path of one update without a read.
    let mut stored = Status::new("c");
    let often = [Source::ContactEvent, Source::FlowLog];
    for one in answered_call().into_iter().filter(|one| often.contains(&one.source())) {
        for (attribute, register) in one.status().registers() {
            let held = stored.registers().find(|(held, _)| *held == attribute);
            assert!(held.is_none_or(|(_, held)| *held <= *register), "{attribute:?} of {:?}", one.entry());
        }
        stored.merge(one.into_parts().0);
    }
}

#[test]
fn the_status_at_each_step_is_that_of_the_step() {
    let steps: Vec<_> = (1..=answered_call().len())
        .map(|seen| {
            let mut call = answered_call();
            call.sort_by_key(Observation::at);
            call.truncate(seen);
            status_of(call)
        })
        .collect();
    let mut told: Vec<&str> = steps.iter().map(String::as_str).collect();
    told.dedup();
    assert_eq!(
        told,
        [
            "INITIATED",
            "CONNECTED_TO_SYSTEM",
            "QUEUED",
            "CONNECTED_TO_AGENT",
            "ON_HOLD",
            "CONNECTED_TO_AGENT",
            "DISCONNECTED",
            "COMPLETED"
        ]
    );
}

#[test]
fn a_transferred_contact_belongs_to_its_chain() {
    let transferred = event(
        "INITIATED",
        "35",
        &json!({
        "initialContactId": "a", "previousContactId": "b", "initiationMethod": "TRANSFER"}),
    );
    // An event without the chain's ids, later: it takes nothing back.
    let bare = event("DISCONNECTED", "50", &json!({"initiationMethod": "TRANSFER"}));
    let status = of([transferred, bare]);
    assert_eq!(status.initial_contact_id(), "a");
    assert_eq!(status.text(SystemAttribute::PreviousContactId), Some("b"));
    assert!(status.flag(SystemAttribute::Transferred));
    // A transferred contact that is answered and disconnected does not stay QUEUED.
    assert_eq!(status.text(SystemAttribute::Status), Some("DISCONNECTED"));
}

#[test]
fn a_flow_log_may_come_before_the_first_contact_event() {
    let log = flow_log(
        "1",
        &json!({"ContactId": "c", "ContactFlowName": "Main", "Timestamp": format!("{DAY}02.451Z")}),
    );
    let alone = of([log.clone()]);
    assert!(alone.is_active());
    assert_eq!((alone.text(SystemAttribute::Status), alone.initial_contact_id()), (None, "c"));
    assert_eq!(status_of([log, event("INITIATED", "01", &json!({}))]), "INITIATED");
}

#[test]
fn events_of_one_second_are_ordered_by_what_they_are() {
    // The envelope has the second alone, and the detail no time of its own.
    let kinds =
        ["INITIATED", "CONNECTED_TO_SYSTEM", "QUEUED", "CONNECTED_TO_AGENT", "DISCONNECTED", "COMPLETED"];
    for (at, kind) in kinds.iter().enumerate() {
        let mut events: Vec<_> = kinds[..=at].iter().map(|kind| event(kind, "02", &json!({}))).collect();
        assert_eq!(status_of(events.clone()), *kind);
        events.reverse();
        assert_eq!(status_of(events), *kind);
    }
}

#[test]
fn a_time_with_milliseconds_compares_with_one_without() {
    // `…02.442Z` sorts before `…02Z` as text.
    let precise = event("QUEUED", "02", &json!({"queueInfo": {"enqueueTimestamp": format!("{DAY}02.442Z")}}));
    let by_the_second = event("CONNECTED_TO_AGENT", "02", &json!({}));
    assert_eq!(status_of([precise.clone(), by_the_second.clone()]), "CONNECTED_TO_AGENT");
    assert_eq!(status_of([by_the_second, precise]), "CONNECTED_TO_AGENT");
}

#[test]
fn the_details_time_counts_and_not_when_it_was_published() {
    let agent = json!({"agentInfo": {"agentArn": "a", "connectedToAgentTimestamp": format!("{DAY}10.500Z")}});
    let answered = event("CONNECTED_TO_AGENT", "30", &agent);
    let held = agent_event(&agent_change(
        "h",
        "20.100",
        &json!([]),
        &json!([held("c", "CONNECTED_ONHOLD", "20.100")]),
    ));
    let status = of(held.into_iter().chain([answered]));
    assert_eq!(status.text(SystemAttribute::Status), Some("ON_HOLD"));
    assert!(status.flag(SystemAttribute::OnHold));
}

#[test]
fn a_disconnect_without_times_ends_the_contact() {
    let bare = event("DISCONNECTED", "44", &json!({}));
    assert_eq!(bare.at(), time("44"));
    let status = of([event("QUEUED", "04", &json!({})), bare]);
    assert_eq!(status.text(SystemAttribute::Status), Some("DISCONNECTED"));
    assert_eq!(status.time(SystemAttribute::DisconnectedAt), Some(time("44")));
    assert!(status.is_abandoned());
}

#[test]
fn nothing_brings_an_ended_contact_back() {
    let ended = event("DISCONNECTED", "20", &json!({"disconnectTimestamp": format!("{DAY}20.000Z")}));
    let later = event("CONNECTED_TO_AGENT", "43", &json!({}));
    let on_hold =
        agent_event(&agent_change("h", "44", &json!([]), &json!([held("c", "CONNECTED_ONHOLD", "44")])));
    let status = of(on_hold.into_iter().chain([ended, later]));
    assert_eq!(status.text(SystemAttribute::Status), Some("DISCONNECTED"));
    assert!(!status.flag(SystemAttribute::OnHold) && !status.is_active());
}

#[test]
fn an_update_of_contact_data_is_no_state_and_its_unset_times_are_none() {
    let unset = "1970-01-01T00:00:00.001Z";
    let update = event(
        "CONTACT_DATA_UPDATED",
        "16",
        &json!({
        "connectedToSystemTimestamp": unset, "initiationTimestamp": format!("{DAY}15.154Z"),
        "queueInfo": {"queueArn": "q", "enqueueTimestamp": format!("{DAY}15.240Z")},
        "agentInfo": {"agentArn": "a", "connectedToAgentTimestamp": unset}}),
    );
    let status = of([update]);
    assert_eq!(status.text(SystemAttribute::Status), Some("QUEUED"), "the latest step whose time it states");
    assert_eq!(status.time(SystemAttribute::ConnectedToSystemAt), None);
    assert!(!status.flag(SystemAttribute::ConnectedToAgent));
    assert_eq!(status.text(SystemAttribute::AgentArn), None, "offered is not taken");
}

#[test]
fn pascal_case_says_the_same() {
    let camel = json!({"eventType": "CONNECTED_TO_AGENT", "contactId": "c", "channel": "Voice",
        "agentInfo": {"agentArn": "a", "connectedToAgentTimestamp": format!("{DAY}10.500Z")},
        "queueInfo": {"queueArn": "q", "enqueueTimestamp": format!("{DAY}04.505Z")}});
    let pascal = camel.to_string();
    let mut upper = String::new();
    let mut after_quote = false;
    for letter in pascal.chars() {
        let letter =
            if after_quote && letter.is_ascii_lowercase() { letter.to_ascii_uppercase() } else { letter };
        after_quote = letter == '"';
        write!(upper, "{letter}").unwrap();
    }
    // Values have upper-case beginnings now too; put them back.
    let upper = upper.replace(":\"C\"", ":\"c\"").replace(":\"A\"", ":\"a\"").replace(":\"Q\"", ":\"q\"");
    let pascal = serde_json::from_str(&upper).unwrap();
    let (camel, pascal) = (contact_event("e", "10", &camel), contact_event("e", "10", &pascal));
    assert_eq!(camel.status().view(), pascal.status().view());
    assert_eq!(pascal.status().text(SystemAttribute::Channel), Some("VOICE"));
}

#[test]
fn the_latest_block_is_of_one_line() {
    let first = json!({"ContactId": "c", "ContactFlowName": "Main", "ContactFlowModuleType": "PlayPrompt",
        "Identifier": "Welcome", "Timestamp": format!("{DAY}02.000Z")});
    let second =
        json!({"ContactId": "c", "ContactFlowModuleType": "SetQueue", "Timestamp": format!("{DAY}02.001Z")});
    let status = of([flow_log("2", &second), flow_log("1", &first)]);
    assert_eq!(status.text(SystemAttribute::LatestBlockType), Some("SetQueue"));
    assert_eq!(status.text(SystemAttribute::LatestFlowName), None, "the second line names no flow");
    assert!(!status.view().contains_key("Connect_LatestFlowName"));
}

#[test]
fn lines_of_one_millisecond_are_not_mixed() {
    // Of each pair, one line has the greater name and the other the greater block.
    for id in 0..20 {
        let line = |flow: &str, block: &str| {
            let line = json!({"ContactId": "c", "ContactFlowName": flow, "ContactFlowModuleType": block,
                "Timestamp": format!("{DAY}02.000Z")});
            flow_log(&format!("{id}-{flow}"), &line)
        };
        let status = of([line("A", "Z"), line("B", "Y")]);
        let latest =
            (status.text(SystemAttribute::LatestFlowName), status.text(SystemAttribute::LatestBlockType));
        assert!([(Some("A"), Some("Z")), (Some("B"), Some("Y"))].contains(&latest), "{latest:?}");
    }
}

#[test]
fn a_line_with_a_malformed_time_takes_the_log_events() {
    let line = json!({"ContactId": "c", "Timestamp": "2017-11-09T12:17.898Z", "Events": {"Queue": ["q"]}});
    assert_eq!(flow_log("1", &line).at(), time("59"));
}

#[test]
fn a_repeat_is_the_same_entry_and_an_update_is_another() {
    let once = event("QUEUED", "04", &json!({}));
    assert_eq!(fold([once.clone(), once])["c"].history.len(), 1);
    let record =
        json!({"ContactId": "c", "InitiationMethod": "API", "LastUpdateTimestamp": format!("{DAY}00Z")});
    let mut updated = record.clone();
    updated["LastUpdateTimestamp"] = json!("2024-05-07T10:00:00Z");
    updated["DisconnectReason"] = json!("API");
    let folded = fold([contact_record(&updated), contact_record(&record), contact_record(&record)]);
    assert_eq!(folded["c"].history.len(), 2);
    assert_eq!(folded["c"].status.text(SystemAttribute::DisconnectReason), Some("API"));
}

#[test]
fn recorded_data_has_its_own_names_and_tells_the_customer() {
    let call = FlowCall::parse(
        r#"{"Details":{"ContactData":{"ContactId":"c","CustomerEndpoint":{"Address":"+61491570156"}},"Parameters":
        {"Status":"mine","Connect_ContactId":"other","count":7,"":"x"}}}"#,
    )
    .unwrap();
    let mut data = Vec::new();
    call.parameters.members(|member| data.push((member.name.into_owned(), member.value)));
    let pairs = data.iter().map(|(name, value)| (name.as_str(), *value));
    let said = Observation::of_flow_call(&call, time("03.000"), "r", pairs).unwrap();
    let status = said.status();
    assert_eq!(status.contact_id(), "c");
    assert_eq!(status.text(SystemAttribute::Status), None);
    assert_eq!(status.data().collect::<Vec<_>>(), [("Connect_ContactId", "other"), ("Status", "mine")]);
    assert_eq!(status.text(SystemAttribute::CustomerIdentifier), Some("+61491570156"));
    assert!(!format!("{said:?}").contains("61491570156") && !format!("{said:?}").contains("mine"));
}

#[test]
fn a_flow_of_the_first_contact_of_a_chain_names_none_before_it() {
    for (previous, told) in [("c", None), ("b", Some("b"))] {
        let call = format!(
            r#"{{"Details":{{"ContactData":{{"ContactId":"c","InitialContactId":"a","PreviousContactId":"{previous}"}}}}}}"#
        );
        let call = FlowCall::parse(&call).unwrap();
        let said = Observation::of_flow_call(&call, time("03.000"), "r", []).unwrap();
        assert_eq!(said.status().text(SystemAttribute::PreviousContactId), told);
    }
}

#[test]
fn what_is_no_key_is_no_contact() {
    for id in ["", &"x".repeat(257)] {
        let document = json!({"contactId": id, "eventType": "QUEUED"}).to_string();
        let said = ContactEvent::parse(&document)
            .ok()
            .and_then(|event| Observation::of_contact_event(&event, &document, now()));
        assert_eq!(said, None);
    }
}

#[test]
fn a_callback_that_nobody_took_is_not_abandoned() {
    let more =
        json!({"initiationMethod": "CALLBACK", "queueInfo": {"enqueueTimestamp": format!("{DAY}04.505Z")}});
    let status = of([event("QUEUED", "04", &more), event("DISCONNECTED", "40", &more)]);
    assert!(status.flag(SystemAttribute::Callback) && !status.is_abandoned());
}
