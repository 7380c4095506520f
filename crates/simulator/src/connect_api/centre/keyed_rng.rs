//! Draws that anybody can make again: each has a generator of its own, seeded by what is drawn.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// What is drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) enum RngDomain {
    Id = 1,
    User,
    Activity,
    Waiting,
    Abandoned,
}

/// Draws about one thing, always the same for the same seed and thing.
#[derive(Debug)]
pub(crate) struct KeyedRng(ChaCha8Rng);

impl KeyedRng {
    /// Those about the thing that two numbers name.
    pub(crate) fn new(seed: u64, domain: RngDomain, first: i64, second: i64) -> Self {
        let mut key = [0; 32];
        let words = [seed, domain as u64, first.cast_unsigned(), second.cast_unsigned()];
        for (bytes, word) in key.chunks_exact_mut(8).zip(words) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        Self(ChaCha8Rng::from_seed(key))
    }

    /// From `low` to `high`, both included; `low` if there is nothing between.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        if low >= high { low } else { self.0.random_range(low..=high) }
    }

    /// True `percent` times in a hundred.
    pub(crate) fn chance(&mut self, percent: u32) -> bool {
        self.0.random_range(0..100) < percent
    }

    /// One of several; `None` of none.
    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        let last = i64::try_from(of.len()).ok()?.checked_sub(1).filter(|&last| last >= 0)?;
        usize::try_from(self.between(0, last)).ok().and_then(|place| of.get(place))
    }

    /// A UUID as the version 4 has them.
    pub(crate) fn uuid(&mut self) -> String {
        uuid::Builder::from_random_bytes(self.0.random()).into_uuid().to_string()
    }
}
