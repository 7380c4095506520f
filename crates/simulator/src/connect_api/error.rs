//! The errors that Connect answers.

use std::fmt;

/// An error, as the header `x-amzn-errortype` and the body tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) kind: ErrorKind,
    pub(crate) message: String,
}

/// Which error it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorKind {
    InvalidRequest,
    InvalidParameter,
    ResourceNotFound,
    /// Throttled: every operation here has this error in the API's model, and no other for a quota.
    Throttling,
    InternalService,
    /// No operation has this path and method.
    UnknownOperation,
}

impl ErrorKind {
    /// The name that clients tell it by.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest => "InvalidRequestException",
            Self::InvalidParameter => "InvalidParameterException",
            Self::ResourceNotFound => "ResourceNotFoundException",
            Self::Throttling => "ThrottlingException",
            Self::InternalService => "InternalServiceException",
            Self::UnknownOperation => "UnknownOperationException",
        }
    }

    /// The HTTP status.
    pub(crate) const fn status(self) -> u16 {
        match self {
            Self::InvalidRequest | Self::InvalidParameter => 400,
            Self::ResourceNotFound | Self::UnknownOperation => 404,
            Self::Throttling => 429,
            Self::InternalService => 500,
        }
    }
}

impl ApiError {
    /// A request that is malformed, or whose parts contradict each other.
    pub(crate) fn request(message: impl fmt::Display) -> Self {
        Self { kind: ErrorKind::InvalidRequest, message: message.to_string() }
    }

    /// A parameter out of its bounds.
    pub(crate) fn parameter(message: impl fmt::Display) -> Self {
        Self { kind: ErrorKind::InvalidParameter, message: message.to_string() }
    }

    /// Something that the instance doesn't have.
    pub(crate) fn not_found(what: &str) -> Self {
        Self { kind: ErrorKind::ResourceNotFound, message: format!("there is no such {what}") }
    }
}
