//! Work on a store, by a deadline.

use tokio::time::{Instant, timeout_at};

use crate::error::StoreError;

/// Does the work, or says that the deadline came first. Nothing is begun that nobody waits for.
///
/// # Errors
/// [`StoreError::Deadline`], and what the work ends with.
pub async fn by<T>(
    deadline: Instant,
    work: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    if deadline <= Instant::now() {
        return Err(StoreError::Deadline);
    }
    // Boxed: what a store does is large, and would be part of every future around it.
    timeout_at(deadline, Box::pin(work)).await.unwrap_or(Err(StoreError::Deadline))
}
