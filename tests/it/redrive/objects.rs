//! Rejected records in S3, and the streams they go back onto.

use std::io::Write;
use std::time::Duration;

use aws_sdk_firehose::types::ExtendedS3DestinationConfiguration;
use aws_sdk_kinesis::types::ShardIteratorType;
use aws_sdk_s3::Client;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use switchboard_tests::wait;

use super::*;

/// A contact record.
fn record(n: usize) -> String {
    json!({"ContactId": format!("contact-{n}"), "CustomerEndpoint": {"Address": "+61491570156"}}).to_string()
}

/// A line as `ctr-sftp` writes it.
fn rejected(data: &str) -> String {
    json!({"reason": "not a contact record", "start": 0, "end": data.len(), "data": data}).to_string() + "\n"
}

/// A document as Firehose writes it, of a transformation that failed.
fn failed(data: &str) -> String {
    json!({
        "attemptsMade": 4, "arrivalTimestamp": 1_793_602_931_000_u64, "errorCode": "Lambda.FunctionError",
        "errorMessage": "The Lambda function was successfully invoked but it returned an error result.",
        "attemptEndingTimestamp": 1_793_602_941_000_u64, "rawData": STANDARD.encode(data),
        "lambdaArn": "arn:aws:lambda:us-east-1:000000000000:function:ctr-enrich",
    })
    .to_string()
}

/// A document as Firehose writes it, of one that OpenSearch refused.
fn refused(data: &str, code: &str) -> String {
    json!({
        "attemptsMade": 8, "errorCode": code, "errorMessage": "[contact-1]: version conflict", "esDocumentId": "",
        "esIndexName": "connect", "esTypeName": "", "rawData": STANDARD.encode(data),
    })
    .to_string()
        + "\n"
}

struct Bucket {
    s3: Client,
    name: String,
}

impl Bucket {
    async fn new(name: &str) -> Self {
        let s3 = Client::new(&config().await);
        s3.create_bucket().bucket(name).send().await.expect("a bucket");
        Self { s3, name: name.to_owned() }
    }

    async fn put(&self, key: &str, body: impl Into<Vec<u8>>) {
        let put = self.s3.put_object().bucket(&self.name).key(key).body(body.into().into());
        put.send().await.expect("an object");
    }

    async fn keys(&self) -> Vec<String> {
        let listed = self.s3.list_objects_v2().bucket(&self.name).send().await.expect("a list");
        listed.contents().iter().filter_map(|object| object.key().map(str::to_owned)).collect()
    }

    fn place(&self, prefix: &str) -> String {
        format!("s3://{}/{prefix}", self.name)
    }
}

/// A data stream and what is in it.
struct DataStream {
    kinesis: aws_sdk_kinesis::Client,
    name: String,
}

impl DataStream {
    async fn new(name: &str) -> Self {
        let kinesis = aws_sdk_kinesis::Client::new(&config().await);
        kinesis.create_stream().stream_name(name).shard_count(1).send().await.expect("a stream");
        let shard = async || kinesis.list_shards().stream_name(name).send().await.ok()?.shards?.pop();
        wait::until_async("the stream to be active", Duration::from_secs(10), shard).await;
        Self { kinesis, name: name.to_owned() }
    }

    /// The records with their keys, in order.
    async fn records(&self) -> Vec<(String, String)> {
        let shards = self.kinesis.list_shards().stream_name(&self.name).send().await.expect("shards").shards;
        let shard = shards.expect("shards").remove(0).shard_id;
        let at = self.kinesis.get_shard_iterator().stream_name(&self.name).shard_id(shard);
        let at = at.shard_iterator_type(ShardIteratorType::TrimHorizon).send().await.expect("an iterator");
        let got =
            self.kinesis.get_records().set_shard_iterator(at.shard_iterator).send().await.expect("records");
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
        got.records
            .iter()
            .map(|one| (one.partition_key().expect("a key").to_owned(), text(one.data.as_ref())))
            .collect()
    }
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).expect("memory");
    encoder.finish().expect("memory")
}

#[tokio::test]
async fn rejected_records_go_back_onto_a_data_stream_and_their_objects_go() {
    let (bucket, stream) = (Bucket::new("redrive-rejected").await, DataStream::new("redrive-rejected").await);
    let damaged = "{\"ContactId\":\"cut";
    bucket.put("rejected/ctr/a b+c.ndjson", rejected(&record(0)) + &rejected(damaged)).await;
    bucket.put("rejected/ctr/d.ndjson", rejected(&record(1))).await;
    bucket.put("ctr/d", record(9)).await;
    let ran = redrive(&["objects", &bucket.place("rejected/"), "--stream", &stream.name]);
    assert_eq!((ran.status, ran.out.as_str()), (0, "2 objects, 3 records put\n"), "{ran:?}");
    assert_eq!(bucket.keys().await, ["ctr/d"]);
    let expected = [("contact-0", record(0)), ("redriven-1", damaged.to_owned()), ("contact-1", record(1))];
    assert_eq!(stream.records().await, expected.map(|(key, data)| (key.to_owned(), data)));
}

#[tokio::test]
async fn what_firehose_could_not_process_goes_back_into_a_delivery_stream() {
    let bucket = Bucket::new("redrive-failed").await;
    let landed = Bucket::new("redrive-landed").await;
    let firehose = aws_sdk_firehose::Client::new(&config().await);
    let to_s3 = ExtendedS3DestinationConfiguration::builder()
        .role_arn("arn:aws:iam::000000000000:role/firehose")
        .bucket_arn("arn:aws:s3:::redrive-landed");
    let made = firehose.create_delivery_stream().delivery_stream_name("redrive-delivery");
    let made = made.extended_s3_destination_configuration(to_s3.build().expect("a destination"));
    Box::pin(made.send()).await.expect("a stream");

    // A line each or glued together, compressed or not, more than one request takes.
    let glued: String = (0..700).map(|n| failed(&record(n))).collect();
    bucket.put("processing-failed/2026/11/02/one", glued).await;
    let lines: String = (700..1_300).map(|n| failed(&record(n)) + "\n").collect();
    bucket.put("processing-failed/2026/11/02/two.gz", gzip(&lines)).await;
    let place = bucket.place("processing-failed/2026/");
    let ran = redrive(&["objects", &place, "--delivery-stream", "redrive-delivery"]);
    assert_eq!((ran.status, ran.out.as_str()), (0, "2 objects, 1300 records put\n"), "{ran:?}");
    assert_eq!(bucket.keys().await, Vec::<String>::new());

    let mut contacts = std::collections::BTreeSet::new();
    let mut pages = landed.s3.list_objects_v2().bucket(&landed.name).into_paginator().send();
    while let Some(page) = pages.next().await {
        for object in page.expect("a page").contents() {
            let key = object.key().expect("a key");
            let got = landed.s3.get_object().bucket(&landed.name).key(key).send().await.expect("an object");
            let body = got.body.collect().await.expect("a body").into_bytes();
            for one in serde_json::Deserializer::from_slice(&body).into_iter::<Value>() {
                contacts.insert(one.expect("a record")["ContactId"].to_string());
            }
        }
    }
    assert_eq!(contacts.len(), 1_300);
}

#[tokio::test]
async fn a_copy_that_the_index_had_newer_is_left_out() {
    let (bucket, stream) = (Bucket::new("redrive-index").await, DataStream::new("redrive-index").await);
    let lines = refused(&record(0), "400") + &refused(&record(1), "409") + &refused(&record(2), "503");
    bucket.put("AmazonOpenSearchService_failed/x", lines).await;
    let ran =
        redrive(&["objects", &bucket.place("AmazonOpenSearchService_failed/"), "--stream", &stream.name]);
    assert_eq!(ran.out, "1 objects, 2 records put, 1 left out that a newer copy had replaced\n", "{ran:?}");
    let put: Vec<_> = stream.records().await.into_iter().map(|(key, _)| key).collect();
    assert_eq!(put, ["contact-0", "contact-2"]);
    assert_eq!(bucket.keys().await, Vec::<String>::new());
}

#[tokio::test]
async fn an_object_that_is_not_understood_stays() {
    let (bucket, stream) = (Bucket::new("redrive-odd").await, DataStream::new("redrive-odd").await);
    bucket.put("rejected/1-good", rejected(&record(0))).await;
    bucket.put("rejected/2-raw", record(1)).await;
    bucket.put("rejected/3-cut", rejected(&record(2)) + &rejected(&record(3)).replace("}\n", "")).await;
    bucket.put("rejected/4-large", rejected(&format!("+61491570156{}", "x".repeat(1024 * 1024)))).await;
    bucket.put("rejected/5-good", rejected(&record(4))).await;
    bucket.put("rejected/6-empty", "").await;
    let ran = redrive(&["objects", &bucket.place("rejected/"), "--stream", &stream.name]);
    assert_eq!((ran.status, ran.out.as_str()), (1, "6 objects, 3 records put; 3 objects stay\n"), "{ran:?}");
    assert_eq!(bucket.keys().await, ["rejected/2-raw", "rejected/3-cut", "rejected/4-large"]);
    for (key, why) in [("2-raw", "not understood"), ("3-cut", "not understood"), ("4-large", "too large")] {
        assert!(ran.said.lines().any(|line| line.contains(key) && line.contains(why)), "{key}: {}", ran.said);
    }
}

#[tokio::test]
async fn objects_stay_if_asked_to_or_in_a_dry_run() {
    let (bucket, stream) = (Bucket::new("redrive-kept").await, DataStream::new("redrive-kept").await);
    bucket.put("rejected/a", rejected(&record(0))).await;
    let place = bucket.place("rejected/");
    let ran = redrive(&["objects", &place, "--stream", &stream.name, "--dry-run"]);
    assert_eq!((ran.status, ran.out.as_str()), (0, "1 objects, 1 records would be put\n"), "{ran:?}");
    assert_eq!(stream.records().await, []);
    let arn = format!("arn:aws:kinesis:us-east-1:000000000000:stream/{}", stream.name);
    for n in 1..3 {
        assert_eq!(redrive(&["objects", &place, "--stream", &arn, "--keep"]).status, 0);
        assert_eq!((stream.records().await.len(), bucket.keys().await.len()), (n, 1));
    }
}

#[tokio::test]
async fn records_as_they_were_delivered_are_put_again_and_stay() {
    let (bucket, stream) = (Bucket::new("redrive-raw").await, DataStream::new("redrive-raw").await);
    bucket.put("ctr/date=2026-11-02/a", record(0) + &record(1)).await;
    bucket.put("ctr/date=2026-11-02/b.gz", gzip(&format!("{}\n{}", record(2), "{\"cut"))).await;
    let place = bucket.place("ctr/date=2026-11-02/");
    let ran = redrive(&["objects", &place, "--stream", &stream.name, "--raw"]);
    assert_eq!((ran.status, ran.out.as_str()), (1, "2 objects, 3 records put; 1 objects stay\n"), "{ran:?}");
    assert!(ran.said.contains("b.gz stays: 1 lines are not understood"), "{ran:?}");
    let expected = [0, 1, 2].map(|n| (format!("contact-{n}"), record(n)));
    assert_eq!(stream.records().await, expected);
    assert_eq!(bucket.keys().await.len(), 2);
}

#[tokio::test]
async fn nothing_is_deleted_if_the_stream_takes_nothing_or_the_place_is_wrong() {
    let bucket = Bucket::new("redrive-lost").await;
    bucket.put("rejected/a", rejected(&record(0))).await;
    let arn = "arn:aws:kinesis:us-east-1:000000000000:stream/redrive-no-such-stream";
    let place = bucket.place("rejected/");
    let ran = redrive(&["objects", &place, "--stream", arn]);
    assert!(ran.status == 2 && ran.said.contains("did not take 1 of 1 records"), "{ran:?}");
    let ran = redrive(&["objects", &place, "--stream", "redrive-no-such-stream"]);
    assert!(ran.status == 2 && ran.said.contains("ResourceNotFoundException"), "{ran:?}");
    assert_eq!(bucket.keys().await, ["rejected/a"]);
    let ran = redrive(&["objects", "s3://redrive-no-such-bucket/rejected/", "--stream", arn]);
    assert!(ran.status == 2 && ran.said.contains("NoSuchBucket"), "{ran:?}");
    assert_eq!(redrive(&["objects", &bucket.place(""), "--stream", arn]).status, 2);
    assert_eq!(redrive(&["objects", &place]).status, 2);
}
