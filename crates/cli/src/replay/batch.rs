//! Contact records from a file, gathered into events as Firehose would send them. Pure.

use std::{borrow::Cow, ops::Range};

use base64::{Engine, engine::general_purpose::STANDARD};
use ctr_enrich::event::{FirehoseEvent, FirehoseRecord};

/// As many records as Firehose has in one request.
pub(crate) const MAX_RECORDS: usize = 500;

/// The bytes of records in one event: Firehose buffers 1 to 3 MB for a transformation.
pub(crate) const MAX_BYTES: usize = 3_000_000;

/// Records on their way into an event.
#[derive(Default)]
pub(crate) struct Batch {
    places: Vec<Range<u64>>,
    data: Vec<String>,
    bytes: usize,
}

impl Batch {
    /// True if an event of its records with this one more would be too large.
    pub(crate) fn is_full_for(&self, document: &str) -> bool {
        !self.data.is_empty() && (self.data.len() == MAX_RECORDS || self.bytes + document.len() > MAX_BYTES)
    }

    /// Takes a record that stood at these bytes of its file.
    pub(crate) fn push(&mut self, document: &str, place: Range<u64>) {
        self.bytes += document.len();
        self.data.push(STANDARD.encode(document));
        self.places.push(place);
    }

    /// Where each record stood.
    pub(crate) fn places(&self) -> &[Range<u64>] {
        &self.places
    }

    /// The event, if there is anything in it.
    pub(crate) fn event(&self) -> Option<FirehoseEvent<'_>> {
        let records: Vec<_> = self
            .places
            .iter()
            .zip(&self.data)
            .map(|(place, data)| FirehoseRecord {
                record_id: Cow::Owned(format!("{}-{}", place.start, place.end)),
                data: Some(Cow::Borrowed(data)),
                partition_key: None,
            })
            .collect();
        (!records.is_empty()).then(|| FirehoseEvent {
            delivery_stream_arn: String::new(),
            source_kinesis_stream_arn: None,
            records,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_has_no_more_records_than_firehose_sends() {
        let mut batch = Batch::default();
        for at in 0..MAX_RECORDS as u64 {
            assert!(!batch.is_full_for("{}"));
            batch.push("{}", at..at + 2);
        }
        assert!(batch.is_full_for("{}"));
        let event = batch.event().unwrap();
        assert_eq!(event.records.len(), MAX_RECORDS);
        assert_eq!((&*event.records[7].record_id, event.records[7].data.as_deref()), ("7-9", Some("e30=")));
    }

    #[test]
    fn an_event_has_no_more_bytes_unless_one_record_has() {
        let mut batch = Batch::default();
        let large = "x".repeat(MAX_BYTES + 1);
        assert!(!batch.is_full_for(&large), "alone it has an event of its own");
        let half = "x".repeat(MAX_BYTES / 2);
        batch.push(&half, 0..1);
        assert!(!batch.is_full_for(&half));
        batch.push(&half, 1..2);
        assert!(batch.is_full_for("x"));
    }

    #[test]
    fn nothing_makes_no_event() {
        assert!(Batch::default().event().is_none());
    }
}
