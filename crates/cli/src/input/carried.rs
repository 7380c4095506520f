//! The documents that a batch carries: an event of Kinesis or Firehose holds records, and each record documents; a message
//! of SQS is one contact event.

use serde::Deserialize;
use serde_json::value::RawValue;
use switchboard_runtime::{
    batch::{KinesisEvent, SqsEvent},
    records::{self, Unreadable},
};

use super::document_format::DocumentFormat;

/// A document of a batch, or why a record of it can't be read.
pub(crate) type CarriedDocument = Result<(DocumentFormat, String), Unreadable>;

/// What a Firehose event holds of its records.
#[derive(Deserialize)]
struct FirehoseEvent<'a> {
    #[serde(borrow)]
    records: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct FirehoseRecord {
    #[serde(default)]
    data: String,
}

/// The documents that a document of this format carries, in their order. None for one that is no batch, and for a batch that
/// can't be read: that is rejected by the system that it is for.
pub(crate) fn documents(format: DocumentFormat, text: &str) -> Vec<CarriedDocument> {
    let read = |text: &str| Ok((DocumentFormat::of(text), text.to_owned()));
    let data: Vec<String> = match format {
        DocumentFormat::ContactMessages => {
            let event = serde_json::from_str::<SqsEvent>(text);
            let messages = event.map(|event| event.records).unwrap_or_default();
            return messages.iter().map(|message| read(message.body.trim())).collect();
        }
        DocumentFormat::KinesisEvent => {
            let event = serde_json::from_str::<KinesisEvent>(text);
            let records = event.map(|event| event.records).unwrap_or_default();
            records.into_iter().map(|record| record.kinesis.data).collect()
        }
        DocumentFormat::FirehoseEvent => {
            let event = serde_json::from_str::<FirehoseEvent<'_>>(text);
            let records = event.map(|event| event.records).unwrap_or_default();
            let read = |record: &RawValue| serde_json::from_str::<FirehoseRecord>(record.get()).ok();
            records.into_iter().filter_map(read).map(|record| record.data).collect()
        }
        _ => return Vec::new(),
    };
    let mut budget = records::budget();
    data.iter().flat_map(|data| records::documents(data, &mut budget, read)).collect()
}

/// The contact records among them.
pub(crate) fn contact_records(format: DocumentFormat, text: &str) -> impl Iterator<Item = String> {
    let carried = documents(format, text).into_iter().flatten();
    carried.filter(|(format, _)| *format == DocumentFormat::ContactRecord).map(|(_, text)| text)
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use serde_json::json;

    use super::*;

    const RECORD: &str = r#"{"ContactId":"c","InitiationMethod":"INBOUND","LastUpdateTimestamp":"2026-11-02T00:00:00Z","Channel":"VOICE"}"#;

    #[test]
    fn both_kinds_of_batches_are_unpacked() {
        let data = STANDARD.encode(format!("{RECORD}\n{RECORD}"));
        let kinesis = json!({"Records": [{"eventID": "s:1", "kinesis": {"sequenceNumber": "1", "data": data}}, {"eventID": "s:2", "kinesis": {"sequenceNumber": "2", "data": "!"}}]});
        let firehose = json!({"invocationId": "i", "records": [{"recordId": "1", "data": data}, {"recordId": "2", "data": "!"}]});
        for batch in [kinesis, firehose] {
            let text = batch.to_string();
            let format = DocumentFormat::of(&text);
            let carried = documents(format, &text);
            assert_eq!(carried.len(), 3, "{format:?}");
            assert!(carried.last().unwrap().is_err(), "{format:?}");
            assert_eq!(contact_records(format, &text).collect::<Vec<_>>(), [RECORD, RECORD], "{format:?}");
        }
        assert!(documents(DocumentFormat::ContactRecord, RECORD).is_empty());
    }
}
