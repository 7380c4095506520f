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
    /// A store can't be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The look can't be written down.
    #[error(transparent)]
    Audit(#[from] AuditError),
}
