//! One policy for requests that take only a part: the rest again, with growing waits, until the time for a batch is over.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::simulate::stream::TIME_FOR_A_BATCH;

/// Puts entries until all are taken or the time is over; how many were not taken. `put` says which, by their places, or why
/// none was.
pub(super) async fn until_taken(
    event: &'static str,
    mut left: Vec<Value>,
    mut put: impl AsyncFnMut(&[Value]) -> Result<Vec<usize>, String>,
) -> usize {
    let deadline = Instant::now() + TIME_FOR_A_BATCH;
    let mut waits = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(100))
        .with_max_delay(Duration::from_secs(5))
        .without_max_times()
        .with_jitter()
        .build();
    loop {
        let mut error = "only some were taken".to_owned();
        match put(&left).await {
            Ok(not_taken) => {
                let entries = std::mem::take(&mut left).into_iter().enumerate();
                left = entries.filter(|(at, _)| not_taken.contains(at)).map(|(_, entry)| entry).collect();
            }
            Err(reason) => error = reason,
        }
        match waits.next().filter(|wait| Instant::now() + *wait < deadline) {
            _ if left.is_empty() => return 0,
            Some(wait) => sleep(wait).await,
            None => {
                tracing::warn!(event, entries = left.len(), error, "entries could not be put");
                return left.len();
            }
        }
    }
}
