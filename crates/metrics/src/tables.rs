//! The metric tables: their keys and columns, as the statements need them.
//!
//! Times are `timestamptz` in PostgreSQL, and in SQLite text of one width in UTC (`2026-11-20T01:02:03.000000Z`), which
//! sorts as the times do and which SQLite's own date functions read. Numbers are `numeric` and `REAL`. `NULL` is no data.

use jiff::Timestamp;

use crate::{
    catalogue::{CURRENT, HISTORY, SERVICE_LEVEL_THRESHOLD},
    rows::ResourceKind,
};

/// A table that polls write, and that is told whether it is fresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// `connect_metadata`.
    Metadata,
    /// `current_metric_data`, with `current_metric_samples`.
    CurrentMetrics,
    /// `current_user_data`, with `current_user_samples`.
    CurrentUsers,
    /// `historical_metric_data`.
    History,
    /// `interval_metric_data`.
    Intervals,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Number,
    Moment,
}

/// A column that the save fills from `connect_metadata`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named {
    pub(crate) column: &'static str,
    /// Which column of `connect_metadata` it is.
    pub(crate) is: &'static str,
    /// Of what: its kind there, and the column that has its id here.
    pub(crate) of: (ResourceKind, &'static str),
}

/// A column, and what a row that is missing from a complete answer has in it: nothing else than before, or the value of
/// an SQL expression. `$2` is the sample's time.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) at_rest: Option<String>,
    /// Whether another value tells that the row is not at rest yet.
    pub(crate) tells: bool,
}

impl Table {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Metadata, Self::CurrentMetrics, Self::CurrentUsers, Self::History, Self::Intervals];

    /// The table's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Metadata => "connect_metadata",
            Self::CurrentMetrics => "current_metric_data",
            Self::CurrentUsers => "current_user_data",
            Self::History => "historical_metric_data",
            Self::Intervals => "interval_metric_data",
        }
    }

    /// The table that keeps each sample for a while, if there is one.
    pub fn samples(self) -> Option<&'static str> {
        match self {
            Self::CurrentMetrics => Some("current_metric_samples"),
            Self::CurrentUsers => Some("current_user_samples"),
            Self::Metadata | Self::History | Self::Intervals => None,
        }
    }

    /// Whether a complete answer says also what is no more. History isn't un-happened by an answer without it.
    pub(crate) fn sweeps(self) -> bool {
        matches!(self, Self::Metadata | Self::CurrentMetrics | Self::CurrentUsers)
    }

    /// Whether its rows are of intervals, which `connect_reads` notes.
    pub(crate) fn has_intervals(self) -> bool {
        matches!(self, Self::History | Self::Intervals)
    }

    /// The columns that tell its rows apart.
    pub(crate) fn keys(self) -> Vec<Column> {
        match self {
            Self::Metadata => vec![text("kind"), text("id")],
            Self::CurrentMetrics => vec![text("queue_id"), text("channel")],
            Self::CurrentUsers => vec![text("user_id")],
            Self::History => vec![moment("start_time"), text("queue_id"), text("channel")],
            Self::Intervals => {
                let resource = [text("resource_kind"), text("resource_id"), text("channel"), text("metric")];
                [moment("start_time")].into_iter().chain(resource).collect()
            }
        }
    }

    /// Whether a complete sample is the latest word on all of it, also on rows that the table lacks. What can be named
    /// is listed kind by kind, so there each row counts for itself.
    pub(crate) fn stands(self) -> bool {
        matches!(self, Self::CurrentMetrics | Self::CurrentUsers)
    }

    /// The column that has the time of the sample that a row holds.
    pub(crate) fn time(self) -> &'static str {
        if self.has_beginnings() { "last_updated_at" } else { "sampled_at" }
    }

    /// Whether a row says in `created_at` of when its first sample was.
    pub(crate) fn has_beginnings(self) -> bool {
        !matches!(self, Self::Intervals)
    }

    /// The columns that the save fills from `connect_metadata`.
    pub(crate) fn names(self) -> Vec<Named> {
        let both = |of: (ResourceKind, &'static str), arn, name| {
            [Named { column: arn, is: "arn", of }, Named { column: name, is: "name", of }]
        };
        let queue = || both((ResourceKind::Queue, "queue_id"), "queue_arn", "queue_name");
        match self {
            Self::Metadata | Self::Intervals => Vec::new(),
            Self::CurrentMetrics | Self::History => queue().to_vec(),
            Self::CurrentUsers => {
                let profile = (ResourceKind::RoutingProfile, "routing_profile_id");
                let profile = both(profile, "routing_profile_arn", "routing_profile_name");
                [both((ResourceKind::User, "user_id"), "user_arn", "user_name"), profile].concat()
            }
        }
    }

    /// Its other columns, without the times of the row itself and without [names](Self::names).
    pub(crate) fn values(self) -> Vec<Column> {
        match self {
            Self::Metadata => vec![
                text("arn"),
                text("arn_type"),
                text("name"),
                text("status_type"),
                Column { tells: true, ..moment("gone_at").at_rest("CAST($2 AS MOMENT)") },
            ],
            Self::CurrentMetrics => CURRENT.iter().map(current_metric).collect(),
            Self::CurrentUsers => user_columns(),
            Self::History => {
                let metrics = HISTORY.iter().map(|metric| number(metric.column));
                [moment("end_time")]
                    .into_iter()
                    .chain(metrics)
                    .chain([number(SERVICE_LEVEL_THRESHOLD)])
                    .collect()
            }
            Self::Intervals => vec![moment("end_time"), number("value")],
        }
    }
}

fn current_metric(metric: &crate::catalogue::Metric) -> Column {
    let at_rest = metric.at_rest.map_or("NULL".to_owned(), |value| value.to_string());
    Column { tells: true, ..number(metric.column).at_rest(&at_rest) }
}

/// An agent who is in no complete answer is logged off: Connect tells of active users alone. The routing profile and
/// its slots stay the agent's.
fn user_columns() -> Vec<Column> {
    // By its type, as its name can be changed and another status may have that name.
    let offline = |column: &str| {
        format!(
            "(SELECT MIN({column}) FROM connect_metadata \
             WHERE kind = 'AGENT_STATUS' AND status_type = 'OFFLINE' AND gone_at IS NULL)"
        )
    };
    let tells = |column: Column| Column { tells: true, ..column };
    vec![
        text("routing_profile_id"),
        tells(text("status_id").at_rest(&offline("id"))),
        tells(text("status_name").at_rest(&format!("COALESCE({}, 'Offline')", offline("name")))),
        moment("status_start_time").at_rest("CAST($2 AS MOMENT)"),
        text("next_status").at_rest("NULL"),
        tells(number("contacts").at_rest("0")),
        text("contact_state").at_rest("NULL"),
        text("contact_channel").at_rest("NULL"),
        text("contact_queue_id").at_rest("NULL"),
        moment("contact_state_start").at_rest("NULL"),
        tells(number("active_slots").at_rest("0")),
        tells(number("available_slots").at_rest("0")),
        number("max_slots"),
    ]
}

const fn text(name: &'static str) -> Column {
    Column { name, kind: Kind::Text, at_rest: None, tells: false }
}

const fn number(name: &'static str) -> Column {
    Column { name, kind: Kind::Number, at_rest: None, tells: false }
}

const fn moment(name: &'static str) -> Column {
    Column { name, kind: Kind::Moment, at_rest: None, tells: false }
}

impl Column {
    fn at_rest(mut self, expression: &str) -> Self {
        self.at_rest = Some(expression.to_owned());
        self
    }
}

/// A time as it is stored: of one width, so that it sorts as text, and of the microseconds that PostgreSQL keeps.
pub(crate) fn time_text(time: Timestamp) -> String {
    format!("{time:.6}")
}
