//! What Firehose sends to a transformation, and what it expects back.
//!
//! <https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-status-model.html>

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use switchboard_core::json::{self, Raw};
use switchboard_runtime::intake::PassedOver;

use crate::record::{Rejection, Tally};

/// What surrounds a record's id and data in the response.
pub(crate) const ENVELOPE_BYTES: usize = r#"{"recordId":"","result":"ProcessingFailed","data":""},"#.len();

/// A batch of records. Borrows its data from the event's text, which is megabytes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FirehoseEvent<'a> {
    /// The delivery stream, `arn:aws:firehose:REGION:ACCOUNT:deliverystream/NAME`.
    #[serde(default)]
    pub delivery_stream_arn: String,
    /// The data stream that the delivery stream reads from, if it does.
    #[serde(default)]
    pub source_kinesis_stream_arn: Option<String>,
    /// The records. The response has one entry for each, in the same order.
    #[serde(borrow)]
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

impl<'de: 'a, 'a> Deserialize<'de> for FirehoseRecord<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let record: &'de RawValue = Deserialize::deserialize(deserializer)?;
        Ok(Self::read(record.get()))
    }
}

impl<'a> FirehoseRecord<'a> {
    /// Reads what there is; of what is no object, nothing.
    fn read(record: &'a str) -> Self {
        let (mut read, mut metadata) = (Self::default(), Raw::ABSENT);
        let walked = json::members(record, |member| match &*member.name {
            "recordId" => read.record_id = member.value.text().unwrap_or_default(),
            "data" => read.data = member.value.text(),
            "kinesisRecordMetadata" => metadata = member.value,
            _ => {}
        });
        metadata.members(|member| {
            if member.name == "partitionKey" {
                read.partition_key = member.value.text().filter(|key| !key.is_empty());
            }
        });
        walked.map_or_else(|_| Self::default(), |()| read)
    }

    /// The data as it came, for a response that gives it back.
    pub(crate) fn data(&self) -> &str {
        self.data.as_deref().unwrap_or_default()
    }
}

/// The response to a batch.
#[derive(Debug, Serialize)]
pub struct FirehoseResponse<'a> {
    /// One for each record, in order.
    pub records: Vec<RecordResponse<'a>>,
}

impl FirehoseResponse<'_> {
    /// The response as JSON. What is base64 has nothing to escape, and is copied as it is.
    pub fn to_json(&self) -> String {
        let sizes = self.records.iter().map(|record| record.record_id.len() + record.data.len());
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
        if matches!(self.outcome, RecordOutcome::Enriched(_)) {
            json.push(b'"');
            json.extend_from_slice(self.data.as_bytes());
            json.push(b'"');
        } else {
            text(&self.data, json);
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
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordResponse<'a> {
    /// The record's id.
    pub record_id: Cow<'a, str>,
    /// What Firehose is to do with it.
    pub result: Verdict,
    /// The new bytes in base64, or the old ones.
    pub data: Cow<'a, str>,
    /// What became of it, for metrics and for people.
    #[serde(skip)]
    pub outcome: RecordOutcome,
}

/// What Firehose is to do with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
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

impl std::fmt::Debug for RecordResponse<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RecordResponse({}, {:?}, {:?})", self.record_id, self.result, self.outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_response_is_written_as_serde_writes_it() {
        let record = |id: &'static str, result, data: &'static str, outcome| RecordResponse {
            record_id: id.into(),
            result,
            data: data.into(),
            outcome,
        };
        let enriched = RecordOutcome::Enriched(Tally::default());
        let records = vec![
            record("1", Verdict::Ok, "e30=", enriched),
            record(
                "\"\n\u{1}é",
                Verdict::ProcessingFailed,
                "no \"base64\"\\",
                RecordOutcome::Rejected(Rejection::NoData),
            ),
            record("3", Verdict::Dropped, "", RecordOutcome::Requeued),
        ];
        for records in [records, Vec::new()] {
            let response = FirehoseResponse { records };
            assert_eq!(response.to_json(), serde_json::to_string(&response).unwrap());
        }
    }

    #[test]
    fn a_record_is_read_with_the_key_it_was_put_with() {
        let record = FirehoseRecord::read(
            r#"{"recordId":"1","data":"e30=","kinesisRecordMetadata":{"shardId":"s","partitionKey":"k"}}"#,
        );
        assert_eq!((&*record.record_id, record.data()), ("1", "e30="));
        assert_eq!(record.partition_key.as_deref(), Some("k"));
        for metadata in ["null", r#""k""#, r#"{"partitionKey":""}"#, r#"{"partitionKey":7}"#, "{}"] {
            let record =
                FirehoseRecord::read(&format!(r#"{{"data":"","kinesisRecordMetadata":{metadata}}}"#))
                    .partition_key
                    .map(Cow::into_owned);
            assert_eq!(record, None, "{metadata}");
        }
    }
}
