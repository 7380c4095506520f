//! Clocks that are off: what a source writes is shifted by an offset of its own, which stays the same.

use super::{
    agent::Agent,
    contact::Contact,
    random::derived,
    time::{Millis, SECOND},
};

/// A clock that timestamps come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// Of contact records. Off by whole seconds, as their durations are whole seconds.
    ContactRecords,
    /// Of contact events. Off by whole seconds too.
    ContactEvents,
    /// Of flow logs.
    FlowLogs,
    /// Of the events of the agent at that place of the directory.
    Agent(usize),
}

/// How far clocks are off. What is delivered when, and what really happened, does not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClockSkew {
    /// What the offsets follow from.
    pub seed: u64,
    /// The most that a clock is ahead or behind, in milliseconds; 0: all are right.
    pub most: Millis,
}

impl ClockSkew {
    /// How far the clock is ahead, in milliseconds; negative if it is behind.
    pub fn offset(self, clock: Clock) -> Millis {
        let most = self.most.unsigned_abs();
        if most == 0 {
            return 0;
        }
        let number = match clock {
            Clock::ContactRecords => 0,
            Clock::ContactEvents => 1,
            Clock::FlowLogs => 2,
            Clock::Agent(at) => u64::try_from(at).unwrap_or(u64::MAX).saturating_add(3),
        };
        let ahead = derived(self.seed, number) % most.saturating_mul(2).saturating_add(1);
        let offset = i64::try_from(ahead).unwrap_or(0) - self.most.abs();
        match clock {
            Clock::ContactRecords | Clock::ContactEvents => offset / SECOND * SECOND,
            Clock::FlowLogs | Clock::Agent(_) => offset,
        }
    }
}

impl Contact {
    /// The contact by a clock that is so far ahead.
    pub(super) fn by_clock(&self, ahead: Millis) -> Self {
        let mut contact = self.clone();
        contact.initiated += ahead;
        let moments = [
            &mut contact.connected_to_system,
            &mut contact.enqueued,
            &mut contact.dequeued,
            &mut contact.accepted,
            &mut contact.connected,
            &mut contact.holds.since,
            &mut contact.pauses.paused,
            &mut contact.pauses.resumed,
            &mut contact.left,
            &mut contact.work_ended,
            &mut contact.disconnected,
            &mut contact.last_update,
            &mut contact.additions.evaluated,
        ];
        let transfer = contact.transfer.as_mut().map(|transfer| &mut transfer.at);
        for moment in moments.into_iter().flatten().chain(transfer) {
            *moment += ahead;
        }
        contact
    }
}

impl Agent {
    /// The agent by a clock that is so far ahead.
    pub(super) fn by_clock(&self, ahead: Millis) -> Self {
        let mut agent = self.clone();
        agent.since += ahead;
        if let Some((_, chosen)) = &mut agent.next {
            *chosen += ahead;
        }
        for held in &mut agent.held {
            held.since += ahead;
            for moment in [&mut held.enqueued, &mut held.connected].into_iter().flatten() {
                *moment += ahead;
            }
        }
        agent
    }
}
