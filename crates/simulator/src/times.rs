//! When things happen in a contact, in whole seconds.

use jiff::Timestamp;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use crate::rng::{chance, skewed};

/// How far back contacts begin, as in the workshop's simulator.
pub(crate) const SPAN_SECONDS: i64 = 7 * 24 * 3600;
/// The office is ten hours ahead of UTC all year.
const OFFICE_OFFSET_SECONDS: i64 = 10 * 3600;

/// The moments of one contact. All but `start` are seconds after `start`, so that a contact can be
/// drawn first and placed in time when its length is known.
#[derive(Debug, Clone)]
pub(crate) struct Timeline {
    /// The contact's initiation, in seconds since 1970.
    pub(crate) start: i64,
    pub(crate) connected_to_system: Option<i64>,
    pub(crate) queue: Option<Wait>,
    pub(crate) agent: Option<Handling>,
    pub(crate) disconnect: i64,
    pub(crate) last_update: i64,
}

/// The time in a queue.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wait {
    pub(crate) enqueue: i64,
    pub(crate) dequeue: i64,
}

/// An agent's part. `left - connected` is what they talked and what they held.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Handling {
    pub(crate) connected: i64,
    /// The end of the conversation; after-contact work begins.
    pub(crate) left: i64,
    pub(crate) work_end: i64,
    pub(crate) held: i64,
    pub(crate) longest_hold: i64,
    pub(crate) holds: u32,
}

/// Bounds of a skewed draw, in seconds.
type Bounds = (i64, i64);

impl Timeline {
    /// A contact that the system takes at once and that ends there after a while.
    pub(crate) fn new(rng: &mut ChaCha8Rng, bounds: Bounds) -> Self {
        let disconnect = skewed(rng, bounds.0, bounds.1);
        Self {
            start: 0,
            connected_to_system: Some(0),
            queue: None,
            agent: None,
            disconnect,
            last_update: disconnect,
        }
    }

    /// Then it waits in a queue, and ends there unless somebody takes it.
    pub(crate) fn wait(mut self, rng: &mut ChaCha8Rng, bounds: Bounds) -> Self {
        let dequeue = self.disconnect + skewed(rng, bounds.0, bounds.1);
        self.queue = Some(Wait { enqueue: self.disconnect, dequeue });
        self.disconnect = dequeue;
        self
    }

    /// Then an agent takes it, sometimes holds, and finishes it.
    pub(crate) fn handle(mut self, rng: &mut ChaCha8Rng, talk: Bounds, may_hold: bool) -> Self {
        let connected = self.disconnect;
        let talked = skewed(rng, talk.0, talk.1);
        let (mut held, mut longest_hold, mut holds) = (0, 0, 0);
        while may_hold && holds < 3 && chance(rng, 20) {
            let pause = skewed(rng, 10, 300);
            held += pause;
            longest_hold = longest_hold.max(pause);
            holds += 1;
        }
        let left = connected + talked + held;
        let work_end = left + skewed(rng, 3, 300);
        self.agent = Some(Handling { connected, left, work_end, held, longest_hold, holds });
        self.disconnect = left;
        self
    }

    /// Then the customer goes on talking to somebody outside, without the agent.
    pub(crate) fn go_on_outside(mut self, rng: &mut ChaCha8Rng) -> Self {
        self.disconnect += skewed(rng, 60, 1800);
        self
    }

    /// The record is written 60 to 75 seconds after the last thing that happened.
    pub(crate) fn write(mut self, rng: &mut ChaCha8Rng) -> Self {
        let end = self.agent.map_or(self.disconnect, |agent| agent.work_end.max(self.disconnect));
        self.last_update = end + rng.random_range(60..=75_i64);
        self
    }

    /// The moment `offset` seconds after the start.
    pub(crate) fn at(&self, offset: i64) -> Timestamp {
        stamp(self.start + offset)
    }
}

/// A moment from seconds since 1970; 1970 itself where jiff's calendar ends.
pub(crate) fn stamp(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or_default()
}

/// When a contact of `length` seconds begins that is over by `now`: within the span, and more often in
/// office hours than out of them.
pub(crate) fn place(rng: &mut ChaCha8Rng, now: i64, length: i64) -> i64 {
    let latest = now - length;
    let mut start = latest;
    // A third of the tries is taken on average; the bound only makes sure of an end.
    for _ in 0..32 {
        start = rng.random_range(now - SPAN_SECONDS..=latest);
        if rng.random_range(0..20) < busyness(start) {
            break;
        }
    }
    start
}

/// How likely contacts begin at a moment, out of 20.
fn busyness(seconds: i64) -> u32 {
    let local = seconds + OFFICE_OFFSET_SECONDS;
    let hour = local.div_euclid(3600).rem_euclid(24);
    // 1970-01-01 was a Thursday; 0 is Monday.
    let weekday = (local.div_euclid(24 * 3600) + 3).rem_euclid(7);
    match (weekday, hour) {
        (0..=4, 9..=16) => 20,
        (0..=4, 7..=8 | 17..=19) | (_, 9..=16) => 6,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_office_is_busy_on_working_days() {
        let at = |text: &str| busyness(text.parse::<Timestamp>().unwrap().as_second());
        assert_eq!(at("2026-11-02T00:30:00Z"), 20, "Monday 10:30");
        assert_eq!(at("2026-11-01T22:30:00Z"), 6, "Monday 8:30");
        assert_eq!(at("2026-11-01T00:30:00Z"), 6, "Sunday 10:30");
        assert_eq!(at("2026-11-02T16:00:00Z"), 1, "Tuesday 2:00");
    }
}
