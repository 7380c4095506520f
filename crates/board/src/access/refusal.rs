//! Why a viewer does not get something.

use super::audit::AuditError;
use crate::sources::SourceError;

/// Why a viewer does not get something.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// Nobody knows whose the request is.
    #[error("nobody is signed in")]
    Unknown,
    /// The viewer's role does not have it.
    #[error("the role does not have this")]
    Role,
    /// The request is for another host.
    #[error("another host is meant")]
    OtherHost,
    /// Another site sends it.
    #[error("another site sends this")]
    OtherOrigin,
    /// The sign-in does not work.
    #[cfg(feature = "sign-in")]
    #[error(transparent)]
    SignIn(super::sign_in::SignInError),
    /// A store can't be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The look can't be written down.
    #[error(transparent)]
    Audit(#[from] AuditError),
}

#[cfg(feature = "sign-in")]
impl From<super::sign_in::SignInError> for Refusal {
    fn from(error: super::sign_in::SignInError) -> Self {
        use super::sign_in::SignInError;
        match error {
            // A session that the server renews no more is none.
            SignInError::NotSignedIn | SignInError::Over | SignInError::Invalid | SignInError::Refused => {
                Self::Unknown
            }
            SignInError::NoRole => Self::Role,
            SignInError::OtherOrigin => Self::OtherOrigin,
            error => Self::SignIn(error),
        }
    }
}
