//! The metrics of fifteen minutes: `GetMetricDataV2`, by queue and by agent.

use super::Unit;

/// A metric of `GetMetricDataV2`: a row of the table, not a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IntervalMetricName {
    /// The API's name.
    pub name: &'static str,
    /// What it is counted in. `SUM_HOLD_TIME` is in seconds, though the API's reference says a count.
    pub unit: Unit,
    /// Whether it is requested with the threshold of the service level: less than so many seconds.
    pub threshold: bool,
    /// How two results for one resource and interval are merged.
    pub joins: Joins,
}

/// How two results of a metric are merged: where a query takes several filters, each result covers a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joins {
    /// They add up.
    Sum,
    /// The greater one holds.
    Greatest,
    /// A mean or a share without its denominator: the two cannot be merged.
    Not,
}

impl Joins {
    /// The value of both. One that could not be computed says nothing.
    pub fn of(self, one: Option<f64>, other: Option<f64>) -> Option<f64> {
        match (one, other) {
            (Some(one), Some(other)) => match self {
                Self::Sum => Some(one + other),
                Self::Greatest => Some(one.max(other)),
                Self::Not => None,
            },
            (one, other) => one.or(other),
        }
    }
}

impl IntervalMetricName {
    /// Whether the table calls it so, whatever its threshold.
    pub fn is_key(&self, key: &str) -> bool {
        let rest = key.strip_prefix(self.name);
        rest.is_some_and(|rest| rest.is_empty() || (self.threshold && rest.starts_with('_')))
    }

    /// What the table calls it: the name, with the threshold where it has one (`SERVICE_LEVEL_LT_20`).
    pub fn key(&self, threshold_seconds: u32) -> String {
        if self.threshold { format!("{}_LT_{threshold_seconds}", self.name) } else { self.name.to_owned() }
    }
}

/// By queue and channel.
///
/// Sums rather than averages where there are both: they add up over intervals and queues. The exceptions are times
/// that exist as averages alone. Twenty, which is as many as one request may have.
pub const BY_QUEUE: &[IntervalMetricName] = &[
    percent("ABANDONMENT_RATE"),
    mean("AVG_ABANDON_TIME"),
    mean("AVG_QUEUE_ANSWER_TIME"),
    count("CONTACTS_ABANDONED"),
    count("CONTACTS_CREATED"),
    count("CONTACTS_HANDLED"),
    count("CONTACTS_HOLD_ABANDONS"),
    count("CONTACTS_PUT_ON_HOLD"),
    count("CONTACTS_QUEUED"),
    count("CONTACTS_TRANSFERRED_OUT"),
    count("CONTACTS_TRANSFERRED_OUT_FROM_QUEUE"),
    IntervalMetricName { joins: Joins::Greatest, ..seconds("MAX_QUEUED_TIME") },
    IntervalMetricName { joins: Joins::Not, ..within("SERVICE_LEVEL", Unit::Percent) },
    seconds("SUM_AFTER_CONTACT_WORK_TIME"),
    within("SUM_CONTACTS_ABANDONED_IN_X", Unit::Count),
    within("SUM_CONTACTS_ANSWERED_IN_X", Unit::Count),
    seconds("SUM_HANDLE_TIME"),
    seconds("SUM_HOLD_TIME"),
    seconds("SUM_INTERACTION_TIME"),
    count("SUM_RETRY_CALLBACK_ATTEMPTS"),
];

/// By agent and channel: what the agent did with contacts.
pub const BY_AGENT_AND_CHANNEL: &[IntervalMetricName] = &[
    percent("AGENT_ANSWER_RATE"),
    count("AGENT_NON_RESPONSE"),
    count("CONTACTS_HANDLED"),
    count("CONTACTS_PUT_ON_HOLD"),
    count("CONTACTS_TRANSFERRED_OUT_BY_AGENT"),
    seconds("SUM_AFTER_CONTACT_WORK_TIME"),
    seconds("SUM_HANDLE_TIME"),
    seconds("SUM_HOLD_TIME"),
    seconds("SUM_INTERACTION_TIME"),
];

/// By agent alone: how the agent's time was spent. The API knows no channel for these.
pub const BY_AGENT: &[IntervalMetricName] = &[
    percent("AGENT_OCCUPANCY"),
    seconds("SUM_CONTACT_TIME_AGENT"),
    seconds("SUM_ERROR_STATUS_TIME_AGENT"),
    seconds("SUM_IDLE_TIME_AGENT"),
    seconds("SUM_NON_PRODUCTIVE_TIME_AGENT"),
    seconds("SUM_ONLINE_TIME_AGENT"),
];

const fn count(name: &'static str) -> IntervalMetricName {
    IntervalMetricName { name, unit: Unit::Count, threshold: false, joins: Joins::Sum }
}

const fn seconds(name: &'static str) -> IntervalMetricName {
    IntervalMetricName { name, unit: Unit::Seconds, threshold: false, joins: Joins::Sum }
}

const fn mean(name: &'static str) -> IntervalMetricName {
    IntervalMetricName { joins: Joins::Not, ..seconds(name) }
}

const fn percent(name: &'static str) -> IntervalMetricName {
    IntervalMetricName { name, unit: Unit::Percent, threshold: false, joins: Joins::Not }
}

const fn within(name: &'static str, unit: Unit) -> IntervalMetricName {
    IntervalMetricName { name, unit, threshold: true, joins: Joins::Sum }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_part_of_the_key() {
        assert_eq!(within("SERVICE_LEVEL", Unit::Percent).key(20), "SERVICE_LEVEL_LT_20");
        assert_eq!(count("CONTACTS_HANDLED").key(20), "CONTACTS_HANDLED");
    }
}
