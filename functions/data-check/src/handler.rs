//! One check: the tables' freshness against what is expected of each.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use switchboard_metrics::{
    polls,
    store::{Freshness, RowCount, Store, StoreError},
};
use switchboard_runtime::http_api::{HttpRequest, HttpResponse};
use tokio::time::Instant;

/// How long the tables are waited for. A cluster that scaled to zero takes some 15 s to wake up; an HTTP API waits 30 s.
const PATIENCE: Duration = Duration::from_secs(20);
/// How far ahead a sample's time may be, as clocks differ. One further ahead is no time, and keeps later ones away.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(1);

/// What a check found.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Whether every table is.
    pub fresh: bool,
    /// When it was looked at.
    pub checked_at: Timestamp,
    /// Each table; none where they can't be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<TableReport>,
    /// Why they can't be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// One table.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TableReport {
    table: &'static str,
    rows: u64,
    rows_are: &'static str,
    last_update: Option<Timestamp>,
    last_complete: Option<Timestamp>,
    age_seconds: Option<i64>,
    expected_within_seconds: i64,
    fresh: bool,
}

/// Checks the freshness of one database's tables.
#[derive(Debug)]
pub struct Handler {
    store: Store,
}

impl Handler {
    /// Of this database.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Handles a request: `200` where every table is fresh, `503` where one is not or can't be read. No cache may store
    /// the response.
    pub async fn handle(&self, request: &HttpRequest, now: Timestamp, deadline: Instant) -> HttpResponse {
        let response = if request.method() == "GET" {
            let report = self.check(now, deadline.min(Instant::now() + PATIENCE)).await;
            HttpResponse::json(if report.fresh { 200 } else { 503 }, &report)
        } else {
            HttpResponse::error(405, "the method is GET")
        };
        response.with_header("cache-control", "no-store")
    }

    /// Reads the freshness of every table.
    pub async fn check(&self, now: Timestamp, deadline: Instant) -> Report {
        match self.store.freshness(deadline).await {
            Ok(tables) => judged(&tables, now),
            Err(error) => unreadable(&error, now),
        }
    }
}

fn judged(tables: &[Freshness], now: Timestamp) -> Report {
    let tables: Vec<_> = tables.iter().map(|table| judge(table, now)).collect();
    let stale: Vec<_> = tables.iter().filter(|table| !table.fresh).map(|table| table.table).collect();
    if !stale.is_empty() {
        tracing::warn!(tables = stale.join(" "), "metric tables are stale");
    }
    Report { fresh: stale.is_empty(), checked_at: now, tables, problem: None }
}

fn unreadable(error: &StoreError, now: Timestamp) -> Report {
    tracing::warn!(reason = %error, "the metric tables can't be read");
    Report { fresh: false, checked_at: now, tables: Vec::new(), problem: Some(error.to_string()) }
}

fn judge(table: &Freshness, now: Timestamp) -> TableReport {
    let expected = expected_within(table.table);
    let age = table.age(now);
    let (rows, rows_are) = match table.rows {
        RowCount::Exact(rows) => (rows, "exact"),
        RowCount::Estimated(rows) => (rows, "estimated"),
        RowCount::MoreThan(rows) => (rows, "moreThan"),
    };
    TableReport {
        table: table.table,
        rows,
        rows_are,
        last_update: table.sampled_at,
        last_complete: table.complete_at,
        age_seconds: age.map(|age| age.as_secs()),
        expected_within_seconds: expected.as_secs(),
        fresh: age.is_some_and(|age| (-CLOCKS_DIFFER..=expected).contains(&age)),
    }
}

/// A few of the poll's periods. Of a table that no poll fills nothing can be expected.
fn expected_within(name: &str) -> SignedDuration {
    polls::of_table(name).map_or(SignedDuration::ZERO, polls::Schedule::fresh_within)
}

#[cfg(test)]
mod tests;
