//! What a poll brings: a row of each table.
//!
//! The Connect API's client makes these, the tables take them, and neither knows the other. A row is written into a
//! table as one JSON object with the names of the columns, so that a whole poll is one parameter of one statement.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Serialize, Serializer, ser::SerializeStruct};

pub use crate::resource_kind::ResourceKind;
use crate::tables::time_text;

/// The rows of one sample, and whether it is complete.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample<T> {
    /// When it was so: the API's own time of its data where it reports one, otherwise when it was requested.
    /// Tables keep the row with the later time, whoever writes last.
    pub sampled_at: Timestamp,
    /// Whether every page was read. Only then does what is missing count as gone.
    pub complete: bool,
    /// The rows.
    pub rows: Vec<T>,
}

/// What can be named: a row of `connect_metadata`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// What it is.
    pub kind: ResourceKind,
    /// The id within the instance.
    pub id: String,
    /// The ARN.
    pub arn: String,
    /// The name that people gave it: of a user, the login name.
    pub name: String,
    /// Of an agent status, its type: `ROUTABLE`, `CUSTOM` or `OFFLINE`. Its name can be changed, and the type can't.
    pub status_type: Option<String>,
}

impl Serialize for Resource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut row = serializer.serialize_struct("Resource", 6)?;
        row.serialize_field("kind", &self.kind)?;
        row.serialize_field("id", &self.id)?;
        row.serialize_field("arn", &self.arn)?;
        row.serialize_field("arn_type", self.kind.arn_type())?;
        row.serialize_field("name", &self.name)?;
        row.serialize_field("status_type", &self.status_type)?;
        row.end()
    }
}

/// The values of one row by column name. No entry and `None` both mean that there is no data, which is `NULL`.
pub type Values = BTreeMap<&'static str, Option<f64>>;

/// The current state of a queue on one channel: a row of `current_metric_data` and of `current_metric_samples`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CurrentMetrics {
    /// The queue's id.
    pub queue_id: String,
    /// `VOICE`, `CHAT`, `TASK` or `EMAIL`.
    pub channel: String,
    /// The metrics; durations in seconds.
    #[serde(flatten)]
    pub values: Values,
}

/// The current state of an agent: a row of `current_user_data` and of `current_user_samples`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CurrentUser {
    /// The user's id.
    pub user_id: String,
    /// The routing profile's id.
    pub routing_profile_id: Option<String>,
    /// The status's id.
    pub status_id: Option<String>,
    /// The status's name, as the API reported it or as `connect_metadata` knows it.
    pub status_name: Option<String>,
    /// Since when the status has been so.
    #[serde(serialize_with = "time_if_any")]
    pub status_start_time: Option<Timestamp>,
    /// What the agent switches to after the contact.
    pub next_status: Option<String>,
    /// Contacts at the agent, all states, after-contact work included.
    pub contacts: i64,
    /// The state of the contact that takes the agent's time: of several, the one begun last. `None` without a contact.
    pub contact_state: Option<String>,
    /// That contact's channel.
    pub contact_channel: Option<String>,
    /// That contact's queue, by id.
    pub contact_queue_id: Option<String>,
    /// Since when that contact has been in its state. Connect does not renew it on hold.
    #[serde(serialize_with = "time_if_any")]
    pub contact_state_start: Option<Timestamp>,
    /// Slots in use, over all channels.
    pub active_slots: i64,
    /// Free slots.
    pub available_slots: i64,
    /// All slots.
    pub max_slots: i64,
}

/// One queue and channel in one interval of five minutes: a row of `historical_metric_data`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HistoricalMetrics {
    /// The queue's id.
    pub queue_id: String,
    /// The channel.
    pub channel: String,
    /// The interval's first moment.
    #[serde(serialize_with = "time")]
    pub start_time: Timestamp,
    /// The first moment after it.
    #[serde(serialize_with = "time")]
    pub end_time: Timestamp,
    /// The metrics; durations in seconds, shares in percent.
    #[serde(flatten)]
    pub values: Values,
}

/// One metric of one queue or agent in one interval of `GetMetricDataV2`: a row of `interval_metric_data`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IntervalMetric {
    /// What it is of: a queue or an agent.
    pub resource_kind: ResourceKind,
    /// Its id.
    pub resource_id: String,
    /// The channel; empty where the metric is of all.
    pub channel: String,
    /// The interval's first moment.
    #[serde(serialize_with = "time")]
    pub start_time: Timestamp,
    /// The first moment after it.
    #[serde(serialize_with = "time")]
    pub end_time: Timestamp,
    /// The metric by its API name, with its threshold where it has one: `SERVICE_LEVEL_LT_20`.
    pub metric: String,
    /// The value; `None` for one that can't be computed, such as a share of nothing.
    pub value: Option<f64>,
}

/// A time as tables keep it.
fn time<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time_text(*time))
}

#[expect(clippy::ref_option, reason = "serde calls it with a reference to the field")]
fn time_if_any<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(time_text).serialize(serializer)
}
