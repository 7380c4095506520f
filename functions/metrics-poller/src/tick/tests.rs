//! Against a stub of `SendMessageBatch` at the SDK's HTTP client; the emulator's queue is in the end-to-end tests.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use hyper::{Request as HttpRequest, Response};
use serde_json::{Value, json};
use switchboard_simulator::aws;

use super::*;

const NOW: &str = "2026-11-20T01:02:03Z";

/// A queue whose requests are answered with a status and a document, and the entries of the requests.
fn queue(
    react: impl Fn(usize) -> (u16, Value) + Send + Sync + 'static,
) -> (TickQueue, Arc<Mutex<Vec<Value>>>) {
    let requests = Arc::<Mutex<Vec<Value>>>::default();
    let seen = requests.clone();
    let config = aws::config(move |request: HttpRequest<_>| {
        let request: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        let mut seen = seen.lock().unwrap();
        let (status, answer) = react(seen.len());
        seen.push(request["Entries"].clone());
        Response::builder().status(status).body(answer.to_string()).unwrap()
    });
    let url = "https://sqs.ap-southeast-2.amazonaws.com/111122223333/ticks".to_owned();
    (TickQueue::new(Client::new(&config), url), requests)
}

async fn send(queue: &TickQueue) -> (usize, usize) {
    let now = NOW.parse().unwrap();
    queue.send(minute(now, now), Instant::now() + Duration::from_mins(1)).await
}

fn failed(ids: &[&str], sender_fault: bool) -> Value {
    let failed: Vec<Value> = ids
        .iter()
        .map(|id| json!({ "Id": id, "SenderFault": sender_fault, "Code": "InternalError" }))
        .collect();
    json!({ "Successful": [], "Failed": failed })
}

fn taken() -> Value {
    failed(&[], false)
}

#[test]
fn a_minute_is_two_batches_of_six() {
    let batches = minute(NOW.parse().unwrap(), NOW.parse().unwrap());
    let told: Vec<Vec<_>> = batches
        .iter()
        .map(|batch| batch.iter().map(|one| (one.request.poll.name(), one.delay_seconds)).collect())
        .collect();
    let of = |name| [0, 10, 20, 30, 40, 50].map(|delay| (name, delay)).to_vec();
    assert_eq!(told, [of("current"), of("users")]);
    for one in batches.iter().flatten() {
        let now: Timestamp = NOW.parse().unwrap();
        let due = now + SignedDuration::from_secs(i64::from(one.delay_seconds));
        assert_eq!(one.request.due, Some(due));
        assert!(!one.request.is_late(due + SignedDuration::from_secs(10)));
        assert!(one.request.is_late(due + SignedDuration::from_secs(11)));
    }
}

#[test]
fn a_tick_that_is_late_or_comes_again_puts_out_only_what_is_still_due() {
    let tick: Timestamp = NOW.parse().unwrap();
    let put_out = |late_by| {
        let now = tick + SignedDuration::from_millis(late_by);
        let batches = minute(tick, now);
        let told = |one: &Delayed| ((one.request.due.unwrap() - tick).get_seconds(), one.delay_seconds);
        batches.first().map(|batch| batch.iter().map(told).collect::<Vec<_>>()).unwrap_or_default()
    };
    assert_eq!(put_out(2_500), [(0, 0), (10, 7), (20, 17), (30, 27), (40, 37), (50, 47)]);
    assert_eq!(put_out(35_000), [(30, 0), (40, 5), (50, 15)], "25 s ago is no more wanted");
    assert_eq!(put_out(61_000), [], "a minute later is the next one's time");
    // Of a clock that is behind.
    assert_eq!(put_out(-3_000)[5], (50, 53));
}

#[tokio::test(start_paused = true)]
async fn messages_are_what_the_function_reads() {
    let (queue, requests) = queue(|_| (200, taken()));
    assert_eq!(send(&queue).await, (12, 0));
    let requests = requests.lock().unwrap();
    assert_eq!(requests.len(), 2);
    let entry = &requests[1][5];
    assert_eq!(entry["DelaySeconds"], 50);
    assert_eq!(entry["MessageBody"], r#"{"poll":"users","due":"2026-11-20T01:02:53Z"}"#);
}

#[tokio::test(start_paused = true)]
async fn what_the_queue_did_not_take_is_sent_again() {
    let (queue, requests) =
        queue(|before| (200, if before == 0 { failed(&["1", "4"], false) } else { taken() }));
    assert_eq!(send(&queue).await, (12, 0));
    let requests = requests.lock().unwrap();
    let delays: Vec<_> =
        requests[1].as_array().unwrap().iter().map(|entry| entry["DelaySeconds"].as_i64().unwrap()).collect();
    assert_eq!((requests.len(), delays.as_slice()), (3, &[10, 40][..]));
}

#[tokio::test(start_paused = true)]
async fn what_the_queue_never_takes_is_counted() {
    // Of the first batch, one message is never taken and one is refused; the second batch is taken.
    let (queue, requests) = queue(|before| match before {
        0 => {
            let mut answer = failed(&["2"], true);
            answer["Failed"]
                .as_array_mut()
                .unwrap()
                .extend(failed(&["0"], false)["Failed"].as_array().unwrap().clone());
            (200, answer)
        }
        1 | 2 => (200, failed(&["0"], false)),
        _ => (200, taken()),
    });
    assert_eq!(send(&queue).await, (10, 2));
    assert_eq!(requests.lock().unwrap().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_is_not_there_takes_nothing() {
    let refusal = json!({ "__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "no" });
    let (queue, _) = queue(move |_| (400, refusal.clone()));
    assert_eq!(send(&queue).await, (0, 12));
}
