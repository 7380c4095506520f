//! One check: the tables' freshness against what is expected of each.

use std::{collections::HashMap, time::Duration};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use switchboard_metrics::{
    polls,
    store::{Freshness, RowCount, Store, StoreError},
};
use tokio::time::Instant;

/// The timeout of reading the tables. A cluster that scaled to zero takes some 15 s to wake up; an HTTP API waits 30 s.
const READ_TIMEOUT: Duration = Duration::from_secs(20);
/// The tolerated clock skew. A sample's time further ahead is invalid, and keeps later samples away.
const MAX_CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(1);

/// A request as an API Gateway HTTP API hands it over (payload format 2.0).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpRequest {
    request_context: RequestContext,
}

#[derive(Debug, Deserialize)]
struct RequestContext {
    http: Http,
}

#[derive(Debug, Deserialize)]
struct Http {
    method: String,
}

/// The answer to a request, as API Gateway takes it.
#[derive(Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct HttpAnswer {
    /// 200 where all is fresh; 503 where it is not or can't be told; 405 for another method than `GET`.
    pub status_code: u16,
    /// JSON, and never from a cache.
    pub headers: HashMap<&'static str, &'static str>,
    /// A [`Report`], or an object with a `message`.
    pub body: String,
}

/// The freshness of all tables.
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

/// Answers a request.
pub async fn handle(store: &Store, request: &HttpRequest, now: Timestamp, deadline: Instant) -> HttpAnswer {
    if request.request_context.http.method != "GET" {
        return reply(405, &serde_json::json!({ "message": "the method is GET" }));
    }
    let report = check(store, now, deadline.min(Instant::now() + READ_TIMEOUT)).await;
    reply(if report.fresh { 200 } else { 503 }, &report)
}

/// Looks at every table.
pub async fn check(store: &Store, now: Timestamp, deadline: Instant) -> Report {
    match store.freshness(deadline).await {
        Ok(tables) => report(&tables, now),
        Err(error) => unreadable(&error, now),
    }
}

fn report(tables: &[Freshness], now: Timestamp) -> Report {
    let tables: Vec<_> = tables.iter().map(|table| table_report(table, now)).collect();
    let stale: Vec<_> = tables.iter().filter(|table| !table.fresh).map(|table| table.table).collect();
    if !stale.is_empty() {
        tracing::warn!(event = "tables_stale", tables = stale.join(" "), "metric tables are stale");
    }
    Report { fresh: stale.is_empty(), checked_at: now, tables, error: None }
}

fn unreadable(error: &StoreError, now: Timestamp) -> Report {
    tracing::warn!(event = "tables_unreadable", %error, "reading the metric tables failed");
    Report { fresh: false, checked_at: now, tables: Vec::new(), error: Some(error.to_string()) }
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

fn reply(status_code: u16, body: &impl Serialize) -> HttpAnswer {
    let headers = [("content-type", "application/json"), ("cache-control", "no-store")];
    // What is printed here always can be; an empty body says as much as an error would.
    let body = serde_json::to_string(body).unwrap_or_default();
    HttpAnswer { status_code, headers: HashMap::from(headers), body }
}

#[cfg(test)]
mod tests;
