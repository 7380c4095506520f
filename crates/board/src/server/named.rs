//! What an address names: a contact, a customer or a queue.

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
    response::Response,
};

use super::failure::Failure;
use crate::access::AskedFor;

/// The one name in an address. What is no UTF-8 is nobody's name.
pub(super) struct Named(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(name)) => Ok(Self(name)),
            Err(_) => Err(Failure::NotFound.reply(AskedFor::in_request(parts).target())),
        }
    }
}
