//! Agent events for the tests.

use std::sync::LazyLock;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use switchboard_agents::{AgentKey, AgentUpdate, read};
use switchboard_core::agent_event::AgentEvent;

/// So many seconds after the beginning, which was a moment ago: DynamoDB Local deletes what is expired by the real time.
pub(crate) fn at(second: i64) -> Timestamp {
    static BEGIN: LazyLock<Timestamp> = LazyLock::new(Timestamp::now);
    *BEGIN + SignedDuration::from_secs(second)
}

/// The agent with this user name, in the instance of all events.
pub(crate) fn key(name: &str) -> AgentKey {
    AgentKey::from_text(&format!("ap-southeast-2/i/{name}")).expect("a user name")
}

/// An event with this status, of that time.
pub(crate) fn event(name: &str, kind: &str, status: &str, at: Timestamp) -> Value {
    let arn = "arn:aws:connect:ap-southeast-2:012345678910:instance/i";
    let status_type = match status {
        "Available" => "ROUTABLE",
        "Offline" => "OFFLINE",
        _ => "CUSTOM",
    };
    json!({
        "AWSAccountId": "012345678910",
        "AgentARN": format!("{arn}/agent/{name}"),
        "EventId": format!("{name}-{kind}-{at}"),
        "EventTimestamp": at.to_string(),
        "EventType": kind,
        "InstanceARN": arn,
        "Version": "2017-10-01",
        "PreviousAgentSnapshot": null,
        "CurrentAgentSnapshot": {
            "AgentStatus": {
                "ARN": format!("{arn}/agent-state/{status}"), "Name": status, "Type": status_type,
                "StartTimestamp": at.to_string(),
            },
            "Configuration": {"FirstName": "Avery", "LastName": "Quill", "Username": name},
            "Contacts": [],
        },
    })
}

/// An event with an ARN and no user name.
pub(crate) fn nameless(name: &str, kind: &str, at: Timestamp) -> Value {
    let mut event = event(name, kind, "Available", at);
    event["CurrentAgentSnapshot"] = Value::Null;
    event
}

/// The same event in the instance's replica, which has the same id in another Region.
pub(crate) fn in_replica(mut event: Value) -> Value {
    event["InstanceARN"] = "arn:aws:connect:us-west-2:012345678910:instance/i".into();
    event
}

/// An agent's lunch, begun that second.
pub(crate) fn lunch(name: &str, second: i64) -> Value {
    event(name, "STATE_CHANGE", "Lunch", at(second))
}

/// The event, read.
pub(crate) fn update(event: &Value) -> AgentUpdate {
    let text = event.to_string();
    read(&AgentEvent::parse(&text).expect("an agent event"), Timestamp::MAX).expect("a valid event")
}

/// A batch of records with one document each; the sequence numbers go on from this one.
pub(crate) fn records(first: u64, documents: &[Value]) -> String {
    let record = |(n, document): (usize, &Value)| {
        json!({"eventSource": "aws:kinesis", "kinesis": {
            "sequenceNumber": (first + n as u64).to_string(),
            "partitionKey": "p", "data": STANDARD.encode(document.to_string()),
        }})
    };
    json!({"Records": documents.iter().enumerate().map(record).collect::<Vec<_>>()}).to_string()
}
