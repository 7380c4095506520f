//! Random numbers: a stream of its own for everything that is drawn.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::time::{HOUR, Millis};

/// What a stream is drawn for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    /// The id of a queue, an agent and so on.
    Identity = 1,
    /// When contacts of one source arrive.
    Arrival,
    /// What one contact will do.
    Contact,
    /// One agent's day.
    Shift,
    /// What happens at the end of one contact.
    Aftermath,
    /// Faults on the way.
    Fault,
}

/// How a length of time is distributed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Distribution {
    /// Always the same.
    Constant(Millis),
    /// Without memory.
    Exponential {
        /// The mean.
        mean: Millis,
    },
    /// Mostly short with a long tail, as talk times are.
    LogNormal {
        /// The mean.
        mean: Millis,
        /// The standard deviation of the logarithm: 0.8 or so for talk times.
        sigma: f64,
    },
}

impl Distribution {
    /// The mean.
    pub fn mean(self) -> Millis {
        match self {
            Self::Constant(mean) | Self::Exponential { mean } | Self::LogNormal { mean, .. } => mean,
        }
    }

    /// True if it can be drawn from.
    pub(super) fn is_valid(self) -> bool {
        let is_finite = match self {
            Self::LogNormal { sigma, .. } => sigma.is_finite() && (0.0..=3.0).contains(&sigma),
            Self::Constant(_) | Self::Exponential { .. } => true,
        };
        is_finite && (0..=1000 * HOUR).contains(&self.mean())
    }
}

/// A stream of random numbers.
#[derive(Debug)]
pub(super) struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream of that purpose and entity.
    pub(super) fn new(seed: u64, purpose: Purpose, entity: u64) -> Self {
        let mut key = [0; 32];
        let words = [seed, purpose as u64, entity, 0x5377_6974_6368_6264];
        for (bytes, word) in key.chunks_exact_mut(8).zip(words) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        Self(ChaCha8Rng::from_seed(key))
    }

    /// From 0 to 1, without 1.
    pub(super) fn unit(&mut self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "53 bits are what the type has")]
        let bits = (self.0.next_u64() >> 11) as f64;
        bits * (1.0 / 9_007_199_254_740_992.0)
    }

    /// True with that probability.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// From `low` to `high`, both included; `low` where there is nothing between.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high.saturating_sub(low)).unwrap_or(0).saturating_add(1);
        let scaled = (u128::from(self.0.next_u64()) * u128::from(span)) >> 64;
        low.saturating_add(i64::try_from(scaled).unwrap_or(0))
    }

    /// One of several.
    pub(super) fn pick<T: Copy>(&mut self, of: &[T], otherwise: T) -> T {
        let last = i64::try_from(of.len()).unwrap_or(1) - 1;
        usize::try_from(self.between(0, last)).ok().and_then(|at| of.get(at)).copied().unwrap_or(otherwise)
    }

    /// A length of time.
    pub(super) fn sample(&mut self, distribution: Distribution) -> Millis {
        match distribution {
            Distribution::Constant(length) => length,
            Distribution::Exponential { mean } => round(-as_float(mean) * libm::log(1.0 - self.unit())),
            Distribution::LogNormal { mean, sigma } => {
                let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.unit()));
                let normal = radius * libm::cos(core::f64::consts::TAU * self.unit());
                let centre = libm::log(as_float(mean.max(1))) - sigma * sigma / 2.0;
                round(libm::exp(centre + sigma * normal)).min(24 * HOUR)
            }
        }
    }

    /// The time until the next event of a Poisson process, whose rate is per millisecond.
    pub(super) fn wait(&mut self, rate: f64) -> Millis {
        round(-libm::log(1.0 - self.unit()) / rate)
    }

    /// 128 random bits, as ids are made of.
    pub(super) fn id(&mut self) -> u128 {
        (u128::from(self.0.next_u64()) << 64) | u128::from(self.0.next_u64())
    }
}

/// The entity that comes out of another one, such as the second leg of a contact.
pub(super) fn derived(parent: u64, child: u64) -> u64 {
    // Steele, Lea and Flood's SplitMix64.
    let mut mixed = parent ^ child.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// As a floating-point number.
pub(super) fn as_float(number: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "lengths of time are far below 2 to the 53rd")]
    let float = number as f64;
    float
}

/// The nearest whole number.
fn round(number: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "such a cast keeps within the type's range")]
    let whole = libm::floor(number + 0.5) as i64;
    whole
}
