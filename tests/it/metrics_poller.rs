//! The compiled `metrics-poller` behind the Runtime API, over the invented Connect API, with a real PostgreSQL server and
//! the emulator's SQS.

mod faults;
mod figures;
mod overlap;
mod plan;
mod ticks;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use switchboard_metrics::coverage::{Grid, Interval};
use switchboard_metrics::rows::Sample;
use switchboard_metrics::store::Store;
use switchboard_simulator::connect_api::{ConnectApi, Options, Quotas};
use switchboard_sql::database::Database;
use switchboard_sql::url::SqlUrl;
use switchboard_tests::centre::around_the_clock;
use switchboard_tests::lambda::Lambda;
use switchboard_tests::postgres::Postgres;
use switchboard_tests::wait::until;
use tokio::time::Instant;

const NAME: &str = "metrics-poller";
const MINUTE: Duration = Duration::from_mins(1);
/// Where nothing listens.
const NO_QUEUE: &str = "http://127.0.0.1:1/111122223333/ticks";

/// An invented centre in the time that it is, and a database of its own, empty at first.
struct World {
    api: ConnectApi,
    database: String,
}

impl World {
    async fn new(queues: u32, users: u32) -> Self {
        let config = around_the_clock(queues, users, 26);
        Self::of(Options { quotas: Quotas::unlimited(), ..Options::new(config) }).await
    }

    async fn of(options: Options) -> Self {
        let api = ConnectApi::start(options).await.expect("a free port");
        Self { api, database: Postgres::shared().database() }
    }

    /// A function over both, with more settings; its tables are made.
    fn start(&self, more: &[(&str, &str)]) -> Lambda {
        let (endpoint, url) = (self.api.endpoint(), Postgres::shared().url(&self.database));
        let mut env = vec![
            ("AWS_ENDPOINT_URL_CONNECT", endpoint.as_str()),
            ("CONNECT_INSTANCE_ARN", self.api.instance_arn()),
            ("CONNECT_REQUESTS_PER_SECOND", "100"),
            ("METRICS_DB", &url),
            ("TICK_QUEUE_URL", NO_QUEUE),
        ];
        env.extend(more);
        let lambda = Lambda::start(NAME, &env);
        assert_eq!(poll(&lambda, "migrate")["result"], "complete");
        lambda
    }

    /// Notes each interval of the last day as read, as polls until now would have done: then a tick is like any other.
    async fn note_all_as_read(&self) {
        let Ok(SqlUrl::Postgres(place)) = Postgres::shared().url(&self.database).parse() else {
            panic!("a server's URL")
        };
        let database = Database::postgres(&place, None).expect("a server");
        let store = Store::new(database, self.api.instance_arn().parse().expect("an instance"));
        let now = Timestamp::now();
        let read = |step_seconds| {
            let within = Interval { start: now - SignedDuration::from_hours(25), end: now };
            let grid = Grid { within, step_seconds, final_after: SignedDuration::ZERO };
            grid.intervals().collect::<Vec<_>>()
        };
        let soon = Instant::now() + MINUTE;
        let none = Sample { sampled_at: now, complete: true, rows: Vec::new() };
        store.save_history(&none, &read(300), soon).await.expect("saved");
        let none = Sample { sampled_at: now, complete: true, rows: Vec::new() };
        store.save_intervals(&none, &read(900), soon).await.expect("saved");
    }

    /// What `psql` prints.
    fn sql(&self, sql: &str) -> String {
        Postgres::shared().sql(&self.database, sql)
    }

    fn count(&self, sql: &str) -> u64 {
        self.sql(sql).parse().expect("a number")
    }
}

/// Makes a poll, and returns what became of it.
fn poll(lambda: &Lambda, poll: &str) -> Value {
    answer(lambda, &json!({ "poll": poll }))
}

fn answer(lambda: &Lambda, event: &Value) -> Value {
    let answer = lambda.invoke(event.to_string(), MINUTE).result.expect("an answer");
    serde_json::from_slice(&answer).expect("JSON")
}

/// The metrics of the invocations so far, once there are so many.
fn metrics(lambda: &Lambda, invocations: usize) -> Vec<Value> {
    until("the metrics of every invocation", MINUTE, || {
        let lines = lambda.logs();
        let parsed = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let records: Vec<Value> = parsed.filter(|line| line["Function"] == NAME).collect();
        (records.len() >= invocations).then_some(records)
    })
}

fn sum(metrics: &[Value], name: &str) -> u64 {
    metrics.iter().filter_map(|record| record[name].as_u64()).sum()
}
