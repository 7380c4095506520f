//! The metrics of the moment: `GetCurrentMetricData`.

use super::{Metric, Statistic, Unit};

/// All 14 metrics of `GetCurrentMetricData`, requested by queue and channel.
///
/// `OLDEST_CONTACT_AGE` has a trap: its unit is always said to be seconds, but without a grouping the number is in
/// milliseconds. It is therefore always requested with one, and a result without a queue is ignored.
/// `ESTIMATED_WAIT_TIME` exists only by queue and channel, with both filters given.
pub const CURRENT: &[Metric] = &[
    count("AGENTS_AFTER_CONTACT_WORK", "agents_acw"),
    count("AGENTS_AVAILABLE", "agents_available"),
    count("AGENTS_ERROR", "agents_error"),
    count("AGENTS_NON_PRODUCTIVE", "agents_npt"),
    count("AGENTS_ON_CALL", "agents_on_call"),
    count("AGENTS_ON_CONTACT", "agents_on_contact"),
    count("AGENTS_ONLINE", "agents_online"),
    count("AGENTS_STAFFED", "agents_staffed"),
    count("CONTACTS_IN_QUEUE", "in_queue"),
    count("CONTACTS_SCHEDULED", "scheduled"),
    seconds("ESTIMATED_WAIT_TIME", "estimated_wait_time", None),
    seconds("OLDEST_CONTACT_AGE", "oldest_contact", Some(0.0)),
    count("SLOTS_ACTIVE", "slots_active"),
    count("SLOTS_AVAILABLE", "slots_available"),
];

const fn count(name: &'static str, column: &'static str) -> Metric {
    Metric { name, unit: Unit::Count, statistic: Statistic::Now, column, absent_value: Some(0.0) }
}

const fn seconds(name: &'static str, column: &'static str, absent_value: Option<f64>) -> Metric {
    Metric { name, unit: Unit::Seconds, statistic: Statistic::Now, column, absent_value }
}
