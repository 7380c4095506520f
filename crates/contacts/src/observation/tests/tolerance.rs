//! Absent, null and of the wrong type are the same, whichever field it is.

use super::*;

type Reading = fn(&Json) -> Vec<Json>;

fn views(observations: impl IntoIterator<Item = Observation>) -> Vec<Json> {
    fold(observations).into_values().map(|change| Json::from(change.status.view())).collect()
}

fn of_contact_event(document: &Json) -> Vec<Json> {
    let document = document.to_string();
    let event = ContactEvent::parse(&document);
    views(event.ok().and_then(|event| Observation::of_contact_event(&event, &document, now())))
}

fn of_agent_event(document: &Json) -> Vec<Json> {
    let document = document.to_string();
    let event = AgentEvent::parse(&document);
    views(event.iter().flat_map(|event| Observation::of_agent_event(event, &document, now())))
}

fn of_contact_record(document: &Json) -> Vec<Json> {
    let document = document.to_string();
    let record = Ctr::parse(&document);
    views(record.ok().and_then(|record| Observation::of_contact_record(&record, &document, now())))
}

fn of_flow_log(document: &Json) -> Vec<Json> {
    let line = document.to_string();
    let log = FlowLog::parse(&line);
    views(log.ok().and_then(|log| Observation::of_flow_log(&log, &line, Some("1"), None, now())))
}

/// The pointers (RFC 6901) to every member of every object.
fn members(value: &Json, at: &str, all: &mut Vec<(String, String)>) {
    match value {
        Json::Object(object) => {
            for (name, value) in object {
                all.push((at.to_owned(), name.clone()));
                members(value, &format!("{at}/{name}"), all);
            }
        }
        Json::Array(array) => {
            for (index, value) in array.iter().enumerate() {
                members(value, &format!("{at}/{index}"), all);
            }
        }
        _ => {}
    }
}

fn changed(document: &Json, (at, name): &(String, String), value: Option<Json>) -> Json {
    let mut document = document.clone();
    let object = document.pointer_mut(at).and_then(Json::as_object_mut).unwrap();
    match value {
        Some(value) => object.insert(name.clone(), value),
        None => object.remove(name),
    };
    document
}

#[test]
fn absent_null_and_of_the_wrong_type_are_the_same() {
    let time = |second: &str| format!("{DAY}{second}Z");
    let event = json!({"id": "e", "time": time("41"), "detail": typed("COMPLETED", &json!({
        "initialContactId": "a", "previousContactId": "b", "nextContactId": "d", "relatedContactId": "r",
        "initiationTimestamp": time("01"), "connectedToSystemTimestamp": time("02"), "disconnectReason": "OTHER",
        "disconnectTimestamp": time("40"), "scheduledTimestamp": time("00"), "customerId": "p",
        "queueInfo": {"queueArn": "q", "queueType": "STANDARD", "enqueueTimestamp": time("04")},
        "agentInfo": {"agentArn": "a", "connectedToAgentTimestamp": time("10"),
            "afterContactWorkStartTimestamp": time("40"), "afterContactWorkEndTimestamp": time("45")}}))});
    let agent = agent_change(
        "1",
        "41",
        &json!([held("c", "CONNECTED", "10"), held("d", "ENDED", "11")]),
        &json!([held("c", "ENDED", "40")]),
    );
    let record = json!({"ContactId": "c", "AWSContactTraceRecordFormatVersion": "2017-03-10", "Channel": "VOICE",
        "InitialContactId": "a", "PreviousContactId": "b", "NextContactId": "d", "InitiationMethod": "TRANSFER",
        "InitiationTimestamp": time("01"), "ConnectedToSystemTimestamp": time("02"), "DisconnectReason": "OTHER",
        "DisconnectTimestamp": time("40"), "TransferCompletedTimestamp": time("39"),
        "TransferredToEndpoint": {"Address": "+61491570157"}, "LastUpdateTimestamp": time("50"),
        "CustomerEndpoint": {"Address": "+61491570156", "Type": "TELEPHONE_NUMBER"},
        "Queue": {"ARN": "q", "Name": "Sales", "EnqueueTimestamp": time("04")},
        "Agent": {"ARN": "a", "Username": "ann", "ConnectedToAgentTimestamp": time("10"),
            "AfterContactWorkStartTimestamp": time("40"), "AfterContactWorkEndTimestamp": time("45")}});
    let line = json!({"ContactId": "c", "ContactFlowId": "f", "ContactFlowName": "Main", "Identifier": "i",
        "ContactFlowModuleType": "PlayPrompt", "Timestamp": time("03"), "Parameters": {"Text": "Hi"}, "Results": "1"});
    let readings: [(Json, Reading); 4] = [
        (event, of_contact_event),
        (agent, of_agent_event),
        (record, of_contact_record),
        (line, of_flow_log),
    ];
    for (document, read) in readings {
        assert!(!read(&document).is_empty());
        let mut places = Vec::new();
        members(&document, "", &mut places);
        for place in &places {
            // The version marks a record by being there, and an agent may be a plain string: both are shapes.
            let absent = read(&changed(&document, place, None));
            for wrong in [Json::Null, json!(7), json!(true), json!([])] {
                if place.1 == "AWSContactTraceRecordFormatVersion" {
                    continue;
                }
                assert_eq!(
                    read(&changed(&document, place, Some(wrong.clone()))),
                    absent,
                    "{place:?} {wrong}"
                );
            }
        }
    }
}

/// Amazon Connect adds it to the lines of blocks that run inside flow modules, and `Error` to those that fail.
#[test]
fn a_line_from_inside_a_module_is_read_like_any_other() {
    let line = json!({"ContactId": "c", "ContactFlowId": "f", "ContactFlowName": "Main", "Identifier": "i",
        "ContactFlowModuleType": "PlayPrompt", "Timestamp": time("03"), "Parameters": {"Text": "Hi"}, "Results": "1"});
    let plain = of_flow_log(&line);
    assert!(!plain.is_empty());
    for stack in [
        json!([]),
        json!(["module-1", {"ModuleId": "module-2"}]),
        json!({"Depth": 2}),
        json!("m"),
        Json::Null,
    ] {
        let mut inside = line.clone();
        inside["ModuleExecutionStack"] = stack;
        assert_eq!(of_flow_log(&inside), plain, "{inside}");
    }
}
