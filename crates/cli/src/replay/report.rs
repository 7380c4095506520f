//! What became of the files: the facts that are printed.

use std::path::Path;

use ctr_enrich::record::Tally;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

use super::{directory::Source, outputs::Outputs};

/// How many rejected records are listed, and how many changes. All are written; a list of a million helps nobody.
const MAX_LISTED: usize = 200;

/// What became of the files of one run.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// Where callers were looked up.
    pub(crate) callers: Source,
    /// The folder of results.
    pub(crate) out: String,
    /// The files that went through a function.
    pub(crate) files: Vec<FileReport>,
    /// The sum of all.
    pub(crate) total: Counts,
    /// What the workforce feed did.
    pub(crate) workforce_feed: WorkforceReport,
    /// What was told of contacts.
    pub(crate) contacts: ContactsReport,
    /// What was told of agents.
    pub(crate) agents: AgentsReport,
    /// What was passed over.
    pub(crate) skipped: Vec<Skipped>,
    /// What was rejected, up to a number.
    pub(crate) rejected: Vec<Rejected>,
    /// How many more were.
    pub(crate) rejected_not_listed: u64,
    /// A record whose caller was known, as it is now.
    pub(crate) example: Option<Example>,
    /// Whether the example was in a Firehose event: these are shown rather than others.
    #[serde(skip)]
    pub(crate) example_is_of_event: bool,
    /// Whether the files are this project's own samples, some of which are damaged on purpose.
    #[serde(skip)]
    pub(crate) are_samples: bool,
    /// Skipped files that count as rejected: nothing in them could be used.
    #[serde(skip)]
    unused_files: u64,
}

/// What the workforce feed did.
#[derive(Debug, Serialize)]
pub(crate) struct WorkforceReport {
    /// Where it delivers to.
    pub(crate) to: String,
    /// The files that went through it.
    pub(crate) files: Vec<WorkforceFile>,
    /// The sum of all.
    pub(crate) total: WorkforceCounts,
}

/// What the workforce feed made of one file.
#[derive(Debug, Serialize)]
pub(crate) struct WorkforceFile {
    /// The file.
    pub(crate) path: String,
    /// What it is.
    pub(crate) content: &'static str,
    /// What came of it.
    #[serde(flatten)]
    pub(crate) counts: WorkforceCounts,
    /// Where the messages are that failed.
    pub(crate) rejected_records: Option<String>,
}

/// What the workforce feed delivered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct WorkforceCounts {
    /// Files.
    pub(crate) delivered: u64,
    /// Rows of contact records in them.
    pub(crate) rows: u64,
    /// Copies of contact records that newer ones beat.
    pub(crate) duplicates: u64,
    /// What in the objects is no contact record.
    pub(crate) rejected: u64,
    /// Objects that were not delivered, and messages that name none.
    pub(crate) failed: u64,
}

impl WorkforceCounts {
    /// Adds what came of another.
    pub(crate) fn add(&mut self, other: &Self) {
        self.delivered += other.delivered;
        self.rows += other.rows;
        self.duplicates += other.duplicates;
        self.rejected += other.rejected;
        self.failed += other.failed;
    }
}

/// What was told of contacts.
#[derive(Debug, Serialize)]
pub(crate) struct ContactsReport {
    /// Where they are kept.
    pub(crate) location: String,
    /// The files that told something.
    pub(crate) files: Vec<ContactsFile>,
    /// The sum of all; a contact that several files tell of is one.
    pub(crate) total: ContactCounts,
    /// How to see one of them.
    pub(crate) hint: Option<ExampleCommand>,
}

/// How to see a contact.
#[derive(Debug, Serialize)]
pub(crate) struct ExampleCommand {
    /// One that much is known of.
    pub(crate) contact_id: String,
    /// The command.
    pub(crate) command: String,
}

/// What one file told of contacts.
#[derive(Debug, Serialize)]
pub(crate) struct ContactsFile {
    /// The file.
    pub(crate) path: String,
    /// What it is.
    pub(crate) content: &'static str,
    /// How much.
    #[serde(flatten)]
    pub(crate) counts: ContactCounts,
    /// Where the rejected events are.
    pub(crate) rejected_records: Option<String>,
}

/// How much was told of contacts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct ContactCounts {
    /// Events, lines, records and calls, those rejected among them.
    pub(crate) events: u64,
    /// Contacts that they are about.
    pub(crate) contacts: u64,
    /// What says nothing of a contact, or could not be stored.
    pub(crate) rejected: u64,
}

/// What was told of agents.
#[derive(Debug, Default, Serialize)]
pub(crate) struct AgentsReport {
    /// The files that told something.
    pub(crate) files: Vec<AgentsFile>,
    /// The sum of all; an agent that several files tell of is one.
    pub(crate) total: AgentCounts,
    /// The changes, up to a number, in the order in which the feed would send them.
    pub(crate) changes: Vec<ListedChange>,
    /// How many more there were.
    pub(crate) changes_not_listed: u64,
}

/// What one file told of agents.
#[derive(Debug, Serialize)]
pub(crate) struct AgentsFile {
    /// The file.
    pub(crate) path: String,
    /// What it is.
    pub(crate) content: &'static str,
    /// How much.
    #[serde(flatten)]
    pub(crate) counts: AgentCounts,
}

/// How much was told of agents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct AgentCounts {
    /// Agent events.
    pub(crate) events: u64,
    /// Agents that they name.
    pub(crate) agents: u64,
    /// Changes that the feed would send.
    pub(crate) changes: u64,
}

/// A change and the file that brought it about.
#[derive(Debug, Serialize)]
pub(crate) struct ListedChange {
    /// The file.
    pub(crate) path: String,
    /// The change.
    #[serde(flatten)]
    pub(crate) change: StateChange,
}

/// How an agent stands now, who stood otherwise before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct StateChange {
    /// Since when.
    pub(crate) since: Timestamp,
    /// The user name.
    pub(crate) agent: String,
    /// Whether the agent is logged on.
    pub(crate) is_logged_on: bool,
    /// The state, for people.
    pub(crate) state: String,
    /// The same for the WFM to map.
    pub(crate) code: String,
}

/// What became of one file.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct FileReport {
    /// The file.
    pub(crate) path: String,
    /// What it is.
    pub(crate) content: &'static str,
    /// What was in it.
    #[serde(flatten)]
    pub(crate) counts: Counts,
    /// Where the enriched records are, if there are any.
    pub(crate) enriched: Option<String>,
    /// Where the rejected ones are.
    pub(crate) rejected_records: Option<String>,
}

/// Contact records by how their caller's look-up went, and what was rejected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Counts {
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

/// A file that no function takes.
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
    pub(crate) place: Place,
    /// Why.
    pub(crate) reason: String,
}

/// Where in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Place {
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
        range: Option<std::ops::Range<u64>>,
    },
    /// All of it.
    Whole {},
}

impl std::fmt::Display for Place {
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
            Self::Whole {} => f.write_str("the file"),
        }
    }
}

/// An enriched record's most telling members.
#[derive(Debug, Serialize)]
pub(crate) struct Example {
    /// The file that it came from.
    pub(crate) source: String,
    /// The file that it is in now.
    pub(crate) file: String,
    /// Its `ContactId`.
    pub(crate) contact_id: String,
    /// Its `CustomerEndpoint`, as it stands there.
    pub(crate) customer_endpoint: Box<RawValue>,
    /// Its `@timestamp`.
    pub(crate) timestamp: Box<RawValue>,
}

impl Counts {
    /// Adds the contact records of one enriched record.
    pub(crate) fn add(&mut self, tally: Tally) {
        self.known += tally.known;
        self.unknown += tally.unknown;
        self.lookups_failed += tally.failed;
        self.not_looked_up += tally.not_looked_up;
        self.records += tally.known + tally.unknown + tally.failed + tally.not_looked_up;
    }

    /// Adds something that was rejected.
    pub(crate) fn add_rejected(&mut self) {
        self.rejected += 1;
        self.records += 1;
    }

    fn add_all(&mut self, other: &Self) {
        self.records += other.records;
        self.known += other.known;
        self.unknown += other.unknown;
        self.lookups_failed += other.lookups_failed;
        self.not_looked_up += other.not_looked_up;
        self.rejected += other.rejected;
    }
}

impl Report {
    /// Before anything was replayed.
    pub(crate) fn new(callers: Source, outputs: &Outputs, feed_to: String, location: String) -> Self {
        Self {
            callers,
            out: outputs.folder().display().to_string(),
            files: Vec::new(),
            total: Counts::default(),
            workforce_feed: WorkforceReport {
                to: feed_to,
                files: Vec::new(),
                total: WorkforceCounts::default(),
            },
            contacts: ContactsReport {
                location,
                files: Vec::new(),
                total: ContactCounts::default(),
                hint: None,
            },
            agents: AgentsReport::default(),
            skipped: Vec::new(),
            rejected: Vec::new(),
            rejected_not_listed: 0,
            example: None,
            example_is_of_event: false,
            are_samples: false,
            unused_files: 0,
        }
    }

    /// Takes what became of a file.
    pub(crate) fn add(&mut self, file: FileReport) {
        self.total.add_all(&file.counts);
        self.files.push(file);
    }

    /// Takes what the workforce feed made of a file.
    pub(crate) fn add_fed(&mut self, file: WorkforceFile) {
        self.workforce_feed.total.add(&file.counts);
        self.workforce_feed.files.push(file);
    }

    /// Takes what a file told of contacts; `contacts` are those that all files so far are about.
    pub(crate) fn add_contacts(&mut self, file: ContactsFile, contacts: u64) {
        let total = &mut self.contacts.total;
        total.events += file.counts.events;
        total.rejected += file.counts.rejected;
        total.contacts = contacts;
        self.contacts.files.push(file);
    }

    /// Takes what a file told of agents; `agents` are those that all files so far name.
    pub(crate) fn add_agents(&mut self, file: AgentsFile, agents: u64) {
        let total = &mut self.agents.total;
        total.events += file.counts.events;
        total.changes += file.counts.changes;
        total.agents = agents;
        self.agents.files.push(file);
    }

    /// Tells a change of how an agent stands.
    pub(crate) fn change(&mut self, path: &Path, change: StateChange) {
        if self.agents.changes.len() < MAX_LISTED {
            self.agents.changes.push(ListedChange { path: path.display().to_string(), change });
        } else {
            self.agents.changes_not_listed += 1;
        }
    }

    /// Tells that a file was passed over.
    pub(crate) fn skip(&mut self, path: &Path, reason: &str) {
        self.skipped.push(Skipped { path: path.display().to_string(), reason: reason.to_owned() });
    }

    /// Tells that nothing of a file was used.
    pub(crate) fn leave_out(&mut self, path: &Path, reason: &str) {
        self.unused_files += 1;
        self.skip(path, reason);
    }

    /// Tells that a record was rejected; its file's counts have it already.
    pub(crate) fn reject(&mut self, path: &Path, place: Place, reason: String) {
        if self.rejected.len() < MAX_LISTED {
            self.rejected.push(Rejected { path: path.display().to_string(), place, reason });
        } else {
            self.rejected_not_listed += 1;
        }
    }

    /// Tells that a file as a whole is of no use.
    pub(crate) fn refuse_file(&mut self, path: &Path, reason: &str) {
        self.reject(path, Place::Whole {}, reason.to_owned());
        let mut counts = Counts::default();
        counts.add_rejected();
        let path = path.display().to_string();
        self.add(FileReport { path, content: "unknown", counts, enriched: None, rejected_records: None });
    }

    /// How many files were skipped although something in them should have been of use.
    pub(crate) fn unused_files(&self) -> u64 {
        self.unused_files
    }

    /// How much was rejected or failed in all, unused files among it.
    pub(crate) fn rejected(&self) -> u64 {
        let fed = &self.workforce_feed.total;
        self.total.rejected + fed.rejected + fed.failed + self.contacts.total.rejected + self.unused_files
    }
}
