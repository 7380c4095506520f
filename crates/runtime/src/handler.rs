//! The result of an event, and the protection against a defect that one record meets.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{batch::BatchResponse, metrics::Metrics};

/// An event that was handled: the reply and the counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handled<T = ()> {
    /// The reply to the event.
    pub reply: Reply<T>,
    /// The counts of the invocation.
    pub metrics: Metrics,
}

/// The reply to an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply<T = ()> {
    /// To a batch: the items that must be retried.
    Batch(BatchResponse),
    /// To an event of its own: it is done, with this result.
    Done(T),
    /// To an event of its own: not all of it is done, and the whole event must be retried.
    Retry,
}

/// The error of an event that is nothing the function is for. It holds nothing of the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the event is not {expected}")]
pub struct UnsupportedEvent {
    /// What the function is for.
    pub expected: &'static str,
}

/// Runs the work on one record, so that a defect in it costs this record alone.
///
/// ```
/// use switchboard_runtime::handler::catch_panic;
/// assert_eq!(catch_panic("panicked", || Ok(1)), Ok(1));
/// # std::panic::set_hook(Box::new(|_| ()));
/// assert_eq!(catch_panic("panicked", || -> Result<u8, _> { panic!("a defect") }), Err("panicked"));
/// ```
///
/// # Errors
/// Those of the work, and `panicked` where it panics.
pub fn catch_panic<T, E>(panicked: E, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(panicked))
}
