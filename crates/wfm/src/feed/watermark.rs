//! The watermarks of shards: how far each was read, and what follows from it. Pure.

use jiff::{SignedDuration, Timestamp};
use switchboard_agents::{Agent, AgentState, MAX_SHARD_LAG, has_timed_out};

use super::{
    CAUGHT_UP_LAG,
    record::{FeedState, Record, ShardWatermark},
};

/// How long a lagging shard without batches holds up snapshots. It may be read to its end: after that, a quiet time follows.
const STALL_TIMEOUT: SignedDuration = SignedDuration::from_mins(5);
/// How far a shard is read before its watermark is written again: not with every batch.
pub(super) const CHECKPOINT_INTERVAL: SignedDuration = SignedDuration::from_secs(30);
/// How long a watermark is kept after the last batch of its shard.
const WATERMARK_RETENTION: SignedDuration = SignedDuration::from_hours(24);

/// The status of a shard with a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ShardStatus {
    /// Its events are too old to be sent.
    pub(super) is_lagging: bool,
    /// Neither it nor another shard lags, and a full snapshot is due.
    pub(super) is_snapshot_due: bool,
}

/// Advances the watermark of this shard to a batch with this newest event.
pub(super) fn advance(
    feed_state: &mut FeedState,
    shard: &str,
    newest: Timestamp,
    now: Timestamp,
) -> ShardStatus {
    let known = feed_state.shards.get(shard);
    let was_behind = known.is_some_and(|known| known.is_lagging);
    let age = now.duration_since(newest);
    let is_late = age > MAX_SHARD_LAG || was_behind || feed_state.last_snapshot_at.is_none();
    let is_lagging = age > CAUGHT_UP_LAG && is_late;
    let is_news = known.is_none_or(|known| {
        known.is_lagging != is_lagging
            || newest.duration_since(known.newest_event_at) >= CHECKPOINT_INTERVAL
            || now.duration_since(known.last_batch_at) >= CHECKPOINT_INTERVAL
    });
    if is_news {
        let noted = ShardWatermark {
            newest_event_at: known.map_or(newest, |known| known.newest_event_at.max(newest)),
            last_batch_at: now,
            is_lagging,
            caught_up_at: if was_behind && !is_lagging {
                Some(now)
            } else {
                known.and_then(|known| known.caught_up_at)
            },
        };
        feed_state.shards.insert(shard.to_owned(), noted);
        feed_state.shards.retain(|_, known| now.duration_since(known.last_batch_at) <= WATERMARK_RETENTION);
    }
    ShardStatus { is_lagging, is_snapshot_due: !is_lagging && is_snapshot_due(feed_state, now) }
}

/// True while a lagging shard has batches: its agents may not be timed out, and some of them are unknown yet.
pub(super) fn has_lagging_shards(feed_state: &FeedState, now: Timestamp) -> bool {
    let gets_on =
        |known: &ShardWatermark| known.is_lagging && now.duration_since(known.last_batch_at) <= STALL_TIMEOUT;
    feed_state.shards.values().any(gets_on)
}

/// True if there was no snapshot yet, or none since a shard caught up, and all have.
pub(super) fn is_snapshot_due(feed_state: &FeedState, now: Timestamp) -> bool {
    let is_missing = |last_snapshot_at| {
        feed_state.shards.values().any(|known| known.caught_up_at > Some(last_snapshot_at))
    };
    feed_state.last_snapshot_at.is_none_or(is_missing) && !has_lagging_shards(feed_state, now)
}

/// The watermark of the shard with this agent's newest event.
fn newest_event_of_shard(feed_state: &FeedState, record: &Record) -> Timestamp {
    feed_state.shards.get(&record.shard).map_or(Timestamp::MIN, |known| known.newest_event_at)
}

/// True if an agent is logged on, and silent for too long where events are read to `newest`.
pub(super) fn is_timed_out(agent: &Agent, newest: Timestamp, now: Timestamp) -> bool {
    agent.current().is_some_and(|current| current.state != AgentState::LoggedOff)
        && agent.last_event_at().is_some_and(|last_event_at| has_timed_out(last_event_at, newest, now))
}

/// Logs off an agent that timed out; false if the agent did not time out or is logged off already.
pub(super) fn time_out_silent(record: &mut Record, feed_state: &FeedState, now: Timestamp) -> bool {
    let lapses = is_timed_out(&record.agent, newest_event_of_shard(feed_state, record), now);
    if lapses {
        record.agent.time_out();
    }
    lapses
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        "2026-11-02T08:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(second)
    }

    /// A batch of this shard now, with its newest event so many seconds old.
    fn batch(feed_state: &mut FeedState, shard: &str, age: i64, now: i64) -> (bool, bool) {
        let ShardStatus { is_lagging, is_snapshot_due } = advance(feed_state, shard, at(now - age), at(now));
        (is_lagging, is_snapshot_due)
    }

    #[test]
    fn the_first_picture_waits_for_every_shard_that_gets_on() {
        let mut feed_state = FeedState::default();
        assert_eq!(batch(&mut feed_state, "slow", 80_000, 0), (true, false));
        assert_eq!(batch(&mut feed_state, "quick", 5, 1), (false, false));
        assert_eq!(batch(&mut feed_state, "slow", 181, 200), (true, false));
        assert_eq!(batch(&mut feed_state, "quick", 5, 201), (false, false));
        assert_eq!(batch(&mut feed_state, "slow", 180, 202), (false, true));
        feed_state.last_snapshot_at = Some(at(203));
        assert_eq!(batch(&mut feed_state, "quick", 5, 204), (false, false), "it was sent");
    }

    #[test]
    fn a_shard_that_gets_on_no_more_is_waited_for_no_longer() {
        let mut feed_state = FeedState::default();
        assert_eq!(batch(&mut feed_state, "quiet", 9000, 0), (true, false));
        assert_eq!(batch(&mut feed_state, "quick", 5, 300), (false, false));
        assert_eq!(batch(&mut feed_state, "quick", 5, 301), (false, true));
    }

    #[test]
    fn after_the_first_picture_a_shard_is_behind_when_it_is_so_by_far() {
        let mut feed_state = FeedState { last_snapshot_at: Some(at(0)), ..FeedState::default() };
        assert_eq!(batch(&mut feed_state, "a", 600, 1000), (false, false));
        assert_eq!(batch(&mut feed_state, "a", 601, 1001), (true, false));
        assert_eq!(batch(&mut feed_state, "a", 599, 1002), (true, false), "until it has caught up");
        assert_eq!(batch(&mut feed_state, "b", 1, 1003), (false, false));
        assert_eq!(batch(&mut feed_state, "a", 180, 1004), (false, true));
        feed_state.last_snapshot_at = Some(at(1004));
        assert_eq!(batch(&mut feed_state, "a", 200, 1005), (false, false));
    }

    #[test]
    fn not_every_batch_is_written_down() {
        let mut feed_state = FeedState { last_snapshot_at: Some(at(0)), ..FeedState::default() };
        batch(&mut feed_state, "a", 1, 10);
        let noted = feed_state.clone();
        batch(&mut feed_state, "a", 1, 39);
        assert_eq!(feed_state, noted);
        batch(&mut feed_state, "a", 1, 40);
        assert_eq!(feed_state.shards["a"].newest_event_at, at(39));
        batch(&mut feed_state, "b", 1, 100_000);
        assert_eq!(feed_state.shards.keys().collect::<Vec<_>>(), ["b"], "closed shards are forgotten");
    }

    #[test]
    fn gone_is_who_is_logged_on_and_silent() {
        let record = |status_type: &str| {
            let event = format!(
                r#"{{"AgentARN":"arn:aws:connect:r:1:instance/i/agent/a","EventType":"STATE_CHANGE","EventTimestamp":"{}","CurrentAgentSnapshot":
                {{"Configuration":{{"Username":"ann"}},"AgentStatus":{{"Name":"x","Type":"{status_type}"}}}}}}"#,
                at(0)
            );
            let event = switchboard_core::agent_event::AgentEvent::parse(&event).unwrap();
            let mut record = Record::default();
            record.agent.merge(switchboard_agents::read(&event, at(0)).unwrap().agent);
            record
        };
        let gone = |record: &Record, second| is_timed_out(&record.agent, at(second), at(second));
        assert!(gone(&record("CUSTOM"), 301));
        assert!(!gone(&record("CUSTOM"), 300), "not for long");
        assert!(!gone(&record("OFFLINE"), 301), "logged off anyway");
        assert!(!gone(&Record::default(), 301), "of whom nothing is known");
    }
}
