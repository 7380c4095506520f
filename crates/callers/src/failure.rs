//! Why a look-up failed.

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use switchboard_core::phone::PhoneNumber;

/// The result of one number: its name, [`None`] if it has none, or why the look-up failed.
pub(crate) type BackendResult = Result<Option<Arc<str>>, Failure>;

/// A number, and its result.
pub(crate) type NumberResult = (PhoneNumber, BackendResult);

/// Why the look-up of one number, or of one batch of them, failed. Shown in log lines: no number, no name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// A try took longer than it may.
    Timeout,
    /// No connection, or one that broke.
    Connection,
    /// A status that means neither a name nor its absence.
    Status(u16),
    /// A status by which a service says that it is too busy, and when to retry.
    Busy {
        /// The status.
        status: u16,
        /// How long to wait.
        retry_after: Duration,
    },
    /// An AWS error code.
    #[cfg_attr(not(feature = "aws"), expect(dead_code, reason = "only DynamoDB responds with one"))]
    Code(String),
    /// A body that is not a name: a page, a number, a broken document.
    NotUnderstood,
    /// No request was sent: the circuit breaker is open.
    CircuitOpen,
    /// The deadline came first.
    PastDeadline,
}

impl Failure {
    /// True if a retry of the same request may succeed.
    pub(crate) fn is_transient(&self) -> bool {
        matches!(self, Self::Timeout | Self::Connection | Self::Busy { .. } | Self::Status(429 | 500..))
    }

    /// True if it is a fault of the directory, rather than of the number.
    pub(crate) fn is_of_directory(&self) -> bool {
        self.is_transient() || matches!(self, Self::Status(_))
    }

    /// True if the key may be the reason.
    pub(crate) fn may_be_for_key(&self) -> bool {
        matches!(self, Self::Status(401 | 403))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout => f.write_str("timeout"),
            Self::Connection => f.write_str("no connection"),
            Self::Status(status) | Self::Busy { status, .. } => write!(f, "status {status}"),
            Self::CircuitOpen => f.write_str("no request after failures in a row"),
            Self::Code(code) => f.write_str(code),
            Self::NotUnderstood => f.write_str("not understood"),
            Self::PastDeadline => f.write_str("past the deadline"),
        }
    }
}

/// Numbers that failed, by reason. [`Display`](fmt::Display) is `reason: count, reason: count`.
#[derive(Debug, Default)]
pub(crate) struct Failures(BTreeMap<String, usize>);

impl Failures {
    /// Counts `numbers` more that failed for this reason.
    pub(crate) fn add(&mut self, reason: &Failure, numbers: usize) {
        if numbers > 0 {
            *self.0.entry(reason.to_string()).or_default() += numbers;
        }
    }

    /// True if nothing failed.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, (reason, count)) in self.0.iter().enumerate() {
            let separator = if position == 0 { "" } else { ", " };
            write!(f, "{separator}{reason}: {count}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_counted_by_reason() {
        let mut failures = Failures::default();
        assert!(failures.is_empty());
        failures.add(&Failure::Timeout, 2);
        failures.add(&Failure::Status(503), 1);
        failures.add(&Failure::Timeout, 1);
        failures.add(&Failure::PastDeadline, 0);
        assert_eq!(failures.to_string(), "status 503: 1, timeout: 3");
    }

    #[test]
    fn only_transient_failures_are_retried() {
        for failure in [Failure::Timeout, Failure::Connection, Failure::Status(429), Failure::Status(503)] {
            assert!(failure.is_transient(), "{failure}");
        }
        for failure in
            [Failure::Status(302), Failure::Status(401), Failure::Status(403), Failure::NotUnderstood]
        {
            assert!(!failure.is_transient(), "{failure}");
        }
        let busy = Failure::Busy { status: 429, retry_after: Duration::ZERO };
        assert!(busy.is_transient() && busy.is_of_directory() && Failure::Status(403).is_of_directory());
        assert!(!Failure::NotUnderstood.is_of_directory() && !Failure::CircuitOpen.is_of_directory());
        assert!([401, 403].into_iter().all(|status| Failure::Status(status).may_be_for_key()));
        assert!(!Failure::Status(400).may_be_for_key() && !Failure::Timeout.may_be_for_key());
    }
}
