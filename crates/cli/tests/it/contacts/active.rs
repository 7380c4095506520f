//! Who is in touch now: `contacts --active`, and the head of `contact`.

use serde_json::{Value, json};

use super::shown;
use crate::program::Folder;

const INSTANCE: &str = "arn:aws:connect:us-east-1:000000000000:instance/9d2ddc9c-0001-4e56-8f2a-1f6f0a8b9c01";
const SALES: &str = "5cba7cbf-1ecb-4b6d-b8bd-fe91079b3fc8";
const ANN: &str = "11111111-2222-4333-8444-555555555555";

fn time(time: &str) -> String {
    format!("2026-11-02T{time}Z")
}

fn event(id: &str, kind: &str, at: &str, more: &Value) -> Value {
    let mut detail = json!({"eventType": kind, "contactId": id, "channel": "VOICE", "initiationMethod": "INBOUND",
        "instanceArn": INSTANCE, "initiationTimestamp": time("07:00:00.000")});
    detail.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"id": format!("{id}{kind}"), "detail-type": "Amazon Connect Contact Event", "source": "aws.connect",
        "time": time(at), "detail": detail})
}

fn queue(at: &str) -> Value {
    json!({"queueArn": format!("{INSTANCE}/queue/{SALES}"), "enqueueTimestamp": time(at)})
}

fn waits(id: &str, at: &str, method: &str) -> Value {
    event(id, "QUEUED", at, &json!({"initiationMethod": method, "queueInfo": queue(at)}))
}

fn agent() -> Value {
    json!({"agentArn": format!("{INSTANCE}/agent/{ANN}"), "connectedToAgentTimestamp": time("08:00:00.000")})
}

fn by_agent(id: &str, state: &str, at: &str) -> Value {
    let contact = json!({"ContactId": id, "Channel": "VOICE", "InitiationMethod": "INBOUND", "State": state,
        "StateStartTimestamp": time(at), "ConnectedToAgentTimestamp": time("08:00:00.000")});
    json!({"EventId": format!("{id}{state}"), "EventType": "STATE_CHANGE", "EventTimestamp": time(at), "Version": "2017-10-01",
        "AWSAccountId": "000000000000", "InstanceARN": INSTANCE, "AgentARN": format!("{INSTANCE}/agent/{ANN}"),
        "CurrentAgentSnapshot": {"Configuration": {"Username": "ann"}, "Contacts": [contact]},
        "PreviousAgentSnapshot": {"Configuration": {"Username": "ann"}, "Contacts": []}})
}

/// What a centre is busy with, and one contact that is over and tells what the queue is called.
fn busy() -> Folder {
    let folder = Folder::new();
    let taken = json!({"queueInfo": queue("07:30:00.000"), "agentInfo": agent()});
    let ended = json!({"queueInfo": queue("07:30:00.000"), "agentInfo": agent(),
        "disconnectTimestamp": time("09:00:00.000"), "disconnectReason": "CUSTOMER_DISCONNECT"});
    let scheduled = json!({"channel": "TASK", "initiationMethod": "API", "scheduledTimestamp": "2099-05-01T09:00:00.000Z"});
    let events = [
        waits("waits-short", "09:50:00.000", "INBOUND"),
        waits("waits-long", "09:10:00.000", "INBOUND"),
        waits("is-called-back", "09:30:00.000", "CALLBACK"),
        event("is-scheduled", "INITIATED", "07:00:00.000", &scheduled),
        event("is-held", "CONNECTED_TO_AGENT", "08:00:00.000", &taken),
        by_agent("is-held", "CONNECTED_ONHOLD", "08:40:00.000"),
        event("talks", "CONNECTED_TO_AGENT", "08:00:00.000", &taken),
        event("is-wrapped-up", "DISCONNECTED", "09:00:00.000", &ended),
        by_agent("is-wrapped-up", "ENDED", "09:00:00.000"),
        event("has-ended", "DISCONNECTED", "09:00:00.000", &ended),
    ];
    let lines: Vec<_> = events.iter().map(Value::to_string).collect();
    folder.write("in/events.ndjson", lines.join("\n"));
    folder.write(
        "in/flow.log",
        r#"{"ContactId":"is-in-a-flow","ContactFlowName":"Main","ContactFlowModuleType":"PlayPrompt","Timestamp":"2026-11-02T09:55:00.000Z"}"#,
    );
    let record = json!({"ContactId": "was", "Channel": "VOICE", "InitiationMethod": "INBOUND", "InstanceARN": INSTANCE,
        "AWSAccountId": "000000000000", "InitiationTimestamp": time("06:00:00"), "DisconnectTimestamp": time("06:01:00"),
        "LastUpdateTimestamp": time("06:02:00"), "DisconnectReason": "CUSTOMER_DISCONNECT",
        "Queue": {"ARN": format!("{INSTANCE}/queue/{SALES}"), "Name": "Sales", "EnqueueTimestamp": time("06:00:10")}});
    folder.write("in/record.json", record.to_string());
    let ended = folder.run(&["replay", "in"]);
    assert_eq!(ended.status, 0, "{ended:?}");
    folder
}

#[test]
fn who_waits_comes_first_and_the_longest_before_the_others() {
    let folder = busy();
    let text = shown(&folder, &["contacts", "list", "--active"]);
    let rows: Vec<Vec<&str>> = text
        .lines()
        .skip(1)
        .map(|line| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect())
        .collect();
    let shown: Vec<_> = rows.iter().filter(|row| row.len() > 2).map(|row| (row[0], row[2])).collect();
    assert_eq!(
        shown,
        [
            ("waits-long", "waits"),
            ("is-called-back", "callback"),
            ("waits-short", "waits"),
            ("is-scheduled", "scheduled"),
            ("talks", "with agent"),
            ("is-held", "on hold"),
            ("is-wrapped-up", "wrap-up"),
            ("is-in-a-flow", "in a flow"),
        ],
        "{text}"
    );
    assert!(text.contains("8 contacts"), "{text}");
    assert!(!text.contains("has-ended"), "no agent is at work on it: {text}");
}

#[test]
fn names_are_shown_in_place_of_ids() {
    let folder = busy();
    let text = shown(&folder, &["contacts", "list", "--active"]);
    assert!(!text.contains(SALES) && !text.contains(ANN), "{text}");
    let row = |id: &str| text.lines().find(|line| line.starts_with(id)).unwrap();
    assert!(row("waits-long").contains("Sales"), "learned from another contact's record: {text}");
    assert!(row("talks").contains("ann"), "learned from another contact's agent event: {text}");
    let head = shown(&folder, &["contacts", "show", "talks"]);
    for line in ["queue     Sales", "agent     ann"] {
        assert!(head.lines().any(|one| one == line), "{line}: {head}");
    }
    assert!(head.contains("Talks with agent ann"), "{head}");
}

#[test]
fn a_head_shows_since_when_a_contact_has_its_state() {
    let folder = busy();
    for (id, since) in [
        ("waits-long", "since     2026-11-02 09:10:00, for "),
        ("is-held", "since     2026-11-02 08:40:00, for "),
        ("talks", "since     2026-11-02 08:00:00, for "),
        ("is-wrapped-up", "since     2026-11-02 09:00:00, for "),
        ("is-in-a-flow", "since     2026-11-02 09:55:00, for "),
        ("is-scheduled", "due       2099-05-01 09:00:00"),
    ] {
        let head = shown(&folder, &["contacts", "show", id]);
        assert!(head.lines().any(|line| line.starts_with(since)), "{since}: {head}");
    }
    let ended = shown(&folder, &["contacts", "show", "has-ended"]);
    assert!(!ended.lines().any(|line| line.starts_with("since")), "{ended}");
    let wrapped_up = shown(&folder, &["contacts", "show", "is-wrapped-up"]);
    assert!(
        wrapped_up.contains("status    DISCONNECTED, CUSTOMER_DISCONNECT, an agent wraps it up"),
        "{wrapped_up}"
    );
}
