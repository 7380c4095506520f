//! Responses: the tag by which an unchanged one is not sent again, and what each has in common.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    io::Write as _,
    sync::Arc,
};

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use flate2::{Compression, write::GzEncoder};
use serde::Serialize;

use super::failure::{Failure, HTML};
use crate::{
    access::{ForViewer, Look},
    clock::Clock,
    sources::Picture,
};

/// What is shorter is in one packet anyway.
const PACKED_MIN_BYTES: usize = 1400;

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
    // With no-referrer a browser sends the origin `null` with the board's own forms, and they would be refused.
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
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

/// Sets cookies.
pub(super) fn set_cookies(headers: &mut HeaderMap, cookies: &[String]) {
    for cookie in cookies.iter().filter_map(|cookie| HeaderValue::from_str(cookie).ok()) {
        headers.append(header::SET_COOKIE, cookie);
    }
}

/// Sets what a response has besides, where people sign in: it is served over TLS alone, and the form that ends the session leads on
/// to the sign-in's server.
#[cfg(feature = "sign-in")]
pub(super) fn mark_signed_in(headers: &mut HeaderMap, server: &str) {
    let policy = POLICY.replace("form-action 'self'", &format!("form-action 'self' {server}"));
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    let always = HeaderValue::from_static("max-age=31536000");
    headers.insert(header::STRICT_TRANSPORT_SECURITY, always);
}

/// A view as JSON, as the viewer gets it, or 304 if the asker has it.
pub(super) fn json<T: ForViewer + Serialize>(
    request: &HeaderMap,
    look: &Look,
    view: T,
) -> Result<Response, Failure> {
    let body = serde_json::to_string(&look.show(view)?).map_err(|_| Failure::Unavailable)?;
    let tag = tag(&body);
    Ok(if is_held(request, &tag) { unchanged(tag) } else { found(request, &tag, JSON, body) })
}

/// What is made of nothing but that picture: at once, if the asker has it and it was made of the picture before.
pub(super) fn of_picture(
    request: &HeaderMap,
    look: &Look,
    picture: &Arc<Picture>,
    made: impl FnOnce() -> Result<Response, Failure>,
) -> Result<Response, Failure> {
    if let Some(tag) = look.known_tag(picture).filter(|tag| is_held(request, tag)) {
        return Ok(unchanged(tag));
    }
    let response = made()?;
    if let Some(tag) = response.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok()) {
        look.keep_tag(picture, tag.strip_prefix("W/").unwrap_or(tag));
    }
    Ok(response)
}

/// A page of that view, as the viewer gets it, or 304 if the asker has it. `beside` is what the page shows or is filtered by that its
/// view does not tell to programs. What a page says of the time passed is no part of the tag: it counts itself.
pub(super) fn page<T: ForViewer + Serialize>(
    request: &HeaderMap,
    look: &Look,
    (view, beside): (T, impl Hash),
    page: impl FnOnce(&T) -> String,
) -> Result<Response, Failure> {
    let view = look.show(view)?;
    let tag = tag(&(serde_json::to_string(&view).map_err(|_| Failure::Unavailable)?, beside));
    Ok(if is_held(request, &tag) { unchanged(tag) } else { found(request, &tag, HTML, page(&view)) })
}

/// A file that is part of the program.
pub(super) fn file(request: &HeaderMap, kind: &'static str, text: &'static str) -> Response {
    self::text(request, kind, text.to_owned())
}

/// A text of that media type.
pub(super) fn text(request: &HeaderMap, kind: &'static str, text: String) -> Response {
    let tag = tag(&text);
    if is_held(request, &tag) {
        return unchanged(tag);
    }
    found(request, &tag, HeaderValue::from_static(kind), text)
}

fn tag(of: &impl Hash) -> String {
    let mut hasher = DefaultHasher::new();
    (env!("CARGO_PKG_VERSION"), of).hash(&mut hasher);
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

fn found(request: &HeaderMap, tag: &str, kind: HeaderValue, body: String) -> Response {
    let packed = takes_gzip(request).then(|| packed(&body)).flatten();
    let is_packed = packed.is_some();
    let body = packed.unwrap_or_else(|| body.into_bytes());
    let mut response = ([(header::CONTENT_TYPE, kind)], body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if is_packed {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    // RFC 9110, 8.8.1: the same tag for both is a weak one.
    if let Ok(tag) = HeaderValue::from_str(&if is_packed { format!("W/{tag}") } else { tag.to_owned() }) {
        headers.insert(header::ETAG, tag);
    }
    response
}

/// True if the asker names gzip and does not refuse it.
fn takes_gzip(request: &HeaderMap) -> bool {
    let accepted = request.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|codings| codings.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let is_refused = matches!(weight.replace(' ', "").as_str(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000");
        name.trim().eq_ignore_ascii_case("gzip") && !is_refused
    })
}

/// The same in gzip; [`None`] where it is too short to matter.
fn packed(body: &str) -> Option<Vec<u8>> {
    if body.len() < PACKED_MIN_BYTES {
        return None;
    }
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(body.as_bytes()).and_then(|()| gzip.finish()).ok()
}

#[cfg(test)]
mod tests {
    use axum::{extract::FromRequestParts as _, http::Request};
    use jiff::{Timestamp, tz::TimeZone};
    use switchboard_contacts::store::Store;
    use tempfile::TempDir;

    use super::*;
    use crate::{
        access::{Access, Role, Viewer, WatchedSources},
        clock::ClockPhase,
        sources::Sources,
        view,
    };

    async fn pass() {
        tokio::time::pause();
        tokio::time::advance(std::time::Duration::from_millis(1001)).await;
        tokio::time::resume();
    }

    #[tokio::test]
    async fn who_has_what_is_unchanged_is_told_so_and_nothing_is_made() {
        let folder = TempDir::new().unwrap();
        let contacts = Store::sqlite(&folder.path().join("contacts.db"), 1440).await.unwrap();
        let clock = Clock::invented(Timestamp::UNIX_EPOCH, ClockPhase::Running { speed: 1.0 });
        let sources = Sources::new(contacts, None, None, clock, TimeZone::UTC);
        let watched = Arc::new(WatchedSources::new(Arc::new(sources), Access::this_machine()));
        let mut makings = 0;
        let mut poll = async |held: Option<HeaderValue>| {
            pass().await;
            let (mut parts, ()) = Request::new(()).into_parts();
            parts.extensions.insert(Viewer::new("ann", Role::Supervisors));
            parts.headers.extend(held.map(|tag| (header::IF_NONE_MATCH, tag)));
            let look = Look::from_request_parts(&mut parts, &watched).await.ok().unwrap();
            let picture = look.picture().await.unwrap();
            let response = of_picture(&parts.headers, &look, &picture, || {
                makings += 1;
                json(&parts.headers, &look, view::board(&picture, None))
            });
            let response = response.ok().unwrap();
            (response.status(), response.headers()[header::ETAG].clone(), makings)
        };
        let (status, tag, makings) = poll(None).await;
        assert_eq!((status, makings), (StatusCode::OK, 1));
        for _ in 0..3 {
            assert_eq!(poll(Some(tag.clone())).await, (StatusCode::NOT_MODIFIED, tag.clone(), 1));
        }
        let other = HeaderValue::from_static("\"other\"");
        assert_eq!(poll(Some(other)).await, (StatusCode::OK, tag, 2), "who has another one gets it");
    }
}
