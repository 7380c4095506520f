//! Signing in with an `OpenID` Connect server, as Amazon Cognito is one: authorization code with PKCE, and a session in cookies.
//!
//! The session is an ID token, which is checked at each request, and the refresh token that it is renewed with. Nothing is kept here:
//! any instance of the server answers any request.
//! <https://docs.aws.amazon.com/cognito/latest/developerguide/federation-endpoints.html>

mod begun;
mod client;
mod cookies;
mod error;
mod grants;
mod keys;
mod random;
mod rs256;
mod settings;
mod token;

use std::sync::Arc;

use axum::http::{HeaderMap, Method, header};
use subtle::ConstantTimeEq;
use switchboard_https::ClientError;
use url::form_urlencoded;

pub(crate) use self::settings::{SIGN_IN, SIGNED_IN, SIGNED_OUT};
use self::{
    begun::Begun,
    client::TokenClient,
    keys::Keys,
    settings::ClientRole,
    token::{Token, Verifier},
};
pub use self::{
    error::SignInError,
    grants::{Grants, InvalidGrants},
    settings::SignInSettings,
};
use super::viewer::Viewer;

/// The sign-in of a board.
#[derive(Debug)]
pub struct SignIn {
    settings: Arc<SignInSettings>,
    client: TokenClient,
    verifier: Verifier,
}

/// Whose a request is, and the cookies to set if the session was renewed.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) viewer: Viewer,
    pub(crate) cookies: Vec<String>,
}

/// Where a browser goes next, with these cookies set.
#[derive(Debug)]
pub(crate) struct GoTo {
    pub(crate) address: String,
    pub(crate) cookies: Vec<String>,
}

impl SignIn {
    /// Connects when first used.
    ///
    /// # Errors
    /// If there can be no HTTPS client.
    pub fn new(settings: SignInSettings) -> Result<Self, ClientError> {
        let http = switchboard_https::client(&settings.server, reqwest::header::HeaderMap::new())?;
        let keys = Keys::new(http.clone(), settings.keys.clone());
        let settings = Arc::new(settings);
        Ok(Self {
            client: TokenClient::new(http, Arc::clone(&settings)),
            verifier: Verifier::new(keys, Arc::clone(&settings)),
            settings,
        })
    }

    /// Where forms of the board lead to, besides to itself: the end of the session at the sign-in's server.
    pub(crate) fn server_origin(&self) -> String {
        self.settings.server.origin().ascii_serialization()
    }

    /// The beginning of a sign-in that leads back to a path of the board.
    ///
    /// # Errors
    /// If the system has no random numbers.
    pub(crate) fn begin(&self, to: &str, is_wall: bool) -> Result<GoTo, SignInError> {
        let role =
            if is_wall && self.settings.walls.is_some() { ClientRole::Walls } else { ClientRole::People };
        let begun = Begun::new(role, to)?;
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("response_type", "code")
            .append_pair("client_id", self.settings.client(role))
            .append_pair("redirect_uri", &self.settings.address(SIGNED_IN))
            .append_pair("scope", "openid")
            .append_pair("state", &begun.state)
            .append_pair("nonce", &begun.nonce)
            .append_pair("code_challenge", &begun.challenge())
            .append_pair("code_challenge_method", "S256")
            .finish();
        let address = format!("{}?{query}", self.settings.endpoint("oauth2/authorize"));
        Ok(GoTo { address, cookies: vec![cookies::begun(&begun.to_cookie())] })
    }

    /// The end of a sign-in: the server has sent the browser back with a code.
    ///
    /// # Errors
    /// If it is not the sign-in that this browser began, the server does not give a token for the code, or no group of the user's has
    /// a role.
    pub(crate) async fn finish(&self, query: &str, headers: &HeaderMap) -> Result<GoTo, SignInError> {
        let begun = cookies::read(headers, cookies::BEGUN).and_then(|text| Begun::of_cookie(&text));
        let begun = begun.ok_or(SignInError::NotBegun)?;
        let field = |name| {
            form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value)
        };
        let state = field("state").ok_or(SignInError::NotBegun)?;
        if !bool::from(state.as_bytes().ct_eq(begun.state.as_bytes())) {
            return Err(SignInError::NotBegun);
        }
        let code = field("code").ok_or(SignInError::Refused)?;
        let tokens = self.client.redeem(begun.role, &code, &begun.verifier).await?;
        let token = self.verifier.verify(&tokens.id_token).await?;
        if token.role != begun.role || token.nonce.as_deref() != Some(begun.nonce.as_str()) {
            return Err(SignInError::Invalid);
        }
        self.viewer(&token).ok_or(SignInError::NoRole)?;
        let mut set = cookies::session(&tokens, begun.role.session_seconds())?;
        set.push(cookies::cleared(cookies::BEGUN));
        if let Some(refresh) = &tokens.refresh_token {
            set.push(cookies::refresh(begun.role, refresh, begun.role.session_seconds())?);
        }
        Ok(GoTo { address: begun.to, cookies: set })
    }

    /// Whose the request is: by a bearer token, or by the browser's session, which is renewed if it is over.
    ///
    /// # Errors
    /// If nobody is signed in, it is sent by a page of another site, the user has no role (any more), or the server does not answer.
    pub(crate) async fn session(&self, method: &Method, headers: &HeaderMap) -> Result<Session, SignInError> {
        if let Some(bearer) = headers.get(header::AUTHORIZATION) {
            let text = bearer.to_str().map_err(|_| SignInError::NotSignedIn)?;
            let token = text.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
            let (_, token) = token.ok_or(SignInError::NotSignedIn)?;
            self.is_of_own_origin(method, headers, false)?;
            return self.signed_in(token.trim(), Vec::new()).await;
        }
        self.is_of_own_origin(method, headers, true)?;
        if let Some(token) = cookies::read(headers, cookies::SESSION) {
            match self.signed_in(&token, Vec::new()).await {
                Err(SignInError::Over) => {}
                session => return session,
            }
        }
        let Some((role, refresh)) = cookies::read_refresh(headers) else {
            return Err(SignInError::NotSignedIn);
        };
        let tokens = self.client.renew(role, &refresh).await?;
        let set = cookies::session(&tokens, role.session_seconds())?;
        self.signed_in(&tokens.id_token, set).await
    }

    /// Ends the session, here and at the server.
    ///
    /// # Errors
    /// If it is sent by a page of another site.
    pub(crate) async fn end(&self, headers: &HeaderMap) -> Result<GoTo, SignInError> {
        self.is_of_own_origin(&Method::POST, headers, true)?;
        let mut role = ClientRole::People;
        if let Some((of, refresh)) = cookies::read_refresh(headers) {
            role = of;
            // The browser forgets the session whatever the server says.
            if let Err(error) = self.client.revoke(role, &refresh).await {
                tracing::warn!(event = "sign_out_failed", %error, "the refresh token may be valid still");
            }
        }
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("client_id", self.settings.client(role))
            .append_pair("logout_uri", &self.settings.address(SIGNED_OUT))
            .finish();
        let cleared = [cookies::SESSION, cookies::REFRESH, cookies::BEGUN].map(cookies::cleared);
        Ok(GoTo { address: format!("{}?{query}", self.settings.endpoint("logout")), cookies: cleared.into() })
    }

    async fn signed_in(&self, token: &str, cookies: Vec<String>) -> Result<Session, SignInError> {
        let token = self.verifier.verify(token).await?;
        let viewer = self.viewer(&token).ok_or(SignInError::NoRole)?;
        Ok(Session { viewer, cookies })
    }

    /// Who the token's user is on this board; [`None`] without a role.
    fn viewer(&self, token: &Token) -> Option<Viewer> {
        let viewer = self.settings.grants.viewer(&token.name, &token.groups)?;
        // Such a session is long, and stands in a hall.
        Some(if token.role == ClientRole::Walls { viewer.on_a_wall() } else { viewer })
    }

    /// A browser names the origin of each POST; a program need not.
    fn is_of_own_origin(
        &self,
        method: &Method,
        headers: &HeaderMap,
        is_needed: bool,
    ) -> Result<(), SignInError> {
        if method != Method::POST {
            return Ok(());
        }
        match headers.get(header::ORIGIN) {
            None if !is_needed => Ok(()),
            Some(origin) if origin.as_bytes() == self.settings.origin().as_bytes() => Ok(()),
            _ => Err(SignInError::OtherOrigin),
        }
    }
}
