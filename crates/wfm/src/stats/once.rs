//! Each second of an agent once, where reports of several lengths include it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use switchboard_core::interval::Period;

use super::{share::share_out, times::AgentTimes};

/// Makes one agent's reported rows into rows that do not overlap: a second counts by the shortest period that it was
/// reported in. A longer period keeps what it has beyond the shorter ones in it, for the seconds that they leave; of a
/// period without a rest nothing is left.
///
/// No row has more seconds than its length. Work and idle time are separate, as not every report has both.
pub(super) fn each_second_once(reported: &[(Period, AgentTimes)]) -> Vec<(Period, AgentTimes)> {
    let work = |times: &AgentTimes| AgentTimes { idle_secs: None, ..*times };
    let idle = |times: &AgentTimes| AgentTimes { idle_secs: times.idle_secs, ..AgentTimes::default() };
    let mut rows = by_shortest(reported, work);
    rows.extend(by_shortest(reported, idle));
    rows
}

fn by_shortest(
    reported: &[(Period, AgentTimes)],
    part: impl Fn(&AgentTimes) -> AgentTimes,
) -> Vec<(Period, AgentTimes)> {
    let parts = reported.iter().map(|(period, times)| (*period, part(times)));
    let mut parts: Vec<_> = parts.filter(|(_, times)| *times != AgentTimes::default()).collect();
    parts.sort_by_key(|(period, _)| (period.secs(), *period));
    let (mut covered, mut rows) = (CoveredPeriods::default(), Vec::new());
    for (period, times) in parts {
        rows.extend(covered.rest(period, times));
    }
    rows
}

/// Periods that have a row already, by their start; none overlaps another.
#[derive(Debug, Default)]
struct CoveredPeriods(BTreeMap<Timestamp, (Period, AgentTimes)>);

impl CoveredPeriods {
    /// What a row adds, for the seconds that no period covers yet.
    fn rest(&mut self, period: Period, times: AgentTimes) -> Vec<(Period, AgentTimes)> {
        let (mut gaps, mut inside) = (Vec::new(), AgentTimes::default());
        let mut at = period.start();
        for (shorter, times) in self.overlapping(period) {
            gaps.extend(Period::new(at, shorter.start()));
            inside = inside.plus(&within(period, shorter, &times));
            at = shorter.end();
        }
        gaps.extend(Period::new(at, period.end()));
        let is_whole = gaps == [period];
        let lengths: Vec<_> = gaps.iter().map(Period::secs).collect();
        let mut rest = times.minus(&inside).at_most(lengths.iter().sum());
        if times.available_secs().is_some() {
            // Where shorter periods say otherwise, the rest of the pause may be more than that of the work.
            rest.non_productive_secs = rest.non_productive_secs.min(rest.online_secs);
        }
        let rows: Vec<_> = gaps.into_iter().zip(share_out(&rest, &lengths)).collect();
        self.0.extend(rows.iter().map(|(gap, part)| (gap.start(), (*gap, *part))));
        rows.into_iter().filter(|(_, part)| is_whole || !part.is_nothing()).collect()
    }

    fn overlapping(&self, period: Period) -> Vec<(Period, AgentTimes)> {
        let before = self.0.range(..=period.start()).next_back();
        let from = before.map_or(period.start(), |(start, _)| *start);
        let covered = self.0.range(from..period.end()).map(|(_, covered)| *covered);
        covered.filter(|(shorter, _)| shorter.end() > period.start()).collect()
    }
}

/// The part of a covered period that lies in another one.
fn within(period: Period, covered: Period, times: &AgentTimes) -> AgentTimes {
    let outside = [
        Period::new(covered.start(), period.start().min(covered.end())),
        Period::new(period.end().max(covered.start()), covered.end()),
    ];
    let outside: u64 = outside.iter().flatten().map(Period::secs).sum();
    let parts = share_out(times, &[covered.secs() - outside, outside]);
    parts.first().copied().unwrap_or_default()
}

impl AgentTimes {
    fn plus(&self, other: &Self) -> Self {
        let sum = |a: Option<u64>, b: Option<u64>| match (a, b) {
            (Some(a), Some(b)) => Some(a.saturating_add(b)),
            (known, other) => known.or(other),
        };
        self.by(other, sum)
    }

    /// What is known here, less what is known there.
    fn minus(&self, other: &Self) -> Self {
        self.by(other, |secs, less| Some(secs?.saturating_sub(less.unwrap_or(0))))
    }

    fn by(&self, other: &Self, figure: impl Fn(Option<u64>, Option<u64>) -> Option<u64>) -> Self {
        Self {
            online_secs: figure(self.online_secs, other.online_secs),
            non_productive_secs: figure(self.non_productive_secs, other.non_productive_secs),
            idle_secs: figure(self.idle_secs, other.idle_secs),
        }
    }

    fn at_most(&self, secs: u64) -> Self {
        let most = Self { online_secs: Some(secs), non_productive_secs: Some(secs), idle_secs: Some(secs) };
        self.by(&most, Ord::min)
    }

    fn is_nothing(&self) -> bool {
        [self.online_secs, self.non_productive_secs, self.idle_secs].iter().flatten().all(|secs| *secs == 0)
    }
}
