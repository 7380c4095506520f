//! The load of polls on the Connect API: how many requests a poll sends, by how large the centre is, and how many its period allows.
//!
//! Only polls that can outgrow their period are here: the others send a few requests every five or fifteen minutes.

use std::fmt;

use crate::{
    catalogue::CHANNELS,
    polls::{SCHEDULES, Schedule},
    settings::RequestRate,
    tables::Table,
};

/// Results of a page, and values of a filter, of every metric operation.
const PAGE: u64 = 100;
/// The channels of a large centre's agents, in requests for intervals.
const AGENT_CHANNELS: u64 = 3;
/// How long requests for one quarter of an hour may take: all of them are in one invocation, which also saves.
const INTERVAL_SECONDS: f64 = 90.0;

/// How large an instance is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CentreSize {
    /// Standard queues.
    pub queues: u64,
    /// Agents who are signed in at once; all of them, where that is unknown.
    pub agents: u64,
}

/// The requests of one poll of one instance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PollLoad {
    /// The table that it fills.
    pub table: Table,
    /// The operation that it calls most.
    pub operation: &'static str,
    /// The most requests that it sends.
    pub requests: u64,
    /// Seconds within which they must be sent.
    pub within: f64,
    /// Requests a second that it may send.
    pub per_second: f64,
}

impl PollLoad {
    /// The seconds that its requests take.
    pub fn seconds(&self) -> f64 {
        as_f64(self.requests) / self.per_second
    }

    /// The requests that its time allows.
    pub fn allowed(&self) -> u64 {
        whole(self.within * self.per_second)
    }

    /// True if that is within its time.
    pub fn fits(&self) -> bool {
        self.requests <= self.allowed()
    }
}

impl fmt::Display for PollLoad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, operation, requests, within, per_second } = self;
        write!(
            f,
            "the poll of {} takes up to {requests} requests of {operation} if all users are signed in, which at {per_second:.2} a second is {:.0} seconds, and its time is {within:.0}",
            table.name(),
            self.seconds().ceil()
        )
    }
}

/// The polls of an instance of this size, at this rate.
pub fn loads(size: CentreSize, rate: RequestRate) -> [PollLoad; 3] {
    let CentreSize { queues, agents } = size;
    [
        PollLoad {
            table: Table::CurrentMetrics,
            operation: "GetCurrentMetricData",
            requests: queues.saturating_mul(CHANNELS.len() as u64).div_ceil(PAGE),
            within: period(Table::CurrentMetrics),
            per_second: rate.of_metrics(),
        },
        PollLoad {
            table: Table::CurrentUsers,
            operation: "GetCurrentUserData",
            // And the list of routing profiles, by which agents are requested.
            requests: agents.div_ceil(PAGE) + 1,
            within: period(Table::CurrentUsers),
            per_second: rate.per_second(),
        },
        PollLoad {
            table: Table::Intervals,
            operation: "GetMetricDataV2",
            // Half as many again by profile and by queue.
            requests: agents.saturating_mul(AGENT_CHANNELS * 3).div_ceil(PAGE * 2),
            within: INTERVAL_SECONDS,
            per_second: rate.per_second(),
        },
    ]
}

/// The largest instance whose polls are within their time at this rate.
pub fn largest(rate: RequestRate) -> CentreSize {
    let current = whole(period(Table::CurrentMetrics) * rate.of_metrics());
    let users = whole(period(Table::CurrentUsers) * rate.per_second()).saturating_sub(1) * PAGE;
    let intervals = whole(INTERVAL_SECONDS * rate.per_second()) * PAGE * 2 / (AGENT_CHANNELS * 3);
    CentreSize { queues: current * PAGE / CHANNELS.len() as u64, agents: users.min(intervals) }
}

fn period(table: Table) -> f64 {
    SCHEDULES.iter().find(|one| one.table == table).map_or(0.0, |one: &Schedule| f64::from(one.every_seconds))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number of requests, rounded down"
)]
fn whole(requests: f64) -> u64 {
    requests.max(0.0) as u64
}

#[expect(clippy::cast_precision_loss, reason = "a number of requests")]
fn as_f64(requests: u64) -> f64 {
    requests as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outgrown(size: CentreSize, rate: f64) -> Vec<Table> {
        let loads = loads(size, RequestRate::new(rate).unwrap());
        loads.iter().filter(|load| !load.fits()).map(|load| load.table).collect()
    }

    #[test]
    fn the_largest_centre_fits_and_a_larger_one_does_not() {
        for rate in [0.3, 0.6, 0.9, 1.8, 5.0, 100.0] {
            let CentreSize { queues, agents } = largest(RequestRate::new(rate).unwrap());
            assert_eq!(outgrown(CentreSize { queues, agents }, rate), [], "{rate}");
            let one_page = CentreSize { queues: queues + PAGE, agents };
            assert_eq!(outgrown(one_page, rate), [Table::CurrentMetrics], "{rate}");
            assert!(!outgrown(CentreSize { queues, agents: agents + PAGE }, rate).is_empty(), "{rate}");
        }
    }

    #[test]
    fn the_default_rate_is_enough_for_1700_agents_and_1100_queues() {
        let size = CentreSize { queues: 1125, agents: 1700 };
        assert_eq!(largest(RequestRate::default()), size);
        let [current, users, intervals] = loads(size, RequestRate::default());
        assert_eq!((current.requests, users.requests, intervals.requests), (45, 18, 77));
        assert!((users.seconds() - 10.0).abs() < 1e-9);
    }

    #[test]
    fn instances_that_share_a_rate_are_each_smaller() {
        let size = |share: f64| largest(RequestRate::new(1.8 / share).unwrap()).agents;
        assert_eq!([size(1.0), size(2.0), size(3.0)], [1700, 800, 500]);
    }
}
