//! The intervals that a poll reads.
//!
//! `GetMetricData` accepts one interval a request: each is a query for each 100 queues. To read all of the last two hours
//! with every poll would be 72 queries for 250 queues, every five minutes. Late contacts come mostly within minutes,
//! so an interval is read when it has ended, then 5, 15, 30 and 60 minutes later, and once more when it has
//! settled, two hours after its end: six intervals a poll, 18 queries. What a poll misses is a gap, and gaps are
//! read by those that follow, the oldest and the newest alternately: the API retains 24 hours, and an interval that
//! always fails must not block the others until then.
//!
//! `GetMetricDataV2` is read one quarter of an hour a poll: a new one when it has ended, then the one that has settled,
//! then the one before the newest. The API retains three months, so of several gaps the newest is read first.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::coverage::{Grid, Interval};

/// After how many intervals, counted from its beginning, one is read again.
const AGES: [i64; 5] = [1, 2, 4, 7, 13];
const FIVE_MINUTES: i64 = 300;
const QUARTER: i64 = 900;

/// The time after an interval's end when its data is final.
const FINAL_AFTER: SignedDuration = SignedDuration::from_hours(2);
/// The retention of `GetMetricData`, less an interval for the time of the request.
const API_RETENTION: SignedDuration = SignedDuration::from_mins(24 * 60 - 5);

/// Gaps that one poll reads, beside what it reads anyway: ten missing hours are healed within one.
const MAX_GAPS: usize = 12;
/// The quarters of an hour that are normally missing: the newest and one that has become final.
const USUAL_QUARTERS: usize = 2;
/// The most that one poll reads if there are more.
const MAX_QUARTERS: usize = 4;

/// The intervals of five minutes in which gaps are looked for.
pub(super) fn five_minutes(now: Timestamp) -> Option<Grid> {
    grid(now, API_RETENTION, FIVE_MINUTES)
}

/// The quarters of an hour in which gaps are looked for.
pub(super) fn quarters(now: Timestamp, back: SignedDuration) -> Option<Grid> {
    grid(now, back, QUARTER)
}

fn grid(now: Timestamp, back: SignedDuration, step_seconds: i64) -> Option<Grid> {
    let within = Interval { start: now.checked_sub(back).ok()?, end: now };
    Some(Grid { within, step_seconds: u32::try_from(step_seconds).ok()?, final_after: FINAL_AFTER })
}

/// The gaps that every poll heals: those of the last period, and those since the first read.
pub(super) fn healed(
    now: Timestamp,
    last: SignedDuration,
    reads: &BTreeMap<Timestamp, Timestamp>,
    gaps: Vec<Interval>,
) -> Vec<Interval> {
    let first = reads.keys().next().copied().unwrap_or(now);
    gaps.into_iter().filter(|gap| gap.start > first || now.duration_since(gap.start) <= last).collect()
}

/// What a poll reads of five minutes, and how many gaps it leaves.
pub(super) fn due_intervals(now: Timestamp, gaps: &[Interval]) -> (Vec<Interval>, usize) {
    let mut due: Vec<_> = AGES.into_iter().filter_map(|age| ended(now, FIVE_MINUTES, age)).collect();
    let others: Vec<_> = gaps.iter().filter(|gap| !due.contains(gap)).copied().collect();
    due.extend(alternate_ends(&others).take(MAX_GAPS));
    (due, others.len().saturating_sub(MAX_GAPS))
}

/// What a poll reads of quarters of an hour, and how many gaps it leaves.
pub(super) fn quarters_due(now: Timestamp, gaps: &[Interval]) -> (Vec<Interval>, usize) {
    if gaps.is_empty() {
        return (ended(now, QUARTER, 2).into_iter().collect(), 0);
    }
    let count = if gaps.len() <= USUAL_QUARTERS { 1 } else { MAX_QUARTERS };
    let due: Vec<_> = gaps.iter().rev().take(count).copied().collect();
    (due.into_iter().rev().collect(), gaps.len().saturating_sub(count))
}

/// The quarter of an hour that ended last.
pub(super) fn newest_quarter(now: Timestamp) -> Option<Interval> {
    ended(now, QUARTER, 1)
}

/// The gaps from both ends alternately: the oldest, which the API drops first, and the newest. If one end fails, the other
/// still makes progress.
fn alternate_ends(gaps: &[Interval]) -> impl Iterator<Item = &Interval> {
    let pairs = gaps.iter().zip(gaps.iter().rev()).flat_map(|(oldest, newest)| [oldest, newest]);
    pairs.take(gaps.len())
}

/// The interval that began so many steps before the one that is under way.
fn ended(now: Timestamp, step: i64, age: i64) -> Option<Interval> {
    let start = (now.as_second().div_euclid(step) - age) * step;
    let at = |second| Timestamp::from_second(second).ok();
    Some(Interval { start: at(start)?, end: at(start + step)? })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: i64 = 1_772_445_600;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// Polls every five minutes, but where it is `down`; returns when each interval was read, and how many each poll read.
    fn polled(
        polls: i64,
        down: impl Fn(i64) -> bool,
        due: impl Fn(Timestamp, &[Interval]) -> (Vec<Interval>, usize),
        grid: impl Fn(Timestamp) -> Grid,
    ) -> (BTreeMap<Timestamp, Vec<Timestamp>>, Vec<usize>) {
        let mut reads: BTreeMap<Timestamp, Vec<Timestamp>> = BTreeMap::new();
        let mut sizes = Vec::new();
        for poll in (0..polls).filter(|poll| !down(*poll)) {
            let now = at(START + poll * FIVE_MINUTES + 7);
            let last = reads.iter().map(|(start, times)| (*start, *times.last().unwrap())).collect();
            let (intervals, _) = due(now, &grid(now).gaps(&last));
            sizes.push(intervals.len());
            for interval in intervals {
                assert!(interval.end <= now, "only what has ended is read");
                reads.entry(interval.start).or_default().push(now);
            }
        }
        (reads, sizes)
    }

    fn minutes_after_the_end(start: Timestamp, step: i64, reads: &[Timestamp]) -> Vec<i64> {
        reads.iter().map(|read| (read.as_second() - start.as_second() - step) / 60).collect()
    }

    #[test]
    fn in_good_times_a_poll_reads_six_intervals_and_each_is_read_six_times() {
        let (reads, sizes) = polled(700, |_| false, due_intervals, |now| five_minutes(now).unwrap());
        assert!(sizes[100..].iter().all(|size| *size == 6), "{sizes:?}");
        let at_noon = at(START + 400 * FIVE_MINUTES);
        assert_eq!(minutes_after_the_end(at_noon, FIVE_MINUTES, &reads[&at_noon]), [0, 5, 15, 30, 60, 120]);
    }

    #[test]
    fn in_good_times_a_poll_reads_one_quarter_and_each_is_read_three_times() {
        let grid = |now| quarters(now, SignedDuration::from_hours(24)).unwrap();
        let (reads, sizes) = polled(700, |_| false, quarters_due, grid);
        assert!(sizes[100..].iter().all(|size| *size == 1), "{sizes:?}");
        let at_noon = at(START + 400 * FIVE_MINUTES).as_second().div_euclid(QUARTER) * QUARTER;
        let at_noon = at(at_noon);
        assert_eq!(minutes_after_the_end(at_noon, QUARTER, &reads[&at_noon]), [0, 25, 125]);
    }

    #[test]
    fn after_a_bad_night_everything_is_read_again() {
        let down = |poll| (300..400).contains(&poll);
        let (reads, sizes) = polled(700, down, due_intervals, |now| five_minutes(now).unwrap());
        for poll in 0..600 {
            let start = at(START + poll * FIVE_MINUTES);
            let after = minutes_after_the_end(start, FIVE_MINUTES, &reads[&start]);
            assert!(after.last().is_some_and(|last| *last >= 120), "{start}: {after:?}");
        }
        assert!(sizes.iter().all(|size| *size <= AGES.len() + MAX_GAPS));
        let grid = |now| quarters(now, SignedDuration::from_hours(24)).unwrap();
        let (reads, _) = polled(700, down, quarters_due, grid);
        let quarters = (0..190).map(|n| at((START.div_euclid(QUARTER) + n) * QUARTER));
        assert!(quarters.clone().all(|start| reads.contains_key(&start)), "{}", reads.len());
    }

    #[test]
    fn a_gap_of_days_is_healed_and_what_was_before_the_first_read_is_not() {
        let interval = |n: i64| Interval { start: at(n * QUARTER), end: at((n + 1) * QUARTER) };
        let (now, day) = (at(400 * QUARTER), SignedDuration::from_hours(24));
        let gaps = |reads: &[i64], gaps: &[i64]| {
            let reads = reads.iter().map(|n| (interval(*n).start, now)).collect();
            let gaps = healed(now, day, &reads, gaps.iter().map(|n| interval(*n)).collect());
            gaps.iter().map(|gap| gap.start.as_second() / QUARTER).collect::<Vec<_>>()
        };
        assert_eq!(gaps(&[100, 102], &[99, 100, 101, 303, 304, 399]), [101, 303, 304, 399]);
        assert_eq!(gaps(&[], &[99, 303, 304, 399]), [304, 399], "a new installation");
    }

    #[test]
    fn gaps_are_read_from_both_ends() {
        let interval = |n: i64| Interval { start: at(n * QUARTER), end: at((n + 1) * QUARTER) };
        for (count, order) in [(0, vec![]), (1, vec![0]), (4, vec![0, 3, 1, 2]), (5, vec![0, 4, 1, 3, 2])] {
            let gaps: Vec<_> = (0..count).map(interval).collect();
            let turns: Vec<_> = alternate_ends(&gaps).map(|gap| gap.start.as_second() / QUARTER).collect();
            assert_eq!(turns, order);
        }
    }

    proptest! {
        #[test]
        fn no_interval_is_due_twice_and_all_have_ended(now in 1_000_000_000i64..2_000_000_000, read in any::<u64>()) {
            let now = at(now);
            let grid = five_minutes(now).unwrap();
            let reads: BTreeMap<_, _> = grid
                .intervals()
                .enumerate()
                .filter(|(n, _)| read >> (n % 64) & 1 == 1)
                .map(|(_, interval)| (interval.start, now))
                .collect();
            let gaps = grid.gaps(&reads);
            let (due, left) = due_intervals(now, &gaps);
            let mut once = due.clone();
            once.sort();
            once.dedup();
            prop_assert_eq!(once.len(), due.len());
            prop_assert!(due.iter().all(|interval| interval.end <= now));
            prop_assert!(due.iter().all(|interval| now.duration_since(interval.start) < SignedDuration::from_hours(24)));
            prop_assert!(left <= gaps.len());
        }
    }
}
