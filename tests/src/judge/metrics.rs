//! Metric tables and views: what the API's answers become, held against what happened.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sqlx::PgPool;
use switchboard_simulator::connect_api::{Clock as ApiClock, ConnectApi, Options, Quotas};
use switchboard_simulator::model::{Config, MINUTE, Millis};
use tokio::runtime::Handle;

use super::delivery::DeliveryCounts;
use super::failures::Failures;
use super::freshness::{self, Freshness};
use super::function::{Function, Server};
use super::remote::Refusal;
use super::report::Report;
use super::seen::Seen;
use crate::clock::Clock;
use crate::postgres::Postgres;

/// How often a poll is tried whose names or tables everything rests on.
const TRIES: u32 = 60;
/// How long the API's centre goes on after the day that is compared: what ended in the day is counted by then.
const SETTLING: SignedDuration = SignedDuration::from_hours(3);
/// How long before the day's end intervals end that are compared. What began later may be counted on one side alone.
const UNSETTLED_SECONDS: i64 = 30 * 60;
/// How often everything is polled but names.
const EVERY: Millis = 5 * MINUTE;
const METADATA_EVERY: Millis = 15 * MINUTE;
/// After so long an interval is read for the last time.
const FINAL_AFTER: SignedDuration = SignedDuration::from_mins(150);
/// How much later it may be, where polls fail.
const LATE: SignedDuration = SignedDuration::from_mins(60);
const QUARTER: SignedDuration = SignedDuration::from_mins(15);
/// After so long no line of a quarter of an hour follows: whatever is in the tables has been compared.
const LAST_LINE_AFTER: SignedDuration = SignedDuration::from_hours(16);
/// Where nothing listens: polls are asked for one by one.
const NO_QUEUE: &str = "http://127.0.0.1:1/111122223333/ticks";

/// Metrics of queues in a quarter of an hour, by the figure of the truth.
const OF_QUEUES: [(&str, &str); 11] = [
    ("CONTACTS_CREATED", "connect_contacts_created"),
    ("CONTACTS_PUT_ON_HOLD", "connect_contacts_put_on_hold"),
    ("CONTACTS_TRANSFERRED_OUT", "connect_contacts_transferred_out"),
    ("MAX_QUEUED_TIME", "connect_max_queued_time"),
    ("SUM_AFTER_CONTACT_WORK_TIME", "connect_sum_after_contact_work_time"),
    ("SUM_HANDLE_TIME", "connect_sum_handle_time"),
    ("SUM_HOLD_TIME", "connect_sum_hold_time"),
    ("SUM_INTERACTION_TIME", "connect_sum_interaction_time"),
    ("SUM_CONTACTS_ANSWERED_IN_X_LT_20", "connect_sum_contacts_answered_in_20"),
    ("SUM_CONTACTS_ABANDONED_IN_X_LT_20", "connect_sum_contacts_abandoned_in_20"),
    ("SUM_RETRY_CALLBACK_ATTEMPTS", "connect_sum_retry_callback_attempts"),
];
/// Metrics of agents.
const OF_AGENTS: [(&str, &str); 5] = [
    ("SUM_ONLINE_TIME_AGENT", "online_seconds"),
    ("SUM_NON_PRODUCTIVE_TIME_AGENT", "non_productive_seconds"),
    ("SUM_IDLE_TIME_AGENT", "idle_seconds"),
    ("SUM_CONTACT_TIME_AGENT", "contact_seconds"),
    ("SUM_ERROR_STATUS_TIME_AGENT", "error_seconds"),
];
/// Columns of `queues_by_interval`, whose five minutes add up to the truth's quarter of an hour.
const OF_FIVE_MINUTES: [(&str, &str); 4] = [
    ("contacts_queued", "connect_contacts_queued"),
    ("contacts_handled", "connect_contacts_handled"),
    ("contacts_abandoned", "connect_contacts_abandoned"),
    ("callback_contacts_handled", "connect_callback_contacts_handled"),
];

/// When an interval begins, whose it is, and the channel where there is one.
type Key = (i64, String, String);

/// The queue, the channel, and the columns of [`OF_FIVE_MINUTES`].
type FiveMinutes = (String, String, Option<f64>, Option<f64>, Option<f64>, Option<f64>);

/// What the tables say, by metric.
type Figures = BTreeMap<(Key, String), f64>;

/// The polls of a centre, its API, and their tables.
pub(super) struct Metrics {
    pub(super) function: Function,
    pub(super) counts: DeliveryCounts,
    /// Tells whether the tables are fresh.
    pub(super) check: Function,
    pub(super) check_counts: DeliveryCounts,
    last_check: Mutex<Option<Freshness>>,
    tables: PgPool,
    pub(super) api: ConnectApi,
    api_clock: ApiClock,
    clock: Arc<Clock>,
    /// The truth of quarters of an hour that are not compared yet.
    quarters: BTreeMap<i64, Quarter>,
}

/// The truth's figures of a quarter of an hour.
#[derive(Debug, Default)]
struct Quarter {
    queues: BTreeMap<Key, Value>,
    agents: BTreeMap<Key, Value>,
    /// What was compared already, by kind of resource.
    compared: BTreeSet<(&'static str, Key)>,
}

impl Quarter {
    fn is_empty(&self) -> bool {
        self.queues.is_empty() && self.agents.is_empty()
    }
}

impl Metrics {
    pub(super) async fn start(centre: &Config, clock: &Arc<Clock>, failures: Failures) -> Self {
        let api_clock = ApiClock::stopped(centre.from);
        let quotas = Quotas::unlimited();
        let longer = Config { duration: centre.duration + SETTLING, ..centre.clone() };
        let options =
            Options { clock: api_clock.clone(), quotas, email_metrics: true, ..Options::new(longer) };
        let api = ConnectApi::start(options).await.expect("a free port");
        let database = Postgres::shared().database();
        let url = Postgres::shared().url(&database);
        let env = vec![
            ("CONNECT_INSTANCE_ARN", api.instance_arn().to_owned()),
            ("CONNECT_REQUESTS_PER_SECOND", "100".to_owned()),
            ("TICK_QUEUE_URL", NO_QUEUE.to_owned()),
        ];
        let endpoint = api.endpoint();
        let (_, api_port) = endpoint.rsplit_once(':').expect("an address with a port");
        let connect = Server {
            variable: "AWS_ENDPOINT_URL_CONNECT",
            port: api_port.parse().expect("a port"),
            path: "",
            refusal: Refusal::Unavailable,
        };
        let function = Function::new(("metrics-poller", ""), env, &[connect], clock, failures)
            .with_database("METRICS_DB", &url)
            .with_leases();
        let env = vec![("CONNECT_INSTANCE_ARN", api.instance_arn().to_owned())];
        let check = Function::new(("data-check", ""), env, &[], clock, failures);
        let metrics = Self {
            function,
            counts: DeliveryCounts::default(),
            check: check.with_database("METRICS_DB", &url),
            check_counts: DeliveryCounts::default(),
            last_check: Mutex::default(),
            tables: PgPool::connect(&url).await.expect("a database"),
            api,
            api_clock,
            clock: Arc::clone(clock),
            quarters: BTreeMap::new(),
        };
        tokio::task::block_in_place(|| {
            metrics.poll_until_complete("migrate");
            metrics.poll_until_complete("metadata");
        });
        metrics
    }

    /// Makes the polls that are due, by how often this is asked; true if there were any.
    pub(super) fn tick(&self, now: Millis, step: Millis) -> bool {
        let is_due = now.rem_euclid(EVERY) < step;
        if is_due {
            // The processes' clock has gone on meanwhile, and is ahead by more after a kill.
            let planned = Timestamp::from_millisecond(now).expect("a time of the history");
            let is_ahead = self.clock.now().duration_since(planned) > SignedDuration::from_secs(60);
            self.api_clock.set(if is_ahead { self.clock.now() } else { planned });
            self.let_leases_age();
            if Self::has_polled_all(now, step) {
                self.poll("metadata");
            }
            for name in ["history", "current", "users"] {
                self.poll(name);
            }
            if Self::has_polled_all(now, step) {
                // At once: the processes' clock goes on, and current metrics are fresh for a minute.
                *self.last_check.lock().expect("no panic while it is held") = self.check();
            }
        }
        is_due
    }

    /// Lets so much time pass that every interval is read for the last time.
    pub(super) fn finish(&self) {
        let end = self.clock.now() + FINAL_AFTER;
        while self.clock.now() < end {
            self.pass_five_minutes();
            self.poll("history");
        }
        self.poll_until_complete("history");
        self.poll_until_complete("metadata");
    }

    /// Compares what is said of the tables' freshness, once everything was polled, and when nothing was for an hour.
    pub(super) fn compare_freshness(&self, report: &mut Report) {
        let is_whole = (0..TRIES).any(|_| {
            self.pass_five_minutes();
            // All of them, whatever the first ones come to.
            ["metadata", "history", "current", "users"]
                .map(|name| self.poll(name))
                .iter()
                .all(|is_complete| *is_complete)
        });
        report.compare("data-check", "all polls", "their being complete", (is_whole, true));
        for is_fresh in [true, false] {
            if let Some(checked) = self.check() {
                checked.compare(is_fresh, report);
            }
            self.clock.set(self.clock.now() + SignedDuration::from_hours(1));
            self.api_clock.set(self.clock.now());
        }
    }

    /// What is said of the tables; [`None`] if nothing is.
    fn check(&self) -> Option<Freshness> {
        self.check_counts.add_sent(1);
        let checked = (0..TRIES).find_map(|_| {
            let answer = self.check.invoke(freshness::request().into_bytes()).ok()?;
            Freshness::read(&answer, self.clock.now())
        });
        self.check_counts.add_lost(usize::from(checked.is_none()));
        checked
    }

    /// Compares what was said of the tables when everything had just been polled, if it was asked then.
    pub(super) fn compare_last_check(&self, report: &mut Report) {
        let last = self.last_check.lock().expect("no panic while it is held").take();
        if let Some(checked) = last {
            checked.compare(true, report);
        }
    }

    fn pass_five_minutes(&self) {
        self.clock.set(self.clock.now() + SignedDuration::from_mins(5));
        self.api_clock.set(self.clock.now());
        self.let_leases_age();
    }

    /// The database goes by the machine's clock: five minutes pass for what is leased there.
    fn let_leases_age(&self) {
        let age =
            sqlx::query("UPDATE connect_table_status SET leased_until = leased_until - interval '5 minutes'");
        let aged = Handle::current().block_on(age.execute(&self.tables));
        aged.expect("a table");
    }

    /// True if names were polled in this step, and everything else with them.
    fn has_polled_all(now: Millis, step: Millis) -> bool {
        now.rem_euclid(METADATA_EVERY) < step
    }

    /// Makes a poll; true if it was complete. What it did not read the next one reads.
    fn poll(&self, name: &str) -> bool {
        self.counts.add_sent(1);
        let answer = self.function.invoke(json!({ "poll": name }).to_string().into_bytes());
        let is_complete = answer.is_ok_and(|answer| answer["result"] == "complete");
        if !is_complete {
            self.counts.add_retried(1);
        }
        is_complete
    }

    fn poll_until_complete(&self, name: &str) {
        let is_complete = (0..TRIES).any(|_| {
            let is_complete = self.poll(name);
            if !is_complete && name != "migrate" {
                self.pass_five_minutes();
            }
            is_complete
        });
        if !is_complete {
            self.counts.add_lost(1);
        }
    }

    /// Compares who is shown in which status, and how many contacts wait.
    pub(super) async fn compare_current(&self, at: Timestamp, seen: &Seen, report: &mut Report) {
        let rows: Vec<(Option<String>, Option<String>, i32)> =
            sqlx::query_as("SELECT user_name, status_name, CAST(contacts AS integer) FROM current_users")
                .fetch_all(&self.tables)
                .await
                .expect("a view");
        let users: BTreeMap<String, (Option<String>, i32)> = rows
            .into_iter()
            .filter_map(|(name, status, contacts)| Some((name?, (status, contacts))))
            .collect();
        for (agent, truth) in &seen.users {
            let shown = users.get(agent);
            if let Some((status, contacts)) = truth {
                let truth = Some((Some(status.clone()), i32::try_from(*contacts).unwrap_or(i32::MAX)));
                report.compare(
                    "current_users",
                    agent,
                    &format!("the state at {at}"),
                    (shown.cloned(), truth),
                );
            } else {
                let contacts = shown.map_or(0, |(_, contacts)| *contacts);
                report.compare(
                    "current_users",
                    agent,
                    &format!("contacts of one who is off at {at}"),
                    (contacts, 0),
                );
            }
        }
        let rows: Vec<(String, String, i64)> = sqlx::query_as(
            "SELECT queue_id, channel, CAST(in_queue + scheduled AS bigint) FROM current_metrics WHERE in_queue + scheduled > 0",
        )
        .fetch_all(&self.tables)
        .await
        .expect("a view");
        let waiting: BTreeMap<_, _> =
            rows.into_iter().map(|(queue, channel, count)| ((queue, channel), count)).collect();
        report.compare("current_metrics", at, "who waits", (&waiting, &seen.waiting()));
        self.compare_queues(at, seen, report).await;
    }

    /// Compares what the agents do who serve each queue, and how old the oldest contact is that waits there.
    async fn compare_queues(&self, at: Timestamp, seen: &Seen, report: &mut Report) {
        let rows: Vec<(String, String, Vec<i64>)> = sqlx::query_as(
            "SELECT queue_id, channel, ARRAY[COALESCE(agents_online, 0), COALESCE(agents_available, 0), COALESCE(agents_staffed, 0), \
             COALESCE(agents_on_contact, 0), COALESCE(agents_acw, 0), COALESCE(agents_npt, 0), COALESCE(agents_error, 0), \
             COALESCE(oldest_contact, 0)]::bigint[] FROM current_metrics",
        )
        .fetch_all(&self.tables)
        .await
        .expect("a view");
        // A queue is polled once its name is.
        for queue in seen.staffed_queues(at.as_millisecond() - METADATA_EVERY - EVERY) {
            let is_there = rows.iter().any(|(id, ..)| id == queue);
            report.compare("current_metrics", at, "there being rows of a staffed queue", (is_there, true));
        }
        for (queue, channel, counts) in rows {
            let agents = seen.agents_of(&queue);
            let truth = [
                agents.online,
                agents.available,
                agents.staffed,
                agents.on_contact,
                agents.after_contact_work,
                agents.non_productive,
                agents.error,
            ];
            let of = format!("{queue} {channel} at {at}");
            let (counts, oldest) = counts.split_at(truth.len());
            report.compare("current_metrics", &of, "what its agents do", (counts, &truth[..]));
            if let Some(truth) = seen.oldest((&queue, &channel), at.as_millisecond()) {
                report.compare("current_metrics", &of, "the oldest that waits", (oldest, &[truth][..]));
            }
        }
    }

    /// Takes lines of the truth.
    pub(super) fn take(&mut self, intervals: &[u8]) {
        for line in intervals.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let line: Value = serde_json::from_slice(line).expect("a line of the truth");
            let text = |member: &str| line[member].as_str().unwrap_or_default().to_owned();
            let from: Timestamp = text("from").parse().expect("a time of the truth");
            let quarter = self.quarters.entry(from.as_second()).or_default();
            if line["agent"].is_null() {
                let key = (from.as_second(), text("queue"), text("channel"));
                drop(quarter.queues.insert(key, line));
            } else if line["channel"].is_null() {
                let key = (from.as_second(), text("agent"), String::new());
                drop(quarter.agents.insert(key, line));
            }
        }
    }

    /// Compares the figures of quarters of an hour that were read for the last time by now; forgets them once no line of
    /// theirs can follow.
    pub(super) async fn compare_settled(&mut self, now: Millis, report: &mut Report) {
        let age = |from: i64| SignedDuration::from_millis(now - from * 1000);
        let settled: Vec<i64> =
            self.quarters.keys().copied().filter(|from| age(*from) > QUARTER + FINAL_AFTER + LATE).collect();
        for from in settled {
            let is_last = age(from) > LAST_LINE_AFTER;
            if let Some(quarter) = self.quarters.get(&from)
                && (is_last || !quarter.is_empty())
            {
                self.compare_quarter(from, is_last, report).await;
            }
        }
    }

    /// Compares the figures of all quarters of an hour that are left of a day that ends then.
    pub(super) async fn compare_rest(&mut self, end: Millis, report: &mut Report) {
        let until = end / 1000 - UNSETTLED_SECONDS;
        for from in self.quarters.keys().copied().filter(|from| *from < until).collect::<Vec<_>>() {
            self.compare_quarter(from, true, report).await;
        }
    }

    async fn compare_quarter(&mut self, from: i64, is_last: bool, report: &mut Report) {
        let own: BTreeSet<String> = self.own_queues().await;
        let quarter = self.quarters.entry(from).or_default();
        let (mut queues, agents) = (std::mem::take(&mut quarter.queues), std::mem::take(&mut quarter.agents));
        queues.retain(|(_, queue, _), _| own.contains(queue));
        let mut compared = std::mem::take(&mut quarter.compared);
        let query = "SELECT CASE WHEN resource_kind = 'USER' THEN COALESCE(resource_name, resource_id) ELSE resource_id END, \
                     channel, metric, CAST(value AS double precision) FROM interval_metrics \
                     WHERE value IS NOT NULL AND resource_kind = $1 AND start_time = to_timestamp($2)";
        for (kind, truth, figures) in [("QUEUE", &queues, &OF_QUEUES[..]), ("USER", &agents, &OF_AGENTS[..])]
        {
            let rows: Vec<(String, String, String, f64)> = sqlx::query_as(query)
                .bind(kind)
                .bind(seconds(from))
                .fetch_all(&self.tables)
                .await
                .expect("a view");
            let mut told: Figures = BTreeMap::new();
            for (whose, channel, metric, value) in rows {
                told.insert(((from, whose, channel), metric), value);
            }
            compare_figures("interval_metrics", truth, &told, figures, report);
            compared.extend(truth.keys().map(|key| (kind, key.clone())));
            if is_last {
                let is_new = |key: &Key| !compared.contains(&(kind, key.clone()));
                compare_others("interval_metrics", &told, figures, is_new, report);
            }
        }
        let columns =
            OF_FIVE_MINUTES.map(|(column, _)| format!("CAST(SUM({column}) AS double precision)")).join(", ");
        let query = format!(
            "SELECT queue_id, channel, {columns} FROM queues_by_interval \
             WHERE start_time >= to_timestamp($1) AND start_time < to_timestamp($1 + 900) GROUP BY 1, 2"
        );
        let rows: Vec<FiveMinutes> = sqlx::query_as(sqlx::AssertSqlSafe(query))
            .bind(seconds(from))
            .fetch_all(&self.tables)
            .await
            .expect("a view");
        let mut told: Figures = BTreeMap::new();
        for (queue, channel, queued, handled, abandoned, callbacks) in rows {
            for ((column, _), value) in OF_FIVE_MINUTES.iter().zip([queued, handled, abandoned, callbacks]) {
                let key = (from, queue.clone(), channel.clone());
                told.insert((key, (*column).to_owned()), value.unwrap_or(0.0));
            }
        }
        compare_figures("queues_by_interval", &queues, &told, &OF_FIVE_MINUTES, report);
        if is_last {
            let is_new = |key: &Key| !compared.contains(&("QUEUE", key.clone()));
            compare_others("queues_by_interval", &told, &OF_FIVE_MINUTES, is_new, report);
            self.quarters.remove(&from);
        } else if let Some(quarter) = self.quarters.get_mut(&from) {
            quarter.compared = compared;
        }
    }

    /// The queues that are no agent's own.
    async fn own_queues(&self) -> BTreeSet<String> {
        let ids: Vec<(String,)> = sqlx::query_as("SELECT id FROM connect_metadata WHERE kind = 'QUEUE'")
            .fetch_all(&self.tables)
            .await
            .expect("a table");
        ids.into_iter().map(|(id,)| id).collect()
    }
}

/// Compares the figures of the truth's lines; what is not there is 0.
fn compare_figures(
    kind: &'static str,
    truth: &BTreeMap<Key, Value>,
    told: &Figures,
    figures: &[(&str, &str)],
    report: &mut Report,
) {
    for (key, line) in truth {
        for (metric, figure) in figures {
            let expected = line[*figure].as_f64().unwrap_or(0.0);
            let value = told.get(&(key.clone(), (*metric).to_owned())).copied().unwrap_or(0.0);
            report.compare(kind, format!("{key:?}"), metric, (value, expected));
        }
    }
}

/// Compares the figures of which the truth has no line: there is nothing.
fn compare_others(
    kind: &'static str,
    told: &Figures,
    figures: &[(&str, &str)],
    is_new: impl Fn(&Key) -> bool,
    report: &mut Report,
) {
    for ((key, metric), value) in told.iter().filter(|((key, _), _)| is_new(key)) {
        if figures.iter().any(|(name, _)| name == metric) {
            report.compare(kind, format!("{key:?}"), metric, (*value, 0.0));
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a second of this century")]
fn seconds(at: i64) -> f64 {
    at as f64
}
