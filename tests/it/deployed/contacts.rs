//! Contact events, flow logs, agent events and contact records: each on its own way, into one status and one journey.

use std::fs;

use aws_sdk_kinesis::{primitives::Blob, types::PutRecordsRequestEntry};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde_json::{Value, json};
use switchboard_contacts::{
    attribute::SystemAttribute, history::HistoryEntry, journey::Journey, store::Store,
};
use switchboard_core::log_batch::LogBatch;
use switchboard_store::call::CallContext;
use switchboard_tests::{emulator::Emulator, lambda::Lambda, wait::until_async, workspace};
use tokio::time::Instant;

use super::{
    calls::{invoke, send_contact_events},
    world::{PATIENCE, World, stream, table},
};
use crate::contact_status::hand_over;

/// The answered call of the samples.
pub(crate) const CONTACT: &str = "4fab6e40-99d5-43ce-8a75-e058ee62b1b4";

/// What all sources tell of it: 6 contact events, 11 lines of flow logs, 7 states with the agent, the contact record.
const HISTORY: usize = 6 + 11 + 7 + 1;
const SAMPLES: [&str; 4] = [
    "contact-events/answered-call.ndjson",
    "flow-logs/answered-call.json",
    "agents/answered-call.json",
    "agents/contact-records.json",
];

const FLOW: &str = "switchboard-dev-contact-flow";

#[tokio::test(flavor = "multi_thread")]
async fn every_source_tells_of_a_contact() {
    let world = World::shared();
    let aws = world.aws().await;
    let dynamodb = aws_sdk_dynamodb::Client::new(&aws);
    let store = Store::dynamodb(&dynamodb, table(&dynamodb, "contactstable").await, 1440);

    contact_events(&world.emulator, SAMPLES[0]);
    flow_logs(world, SAMPLES[1]);
    let kinesis = aws_sdk_kinesis::Client::new(&aws);
    records(&kinesis, &stream(&kinesis, "agentevents").await, SAMPLES[2]).await;
    records(&kinesis, &stream(&kinesis, "contactrecords").await, SAMPLES[3]).await;

    let told = until_async("the whole history", PATIENCE, async || {
        let told = store.history(CONTACT, now()).await.expect("an answer");
        (told.len() >= HISTORY).then_some(told)
    });
    let told = told.await;
    assert_eq!(told.len(), HISTORY, "and nothing twice");
    assert_eq!(journey(told), journey(replayed().await), "as on a laptop");
    let status = store.status(CONTACT, now()).await.expect("an answer").expect("a status");
    assert_eq!(status.text(SystemAttribute::Status), Some("COMPLETED"));
    assert_eq!(status.text(SystemAttribute::CustomerIdentifier), Some("+61491570156"));
    assert_eq!(status.text(SystemAttribute::AgentUsername), Some("emily"));

    for call in ["record", "look-up"] {
        let event = serde_json::from_str(&sample(&format!("contact-flow/{call}.json"))).expect("JSON");
        let answer = invoke(&world.emulator, FLOW, &event);
        assert_eq!(answer["Result"], "Ok", "{call}: {answer}");
    }
}

/// The same samples, handed to the function as it runs on a laptop.
async fn replayed() -> Vec<HistoryEntry> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("contacts.db");
    let lambda = Lambda::start(
        "contact-status",
        &[("CONTACTS", &format!("sqlite://{}", path.display())), ("CONTACT_RETENTION_MINUTES", "10540800")],
    );
    for sample in SAMPLES {
        hand_over(&lambda, sample);
    }
    let store = Store::sqlite(&path, 1440).await.expect("a file");
    store.history(CONTACT, now()).await.expect("an answer")
}

/// A history as people read it: when, and what.
fn journey(history: Vec<HistoryEntry>) -> Vec<(String, String)> {
    let lines = Journey::new(history, &[]).friendly();
    assert!(lines.len() > 5, "{lines:?}");
    lines.into_iter().filter_map(|line| Some((line.at?, line.text))).collect()
}

fn now() -> CallContext {
    CallContext::new(Timestamp::now(), Instant::now() + PATIENCE)
}

pub(crate) fn sample(name: &str) -> String {
    fs::read_to_string(workspace::root().join("events").join(name)).expect("a sample")
}

/// The instance that the samples are of.
pub(crate) const SAMPLE_INSTANCE: &str =
    "arn:aws:connect:ap-southeast-2:012345678910:instance/8c5a4f1e-3b7d-4e29-a6f0-51d2c97be834";

/// As Connect sends them, from a source that may be sent from by hand.
pub(crate) fn contact_events(emulator: &Emulator, name: &str) {
    send_contact_events(emulator, sample(name).lines());
}

/// Into the log group of the instance's flows.
fn flow_logs(world: &World, name: &str) {
    let batch = LogBatch::unpack(&sample(name), 1 << 20).expect("lines");
    let at = Timestamp::now().as_millisecond();
    let lines = batch.events().into_iter().map(|line| {
        let message = line.message.text().expect("a line");
        json!({"timestamp": at, "message": message})
    });
    let lines: Vec<_> = lines.collect();
    let stream = json!({"logGroupName": "/aws/connect/example", "logStreamName": "flows"});
    world.emulator.call("logs", "create_log_stream", &stream);
    let mut put = stream;
    put["logEvents"] = json!(lines);
    world.emulator.call("logs", "put_log_events", &put);
}

/// A sample's records, into a stream.
async fn records(kinesis: &aws_sdk_kinesis::Client, stream: &str, name: &str) {
    let event: Value = serde_json::from_str(&sample(name)).expect("JSON");
    let entries = event["Records"].as_array().expect("records").iter().map(|record| {
        let data = record["kinesis"]["data"].as_str().expect("base64");
        let data = Blob::new(STANDARD.decode(data).expect("base64"));
        let key = record["kinesis"]["partitionKey"].as_str().expect("a key");
        PutRecordsRequestEntry::builder().data(data).partition_key(key).build().expect("an entry")
    });
    let put = kinesis.put_records().stream_name(stream).set_records(Some(entries.collect()));
    assert_eq!(put.send().await.expect("an answer").failed_record_count(), Some(0));
}
