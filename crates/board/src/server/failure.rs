//! What a request fails with: problem JSON for programs, a page for people.

use axum::{
    Extension,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{access::Refusal, pages};

/// What a page is, to a browser.
pub(super) const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// Why a request is not answered with what it asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// There is no such page, or nothing is known of what it is about.
    NotFound,
    /// The address is there, and not for that method.
    Method,
    /// The board has no instance of that name.
    NoInstance,
    /// A member of the query or of the body is not what it must be.
    Invalid(&'static str),
    /// Nobody knows whose the request is.
    Unknown,
    /// The viewer's role does not have it.
    Role,
    /// It is for another host.
    OtherHost,
    /// Another site sends it.
    OtherOrigin,
    /// A store can't be read.
    Unavailable,
}

impl Failure {
    fn status(self) -> StatusCode {
        match self {
            Self::NotFound | Self::NoInstance => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::Unknown => StatusCode::UNAUTHORIZED,
            Self::OtherHost => StatusCode::MISDIRECTED_REQUEST,
            Self::Role | Self::OtherOrigin => StatusCode::FORBIDDEN,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn detail(self) -> &'static str {
        match self {
            Self::NotFound => "There is nothing here, or nothing is known of it any more.",
            Self::NoInstance => "This board has no such instance.",
            Self::Method => "This address is not for that method.",
            Self::Invalid(detail) => detail,
            Self::Unknown => "Who looks at this board signs in, or has a token.",
            Self::Role => "This is not for your role.",
            Self::OtherHost => "This board answers to localhost and to addresses, and to no other name.",
            Self::OtherOrigin => "Only the board's own pages may send this.",
            Self::Unavailable => "The data can't be read at the moment.",
        }
    }

    /// The response to a request for that path; of a page's [`write_page`] writes the body, as it knows the instance.
    pub(super) fn reply(self, path: &str) -> Response {
        let (status, title, detail) = (self.status(), self.title(), self.detail());
        if path.starts_with("/api/") {
            let problem =
                json!({ "type": "about:blank", "title": title, "status": status.as_u16(), "detail": detail });
            let kind = HeaderValue::from_static("application/problem+json");
            return (status, [(header::CONTENT_TYPE, kind)], problem.to_string()).into_response();
        }
        (status, [(header::CONTENT_TYPE, HTML)], Extension(self)).into_response()
    }

    fn title(self) -> &'static str {
        self.status().canonical_reason().unwrap_or("Error")
    }
}

/// Writes the page of a failure, which leads back to the instance whose addresses begin so.
pub(super) fn write_page(response: &mut Response, base: &str) {
    if let Some(failure) = response.extensions_mut().remove::<Failure>() {
        let base = if failure == Failure::NoInstance { "" } else { base };
        let page = pages::failure(base, failure.status().as_u16(), failure.title(), failure.detail());
        *response.body_mut() = page.into();
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let reason = std::error::Error::source(&refusal).map(ToString::to_string);
        match refusal {
            Refusal::Unknown => Self::Unknown,
            Refusal::Role => Self::Role,
            Refusal::OtherHost => Self::OtherHost,
            Refusal::OtherOrigin => Self::OtherOrigin,
            #[cfg(feature = "sign-in")]
            Refusal::SignIn(error) => {
                tracing::error!(event = "sign_in_failed", error = reason, "{error}");
                Self::Unavailable
            }
            Refusal::Source(error) => {
                tracing::error!(event = "board_read_failed", error = reason, "{error}");
                Self::Unavailable
            }
            Refusal::Audit(error) => {
                tracing::error!(event = "audit_failed", error = reason, "{error}");
                Self::Unavailable
            }
        }
    }
}
