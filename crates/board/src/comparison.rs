//! Who waits by the events, beside what Amazon Connect counts: pure, from what was read and the board's time.
//!
//! A poll is some seconds older than the events beside it, so a difference of a moment says nothing. One that each poll of two
//! minutes finds, in the same direction, is one of events that were lost, or came double.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

/// A difference is told once it has lasted for so long by the board's clock.
pub const LASTING: SignedDuration = SignedDuration::from_mins(2);

/// How many contacts wait in a queue by the events. Connect's count (`CONTACTS_IN_QUEUE`) is without those that ring at an agent, and
/// it is with callbacks that are due, which events can't tell from those that are delayed:
/// <https://docs.aws.amazon.com/connect/latest/adminguide/real-time-metrics-definitions.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WaitRange {
    /// Without those that may ring, and without callbacks.
    pub least: u64,
    /// With both.
    pub most: u64,
}

/// A difference that has lasted for two minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    /// How many Connect counted last.
    pub connect_waiting: u64,
    /// Since when it differs.
    pub since: Timestamp,
}

/// What was compared of the queues of an instance, by their ids.
#[derive(Debug, Clone, Default)]
pub struct Comparison {
    compared_at: Option<Timestamp>,
    /// What the events said at the comparison before.
    before: BTreeMap<String, WaitRange>,
    runs: BTreeMap<String, Run>,
}

/// Comparisons one after the other that found the same.
#[derive(Debug, Clone, Copy)]
struct Run {
    side: Side,
    connect: u64,
    since: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    /// Connect counts more than the events tell.
    More,
    /// It counts fewer.
    Fewer,
}

impl WaitRange {
    fn with(self, other: Self) -> Self {
        Self { least: self.least.min(other.least), most: self.most.max(other.most) }
    }

    fn differs(self, connect: u64) -> Option<Side> {
        if connect > self.most {
            Some(Side::More)
        } else if connect < self.least {
            Some(Side::Fewer)
        } else {
            None
        }
    }
}

impl Comparison {
    /// Compares what a new poll counted with what the events say now. If the comparison before was longer ago than `longest_gap`,
    /// nobody saw what was in between, and all begins anew.
    pub fn compare(
        &mut self,
        (now, longest_gap): (Timestamp, SignedDuration),
        connect: &BTreeMap<String, u64>,
        events: BTreeMap<String, WaitRange>,
    ) {
        let is_broken = self.compared_at.is_none_or(|at| now.duration_since(at) > longest_gap);
        if is_broken {
            self.before.clear();
            self.runs.clear();
        }
        let runs = connect.iter().filter_map(|(queue, &connect)| {
            let now_wait = events.get(queue).copied().unwrap_or_default();
            // The poll lies between the two.
            let before =
                if is_broken { now_wait } else { self.before.get(queue).copied().unwrap_or_default() };
            let side = now_wait.with(before).differs(connect)?;
            let run = self.runs.get(queue).filter(|run| run.side == side);
            Some((queue.clone(), Run { side, connect, since: run.map_or(now, |run| run.since) }))
        });
        self.runs = runs.collect();
        (self.before, self.compared_at) = (events, Some(now));
    }

    /// The queues of which each comparison of two minutes and more found the same difference.
    pub fn lasting(&self) -> impl Iterator<Item = (&str, Difference)> {
        let compared_at = self.compared_at;
        let lasting = self
            .runs
            .iter()
            .filter(move |(_, run)| compared_at.is_some_and(|at| at.duration_since(run.since) >= LASTING));
        lasting.map(|(queue, run)| {
            (queue.as_str(), Difference { connect_waiting: run.connect, since: run.since })
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GAP: SignedDuration = SignedDuration::from_secs(60);

    /// A comparison: seconds since the one before, what Connect counts, and what the events say.
    type Step = (i64, u64, u64);

    fn told(steps: &[Step]) -> Option<Difference> {
        let mut comparison = Comparison::default();
        let mut now = Timestamp::from_second(1_700_000_000).unwrap();
        for &(seconds, connect, events) in steps {
            now += SignedDuration::from_secs(seconds);
            let events = WaitRange { least: events, most: events + 1 };
            comparison.compare((now, GAP), &one(connect), one(events));
        }
        comparison.lasting().map(|(_, difference)| difference).next()
    }

    fn one<T>(what: T) -> BTreeMap<String, T> {
        BTreeMap::from([("q".to_owned(), what)])
    }

    /// The same, told by looking back from the last comparison.
    fn looked_back(steps: &[Step]) -> Option<Difference> {
        let times: Vec<i64> = steps
            .iter()
            .scan(1_700_000_000, |now, step| {
                *now += step.0;
                Some(*now)
            })
            .collect();
        let side = |at: usize| {
            let (seconds, connect, events) = steps[at];
            let before = if at == 0 || seconds > 60 { events } else { steps[at - 1].2 };
            if connect > events.max(before) + 1 {
                1
            } else if connect < events.min(before) {
                -1
            } else {
                0
            }
        };
        let last = steps.len().checked_sub(1)?;
        let mut first = last;
        while first > 0 && side(first - 1) == side(last) && steps[first].0 <= 60 {
            first -= 1;
        }
        let lasts = side(last) != 0 && times[last] - times[first] >= 120;
        lasts.then(|| Difference {
            connect_waiting: steps[last].1,
            since: Timestamp::from_second(times[first]).unwrap(),
        })
    }

    proptest! {
        #[test]
        fn what_each_comparison_of_two_minutes_finds_is_told_and_nothing_else(
            steps in prop::collection::vec((prop_oneof![8 => Just(10_i64), 2 => 30_i64..60, 1 => 61_i64..90], 0_u64..4, 0_u64..3), 0..40)
        ) {
            prop_assert_eq!(told(&steps), looked_back(&steps));
        }
    }

    #[test]
    fn a_difference_is_told_after_two_minutes_and_gone_with_the_first_agreement() {
        let differs = |times| vec![(10, 5, 2); times];
        assert_eq!(told(&differs(12)), None, "110 s");
        let since = Timestamp::from_second(1_700_000_010).unwrap();
        assert_eq!(told(&differs(13)), Some(Difference { connect_waiting: 5, since }));
        assert_eq!(told(&[differs(20), vec![(10, 3, 2)]].concat()), None, "one that rings may count or not");
        assert_eq!(
            told(&[differs(20), vec![(10, 0, 2)]].concat()),
            None,
            "in the other direction it is another"
        );
        assert_eq!(told(&[differs(12), vec![(61, 5, 2)]].concat()), None, "nobody saw what was between");
    }

    #[test]
    fn a_queue_that_connect_does_not_count_says_nothing() {
        let mut comparison = Comparison::default();
        for second in 0..30 {
            let now = Timestamp::from_second(second * 10).unwrap();
            let events = BTreeMap::from([("own".to_owned(), WaitRange { least: 3, most: 3 })]);
            comparison.compare((now, GAP), &one(2), events);
        }
        assert_eq!(comparison.lasting().map(|(queue, _)| queue).collect::<Vec<_>>(), ["q"]);
    }
}
