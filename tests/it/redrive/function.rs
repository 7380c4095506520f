//! The dead-letter queues of a function: what it failed with reaches it again, as events or as records of a stream.

use std::{fs, process::Command, time::Duration};

use aws_sdk_kinesis::{primitives::Blob, types::PutRecordsRequestEntry};
use aws_sdk_sqs::types::QueueAttributeName;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde_json::{Value, json};
use switchboard_contacts::{dynamodb::create_table, store::Store};
use switchboard_store::call::CallContext;
use switchboard_tests::wait::until_async;
use tokio::time::Instant;

use super::*;

/// The answered call of the samples: 11 lines of flow logs, 9 agent events.
const CONTACT: &str = "4fab6e40-99d5-43ce-8a75-e058ee62b1b4";

const MINUTE: Duration = Duration::from_mins(1);

/// `contact-status` in the emulator, over a table that there is not yet, and its dead-letter queue.
struct Failing {
    name: &'static str,
    dead: String,
    sqs: aws_sdk_sqs::Client,
}

impl Failing {
    async fn new(name: &'static str) -> Self {
        let config = config().await;
        let s3 = aws_sdk_s3::Client::new(&config);
        s3.create_bucket().bucket(name).send().await.expect("a bucket");
        s3.put_object().bucket(name).key("zip").body(archive().into()).send().await.expect("an archive");
        let function = json!({
            "FunctionName": name,
            "Runtime": "provided.al2023",
            "Role": "arn:aws:iam::000000000000:role/any",
            "Handler": "bootstrap",
            "Timeout": 60,
            "Code": {"S3Bucket": name, "S3Key": "zip"},
            "Environment": {"Variables": {
                "CONTACTS": format!("dynamodb://{name}"),
                // The samples are of some day.
                "CONTACT_RETENTION_MINUTES": (20 * 366 * 24 * 60).to_string(),
            }},
        });
        Emulator::shared().call("lambda", "create_function", &function);
        let sqs = aws_sdk_sqs::Client::new(&config);
        let made = sqs.create_queue().queue_name(name).send().await.expect("a queue");
        Self { name, dead: made.queue_url.expect("its URL"), sqs }
    }

    /// Puts a message aside, as Lambda does.
    async fn put_aside(&self, body: impl Into<String>) {
        self.sqs.send_message().queue_url(&self.dead).message_body(body).send().await.expect("a message");
    }

    fn redrive(&self) -> Ran {
        redrive(&["function", "--from", &self.dead, "--function", self.name])
    }

    /// How many messages anybody can take.
    async fn waiting(&self) -> String {
        let name = QueueAttributeName::ApproximateNumberOfMessages;
        let request = self.sqs.get_queue_attributes().queue_url(&self.dead).attribute_names(name.clone());
        request.send().await.expect("an answer").attributes.expect("counts").remove(&name).expect("a count")
    }

    /// The fault ends: the table is there.
    async fn mend(&self) -> Store {
        let dynamodb = aws_sdk_dynamodb::Client::new(&config().await);
        create_table(&dynamodb, self.name).await.expect("a table");
        Store::dynamodb(&dynamodb, self.name.to_owned(), 1440)
    }

    fn arn(&self) -> String {
        format!("arn:aws:lambda:us-east-1:000000000000:function:{}:$LATEST", self.name)
    }
}

/// The function as Lambda takes it.
fn archive() -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    fs::copy(workspace::binary("contact-status"), folder.path().join("bootstrap")).expect("a copy");
    let zipped = Command::new("zip").args(["-q", "-1", "zip", "bootstrap"]).current_dir(&folder).status();
    assert!(zipped.expect("zip: run tests/setup").success());
    fs::read(folder.path().join("zip.zip")).expect("an archive")
}

fn sample(name: &str) -> String {
    fs::read_to_string(workspace::root().join("events").join(name)).expect("a sample")
}

async fn entries(store: &Store) -> usize {
    let call = CallContext::new(Timestamp::now(), Instant::now() + MINUTE);
    store.history(CONTACT, call).await.expect("an answer").len()
}

#[tokio::test]
async fn an_event_reaches_its_function_once_the_fault_is_gone() {
    let failing = Failing::new("redrive-events").await;
    let lines: Value = serde_json::from_str(&sample("flow-logs/answered-call.json")).expect("JSON");
    let envelope = |arn: String| {
        let context = json!({"requestId": "1", "functionArn": arn, "condition": "RetriesExhausted"});
        json!({"version": "1.0", "requestContext": context, "requestPayload": lines}).to_string()
    };
    failing.put_aside(envelope(failing.arn())).await;
    failing.put_aside(sample("flow-logs/answered-call.json")).await;
    failing.put_aside(envelope(failing.arn().replace("redrive-events", "another"))).await;
    failing.put_aside("+61491570156").await;

    let ran = redrive(&["function", "--from", &failing.dead, "--function", failing.name, "--dry-run"]);
    assert_eq!((ran.status, ran.out.as_str()), (0, "redrive-events would be called with about 4 messages\n"));
    let ran = failing.redrive();
    assert_eq!((ran.status, ran.out.as_str()), (1, "redrive-events took 0 messages\n"), "{ran:?}");
    assert_eq!(ran.said.matches("stays: the function failed with Retry").count(), 2, "{ran:?}");
    assert!(ran.said.contains("stays: another failed with it"), "{ran:?}");
    assert_eq!(failing.waiting().await, "4", "nothing is taken away, or hidden");

    let store = failing.mend().await;
    let ran = failing.redrive();
    assert_eq!((ran.status, ran.out.as_str()), (1, "redrive-events took 2 messages\n"), "{ran:?}");
    assert_eq!(entries(&store).await, 11, "the lines of its flow, and none twice");
    assert_eq!(failing.waiting().await, "2");
}

#[tokio::test]
async fn records_are_read_from_their_stream_while_they_are_there() {
    let failing = Failing::new("redrive-records").await;
    let kinesis = aws_sdk_kinesis::Client::new(&config().await);
    let numbers = put_sample(&kinesis, failing.name).await;
    let place = |first: &str, last: &str, count: usize| {
        let context = json!({"requestId": "1", "functionArn": failing.arn()});
        let place = json!({
            "shardId": "shardId-000000000000", "startSequenceNumber": first, "endSequenceNumber": last,
            "batchSize": count, "streamArn": "arn:aws:kinesis:us-east-1:000000000000:stream/redrive-records",
        });
        json!({"version": "1.0", "requestContext": context, "KinesisBatchInfo": place}).to_string()
    };
    let (first, last) = (&numbers[0], &numbers[numbers.len() - 1]);
    // Of the first, in which there is no contact yet, with one more that was before it; and of the rest.
    failing.put_aside(place(first, first, 2)).await;
    failing.put_aside(place(&numbers[1], last, numbers.len() - 1)).await;

    let ran = failing.redrive();
    assert_eq!((ran.status, ran.out.as_str()), (1, "redrive-records took 0 messages\n"), "{ran:?}");
    assert_eq!(ran.said.matches("stays: the function could not take all of it").count(), 1, "{ran:?}");

    let store = failing.mend().await;
    let ran = failing.redrive();
    assert_eq!((ran.status, ran.out.as_str()), (1, "redrive-records took 1 messages\n"), "{ran:?}");
    assert!(ran.said.contains("stays: 1 of its 2 records are no longer in the stream"), "{ran:?}");
    assert_eq!(entries(&store).await, 8, "its states with the agent, and the contact record behind them");
    assert_eq!(failing.waiting().await, "1");
}

#[tokio::test]
async fn a_function_or_a_queue_that_is_not_there_costs_nothing() {
    let failing = Failing::new("redrive-nobody").await;
    failing.put_aside(r#"{"any": "event"}"#).await;
    let ran = redrive(&["function", "--from", &failing.dead, "--function", "redrive-no-such-function"]);
    assert!(ran.status == 2 && ran.said.contains("ResourceNotFoundException"), "{ran:?}");
    assert_eq!(failing.waiting().await, "1");
    let nowhere = failing.dead.replace("redrive-nobody", "redrive-nowhere");
    assert_eq!(redrive(&["function", "--from", &nowhere, "--function", failing.name]).status, 2);
}

/// The agent events of the answered call, in a stream of one shard; their sequence numbers.
async fn put_sample(kinesis: &aws_sdk_kinesis::Client, stream: &str) -> Vec<String> {
    kinesis.create_stream().stream_name(stream).shard_count(1).send().await.expect("a stream");
    until_async("the stream", MINUTE, async || {
        let summary = kinesis.describe_stream_summary().stream_name(stream).send().await.ok()?;
        let status = summary.stream_description_summary?.stream_status;
        (status == aws_sdk_kinesis::types::StreamStatus::Active).then_some(())
    })
    .await;
    let event: Value = serde_json::from_str(&sample("agents/answered-call.json")).expect("JSON");
    let entries = event["Records"].as_array().expect("records").iter().map(|record| {
        let data = STANDARD.decode(record["kinesis"]["data"].as_str().expect("base64")).expect("base64");
        let entry = PutRecordsRequestEntry::builder().data(Blob::new(data)).partition_key("emily");
        entry.build().expect("an entry")
    });
    let put = kinesis.put_records().stream_name(stream).set_records(Some(entries.collect()));
    let put = put.send().await.expect("an answer").records;
    put.into_iter().map(|one| one.sequence_number.expect("a number")).collect()
}
