//! What the files hold of contacts.

use serde::Serialize;

use crate::replay::{
    file_reports::{FileColumns, FileCounts, FileReports},
    outputs::RejectsFile,
};

/// What the files hold of contacts.
#[derive(Debug, Default, Serialize)]
pub(crate) struct ContactsReport {
    /// Where they are stored.
    pub(crate) location: String,
    /// The files; in their sum, a contact that is in several files is one.
    #[serde(flatten)]
    pub(crate) by_file: FileReports<ContactCounts, RejectsFile>,
    /// How to see one of them.
    pub(crate) hint: Option<ExampleCommand>,
}

/// A command that shows a contact.
#[derive(Debug, Serialize)]
pub(crate) struct ExampleCommand {
    /// One with many events of many sources.
    pub(crate) contact_id: String,
    /// The command.
    pub(crate) command: String,
}

/// How much there is about contacts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct ContactCounts {
    /// Events, lines, records and calls, those rejected among them.
    pub(crate) events: u64,
    /// Contacts that they are about.
    pub(crate) contacts: u64,
    /// What is about no contact, or could not be stored.
    pub(crate) rejected: u64,
}

impl FileCounts for ContactCounts {
    const COLUMNS: FileColumns = FileColumns {
        header: &["contacts", "events", "contacts", "rejected"],
        content: "what it is",
        width: 30,
        wide_width: 58,
        alert: Some(3),
    };

    fn numbers(&self) -> Vec<u64> {
        vec![self.events, self.contacts, self.rejected]
    }

    fn add(&mut self, other: &Self) {
        self.events += other.events;
        self.contacts += other.contacts;
        self.rejected += other.rejected;
    }
}
