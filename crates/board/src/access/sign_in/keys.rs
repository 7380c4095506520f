//! The public keys of the sign-in's server, read when a token names one that is not held.

use std::{collections::HashMap, time::Duration};

use jsonwebtoken::{DecodingKey, jwk::JwkSet};
use reqwest::Client;
use tokio::{sync::Mutex, time::Instant};
use url::Url;

use super::error::SignInError;

/// Unknown names don't make the server be asked more often.
const READ_EVERY: Duration = Duration::from_mins(1);

/// The server has so long to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The keys that are held.
#[derive(Debug)]
pub(super) struct Keys {
    http: Client,
    url: Url,
    held: Mutex<HeldKeys>,
}

#[derive(Default)]
struct HeldKeys {
    by_id: HashMap<String, DecodingKey>,
    read: Option<Instant>,
}

impl Keys {
    pub(super) fn new(http: Client, url: Url) -> Self {
        Self { http, url, held: Mutex::default() }
    }

    /// The key of that id.
    pub(super) async fn get(&self, id: &str) -> Result<DecodingKey, SignInError> {
        let mut held = self.held.lock().await;
        if let Some(key) = held.by_id.get(id) {
            return Ok(key.clone());
        }
        if held.read.is_some_and(|read| read.elapsed() < READ_EVERY) {
            return Err(SignInError::Invalid);
        }
        held.by_id = self.read().await?;
        held.read = Some(Instant::now());
        held.by_id.get(id).cloned().ok_or(SignInError::Invalid)
    }

    async fn read(&self) -> Result<HashMap<String, DecodingKey>, SignInError> {
        let unreachable = |error: reqwest::Error| SignInError::Unreachable(error.into());
        let response = self.http.get(self.url.clone()).timeout(PATIENCE).send().await.map_err(unreachable)?;
        let response = response.error_for_status().map_err(unreachable)?;
        let body = response.bytes().await.map_err(unreachable)?;
        let set: JwkSet =
            serde_json::from_slice(&body).map_err(|error| SignInError::Unreachable(error.into()))?;
        let keys = set
            .keys
            .iter()
            .filter_map(|jwk| Some((jwk.common.key_id.clone()?, DecodingKey::from_jwk(jwk).ok()?)));
        Ok(keys.collect())
    }
}

impl std::fmt::Debug for HeldKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HeldKeys({})", self.by_id.len())
    }
}
