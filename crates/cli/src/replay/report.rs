//! What became of the files: the facts that are printed.

use std::{ops::Range, path::Path};

use serde::Serialize;

use super::{
    agents::report::AgentsReport,
    contacts::report::ContactsReport,
    enrichment::{
        directory::DirectorySource,
        report::{EnrichmentCounts, EnrichmentReport, Example},
    },
    file_reports::FileReport,
    outputs::WrittenFiles,
    tables::report::TablesReport,
    workforce::report::WorkforceReport,
};
use crate::{input::files::Input, limits::push_bounded};

/// What became of the files of one run.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    /// Where callers were looked up.
    pub(crate) callers: DirectorySource,
    /// The folder of results.
    pub(crate) out: String,
    /// What the enrichment did.
    #[serde(flatten)]
    pub(crate) enrichment: EnrichmentReport,
    /// What the workforce feed did.
    pub(crate) workforce_feed: WorkforceReport,
    /// What there is about contacts.
    pub(crate) contacts: ContactsReport,
    /// What there is about agents.
    pub(crate) agents: AgentsReport,
    /// What came into the record tables, if there was anything for them.
    pub(crate) record_tables: Option<TablesReport>,
    /// What was passed over.
    pub(crate) skipped: Vec<Skipped>,
    /// What was rejected, up to a number.
    pub(crate) rejected: Vec<Rejected>,
    /// How many more were.
    pub(crate) rejected_not_listed: u64,
    /// A record whose caller was known, as it is now.
    pub(crate) example: Option<Example>,
    /// Whether the files are this project's own samples, some of which are damaged on purpose.
    #[serde(skip)]
    pub(crate) are_samples: bool,
    /// Skipped files that count as rejected: nothing in them could be used.
    #[serde(skip)]
    pub(crate) unused_files: u64,
}

/// A file that no function reads.
#[derive(Debug, Serialize)]
pub(crate) struct Skipped {
    /// The file.
    pub(crate) path: String,
    /// Why.
    pub(crate) reason: String,
}

/// A rejected record.
#[derive(Debug, Serialize)]
pub(crate) struct Rejected {
    /// The file that it was in.
    pub(crate) path: String,
    /// Where in it.
    #[serde(flatten)]
    pub(crate) location: ItemLocation,
    /// Why.
    pub(crate) reason: String,
}

/// Where in a file something is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum ItemLocation {
    /// A record of an event.
    Record {
        /// Firehose's id of it, or its sequence number.
        record: String,
    },
    /// From one byte of the (unpacked) file to another.
    Bytes {
        /// The first.
        start: u64,
        /// The one after the last.
        end: u64,
    },
    /// An event of a log.
    LogEvent {
        /// Its id.
        log_event: String,
    },
    /// A message of a queue.
    Message {
        /// Its id.
        message: String,
    },
    /// An object that a message names, or a part of it.
    Object {
        /// The object as `BUCKET/KEY`.
        object: String,
        /// From one byte to another, if it is a part.
        #[serde(flatten)]
        range: Option<Range<u64>>,
    },
    /// All of it.
    File {},
}

impl From<Range<u64>> for ItemLocation {
    fn from(range: Range<u64>) -> Self {
        Self::Bytes { start: range.start, end: range.end }
    }
}

impl std::fmt::Display for ItemLocation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Record { record } => write!(f, "record {record}"),
            Self::Bytes { start, end } => write!(f, "bytes {start} to {end}"),
            Self::LogEvent { log_event } => write!(f, "log event {log_event}"),
            Self::Message { message } => write!(f, "message {message}"),
            Self::Object { object, range: None } => f.write_str(object),
            Self::Object { object, range: Some(bytes) } => {
                write!(f, "{object}, bytes {} to {}", bytes.start, bytes.end)
            }
            Self::File {} => f.write_str("the file"),
        }
    }
}

impl Report {
    /// Adds a file that was passed over.
    pub(crate) fn skip(&mut self, path: &Path, reason: &str) {
        self.skipped.push(Skipped { path: path.display().to_string(), reason: reason.to_owned() });
    }

    /// Adds a file of which nothing was used. One that was named itself is rejected, another one skipped.
    pub(crate) fn add_unused(&mut self, input: &Input, reason: &str) {
        if input.named {
            return self.reject_file(&input.path, reason);
        }
        self.unused_files += 1;
        self.skip(&input.path, reason);
    }

    /// Adds a file that is rejected as a whole.
    pub(crate) fn reject_file(&mut self, path: &Path, reason: &str) {
        let path = path.display().to_string();
        self.list_rejected(&path, ItemLocation::File {}, reason);
        let mut counts = EnrichmentCounts::default();
        counts.add_rejected(1);
        self.enrichment.add(FileReport {
            path,
            content: "unknown",
            counts,
            written: WrittenFiles::default(),
        });
    }

    /// Lists a rejected record, up to a number of them; its file's counts include it already.
    pub(crate) fn list_rejected(&mut self, path: &str, location: ItemLocation, reason: &str) {
        let rejected = Rejected { path: path.to_owned(), location, reason: reason.to_owned() };
        push_bounded(&mut self.rejected, &mut self.rejected_not_listed, rejected);
    }

    /// How many items were rejected or failed in all, without unused files.
    pub(crate) fn rejected_items(&self) -> u64 {
        let workforce = &self.workforce_feed.by_file.total;
        self.enrichment.total.rejected
            + workforce.rejected
            + workforce.failed
            + self.contacts.by_file.total.rejected
    }
}
