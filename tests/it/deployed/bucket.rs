//! A centre whose contact records a delivery stream writes to a bucket: the deployment that `switchboard doctor` writes for it reads
//! the objects there, and leaves the bucket as it was.

use std::io::Write as _;

use aws_sdk_dynamodb::Client;
use aws_sdk_s3::primitives::ByteStream;
use flate2::{Compression, write::GzEncoder};
use jiff::Timestamp;
use serde_json::{Value, json};
use switchboard_contacts::store::Store;
use switchboard_simulator::connect_api::Associations;
use switchboard_store::call::CallContext;
use switchboard_tests::{
    deployment::{ACCOUNT, Deployment},
    emulator::Emulator,
    wait::{until, until_async},
};
use tokio::time::Instant;

use super::{
    existing::{Centre, contact_record},
    world::{PATIENCE, table},
};

const BUCKET: &str = "centre-records";
const KEY: &str = "ctr/2026/11/28/records.gz";

#[tokio::test(flavor = "multi_thread")]
async fn objects_of_a_bucket_that_was_there_are_read_and_the_bucket_stays_as_it_was() {
    let centre = centre().await;
    let [first, second] = centre.instances();
    let (told, config) = centre.config(std::slice::from_ref(&first)).await;
    assert!(told.contains("Set-up: a bucket there"), "{told}");
    assert!(told.contains("centre-records does not notify EventBridge"), "{told}");
    let sources = json!({"contactRecords": {"bucket": BUCKET, "prefix": "ctr/"}, "flowLogs": "off"});
    assert_eq!(config["sources"], sources, "{told}");

    let made = tokio::task::spawn_blocking(move || {
        let deployment = Deployment::deploy(&centre.emulator, &config);
        // As the deployment asks on AWS, which stops there.
        let silent = checked(&centre.emulator).expect_err("it notifies nobody");
        assert!(silent.contains("get-bucket-notification-configuration --bucket centre-records"), "{silent}");
        // Its owner switches that on.
        let notifies =
            json!({"Bucket": BUCKET, "NotificationConfiguration": {"EventBridgeConfiguration": {}}});
        centre.emulator.call("s3", "put_bucket_notification_configuration", &notifies);
        assert_eq!(checked(&centre.emulator), Ok(()));
        let before = bucket(&centre.emulator);
        centre.make_tables();
        (centre, deployment, before)
    });
    let (centre, deployment, before) = made.await.expect("a deployment");
    let aws = centre.emulator.sdk_config().await;
    let dynamodb = Client::new(&aws);
    let store = Store::dynamodb(&dynamodb, table(&dynamodb, "contactstable").await, 1440);

    // A delivery stream puts records one after the other, here with one of an instance that the config does not name.
    let records = [contact_record("not-named", &second), contact_record("in-an-object", &first)];
    let object = aws_sdk_s3::Client::new(&aws).put_object().bucket(BUCKET).key(KEY);
    object.body(ByteStream::from(gzip(&records))).send().await.expect("an object");
    let told = until_async("the contact", PATIENCE, async || {
        store.status("in-an-object", now()).await.expect("an answer")
    });
    told.await;
    until("a row", PATIENCE, || (centre.rows("in-an-object") == 1).then_some(()));
    assert!(store.status("not-named", now()).await.expect("an answer").is_none(), "of another instance");
    assert_eq!(centre.rows("not-named"), 0, "of another instance");

    let ended = tokio::task::spawn_blocking(move || {
        deployment.destroy();
        assert_eq!(bucket(&centre.emulator), before, "it is as it was");
        let object = json!({"Bucket": BUCKET, "Key": KEY});
        centre.emulator.call("s3", "head_object", &object)["ContentLength"].as_u64()
    });
    assert!(ended.await.expect("an end") > Some(0), "and what is in it");
}

/// A centre whose first instance sends contact records to a delivery stream, which fills the bucket.
async fn centre() -> Centre {
    let emulator = Emulator::enforcing();
    emulator.call("s3", "create_bucket", &json!({ "Bucket": BUCKET }));
    let to_s3 = json!({
        "RoleARN": format!("arn:aws:iam::{ACCOUNT}:role/theirs"), "BucketARN": format!("arn:aws:s3:::{BUCKET}"),
        "Prefix": "ctr/!{timestamp:yyyy/MM/dd}/", "CompressionFormat": "GZIP",
    });
    let stream = json!({"DeliveryStreamName": "centre-records", "ExtendedS3DestinationConfiguration": to_s3});
    let made = emulator.call("firehose", "create_delivery_stream", &stream);
    let arn = made["DeliveryStreamARN"].as_str().expect("an ARN").to_owned();
    Centre::of(emulator, Associations { contact_records: Some(arn), agent_events: None }).await
}

/// What the deployment is told by the function that it calls before it makes what reads the bucket.
fn checked(emulator: &Emulator) -> Result<(), String> {
    let call = json!({"FunctionName": "switchboard-dev-record-bucket-check", "Payload": "{}"});
    let answer = emulator.call("lambda", "invoke", &call);
    if answer["FunctionError"].is_null() { Ok(()) } else { Err(answer["Payload"].to_string()) }
}

/// What the bucket is like: its notifications, and what has a policy or rules of its own.
fn bucket(emulator: &Emulator) -> Value {
    let named = json!({ "Bucket": BUCKET });
    let told = |operation, member: &str| emulator.call("s3", operation, &named)[member].take();
    let buckets = emulator.call("s3", "list_buckets", &json!({}));
    let made = buckets["Buckets"].as_array().expect("buckets").iter().find(|one| one["Name"] == BUCKET);
    json!({
        "made": made.expect("the bucket")["CreationDate"],
        "notifies": told("get_bucket_notification_configuration", "EventBridgeConfiguration"),
        "queues": told("get_bucket_notification_configuration", "QueueConfigurations"),
        "functions": told("get_bucket_notification_configuration", "LambdaFunctionConfigurations"),
        "versions": told("get_bucket_versioning", "Status"),
        "owner": told("get_bucket_acl", "Grants"),
    })
}

/// Documents one after the other, packed.
fn gzip(records: &[Value]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    for record in records {
        packed.write_all(record.to_string().as_bytes()).expect("memory");
    }
    packed.finish().expect("memory")
}

fn now() -> CallContext {
    CallContext::new(Timestamp::now(), Instant::now() + PATIENCE)
}
