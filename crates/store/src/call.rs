//! The time and the deadline of one call.

use jiff::Timestamp;
use tokio::time::Instant;

/// The clock of one call, and its deadline.
#[derive(Debug, Clone, Copy)]
pub struct CallContext {
    /// The current time: an item that has expired by then is not read.
    pub now: Timestamp,
    /// The caller waits until then.
    pub deadline: Instant,
}
