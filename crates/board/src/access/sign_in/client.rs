//! The sign-in's server, as one of its clients sees it: codes and refresh tokens become tokens.

use std::{fmt, sync::Arc, time::Duration};

use reqwest::{Client, StatusCode, header};
use serde::Deserialize;
use url::form_urlencoded;

use super::{
    error::SignInError,
    settings::{ClientRole, SIGNED_IN, SignInSettings},
};

/// The server has so long to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The tokens of a session. [`Debug`] hides them.
#[derive(Deserialize)]
pub(super) struct Tokens {
    pub(super) id_token: String,
    /// A renewal has none, and the old one stays.
    pub(super) refresh_token: Option<String>,
}

/// The client of the sign-in's server.
#[derive(Debug)]
pub(super) struct TokenClient {
    http: Client,
    settings: Arc<SignInSettings>,
}

impl TokenClient {
    pub(super) fn new(http: Client, settings: Arc<SignInSettings>) -> Self {
        Self { http, settings }
    }

    /// The tokens for a code.
    pub(super) async fn redeem(
        &self,
        role: ClientRole,
        code: &str,
        verifier: &str,
    ) -> Result<Tokens, SignInError> {
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", self.settings.client(role)),
            ("code", code),
            ("redirect_uri", &self.settings.address(SIGNED_IN)),
            ("code_verifier", verifier),
        ];
        self.tokens(&fields).await
    }

    /// New tokens for a refresh token.
    pub(super) async fn renew(&self, role: ClientRole, refresh: &str) -> Result<Tokens, SignInError> {
        let fields = [
            ("grant_type", "refresh_token"),
            ("client_id", self.settings.client(role)),
            ("refresh_token", refresh),
        ];
        self.tokens(&fields).await
    }

    /// Ends a refresh token.
    pub(super) async fn revoke(&self, role: ClientRole, refresh: &str) -> Result<(), SignInError> {
        let fields = [("client_id", self.settings.client(role)), ("token", refresh)];
        let (status, _) = self.post("oauth2/revoke", &fields).await?;
        if status.is_success() { Ok(()) } else { Err(SignInError::Refused) }
    }

    async fn tokens(&self, fields: &[(&str, &str)]) -> Result<Tokens, SignInError> {
        let (status, body) = self.post("oauth2/token", fields).await?;
        if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS {
            return Err(SignInError::Refused);
        }
        if !status.is_success() {
            return Err(SignInError::Unreachable(format!("HTTP status {}", status.as_u16()).into()));
        }
        // The parser's own words may quote a token.
        serde_json::from_slice(&body).map_err(|_| SignInError::Unreachable("no tokens in the answer".into()))
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Result<(StatusCode, Vec<u8>), SignInError> {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self
            .http
            .post(self.settings.endpoint(path))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .timeout(PATIENCE)
            .body(body);
        let unreachable = |error: reqwest::Error| SignInError::Unreachable(error.without_url().into());
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        Ok((status, response.bytes().await.map_err(unreachable)?.to_vec()))
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens(hidden)")
    }
}
