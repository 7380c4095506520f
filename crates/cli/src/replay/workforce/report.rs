//! What the workforce feed delivered of the files.

use serde::Serialize;

use crate::replay::{
    file_reports::{FileColumns, FileCounts, FileReports},
    outputs::RejectsFile,
};

/// What the workforce feed made of the files.
#[derive(Debug, Default, Serialize)]
pub(crate) struct WorkforceReport {
    /// Where it delivers to.
    pub(crate) to: String,
    /// The files, each with the messages that failed.
    #[serde(flatten)]
    pub(crate) by_file: FileReports<WorkforceCounts, RejectsFile>,
}

/// What the workforce feed delivered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct WorkforceCounts {
    /// Files.
    pub(crate) delivered: u64,
    /// Rows of contact records in them.
    pub(crate) rows: u64,
    /// Copies of contact records that newer ones supersede.
    pub(crate) duplicates: u64,
    /// What in the objects is no contact record.
    pub(crate) rejected: u64,
    /// Objects that were not delivered, and messages that name none.
    pub(crate) failed: u64,
}

impl FileCounts for WorkforceCounts {
    const COLUMNS: FileColumns = FileColumns {
        header: &["workforce feed", "delivered", "rows", "duplicates", "rejected", "failed"],
        content: "what it is",
        width: 44,
        wide_width: 70,
        alert: Some(5),
    };

    fn numbers(&self) -> Vec<u64> {
        let Self { delivered, rows, duplicates, rejected, failed } = *self;
        vec![delivered, rows, duplicates, rejected, failed]
    }

    fn add(&mut self, other: &Self) {
        self.delivered += other.delivered;
        self.rows += other.rows;
        self.duplicates += other.duplicates;
        self.rejected += other.rejected;
        self.failed += other.failed;
    }
}
