//! Records as the events that functions are sent.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;
use switchboard_simulator::Item;

/// What Firehose sends to a transformation.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FirehoseEvent {
    invocation_id: String,
    delivery_stream_arn: &'static str,
    region: &'static str,
    records: Vec<FirehoseRecord>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FirehoseRecord {
    record_id: String,
    data: String,
}

/// What Lambda makes of records of a Kinesis shard.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct KinesisEvent {
    records: Vec<KinesisEventRecord>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KinesisEventRecord {
    kinesis: KinesisRecord,
    event_source: &'static str,
    event_version: &'static str,
    #[serde(rename = "eventID")]
    event_id: String,
    event_name: &'static str,
    invoke_identity_arn: &'static str,
    aws_region: &'static str,
    #[serde(rename = "eventSourceARN")]
    event_source_arn: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KinesisRecord {
    kinesis_schema_version: &'static str,
    partition_key: String,
    sequence_number: String,
    data: String,
    /// Seconds since 1970.
    approximate_arrival_timestamp: f64,
}

impl FirehoseEvent {
    /// An event of these records; so many came before them.
    pub(super) fn of(records: &[Item], before: u64) -> Self {
        let record = |(number, record): (u64, &Item)| FirehoseRecord {
            record_id: format!("simulated-{number:012}"),
            data: STANDARD.encode(&record.text),
        };
        let last = before + records.len() as u64;
        Self {
            invocation_id: format!("simulated-{last:012}"),
            delivery_stream_arn: "arn:aws:firehose:ap-southeast-2:012345678910:deliverystream/simulated",
            region: "ap-southeast-2",
            records: (before + 1..).zip(records).map(record).collect(),
        }
    }
}

impl KinesisEvent {
    /// An event of these records; so many came before them.
    pub(super) fn of(records: &[Item], before: u64) -> Self {
        Self { records: (before + 1..).zip(records).map(KinesisEventRecord::of).collect() }
    }
}

impl KinesisEventRecord {
    fn of((number, record): (u64, &Item)) -> Self {
        // As long as real ones.
        let sequence_number = format!("4959033827149025660855969253836157109592{number:016}");
        Self {
            event_id: format!("shardId-000000000000:{sequence_number}"),
            kinesis: KinesisRecord {
                kinesis_schema_version: "1.0",
                partition_key: record.key.clone(),
                sequence_number,
                data: STANDARD.encode(&record.text),
                approximate_arrival_timestamp: record.at.as_duration().as_secs_f64(),
            },
            event_source: "aws:kinesis",
            event_version: "1.0",
            event_name: "aws:kinesis:record",
            invoke_identity_arn: "arn:aws:iam::012345678910:role/simulated",
            aws_region: "ap-southeast-2",
            event_source_arn: "arn:aws:kinesis:ap-southeast-2:012345678910:stream/simulated",
        }
    }
}
