//! A tick through a real queue of the emulator's.

use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::{Value, json};
use switchboard_tests::emulator::Emulator;
use switchboard_tests::wait::until_async;

use super::{MINUTE, World, answer, metrics, poll};

#[tokio::test(flavor = "multi_thread")]
async fn a_tick_puts_a_minute_of_polls_on_the_queue_and_they_fill_the_tables() {
    let emulator = Emulator::shared();
    let sqs = aws_sdk_sqs::Client::new(&emulator.sdk_config().await);
    let queue = sqs.create_queue().queue_name("metrics-poller-ticks").send().await.expect("a queue");
    let url = queue.queue_url().expect("a URL").to_owned();
    let world = World::new(25, 60).await;
    let lambda = world.start(&[("TICK_QUEUE_URL", &url), ("AWS_ENDPOINT_URL_SQS", emulator.endpoint())]);
    assert_eq!(poll(&lambda, "metadata")["result"], "complete");
    assert_eq!(poll(&lambda, "tick")["result"], "complete");

    let names = [
        QueueAttributeName::ApproximateNumberOfMessages,
        QueueAttributeName::ApproximateNumberOfMessagesDelayed,
    ];
    let attributes = sqs.get_queue_attributes().queue_url(&url).set_attribute_names(Some(names.to_vec()));
    let attributes = attributes.send().await.expect("attributes");
    let counts = names
        .map(|name| attributes.attributes().expect("attributes")[&name].parse::<u32>().expect("a number"));
    assert_eq!(counts[0] + counts[1], 12, "{counts:?}");
    assert!(counts[1] >= 8, "what is due later waits: {counts:?}");

    // The first two, as Lambda's poller would hand them over.
    let mut records: Vec<Value> = Vec::new();
    until_async("the first two messages", MINUTE, async || {
        let received = sqs.receive_message().queue_url(&url).max_number_of_messages(10).send().await;
        for message in received.expect("an answer").messages() {
            let (id, body) = (message.message_id().expect("an id"), message.body().expect("a body"));
            records.push(json!({ "messageId": id, "body": body }));
        }
        (records.len() >= 2).then_some(())
    })
    .await;
    assert!(records.iter().all(|record| record["body"].as_str().expect("a body").contains(r#""due":"#)));
    let done = answer(&lambda, &json!({ "Records": records }));
    assert_eq!(done, json!({ "batchItemFailures": [] }));
    assert!(world.count("SELECT count(*) FROM current_metric_data") > 0);
    assert!(world.count("SELECT count(*) FROM current_user_data") > 0);

    // A backlog: what was due long ago is dropped, and asks nobody.
    world.api.forget_calls();
    let old = |kind: &str| json!({ "poll": kind, "due": "2026-01-01T00:00:00Z" }).to_string();
    let backlog: Vec<Value> = (0..10)
        .map(|n| json!({ "messageId": n.to_string(), "body": old(if n % 2 == 0 { "current" } else { "users" }) }))
        .collect();
    assert_eq!(answer(&lambda, &json!({ "Records": backlog })), json!({ "batchItemFailures": [] }));
    assert_eq!(world.api.calls(), []);
    let counted = metrics(&lambda, 5);
    assert_eq!(counted[4]["PollsDropped"], 10);
    let line = lambda.invoke(r#"{"poll":"sleep"}"#, MINUTE).result.expect_err("no such poll");
    assert_eq!(line["errorType"], "UnexpectedEvent");
}
