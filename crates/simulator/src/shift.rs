//! A shift: what the agents of the centre do in a day, as their event stream tells it.

mod day;
mod event;
mod plan;
mod roster;
mod snapshot;

use std::{cmp::Reverse, collections::BinaryHeap, fmt};

use jiff::Timestamp;

use self::day::Day;

/// From the earliest log-on to the last sign of life of the last agent, in milliseconds.
const SPAN_MS: i64 = 11 * 3_600_000;

/// One event of the agent event stream.
#[derive(Clone, PartialEq, Eq)]
pub struct SimulatedAgentEvent {
    /// What decides the shard: the agent's ARN, as Connect has it.
    pub partition_key: String,
    /// When it happened: the event's `EventTimestamp`.
    pub at: Timestamp,
    /// The event: one line of compact JSON without a line end.
    pub json: String,
}

/// Shows no agent: their names are in there.
impl fmt::Debug for SimulatedAgentEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimulatedAgentEvent").field("at", &self.at).finish_non_exhaustive()
    }
}

/// A shift of invented agents: an iterator of agent events in the order of time, which ends.
///
/// Each agent logs on within half an hour, works for about eight hours with two breaks and lunch, takes
/// calls, chats, tasks and callbacks, misses some, and logs off; heartbeats come when nothing else did for
/// 120 s, and for up to an hour after the log-off. One agent in ten logs off for lunch, and one in thirty
/// goes silent without a log-off.
///
/// A `LOGIN` has no previous snapshot and, every other time, no current one either; a `LOGOUT` likewise. What the agent
/// is called then follows from the ARN alone, as other events of the same agent tell it.
///
/// All events lie in the eleven hours before `now`. An agent's day follows from the seed and the agent's
/// number: more agents leave the others as they are. Memory grows with the number of agents, not with time.
///
/// ```
/// use switchboard_simulator::AgentEventGenerator;
/// let now = "2026-11-06T05:00:00Z".parse().unwrap();
/// let first = AgentEventGenerator::new(7, 3, now).next().unwrap();
/// assert!(first.json.contains(r#""EventType":"LOGIN""#) && first.at < now);
/// ```
pub struct AgentEventGenerator {
    days: Vec<Day>,
    /// When each day goes on, the earliest on top.
    next: BinaryHeap<Reverse<(i64, usize)>>,
}

impl AgentEventGenerator {
    /// The shift of so many agents that is over by `now`.
    pub fn new(seed: u64, agents: u32, now: Timestamp) -> Self {
        // Where the calendar begins there is nothing before.
        let start = now.as_millisecond().max(Timestamp::MIN.as_millisecond() + SPAN_MS) - SPAN_MS;
        let days: Vec<_> = (0..agents).map(|number| Day::new(seed, number, start)).collect();
        let next =
            days.iter().enumerate().filter_map(|(at, day)| Some(Reverse((day.next_at()?, at)))).collect();
        Self { days, next }
    }
}

impl Iterator for AgentEventGenerator {
    type Item = SimulatedAgentEvent;

    fn next(&mut self) -> Option<SimulatedAgentEvent> {
        let Reverse((_, number)) = self.next.pop()?;
        let day = self.days.get_mut(number)?;
        let event = day.next_event();
        self.next.extend(day.next_at().map(|at| Reverse((at, number))));
        event
    }
}

impl fmt::Debug for AgentEventGenerator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentEventGenerator").field("agents", &self.days.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
