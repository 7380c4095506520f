//! ID tokens: whose they are, once it is checked that they are the server's, for this board, and of now.

use std::{collections::BTreeMap, sync::Arc};

use jsonwebtoken::{Algorithm, Validation, decode, decode_header, errors::ErrorKind};
use serde::Deserialize;
use serde_json::Value;

use super::{
    error::SignInError,
    keys::Keys,
    rs256,
    settings::{ClientRole, SignInSettings},
};

/// The server's clock and this one may differ by so many seconds.
const LEEWAY_SECONDS: u64 = 30;

/// What a checked token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// The user name.
    pub(super) name: String,
    /// The client that it is for.
    pub(super) role: ClientRole,
    /// The user's groups.
    pub(super) groups: Vec<String>,
    /// The nonce of the sign-in.
    pub(super) nonce: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    aud: String,
    token_use: String,
    nonce: Option<String>,
    #[serde(rename = "cognito:username")]
    username: Option<String>,
    #[serde(rename = "cognito:groups", default)]
    groups: Vec<String>,
    #[serde(flatten)]
    others: BTreeMap<String, Value>,
}

/// Checks tokens.
#[derive(Debug)]
pub(super) struct Verifier {
    keys: Keys,
    settings: Arc<SignInSettings>,
    validation: Validation,
}

impl Verifier {
    pub(super) fn new(keys: Keys, settings: Arc<SignInSettings>) -> Self {
        rs256::install();
        let mut validation = Validation::new(Algorithm::RS256);
        validation.leeway = LEEWAY_SECONDS;
        validation.validate_nbf = true;
        validation.set_issuer(&[&settings.issuer]);
        validation.set_audience(&settings.clients());
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        Self { keys, settings, validation }
    }

    /// Checks signature, issuer, client, time and use.
    ///
    /// # Errors
    /// If one of them is another, or the server's keys can't be read.
    pub(super) async fn verify(&self, token: &str) -> Result<Token, SignInError> {
        let header = decode_header(token).map_err(|_| SignInError::Invalid)?;
        let id = header.kid.filter(|_| header.alg == Algorithm::RS256).ok_or(SignInError::Invalid)?;
        let key = self.keys.get(&id).await?;
        let decoded = decode::<Claims>(token, &key, &self.validation);
        let claims = decoded.map_err(|error| match error.kind() {
            ErrorKind::ExpiredSignature => SignInError::Over,
            _ => SignInError::Invalid,
        })?;
        let claims = claims.claims;
        // An access token is for other servers.
        if claims.token_use != "id" {
            return Err(SignInError::Invalid);
        }
        let role = self.settings.role_of_client(&claims.aud).ok_or(SignInError::Invalid)?;
        let mapped = self.settings.groups_claim.as_ref().and_then(|name| claims.others.get(name));
        let groups = claims.groups.into_iter().chain(mapped.map(listed).unwrap_or_default()).collect();
        Ok(Token { name: claims.username.unwrap_or(claims.sub), role, groups, nonce: claims.nonce })
    }
}

/// Groups that another provider tells: a list; or a text, which Cognito writes as `[a, b]` where SAML has several values.
fn listed(groups: &Value) -> Vec<String> {
    match groups {
        Value::Array(groups) => groups.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Value::String(text) => {
            let text = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
            let groups = text.split(',').map(str::trim).filter(|group| !group.is_empty());
            groups.map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn groups_of_another_provider_come_as_a_list_or_as_a_text() {
        for (groups, expected) in [
            (json!(["a", "b c"]), &["a", "b c"][..]),
            (json!("[a, b c]"), &["a", "b c"]),
            (json!("a"), &["a"]),
            (json!("a,b"), &["a", "b"]),
            (json!("[]"), &[]),
            (json!(7), &[]),
        ] {
            assert_eq!(listed(&groups), expected, "{groups}");
        }
    }
}
