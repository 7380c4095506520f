//! Documents of a file, gathered until they fill an event. Pure.

use std::ops::Range;

use crate::limits::{MAX_BATCH_BYTES, MAX_BATCH_RECORDS};

/// Documents on their way into an event, and their places in the file.
#[derive(Debug, Default)]
pub(super) struct Batch {
    documents: Vec<String>,
    ranges: Vec<Range<u64>>,
    bytes: usize,
}

impl Batch {
    /// True if an event of its documents with this one more would be too large.
    pub(super) fn is_full_for(&self, document: &str) -> bool {
        let is_full = self.documents.len() == MAX_BATCH_RECORDS;
        !self.is_empty() && (is_full || self.bytes + document.len() > MAX_BATCH_BYTES)
    }

    /// True if there is nothing in it.
    pub(super) fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }

    /// Adds a document, which is at these bytes of its file.
    pub(super) fn push(&mut self, document: &str, range: Range<u64>) {
        self.bytes += document.len();
        self.documents.push(document.to_owned());
        self.ranges.push(range);
    }

    /// The documents, in the order of the file.
    pub(super) fn documents(&self) -> &[String] {
        &self.documents
    }

    /// Each document's bytes in the file.
    pub(super) fn ranges(&self) -> &[Range<u64>] {
        &self.ranges
    }
}
