//! A contact record in the stream: enriched in one place, and a row on the WFM's server.

use std::fs;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_kinesis::primitives::Blob;
use serde_json::{Value, json};
use switchboard_tests::wait::{until, until_async};

use super::{
    calls::invoke,
    world::{Bucket, PATIENCE, World, stream, table},
};
use crate::ctr_enrich::put_back::too_much;

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_record_is_enriched_and_reaches_the_sftp_server() {
    let world = World::shared();
    let aws = world.aws().await;
    let callers = aws_sdk_dynamodb::Client::new(&aws);
    let known = callers.put_item().table_name(table(&callers, "callerstable").await);
    let known = known.item("Phone", AttributeValue::S("+61491570156".to_owned()));
    known.item("Name", AttributeValue::S("Asha".to_owned())).send().await.expect("a caller");

    let kinesis = aws_sdk_kinesis::Client::new(&aws);
    let put = kinesis.put_record().stream_name(stream(&kinesis, "contactrecords").await);
    let record = json!({
        "AWSContactTraceRecordFormatVersion": "2017-03-10",
        "Channel": "VOICE",
        "ConnectedToSystemTimestamp": "2026-11-06T05:00:00Z",
        "ContactId": "deployed-1",
        "CustomerEndpoint": {"Address": "+61491570156", "Type": "TELEPHONE_NUMBER"},
        "InitiationMethod": "INBOUND",
        "LastUpdateTimestamp": "2026-11-06T05:10:00Z",
    });
    let put = put.partition_key("deployed-1").data(Blob::new(record.to_string()));
    put.send().await.expect("a record in the stream");

    let bucket = Bucket::find(&aws, "recordsbucket").await;
    let enriched = until_async("the enriched record", PATIENCE, async || {
        let text = bucket.read("enriched/").await;
        text.lines().find(|line| line.contains("deployed-1")).map(str::to_owned)
    });
    let enriched: Value = serde_json::from_str(&enriched.await).expect("JSON");
    assert_eq!(enriched["CustomerEndpoint"]["Name"], "Asha", "{enriched}");
    assert_eq!(enriched["@timestamp"], "2026-11-06T05:00:00");

    let file = until("a file on the SFTP server", PATIENCE, || {
        let entries = fs::read_dir(world.sshd.uploads()).ok()?;
        let files = entries.filter_map(|entry| fs::read_to_string(entry.ok()?.path()).ok());
        files.into_iter().find(|text| text.contains("deployed-1"))
    });
    assert!(!file.contains("Asha") && !file.contains("61491570156"), "no personal data for the WFM: {file}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_contact_record_is_put_aside_with_its_reason() {
    let world = World::shared();
    let aws = world.aws().await;
    let kinesis = aws_sdk_kinesis::Client::new(&aws);
    let put = kinesis.put_record().stream_name(stream(&kinesis, "contactrecords").await);
    let put = put.partition_key("cut").data(Blob::new(r#"{"ContactId": "deployed-cut", "Chan"#));
    put.send().await.expect("a record in the stream");

    let bucket = Bucket::find(&aws, "recordsbucket").await;
    let rejected = until_async("the rejected record", PATIENCE, async || {
        let text = bucket.read("rejected/").await;
        text.lines().find(|line| line.contains("deployed-cut")).map(str::to_owned)
    });
    let rejected: Value = serde_json::from_str(&rejected.await).expect("JSON");
    assert!(rejected["reason"].is_string(), "{rejected}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_answer_has_no_room_for_goes_back_onto_the_stream() {
    let world = World::shared();
    let kinesis = aws_sdk_kinesis::Client::new(&world.aws().await);
    let stream = stream(&kinesis, "contactrecords").await;
    let mut batch = too_much();
    batch["sourceKinesisStreamArn"] =
        json!(format!("arn:aws:kinesis:us-east-1:000000000000:stream/{stream}"));
    for one in batch["records"].as_array_mut().expect("records") {
        one["kinesisRecordMetadata"] = json!({"partitionKey": "large", "sequenceNumber": "1"});
    }
    let answer = invoke(&world.emulator, "switchboard-dev-ctr-enrich", &batch);
    let records = answer["records"].as_array().expect("records");
    let count = |result: &str| records.iter().filter(|one| one["result"] == result).count();
    // Dropped is what was put back; what could not be is ProcessingFailed.
    assert!(count("Dropped") > 0 && count("ProcessingFailed") == 0, "{} dropped", count("Dropped"));
}
