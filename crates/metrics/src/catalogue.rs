//! The metrics that are stored: name in the API, unit and column.
//!
//! A column is the API's name in lower case (`AGENTS_ONLINE` is `agents_online`), but for five that AWS's sample of such
//! tables calls otherwise, whose names datasets and dashboards rely on (`CONTACTS_IN_QUEUE` is `in_queue`). Durations
//! are in seconds, shares in percent of a hundred, all `numeric` in PostgreSQL and `REAL` in SQLite, `NULL` where the
//! API has no value. Counts are `numeric` as well: the API returns every metric as a floating-point number.
//! <https://github.com/aws-samples/aws-connect-data-visualization-using-aurora>
//!
//! | table | metrics | from |
//! |---|---|---|
//! | `current_metric_data`, `current_metric_samples` | [`CURRENT`] | `GetCurrentMetricData` |
//! | `historical_metric_data` | [`HISTORY`] and [`SERVICE_LEVEL_THRESHOLD`] | `GetMetricData` |
//! | `interval_metric_data` | [`BY_QUEUE`], [`BY_AGENT_AND_CHANNEL`], [`BY_AGENT`]: a row each, no columns | `GetMetricDataV2` |

mod current;
mod history;
mod intervals;

pub use current::CURRENT;
pub use history::{HISTORY, SERVICE_LEVEL_THRESHOLD};
pub use intervals::{BY_AGENT, BY_AGENT_AND_CHANNEL, BY_QUEUE, IntervalMetricName, Joins};

/// The channels a contact comes on, by the API's names.
pub const CHANNELS: [&str; 4] = ["VOICE", "CHAT", "TASK", "EMAIL"];

/// A metric with a column of its own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metric {
    /// The API's name: `CONTACTS_IN_QUEUE`.
    pub name: &'static str,
    /// What it is counted in.
    pub unit: Unit,
    /// How the API makes one value of many.
    pub statistic: Statistic,
    /// The column in the table.
    pub column: &'static str,
    /// The value of a queue that a complete poll did not return: the API leaves out idle queues. `None` if it is unknown.
    pub absent_value: Option<f64>,
}

/// What a metric is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the API's names")]
pub enum Unit {
    Count,
    Seconds,
    Percent,
}

/// How the API makes one value of many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statistic {
    /// The value of the moment.
    Now,
    /// The sum over the interval.
    Sum,
    /// The mean over the interval's contacts, or agents' time.
    Avg,
    /// The greatest of the interval.
    Max,
}

/// The metric of an API name, in any case, among `metrics`.
pub fn by_name<'m>(metrics: &'m [Metric], name: &str) -> Option<&'m Metric> {
    metrics.iter().find(|metric| metric.name.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_column_is_the_name_in_lower_case_but_for_five() {
        let renamed: Vec<_> = CURRENT
            .iter()
            .chain(HISTORY)
            .filter(|metric| metric.column != metric.name.to_ascii_lowercase())
            .map(|metric| metric.column)
            .collect();
        assert_eq!(renamed, ["agents_acw", "agents_npt", "in_queue", "scheduled", "oldest_contact"]);
    }

    #[test]
    fn no_column_comes_twice_in_a_table() {
        for table in [CURRENT, HISTORY] {
            assert_eq!(table.iter().map(|metric| metric.column).collect::<BTreeSet<_>>().len(), table.len());
        }
        assert!(HISTORY.iter().all(|metric| metric.column != SERVICE_LEVEL_THRESHOLD));
    }

    #[test]
    fn every_count_of_an_absent_queue_is_zero() {
        for metric in CURRENT.iter().filter(|metric| metric.unit == Unit::Count) {
            assert_eq!(metric.absent_value, Some(0.0), "{}", metric.name);
        }
    }

    #[test]
    fn names_are_found_in_any_case() {
        assert_eq!(by_name(CURRENT, "contacts_IN_queue").map(|metric| metric.unit), Some(Unit::Count));
        assert_eq!(by_name(HISTORY, "CONTACTS_INCOMING"), None, "the API has no such metric");
    }

    #[test]
    fn an_interval_metric_comes_once_for_a_resource() {
        let queue: BTreeSet<_> = BY_QUEUE.iter().map(|metric| metric.name).collect();
        assert_eq!(queue.len(), BY_QUEUE.len());
        let agent: BTreeSet<_> =
            BY_AGENT.iter().chain(BY_AGENT_AND_CHANNEL).map(|metric| metric.name).collect();
        assert_eq!(agent.len(), BY_AGENT.len() + BY_AGENT_AND_CHANNEL.len());
    }
}
