//! Events in, tables out: the invented Connect API over its real client, into SQLite.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use aws_sdk_connect::config::{BehaviorVersion, Credentials, Region};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use sqlx::{Connection, Row, SqliteConnection};
use switchboard_metrics::{
    api::Connect,
    polls,
    settings::{RequestRate, ServiceLevel},
    store::Store,
};
use switchboard_simulator::{
    connect_api::{Clock, ConnectApi, Faults, Operation, Options, Quotas},
    model::Config,
};
use switchboard_sql::database::Database;
use tempfile::TempDir;

use super::*;
use crate::event::UNSUPPORTED;

const NOON: &str = "2026-11-20T12:00:07Z";

/// A function over an invented centre, whose clock stands still, and an SQLite file.
struct World {
    api: ConnectApi,
    clock: Clock,
    handler: Handler,
    folder: TempDir,
}

impl World {
    async fn new(queues: u32, users: u32) -> Self {
        let world = Self::without_tables(queues, users).await;
        world.done("migrate").await;
        world.done("metadata").await;
        world
    }

    async fn without_tables(queues: u32, users: u32) -> Self {
        let clock = Clock::stopped(NOON.parse().unwrap());
        let options = Options {
            clock: clock.clone(),
            quotas: Quotas::unlimited(),
            ..Options::new(centre(queues, users))
        };
        let api = ConnectApi::start(options).await.unwrap();
        let folder = TempDir::new().unwrap();
        let database = Database::sqlite(&folder.path().join("metrics.db")).await.unwrap();
        let store = Store::new(database, api.instance_arn().parse().unwrap());
        let config = aws_sdk_connect::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("ap-southeast-2"))
            .credentials_provider(Credentials::new("test", "test", None, None, "tests"))
            .endpoint_url(api.endpoint())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        let rate = RequestRate::new(100.0).unwrap();
        let connect = Connect::new(&config, api.instance_arn().parse().unwrap(), rate);
        // Nothing listens there.
        let sqs = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("ap-southeast-2"))
            .credentials_provider(Credentials::new("test", "test", None, None, "tests"))
            .endpoint_url("http://127.0.0.1:1")
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        let queue =
            TickQueue::new(aws_sdk_sqs::Client::from_conf(sqs), "http://127.0.0.1:1/ticks".to_owned());
        let poller = Poller::new(connect, store, ServiceLevel::default());
        let days = |days: i64| SignedDuration::from_hours(24 * days);
        let handler = Handler::new(poller, queue, Retention { samples: days(7), history: days(400) });
        Self { api, clock, handler, folder }
    }

    async fn handle(&self, event: &Value) -> Handled<Report> {
        let deadline = Instant::now() + Duration::from_mins(5);
        self.handler.handle(&event.to_string(), self.clock.now(), deadline).await.unwrap()
    }

    /// Makes a poll, and returns what became of it.
    async fn poll(&self, poll: &str) -> (Report, Metrics) {
        let handled = self.handle(&json!({ "poll": poll })).await;
        match handled.reply {
            Reply::Done(report) => (report, handled.metrics),
            other => panic!("{poll}: {other:?}"),
        }
    }

    /// Makes a poll that must be complete.
    async fn done(&self, poll: &str) -> Metrics {
        let (report, metrics) = self.poll(poll).await;
        assert_eq!(report.result, PollStatus::Complete, "{report:?}");
        metrics
    }

    /// All rows of a query, as text.
    async fn rows(&self, query: &'static str) -> Vec<String> {
        let path: PathBuf = self.folder.path().join("metrics.db");
        let mut connection =
            SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
        let rows = sqlx::query(query).fetch_all(&mut connection).await.unwrap();
        rows.iter().map(|row| row.get::<String, _>(0)).collect()
    }

    async fn count(&self, query: &'static str) -> i64 {
        let rows = self.rows(query).await;
        rows[0].parse().unwrap()
    }
}

/// A centre whose history begins two days and a half before noon, with the same queues and people all the time.
fn centre(queues: u32, agents: u32) -> Config {
    Config {
        queues,
        agents,
        contacts_per_day: agents * 70,
        from: NOON.parse::<Timestamp>().unwrap() - SignedDuration::from_hours(60),
        duration: SignedDuration::from_hours(24 * 400),
        zone: TimeZone::UTC,
        has_changes: false,
        ..Config::default()
    }
}

fn message(id: &str, body: &str) -> Value {
    json!({ "messageId": id, "body": body })
}

const QUEUES: &str =
    "SELECT json_array(queue_id, channel, agents_online, in_queue) FROM current_metric_data ORDER BY 1";

#[tokio::test]
async fn a_round_of_polls_fills_the_tables() {
    let world = World::new(25, 120).await;
    assert_eq!(world.count("SELECT CAST(count(*) AS TEXT) FROM connect_metadata").await, 25 + 9 + 5 + 120);
    let metrics = world.done("current").await;
    assert!(metrics.get(Metric::RowsSaved) >= 25);
    assert_eq!(metrics.get(Metric::ConnectRetries), 0);
    world.done("users").await;
    let metrics = world.done("history").await;
    assert!(metrics.get(Metric::RowsSaved) > 0 && metrics.get(Metric::IntervalsPending) > 0);
    for query in [
        "SELECT CAST(count(*) AS TEXT) FROM current_user_data",
        "SELECT CAST(count(*) AS TEXT) FROM historical_metric_data",
        "SELECT CAST(count(*) AS TEXT) FROM interval_metric_data",
    ] {
        assert!(world.count(query).await > 0, "{query}");
    }
}

#[tokio::test]
async fn a_batch_is_one_poll_of_each_kind() {
    let world = World::new(5, 20).await;
    world.api.forget_calls();
    let due = |seconds: i64| {
        let due = world.clock.now() - SignedDuration::from_secs(seconds);
        json!({ "poll": "current", "due": due }).to_string()
    };
    let records = [
        message("late", &due(11)),
        message("doubled", &due(8)),
        message("made", &due(2)),
        message("users", r#"{"poll":"users"}"#),
        message("unknown", r#"{"poll":"sleep"}"#),
        message("broken", "{"),
    ];
    let handled = world.handle(&json!({ "Records": records })).await;
    let failed = ["unknown", "broken"].map(str::to_owned);
    assert_eq!(handled.reply, Reply::Batch(BatchResponse::failed(failed)));
    let counted = [
        (Metric::PollsComplete, 2),
        (Metric::PollsDropped, 2),
        (Metric::PollsFailed, 0),
        (Metric::MessagesFailed, 2),
    ];
    for (metric, count) in counted {
        assert_eq!(handled.metrics.get(metric), count, "{metric:?}");
    }
    let asked: Vec<_> = world.api.calls().iter().map(|call| call.operation).collect();
    assert_eq!(asked.iter().filter(|asked| **asked == Operation::GetCurrentUserData).count(), 1);
    assert!(
        asked.iter().filter(|asked| **asked == Operation::GetCurrentMetricData).count() <= 2,
        "{asked:?}"
    );
}

#[tokio::test]
async fn one_that_was_never_due_is_made_whatever_comes_beside_it() {
    let world = World::new(5, 20).await;
    let due = |seconds: i64| {
        let due = world.clock.now() - SignedDuration::from_secs(seconds);
        json!({ "poll": "users", "due": due }).to_string()
    };
    let records = [
        message("1", &due(60)),
        message("2", r#"{"poll":"users"}"#),
        message("3", &due(90)),
        message("4", &due(11)),
    ];
    let handled = world.handle(&json!({ "Records": records })).await;
    let counted = [Metric::PollsComplete, Metric::PollsDropped].map(|metric| handled.metrics.get(metric));
    assert_eq!((handled.reply, counted), (Reply::Batch(BatchResponse::default()), [1, 3]));
}

#[tokio::test]
async fn what_is_late_asks_nothing() {
    let world = World::new(5, 20).await;
    world.api.forget_calls();
    for (poll, seconds) in [("current", 11), ("users", 11), ("history", 301), ("metadata", 901)] {
        let due = world.clock.now() - SignedDuration::from_secs(seconds);
        let handled = world.handle(&json!({ "poll": poll, "due": due })).await;
        let Reply::Done(report) = handled.reply else { panic!("{poll}") };
        assert_eq!((report.result, handled.metrics.get(Metric::PollsDropped)), (PollStatus::Dropped, 1));
    }
    assert_eq!(world.api.calls(), []);
}

#[tokio::test]
async fn an_incomplete_poll_is_done_and_says_so() {
    let world = World::new(250, 60).await;
    world.done("current").await;
    let before = world.rows(QUEUES).await;
    world.clock.set(world.clock.now() + SignedDuration::from_secs(30));
    let faults: BTreeMap<&str, Faults> = BTreeMap::from([
        ("unavailable", Faults { fail_page: Some(1), ..Faults::default() }),
        ("not understood", Faults { unreadable: true, ..Faults::default() }),
    ]);
    for (told, faults) in faults {
        world.api.set_faults(Faults { only: Some(Operation::GetCurrentMetricData), ..faults });
        let (report, metrics) = world.poll("current").await;
        assert_eq!(report.result, PollStatus::Unchanged, "{told}");
        assert!(report.tables[0].error.as_ref().unwrap().contains(told), "{report:?}");
        assert_eq!(metrics.get(Metric::PollsPartial), 1);
        assert_eq!(world.rows(QUEUES).await, before);
    }
    // Some pages are read before the token comes again: they count, and nothing is at rest for want of the others.
    world.api.set_faults(Faults { repeat_token: true, ..Faults::default() });
    let (report, metrics) = world.poll("current").await;
    assert_eq!(report.result, PollStatus::Partial, "{report:?}");
    assert!(report.tables[0].error.as_ref().unwrap().contains("token"), "{report:?}");
    assert_eq!(metrics.get(Metric::RowsReset), 0);
    world.api.set_faults(Faults::default());
    world.clock.set(world.clock.now() + SignedDuration::from_secs(30));
    world.done("current").await;
    assert_ne!(world.rows(QUEUES).await, before);
}

#[tokio::test]
async fn throttling_is_waited_out() {
    let world = World::new(25, 60).await;
    world.api.set_faults(Faults { throttle_every: Some(3), ..Faults::default() });
    let mut retries = 0;
    for poll in ["metadata", "current", "users"] {
        retries += world.done(poll).await.get(Metric::ConnectRetries);
    }
    assert!(retries >= 2, "{retries}");
}

#[tokio::test]
async fn a_poll_that_comes_late_does_not_undo_a_later_one() {
    let world = World::new(25, 60).await;
    world.clock.set(world.clock.now() + SignedDuration::from_secs(60));
    world.done("current").await;
    let later = world.rows(QUEUES).await;
    world.clock.set(world.clock.now() - SignedDuration::from_secs(60));
    let (report, _) = world.poll("current").await;
    assert_eq!((report.tables[0].written, report.tables[0].reset), (0, 0), "{report:?}");
    assert!(report.tables[0].stale > 0);
    assert_eq!(world.rows(QUEUES).await, later);
}

#[tokio::test]
async fn what_vanished_is_at_rest() {
    let world = World::new(12, 60).await;
    world.done("current").await;
    // Two at night: the queues of the day are closed.
    world.clock.set("2026-11-21T02:00:00Z".parse().unwrap());
    let metrics = world.done("current").await;
    assert!(metrics.get(Metric::RowsReset) > 0);
    let idle =
        "SELECT CAST(count(*) AS TEXT) FROM current_metric_data WHERE agents_online = 0 AND in_queue = 0";
    assert!(world.count(idle).await >= 1);
}

#[tokio::test]
async fn without_tables_or_a_queue_it_comes_again() {
    let world = World::without_tables(3, 5).await;
    let handled = world.handle(&json!({ "poll": "current" })).await;
    assert_eq!((handled.reply, handled.metrics.get(Metric::PollsFailed)), (Reply::Retry, 1));
    let records = [message("m1", r#"{"poll":"users"}"#)];
    let handled = world.handle(&json!({ "Records": records })).await;
    assert_eq!(handled.reply, Reply::Batch(BatchResponse::failed(["m1".to_owned()])));
    let handled = world.handle(&json!({ "poll": "tick" })).await;
    assert_eq!((handled.reply, handled.metrics.get(Metric::TickMessagesFailed)), (Reply::Retry, 12));
}

#[tokio::test]
async fn a_backfill_goes_back_as_far_as_it_is_told() {
    let world = World::new(3, 12).await;
    let handled = world.handle(&json!({ "poll": "history", "backfill_days": 2 })).await;
    let Reply::Done(report) = handled.reply else { panic!("done") };
    assert_eq!((report.result, report.tables[0].table), (PollStatus::Complete, "interval_metric_data"));
    // Of 48 hours that begin seven seconds after a mark.
    assert_eq!((report.tables[0].intervals, report.tables[0].intervals_left), (2 * 24 * 4 - 1, 0));
    let oldest = world.rows("SELECT min(start_time) FROM interval_metric_data").await;
    assert!(oldest[0].starts_with("2026-11-18T12:"), "{oldest:?}");
}

#[tokio::test]
async fn old_samples_are_forgotten_with_the_names() {
    let world = World::new(5, 20).await;
    world.done("current").await;
    assert!(world.count("SELECT CAST(count(*) AS TEXT) FROM current_metric_samples").await > 0);
    world.clock.set(world.clock.now() + SignedDuration::from_hours(24 * 7 + 1));
    assert!(world.done("metadata").await.get(Metric::SamplesPruned) > 0);
    assert_eq!(world.count("SELECT CAST(count(*) AS TEXT) FROM current_metric_samples").await, 0);
}

#[tokio::test]
async fn history_that_fails_is_told_apart_from_what_does_not() {
    let world = World::new(25, 60).await;
    let counted =
        |metrics: &Metrics| polls::SCHEDULES.map(|schedule| metrics.get(complete_metric(schedule.table)));
    assert_eq!(counted(&world.done("current").await), [1, 0, 0, 0, 0]);
    assert_eq!(counted(&world.done("users").await), [0, 1, 0, 0, 0]);
    assert_eq!(counted(&world.done("metadata").await), [0, 0, 0, 0, 1]);
    assert_eq!(counted(&world.done("history").await), [0, 0, 1, 1, 0]);
    world.clock.set(world.clock.now() + SignedDuration::from_mins(15));
    let refuse = |only| Faults { only: Some(only), refuse: Some("CONTACTS_QUEUED"), ..Faults::default() };
    world.api.set_faults(Faults { unreadable: true, ..refuse(Operation::GetMetricDataV2) });
    let (report, metrics) = world.poll("history").await;
    assert_eq!((report.result, counted(&metrics)), (PollStatus::Partial, [0, 0, 1, 0, 0]));
    world.api.set_faults(Faults { only: Some(Operation::ListQueues), empty: true, ..Faults::default() });
    let (report, metrics) = world.poll("metadata").await;
    assert_eq!((report.result, counted(&metrics)), (PollStatus::Partial, [0; 5]));
    assert_eq!(report.tables[0].error.as_deref(), Some("Connect's list QUEUE is empty"));
}

#[test]
fn the_metric_of_a_table_is_the_one_that_its_alarm_watches() {
    for schedule in polls::SCHEDULES {
        assert_eq!(format!("{:?}", complete_metric(schedule.table)), schedule.complete);
    }
}

#[tokio::test]
async fn what_another_environment_polls_is_not_polled_beside_it() {
    let world = World::new(5, 20).await;
    let store = world.handler.poller.store();
    let soon = Instant::now() + Duration::from_mins(5);
    world.api.forget_calls();
    for (poll, table) in [
        ("current", Table::CurrentMetrics),
        ("users", Table::CurrentUsers),
        ("history", Table::History),
        ("metadata", Table::Metadata),
    ] {
        assert_eq!(store.lease(table, soon).await, Ok(true), "{poll}");
        let (report, metrics) = world.poll(poll).await;
        assert_eq!((report.result, metrics.get(Metric::PollsDropped)), (PollStatus::Dropped, 1), "{poll}");
    }
    assert_eq!(world.api.calls(), []);
    for (poll, table) in [("users", Table::CurrentUsers), ("history", Table::History)] {
        store.release_lease(table, soon).await.unwrap();
        world.done(poll).await;
        world.done(poll).await;
    }
    // One that told nothing gives it back, too.
    store.release_lease(Table::CurrentMetrics, soon).await.unwrap();
    world.api.set_faults(Faults { unreadable: true, ..Faults::default() });
    for _ in 0..2 {
        assert_eq!(world.poll("current").await.0.result, PollStatus::Unchanged);
    }
}

#[tokio::test]
async fn a_lease_that_nobody_gives_back_ends() {
    let world = World::without_tables(1, 1).await;
    world.done("migrate").await;
    let store = world.handler.poller.store();
    let soon = Instant::now() + Duration::from_mins(5);
    assert_eq!(store.lease(Table::History, soon).await, Ok(true));
    assert_eq!(store.lease(Table::History, soon).await, Ok(false));
    world
        .rows("UPDATE connect_table_status SET leased_until = '2026-01-01T00:00:00.000000Z' RETURNING table_name")
        .await;
    assert_eq!(store.lease(Table::History, soon).await, Ok(true));
}

#[tokio::test]
async fn intervals_are_kept_for_as_long_as_is_set() {
    let world = World::new(5, 20).await;
    world.done("history").await;
    let kept = [
        "SELECT CAST(count(*) AS TEXT) FROM historical_metric_data",
        "SELECT CAST(count(*) AS TEXT) FROM interval_metric_data",
        "SELECT CAST(count(*) AS TEXT) FROM connect_interval_reads",
    ];
    world.clock.set(world.clock.now() + SignedDuration::from_hours(24 * 399));
    world.done("metadata").await;
    for query in kept {
        assert!(world.count(query).await > 0, "{query}");
    }
    world.clock.set(world.clock.now() + SignedDuration::from_hours(24 * 2));
    world.done("metadata").await;
    for query in kept {
        assert_eq!(world.count(query).await, 0, "{query}");
    }
}

#[tokio::test]
async fn another_event_is_refused() {
    let world = World::without_tables(1, 1).await;
    let handled = world.handler.handle(r#"{"detail":{}}"#, world.clock.now(), Instant::now()).await;
    assert_eq!(handled.unwrap_err(), UNSUPPORTED);
}

#[tokio::test]
async fn a_message_without_a_time_is_late_by_when_it_was_sent() {
    let world = World::new(5, 20).await;
    let record = |id: &str, seconds: i64| {
        let sent = (world.clock.now() - SignedDuration::from_secs(seconds)).as_millisecond().to_string();
        json!({ "messageId": id, "body": r#"{"poll":"users"}"#, "attributes": { "SentTimestamp": sent } })
    };
    world.api.forget_calls();
    let handled = world.handle(&json!({ "Records": [record("1", 11), record("2", 3600)] })).await;
    let counted = [Metric::PollsComplete, Metric::PollsDropped].map(|metric| handled.metrics.get(metric));
    assert_eq!((handled.reply, counted), (Reply::Batch(BatchResponse::default()), [0, 2]));
    assert_eq!(world.api.calls(), []);
    let handled = world.handle(&json!({ "Records": [record("3", 9)] })).await;
    assert_eq!(handled.metrics.get(Metric::PollsComplete), 1);
}

#[tokio::test]
async fn a_tick_of_a_minute_ago_puts_nothing_on_the_queue() {
    let world = World::without_tables(3, 5).await;
    let due = |seconds: i64| world.clock.now() - SignedDuration::from_secs(seconds);
    // Its queue takes nothing, so what it would put there is counted.
    for (seconds, answer, messages) in [(0, "again", 12), (35, "again", 6), (61, "dropped", 0)] {
        let handled = world.handle(&json!({ "poll": "tick", "due": due(seconds) })).await;
        let ended = match &handled.reply {
            Reply::Retry => "again",
            Reply::Done(report) if report.result == PollStatus::Dropped => "dropped",
            other => panic!("{other:?}"),
        };
        assert_eq!(
            (ended, handled.metrics.get(Metric::TickMessagesFailed)),
            (answer, messages),
            "{seconds} s late"
        );
    }
}

#[tokio::test]
async fn quarters_of_an_hour_get_on_while_five_minutes_are_healed() {
    let world = World::new(5, 20).await;
    let delay = Duration::from_secs(1);
    world.api.set_faults(Faults { only: Some(Operation::GetMetricData), delay, ..Faults::default() });
    let deadline = Instant::now() + Duration::from_secs(30);
    let handled = world.handler.handle(r#"{"poll":"history"}"#, world.clock.now(), deadline).await.unwrap();
    let Reply::Done(report) = handled.reply else { panic!("done") };
    let [minutes, quarters] = report.tables.as_slice() else { panic!("{report:?}") };
    assert_eq!(minutes.error.as_deref(), Some("no time left"), "{report:?}");
    assert!(minutes.intervals > 0 && minutes.intervals_left > 0, "{report:?}");
    assert!(quarters.error.is_none() && quarters.intervals > 0 && quarters.written > 0, "{report:?}");
}
