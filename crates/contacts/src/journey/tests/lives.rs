//! Random lives of contacts, as four sources tell them in any order and some of it twice: what is known of a contact and its
//! journey agree with the life itself, to the millisecond that a source gave.

use proptest::prelude::*;

use super::*;
use crate::attribute::SystemAttribute;
use switchboard_core::outcome::QueueOutcome;

mod sources;
mod truth;

use sources::Heard;

/// What happens in a life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Began,
    Reached,
    Block,
    Queued,
    Missed,
    Answered,
    Held,
    Back,
    Paused,
    Resumed,
    Ended,
    Done,
}

/// A life: what happened when, in milliseconds after the hour.
#[derive(Debug, Clone)]
struct Life {
    turns: Vec<(Turn, i64)>,
    is_task: bool,
    /// By how much the clock of the agent's events is behind that of the contact's.
    skew: i64,
}

impl Life {
    fn at(&self, turn: Turn) -> Option<i64> {
        self.turns.iter().find(|(one, _)| *one == turn).map(|(_, at)| *at)
    }

    /// As somebody sees it who looks after so many turns.
    fn until(&self, turns: usize) -> Self {
        let turns = self.turns.iter().take(turns.max(1)).copied().collect();
        Self { turns, ..self.clone() }
    }

    fn is_over(&self) -> bool {
        self.at(Turn::Done).is_some()
    }
}

prop_compose! {
    /// Steps may follow each other at once, but for what clocks that differ and records cut to the second would tell in another
    /// order: the last thing before the end, and pauses, which two sources tell.
    fn lives()(
        start in 0_i64..2_000,
        is_task: bool,
        skew in prop_oneof![Just(0), 0_i64..400],
        blocks in 0_usize..4,
        waits in prop_oneof![Just(None), (0_usize..3).prop_map(Some)],
        is_answered: bool,
        stops in 0_usize..4,
        comes_back: bool,
        wraps_up: bool,
        gaps in prop::collection::vec(prop_oneof![1_i64..30, 30_i64..2_000, 2_000_i64..90_000], 32),
    ) -> Life {
        let mut turns = vec![(Turn::Began, start)];
        let (mut now, mut gaps) = (start, gaps.into_iter().cycle());
        let mut next = |turn: Turn, least: i64| {
            now += least + gaps.next().unwrap_or(1);
            turns.push((turn, now));
        };
        next(Turn::Reached, 0);
        (0..blocks).for_each(|_| next(Turn::Block, 0));
        let is_answered = is_answered && waits.is_some();
        if let Some(misses) = waits {
            next(Turn::Queued, 0);
            (0..misses).for_each(|_| next(Turn::Missed, 0));
        }
        if is_answered {
            next(Turn::Answered, 0);
            let (stop, go) = if is_task { (Turn::Paused, Turn::Resumed) } else { (Turn::Held, Turn::Back) };
            let apart = if is_task { 5_000 } else { 0 };
            for nth in 0..stops {
                next(stop, apart);
                if comes_back || nth + 1 < stops {
                    next(go, apart);
                }
            }
        }
        next(Turn::Ended, 1_500);
        if is_answered && wraps_up {
            next(Turn::Done, 0);
        } else {
            let ended = now;
            turns.push((Turn::Done, ended));
        }
        Life { turns, is_task, skew }
    }
}

/// Mixed, and some of them twice.
fn mixed(mut events: Vec<Observation>, seed: u64) -> Vec<Observation> {
    let mut state = seed | 1;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(state >> 33).unwrap() % below
    };
    for _ in 0..events.len() / 3 {
        events.push(events[random(events.len())].clone());
    }
    for at in (1..events.len()).rev() {
        events.swap(at, random(at + 1));
    }
    events
}

/// A line of a journey: when, how long after its beginning, for how long, what.
type Told = (i64, i64, Option<i64>, String);

/// The contact's status, and its journey's lines.
fn told(events: Vec<Observation>) -> (Status, Vec<Told>) {
    let change = fold(events).remove("c").unwrap();
    let journey = Journey::new(change.history.into_values(), std::slice::from_ref(&change.status));
    let lines = journey.friendly().into_iter();
    let lines = lines.map(|line| {
        (millis(line.at.unwrap().parse().unwrap()), line.offset_ms.unwrap(), line.duration_ms, line.text)
    });
    let mut lines: Vec<_> = lines.collect();
    lines.sort();
    (change.status, lines)
}

const HOUR: i64 = 1_714_557_600_000;

fn millis(at: Timestamp) -> i64 {
    at.as_millisecond() - HOUR
}

fn agrees(life: &Life, heard: &Heard, seed: u64) -> Result<(), TestCaseError> {
    let events = heard.events(life);
    prop_assume!(!events.is_empty());
    let (status, lines) = told(mixed(events, seed));
    let truth = truth::Truth { life, heard };
    for (turn, known) in [
        (Turn::Began, SystemAttribute::InitiatedAt),
        (Turn::Reached, SystemAttribute::ConnectedToSystemAt),
        (Turn::Queued, SystemAttribute::EnqueuedAt),
        (Turn::Answered, SystemAttribute::ConnectedToAgentAt),
        (Turn::Ended, SystemAttribute::DisconnectedAt),
        (Turn::Done, SystemAttribute::AfterContactWorkEndedAt),
    ] {
        prop_assert_eq!(status.time(known).map(millis), truth.at(turn), "{:?}", turn);
    }
    prop_assert_eq!(status.text(SystemAttribute::QueueName), truth.named("Sales", Turn::Queued));
    prop_assert_eq!(status.text(SystemAttribute::AgentUsername), truth.named("ann", Turn::Answered));
    prop_assert_eq!(status.flag(SystemAttribute::OnHold), truth.is_on_hold());
    prop_assert_eq!(status.flag(SystemAttribute::AfterContactWork), truth.is_wrapped_up());
    if let Some(states) = truth.states() {
        let state = status.text(SystemAttribute::Status);
        prop_assert!(states.contains(&state.unwrap_or_default()), "{:?}, not one of {:?}", state, states);
        prop_assert_eq!(status.is_active(), truth.at(Turn::Ended).is_none());
    }
    prop_assert_eq!(status.queue_outcome(), truth.outcome());
    prop_assert_eq!(lines, truth.lines());
    Ok(())
}

proptest! {
    #[test]
    fn a_life_is_told_as_it_was(life in lives(), heard in sources::some(), seed: u64) {
        agrees(&life, &heard, seed)?;
    }

    #[test]
    fn a_life_is_told_as_far_as_it_has_come(life in lives(), turns in 1_usize..24, heard in sources::some(), seed: u64) {
        agrees(&life.until(turns), &heard.losing_nothing(), seed)?;
    }
}
