//! Events as Connect sends them, about invented contacts.

use jiff::Timestamp;
use serde_json::{Value as Json, json};
use switchboard_contacts::observation::Observation;
use switchboard_core::agent_event::AgentEvent;
use switchboard_core::contact_event::ContactEvent;
use switchboard_core::ctr::Ctr;
use switchboard_core::flow_log::FlowLog;

const START: i64 = 1_714_557_600;
pub(super) const INSTANCE: &str =
    "arn:aws:connect:us-east-1:000000000000:instance/9d2ddc9c-0001-4e56-8f2a-1f6f0a8b9c01";

/// So many seconds after the first event.
pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(START + second).expect("a time")
}

/// When the events come: after all that they tell.
fn now() -> Timestamp {
    at(100 * 24 * 3600)
}

/// The same as Connect writes it.
fn time(second: i64) -> String {
    at(second).to_string()
}

/// A contact event of EventBridge; `more` is what its detail has beyond the usual.
pub(super) fn contact_event(contact_id: &str, kind: &str, second: i64, more: &Json) -> Observation {
    let mut detail = json!({
        "eventType": kind, "contactId": contact_id, "initialContactId": contact_id, "channel": "VOICE",
        "instanceArn": INSTANCE, "initiationMethod": "INBOUND",
        "initiationTimestamp": time(0), "tags": {"aws:connect:instanceId": "9d2ddc9c-0001-4e56-8f2a-1f6f0a8b9c01"},
        "queueInfo": {
            "queueArn": format!("{INSTANCE}/queue/5cba7cbf-1ecb-4b6d-b8bd-fe91079b3fc8"),
            "queueType": "STANDARD", "enqueueTimestamp": time(60)
        },
    });
    detail.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    let document = json!({
        "version": "0", "id": format!("{contact_id}-{kind}-{second}"), "detail-type": "Amazon Connect Contact Event",
        "source": "aws.connect", "account": "000000000000", "time": time(second), "region": "us-east-1",
        "resources": [INSTANCE, format!("{INSTANCE}/contact/{contact_id}")], "detail": detail,
    })
    .to_string();
    let event = ContactEvent::parse(&document).expect("a contact event");
    Observation::of_contact_event(&event, &document, now()).expect("an observation")
}

/// A line of a flow's log.
pub(super) fn flow_log(contact_id: &str, n: i64) -> Observation {
    let line = json!({
        "ContactId": contact_id, "ContactFlowId": format!("{INSTANCE}/contact-flow/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"),
        "ContactFlowName": "Main line", "ContactFlowModuleType": "PlayPrompt", "Identifier": format!("block-{}", n % 7),
        "Timestamp": time(n * 2), "Parameters": {"Text": "Thank you for calling. Please hold the line.", "Voice": "Nicole"},
    })
    .to_string();
    let log = FlowLog::parse(&line).expect("a flow log");
    let id = format!("{contact_id}-log-{n}");
    Observation::of_flow_log(&log, &line, Some(&id), None, now()).expect("an observation")
}

/// An agent event about a contact in this state.
pub(super) fn agent_event(contact_id: &str, state: &str, second: i64) -> Observation {
    let contact = json!({
        "ContactId": contact_id, "Channel": "VOICE", "InitiationMethod": "INBOUND", "State": state,
        "StateStartTimestamp": time(second), "ConnectedToAgentTimestamp": time(120), "QueueTimestamp": time(60),
        "Queue": {"ARN": format!("{INSTANCE}/queue/5cba7cbf-1ecb-4b6d-b8bd-fe91079b3fc8"), "Name": "Sales"},
    });
    let document = json!({
        "AWSAccountId": "000000000000", "EventId": format!("{contact_id}-{state}-{second}"),
        "EventType": "STATE_CHANGE", "EventTimestamp": time(second), "InstanceARN": INSTANCE,
        "AgentARN": format!("{INSTANCE}/agent/11111111-2222-4333-8444-555555555555"),
        "CurrentAgentSnapshot": {"Configuration": {"Username": "ann"}, "Contacts": [contact]},
        "PreviousAgentSnapshot": {"Configuration": {"Username": "ann"}, "Contacts": []},
    })
    .to_string();
    let event = AgentEvent::parse(&document).expect("an agent event");
    Observation::of_agent_event(&event, &document, now()).pop().expect("an observation")
}

/// The record of a contact of this customer.
pub(super) fn contact_record(contact_id: &str, customer: &str, second: i64) -> Observation {
    contact_record_of(contact_id, customer, 0, second)
}

/// The record of a contact that began and ended then.
pub(super) fn contact_record_of(contact_id: &str, customer: &str, began: i64, second: i64) -> Observation {
    let document = json!({
        "ContactId": contact_id, "InitialContactId": contact_id, "Channel": "VOICE", "InitiationMethod": "INBOUND",
        "InstanceARN": INSTANCE, "CustomerEndpoint": {"Address": customer, "Type": "TELEPHONE_NUMBER"},
        "InitiationTimestamp": time(began), "ConnectedToSystemTimestamp": time(began), "DisconnectTimestamp": time(second),
        "LastUpdateTimestamp": time(second + 60), "DisconnectReason": "CUSTOMER_DISCONNECT",
        "Queue": {"ARN": format!("{INSTANCE}/queue/5cba7cbf-1ecb-4b6d-b8bd-fe91079b3fc8"), "Name": "Sales",
                  "EnqueueTimestamp": time(60), "DequeueTimestamp": time(120), "Duration": 60},
    })
    .to_string();
    let ctr = Ctr::parse(&document).expect("a contact record");
    Observation::of_contact_record(&ctr, &document, now()).expect("an observation")
}

/// A call: `logs` lines of a flow's log, the contact events and the agent events of one that is answered, held twice
/// and ends, and its record. Ten events beside the lines.
pub(super) fn call(contact_id: &str, customer: &str, logs: i64) -> Vec<Observation> {
    let agent = json!({"agentInfo": {
        "agentArn": format!("{INSTANCE}/agent/11111111-2222-4333-8444-555555555555"), "connectedToAgentTimestamp": time(120)
    }});
    let mut events: Vec<_> = (0..logs).map(|n| flow_log(contact_id, n)).collect();
    events.push(contact_event(contact_id, "INITIATED", 0, &json!({})));
    events.push(contact_event(contact_id, "CONNECTED_TO_SYSTEM", 0, &json!({})));
    events.push(contact_event(contact_id, "QUEUED", 60, &json!({})));
    events.push(contact_event(contact_id, "CONNECTED_TO_AGENT", 120, &agent));
    events.push(agent_event(contact_id, "CONNECTED", 120));
    events.push(agent_event(contact_id, "CONNECTED_ONHOLD", 180));
    events.push(agent_event(contact_id, "CONNECTED", 200));
    let ended = json!({"disconnectTimestamp": time(300), "agentInfo": agent["agentInfo"]});
    events.push(contact_event(contact_id, "DISCONNECTED", 300, &ended));
    events.push(agent_event(contact_id, "ENDED", 300));
    events.push(contact_record(contact_id, customer, 300));
    events
}
