//! The schedule of each table: which poll fills it, how often, how fresh it must be, and what rings when it is not.
//!
//! The function that polls and the check of freshness read this table. The deployment reads the same as `polls.json` beside it,
//! for its schedules and alarms; a test holds the two equal.

use jiff::SignedDuration;

use crate::tables::Table;

/// How a table is kept fresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// The table.
    pub table: Table,
    /// The poll that fills it, as events name it.
    pub poll: &'static str,
    /// How often that comes.
    pub every_seconds: u32,
    /// How old its latest complete sample may be: a few periods, as one poll that is late or fails is no alarm yet.
    pub fresh_within_seconds: u32,
    /// The metric that counts its complete polls.
    pub complete: &'static str,
    /// The alarm that rings when those stay away.
    pub alarm: &'static str,
}

/// Every table that polls fill.
pub const SCHEDULES: [Schedule; 5] = [
    Schedule {
        table: Table::CurrentMetrics,
        poll: "current",
        every_seconds: 10,
        fresh_within_seconds: 60,
        complete: "CurrentMetricsComplete",
        alarm: "metrics-current-stale",
    },
    Schedule {
        table: Table::CurrentUsers,
        poll: "users",
        every_seconds: 10,
        fresh_within_seconds: 60,
        complete: "CurrentUsersComplete",
        alarm: "metrics-users-stale",
    },
    Schedule {
        table: Table::History,
        poll: "history",
        every_seconds: 300,
        fresh_within_seconds: 900,
        complete: "HistoryComplete",
        alarm: "metrics-history-stale",
    },
    Schedule {
        table: Table::Intervals,
        poll: "history",
        every_seconds: 300,
        fresh_within_seconds: 900,
        complete: "IntervalsComplete",
        alarm: "metrics-intervals-stale",
    },
    Schedule {
        table: Table::Metadata,
        poll: "metadata",
        every_seconds: 900,
        fresh_within_seconds: 2700,
        complete: "MetadataComplete",
        alarm: "metrics-metadata-stale",
    },
];

impl Schedule {
    /// How often the poll comes.
    pub const fn period(&self) -> SignedDuration {
        SignedDuration::from_secs(self.every_seconds as i64)
    }

    /// How old the table's latest complete sample may be.
    pub const fn fresh_within(&self) -> SignedDuration {
        SignedDuration::from_secs(self.fresh_within_seconds as i64)
    }
}

/// The schedule of a table, by its name or that of its time series, which is as fresh as what it is the past of.
pub fn of_table(name: &str) -> Option<&'static Schedule> {
    SCHEDULES.iter().find(|one| one.table.name() == name || one.table.samples() == Some(name))
}

/// How often a poll comes, by its name; `None` of one that fills no table.
pub fn period_of(poll: &str) -> Option<SignedDuration> {
    SCHEDULES.iter().find(|one| one.poll == poll).map(Schedule::period)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_deployment_reads_the_same_table() {
        let of_json: Vec<Value> = serde_json::from_str(include_str!("polls.json")).unwrap();
        let of_rust: Vec<_> = SCHEDULES
            .iter()
            .map(|one| {
                json!({
                    "table": one.table.name(),
                    "poll": one.poll,
                    "every_seconds": one.every_seconds,
                    "fresh_within_seconds": one.fresh_within_seconds,
                    "complete": one.complete,
                    "alarm": one.alarm,
                })
            })
            .collect();
        assert_eq!(of_json, of_rust);
    }

    #[test]
    fn every_table_has_one_schedule_and_its_own_alarm_and_metric() {
        for table in Table::ALL {
            assert_eq!(SCHEDULES.iter().filter(|one| one.table == table).count(), 1, "{table:?}");
        }
        for one in SCHEDULES {
            assert_eq!(SCHEDULES.iter().filter(|other| other.alarm == one.alarm).count(), 1);
            assert_eq!(SCHEDULES.iter().filter(|other| other.complete == one.complete).count(), 1);
            assert_eq!(period_of(one.poll), Some(one.period()), "polls of one name come equally often");
            assert!(one.fresh_within() >= one.period() * 3, "one poll that fails is no alarm: {one:?}");
        }
    }

    #[test]
    fn a_time_series_is_as_fresh_as_what_it_is_the_past_of() {
        let table = |name| of_table(name).map(|one| one.table);
        assert_eq!(table("current_user_samples"), Some(Table::CurrentUsers));
        assert_eq!(table("historical_metric_data"), Some(Table::History));
        assert_eq!((table("connect_interval_reads"), period_of("tick")), (None, None));
    }
}
