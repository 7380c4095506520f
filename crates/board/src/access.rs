//! Who looks at a board, and what of it that person gets.
//!
//! ```text
//! role, viewer      who looks, and what that role may see
//! agent_names       what agents are called on this board
//! mask              numbers and addresses in texts, hidden
//! refusal           why a viewer does not get something
//! shown             a view as one viewer gets it: the only thing that a response is made of
//! sign_in           signing in with Amazon Cognito: the feature `sign-in`
//! audit             who looked at which contact, and when
//! asked             which page of which instance a request asks for
//! admission         how a request says whose it is
//! limited           what of a picture is within a viewer's limits
//! of_pictures       what was made of the pictures of this moment
//! look              the sources for one viewer: the only way to them for a page
//! ```
//!
//! A page has no data but from a `Look`, and no response but of a view that says what of it who may see: a new page can't forget the rights.

mod admission;
mod agent_names;
mod asked;
mod audit;
mod limited;
mod look;
mod mask;
mod of_pictures;
mod refusal;
mod role;
mod shared_token;
mod shown;
#[cfg(feature = "sign-in")]
mod sign_in;
mod viewer;

#[cfg(test)]
pub(crate) use self::limited::tests::picture;
#[cfg(feature = "sign-in")]
pub(crate) use self::sign_in::{GoTo, SIGN_IN, SIGNED_IN, SIGNED_OUT};
#[cfg(feature = "sign-in")]
pub use self::sign_in::{Grants, InvalidGrants, SignIn, SignInError, SignInSettings};
pub use self::{
    admission::{Access, Admission},
    agent_names::AgentNames,
    audit::{AuditError, AuditLog, AuditRecord, AuditSink, LookAt},
    role::Role,
    shared_token::{SharedToken, WeakToken},
    viewer::{Limit, Viewer},
};
pub(crate) use self::{
    asked::AskedFor,
    look::{InstanceList, Look, NoLook, WatchedSources},
    refusal::Refusal,
    shown::{ForViewer, ViewRights},
};
