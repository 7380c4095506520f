//! A sign-in that a browser has begun: what the browser keeps until it comes back.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{
    error::SignInError,
    random::{random, sha256},
    settings::ClientRole,
};

/// The longest path that a sign-in leads back to, in bytes.
const PATH_MAX_BYTES: usize = 1000;

/// A sign-in that has begun.
pub(super) struct Begun {
    pub(super) role: ClientRole,
    /// By which the answer is known to be to this browser's request.
    pub(super) state: String,
    /// By which the token is known to be for this request.
    pub(super) nonce: String,
    /// RFC 7636: what proves to the server that who redeems the code is who asked for it.
    pub(super) verifier: String,
    /// The path to go on to.
    pub(super) to: String,
}

impl Begun {
    pub(super) fn new(role: ClientRole, to: &str) -> Result<Self, SignInError> {
        let to = if is_own_path(to) { to } else { "/" }.to_owned();
        Ok(Self { role, state: random()?, nonce: random()?, verifier: random()?, to })
    }

    /// The verifier's hash, which the request for the code has.
    pub(super) fn challenge(&self) -> String {
        sha256(&self.verifier)
    }

    pub(super) fn to_cookie(&self) -> String {
        let to = URL_SAFE_NO_PAD.encode(&self.to);
        [self.role.code(), &self.state, &self.nonce, &self.verifier, &to].join(".")
    }

    pub(super) fn of_cookie(text: &str) -> Option<Self> {
        let mut parts = text.split('.').map(str::to_owned);
        let role = ClientRole::of_code(&parts.next()?)?;
        let (state, nonce, verifier) = (parts.next()?, parts.next()?, parts.next()?);
        let to = String::from_utf8(URL_SAFE_NO_PAD.decode(parts.next()?).ok()?).ok()?;
        let is_whole = parts.next().is_none() && !state.is_empty() && is_own_path(&to);
        is_whole.then_some(Self { role, state, nonce, verifier, to })
    }
}

/// True for a path of the board itself: what a browser could take for another host's address is none.
fn is_own_path(path: &str) -> bool {
    let is_plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    path.starts_with('/') && !path.starts_with("//") && is_plain && path.len() <= PATH_MAX_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_leads_back_to_the_board_alone() {
        for (to, expected) in [
            ("/agents?state=away", "/agents?state=away"),
            ("//example.com/", "/"),
            ("/\\example.com", "/"),
            ("https://example.com/", "/"),
            ("/a\r\nset-cookie: a=b", "/"),
            ("", "/"),
        ] {
            let begun = Begun::new(ClientRole::Walls, to).unwrap();
            assert_eq!(begun.to, expected);
            let again = Begun::of_cookie(&begun.to_cookie()).unwrap();
            assert_eq!((again.to, again.state, again.verifier), (begun.to, begun.state, begun.verifier));
            assert_eq!(again.role, ClientRole::Walls);
        }
        let foreign = ["p.s.n.v", &URL_SAFE_NO_PAD.encode("//example.com")].join(".");
        assert!(Begun::of_cookie(&foreign).is_none());
        assert!(Begun::of_cookie("p...").is_none() && Begun::of_cookie("").is_none());
    }

    /// RFC 7636, appendix B.
    #[test]
    fn the_challenge_is_the_standards() {
        assert_eq!(
            sha256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }
}
