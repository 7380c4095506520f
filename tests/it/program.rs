//! What the program `switchboard` does with AWS, against the emulator. The rest of it is tested in crates/cli.

use std::process::Command;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use aws_sdk_firehose::types::ExtendedS3DestinationConfiguration;
use aws_sdk_kinesis::types::ShardIteratorType;
use serde_json::{Value, json};
use switchboard_simulator::View;
use switchboard_simulator::model::{Config, emit::EmittedKind};
use switchboard_tests::{emulator::Emulator, workspace};

/// Runs the program with these arguments and returns what it printed.
fn switchboard(arguments: &[&str]) -> String {
    let root = workspace::root();
    let ran = Command::new(workspace::program())
        .current_dir(root)
        .args(arguments)
        .envs(Emulator::shared().env())
        .envs([("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test"), ("AWS_REGION", "us-east-1")])
        .output()
        .expect("the program runs");
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{arguments:?}: {said}");
    assert!(!said.contains("614915"), "no number is said: {said}");
    String::from_utf8(ran.stdout).expect("text")
}

#[tokio::test]
async fn callers_are_imported_into_a_table() {
    let dynamodb = aws_sdk_dynamodb::Client::new(&Emulator::shared().sdk_config().await);
    let phone = AttributeDefinition::builder().attribute_name("Phone").attribute_type(ScalarAttributeType::S);
    let key = KeySchemaElement::builder().attribute_name("Phone").key_type(KeyType::Hash);
    let table = dynamodb
        .create_table()
        .table_name("imported")
        .attribute_definitions(phone.build().expect("an attribute"))
        .key_schema(key.build().expect("a key"))
        .billing_mode(BillingMode::PayPerRequest);
    table.send().await.expect("a table");
    // Twice: it is the same in the end.
    for _ in 0..2 {
        let said = switchboard(&["callers", "import", "events/callers.csv", "--table", "imported"]);
        assert!(said.starts_with("24 callers"), "{said}");
    }
    let count = dynamodb.scan().table_name("imported").send().await.expect("items").count();
    assert_eq!(count, 24);
    let item = dynamodb.get_item().table_name("imported");
    let item =
        item.key("Phone", AttributeValue::S("+61491570006".into())).send().await.expect("an answer").item;
    assert_eq!(item.expect("an item")["Name"], AttributeValue::S("Avery Quill".into()));
}

#[tokio::test]
async fn simulated_records_fill_a_delivery_stream() {
    let config = Emulator::shared().sdk_config().await;
    let (s3, firehose) = (aws_sdk_s3::Client::new(&config), aws_sdk_firehose::Client::new(&config));
    s3.create_bucket().bucket("simulated").send().await.expect("a bucket");
    let to_s3 = ExtendedS3DestinationConfiguration::builder()
        .role_arn("arn:aws:iam::000000000000:role/firehose")
        .bucket_arn("arn:aws:s3:::simulated");
    let stream = firehose.create_delivery_stream().delivery_stream_name("simulated");
    let stream = stream.extended_s3_destination_configuration(to_s3.build().expect("a destination"));
    Box::pin(stream.send()).await.expect("a stream");
    switchboard(&["simulate", "ctr", "--count", "600", "--seed", "3", "--delivery-stream", "simulated"]);
    let mut contacts = 0;
    let mut pages = s3.list_objects_v2().bucket("simulated").into_paginator().send();
    while let Some(page) = pages.next().await {
        for object in page.expect("a page").contents() {
            let key = object.key().expect("a key");
            let got = s3.get_object().bucket("simulated").key(key).send().await.expect("an object");
            let body = got.body.collect().await.expect("a body").into_bytes();
            let records = serde_json::Deserializer::from_slice(&body).into_iter::<Value>();
            contacts += records.filter(|ctr| ctr.as_ref().expect("JSON")["ContactId"].is_string()).count();
        }
    }
    assert_eq!(contacts, 600);
}

/// Everything that a centre emits arrives, each at its own place.
#[tokio::test]
async fn a_centre_is_put_onto_streams_a_bus_and_a_log_group() {
    let emulator = Emulator::shared();
    let config = emulator.sdk_config().await;
    let kinesis = aws_sdk_kinesis::Client::new(&config);
    for stream in ["live-records", "live-agents"] {
        kinesis.create_stream().stream_name(stream).shard_count(1).send().await.expect("a stream");
    }
    emulator.call("logs", "create_log_group", &json!({"logGroupName": "/aws/connect/live"}));
    emulator.call("sqs", "create_queue", &json!({"QueueName": "live-events"}));
    let pattern = json!({"source": ["simulated.live"]}).to_string();
    emulator.call("events", "put_rule", &json!({"Name": "live", "EventPattern": pattern}));
    let target = json!({"Id": "1", "Arn": "arn:aws:sqs:us-east-1:000000000000:live-events"});
    emulator.call("events", "put_targets", &json!({"Rule": "live", "Targets": [target]}));

    let told = switchboard(&[
        "simulate",
        "centre",
        "--agents",
        "3",
        "--contacts-per-day",
        "60",
        "--from",
        "2026-11-02",
        "--for",
        "14h",
        "--contact-records-to",
        "live-records",
        "--agent-events-to",
        "live-agents",
        "--contact-events-to",
        "default",
        "--event-source",
        "simulated.live",
        "--flow-logs-to",
        "/aws/connect/live",
    ]);
    let from = "2026-11-02T00:00:00Z".parse().expect("a time");
    let duration = jiff::SignedDuration::from_hours(14);
    let centre = Config {
        agents: 3,
        contacts_per_day: 60,
        from,
        duration,
        zone: jiff::tz::TimeZone::UTC,
        ..Config::default()
    };
    let items = |kind| View::new(centre.clone(), kind).expect("a centre").collect::<Vec<_>>();
    for (stream, kind) in
        [("live-records", EmittedKind::ContactRecord), ("live-agents", EmittedKind::AgentEvent)]
    {
        let shard =
            kinesis.list_shards().stream_name(stream).send().await.expect("shards").shards()[0].clone();
        let iterator = kinesis.get_shard_iterator().stream_name(stream).shard_id(shard.shard_id());
        let iterator = iterator.shard_iterator_type(ShardIteratorType::TrimHorizon).send().await;
        let mut iterator = iterator.expect("an iterator").shard_iterator;
        let (mut found, mut wanted) = (Vec::new(), items(kind));
        while found.len() < wanted.len() {
            let page =
                kinesis.get_records().shard_iterator(iterator.expect("more")).send().await.expect("records");
            assert!(!page.records.is_empty(), "{stream}: {} of {}", found.len(), wanted.len());
            found.extend(page.records);
            iterator = page.next_shard_iterator;
        }
        // In order for each key.
        found.sort_by(|one, other| one.partition_key().cmp(&other.partition_key()));
        wanted.sort_by(|one, other| one.key.cmp(&other.key));
        assert!(found.iter().map(|one| one.data().as_ref()).eq(wanted.iter().map(|one| one.text.as_bytes())));
    }
    let events = items(EmittedKind::ContactEvent).len();
    assert!(told.contains(&format!("{events} put, 0 not put")), "{told}");
    let queue = json!({"QueueUrl": format!("{}/000000000000/live-events", emulator.endpoint()), "AttributeNames": ["All"]});
    let queue = emulator.call("sqs", "get_queue_attributes", &queue);
    assert_eq!(queue["Attributes"]["ApproximateNumberOfMessages"], events.to_string());
    let lines = json!({"logGroupName": "/aws/connect/live", "logStreamName": "switchboard-simulated", "limit": 10_000});
    let lines = emulator.call("logs", "get_log_events", &lines);
    let count = lines["events"].as_array().expect("lines").len();
    assert!(count > 100 && told.contains(&format!("{count} put, 0 not put")), "{count}: {told}");
}
