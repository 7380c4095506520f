//! The coverage of time by reads: intervals and gaps.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

/// A half-open interval of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    /// Its first moment.
    pub start: Timestamp,
    /// The first moment after it.
    pub end: Timestamp,
}

/// A grid of intervals, in which gaps are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// Looked for between these; what ends after it is left out.
    pub within: Interval,
    /// An interval's length, on marks counted from 1970: a divisor of a day.
    pub step_seconds: u32,
    /// The time after an interval's end when its data is final. A contact counts in the interval of its event, but is
    /// reported minutes or hours later; an interval that was read before is read again.
    pub final_after: SignedDuration,
}

impl Grid {
    /// The intervals of the grid, in order.
    pub fn intervals(&self) -> impl Iterator<Item = Interval> + use<> {
        let step = i64::from(self.step_seconds.max(1));
        let first = self.within.start.as_nanosecond().div_euclid(1_000_000_000);
        let first = i64::try_from(first).unwrap_or_default();
        let exact =
            Timestamp::from_second(first).ok() == Some(self.within.start) && first.rem_euclid(step) == 0;
        let first = first.div_euclid(step) + i64::from(!exact);
        let before = self.within.end;
        (first..)
            .map_while(move |n| {
                let start = Timestamp::from_second(n.checked_mul(step)?).ok()?;
                Some(Interval { start, end: start.checked_add(SignedDuration::from_secs(step)).ok()? })
            })
            .take_while(move |interval| interval.end <= before)
    }

    /// The intervals that were not read completely, or not since they became final. `reads` are the intervals' starts with
    /// the time of the last read. An interval that is not final yet is a gap only if it was not read at all.
    pub(crate) fn gaps(&self, reads: &BTreeMap<Timestamp, Timestamp>) -> Vec<Interval> {
        let final_at = |interval: &Interval| {
            interval.end.checked_add(self.final_after).ok().filter(|settled| *settled <= self.within.end)
        };
        let is_gap = |interval: &Interval| match (reads.get(&interval.start), final_at(interval)) {
            (None, _) => true,
            (Some(read), Some(settled)) => *read < settled,
            (Some(_), None) => false,
        };
        self.intervals().filter(is_gap).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn grid(start: i64, end: i64) -> Grid {
        let within = Interval { start: at(start), end: at(end) };
        Grid { within, step_seconds: 300, final_after: SignedDuration::from_hours(2) }
    }

    #[test]
    fn intervals_lie_on_the_marks_and_within() {
        let starts =
            |start, end| grid(start, end).intervals().map(|one| one.start.as_second()).collect::<Vec<_>>();
        assert_eq!(starts(0, 900), [0, 300, 600]);
        assert_eq!(starts(1, 899), [300]);
        assert_eq!(starts(300, 599), [0; 0]);
        assert_eq!(starts(-600, 0), [-600, -300]);
    }

    #[test]
    fn what_was_read_too_early_is_a_gap_once_it_could_have_settled() {
        let reads = BTreeMap::from([(at(0), at(400)), (at(300), at(8000)), (at(600), at(900))]);
        let gaps =
            |end| grid(0, end).gaps(&reads).iter().map(|gap| gap.start.as_second()).collect::<Vec<_>>();
        assert_eq!(gaps(1200), [900], "nothing has settled");
        assert_eq!(gaps(7500)[0], 0, "read before it settled at 7500");
        assert!(!gaps(8100).contains(&300), "read after it settled at 7800");
        assert!(gaps(8100).contains(&600), "read before it settled at 8100");
    }

    proptest! {
        #[test]
        fn what_is_read_after_it_settled_is_no_gap(start in -1_000_000i64..1_000_000, length in 0i64..200_000) {
            let grid = grid(start, start + length);
            let reads = grid.intervals().map(|one| (one.start, one.end + grid.final_after)).collect();
            prop_assert_eq!(grid.gaps(&reads), []);
            prop_assert_eq!(grid.gaps(&BTreeMap::new()).len(), grid.intervals().count());
        }
    }
}
