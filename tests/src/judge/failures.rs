//! What goes wrong, and when: by the seed alone.

/// What goes wrong in a run. The same seed makes the same calls fail and the same invocations die, by their number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Failures {
    /// What everything follows from.
    pub seed: u64,
    /// The share of all remote calls that fail, from 0 to 1.
    pub share: f64,
    /// One invocation in so many dies in the middle of a remote call; 0: none.
    pub kill_one_in: u64,
}

/// What becomes of a remote call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CallFate {
    /// It is made and answered.
    Answered,
    /// It is refused for now, and not made.
    Refused,
    /// It is made, and the connection breaks before the answer.
    Unanswered,
}

impl Failures {
    /// None.
    pub fn none(seed: u64) -> Self {
        Self { seed, share: 0.0, kill_one_in: 0 }
    }

    /// What becomes of the `n`th call from there.
    pub(super) fn of_call(&self, from: &str, n: u64) -> CallFate {
        let drawn = self.draw(from, n, 1);
        #[expect(clippy::cast_precision_loss, reason = "a share need not be exact")]
        let is_failed = (drawn as f64) < self.share * u64::MAX as f64;
        match (is_failed, drawn % 2) {
            (false, _) => CallFate::Answered,
            (true, 0) => CallFate::Refused,
            (true, _) => CallFate::Unanswered,
        }
    }

    /// In which of its remote calls the `n`th invocation of a function dies, from 1, if it does.
    pub(super) fn of_invocation(&self, function: &str, n: u64) -> Option<u32> {
        let dies = self.kill_one_in > 0 && self.draw(function, n, 2).is_multiple_of(self.kill_one_in);
        dies.then(|| u32::try_from(self.draw(function, n, 3) % 4).unwrap_or(0) + 1)
    }

    /// How long the `n`th item is on its way, in milliseconds: up to so long.
    pub(super) fn delay(&self, n: u64, up_to: u64) -> i64 {
        let delay = if up_to == 0 { 0 } else { self.draw("item", n, 4) % up_to };
        i64::try_from(delay).unwrap_or(0)
    }

    /// A number that follows from all of these.
    fn draw(&self, name: &str, n: u64, purpose: u64) -> u64 {
        let named = name.bytes().fold(self.seed ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        mixed(mixed(named.wrapping_add(purpose)) ^ n)
    }
}

/// The last step of the generator `SplitMix64`, which leaves no pattern.
fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_of_the_calls_fails_and_the_same_ones_each_time() {
        let failures = Failures { seed: 7, share: 0.1, kill_one_in: 50 };
        let failed: Vec<u64> =
            (0..10_000).filter(|n| failures.of_call("a", *n) != CallFate::Answered).collect();
        assert!((900..1100).contains(&failed.len()), "{}", failed.len());
        assert!(failed.iter().all(|n| failures.of_call("a", *n) != CallFate::Answered));
        let unanswered = failed.iter().filter(|n| failures.of_call("a", **n) == CallFate::Unanswered).count();
        assert!((failed.len() / 3..failed.len() * 2 / 3).contains(&unanswered), "{unanswered}");
        let killed = (0..10_000).filter(|n| failures.of_invocation("a", *n).is_some()).count();
        assert!((150..250).contains(&killed), "{killed}");
        assert_eq!(Failures::none(7).of_invocation("a", 1), None);
    }
}
