//! One check: the tables' freshness against what is expected of each.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use switchboard_metrics::{
    polls,
    store::{Freshness, RowCount, Store},
};
use switchboard_runtime::http_api::{HttpRequest, HttpResponse};
use switchboard_sql::SqlError;
use tokio::time::Instant;

/// The timeout of reading the tables. A cluster that scaled to zero takes some 15 s to wake up; an HTTP API waits 30 s.
const READ_TIMEOUT: Duration = Duration::from_secs(20);
/// The tolerated clock skew. A sample's time further ahead is invalid, and keeps later samples away.
const MAX_CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(1);

/// The freshness of all tables.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Whether every table is.
    pub fresh: bool,
    /// The ARN of the instance whose rows are checked.
    pub instance_arn: String,
    /// When it was looked at.
    pub checked_at: Timestamp,
    /// Each table; none where they can't be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<TableReport>,
    /// The error if they can't be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// The freshness of one table.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TableReport {
    table: &'static str,
    rows: u64,
    row_count_kind: &'static str,
    last_update: Option<Timestamp>,
    last_complete: Option<Timestamp>,
    age_seconds: Option<i64>,
    expected_within_seconds: i64,
    fresh: bool,
}

/// Checks the freshness of one instance's tables.
#[derive(Debug)]
pub struct Handler {
    store: Store,
}

impl Handler {
    /// Of these tables.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Handles a request: `200` where every table is fresh, `503` where one is not or can't be read. No cache may store
    /// the response.
    pub async fn handle(&self, request: &HttpRequest, now: Timestamp, deadline: Instant) -> HttpResponse {
        let response = if request.method() == "GET" {
            let report = self.check(now, deadline.min(Instant::now() + READ_TIMEOUT)).await;
            HttpResponse::json(if report.fresh { 200 } else { 503 }, &report)
        } else {
            HttpResponse::error(405, "the method is GET")
        };
        response.with_header("cache-control", "no-store")
    }

    /// Reads the freshness of every table.
    pub async fn check(&self, now: Timestamp, deadline: Instant) -> Report {
        let unknown = Report {
            fresh: false,
            instance_arn: self.store.instance().arn().to_owned(),
            checked_at: now,
            tables: Vec::new(),
            error: None,
        };
        match self.store.freshness(deadline).await {
            Ok(tables) => report(unknown, &tables, now),
            Err(error) => unreadable(unknown, &error),
        }
    }
}

fn report(unknown: Report, tables: &[Freshness], now: Timestamp) -> Report {
    let tables: Vec<_> = tables.iter().map(|table| table_report(table, now)).collect();
    let stale: Vec<_> = tables.iter().filter(|table| !table.fresh).map(|table| table.table).collect();
    if !stale.is_empty() {
        tracing::warn!(event = "tables_stale", tables = stale.join(" "), "metric tables are stale");
    }
    Report { fresh: stale.is_empty(), tables, ..unknown }
}

fn unreadable(unknown: Report, error: &SqlError) -> Report {
    tracing::warn!(event = "tables_unreadable", %error, "reading the metric tables failed");
    Report { error: Some(error.to_string()), ..unknown }
}

fn table_report(table: &Freshness, now: Timestamp) -> TableReport {
    let expected = expected_within(table.table);
    let age = table.age(now);
    let (rows, row_count_kind) = match table.rows {
        RowCount::Exact(rows) => (rows, "exact"),
        RowCount::Estimated(rows) => (rows, "estimated"),
        RowCount::AtLeast(rows) => (rows, "atLeast"),
    };
    TableReport {
        table: table.table,
        rows,
        row_count_kind,
        last_update: table.sampled_at,
        last_complete: table.complete_at,
        age_seconds: age.map(|age| age.as_secs()),
        expected_within_seconds: expected.as_secs(),
        fresh: age.is_some_and(|age| (-MAX_CLOCK_SKEW..=expected).contains(&age)),
    }
}

/// A few of the poll's periods. Of a table that no poll fills nothing can be expected.
fn expected_within(name: &str) -> SignedDuration {
    polls::of_table(name).map_or(SignedDuration::ZERO, polls::Schedule::fresh_within)
}

#[cfg(test)]
mod tests;
