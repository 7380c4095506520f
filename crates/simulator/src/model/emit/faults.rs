//! Faults of the world: what is sent may come twice, late, damaged, or not at all.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    io,
};

use super::item::{Emitted, EmittedKind, Output};
use crate::model::{
    random::{Purpose, Stream},
    time::Millis,
};

/// Which faults there are. They follow the seed. Reports are never touched.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WorldFaults {
    /// What the faults follow from.
    pub seed: u64,
    /// The share that is delivered once more.
    pub repeat: f64,
    /// How much later than the first it may be delivered, in milliseconds: the order is lost by that much.
    pub disorder: Millis,
    /// The share that is never delivered.
    pub lose: f64,
    /// One in so many is cut short; 0: none.
    pub damage_one_in: u64,
}

impl WorldFaults {
    /// No faults.
    pub fn none(seed: u64) -> Self {
        Self { seed, repeat: 0.0, disorder: 0, lose: 0.0, damage_one_in: 0 }
    }

    /// True if there are none.
    pub fn is_none(&self) -> bool {
        *self == Self::none(self.seed)
    }
}

/// How many faults there were of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct FaultCounts {
    pub repeated: u64,
    pub lost: u64,
    pub damaged: u64,
}

/// An output with faults before it. In memory is what is delayed.
#[derive(Debug)]
pub struct Faults<O> {
    output: O,
    wanted: WorldFaults,
    random: Stream,
    number: u64,
    delayed: BinaryHeap<Reverse<(Millis, u64)>>,
    items: BTreeMap<u64, Delayed>,
    counts: FaultCounts,
}

/// Something that is delivered later.
#[derive(Debug)]
struct Delayed {
    kind: EmittedKind,
    key: String,
    bytes: Vec<u8>,
}

impl<O: Output> Faults<O> {
    /// These faults before that output.
    pub fn new(output: O, faults: WorldFaults) -> Self {
        Self {
            output,
            wanted: faults,
            random: Stream::new(faults.seed, Purpose::Fault, 0),
            number: 0,
            delayed: BinaryHeap::new(),
            items: BTreeMap::new(),
            counts: FaultCounts::default(),
        }
    }

    /// How many there were.
    pub fn counts(&self) -> FaultCounts {
        self.counts
    }

    /// The output.
    pub fn into_output(self) -> O {
        self.output
    }

    fn deliver(&mut self, emitted: &Emitted<'_>) -> io::Result<()> {
        let delay = self.random.between(0, self.wanted.disorder);
        let is_damaged = self.wanted.damage_one_in > 0
            && self.random.between(1, i64::try_from(self.wanted.damage_one_in).unwrap_or(i64::MAX)) == 1;
        self.counts.damaged += u64::from(is_damaged);
        let length = if is_damaged { emitted.bytes.len() / 2 } else { emitted.bytes.len() };
        let bytes = emitted.bytes.get(..length).unwrap_or_default();
        if delay == 0 {
            return self.output.put(&Emitted { bytes, ..*emitted });
        }
        self.number += 1;
        self.delayed.push(Reverse((emitted.at + delay, self.number)));
        let item = Delayed { kind: emitted.kind, key: emitted.key.to_owned(), bytes: bytes.to_owned() };
        self.items.insert(self.number, item);
        Ok(())
    }

    fn release(&mut self, now: Millis) -> io::Result<()> {
        while let Some(&Reverse((at, number))) = self.delayed.peek()
            && at <= now
        {
            self.delayed.pop();
            if let Some(Delayed { kind, key, bytes }) = self.items.remove(&number) {
                self.output.put(&Emitted { kind, at, key: &key, bytes: &bytes })?;
            }
        }
        Ok(())
    }
}

impl<O: Output> Output for Faults<O> {
    fn put(&mut self, emitted: &Emitted<'_>) -> io::Result<()> {
        self.release(emitted.at)?;
        if emitted.kind == EmittedKind::Report {
            return self.output.put(emitted);
        }
        if self.random.chance(self.wanted.lose) {
            self.counts.lost += 1;
            return Ok(());
        }
        self.deliver(emitted)?;
        if self.random.chance(self.wanted.repeat) {
            self.counts.repeated += 1;
            self.deliver(emitted)?;
        }
        Ok(())
    }

    fn tick(&mut self, now: Millis) -> io::Result<()> {
        self.release(now)?;
        self.output.tick(now)
    }

    fn finish(&mut self) -> io::Result<()> {
        self.release(Millis::MAX)?;
        self.output.finish()
    }
}
