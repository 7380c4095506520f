//! A dead-letter queue and its queue. The emulator can't tell which queue is whose (`ListDeadLetterSourceQueues`), so
//! that is tested in crates/cli at the wire.

use std::collections::BTreeMap;

use aws_sdk_sqs::{
    Client,
    types::{Message, MessageAttributeValue, QueueAttributeName},
};
use serde_json::json;

use super::*;

/// A queue of this name, with this dead-letter queue.
async fn queue(sqs: &Client, name: &str, dead: Option<&str>) -> String {
    let policy = dead.map(|name| {
        let arn = format!("arn:aws:sqs:us-east-1:000000000000:{name}");
        json!({"deadLetterTargetArn": arn, "maxReceiveCount": "3"}).to_string()
    });
    let attributes = policy.map(|policy| [(QueueAttributeName::RedrivePolicy, policy)].into());
    let made = sqs.create_queue().queue_name(name).set_attributes(attributes).send().await.expect("a queue");
    made.queue_url.expect("its URL")
}

/// Both queues, the dead-letter queue with so many messages.
async fn pair(sqs: &Client, name: &str, messages: usize) -> (String, String) {
    let dead = queue(sqs, &format!("{name}-dead"), None).await;
    let live = queue(sqs, name, Some(&format!("{name}-dead"))).await;
    for n in 0..messages {
        let value = MessageAttributeValue::builder().data_type("Number").string_value(n.to_string());
        let send = sqs.send_message().queue_url(&dead).message_body(body(n));
        send.message_attributes("Place", value.build().expect("a value")).send().await.expect("a message");
    }
    (dead, live)
}

fn body(n: usize) -> String {
    json!({"n": n, "detail": {"customer": "+61491570156"}}).to_string()
}

/// All messages there are, by body, each with its attribute.
async fn all(sqs: &Client, queue: &str) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    loop {
        let request = sqs.receive_message().queue_url(queue).max_number_of_messages(10);
        let request = request.message_attribute_names("All").visibility_timeout(600);
        let messages = request.send().await.expect("an answer").messages.unwrap_or_default();
        if messages.is_empty() {
            return all;
        }
        for message in messages {
            let place = place(&message);
            assert_eq!(all.insert(message.body.expect("a body"), place), None, "twice in the queue");
        }
    }
}

fn place(message: &Message) -> String {
    let value = message.message_attributes().and_then(|all| all.get("Place"));
    value.and_then(MessageAttributeValue::string_value).expect("the attribute").to_owned()
}

fn expected(messages: std::ops::Range<usize>) -> BTreeMap<String, String> {
    messages.map(|n| (body(n), n.to_string())).collect()
}

#[tokio::test]
async fn every_message_goes_back_to_its_queue_with_its_attributes() {
    let sqs = Client::new(&config().await);
    let (dead, live) = pair(&sqs, "redrive-all", 37).await;
    let ran = redrive(&["queue", "--from", &dead, "--to", &live]);
    assert_eq!((ran.status, ran.out.trim()), (0, format!("37 messages moved to {live}").as_str()), "{ran:?}");
    assert_eq!(all(&sqs, &live).await, expected(0..37));
    assert_eq!(all(&sqs, &dead).await, BTreeMap::new());
}

#[tokio::test]
async fn no_more_messages_go_back_than_was_said() {
    let sqs = Client::new(&config().await);
    let (dead, live) = pair(&sqs, "redrive-some", 20).await;
    let ran = redrive(&["queue", "--from", &dead, "--to", &live, "--max", "12"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let mut moved = all(&sqs, &live).await;
    assert_eq!(moved.len(), 12);
    moved.extend(all(&sqs, &dead).await);
    assert_eq!(moved, expected(0..20));
}

#[tokio::test]
async fn a_dry_run_moves_and_hides_nothing() {
    let sqs = Client::new(&config().await);
    let (dead, live) = pair(&sqs, "redrive-dry", 5).await;
    let ran = redrive(&["queue", "--from", &dead, "--to", &live, "--dry-run"]);
    assert_eq!((ran.status, ran.out), (0, format!("about 5 messages would go to {live}\n")));
    assert_eq!(all(&sqs, &dead).await, expected(0..5));
    assert_eq!(all(&sqs, &live).await, BTreeMap::new());
}

#[tokio::test]
async fn messages_stay_if_they_cannot_be_sent() {
    let sqs = Client::new(&config().await);
    let (dead, live) = pair(&sqs, "redrive-stay", 3).await;
    let nowhere = live.replace("redrive-stay", "redrive-nowhere");
    let ran = redrive(&["queue", "--from", &dead, "--to", &nowhere]);
    assert!(ran.status == 2 && ran.said.contains("can't be sent to"), "{ran:?}");
    // Hidden until their time is up, not gone.
    let count = sqs.get_queue_attributes().queue_url(&dead).attribute_names(QueueAttributeName::All);
    let counts = count.send().await.expect("an answer").attributes.expect("counts");
    assert_eq!(counts[&QueueAttributeName::ApproximateNumberOfMessagesNotVisible], "3");
}
