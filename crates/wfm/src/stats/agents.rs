//! Agent performance: the report's intervals made into ours.

use std::collections::BTreeMap;

use switchboard_core::interval::{IntervalGrid, Period};

use super::{once::each_second_once, share::share_out, times::AgentTimes};

/// One row of Connect's agent report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentRow {
    /// The agent's user name.
    pub agent: String,
    /// The interval that the row reports on.
    pub during: Period,
    /// What it reports.
    pub times: AgentTimes,
}

/// One agent in one interval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentPerformanceRow {
    /// The interval.
    pub interval: Period,
    /// The agent's user name.
    pub agent: String,
    /// The figures.
    pub performance: AgentPerformance,
}

/// The figures of an agent in an interval, in whole seconds; [`None`] where the report has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the fields have the WFM's names")]
pub struct AgentPerformance {
    pub tot_work_dur: Option<u64>,
    pub pause_dur: Option<u64>,
    pub avail_dur: Option<u64>,
    pub wait_dur: Option<u64>,
}

impl AgentPerformance {
    fn add(&mut self, other: Self) {
        let sums = [
            (&mut self.tot_work_dur, other.tot_work_dur),
            (&mut self.pause_dur, other.pause_dur),
            (&mut self.avail_dur, other.avail_dur),
            (&mut self.wait_dur, other.wait_dur),
        ];
        for (sum, part) in sums {
            *sum = match (*sum, part) {
                (Some(sum), Some(part)) => Some(sum.saturating_add(part)),
                (known, other) => known.or(other),
            };
        }
    }
}

pub(super) fn rows(
    reported: &BTreeMap<(String, Period), AgentTimes>,
    grid: &IntervalGrid<'_>,
) -> Vec<AgentPerformanceRow> {
    let mut by_agent: BTreeMap<&str, Vec<(Period, AgentTimes)>> = BTreeMap::new();
    for ((agent, during), times) in reported {
        by_agent.entry(agent).or_default().push((*during, *times));
    }
    let mut rows: BTreeMap<(Period, &str), AgentPerformance> = BTreeMap::new();
    for (agent, reported) in by_agent {
        for (during, times) in each_second_once(&reported) {
            let (intervals, secs): (Vec<_>, Vec<_>) = grid.split(during).unzip();
            for (interval, part) in intervals.into_iter().zip(share_out(&times, &secs)) {
                // Where the row has more pause than work, its parts have no available time either.
                let available = times.available_secs().and_then(|_| part.available_secs());
                rows.entry((interval, agent)).or_default().add(AgentPerformance {
                    tot_work_dur: part.online_secs,
                    pause_dur: part.non_productive_secs,
                    avail_dur: available,
                    wait_dur: part.idle_secs,
                });
            }
        }
    }
    let row = |((interval, agent), performance): ((Period, &str), _)| AgentPerformanceRow {
        interval,
        agent: agent.to_owned(),
        performance,
    };
    rows.into_iter().map(row).collect()
}
