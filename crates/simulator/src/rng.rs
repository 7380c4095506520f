//! Draws from the generator, in whole numbers only so that every machine draws the same.

use rand::{Rng as _, RngExt as _};
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

/// True `percent` times in a hundred.
pub(crate) fn chance(rng: &mut ChaCha8Rng, percent: u32) -> bool {
    rng.random_range(0..100) < percent
}

/// Seconds from `low` to `high`, mostly short with a long tail, as talk and wait times are: the median
/// lies at an eighth of the range and the mean at a quarter.
pub(crate) fn skewed(rng: &mut ChaCha8Rng, low: i64, high: i64) -> i64 {
    let u: i64 = rng.random_range(0..=1000);
    low + (high - low) * u * u * u / 1_000_000_000
}

/// A random UUID, as ids are written.
pub(crate) fn uuid(rng: &mut ChaCha8Rng) -> String {
    let mut bytes = [0; 16];
    rng.fill_bytes(&mut bytes);
    uuid::Builder::from_random_bytes(bytes)
        .into_uuid()
        .hyphenated()
        .encode_lower(&mut Uuid::encode_buffer())
        .into()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    #[test]
    fn skewed_draws_are_mostly_short() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut draws: Vec<i64> = (0..10_000).map(|_| skewed(&mut rng, 20, 820)).collect();
        draws.sort_unstable();
        assert!(draws[0] >= 20 && draws[9_999] <= 820);
        assert!((100..140).contains(&draws[5_000]), "median {}", draws[5_000]);
    }
}
