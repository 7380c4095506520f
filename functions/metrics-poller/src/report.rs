//! What became of a poll.

use serde::Serialize;
use switchboard_metrics::poll::Outcome;

use crate::event::Poll;

/// What became of one request: the answer to an event of its own, and what the log says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What was asked for.
    pub poll: Poll,
    /// How it ended.
    pub result: Ended,
    /// What was done to each table.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<TableReport>,
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// All was read, and the tables show it.
    Complete,
    /// Not all could be read. What was saved is right; nothing was concluded from what was missing.
    Partial,
    /// Not all could be read, and the tables are as they were.
    Unchanged,
    /// It came too late, or beside another one of its kind.
    Dropped,
    /// The tables or the queue could not be written: it is to come again.
    Failed,
}

/// What was done to a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableReport {
    /// Its name.
    pub table: &'static str,
    /// Rows that were added or replaced.
    pub written: u64,
    /// Rows that are at rest now: queues at zero, agents offline, names gone.
    pub rested: u64,
    /// Rows that were as new already.
    pub stale: u64,
    /// Intervals that were read to the end.
    pub intervals: usize,
    /// Intervals that are still to be read.
    pub intervals_left: usize,
    /// Metrics that Connect refuses: their columns or rows stay empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refused_metrics: Vec<&'static str>,
    /// Why not all was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

impl Report {
    /// One without tables.
    pub fn plain(poll: Poll, result: Ended) -> Self {
        Self { poll, result, tables: Vec::new() }
    }

    /// One of what was done to tables.
    pub fn of(poll: Poll, outcomes: &[Outcome]) -> Self {
        let result = match outcomes.iter().all(Outcome::is_complete) {
            true => Ended::Complete,
            false if outcomes.iter().all(Outcome::is_unchanged) => Ended::Unchanged,
            false => Ended::Partial,
        };
        let tables = outcomes.iter().map(|outcome| TableReport {
            table: outcome.table.name(),
            written: outcome.saved.written,
            rested: outcome.saved.rested,
            stale: outcome.saved.stale,
            intervals: outcome.intervals,
            intervals_left: outcome.intervals_left,
            refused_metrics: outcome.refused_metrics.clone(),
            fault: outcome.fault.as_ref().map(ToString::to_string),
        });
        Self { poll, result, tables: tables.collect() }
    }
}

#[cfg(test)]
mod tests {
    use switchboard_metrics::{api::ApiError, store::Saved, tables::Table};

    use super::*;

    fn outcome(written: u64, fault: Option<ApiError>) -> Outcome {
        let saved = Saved { written, ..Saved::default() };
        let refused_metrics = Vec::new();
        Outcome { table: Table::History, saved, fault, intervals: 0, intervals_left: 0, refused_metrics }
    }

    #[test]
    fn how_it_ended_is_the_worst_of_the_tables() {
        let ended = |outcomes: &[Outcome]| Report::of(Poll::History, outcomes).result;
        let fault = || Some(ApiError::Throttled);
        assert_eq!(ended(&[outcome(3, None), outcome(0, None)]), Ended::Complete);
        assert_eq!(ended(&[outcome(3, None), outcome(0, fault())]), Ended::Partial);
        assert_eq!(ended(&[outcome(3, fault())]), Ended::Partial);
        assert_eq!(ended(&[outcome(0, None), outcome(0, fault())]), Ended::Unchanged);
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
