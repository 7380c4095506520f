//! Responses: the tag by which an unchanged one is not sent again, and what each has in common.

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::failure::{Failure, HTML};
use crate::clock::Clock;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The board's time, by which a page counts: RFC 3339 with milliseconds.
const BOARD_TIME: HeaderName = HeaderName::from_static("board-time");
/// How many times as fast as real time it goes.
const BOARD_SPEED: HeaderName = HeaderName::from_static("board-speed");

/// What a browser may do with a page: nothing but with the board's own files.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What is the same in every response.
const COMMON: [(HeaderName, HeaderValue); 7] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
];

/// Sets what every response has.
pub(super) fn mark(headers: &mut HeaderMap, clock: &Clock) {
    for (name, value) in COMMON {
        headers.insert(name, value);
    }
    let now = format!("{:.3}", clock.now());
    for (name, value) in [(BOARD_TIME, now), (BOARD_SPEED, clock.speed().to_string())] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
}

/// A view as JSON, or 304 if the asker has it.
pub(super) fn json(request: &HeaderMap, view: &impl Serialize) -> Result<Response, Failure> {
    let body = serde_json::to_string(view).map_err(|_| Failure::Unavailable)?;
    let tag = tag(&body);
    Ok(if is_held(request, &tag) { unchanged(tag) } else { found(&tag, JSON, body) })
}

/// A page of that view, or 304 if the asker has it. What a page says of the time passed is no part of the tag: it counts itself.
pub(super) fn page(
    request: &HeaderMap,
    view: &impl Serialize,
    page: impl FnOnce() -> String,
) -> Result<Response, Failure> {
    let tag = tag(&serde_json::to_string(view).map_err(|_| Failure::Unavailable)?);
    Ok(if is_held(request, &tag) { unchanged(tag) } else { found(&tag, HTML, page()) })
}

/// A file that is part of the program.
pub(super) fn file(request: &HeaderMap, kind: &'static str, text: &'static str) -> Response {
    let tag = tag(text);
    if is_held(request, &tag) {
        return unchanged(tag);
    }
    found(&tag, HeaderValue::from_static(kind), text.to_owned())
}

fn tag(text: &str) -> String {
    let mut hasher = DefaultHasher::new();
    (env!("CARGO_PKG_VERSION"), text).hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
}

/// RFC 9110, 13.1.2: by the weak comparison, any of a list, or `*`.
fn is_held(request: &HeaderMap, tag: &str) -> bool {
    let held = request.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    held.flat_map(|tags| tags.split(',')).any(|held| {
        let held = held.trim();
        held == "*" || held.strip_prefix("W/").unwrap_or(held) == tag
    })
}

fn unchanged(tag: String) -> Response {
    (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response()
}

fn found(tag: &str, kind: HeaderValue, body: String) -> Response {
    let mut response = ([(header::CONTENT_TYPE, kind)], body).into_response();
    if let Ok(tag) = HeaderValue::from_str(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}
