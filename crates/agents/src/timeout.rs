//! The time-out of an agent without heartbeats. Pure.

use jiff::{SignedDuration, Timestamp};
use switchboard_core::agent_event::HEARTBEAT_TIMEOUT;

/// How far a shard may be behind the clock before that is taken for silence too.
pub const MAX_SHARD_LAG: SignedDuration = SignedDuration::from_secs(600);

/// True if an agent whose newest event happened at `last_event_at` has been silent for longer than heartbeats allow.
///
/// `newest` is the newest event of the agent's shard: where that is late, as after a fault, nobody is silent who is as
/// recent as the others. That holds for [`MAX_SHARD_LAG`]; then the clock counts, or the last agent of the day would be
/// logged on for good.
pub fn has_timed_out(last_event_at: Timestamp, newest: Timestamp, now: Timestamp) -> bool {
    let late = now.duration_since(newest).clamp(SignedDuration::ZERO, MAX_SHARD_LAG);
    now.duration_since(last_event_at) > late.saturating_add(HEARTBEAT_TIMEOUT)
}

/// The silences after which an agent may time out though no event comes, whichever event is the newest of the shard: up to the first,
/// longer than it up to the second, and longer than that, [`has_timed_out`] says the same.
pub const TIME_OUTS: [SignedDuration; 2] =
    [HEARTBEAT_TIMEOUT, MAX_SHARD_LAG.saturating_add(HEARTBEAT_TIMEOUT)];
