//! How far each shard was read, and what follows from it. Pure.

use jiff::{SignedDuration, Timestamp};

use super::CAUGHT_UP;
use crate::{
    agent_state::{BEHIND, State, is_silent},
    agents::{Gate, Progress, Record},
};

/// How long a shard that is behind is waited for after its last batch. It may be at its end: after that, a quiet time
/// follows.
const HEARD: SignedDuration = SignedDuration::from_mins(5);
/// How far a shard gets on before it is written down again: not with every batch.
pub(super) const NOTED_EVERY: SignedDuration = SignedDuration::from_secs(30);
/// How long what is known of a shard is kept after its last batch.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// What is to be done with a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    /// Its events are too old to be shown.
    pub(super) is_behind: bool,
    /// It is as new as that, and nobody else is behind: the picture as a whole is to be sent.
    pub(super) is_due: bool,
}

/// Takes note of a batch of this shard, of which this is the newest event.
pub(super) fn hear(gate: &mut Gate, shard: &str, newest: Timestamp, now: Timestamp) -> Standing {
    let known = gate.shards.get(shard);
    let was_behind = known.is_some_and(|known| known.is_behind);
    let age = now.duration_since(newest);
    let is_late = age > BEHIND || was_behind || gate.snapshot_at.is_none();
    let is_behind = age > CAUGHT_UP && is_late;
    let is_news = known.is_none_or(|known| {
        known.is_behind != is_behind
            || newest.duration_since(known.newest) >= NOTED_EVERY
            || now.duration_since(known.heard) >= NOTED_EVERY
    });
    if is_news {
        let noted = Progress {
            newest: known.map_or(newest, |known| known.newest.max(newest)),
            heard: now,
            is_behind,
            caught_up: if was_behind && !is_behind {
                Some(now)
            } else {
                known.and_then(|known| known.caught_up)
            },
        };
        gate.shards.insert(shard.to_owned(), noted);
        gate.shards.retain(|_, known| now.duration_since(known.heard) <= KEPT);
    }
    Standing { is_behind, is_due: !is_behind && is_due(gate, now) }
}

/// True while a shard is behind that gets on: its agents are not to be judged, and some of them not known.
pub(super) fn is_catching_up(gate: &Gate, now: Timestamp) -> bool {
    let gets_on = |known: &Progress| known.is_behind && now.duration_since(known.heard) <= HEARD;
    gate.shards.values().any(gets_on)
}

/// True if there was no snapshot yet, or none since a shard caught up, and all have.
pub(super) fn is_due(gate: &Gate, now: Timestamp) -> bool {
    let is_missing = |snapshot_at| gate.shards.values().any(|known| known.caught_up > Some(snapshot_at));
    gate.snapshot_at.is_none_or(is_missing) && !is_catching_up(gate, now)
}

/// How far the shard was read that told of this agent last.
pub(super) fn read_to(gate: &Gate, record: &Record) -> Timestamp {
    gate.shards.get(&record.shard).map_or(Timestamp::MIN, |known| known.newest)
}

/// True if an agent is logged on, and silent for too long where events are read to `newest`.
pub(super) fn is_gone(record: &Record, newest: Timestamp, now: Timestamp) -> bool {
    record.agent.current().is_some_and(|current| current.state != State::LoggedOff)
        && record.agent.alive().is_some_and(|alive| is_silent(alive, newest, now))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        "2026-11-02T08:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(second)
    }

    /// A batch of this shard now, with its newest event so many seconds old.
    fn batch(gate: &mut Gate, shard: &str, age: i64, now: i64) -> (bool, bool) {
        let Standing { is_behind, is_due } = hear(gate, shard, at(now - age), at(now));
        (is_behind, is_due)
    }

    #[test]
    fn the_first_picture_waits_for_every_shard_that_gets_on() {
        let mut gate = Gate::default();
        assert_eq!(batch(&mut gate, "slow", 80_000, 0), (true, false));
        assert_eq!(batch(&mut gate, "quick", 5, 1), (false, false));
        assert_eq!(batch(&mut gate, "slow", 181, 200), (true, false));
        assert_eq!(batch(&mut gate, "quick", 5, 201), (false, false));
        assert_eq!(batch(&mut gate, "slow", 180, 202), (false, true));
        gate.snapshot_at = Some(at(203));
        assert_eq!(batch(&mut gate, "quick", 5, 204), (false, false), "it was sent");
    }

    #[test]
    fn a_shard_that_gets_on_no_more_is_waited_for_no_longer() {
        let mut gate = Gate::default();
        assert_eq!(batch(&mut gate, "quiet", 9000, 0), (true, false));
        assert_eq!(batch(&mut gate, "quick", 5, 300), (false, false));
        assert_eq!(batch(&mut gate, "quick", 5, 301), (false, true));
    }

    #[test]
    fn after_the_first_picture_a_shard_is_behind_when_it_is_so_by_far() {
        let mut gate = Gate { snapshot_at: Some(at(0)), ..Gate::default() };
        assert_eq!(batch(&mut gate, "a", 600, 1000), (false, false));
        assert_eq!(batch(&mut gate, "a", 601, 1001), (true, false));
        assert_eq!(batch(&mut gate, "a", 599, 1002), (true, false), "until it has caught up");
        assert_eq!(batch(&mut gate, "b", 1, 1003), (false, false));
        assert_eq!(batch(&mut gate, "a", 180, 1004), (false, true));
        gate.snapshot_at = Some(at(1004));
        assert_eq!(batch(&mut gate, "a", 200, 1005), (false, false));
    }

    #[test]
    fn not_every_batch_is_written_down() {
        let mut gate = Gate { snapshot_at: Some(at(0)), ..Gate::default() };
        batch(&mut gate, "a", 1, 10);
        let noted = gate.clone();
        batch(&mut gate, "a", 1, 39);
        assert_eq!(gate, noted);
        batch(&mut gate, "a", 1, 40);
        assert_eq!(gate.shards["a"].newest, at(39));
        batch(&mut gate, "b", 1, 100_000);
        assert_eq!(gate.shards.keys().collect::<Vec<_>>(), ["b"], "closed shards are forgotten");
    }

    #[test]
    fn gone_is_who_is_logged_on_and_silent() {
        let record = |status_type: &str| {
            let event = format!(
                r#"{{"AgentARN":"a","EventType":"STATE_CHANGE","EventTimestamp":"{}","CurrentAgentSnapshot":
                {{"Configuration":{{"Username":"ann"}},"AgentStatus":{{"Name":"x","Type":"{status_type}"}}}}}}"#,
                at(0)
            );
            let event = switchboard_core::agent_event::AgentEvent::parse(&event).unwrap();
            Record { agent: crate::agent_state::read(&event, at(0)).unwrap().agent, ..Record::default() }
        };
        let gone = |record: &Record, second| is_gone(record, at(second), at(second));
        assert!(gone(&record("CUSTOM"), 301));
        assert!(!gone(&record("CUSTOM"), 300), "not for long");
        assert!(!gone(&record("OFFLINE"), 301), "logged off anyway");
        assert!(!gone(&Record::default(), 301), "of whom nothing is known");
    }
}
