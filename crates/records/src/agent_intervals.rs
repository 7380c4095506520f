//! Figures of agents by intervals, as the views have them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use switchboard_sql::{dialect::Dialect, statement::Statement};

use crate::{
    intervals::{IntervalQuery, PAGE_ROWS},
    time::utc,
};

/// Which interval and agent a row is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AgentIntervalKey {
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
    /// The agent's user name, or the id where no event had one.
    pub agent: String,
    /// The agent's id; [`None`] if no agent event told of the agent.
    pub agent_id: Option<String>,
}

/// A row of `agent_intervals`, without the occupancy. Times are seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentInterval {
    /// Which interval and agent it is of.
    #[serde(flatten)]
    pub key: AgentIntervalKey,
    /// Logged on, in whatever status.
    pub logged_on_seconds: u64,
    /// Logged on with another status than the one of type `OFFLINE`: `tot_work_dur`.
    pub online_seconds: u64,
    /// Online in a custom status: `pause_dur`.
    pub non_productive_seconds: u64,
    /// Online in any other: `avail_dur`.
    pub available_seconds: u64,
    /// Available with nothing to do: `wait_dur`.
    pub idle_seconds: u64,
    /// On a contact, on hold or in after-contact work.
    pub contact_seconds: u64,
    /// In after-contact work.
    pub after_contact_work_seconds: u64,
    /// With a contact whose connection failed.
    pub error_seconds: u64,
    /// Of which no event tells, though the agent did not log off.
    pub gap_seconds: u64,
    /// Contacts that the agent was connected with.
    pub answered: u64,
    /// Contacts that the agent passed on for good.
    pub transfer_completed: u64,
    /// Contacts with a hold.
    pub put_on_hold: u64,
    /// Talk of these contacts, without hold and after-contact work.
    pub interaction_seconds: u64,
    /// Contacts whose talk is known.
    pub interaction_count: u64,
    /// Hold of these contacts.
    pub hold_seconds: u64,
    /// Talk, hold and after-contact work of contacts whose talk is known.
    pub handle_seconds: u64,
}

/// A row of `agent_status_intervals`. Times are seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentStatusInterval {
    /// Which interval and agent it is of.
    #[serde(flatten)]
    pub key: AgentIntervalKey,
    /// The status's name.
    pub status_name: String,
    /// `ROUTABLE`, `CUSTOM` or `OFFLINE`; [`None`] in old events.
    pub status_type: Option<String>,
    /// In this status.
    pub status_seconds: u64,
    /// Of these on a contact, on hold or in after-contact work.
    pub contact_seconds: u64,
}

const AGENT: [&str; 16] = [
    "logged_on_seconds",
    "online_seconds",
    "non_productive_seconds",
    "available_seconds",
    "idle_seconds",
    "contact_seconds",
    "after_contact_work_seconds",
    "error_seconds",
    "gap_seconds",
    "answered",
    "transfer_completed",
    "put_on_hold",
    "interaction_seconds",
    "interaction_count",
    "hold_seconds",
    "handle_seconds",
];
const STATUS: [&str; 4] = ["status_name", "status_type", "status_seconds", "contact_seconds"];

/// A page of `agent_intervals`.
pub(crate) fn agents(query: &IntervalQuery<'_>, dialect: Dialect, offset: usize) -> Statement {
    view(query, dialect, offset, ("agent_intervals", &AGENT, "agent"))
}

/// A page of `agent_status_intervals`.
pub(crate) fn statuses(query: &IntervalQuery<'_>, dialect: Dialect, offset: usize) -> Statement {
    view(
        query,
        dialect,
        offset,
        ("agent_status_intervals", &STATUS, "agent, agent_id, status_name, status_type"),
    )
}

fn view(
    query: &IntervalQuery<'_>,
    dialect: Dialect,
    offset: usize,
    (view, figures, order): (&str, &[&str], &str),
) -> Statement {
    let figures: Vec<_> = figures.iter().map(|figure| format!(", '{figure}', {figure}")).collect();
    let sql = format!(
        "SELECT CAST(OBJECT('from', CAST(interval_start AS text), 'to', CAST(interval_end AS text), 'aws_region', aws_region, \
         'instance_id', instance_id, 'agent', agent, 'agent_id', agent_id{}) AS text) FROM {view} \
         WHERE zone = CAST($1 AS text) AND interval_minutes = CAST($2 AS bigint) \
         AND interval_start >= IN_UTC(CAST($3 AS TIMESTAMP_UTC)) AND interval_start < IN_UTC(CAST($4 AS TIMESTAMP_UTC)) \
         ORDER BY interval_start, {order}, aws_region, instance_id LIMIT {PAGE_ROWS} OFFSET {offset}",
        figures.concat()
    );
    Statement::read(dialect.expand(&sql), query.parameters())
}
