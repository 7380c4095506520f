//! The way into the board and out of it, for who signs in.

use std::sync::Arc;

use axum::{
    Router,
    extract::{RawQuery, Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use url::form_urlencoded;

use super::{
    failure::{Failure, HTML},
    query::Fields,
    reply,
};
use crate::{
    access::{AskedFor, GoTo, SIGN_IN, SIGNED_IN, SIGNED_OUT, SignInError, WatchedSources},
    pages,
};

type Watched = State<Arc<WatchedSources>>;

/// They are there for everybody.
pub(super) fn routes() -> Router<Arc<WatchedSources>> {
    Router::new()
        .route(SIGN_IN, get(begin))
        .route(SIGNED_IN, get(finish))
        .route("/sign-out", post(end))
        .route(SIGNED_OUT, get(signed_out))
}

/// Leads a browser that opens a page to the sign-in; a script or a program is told that it has to sign in.
pub(super) fn asked_for(watched: &WatchedSources, request: &Request) -> Option<Response> {
    watched.access().sign_in()?;
    let (path, headers) = (request.uri().path(), request.headers());
    let is_document = headers.get("sec-fetch-dest").is_none_or(|dest| dest == "document");
    if request.method() != Method::GET || path.starts_with("/api/") || !is_document {
        return None;
    }
    let to = request.extensions().get::<AskedFor>().map_or_else(|| "/".to_owned(), AskedFor::whole);
    let is_wall = Fields::read(request.uri().query().unwrap_or_default().as_bytes()).has("tv");
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("to", &to);
    if is_wall {
        query.append_pair("wall", "");
    }
    Some(see(&format!("{SIGN_IN}?{}", query.finish())))
}

async fn begin(State(watched): Watched, RawQuery(query): RawQuery) -> Response {
    let Some(sign_in) = watched.access().sign_in() else { return Failure::NotFound.reply("/") };
    let fields = Fields::read(query.unwrap_or_default().as_bytes());
    went(sign_in.begin(fields.text("to").unwrap_or("/"), fields.has("wall")))
}

async fn finish(State(watched): Watched, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let Some(sign_in) = watched.access().sign_in() else { return Failure::NotFound.reply("/") };
    went(sign_in.finish(&query.unwrap_or_default(), &headers).await)
}

async fn end(State(watched): Watched, headers: HeaderMap) -> Response {
    let Some(sign_in) = watched.access().sign_in() else { return Failure::NotFound.reply("/") };
    went(sign_in.end(&headers).await)
}

async fn signed_out(State(watched): Watched) -> Response {
    if watched.access().sign_in().is_none() {
        return Failure::NotFound.reply("/");
    }
    page(StatusCode::OK, "Signed out", "This browser shows the board to nobody now.")
}

fn went(gone: Result<GoTo, SignInError>) -> Response {
    match gone {
        Ok(GoTo { address, cookies }) => {
            let mut response = see(&address);
            reply::set_cookies(response.headers_mut(), &cookies);
            response
        }
        Err(SignInError::NoRole) => {
            let detail = "Your user is in no group that has a role on this board. Who looks after it can add you to one.";
            page(StatusCode::FORBIDDEN, "You are signed in, and may see nothing", detail)
        }
        Err(SignInError::OtherOrigin) => Failure::OtherOrigin.reply("/"),
        Err(error @ (SignInError::NotBegun | SignInError::Refused | SignInError::Invalid)) => {
            tracing::warn!(event = "sign_in_refused", %error, "nobody is signed in");
            page(
                StatusCode::BAD_REQUEST,
                "The sign-in is not complete",
                "It took too long, or was not begun in this browser.",
            )
        }
        Err(error) => {
            let reason = std::error::Error::source(&error).map(ToString::to_string);
            tracing::error!(event = "sign_in_failed", error = reason, "{error}");
            Failure::Unavailable.reply("/")
        }
    }
}

fn see(address: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, address)]).into_response()
}

fn page(status: StatusCode, title: &str, detail: &str) -> Response {
    (status, [(header::CONTENT_TYPE, HTML)], pages::sign_in(title, detail)).into_response()
}
