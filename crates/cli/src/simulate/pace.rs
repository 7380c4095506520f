//! So many a second, without drift.

use std::time::Duration;

use tokio::{
    task::yield_now,
    time::{Instant, sleep_until},
};

/// When the next ones are due: counted from the start, so that what took longer is caught up on.
#[derive(Debug)]
pub(crate) struct Pace {
    start: Instant,
    per_second: Option<f64>,
    given: u64,
}

impl Pace {
    /// Starts now. Without a rate everything is due at once.
    pub(crate) fn new(per_second: Option<f64>) -> Self {
        Self { start: Instant::now(), per_second, given: 0 }
    }

    /// Waits until so many more are due.
    pub(crate) async fn next(&mut self, count: u64) {
        match self.per_second {
            Some(per_second) => {
                #[expect(clippy::cast_precision_loss, reason = "2^53 records take longer than anybody waits")]
                let seconds = self.given as f64 / per_second;
                sleep_until(self.start + Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)).await;
            }
            // Lets signals in.
            None => yield_now().await,
        }
        self.given += count;
    }
}

/// Reads a rate.
///
/// # Errors
/// When it is no number from 0.001 to 1,000,000.
pub(crate) fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate| (0.001..=1e6).contains(rate));
    rate.ok_or_else(|| "expected a number of records a second, from 0.001 to 1000000".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_positive_number() {
        assert_eq!(rate("0.5"), Ok(0.5));
        for text in ["0", "-1", "NaN", "inf", "many", "1e7"] {
            assert!(rate(text).is_err(), "{text}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_took_longer_is_caught_up_on() {
        let start = Instant::now();
        let mut pace = Pace::new(Some(10.0));
        pace.next(1).await;
        assert_eq!(start.elapsed(), Duration::ZERO);
        tokio::time::advance(Duration::from_millis(250)).await;
        pace.next(1).await;
        pace.next(1).await;
        assert_eq!(start.elapsed().as_millis(), 250);
        pace.next(1).await;
        assert_eq!(start.elapsed().as_millis(), 300);
    }
}
