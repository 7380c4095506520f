//! Records that the answer has no room for.

use switchboard_tests::emulator::Emulator;
use switchboard_tests::streams::{Habit, Streams};

use super::*;

/// Lambda's own limit of an answer; the stand-in for its API refuses more.
const MAX_ANSWER_BYTES: usize = 6_291_556;

/// 58 records of 80 KB: 6.2 MB in base64, which Lambda takes as an event, and more than an answer holds.
pub(crate) fn too_much() -> Value {
    let padding = "x".repeat(80_000);
    event((0..58).map(|n| call(&number(n)).replace("}{", &padding)))
}

fn results(all: &[Answered]) -> (usize, usize, usize) {
    let count = |result: &str| all.iter().filter(|one| one.result == result).count();
    (count("Ok"), count("Dropped"), count("ProcessingFailed"))
}

#[test]
fn they_go_back_to_the_delivery_stream_until_all_are_taken() {
    let streams = Streams::start(Habit::TakesHalf);
    let lambda = Lambda::start(NAME, &[("AWS_ENDPOINT_URL", &streams.url())]);
    let batch = too_much();
    let answer = lambda.invoke(batch.to_string(), MINUTE).result.expect("an answer");
    assert!(answer.len() <= MAX_ANSWER_BYTES);
    let all = answers(&lambda, &batch, MINUTE);
    let (ok, dropped, failed) = results(&all);
    assert!(ok > 50 && dropped > 0 && failed == 0, "{ok} {dropped} {failed}");
    let put = streams.taken();
    assert_eq!(put.len(), 2 * dropped, "two invocations, each record taken once");
    let original = |one: &Answered| {
        let n: usize = one.id.parse().expect("a number");
        STANDARD.decode(batch["records"][n]["data"].as_str().expect("data")).expect("base64")
    };
    for one in all.iter().filter(|one| one.result == "Dropped") {
        assert_eq!(put.iter().filter(|bytes| **bytes == original(one)).count(), 2, "as it came");
        assert!(one.text.is_empty());
    }
    assert!(lambda.logs().concat().contains(&format!(r#""RecordsRequeued":{dropped}"#)));
}

#[test]
fn they_are_refused_if_the_stream_takes_nothing() {
    let streams = Streams::start(Habit::TakesNothing);
    let lambda = Lambda::start(NAME, &[("AWS_ENDPOINT_URL", &streams.url())]);
    let all = answers(&lambda, &too_much(), Duration::from_secs(4));
    let (ok, dropped, failed) = results(&all);
    assert!(ok > 50 && dropped == 0 && failed > 0, "{ok} {dropped} {failed}");
    assert!(streams.taken().is_empty());
    assert!(lambda.logs().concat().contains(&format!(r#""RequeuesFailed":{failed}"#)));
}

#[tokio::test]
async fn a_stream_that_reads_from_kinesis_gets_them_through_its_source() {
    let emulator = Emulator::shared();
    let kinesis = aws_sdk_kinesis::Client::new(&emulator.sdk_config().await);
    kinesis.create_stream().stream_name("contact-records").shard_count(1).send().await.expect("a stream");
    let described =
        kinesis.describe_stream_summary().stream_name("contact-records").send().await.expect("a summary");
    let source = described.stream_description_summary.expect("a description").stream_arn;
    let mut batch = too_much();
    batch["sourceKinesisStreamArn"] = source.into();
    for (n, one) in batch["records"].as_array_mut().expect("records").iter_mut().enumerate() {
        one["kinesisRecordMetadata"] = json!({"partitionKey": format!("key-{n}"), "sequenceNumber": "1"});
    }
    let lambda = Lambda::start(NAME, &emulator.env());
    let all = answers(&lambda, &batch, MINUTE);
    let dropped: Vec<_> =
        all.iter().filter(|one| one.result == "Dropped").map(|one| format!("key-{}", one.id)).collect();
    assert!(!dropped.is_empty());
    let shard = kinesis
        .list_shards()
        .stream_name("contact-records")
        .send()
        .await
        .expect("shards")
        .shards
        .expect("one");
    let iterator = kinesis
        .get_shard_iterator()
        .stream_name("contact-records")
        .shard_id(&shard[0].shard_id)
        .shard_iterator_type(aws_sdk_kinesis::types::ShardIteratorType::TrimHorizon);
    let iterator = iterator.send().await.expect("an iterator").shard_iterator;
    let got = kinesis.get_records().set_shard_iterator(iterator).send().await.expect("records").records;
    let keys: Vec<_> = got.iter().filter_map(|one| one.partition_key.clone()).collect();
    assert_eq!(keys, dropped);
    assert!(
        serde_json::from_slice::<Value>(got[0].data.as_ref()).is_ok_and(|ctr| ctr["@timestamp"].is_null())
    );
}
