//! What the program `switchboard` does with AWS, against the emulator. The rest of it is tested in crates/cli.

use std::process::Command;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use aws_sdk_firehose::types::ExtendedS3DestinationConfiguration;
use serde_json::Value;
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
