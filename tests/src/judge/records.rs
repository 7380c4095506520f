//! Record tables: the figures of their views by queue, by agent and by day, held against what happened.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::thread::Scope;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::json;
use switchboard_core::interval::IntervalLength;
use switchboard_records::RecordTables;
use switchboard_records::intervals::{Attribution, Grain, IntervalQuery};
use switchboard_simulator::INSTANCE_ARN;
use switchboard_simulator::model::{ClockSkew, Config, Millis, emit::EmittedKind};
use switchboard_sql::{database::Database, url::SqlUrl};
use tokio::time::Instant;

use super::day::Item;
use super::delivery::{DeliveryCounts, Shard, deliver_messages};
use super::failures::Failures;
use super::function::Function;
use super::news::News;
use super::report::Report;
use crate::clock::Clock;
use crate::postgres::Postgres;
use crate::record_figures::{AGENT_QUEUE, AGENT_TIME, Columns, DISCONNECT, Figures, Key, QUEUE, rows, truth};

/// How often the tables are kept up until they are.
const TRIES: u32 = 60;
/// Within so many seconds answers and hang-ups are counted.
const WITHIN_SECONDS: u32 = 20;
const QUARTER: SignedDuration = SignedDuration::from_mins(15);
/// In the last quarter of an hour an agent's time counts up to the last event, after which a heartbeat would come.
const HEARTBEAT_SECONDS: u64 = 120;

/// Rows as JSON, whatever their type.
macro_rules! values {
    ($rows:expr) => {
        $rows.iter().map(|row| serde_json::to_value(row).expect("a row")).collect::<Vec<_>>()
    };
}

/// A view, by which the truth's lines are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum View {
    Queues,
    Disconnects,
    AgentQueues,
    Agents,
}

/// What fills the tables, and what is true of them.
pub(super) struct Records {
    /// What reads contact records, agent events and contact events.
    functions: [Function; 3],
    shards: [Shard; 2],
    counts: [DeliveryCounts; 3],
    /// Where the tables are.
    pub(super) url: String,
    pub(super) tables: RecordTables,
    zone: TimeZone,
    /// The end of the day.
    end: Timestamp,
    /// The most that agents' clocks are off: so much of their time may count in the next interval.
    skew: Millis,
    /// Lines of the truth that are not compared yet, each with the step in which it came.
    lines: BTreeMap<Key, (u64, Figures)>,
    /// Their sums by local day.
    days: BTreeMap<Key, Figures>,
    /// The queues that are agents' own, of which Connect has no metrics.
    own_queues: BTreeSet<String>,
    /// The queue and the channel of each contact that the day's end leaves unfinished, and when it began.
    unfinished: Vec<(String, &'static str, Millis)>,
    step: u64,
}

impl Records {
    /// Those of a day, which ends then.
    pub(super) fn start(
        centre: &Config,
        clock_skew: ClockSkew,
        clock: &Arc<Clock>,
        failures: Failures,
    ) -> Self {
        let database = Postgres::shared().database();
        let url = Postgres::shared().url(&database);
        let Ok(SqlUrl::Postgres(place)) = url.parse() else { panic!("a server's URL") };
        let tables = RecordTables::new(Database::postgres(&place, None).expect("a server"));
        let function = |reads: &str| {
            let env = vec![
                ("CONNECT_INSTANCE_ARN", INSTANCE_ARN.to_owned()),
                ("SERVICE_LEVEL_TARGETS", r#"[{"seconds":20,"target_percent":80}]"#.to_owned()),
            ];
            Function::new(("record-tables", reads), env, &[], clock, failures)
                .with_database("METRICS_DB", &url)
        };
        let records = Self {
            functions: ["records", "agents", "events"].map(function),
            shards: [Shard::new("contact-records", 0, 200), Shard::new("agent-events", 0, 300)],
            counts: Default::default(),
            url: url.clone(),
            tables,
            zone: centre.zone.clone(),
            end: time(centre.end()),
            skew: clock_skew.most,
            lines: BTreeMap::new(),
            days: BTreeMap::new(),
            own_queues: BTreeSet::new(),
            unfinished: Vec::new(),
            step: 0,
        };
        tokio::task::block_in_place(|| records.perform("migrate"));
        records
    }

    /// Has a task done on the tables.
    fn perform(&self, task: &str) {
        let event = || json!({ "task": task }).to_string().into_bytes();
        if !(0..TRIES).any(|_| self.functions[0].invoke(event()).is_ok()) {
            self.counts[0].add_lost(1);
        }
    }

    /// Delivers these items, those of each kind side by side with the others.
    pub(super) fn deliver<'scope>(&'scope mut self, items: &'scope [Item], scope: &'scope Scope<'scope, '_>) {
        let of = |kind: EmittedKind| -> Vec<&'scope Item> {
            items.iter().filter(|item| item.kind == kind).collect()
        };
        let [of_records, of_agents] = &mut self.shards;
        let [records, agents, events] = &self.functions;
        let [records_count, agents_count, events_count] = &self.counts;
        let items = of(EmittedKind::ContactRecord);
        scope.spawn(move || of_records.deliver(&items, records, records_count));
        let items = of(EmittedKind::AgentEvent);
        scope.spawn(move || of_agents.deliver(&items, agents, agents_count));
        let items = of(EmittedKind::ContactEvent);
        scope.spawn(move || {
            let bodies: Vec<&[u8]> = items.iter().map(|item| &*item.bytes).collect();
            deliver_messages(&bodies, 100, events, events_count);
        });
    }

    /// Takes what happened in a step.
    pub(super) fn take(&mut self, news: &News) {
        self.step += 1;
        self.own_queues.extend(news.own_queues.iter().cloned());
        for line in news.intervals.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let (key, figures) = truth(line);
            let day = key.0.to_zoned(self.zone.clone()).start_of_day().expect("a day").timestamp();
            add(self.days.entry((day, key.1.clone(), key.2.clone(), key.3.clone())).or_default(), &figures);
            self.lines.insert(key, (self.step, figures));
        }
    }

    /// Compares the figures of which nothing more was told for so many steps.
    pub(super) async fn compare(&mut self, rest: u64, report: &mut Report) {
        let settled = |(step, _): &(u64, Figures)| step + rest <= self.step;
        let due: BTreeMap<Key, Figures> = self
            .lines
            .extract_if(.., |_, line| settled(line))
            .map(|(key, (_, figures))| (key, figures))
            .collect();
        let (Some((first, _)), Some((last, _))) = (due.first_key_value(), due.last_key_value()) else {
            return;
        };
        let (from, to) = (first.0, last.0 + QUARTER);
        let between = (from, to);
        tokio::task::block_in_place(|| self.perform("upkeep"));
        self.add_to_calendar(between).await;
        let grain = Grain::Minutes(IntervalLength::Fifteen);
        self.compare_views((grain, between), &due, false, report).await;
    }

    /// Compares all that is left of a day that is over and leaves these contacts unfinished: their queue and channel, and when
    /// they began. Then what there is of each local day.
    pub(super) async fn compare_rest(
        &mut self,
        unfinished: Vec<(String, &'static str, Millis)>,
        report: &mut Report,
    ) {
        self.unfinished = unfinished;
        self.compare(0, report).await;
        let days = std::mem::take(&mut self.days);
        let Some((first, _)) = days.first_key_value() else { return };
        let between = (first.0, self.end + SignedDuration::from_hours(1));
        self.add_to_calendar(between).await;
        self.compare_views((Grain::Day, between), &days, true, report).await;
    }

    async fn add_to_calendar(&self, (from, to): (Timestamp, Timestamp)) {
        let added = self.tables.add_to_calendar(ZONE, &self.zone, from, to, soon());
        added.await.expect("tables that can be written");
    }

    /// Compares these lines with the rows of every view; of days, which are all that there are, the rows with them, too.
    async fn compare_views(
        &self,
        (grain, (from, to)): (Grain, (Timestamp, Timestamp)),
        lines: &BTreeMap<Key, Figures>,
        is_of_days: bool,
        report: &mut Report,
    ) {
        let query = IntervalQuery { zone: ZONE, grain, from, to };
        let tables = &self.tables;
        let readable = "tables that can be read";
        let queues = tables.queue_intervals(&query, soon()).await.expect(readable);
        let within = tables.service_levels(&query, Attribution::Enqueue, WITHIN_SECONDS, soon());
        let queues = rows(values!(queues), &within.await.expect(readable));
        let disconnects = tables.queue_intervals_by_disconnect(&query, soon()).await.expect(readable);
        let within = tables.service_levels(&query, Attribution::Disconnect, WITHIN_SECONDS, soon());
        let disconnects = rows(values!(disconnects), &within.await.expect(readable));
        let agent_queues = tables.agent_queue_intervals(&query, soon()).await.expect(readable);
        let agents = tables.agent_intervals(&query, soon()).await.expect(readable);
        for (view, found) in [
            (View::Queues, queues),
            (View::Disconnects, disconnects),
            (View::AgentQueues, rows(values!(agent_queues), &[])),
            (View::Agents, rows(values!(agents), &[])),
        ] {
            if view == View::Agents && self.skew > 0 {
                continue;
            }
            self.compare_view(view, lines, &found, is_of_days, report);
        }
    }

    fn compare_view(
        &self,
        view: View,
        lines: &BTreeMap<Key, Figures>,
        found: &BTreeMap<Key, Figures>,
        is_of_days: bool,
        report: &mut Report,
    ) {
        let (nothing, kind) = (Figures::new(), view.kind(is_of_days));
        let is_compared = |key: &Key| view.has(key) && !self.has_unfinished(key, is_of_days);
        for (key, expected) in lines.iter().filter(|(key, _)| is_compared(key)) {
            let row = found.get(key).unwrap_or(&nothing);
            let is_own = key.2.as_ref().is_some_and(|queue| self.own_queues.contains(queue));
            for (figure, column) in view.columns() {
                if is_own && *figure == "connect_contacts_created" {
                    continue;
                }
                let of = |figures: &Figures, name: &str| figures.get(name).copied().flatten().unwrap_or(0);
                let (mut found, expected) = (of(row, column), of(expected, figure));
                let is_last = view == View::Agents && (is_of_days || key.0 + QUARTER >= self.end);
                if is_last && expected.checked_sub(found).is_some_and(|missing| missing <= HEARTBEAT_SECONDS)
                {
                    found = expected;
                }
                report.compare(kind, format!("{key:?}"), column, (found, expected));
            }
        }
        let others =
            found.iter().filter(|(key, _)| is_of_days && is_compared(key) && !lines.contains_key(*key));
        for (key, row) in others {
            let any = view.columns().iter().any(|(_, column)| row.get(*column).copied().flatten() > Some(0));
            report.compare(kind, format!("{key:?}"), "there being any", (any, false));
        }
    }

    /// True if a contact may count there of which the truth has no line, as it is not over.
    fn has_unfinished(&self, (from, _, queue, channel): &Key, is_of_days: bool) -> bool {
        let length = if is_of_days { SignedDuration::from_hours(25) } else { QUARTER };
        self.unfinished.iter().any(|(of_queue, of_channel, began)| {
            let is_there = queue.as_ref() == Some(of_queue) && channel.as_deref() == Some(of_channel);
            is_there && (*from + length).as_millisecond() > *began
        })
    }

    /// The functions, and what became of what was sent to them.
    pub(super) fn functions(&self) -> impl Iterator<Item = (&Function, &DeliveryCounts)> {
        self.functions.iter().zip(&self.counts)
    }
}

/// The name under which the tables' calendar has the centre's time zone.
const ZONE: &str = "the centre's";

impl View {
    fn has(self, (_, agent, queue, channel): &Key) -> bool {
        match self {
            Self::Queues | Self::Disconnects => agent.is_none() && queue.is_some(),
            Self::AgentQueues => agent.is_some() && channel.is_some(),
            Self::Agents => agent.is_some() && queue.is_none() && channel.is_none(),
        }
    }

    fn columns(self) -> &'static Columns {
        match self {
            Self::Queues => QUEUE,
            Self::Disconnects => DISCONNECT,
            Self::AgentQueues => AGENT_QUEUE,
            Self::Agents => AGENT_TIME,
        }
    }

    fn kind(self, is_of_days: bool) -> &'static str {
        match (self, is_of_days) {
            (Self::Queues, false) => "queue_intervals",
            (Self::Disconnects, false) => "queue_intervals_by_disconnect",
            (Self::AgentQueues, false) => "agent_queue_intervals",
            (Self::Agents, false) => "agent_intervals",
            (Self::Queues, true) => "queue_intervals by day",
            (Self::Disconnects, true) => "queue_intervals_by_disconnect by day",
            (Self::AgentQueues, true) => "agent_queue_intervals by day",
            (Self::Agents, true) => "agent_intervals by day",
        }
    }
}

/// Adds figures to those of a day: the longest waits are those of the day's.
fn add(day: &mut Figures, figures: &Figures) {
    for (name, figure) in figures {
        let sum = day.entry(name.clone()).or_default();
        let Some(figure) = figure else { continue };
        let is_longest = name.contains("longest") || name.contains("max");
        *sum = Some(match *sum {
            None => *figure,
            Some(sum) if is_longest => sum.max(*figure),
            Some(sum) => sum + figure,
        });
    }
}

/// Enough for anything here.
pub(super) fn soon() -> Instant {
    Instant::now() + std::time::Duration::from_mins(5)
}

fn time(at: Millis) -> Timestamp {
    Timestamp::from_millisecond(at).expect("a time of the history")
}
