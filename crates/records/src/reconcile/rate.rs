//! How often Connect is asked.

use std::str::FromStr;

/// Searches of contacts a second. AWS allows an account one in two seconds; other operations of the comparison may be called
/// four times as often.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SearchRate(f64);

/// A rate that allows no request, or that no account is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a rate is more than 0 and at most 100 searches a second")]
pub struct NotARate;

impl SearchRate {
    /// So many searches a second.
    ///
    /// # Errors
    /// If it is 0 or less, more than 100, or no number.
    pub fn new(per_second: f64) -> Result<Self, NotARate> {
        // Of what is no number neither holds.
        if per_second > 0.0 && per_second <= 100.0 { Ok(Self(per_second)) } else { Err(NotARate) }
    }

    /// Searches a second.
    pub fn searches_per_second(self) -> f64 {
        self.0
    }

    /// Requests of the other operations a second.
    pub fn others_per_second(self) -> f64 {
        4.0 * self.0
    }
}

impl Default for SearchRate {
    /// A quarter: half of what an account is allowed.
    fn default() -> Self {
        Self(0.25)
    }
}

impl FromStr for SearchRate {
    type Err = NotARate;

    fn from_str(text: &str) -> Result<Self, NotARate> {
        text.parse().map_err(|_| NotARate).and_then(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_decimal_of_up_to_a_hundred() {
        assert_eq!("0.25".parse(), Ok(SearchRate::default()));
        for text in ["0", "-1", "100.1", "NaN", "inf", "", "two"] {
            assert_eq!(text.parse::<SearchRate>(), Err(NotARate), "{text}");
        }
    }
}
