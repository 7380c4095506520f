//! What these tests do to a deployment: call its functions, wait for dead letters, bring them back.

use std::process::Command;

use serde_json::{Value, json};
use switchboard_tests::{emulator::Emulator, wait::until, workspace};

use super::world::{PATIENCE, SIMULATED};

/// EventBridge takes so many at once.
const EVENTS_AT_ONCE: usize = 10;

/// What a function answers. Fails with what it has logged if it fails.
pub(crate) fn invoke(emulator: &Emulator, function: &str, event: &Value) -> Value {
    let parameters = json!({"FunctionName": function, "Payload": event.to_string()});
    let answer = emulator.call("lambda", "invoke", &parameters);
    assert!(answer["FunctionError"].is_null(), "{function}: {answer}\n{}", said(emulator, function));
    serde_json::from_str(answer["Payload"].as_str().expect("an answer")).expect("JSON")
}

/// What a function has logged.
pub(crate) fn said(emulator: &Emulator, function: &str) -> String {
    let group = json!({"logGroupName": format!("/aws/lambda/{function}")});
    let logged = emulator.call("logs", "filter_log_events", &group);
    let lines = logged["events"].as_array().expect("lines").iter();
    lines.filter_map(|line| line["message"].as_str()).collect::<Vec<_>>().join("\n")
}

/// The URL of a queue, by its name.
pub(crate) fn queue(emulator: &Emulator, name: &str) -> String {
    let answer = emulator.call("sqs", "get_queue_url", &json!({ "QueueName": name }));
    answer["QueueUrl"].as_str().expect("a URL").to_owned()
}

/// Has a queue show a message again soon after a failure. On AWS that takes six time-outs of the function.
pub(crate) fn hurry(emulator: &Emulator, queue: &str) {
    let soon = json!({"QueueUrl": queue, "Attributes": {"VisibilityTimeout": "3"}});
    emulator.call("sqs", "set_queue_attributes", &soon);
}

/// Waits until something is in a dead-letter queue.
pub(crate) fn until_put_aside(emulator: &Emulator, dead: &str) {
    until("a dead letter", 2 * PATIENCE, || {
        let waiting = json!({"QueueUrl": dead, "AttributeNames": ["ApproximateNumberOfMessages"]});
        let answer = emulator.call("sqs", "get_queue_attributes", &waiting);
        (answer["Attributes"]["ApproximateNumberOfMessages"] != "0").then_some(())
    });
}

/// Waits until a queue holds nothing, and nobody works on what was in it.
pub(crate) fn until_done_with(emulator: &Emulator, queue: &str) {
    let counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
    until("an empty queue", PATIENCE, || {
        let asked = json!({"QueueUrl": queue, "AttributeNames": counts});
        let answer = emulator.call("sqs", "get_queue_attributes", &asked);
        counts.iter().all(|count| answer["Attributes"][count] == "0").then_some(())
    });
}

/// Brings everything back, as the runbook says it.
pub(crate) fn redrive(emulator: &Emulator, arguments: &[&str]) {
    let ran = Command::new(workspace::program())
        .arg("redrive")
        .args(arguments)
        .envs(emulator.env())
        .envs([("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test"), ("AWS_REGION", "us-east-1")])
        .output()
        .expect("the program runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

/// Puts contact events onto the bus, as Connect sends them, from a source that may be sent from by hand.
pub(crate) fn send_contact_events<'a>(emulator: &Emulator, events: impl IntoIterator<Item = &'a str>) {
    let entries = events.into_iter().map(|text| {
        let event: Value = serde_json::from_str(text).expect("JSON");
        json!({
            "Source": SIMULATED,
            "DetailType": event["detail-type"],
            "Detail": event["detail"].to_string(),
            "Time": event["time"],
            "Resources": event["resources"].as_array().cloned().unwrap_or_default(),
        })
    });
    let entries: Vec<_> = entries.collect();
    assert!(!entries.is_empty());
    for part in entries.chunks(EVENTS_AT_ONCE) {
        let answer = emulator.call("events", "put_events", &json!({ "Entries": part }));
        assert_eq!(answer["FailedEntryCount"], 0, "{answer}");
    }
}
