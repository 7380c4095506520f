//! The result of a call to the service.

/// The results for a platform and a source that the WFM does not know.
const AUTH_ERROR_CODES: [i64; 2] = [-200, -300];

/// Why a call failed. It may have been accepted all the same, if the answer is what failed. Holds nothing of the call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// A try took longer than it may.
    #[error("timeout")]
    Timeout,
    /// No connection, or one that broke.
    #[error("no connection")]
    Connection,
    /// An HTTP status that is no success.
    #[error("status {0}")]
    Status(u16),
    /// A SOAP fault, with its HTTP status.
    #[error("a SOAP fault, status {0}")]
    Fault(u16),
    /// A SOAP fault that is for the authentication key, with its HTTP status.
    #[error("the service rejects the authentication key, status {0}")]
    AuthRejected(u16),
    /// A negative result: the service rejects the call. Teleopti has -300 for a source id and -200
    /// for a platform that it does not know.
    #[error("the service rejects the call with result {0}")]
    Rejected(i64),
    /// An answer that is none, such as a page of HTML.
    #[error("the answer is not understood")]
    NotUnderstood,
    /// The deadline came first.
    #[error("past the deadline")]
    PastDeadline,
    /// Standard output is closed.
    #[error("standard output is closed")]
    Stdout,
}

impl Failure {
    /// True if the same call may be accepted when it is made again.
    pub(super) fn is_transient(&self) -> bool {
        matches!(self, Self::Timeout | Self::Connection | Self::Status(408 | 429 | 500..) | Self::Fault(_))
    }

    /// True if it blames what was sent: a batch fails so for one of its states.
    pub fn is_payload_error(&self) -> bool {
        match self {
            Self::Rejected(result) => !AUTH_ERROR_CODES.contains(result),
            Self::Status(status) => matches!(status, 400 | 413 | 422),
            _ => false,
        }
    }

    /// True if it may be for one of the states that were sent, or for another reason: a SOAP fault, which is the service's
    /// answer to all sorts of things, and statuses from 400 to 499 that are not of the key or of the moment.
    pub fn may_be_payload_error(&self) -> bool {
        self.is_payload_error()
            || match self {
                Self::Fault(_) => true,
                Self::Status(status) => {
                    (400..500).contains(status) && !matches!(status, 401 | 403 | 408 | 429)
                }
                _ => false,
            }
    }

    /// True if the service rejects whatever comes from this account: the next call would be rejected, too.
    pub fn is_account_error(&self) -> bool {
        match self {
            Self::Status(status) => matches!(status, 401 | 403),
            Self::AuthRejected(_) => true,
            Self::Rejected(result) => AUTH_ERROR_CODES.contains(result),
            _ => false,
        }
    }

    /// True if it may be for the keys: another secret may be accepted.
    pub fn may_be_auth_error(&self) -> bool {
        self.is_account_error() || matches!(self, Self::Fault(_) | Self::Rejected(_))
    }
}

/// A call that was accepted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Accepted {
    /// The service does not know one of the agents or more, and accepted the others: Teleopti's result -100. Only a person
    /// can change that, so it is no failure, which would hold up everybody else.
    pub has_unknown_agents: bool,
}
