//! Agent performance: the report's intervals made into ours.

use std::collections::BTreeMap;

use super::grid::{Grid, Period};

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

/// What the report says of an agent in an interval, in whole seconds; [`None`] where it says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct AgentTimes {
    /// `Online time`.
    pub online_secs: Option<u64>,
    /// `Non-Productive Time`.
    pub non_productive_secs: Option<u64>,
    /// `Agent idle time`.
    pub idle_secs: Option<u64>,
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
    grid: &Grid<'_>,
) -> Vec<AgentPerformanceRow> {
    let mut rows: BTreeMap<(Period, &str), AgentPerformance> = BTreeMap::new();
    for ((agent, during), times) in reported {
        let parts: Vec<_> = grid.cut(*during).collect();
        let secs: Vec<_> = parts.iter().map(|(_, secs)| *secs).collect();
        for ((interval, _), part) in parts.iter().zip(split(times, &secs)) {
            rows.entry((*interval, agent)).or_default().add(part);
        }
    }
    let row = |((interval, agent), performance): ((Period, &str), _)| AgentPerformanceRow {
        interval,
        agent: agent.to_owned(),
        performance,
    };
    rows.into_iter().map(row).collect()
}

/// Shares what was reported out over parts of so many seconds.
fn split(times: &AgentTimes, part_secs: &[u64]) -> Vec<AgentPerformance> {
    let share = |secs: Option<u64>| match secs {
        Some(secs) => apportion(secs, part_secs).into_iter().map(Some).collect(),
        None => vec![None; part_secs.len()],
    };
    let available =
        times.online_secs.zip(times.non_productive_secs).and_then(|(all, not)| all.checked_sub(not));
    let (pause, avail, wait) = (share(times.non_productive_secs), share(available), share(times.idle_secs));
    // Rounded by itself, a part's online time could be below its pauses.
    let online: Vec<_> = match available {
        Some(_) => pause.iter().zip(&avail).map(|(pause, avail)| Some((*pause)? + (*avail)?)).collect(),
        None => share(times.online_secs),
    };
    let parts = online.into_iter().zip(pause).zip(avail.into_iter().zip(wait));
    parts
        .map(|((tot_work_dur, pause_dur), (avail_dur, wait_dur))| AgentPerformance {
            tot_work_dur,
            pause_dur,
            avail_dur,
            wait_dur,
        })
        .collect()
}

/// Shares a total out by weight in whole numbers that add up to it: the largest remainders are
/// rounded up, the earlier of equal ones first.
fn apportion(total: u64, weights: &[u64]) -> Vec<u64> {
    let whole = weights.iter().map(|weight| u128::from(*weight)).sum::<u128>().max(1);
    let exact = |weight: &u64| u128::from(total) * u128::from(*weight);
    // A share is at most the total, so it fits.
    let mut shares: Vec<_> =
        weights.iter().map(|weight| u64::try_from(exact(weight) / whole).unwrap_or(total)).collect();
    let left = total - shares.iter().sum::<u64>();
    let mut by_remainder: Vec<_> =
        weights.iter().map(|weight| exact(weight) % whole).zip(&mut shares).collect();
    by_remainder.sort_by_key(|(remainder, _)| std::cmp::Reverse(*remainder));
    for ((_, share), _) in by_remainder.into_iter().zip(0..left) {
        *share += 1;
    }
    shares
}
