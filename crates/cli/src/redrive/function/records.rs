//! Records of a data stream, read again from where they are, as events of Lambda's.

use std::{cmp::Ordering, mem};

use anyhow::Context;
use aws_sdk_kinesis::{
    Client,
    error::ProvideErrorMetadata,
    types::{Record, ShardIteratorType},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::dead_letter::RecordRange;
use crate::redrive::redacted_error;

/// What an event may have, in bytes: Lambda accepts 6 MB.
const MAX_EVENT_BYTES: usize = 5_500_000;

/// What a record has around its data and its keys, at most.
const RECORD_BYTES: usize = 600;

/// The records of a range that are still in the stream.
#[derive(Debug)]
pub(super) struct RecordsRead {
    /// The records, in order: mostly in one event.
    pub(super) events: Vec<String>,
    /// How many have expired.
    pub(super) expired: usize,
}

/// All data streams of the account.
#[derive(Debug)]
pub(super) struct Streams {
    client: Client,
}

impl Streams {
    /// Asks with this client.
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Reads the records of a place.
    ///
    /// # Errors
    /// When the stream can't be read.
    pub(super) async fn read(&self, place: &RecordRange) -> anyhow::Result<RecordsRead> {
        let records = self.records(place).await.with_context(|| format!("{} can't be read", place.stream))?;
        let expired = place.count.saturating_sub(records.len());
        Ok(RecordsRead { events: events(place, &records), expired })
    }

    async fn records(&self, place: &RecordRange) -> anyhow::Result<Vec<Record>> {
        let mut records = Vec::new();
        let mut next = self.start(place).await?;
        while let Some(iterator) = next.take() {
            let request = self.client.get_records().stream_arn(&place.stream).shard_iterator(iterator);
            let response = request.send().await.map_err(|error| redacted_error(&error))?;
            // Old records may lie behind a gap, of which a response has nothing but a new iterator.
            let is_behind = response.millis_behind_latest.is_some_and(|millis| millis > 0);
            let count = response.records.len();
            for record in response.records {
                if order(&record.sequence_number, &place.last) == Ordering::Greater {
                    return Ok(records);
                }
                records.push(record);
            }
            if records.last().is_some_and(|last| last.sequence_number == place.last) {
                break;
            }
            next = response.next_shard_iterator.filter(|_| is_behind || count > 0);
        }
        Ok(records)
    }

    /// An iterator at the first record, or at the oldest that there is. [`None`] if the shard is gone, with all that
    /// was in it.
    async fn start(&self, place: &RecordRange) -> anyhow::Result<Option<String>> {
        let request = self.client.get_shard_iterator().stream_arn(&place.stream).shard_id(&place.shard);
        let request = request
            .shard_iterator_type(ShardIteratorType::AtSequenceNumber)
            .starting_sequence_number(&place.first);
        match request.send().await {
            Ok(response) => Ok(response.shard_iterator),
            Err(error) if error.code() == Some("ResourceNotFoundException") => Ok(None),
            Err(error) => Err(redacted_error(&error)),
        }
    }
}

/// Sequence numbers are numbers of any length.
fn order(one: &str, other: &str) -> Ordering {
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}

/// As Lambda's own reader of streams writes it
/// <https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html>.
fn events(place: &RecordRange, records: &[Record]) -> Vec<String> {
    let (mut events, mut some, mut bytes) = (Vec::new(), Vec::new(), 0);
    for record in records {
        let data = STANDARD.encode(&record.data);
        let more = data.len() + record.partition_key().map_or(0, str::len) + RECORD_BYTES;
        if bytes + more > MAX_EVENT_BYTES && !some.is_empty() {
            events.push(json!({ "Records": mem::take(&mut some) }).to_string());
            bytes = 0;
        }
        bytes += more;
        some.push(event_record(place, record, &data));
    }
    if !some.is_empty() {
        events.push(json!({ "Records": some }).to_string());
    }
    events
}

fn event_record(place: &RecordRange, record: &Record, data: &str) -> Value {
    json!({
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": record.partition_key,
            "sequenceNumber": record.sequence_number,
            "data": data,
            "approximateArrivalTimestamp": record.approximate_arrival_timestamp.map(|time| time.as_secs_f64()),
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": format!("{}:{}", place.shard, record.sequence_number),
        "eventName": "aws:kinesis:record",
        "eventSourceARN": place.stream,
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_kinesis::primitives::Blob;

    use super::*;

    fn place() -> RecordRange {
        let stream = "arn:aws:kinesis:eu-west-1:111122223333:stream/agents".to_owned();
        RecordRange {
            stream,
            shard: "shardId-0".to_owned(),
            first: "9".to_owned(),
            last: "10".to_owned(),
            count: 2,
        }
    }

    fn record(number: &str, bytes: usize) -> Record {
        let data = Blob::new(vec![b'x'; bytes]);
        Record::builder().sequence_number(number).partition_key("p").data(data).build().unwrap()
    }

    #[test]
    fn sequence_numbers_are_numbers() {
        assert_eq!(order("9", "10"), Ordering::Less);
        assert_eq!(order("496", "495"), Ordering::Greater);
        assert_eq!(order("495", "495"), Ordering::Equal);
    }

    #[test]
    fn records_are_in_as_few_events_as_lambda_takes() {
        let records: Vec<_> = (100..107).map(|n: u32| record(&n.to_string(), 1_000_000)).collect();
        let events = events(&place(), &records);
        assert!(events.iter().all(|event| event.len() < 6_000_000));
        let numbers = |event: &String| {
            let event: Value = serde_json::from_str(event).unwrap();
            let records = event["Records"].as_array().unwrap();
            let number = |one: &Value| one["kinesis"]["sequenceNumber"].as_str().unwrap().to_owned();
            records.iter().map(number).collect::<Vec<_>>()
        };
        assert_eq!(
            events.iter().map(numbers).collect::<Vec<_>>(),
            [vec!["100", "101", "102", "103"], vec!["104", "105", "106"]]
        );
        assert_eq!(super::events(&place(), &[]), Vec::<String>::new());
    }

    #[test]
    fn a_record_is_as_lambda_writes_it() {
        let event: Value = serde_json::from_str(&events(&place(), &[record("9", 2)])[0]).unwrap();
        let one = &event["Records"][0];
        assert_eq!(one["kinesis"]["data"], "eHg=");
        assert_eq!(one["kinesis"]["partitionKey"], "p");
        assert_eq!(one["eventID"], "shardId-0:9");
        assert_eq!(one["eventSourceARN"], place().stream);
    }
}
