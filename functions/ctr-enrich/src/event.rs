//! What Firehose sends to a transformation, and what it expects back.
//!
//! <https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-status-model.html>

use std::borrow::Cow;

use base64_simd::STANDARD;
use switchboard_core::json::{self, Member, Raw, Visitor};
use switchboard_runtime::{handler::UnsupportedEvent, intake::PassedOver};

use crate::record::{Rejection, Tally};

/// What surrounds a record's id and data in the response.
pub(crate) const ENVELOPE_BYTES: usize = r#"{"recordId":"","result":"ProcessingFailed","data":""},"#.len();

/// A batch of records. Borrows its data from the event's text, which is megabytes.
#[derive(Default)]
pub struct FirehoseEvent<'a> {
    /// The delivery stream, `arn:aws:firehose:REGION:ACCOUNT:deliverystream/NAME`.
    pub delivery_stream_arn: String,
    /// The data stream that the delivery stream reads from, if it does.
    pub source_kinesis_stream_arn: Option<String>,
    /// The records. The response has one entry for each, in the same order.
    pub records: Vec<FirehoseRecord<'a>>,
}

/// One record of a batch. Each is read by itself: what one lacks, the others do not pay for.
#[derive(Default)]
pub struct FirehoseRecord<'a> {
    /// Firehose's own id of the record; empty if it has none.
    pub record_id: Cow<'a, str>,
    /// The record's bytes in base64; none if there are none to be had.
    pub data: Option<Cow<'a, str>>,
    /// The key it was put with, if the source is a data stream.
    pub partition_key: Option<Cow<'a, str>>,
}

impl<'a> FirehoseEvent<'a> {
    /// Reads an event with our own scanner, which passes over base64 many times as fast as over a record.
    ///
    /// # Errors
    /// When it is something else: no JSON object, or one without a list of records.
    pub fn read(event: &'a str) -> Result<Self, UnsupportedEvent> {
        let (mut read, mut records) = (Self::default(), Raw::ABSENT);
        let walked = json::members(event, |member| match &*member.name {
            "deliveryStreamArn" => {
                read.delivery_stream_arn = member.value.text().unwrap_or_default().into_owned();
            }
            "sourceKinesisStreamArn" => {
                read.source_kinesis_stream_arn = member.value.text().map(Cow::into_owned);
            }
            "records" => records = member.value,
            _ => {}
        });
        if walked.is_err() || !records.is_array() {
            return Err(UnsupportedEvent { expected: "a Firehose transformation event" });
        }
        let mut reader = Records::default();
        records.walk_elements(&mut reader);
        Ok(Self { records: reader.all, ..read })
    }
}

/// Reads records, of each what there is; of what is no object, nothing.
#[derive(Default)]
struct Records<'a> {
    all: Vec<FirehoseRecord<'a>>,
    /// The one that is being read.
    open: FirehoseRecord<'a>,
}

impl<'a> Visitor<'a> for Records<'a> {
    fn enter(&mut self, depth: usize, name: &str) -> bool {
        let is_metadata = depth == 0 && name == "kinesisRecordMetadata";
        if is_metadata {
            // What an object of the same name said before.
            self.open.partition_key = None;
        }
        is_metadata
    }

    fn member(&mut self, depth: usize, member: Member<'a>) {
        match (depth, &*member.name) {
            (0, "recordId") => self.open.record_id = member.value.text().unwrap_or_default(),
            (0, "data") => self.open.data = member.value.text(),
            (0, "kinesisRecordMetadata") if !member.value.is_object() => self.open.partition_key = None,
            (1, "partitionKey") => {
                self.open.partition_key = member.value.text().filter(|key| !key.is_empty());
            }
            _ => {}
        }
    }

    fn element(&mut self, _value: Raw<'a>) {
        self.all.push(std::mem::take(&mut self.open));
    }
}

impl FirehoseRecord<'_> {
    /// The data as it came, for a response that gives it back.
    pub(crate) fn data(&self) -> &str {
        self.data.as_deref().unwrap_or_default()
    }
}

/// The response to a batch.
#[derive(Debug)]
pub struct FirehoseResponse<'a> {
    /// One for each record, in order.
    pub records: Vec<RecordResponse<'a>>,
}

impl FirehoseResponse<'_> {
    /// The response as JSON. Base64 is put where it belongs at once: it has nothing to escape.
    pub fn to_json(&self) -> String {
        let sizes = self.records.iter().map(|record| record.record_id.len() + record.data.base64_bytes());
        let mut json =
            Vec::with_capacity(sizes.map(|size| size + ENVELOPE_BYTES).sum::<usize>() + ENVELOPE_BYTES);
        json.extend_from_slice(b"{\"records\":[");
        for (n, record) in self.records.iter().enumerate() {
            if n > 0 {
                json.push(b',');
            }
            record.write(&mut json);
        }
        json.extend_from_slice(b"]}");
        String::from_utf8(json).unwrap_or_default()
    }
}

impl RecordResponse<'_> {
    fn write(&self, json: &mut Vec<u8>) {
        let result = match self.result {
            Verdict::Ok => "Ok",
            Verdict::Dropped => "Dropped",
            Verdict::ProcessingFailed => "ProcessingFailed",
        };
        json.extend_from_slice(b"{\"recordId\":");
        text(&self.record_id, json);
        json.extend_from_slice(b",\"result\":\"");
        json.extend_from_slice(result.as_bytes());
        json.extend_from_slice(b"\",\"data\":");
        match &self.data {
            ResponseData::New(bytes) => {
                json.push(b'"');
                STANDARD.encode_append(bytes, json);
                json.push(b'"');
            }
            ResponseData::AsItCame(data) => text(data, json),
        }
        json.push(b'}');
    }
}

/// Writes a text with its escapes.
fn text(text: &str, json: &mut Vec<u8>) {
    let printed = serde_json::to_writer(json, text);
    debug_assert!(printed.is_ok(), "printing a string to memory can't fail");
}

/// The response to one record.
pub struct RecordResponse<'a> {
    /// The record's id.
    pub record_id: Cow<'a, str>,
    /// What Firehose is to do with it.
    pub result: Verdict,
    /// The new bytes, or the old ones.
    pub data: ResponseData<'a>,
    /// What became of it, for metrics and for people.
    pub outcome: RecordOutcome,
}

/// The bytes that a record leaves with.
pub enum ResponseData<'a> {
    /// New ones, to be put into base64.
    New(Vec<u8>),
    /// The record's data in the event, whatever it is.
    AsItCame(&'a str),
}

impl ResponseData<'_> {
    /// How many bytes they take in the response.
    pub(crate) fn base64_bytes(&self) -> usize {
        match self {
            Self::New(bytes) => bytes.len().div_ceil(3) * 4,
            Self::AsItCame(data) => data.len(),
        }
    }
}

/// What Firehose is to do with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Deliver its new data.
    Ok,
    /// Dropped: it was requeued on its stream.
    Dropped,
    /// Write it to the error prefix.
    ProcessingFailed,
}

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordOutcome {
    /// Enriched: how the look-ups of its contact records went.
    Enriched(Tally),
    /// Requeued on its stream, because the response was full.
    Requeued,
    /// Rejected, and why.
    Rejected(Rejection),
    /// Passed over, and why: it is dropped.
    PassedOver(PassedOver),
}

impl std::fmt::Debug for FirehoseEvent<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FirehoseEvent({} records)", self.records.len())
    }
}

impl std::fmt::Debug for FirehoseRecord<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FirehoseRecord({}, {} bytes of base64)", self.record_id, self.data().len())
    }
}

impl std::fmt::Debug for ResponseData<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ResponseData({} bytes of base64)", self.base64_bytes())
    }
}

impl std::fmt::Debug for RecordResponse<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RecordResponse({}, {:?}, {:?})", self.record_id, self.result, self.outcome)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_response_is_the_json_that_firehose_reads() {
        let record = |id: &'static str, result, data, outcome| RecordResponse {
            record_id: id.into(),
            result,
            data,
            outcome,
        };
        let enriched = RecordOutcome::Enriched(Tally::default());
        let records = vec![
            record("1", Verdict::Ok, ResponseData::New(b"{}".to_vec()), enriched),
            record(
                "\"\n\u{1}é",
                Verdict::ProcessingFailed,
                ResponseData::AsItCame("no \"base64\"\\"),
                RecordOutcome::Rejected(Rejection::NoData),
            ),
            record("3", Verdict::Dropped, ResponseData::AsItCame(""), RecordOutcome::Requeued),
        ];
        let expected = json!({"records": [
            {"recordId": "1", "result": "Ok", "data": "e30="},
            {"recordId": "\"\n\u{1}é", "result": "ProcessingFailed", "data": "no \"base64\"\\"},
            {"recordId": "3", "result": "Dropped", "data": ""},
        ]});
        let read =
            |records| serde_json::from_str::<Value>(&FirehoseResponse { records }.to_json()).expect("JSON");
        assert_eq!(read(records), expected);
        assert_eq!(read(Vec::new()), json!({"records": []}));
    }

    #[test]
    fn an_event_is_read_as_serde_reads_it() {
        let event = json!({"invocationId": "i", "deliveryStreamArn": "arn:d", "sourceKinesisStreamArn": "arn:\u{1}s",
            "records": [{"recordId": "1", "data": "e30="}, 7, {"data": {"a": 1}, "recordId": "a\"b"}, {"data": "\n"}]});
        for text in [event.to_string(), serde_json::to_string_pretty(&event).unwrap()] {
            let read = FirehoseEvent::read(&text).unwrap();
            assert_eq!(read.delivery_stream_arn, "arn:d");
            assert_eq!(read.source_kinesis_stream_arn.as_deref(), Some("arn:\u{1}s"));
            let records: Vec<_> =
                read.records.iter().map(|one| (&*one.record_id, one.data.as_deref())).collect();
            assert_eq!(records, [("1", Some("e30=")), ("", None), ("a\"b", None), ("", Some("\n"))]);
        }
        for other in ["", "7", "[]", "{}", r#"{"records":null}"#, r#"{"records":{}}"#, r#"{"records":[]"#] {
            assert!(FirehoseEvent::read(other).is_err(), "{other}");
        }
    }

    #[test]
    fn a_record_is_read_with_the_key_it_was_put_with() {
        let key = |metadata: &str| {
            let event = format!(
                r#"{{"records":[{{"recordId":"1","data":"e30=","kinesisRecordMetadata":{metadata}}}]}}"#
            );
            let mut read = FirehoseEvent::read(&event).unwrap();
            let record = read.records.remove(0);
            assert_eq!((&*record.record_id, record.data()), ("1", "e30="));
            record.partition_key.map(Cow::into_owned)
        };
        assert_eq!(key(r#"{"shardId":"s","partitionKey":"k"}"#).as_deref(), Some("k"));
        for metadata in ["null", r#""k""#, r#"{"partitionKey":""}"#, r#"{"partitionKey":7}"#, "{}"] {
            assert_eq!(key(metadata), None, "{metadata}");
        }
    }
}
