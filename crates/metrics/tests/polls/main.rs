//! Polls of the invented Connect API into SQLite, through the real SDK client.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "tests")]

mod faults;
mod history;
mod history_faults;
mod moment;
mod tick;

use std::time::Duration;

use aws_sdk_connect::config::{BehaviorVersion, Config, Credentials, Region};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use sqlx::{AssertSqlSafe, Row, SqlitePool};
use switchboard_metrics::{
    api::Connect,
    poll::Poller,
    rows::ResourceKind,
    settings::{RequestRate, ServiceLevel},
    store::Store,
};
use switchboard_simulator::{
    connect_api::{Clock, ConnectApi, Operation, Options, Quotas},
    model::Config as Centre,
};
use switchboard_sql::database::Database;
use tokio::time::Instant;

/// By day: all queues are open.
const NOON: &str = "2026-11-20T12:00:00Z";

/// An invented centre and the tables that it is polled into.
struct Office {
    api: ConnectApi,
    clock: Clock,
    poller: Poller,
    folder: tempfile::TempDir,
}

impl Office {
    /// A centre of this size at noon, and empty tables.
    async fn new(queues: u32, users: u32) -> Self {
        Self::of(Options::new(centre(queues, users))).await
    }

    /// One with these options, at noon. Nobody is throttled.
    async fn of(options: Options) -> Self {
        let clock = Clock::stopped(noon());
        let options = Options { clock: clock.clone(), quotas: Quotas::unlimited(), ..options };
        let api = ConnectApi::start(options).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let database = Database::sqlite(&folder.path().join("metrics.db")).await.unwrap();
        let store = Store::new(database, api.instance_arn().parse().unwrap());
        store.migrate(soon()).await.unwrap();
        let poller = Poller::new(connect(&api), store, ServiceLevel::default());
        Self { api, clock, poller, folder }
    }

    /// Another environment of the function: it remembers no list.
    fn cold_poller(&self) -> Poller {
        Poller::new(connect(&self.api), self.poller.store().clone(), ServiceLevel::default())
    }

    /// Moves the centre's clock.
    fn at(&self, minutes_past_noon: i64) -> Timestamp {
        let time = noon() + SignedDuration::from_mins(minutes_past_noon);
        self.clock.set(time);
        time
    }

    /// One number that SQL finds in the tables.
    async fn number(&self, sql: &'static str) -> f64 {
        self.row(sql).await.get(0)
    }

    /// One count.
    async fn count(&self, sql: &str) -> i64 {
        self.row(sql).await.get(0)
    }

    /// One row that SQL finds in the tables.
    async fn row(&self, sql: &str) -> sqlx::sqlite::SqliteRow {
        let url = format!("sqlite://{}?mode=ro", self.folder.path().join("metrics.db").display());
        let pool = SqlitePool::connect(&url).await.unwrap();
        let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(&pool).await.unwrap();
        pool.close().await;
        row
    }

    /// Changes the tables beside the store.
    async fn execute(&self, sql: &str) {
        let url = format!("sqlite://{}", self.folder.path().join("metrics.db").display());
        let pool = SqlitePool::connect(&url).await.unwrap();
        sqlx::query(AssertSqlSafe(sql)).execute(&pool).await.unwrap();
        pool.close().await;
    }

    async fn queue_ids(&self) -> Vec<String> {
        let queues = self.poller.store().resources(ResourceKind::Queue, soon()).await.unwrap();
        queues.into_iter().map(|queue| queue.id).collect()
    }

    /// How often an operation was called.
    fn calls(&self, operation: Operation) -> usize {
        self.api.calls().iter().filter(|call| call.operation == operation).count()
    }
}

/// A centre whose history begins a day and a half before noon, with the same queues and people all the time.
fn centre(queues: u32, agents: u32) -> Centre {
    Centre {
        queues,
        agents,
        contacts_per_day: (agents * 70).min(30_000),
        from: noon() - SignedDuration::from_hours(36),
        duration: SignedDuration::from_hours(24 * 7),
        zone: TimeZone::UTC,
        has_changes: false,
        ..Centre::default()
    }
}

/// The client as a function makes it, but that it may ask as fast as anybody may.
fn connect(api: &ConnectApi) -> Connect {
    Connect::new(&config(api), api.instance_arn().parse().unwrap(), RequestRate::new(100.0).unwrap())
}

fn config(api: &ConnectApi) -> Config {
    Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("ap-southeast-2"))
        .credentials_provider(Credentials::new("test", "test", None, None, "tests"))
        .endpoint_url(api.endpoint())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build()
}

fn noon() -> Timestamp {
    NOON.parse().unwrap()
}

fn soon() -> Instant {
    Instant::now() + Duration::from_mins(2)
}
