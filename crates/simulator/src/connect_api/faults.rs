//! What goes wrong on order, for tests.

use std::time::Duration;

use jiff::Timestamp;

use super::operation::Operation;

/// The faults of the API; the default has none. They can be changed while it runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Faults {
    /// The one operation that the faults are of; all, if there is none.
    pub only: Option<Operation>,
    /// Throttles one call in so many: 3 throttles every third.
    pub throttle_every: Option<u32>,
    /// Waits before each answer.
    pub delay: Duration,
    /// Fails, with an internal error, whenever it is asked for this page of an answer; the first is 1.
    pub fail_page: Option<u32>,
    /// Fails, with an internal error, whenever it is asked for a time that begins then.
    pub fail_from: Option<Timestamp>,
    /// Refuses, as an invalid parameter, whatever names this metric or channel.
    pub refuse: Option<&'static str>,
    /// Answers with empty lists and no token, with the status of success.
    pub empty: bool,
    /// Answers a token with the same token, and the same page, for ever; an answer of one page gets a token too.
    pub repeat_token: bool,
    /// Breaks its JSON off in the middle, with the status of success.
    pub unreadable: bool,
}

impl Faults {
    /// Those that an operation has.
    pub(crate) fn of(self, operation: Operation) -> Self {
        if self.only.is_none_or(|only| only == operation) { self } else { Self::default() }
    }
}
