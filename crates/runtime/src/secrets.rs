//! Secrets from Secrets Manager or a file.

use std::{path::PathBuf, str::FromStr};

use secrecy::SecretString;
#[cfg(feature = "aws")]
use switchboard_aws::Failure;

/// Where a secret is kept: `secretsmanager://ARN` (or a secret's name), or `file:///path.json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretUrl {
    /// A secret in AWS Secrets Manager, by its ARN or name.
    SecretsManager(String),
    /// A file, for work without an AWS account.
    File(PathBuf),
}

/// The text names no place that a secret could be in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected secretsmanager://ARN or file:///path.json")]
pub struct SecretUrlError;

impl FromStr for SecretUrl {
    type Err = SecretUrlError;

    fn from_str(text: &str) -> Result<Self, SecretUrlError> {
        if let Some(id) = text.strip_prefix("secretsmanager://").filter(|id| !id.is_empty()) {
            return Ok(Self::SecretsManager(id.to_owned()));
        }
        match text.strip_prefix("file://").filter(|path| path.starts_with('/')) {
            Some(path) => Ok(Self::File(path.into())),
            None => Err(SecretUrlError),
        }
    }
}

/// Why a secret could not be read. Says where it was looked for, and nothing of what is in it.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file can't be read.
    #[error("the secret's file {path:?} can't be read: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Secrets Manager did not give it.
    #[error("the secret {id} can't be read from Secrets Manager: {reason}")]
    SecretsManager {
        /// Its ARN or name.
        id: String,
        /// The service's error.
        reason: String,
    },
    /// Built without the feature `aws`.
    #[error("this build can't read Secrets Manager: it lacks the feature `aws`")]
    NotBuilt,
}

impl SecretUrl {
    /// Reads the secret's text.
    ///
    /// # Errors
    /// When it can't be had.
    pub async fn read(&self) -> Result<SecretString, SecretError> {
        match self {
            Self::File(path) => std::fs::read_to_string(path)
                .map(SecretString::from)
                .map_err(|source| SecretError::File { path: path.clone(), source }),
            Self::SecretsManager(id) => from_secrets_manager(id).await,
        }
    }
}

#[cfg(feature = "aws")]
async fn from_secrets_manager(id: &str) -> Result<SecretString, SecretError> {
    let failed = |reason: String| SecretError::SecretsManager { id: id.to_owned(), reason };
    let client = aws_sdk_secretsmanager::Client::new(&crate::aws::config().await);
    let response = client.get_secret_value().secret_id(id).send().await;
    match response {
        Ok(secret) => match secret.secret_string {
            Some(text) => Ok(SecretString::from(text)),
            None => Err(failed("it is binary, not text".to_owned())),
        },
        Err(error) => Err(failed(Failure::from(&error).to_string())),
    }
}

#[cfg(not(feature = "aws"))]
#[expect(clippy::unused_async, reason = "the same signature with and without the feature")]
async fn from_secrets_manager(_id: &str) -> Result<SecretString, SecretError> {
    Err(SecretError::NotBuilt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_two_places_are_understood() {
        assert_eq!("file:///a/b.json".parse(), Ok(SecretUrl::File("/a/b.json".into())));
        let arn = "arn:aws:secretsmanager:ap-southeast-2:111122223333:secret:crm-AbCdEf";
        assert_eq!(format!("secretsmanager://{arn}").parse(), Ok(SecretUrl::SecretsManager(arn.into())));
        for text in ["", "file://a", "secretsmanager://", "hunter2", "https://x"] {
            assert_eq!(text.parse::<SecretUrl>(), Err(SecretUrlError), "{text}");
        }
    }

    #[tokio::test]
    async fn a_missing_file_is_named() {
        let error = SecretUrl::File("/nowhere/secret.json".into()).read().await.unwrap_err();
        assert!(error.to_string().contains("/nowhere/secret.json"), "{error}");
    }
}
