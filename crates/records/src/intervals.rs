//! Figures of intervals, as the views have them.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};
use switchboard_core::interval::IntervalLength;
use switchboard_sql::{
    dialect::Dialect,
    statement::{Parameter, Statement},
};

use crate::{
    calendar::DAY_MINUTES,
    migrations::MACROS,
    time::{time_text, utc},
};

/// By which moment contacts count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attribution {
    /// When they came into the queue, as workforce management counts.
    Enqueue,
    /// When they were disconnected, as Connect's historical metrics count most.
    Disconnect,
}

/// How long the intervals of a query are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grain {
    /// 5, 15, 30 or 60 minutes.
    Minutes(IntervalLength),
    /// A local day.
    Day,
}

/// Which intervals are asked for. The calendar must have them.
#[derive(Debug, Clone, Copy)]
pub struct IntervalQuery<'q> {
    /// The name of the time zone, as the calendar has it.
    pub zone: &'q str,
    /// Their length.
    pub grain: Grain,
    /// Only those that begin then or later.
    pub from: Timestamp,
    /// Only those that begin before then.
    pub to: Timestamp,
}

impl<'q> IntervalQuery<'q> {
    /// The same for each day of UTC's that it asks for: an answer has a limit.
    pub(crate) fn days(self) -> impl Iterator<Item = IntervalQuery<'q>> {
        let mut from = self.from;
        std::iter::from_fn(move || {
            let day = (from < self.to).then_some(from)?;
            from = day.checked_add(SignedDuration::from_hours(24)).unwrap_or(self.to).min(self.to);
            Some(IntervalQuery { from: day, to: from, ..self })
        })
    }
}

/// How many rows are read at once: an answer of the Data API has at most 1 MiB.
pub(crate) const PAGE_ROWS: usize = 1000;

/// Which interval, queue and channel a row is of. An empty or absent queue is none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct QueueKey {
    /// The first instant of the interval.
    #[serde(deserialize_with = "utc")]
    pub from: Timestamp,
    /// The first instant after it.
    #[serde(deserialize_with = "utc")]
    pub to: Timestamp,
    /// The instance's Region; empty where a record names no instance.
    pub aws_region: String,
    /// The id of the instance.
    pub instance_id: String,
    /// The queue's id; [`None`] or empty for contacts of no queue.
    pub queue: Option<String>,
    /// The channel, as Amazon Connect writes it.
    pub channel: Option<String>,
}

/// A row of `queue_intervals`, without the averages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueInterval {
    /// Which interval, queue and channel it is of.
    #[serde(flatten)]
    pub key: QueueKey,
    /// The queue's name in the newest record that has one.
    pub queue_name: Option<String>,
    /// Contacts that came into the queue: the five outcomes and those that wait.
    pub offered: u64,
    /// Contacts that wait in the queue.
    pub waiting: u64,
    /// Of these, contacts that are known from their events alone: the record is to come.
    pub provisional: u64,
    /// False while there are such.
    #[serde(deserialize_with = "boolean")]
    pub settled: bool,
    /// Contacts that an agent was connected with.
    pub answered: u64,
    /// Contacts whose customer gave up in the queue.
    pub abandoned: u64,
    /// Contacts that went on as a callback.
    pub callback_requested: u64,
    /// Contacts that the queue's flow moved.
    pub transferred_out_from_queue: u64,
    /// Contacts that expired, or were ended by a flow, an agent, the API or the network; a callback or campaign call that nobody took.
    pub ended_otherwise: u64,
    /// Contacts abandoned in less than 5 s.
    pub abandoned_short: u64,
    /// Contacts passed on to an endpoint.
    pub transferred_to_endpoint: u64,
    /// Contacts that an agent passed on for good.
    pub transfer_completed: u64,
    /// Contacts with a hold.
    pub put_on_hold: u64,
    /// Talk, without hold and after-contact work, in seconds.
    pub interaction_seconds: u64,
    /// Contacts whose talk is known.
    pub interaction_count: u64,
    /// Hold, in seconds.
    pub hold_seconds: u64,
    /// After-contact work, in seconds.
    pub after_contact_work_seconds: u64,
    /// Contacts whose after-contact work is known.
    pub after_contact_work_count: u64,
    /// Talk, hold and after-contact work of contacts whose talk is known, in seconds.
    pub handle_seconds: u64,
    /// Waits of the answered, in seconds.
    pub answered_queue_seconds: u64,
    /// Answered contacts whose wait is known.
    pub answered_queue_count: u64,
    /// The longest of these waits, in seconds.
    pub answered_longest_queue_seconds: Option<u64>,
    /// Waits of the abandoned, in seconds.
    pub abandoned_queue_seconds: u64,
    /// Abandoned contacts whose wait is known.
    pub abandoned_queue_count: u64,
    /// The longest of these waits, in seconds.
    pub abandoned_longest_queue_seconds: Option<u64>,
}

/// A row of `agent_queue_intervals`, without the averages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentQueueInterval {
    /// Which interval, queue and channel it is of.
    #[serde(flatten)]
    pub key: QueueKey,
    /// The agent's user name.
    pub agent: String,
    /// The queue's name in the newest record that has one.
    pub queue_name: Option<String>,
    /// Contacts that an agent was connected with.
    pub answered: u64,
    /// Of these, contacts that are known from their events alone: the record is to come.
    pub provisional: u64,
    /// False while there are such.
    #[serde(deserialize_with = "boolean")]
    pub settled: bool,
    /// Contacts that an agent passed on for good.
    pub transfer_completed: u64,
    /// Contacts with a hold.
    pub put_on_hold: u64,
    /// Talk, without hold and after-contact work, in seconds.
    pub interaction_seconds: u64,
    /// Contacts whose talk is known.
    pub interaction_count: u64,
    /// Hold, in seconds.
    pub hold_seconds: u64,
    /// After-contact work, in seconds.
    pub after_contact_work_seconds: u64,
    /// Contacts whose after-contact work is known.
    pub after_contact_work_count: u64,
    /// Talk, hold and after-contact work of contacts whose talk is known, in seconds.
    pub handle_seconds: u64,
}

/// A row of `queue_intervals_by_disconnect`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueDisconnectInterval {
    /// Which interval, queue and channel it is of.
    #[serde(flatten)]
    pub key: QueueKey,
    /// The queue's name in the newest record that has one.
    pub queue_name: Option<String>,
    /// Contacts that are known from their events alone: the record is to come.
    pub provisional: u64,
    /// False while there are such.
    #[serde(deserialize_with = "boolean")]
    pub settled: bool,
    /// `CONTACTS_CREATED`, of contacts that came into the queue: by their beginning.
    pub contacts_created: u64,
    /// Connect's `CONTACTS_QUEUED`.
    pub contacts_queued: u64,
    /// `CONTACTS_HANDLED`.
    pub contacts_handled: u64,
    /// `CONTACTS_ABANDONED`.
    pub contacts_abandoned: u64,
    /// `CONTACTS_TRANSFERRED_OUT_FROM_QUEUE`: callbacks requested and contacts moved.
    pub contacts_transferred_out_from_queue: u64,
    /// `CONTACTS_TRANSFERRED_OUT` by agents.
    pub contacts_transferred_out: u64,
    /// `CALLBACK_CONTACTS_HANDLED`.
    pub callback_contacts_handled: u64,
    /// `SUM_RETRY_CALLBACK_ATTEMPTS`: callbacks that are tried again.
    pub retry_callback_attempts: u64,
    /// `CONTACTS_PUT_ON_HOLD`.
    pub contacts_put_on_hold: u64,
    /// `MAX_QUEUED_TIME`, in seconds.
    pub max_queued_seconds: Option<u64>,
    /// The sum behind `AVG_QUEUE_ANSWER_TIME`, in seconds.
    pub queue_answer_seconds: u64,
    /// The sum behind `AVG_ABANDON_TIME`, in seconds.
    pub abandon_seconds: u64,
    /// Talk, without hold and after-contact work, in seconds.
    pub interaction_seconds: u64,
    /// Hold, in seconds.
    pub hold_seconds: u64,
    /// After-contact work, in seconds.
    pub after_contact_work_seconds: u64,
    /// Talk, hold and after-contact work of contacts whose talk is known, in seconds.
    pub handle_seconds: u64,
}

/// How many contacts of a queue in an interval waited for less than a threshold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceLevel {
    /// Which interval, queue and channel it is of.
    #[serde(flatten)]
    pub key: QueueKey,
    /// Contacts that an agent answered after a wait of less than the threshold.
    pub answered_within: u64,
    /// Contacts whose customer gave up after a wait of less than the threshold.
    pub abandoned_within: u64,
}

/// The figures of each kind of row, after its key.
const QUEUE: [&str; 26] = [
    "queue_name",
    "offered",
    "waiting",
    "provisional",
    "settled",
    "answered",
    "abandoned",
    "callback_requested",
    "transferred_out_from_queue",
    "ended_otherwise",
    "abandoned_short",
    "transferred_to_endpoint",
    "transfer_completed",
    "put_on_hold",
    "interaction_seconds",
    "interaction_count",
    "hold_seconds",
    "after_contact_work_seconds",
    "after_contact_work_count",
    "handle_seconds",
    "answered_queue_seconds",
    "answered_queue_count",
    "answered_longest_queue_seconds",
    "abandoned_queue_seconds",
    "abandoned_queue_count",
    "abandoned_longest_queue_seconds",
];
const AGENT_QUEUE: [&str; 13] = [
    "agent",
    "queue_name",
    "answered",
    "provisional",
    "settled",
    "transfer_completed",
    "put_on_hold",
    "interaction_seconds",
    "interaction_count",
    "hold_seconds",
    "after_contact_work_seconds",
    "after_contact_work_count",
    "handle_seconds",
];
const DISCONNECT: [&str; 19] = [
    "queue_name",
    "provisional",
    "settled",
    "contacts_created",
    "contacts_queued",
    "contacts_handled",
    "contacts_abandoned",
    "contacts_transferred_out_from_queue",
    "contacts_transferred_out",
    "callback_contacts_handled",
    "retry_callback_attempts",
    "contacts_put_on_hold",
    "max_queued_seconds",
    "queue_answer_seconds",
    "abandon_seconds",
    "interaction_seconds",
    "hold_seconds",
    "after_contact_work_seconds",
    "handle_seconds",
];

impl IntervalQuery<'_> {
    pub(crate) fn queues(&self, dialect: Dialect, offset: usize) -> Statement {
        self.view(dialect, offset, "queue_intervals", &QUEUE, "queue_id", None)
    }

    pub(crate) fn queue(&self, dialect: Dialect, offset: usize, queue_id: &str) -> Statement {
        self.view(dialect, offset, "queue_intervals", &QUEUE, "queue_id", Some(queue_id))
    }

    pub(crate) fn agent_queues(&self, dialect: Dialect, offset: usize) -> Statement {
        self.view(dialect, offset, "agent_queue_intervals", &AGENT_QUEUE, "agent, queue_id", None)
    }

    pub(crate) fn disconnects(&self, dialect: Dialect, offset: usize) -> Statement {
        self.view(dialect, offset, "queue_intervals_by_disconnect", &DISCONNECT, "queue_id", None)
    }

    /// Counts within a threshold. Only of the contacts can be said what is not kept.
    pub(crate) fn service_levels(
        &self,
        dialect: Dialect,
        offset: usize,
        attribution: Attribution,
        (seconds, is_kept): (u32, bool),
        queue_id: Option<&str>,
    ) -> Statement {
        let (name, interval, condition) = match attribution {
            Attribution::Enqueue => ("enqueue", "enqueued_interval", "true"),
            Attribution::Disconnect => {
                ("disconnect", "disconnected_interval", "contact.queue_type = 'STANDARD'")
            }
        };
        let source = if is_kept {
            format!(
                "SELECT calendar.interval_start, calendar.interval_end, levels.aws_region, levels.instance_id, \
                 NULLIF(levels.queue_id, '') AS queue_id, NULLIF(levels.channel, '') AS channel, \
                 CAST(SUM(levels.answered_within) AS bigint) AS answered_within, \
                 CAST(SUM(levels.abandoned_within) AS bigint) AS abandoned_within \
                 FROM calendar CROSS JOIN KEPT_SERVICE_LEVELS WHERE {CALENDAR} \
                 AND levels.attribution = '{name}' AND levels.seconds = CAST($5 AS bigint) \
                 AND levels.interval_start >= calendar.interval_start AND levels.interval_start < calendar.interval_end \
                 GROUP BY 1, 2, 3, 4, levels.queue_id, levels.channel"
            )
        } else {
            let within = |outcome| {
                format!(
                    "COUNT(*) FILTER (WHERE contact.queue_outcome = '{outcome}' \
                     AND contact.queue_duration_ms < CAST($5 AS bigint) * 1000)"
                )
            };
            format!(
                "SELECT calendar.interval_start, calendar.interval_end, contact.aws_region, contact.instance_id, \
                 NULLIF(contact.queue_id, '') AS queue_id, NULLIF(contact.channel, '') AS channel, \
                 {} AS answered_within, {} AS abandoned_within \
                 FROM calendar CROSS JOIN contact_outcome AS contact WHERE {CALENDAR} \
                 AND contact.{interval} >= calendar.interval_start AND contact.{interval} < calendar.interval_end \
                 AND contact.queue_outcome IS NOT NULL AND {condition} \
                 GROUP BY 1, 2, 3, 4, NULLIF(contact.queue_id, ''), NULLIF(contact.channel, '')",
                within("answered"),
                within("abandoned")
            )
        };
        let of_queue = queue_id.map_or("", |_| "WHERE queue_id = CAST($6 AS text) ");
        let sql = format!(
            "SELECT CAST({} AS text) FROM ({source}) AS level {of_queue}\
             ORDER BY interval_start, queue_id, channel, aws_region, instance_id LIMIT {PAGE_ROWS} OFFSET {offset}",
            object(&["answered_within", "abandoned_within"])
        );
        let mut parameters = self.parameters();
        parameters.push(Parameter::Text(seconds.to_string()));
        parameters.extend(queue_id.map(Parameter::text));
        Statement::read(dialect.expand_with(&MACROS, &sql), parameters)
    }

    fn view(
        &self,
        dialect: Dialect,
        offset: usize,
        view: &str,
        figures: &[&str],
        order: &str,
        queue_id: Option<&str>,
    ) -> Statement {
        let of_queue = queue_id.map_or("", |_| "AND queue_id = CAST($5 AS text) ");
        let sql = format!(
            "SELECT CAST({} AS text) FROM {view} WHERE zone = CAST($1 AS text) AND interval_minutes = CAST($2 AS bigint) \
             AND interval_start >= IN_UTC(CAST($3 AS TIMESTAMP_UTC)) AND interval_start < IN_UTC(CAST($4 AS TIMESTAMP_UTC)) \
             {of_queue}ORDER BY interval_start, {order}, channel, aws_region, instance_id LIMIT {PAGE_ROWS} OFFSET {offset}",
            object(figures)
        );
        let parameters = self.parameters().into_iter().chain(queue_id.map(Parameter::text));
        Statement::read(dialect.expand(&sql), parameters.collect())
    }

    pub(crate) fn parameters(&self) -> Vec<Parameter> {
        let minutes = match self.grain {
            Grain::Minutes(length) => length.minutes(),
            Grain::Day => DAY_MINUTES,
        };
        vec![
            Parameter::text(self.zone),
            Parameter::Text(minutes.to_string()),
            Parameter::Text(time_text(self.from)),
            Parameter::Text(time_text(self.to)),
        ]
    }
}

const CALENDAR: &str = "calendar.zone = CAST($1 AS text) AND calendar.interval_minutes = CAST($2 AS bigint) \
                        AND calendar.interval_start >= CAST($3 AS TIMESTAMP_UTC) AND calendar.interval_start < CAST($4 AS TIMESTAMP_UTC)";

/// A row as a JSON object: its key and these figures.
fn object(figures: &[&str]) -> String {
    let figures: Vec<_> = figures.iter().map(|figure| format!(", '{figure}', {figure}")).collect();
    format!(
        "OBJECT('from', CAST(interval_start AS text), 'to', CAST(interval_end AS text), 'aws_region', aws_region, \
         'instance_id', instance_id, 'queue', queue_id, 'channel', channel{})",
        figures.concat()
    )
}

/// SQLite has numbers for it.
fn boolean<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    let number = value.as_i64().map(|number| number != 0);
    value.as_bool().or(number).ok_or_else(|| serde::de::Error::custom("neither true nor false"))
}
