//! The metric tables: their keys and columns, as the statements need them.
//!
//! Times are `timestamptz` in PostgreSQL, and in SQLite text of one width in UTC (`2026-11-20T01:02:03.000000Z`), which
//! sorts as the times do and which SQLite's own date functions read. Numbers are `numeric` and `REAL`. `NULL` is no data.

use jiff::Timestamp;

use crate::{
    catalogue::{CURRENT, HISTORY, SERVICE_LEVEL_THRESHOLD},
    resource_kind::ResourceKind,
};

/// A table that polls write and whose freshness is checked.
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

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColumnType {
    Text,
    Number,
    Timestamp,
}

/// A column that the save fills from `connect_metadata`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LookupColumn {
    pub(crate) column: &'static str,
    /// The column of `connect_metadata` that it is copied from.
    pub(crate) source_column: &'static str,
    /// The kind of resource that is looked up.
    pub(crate) kind: ResourceKind,
    /// The column of this table that holds the resource's id.
    pub(crate) id_column: &'static str,
}

/// A column of a table.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: ColumnType,
    /// The SQL expression of the value written to rows that a complete poll did not return, where `$3` is the sample's
    /// time. `None` if the value stays as it is.
    pub(crate) absent_value: Option<String>,
    /// Whether a value other than `absent_value` marks the row as active: not reset yet.
    pub(crate) marks_active: bool,
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

    /// The time series of the table's samples, if there is one.
    pub fn samples(self) -> Option<&'static str> {
        match self {
            Self::CurrentMetrics => Some("current_metric_samples"),
            Self::CurrentUsers => Some("current_user_samples"),
            Self::Metadata | Self::History | Self::Intervals => None,
        }
    }

    /// True if a complete sample resets absent rows. History tables never reset rows.
    pub(crate) fn resets_absent_rows(self) -> bool {
        matches!(self, Self::Metadata | Self::CurrentMetrics | Self::CurrentUsers)
    }

    /// Whether its rows belong to intervals, whose reads `connect_interval_reads` records.
    pub(crate) fn has_intervals(self) -> bool {
        matches!(self, Self::History | Self::Intervals)
    }

    /// The columns of the key after `instance_arn`, which is the first of every key.
    pub(crate) fn keys(self) -> Vec<Column> {
        match self {
            Self::Metadata => vec![text("kind"), text("id")],
            Self::CurrentMetrics => vec![text("queue_id"), text("channel")],
            Self::CurrentUsers => vec![text("user_id")],
            Self::History => vec![timestamp("start_time"), text("queue_id"), text("channel")],
            Self::Intervals => {
                let resource = [text("resource_kind"), text("resource_id"), text("channel"), text("metric")];
                [timestamp("start_time")].into_iter().chain(resource).collect()
            }
        }
    }

    /// True if the table holds the current state, so that a complete sample supersedes every older one as a whole.
    /// Metadata is listed kind by kind; there each row is versioned by itself.
    pub(crate) fn is_current_state(self) -> bool {
        matches!(self, Self::CurrentMetrics | Self::CurrentUsers)
    }

    /// The column with the time of the sample that a row holds.
    pub(crate) fn time(self) -> &'static str {
        if self.has_created_at() { "last_updated_at" } else { "sampled_at" }
    }

    /// Whether the column `created_at` holds the time of the row's first sample.
    pub(crate) fn has_created_at(self) -> bool {
        !matches!(self, Self::Intervals)
    }

    /// The columns that the save fills from `connect_metadata`.
    pub(crate) fn lookup_columns(self) -> Vec<LookupColumn> {
        let both = |kind, id_column, arn, name| {
            let column = |column, source_column| LookupColumn { column, source_column, kind, id_column };
            [column(arn, "arn"), column(name, "name")]
        };
        let queue = || both(ResourceKind::Queue, "queue_id", "queue_arn", "queue_name");
        match self {
            Self::Metadata | Self::Intervals => Vec::new(),
            Self::CurrentMetrics | Self::History => queue().to_vec(),
            Self::CurrentUsers => {
                let kind = ResourceKind::RoutingProfile;
                let profile = both(kind, "routing_profile_id", "routing_profile_arn", "routing_profile_name");
                [both(ResourceKind::User, "user_id", "user_arn", "user_name"), profile].concat()
            }
        }
    }

    /// Its other columns, without the times of the row itself and without [names](Self::lookup_columns).
    pub(crate) fn values(self) -> Vec<Column> {
        match self {
            Self::Metadata => vec![
                text("arn"),
                text("arn_type"),
                text("name"),
                text("status_type"),
                Column {
                    marks_active: true,
                    ..timestamp("deleted_at").absent_value("CAST($3 AS TIMESTAMP_UTC)")
                },
            ],
            Self::CurrentMetrics => CURRENT.iter().map(current_metric).collect(),
            Self::CurrentUsers => user_columns(),
            Self::History => {
                let metrics = HISTORY.iter().map(|metric| number(metric.column));
                [timestamp("end_time")]
                    .into_iter()
                    .chain(metrics)
                    .chain([number(SERVICE_LEVEL_THRESHOLD)])
                    .collect()
            }
            Self::Intervals => vec![timestamp("end_time"), number("value")],
        }
    }
}

fn current_metric(metric: &crate::catalogue::Metric) -> Column {
    let absent_value = metric.absent_value.map_or("NULL".to_owned(), |value| value.to_string());
    Column { marks_active: true, ..number(metric.column).absent_value(&absent_value) }
}

/// The columns of an agent. An agent who is absent from a complete sample is offline, as Connect returns active users
/// alone; the routing profile and its slots stay as they are.
fn user_columns() -> Vec<Column> {
    // By its type, as its name can be changed and another status may have that name.
    let offline = |column: &str| {
        format!(
            "(SELECT MIN({column}) FROM connect_metadata \
             WHERE instance_arn = CAST($1 AS text) AND kind = 'AGENT_STATUS' AND status_type = 'OFFLINE' AND deleted_at IS NULL)"
        )
    };
    let marks_active = |column: Column| Column { marks_active: true, ..column };
    vec![
        text("routing_profile_id"),
        marks_active(text("status_id").absent_value(&offline("id"))),
        marks_active(text("status_name").absent_value(&format!("COALESCE({}, 'Offline')", offline("name")))),
        timestamp("status_start_time").absent_value("CAST($3 AS TIMESTAMP_UTC)"),
        text("next_status").absent_value("NULL"),
        marks_active(number("contacts").absent_value("0")),
        text("contact_state").absent_value("NULL"),
        text("contact_channel").absent_value("NULL"),
        text("contact_queue_id").absent_value("NULL"),
        timestamp("contact_state_start").absent_value("NULL"),
        marks_active(number("active_slots").absent_value("0")),
        marks_active(number("available_slots").absent_value("0")),
        number("max_slots"),
    ]
}

const fn text(name: &'static str) -> Column {
    Column { name, kind: ColumnType::Text, absent_value: None, marks_active: false }
}

const fn number(name: &'static str) -> Column {
    Column { name, kind: ColumnType::Number, absent_value: None, marks_active: false }
}

const fn timestamp(name: &'static str) -> Column {
    Column { name, kind: ColumnType::Timestamp, absent_value: None, marks_active: false }
}

impl Column {
    fn absent_value(mut self, expression: &str) -> Self {
        self.absent_value = Some(expression.to_owned());
        self
    }
}

/// A time as it is stored: of one width, so that it sorts as text, in microseconds, which is PostgreSQL's precision.
pub(crate) fn time_text(time: Timestamp) -> String {
    format!("{time:.6}")
}
