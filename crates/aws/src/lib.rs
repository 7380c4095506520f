//! What a failed request to an AWS service means, in words that a log may show; and the [tokens](pages) of a list in pages.
//!
//! A service's own sentence, and the SDK's account of the whole answer, may quote what was sent: a caller's number, a
//! thousand agents' events. Its code and its status do not.

pub mod pages;

use std::error::Error;

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// The codes by which a service says that there are too many requests. Some services send them with a status of 400.
const THROTTLING_CODES: [&str; 5] = [
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
];

/// The codes by which a service says that it can't do it now.
const UNAVAILABLE_CODES: [&str; 10] = [
    "DatabaseResumingException",
    "DatabaseUnavailableException",
    "InternalServerError",
    "InternalServerErrorException",
    "ReplicatedWriteConflictException",
    "ServiceUnavailable",
    "ServiceUnavailableError",
    "StatementTimeoutException",
    "TransactionConflictException",
    // The Data API forgot it: the work begins anew.
    "TransactionNotFoundException",
];

/// The codes by which a service says that the same request may do better later. One table for all services: a code means the
/// same wherever it is documented.
pub fn transient_codes() -> impl Iterator<Item = &'static str> {
    THROTTLING_CODES.into_iter().chain(UNAVAILABLE_CODES)
}

/// Why a request came to nothing, after the SDK's own tries.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// No answer in time.
    #[error("timeout")]
    Timeout,
    /// No connection, or one that broke.
    #[error("no connection")]
    Connection,
    /// Nothing was sent, and why: there are no credentials, say, or no region.
    #[error("{0}")]
    NotSent(String),
    /// The service says no.
    #[error("{}", describe(*.status, .code.as_deref()))]
    Rejected {
        /// The HTTP status of its answer.
        status: u16,
        /// Its code for what is the matter: letters, digits and dots, as `KMS.DisabledException`.
        code: Option<String>,
    },
    /// The answer is not one that the service is documented to give.
    #[error("the answer is not understood")]
    NotUnderstood,
}

impl Failure {
    /// Whether the service says that there are too many requests: by the status 429, or by its code.
    pub fn is_throttled(&self) -> bool {
        let Self::Rejected { status, code } = self else { return false };
        *status == 429 || code.as_deref().is_some_and(|code| THROTTLING_CODES.contains(&code))
    }

    /// Whether the same request may do better later: the service is not reached, has too many requests, or says that it is its
    /// own fault, by its status or by one of the [`transient_codes`].
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Timeout | Self::Connection | Self::NotSent(_) => true,
            Self::Rejected { status, code } => {
                matches!(status, 429 | 500..)
                    || code.as_deref().is_some_and(|code| transient_codes().any(|known| known == code))
            }
            Self::NotUnderstood => false,
        }
    }
}

impl<E: ProvideErrorMetadata> From<&SdkError<E, HttpResponse>> for Failure {
    fn from(error: &SdkError<E, HttpResponse>) -> Self {
        match error {
            SdkError::TimeoutError(_) => Self::Timeout,
            SdkError::DispatchFailure(failure) if failure.is_timeout() => Self::Timeout,
            SdkError::DispatchFailure(failure) if failure.is_io() => Self::Connection,
            SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
                Some(error) => Self::NotSent(root(error)),
                None => Self::Connection,
            },
            SdkError::ServiceError(service) => Self::Rejected {
                status: service.raw().status().as_u16(),
                code: error.code().filter(|code| is_code(code)).map(str::to_owned),
            },
            SdkError::ConstructionFailure(_) => Self::NotSent("the request can't be built".to_owned()),
            _ => Self::NotUnderstood,
        }
    }
}

/// It goes into a log line, so it must look like one.
fn is_code(code: &str) -> bool {
    // `KMS.DisabledException`; SQS's older protocol has codes as `AWS.SimpleQueueService.NonExistentQueue`.
    code.len() <= 64
        && code
            .split('.')
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// The innermost cause.
fn root(mut error: &dyn Error) -> String {
    while let Some(cause) = error.source() {
        error = cause;
    }
    error.to_string()
}

fn describe(status: u16, code: Option<&str>) -> String {
    code.map_or_else(|| format!("HTTP {status}"), str::to_owned)
}

#[cfg(test)]
mod tests;
