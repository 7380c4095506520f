//! Work on a store, by a deadline.

use tokio::time::{Instant, timeout_at};

use crate::error::StoreError;

/// The work, by a deadline; what would begin after it is not begun.
///
/// # Errors
/// [`StoreError::Deadline`], and what the work ends with.
pub async fn with_deadline<T>(
    deadline: Instant,
    work: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    if deadline <= Instant::now() {
        return Err(StoreError::Deadline);
    }
    // Boxed: what a store does is large, and would be part of every future around it.
    timeout_at(deadline, Box::pin(work)).await.unwrap_or(Err(StoreError::Deadline))
}
