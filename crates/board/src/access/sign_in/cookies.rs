//! The cookies of a session. Their prefix makes browsers refuse them from any other host, and over anything but TLS.

use axum::http::{HeaderMap, header};

use super::{client::Tokens, error::SignInError, settings::ClientRole};

/// The ID token.
pub(super) const SESSION: &str = "__Host-board-session";
/// The refresh token, after the code of the client that it is of.
pub(super) const REFRESH: &str = "__Host-board-refresh";
/// A sign-in that has begun.
pub(super) const BEGUN: &str = "__Host-board-sign-in";

/// A browser takes no longer cookie (RFC 6265, 6.1), the name and the attributes included in some.
const MAX_BYTES: usize = 4096 - 128;

/// A sign-in has so long.
const BEGUN_SECONDS: u64 = 600;

/// The last cookie of that name.
pub(super) fn read(headers: &HeaderMap, name: &str) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

/// The refresh token, and the client that it is of.
pub(super) fn read_refresh(headers: &HeaderMap) -> Option<(ClientRole, String)> {
    let text = read(headers, REFRESH)?;
    let (code, token) = text.split_once('.')?;
    Some((ClientRole::of_code(code)?, token.to_owned()))
}

/// Sets a sign-in that has begun.
pub(super) fn begun(value: &str) -> String {
    cookie(BEGUN, value, BEGUN_SECONDS)
}

/// Sets the session, for as long as it can be renewed.
pub(super) fn session(tokens: &Tokens, seconds: u64) -> Result<Vec<String>, SignInError> {
    Ok(vec![fitting(SESSION, &tokens.id_token, seconds)?])
}

/// Sets what the session is renewed with.
pub(super) fn refresh(role: ClientRole, token: &str, seconds: u64) -> Result<String, SignInError> {
    fitting(REFRESH, &format!("{}.{token}", role.code()), seconds)
}

/// Makes the browser forget a cookie.
pub(super) fn cleared(name: &str) -> String {
    cookie(name, "", 0)
}

fn fitting(name: &str, value: &str, seconds: u64) -> Result<String, SignInError> {
    // What is no part of a token would end the cookie, and begin attributes.
    let is_token = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte));
    if is_token && name.len() + value.len() <= MAX_BYTES {
        Ok(cookie(name, value, seconds))
    } else {
        Err(SignInError::TooLong)
    }
}

fn cookie(name: &str, value: &str, seconds: u64) -> String {
    format!("{name}={value}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Lax")
}
