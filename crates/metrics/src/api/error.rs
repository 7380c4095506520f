//! Errors of the API.

use aws_sdk_connect::error::{ProvideErrorMetadata, SdkError};
use switchboard_aws::{Failure, pages::PagesError};

/// Why a query to the API failed, wholly or in part. No message repeats what was sent or received.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// Too many requests, also after the retries.
    #[error("Connect throttles the requests")]
    Throttled,
    /// It failed or did not respond, also after the retries; later it may.
    #[error("Connect is unavailable: {0}")]
    Unavailable(String),
    /// It rejects the request, and would do so again.
    #[error("Connect rejects the request: {0}")]
    Rejected(String),
    /// The response is not what the API is documented to give.
    #[error("Connect's response is not understood")]
    NotUnderstood,
    /// A list of what every instance has is empty.
    #[error("Connect's list {0} is empty")]
    EmptyList(&'static str),
    /// A page led back to a page already read.
    #[error("Connect's page token came a second time")]
    RepeatedToken,
    /// More pages than any instance fills.
    #[error("Connect's response has no end: more than {0} pages")]
    TooManyPages(usize),
    /// The deadline passed.
    #[error("no time left")]
    NoTime,
}

impl ApiError {
    /// Whether a resource of the request no longer exists: a queue was deleted since it was listed, say.
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::Rejected(code) if code == NOT_FOUND)
    }

    /// Whether any other request would fail as well: there is no time, or nothing is allowed.
    pub(crate) fn ends_the_poll(&self) -> bool {
        match self {
            Self::NoTime => true,
            Self::Rejected(code) => REFUSED_ALTOGETHER.contains(&code.as_str()),
            _ => false,
        }
    }
}

impl From<PagesError> for ApiError {
    fn from(error: PagesError) -> Self {
        match error {
            PagesError::RepeatedToken => Self::RepeatedToken,
            PagesError::TooManyPages(pages) => Self::TooManyPages(pages),
        }
    }
}

const NOT_FOUND: &str = "ResourceNotFoundException";

/// What is said of the caller or the instance, not of the request.
const REFUSED_ALTOGETHER: [&str; 6] = [
    "AccessDeniedException",
    "ExpiredTokenException",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    NOT_FOUND,
    "UnrecognizedClientException",
];

/// The SDK's error as ours: by the service's code, or where that is no help, by the status.
pub(super) fn failure<E: ProvideErrorMetadata>(error: &SdkError<E>) -> ApiError {
    of(&Failure::from(error))
}

fn of(failure: &Failure) -> ApiError {
    match failure {
        // A response that breaks off counts as an error of the service's, too.
        Failure::NotUnderstood | Failure::Rejected { status: ..300, .. } => ApiError::NotUnderstood,
        _ if failure.is_throttled() => ApiError::Throttled,
        _ if failure.is_transient() => ApiError::Unavailable(failure.to_string()),
        _ => ApiError::Rejected(failure.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_counts_more_than_the_status() {
        let of = |status, code: &str| of(&Failure::Rejected { status, code: Some(code.to_owned()) });
        assert_eq!(of(400, "ThrottlingException"), ApiError::Throttled);
        assert_eq!(of(503, "TooManyRequestsException"), ApiError::Throttled);
        assert_eq!(of(429, "Unheard"), ApiError::Throttled);
        assert_eq!(
            of(400, "InvalidParameterException"),
            ApiError::Rejected("InvalidParameterException".into())
        );
        assert_eq!(
            of(500, "InternalServiceException"),
            ApiError::Unavailable("InternalServiceException".into())
        );
        assert_eq!(of(200, "Unheard"), ApiError::NotUnderstood);
    }

    #[test]
    fn what_is_not_reached_may_be_later() {
        assert_eq!(of(&Failure::Timeout), ApiError::Unavailable("timeout".into()));
        assert_eq!(of(&Failure::Connection), ApiError::Unavailable("no connection".into()));
    }
}
