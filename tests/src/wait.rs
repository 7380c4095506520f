//! Waiting for something to become true: polls, with a deadline.

use std::thread;
use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_millis(10);

/// Asks every 10 ms until `look` finds something, and panics with `what` after `at_most`.
#[expect(clippy::disallowed_methods, reason = "this is the helper that polls with a deadline")]
pub fn until<T>(what: &str, at_most: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + at_most;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited {at_most:?} in vain for {what}");
        thread::sleep(PAUSE);
    }
}

/// [`until`] for what must itself be awaited, such as a request through the AWS SDK.
pub async fn until_async<T>(what: &str, at_most: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + at_most;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "waited {at_most:?} in vain for {what}");
        tokio::time::sleep(PAUSE).await;
    }
}
