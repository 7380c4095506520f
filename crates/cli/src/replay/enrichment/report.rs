//! What the enrichment made of the files.

use ctr_enrich::record::Tally;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::replay::{
    file_reports::{FileColumns, FileCounts, FileReports},
    outputs::WrittenFiles,
};

/// What the enrichment made of the files, and those that no system can use.
pub(crate) type EnrichmentReport = FileReports<EnrichmentCounts, WrittenFiles>;

/// Contact records by how their caller's look-up went, and what was rejected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct EnrichmentCounts {
    /// The sum of the following.
    pub(crate) records: u64,
    /// With the caller's name.
    pub(crate) known: u64,
    /// Whose caller the directory does not know.
    pub(crate) unknown: u64,
    /// Whose caller could not be looked up.
    pub(crate) lookups_failed: u64,
    /// With no number to look up, or no directory.
    pub(crate) not_looked_up: u64,
    /// Rejected.
    pub(crate) rejected: u64,
}

/// An enriched record to show.
#[derive(Debug, Serialize)]
pub(crate) struct Example {
    /// The file that it came from.
    pub(crate) source: String,
    /// The file that it is in now.
    pub(crate) file: String,
    /// The members that show what changed.
    #[serde(flatten)]
    pub(crate) members: ExampleMembers,
    /// Whether it was in a Firehose event: these are shown rather than others.
    #[serde(skip)]
    pub(crate) is_of_event: bool,
}

/// The members of an enriched record that show what changed.
#[derive(Debug, Serialize)]
pub(crate) struct ExampleMembers {
    /// Its `ContactId`.
    pub(crate) contact_id: String,
    /// Its `CustomerEndpoint`, as it is written there.
    pub(crate) customer_endpoint: Box<RawValue>,
    /// Its `@timestamp`.
    pub(crate) timestamp: Box<RawValue>,
}

impl EnrichmentCounts {
    /// Adds the contact records of one enriched record.
    pub(crate) fn add_tally(&mut self, tally: Tally) {
        self.known += tally.known;
        self.unknown += tally.unknown;
        self.lookups_failed += tally.failed;
        self.not_looked_up += tally.not_looked_up;
        self.records += tally.known + tally.unknown + tally.failed + tally.not_looked_up;
    }

    /// Adds rejected items.
    pub(crate) fn add_rejected(&mut self, items: u64) {
        self.rejected += items;
        self.records += items;
    }
}

impl FileCounts for EnrichmentCounts {
    const COLUMNS: FileColumns = FileColumns {
        header: &[
            "\nfile",
            "\nrecords",
            "\nknown",
            "\nunknown",
            "look-up\nfailed",
            "no\nnumber",
            "\nrejected",
        ],
        content: "\nwhat it is",
        width: 46,
        wide_width: 76,
        alert: Some(6),
    };

    fn numbers(&self) -> Vec<u64> {
        let Self { records, known, unknown, lookups_failed, not_looked_up, rejected } = *self;
        vec![records, known, unknown, lookups_failed, not_looked_up, rejected]
    }

    fn add(&mut self, other: &Self) {
        self.records += other.records;
        self.known += other.known;
        self.unknown += other.unknown;
        self.lookups_failed += other.lookups_failed;
        self.not_looked_up += other.not_looked_up;
        self.rejected += other.rejected;
    }
}
