//! The metric tables: one contract, on SQLite, on PostgreSQL, and on PostgreSQL behind the RDS Data API's stand-in.

mod data_api;
mod figures;
mod history;
mod instances;
mod large;
mod logins;
mod metadata;
mod order;
pub(crate) mod places;
mod postgres;
mod reader;
mod sample;
mod stands;
mod views;

use std::time::Duration;

use jiff::Timestamp;
use switchboard_metrics::catalogue::CURRENT;
use switchboard_metrics::coverage::Interval;
use switchboard_metrics::rows::{CurrentMetrics, CurrentUser, Resource, ResourceKind, Sample};
use switchboard_metrics::store::Store;
use switchboard_sql::database::Database;
use tokio::time::Instant;

/// The instance that the tables are of, unless a test says another.
const INSTANCE: &str =
    "arn:aws:connect:ap-southeast-2:111122223333:instance/00000000-0000-4000-8000-000000000001";

/// The tables of the instance in a database.
fn store_in(database: Database) -> Store {
    Store::new(database, INSTANCE.parse().expect("an instance"))
}

/// Enough for anything here.
fn soon() -> Instant {
    Instant::now() + Duration::from_mins(1)
}

/// A second of an ordinary day, which is over.
fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_699_956_000 + second).expect("a time")
}

fn minutes(start: i64, end: i64) -> Interval {
    Interval { start: at(start * 60), end: at(end * 60) }
}

fn complete<T>(second: i64, rows: Vec<T>) -> Sample<T> {
    Sample { sampled_at: at(second), complete: true, rows }
}

fn partial<T>(second: i64, rows: Vec<T>) -> Sample<T> {
    Sample { complete: false, ..complete(second, rows) }
}

/// A queue with so many waiting, and the other metrics with values of their own.
fn queue(id: &str, channel: &str, waiting: f64) -> CurrentMetrics {
    let mut values: std::collections::BTreeMap<_, _> =
        CURRENT.iter().zip(1_u32..).map(|(metric, n)| (metric.column, Some(f64::from(n) + 0.5))).collect();
    values.insert("in_queue", Some(waiting));
    CurrentMetrics { queue_id: id.to_owned(), channel: channel.to_owned(), values }
}

/// An agent with a call.
fn user(id: &str) -> CurrentUser {
    CurrentUser {
        user_id: id.to_owned(),
        routing_profile_id: Some("profile-1".to_owned()),
        status_id: Some("status-available".to_owned()),
        status_name: Some("Available".to_owned()),
        status_start_time: Some(at(-600)),
        next_status: Some("Lunch".to_owned()),
        contacts: 1,
        contact_state: Some("CONNECTED".to_owned()),
        contact_channel: Some("VOICE".to_owned()),
        contact_queue_id: Some("queue-1".to_owned()),
        contact_state_start: Some(at(-60)),
        active_slots: 1,
        available_slots: 2,
        max_slots: 3,
    }
}

fn resource(kind: ResourceKind, id: &str, name: &str) -> Resource {
    let arn = format!("arn:aws:connect:ap-southeast-2:111122223333:instance/i/{}/{id}", kind.name());
    Resource { kind, id: id.to_owned(), arn, name: name.to_owned(), status_type: None }
}
