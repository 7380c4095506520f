//! Why the API's answer is not all there is.

use aws_sdk_connect::error::{ProvideErrorMetadata, SdkError};

/// Why a question to the API was not answered in full. No message repeats what was sent or answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// Too many requests, also after the retries.
    #[error("Connect throttles the requests")]
    Throttled,
    /// It failed or did not answer, also after the retries; later it may.
    #[error("Connect is unavailable: {0}")]
    Unavailable(String),
    /// It refuses the request, and would do so again.
    #[error("Connect refuses the request: {0}")]
    Refused(String),
    /// The answer is not what the API is documented to give.
    #[error("Connect's answer is not understood")]
    NotUnderstood,
    /// A page led back to a page already read.
    #[error("Connect's page token came a second time")]
    RepeatedToken,
    /// More pages than any instance fills.
    #[error("Connect's answer has no end: more than {0} pages")]
    TooManyPages(usize),
    /// The deadline passed.
    #[error("no time left")]
    NoTime,
}

impl ApiError {
    /// Whether something that was asked about is no more: a queue was deleted since it was listed, say.
    pub(crate) fn is_gone(&self) -> bool {
        matches!(self, Self::Refused(code) if code == NOT_FOUND)
    }

    /// Whether asking something else is as pointless: there is no time, or nothing is allowed.
    pub(crate) fn ends_the_poll(&self) -> bool {
        match self {
            Self::NoTime => true,
            Self::Refused(code) => REFUSED_ALTOGETHER.contains(&code.as_str()),
            _ => false,
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

/// What is said of how often is asked. Some services say it with a status of 400.
const THROTTLED: [&str; 4] =
    ["RequestLimitExceeded", "Throttling", "ThrottlingException", "TooManyRequestsException"];

/// What the service says is the matter: by its code, or where that tells nothing, by the status.
fn told(status: u16, code: String) -> ApiError {
    let is_throttled = status == 429 || THROTTLED.contains(&code.as_str());
    match status {
        // An answer that breaks off counts as an error of the service's, too.
        ..300 => ApiError::NotUnderstood,
        _ if is_throttled => ApiError::Throttled,
        500.. => ApiError::Unavailable(code),
        _ => ApiError::Refused(code),
    }
}

/// The SDK's error as ours.
pub(super) fn failure<E: ProvideErrorMetadata>(error: &SdkError<E>) -> ApiError {
    match error {
        SdkError::TimeoutError(_) => ApiError::Unavailable("timeout".to_owned()),
        SdkError::DispatchFailure(dispatch) if dispatch.is_timeout() => {
            ApiError::Unavailable("timeout".to_owned())
        }
        SdkError::DispatchFailure(_) => ApiError::Unavailable("no connection".to_owned()),
        SdkError::ServiceError(service) => {
            let status = service.raw().status();
            // The code goes into a log line, so it must look like one.
            let is_code = |code: &&str| code.len() <= 64 && code.bytes().all(|b| b.is_ascii_alphanumeric());
            let code = error.code().filter(is_code).map_or_else(|| status.to_string(), str::to_owned);
            told(status.as_u16(), code)
        }
        _ => ApiError::NotUnderstood,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_counts_more_than_the_status() {
        let told = |status, code: &str| told(status, code.to_owned());
        assert_eq!(told(400, "ThrottlingException"), ApiError::Throttled);
        assert_eq!(told(503, "TooManyRequestsException"), ApiError::Throttled);
        assert_eq!(told(429, "429"), ApiError::Throttled);
        assert_eq!(
            told(400, "InvalidParameterException"),
            ApiError::Refused("InvalidParameterException".into())
        );
        assert_eq!(
            told(500, "InternalServiceException"),
            ApiError::Unavailable("InternalServiceException".into())
        );
        assert_eq!(told(200, "200"), ApiError::NotUnderstood);
    }
}
