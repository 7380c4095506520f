//! Agent events for the tests.

use std::sync::LazyLock;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use switchboard_core::agent_event::AgentEvent;
use switchboard_wfm::agent_state::{Agent, AgentUpdate, Username, read};

/// So many seconds after the beginning, which was a moment ago: DynamoDB Local deletes what is expired by the real time.
pub(crate) fn at(second: i64) -> Timestamp {
    static BEGIN: LazyLock<Timestamp> = LazyLock::new(Timestamp::now);
    *BEGIN + SignedDuration::from_secs(second)
}

pub(crate) fn username(name: &str) -> Username {
    Username::new(name).expect("a user name")
}

/// An event that tells this status, as of then.
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

/// An event of nobody but an ARN.
pub(crate) fn nameless(name: &str, kind: &str, at: Timestamp) -> Value {
    let mut event = event(name, kind, "Available", at);
    event["CurrentAgentSnapshot"] = Value::Null;
    event
}

/// An agent's lunch, begun that second.
pub(crate) fn lunch(name: &str, second: i64) -> Value {
    event(name, "STATE_CHANGE", "Lunch", at(second))
}

pub(crate) fn told(event: &Value) -> AgentUpdate {
    let text = event.to_string();
    read(&AgentEvent::parse(&text).expect("an agent event"), Timestamp::MAX).expect("something told")
}

pub(crate) fn named(told: &AgentUpdate) -> (Username, Agent) {
    (told.username.clone().expect("a name"), told.agent.clone())
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
