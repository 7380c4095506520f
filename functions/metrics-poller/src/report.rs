//! The report of a request.

use serde::Serialize;
use switchboard_metrics::poll::PollReport;

use crate::event::Poll;

/// The report of one request: the response to an event of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The requested poll.
    pub poll: Poll,
    /// Its status.
    pub result: PollStatus,
    /// The changes of each table.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<TableReport>,
}

/// The status of a poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PollStatus {
    /// Everything was read and saved.
    Complete,
    /// A part could not be read. What was read is saved; absent rows are unchanged.
    Partial,
    /// A part could not be read, and the tables are unchanged.
    Unchanged,
    /// It was late, or another one of its kind is running.
    Dropped,
    /// The tables or the queue could not be written: it is retried.
    Failed,
}

/// The changes of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableReport {
    /// Its name.
    pub table: &'static str,
    /// Rows that were added or replaced.
    pub written: u64,
    /// Rows that were reset: queues to zero, agents to offline, resources to deleted.
    pub reset: u64,
    /// Rows that changed nothing, as the stored row is as new.
    pub stale: u64,
    /// Intervals that were read completely.
    pub intervals: usize,
    /// Intervals that are still to be read.
    pub intervals_left: usize,
    /// Metrics that Connect rejects: their columns or rows stay empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refused_metrics: Vec<&'static str>,
    /// The first error of the Connect API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Report {
    /// A report without tables.
    pub fn plain(poll: Poll, result: PollStatus) -> Self {
        Self { poll, result, tables: Vec::new() }
    }

    /// A report of polls.
    pub fn of(poll: Poll, outcomes: &[PollReport]) -> Self {
        let result = match outcomes.iter().all(PollReport::is_complete) {
            true => PollStatus::Complete,
            false if outcomes.iter().all(PollReport::is_unchanged) => PollStatus::Unchanged,
            false => PollStatus::Partial,
        };
        let tables = outcomes.iter().map(|outcome| TableReport {
            table: outcome.table.name(),
            written: outcome.saved.written,
            reset: outcome.saved.reset,
            stale: outcome.saved.stale,
            intervals: outcome.intervals,
            intervals_left: outcome.intervals_left,
            refused_metrics: outcome.refused_metrics.clone(),
            error: outcome.first_error.as_ref().map(ToString::to_string),
        });
        Self { poll, result, tables: tables.collect() }
    }
}

#[cfg(test)]
mod tests {
    use switchboard_metrics::{api::ApiError, store::SaveReport, tables::Table};

    use super::*;

    fn outcome(written: u64, error: Option<ApiError>) -> PollReport {
        let saved = SaveReport { written, ..SaveReport::default() };
        let refused_metrics = Vec::new();
        PollReport {
            table: Table::History,
            saved,
            first_error: error,
            intervals: 0,
            intervals_left: 0,
            refused_metrics,
        }
    }

    #[test]
    fn the_status_is_the_worst_of_the_tables() {
        let ended = |outcomes: &[PollReport]| Report::of(Poll::History, outcomes).result;
        let error = || Some(ApiError::Throttled);
        assert_eq!(ended(&[outcome(3, None), outcome(0, None)]), PollStatus::Complete);
        assert_eq!(ended(&[outcome(3, None), outcome(0, error())]), PollStatus::Partial);
        assert_eq!(ended(&[outcome(3, error())]), PollStatus::Partial);
        assert_eq!(ended(&[outcome(0, None), outcome(0, error())]), PollStatus::Unchanged);
    }

    #[test]
    fn it_says_which_table_and_why() {
        let report = Report::of(Poll::History, &[outcome(3, Some(ApiError::RepeatedToken))]);
        let text = serde_json::to_string(&report).unwrap();
        assert!(text.contains(r#""result":"partial""#), "{text}");
        assert!(text.contains(r#""table":"historical_metric_data","written":3"#), "{text}");
        assert!(text.contains("page token"), "{text}");
    }
}
