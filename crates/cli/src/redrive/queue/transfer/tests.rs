//! Against a stub of SQS at the SDK's HTTP client, for failures that no server at hand has. What goes well is tested
//! against the emulator, in tests/it/redrive.rs.

use std::sync::{Arc, Mutex};

use hyper::{Request, Response};
use serde_json::{Value, json};
use switchboard_simulator::aws;

use super::*;
use crate::redrive::dead_letters::DELETE_TRIES;

/// The actions that were asked for, with what was asked.
type SqsCalls = Arc<Mutex<Vec<(String, Value)>>>;

/// A transfer between queues that hold so many messages at first, and respond to batches as configured.
fn transfer(
    waiting: usize,
    respond: impl Fn(&str, usize, &[String]) -> (u16, Value) + Send + Sync + 'static,
) -> (Transfer, SqsCalls) {
    let calls = SqsCalls::default();
    let seen = calls.clone();
    let waiting = Mutex::new(waiting);
    let config = aws::config(move |request: Request<_>| {
        let action = request.headers()["x-amz-target"].to_str().unwrap().replace("AmazonSQS.", "");
        let body: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        let mut seen = seen.lock().unwrap();
        let before = seen.iter().filter(|(one, _)| *one == action).count();
        let (status, document) = if action == "ReceiveMessage" {
            let mut waiting = waiting.lock().unwrap();
            let most = usize::try_from(body["MaxNumberOfMessages"].as_u64().unwrap()).unwrap();
            let some = most.min(*waiting);
            let first = *waiting - some;
            *waiting = first;
            let messages = (first..first + some)
                .map(|n| json!({"MessageId": n.to_string(), "ReceiptHandle": format!("h{n}"), "Body": format!("+1202{n}")}));
            (200, json!({"Messages": messages.collect::<Vec<_>>()}))
        } else {
            let ids =
                body["Entries"].as_array().unwrap().iter().map(|one| one["Id"].as_str().unwrap().to_owned());
            respond(&action, before, &ids.collect::<Vec<_>>())
        };
        seen.push((action, body));
        Response::builder().status(status).body(document.to_string()).unwrap()
    });
    (Transfer::new(Client::new(&config), "https://q/dead".into(), "https://q/live".into()), calls)
}

/// All of a batch succeed but those of these ids.
fn but(ids: &[String], failed: &[&str]) -> Value {
    let is_failed = |id: &&String| failed.contains(&id.as_str());
    let good: Vec<_> = ids
        .iter()
        .filter(|id| !is_failed(id))
        .map(|id| json!({"Id": id, "MessageId": id, "MD5OfMessageBody": ""}))
        .collect();
    let bad: Vec<_> = ids
        .iter()
        .filter(is_failed)
        .map(|id| json!({"Id": id, "Code": "InternalError", "SenderFault": false}))
        .collect();
    json!({"Successful": good, "Failed": bad})
}

fn asked(calls: &SqsCalls, action: &str) -> Vec<Value> {
    calls.lock().unwrap().iter().filter(|(one, _)| one == action).map(|(_, body)| body.clone()).collect()
}

#[tokio::test]
async fn what_the_other_queue_rejected_is_not_deleted() {
    let (mut transfer, calls) = transfer(10, |action, _, ids| {
        (200, but(ids, if action == "SendMessageBatch" { &["3", "7"] } else { &[] }))
    });
    transfer.run(100).await.unwrap();
    assert_eq!(transfer.done, Transferred { moved: 8, rejected: 2, not_deleted: 0 });
    let deleted = asked(&calls, "DeleteMessageBatch")[0]["Entries"].as_array().unwrap().clone();
    let handles: Vec<_> = deleted.iter().map(|one| one["ReceiptHandle"].as_str().unwrap()).collect();
    assert_eq!(handles, ["h0", "h1", "h2", "h4", "h5", "h6", "h8", "h9"]);
}

#[tokio::test]
async fn a_batch_that_is_rejected_as_a_whole_ends_it_with_nothing_deleted() {
    let refusal = json!({"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "+12020 has no queue"});
    let (mut transfer, calls) = transfer(5, move |_, _, _| (400, refusal.clone()));
    let error = format!("{:#}", transfer.run(100).await.unwrap_err());
    assert!(
        error.contains("https://q/live can't be sent to") && error.contains("QueueDoesNotExist"),
        "{error}"
    );
    assert!(!error.contains("+1202"), "{error}");
    assert_eq!(transfer.done, Transferred::default());
    assert!(asked(&calls, "DeleteMessageBatch").is_empty());
}

#[tokio::test]
async fn a_deletion_that_fails_is_retried_and_then_reported() {
    let (mut transfer, calls) = transfer(3, |action, before, ids| match (action, before) {
        ("DeleteMessageBatch", 0) => (200, but(ids, &["0", "1"])),
        ("DeleteMessageBatch", _) => (200, but(ids, &["0"])),
        _ => (200, but(ids, &[])),
    });
    transfer.run(100).await.unwrap();
    assert_eq!(transfer.done, Transferred { moved: 3, rejected: 0, not_deleted: 1 });
    assert_eq!(asked(&calls, "DeleteMessageBatch").len(), DELETE_TRIES);
}

#[tokio::test]
async fn no_more_are_received_than_the_maximum() {
    let (mut transfer, calls) = transfer(40, |_, _, ids| (200, but(ids, &[])));
    transfer.run(23).await.unwrap();
    assert_eq!(transfer.done.moved, 23);
    let most: Vec<_> =
        asked(&calls, "ReceiveMessage").iter().map(|one| one["MaxNumberOfMessages"].clone()).collect();
    assert_eq!(most, [10, 10, 3]);
}

#[test]
fn requests_keep_the_limit_of_bytes() {
    let message = |bytes: usize| Message::builder().body("x".repeat(bytes)).build();
    let sizes = [100_000, 100_000, 100_000, 300_000, 1, 1].map(message);
    assert_eq!(chunks(&sizes), [0..2, 2..3, 3..4, 4..6]);
    assert!(chunks(&[]).is_empty());
}
