//! One token for all who may look: what a board has that is served to a network without a sign-in.

use std::{fmt, str::FromStr};

use axum::http::{HeaderMap, header};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use subtle::ConstantTimeEq;

/// So many letters a token has at least: 192 bits, where they are random and base64.
const MIN_LENGTH: usize = 32;

/// A token that all viewers share. [`Debug`](fmt::Debug) hides it.
///
/// A program sends it as a bearer token; a browser asks for a password, which is the token, whatever the user name.
#[derive(Clone)]
pub struct SharedToken(String);

/// A token that could be guessed, or not be sent in a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a token has 32 letters or more, of ASCII and without spaces, such as from `openssl rand -base64 32`"
)]
pub struct WeakToken;

impl FromStr for SharedToken {
    type Err = WeakToken;

    fn from_str(text: &str) -> Result<Self, WeakToken> {
        let is_sendable = text.bytes().all(|byte| byte.is_ascii_graphic());
        if is_sendable && text.len() >= MIN_LENGTH { Ok(Self(text.to_owned())) } else { Err(WeakToken) }
    }
}

impl SharedToken {
    /// True if the request has the token.
    pub(super) fn is_sent_in(&self, headers: &HeaderMap) -> bool {
        let Some(value) = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()) else {
            return false;
        };
        let Some((scheme, credentials)) = value.split_once(' ') else { return false };
        let sent = match scheme.to_ascii_lowercase().as_str() {
            "bearer" => credentials.trim().to_owned(),
            "basic" => password(credentials.trim()).unwrap_or_default(),
            _ => return false,
        };
        sent.as_bytes().ct_eq(self.0.as_bytes()).into()
    }
}

/// RFC 7617: the user name ends at the first colon.
fn password(credentials: &str) -> Option<String> {
    let text = String::from_utf8(STANDARD.decode(credentials).ok()?).ok()?;
    text.split_once(':').map(|(_, password)| password.to_owned())
}

impl fmt::Debug for SharedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedToken(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_as_bearer_or_as_password() {
        let text = "0123456789abcdef0123456789abcdef";
        let token: SharedToken = text.parse().unwrap();
        let is_sent = |value: String| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            token.is_sent_in(&headers)
        };
        assert!(is_sent(format!("Bearer {text}")) && is_sent(format!("bearer  {text}")));
        assert!(is_sent(format!("Basic {}", STANDARD.encode(format!("anyone:{text}")))));
        assert!(!token.is_sent_in(&HeaderMap::new()));
        for wrong in [format!("Bearer {text}0"), text.to_owned(), "Bearer ".to_owned(), "Basic !".to_owned()]
        {
            assert!(!is_sent(wrong.clone()), "{wrong}");
        }
        assert!(
            "short".parse::<SharedToken>().is_err()
                && "with space ".repeat(4).parse::<SharedToken>().is_err()
        );
        assert_eq!(format!("{token:?}"), "SharedToken(hidden)");
    }
}
