//! The settings.

use std::time::Duration;

use secrecy::ExposeSecret;
use switchboard_callers::{ApiKey, ApiKeyError, CallersUrl, Directory, Limits, OpenError, RenewableKey};
use switchboard_core::served_instances::ServedInstances;
use switchboard_runtime::{
    renewable::RenewableError,
    secrets::SecretUrl,
    settings::{Settings, Switch},
};

/// Where callers are looked up, and how.
#[derive(Debug, Clone)]
pub struct Config {
    /// `CALLERS`: the directory; none means that no caller is looked up.
    pub callers: Option<CallersUrl>,
    /// `CALLERS_SECRET`: the API key of an HTTP directory, a secret `{"header": …, "value": …}`.
    pub secret: Option<SecretUrl>,
    /// `CALLERS_TIMEOUT_MS`, `CALLERS_CONCURRENCY`, `CALLERS_CACHE_SECONDS`.
    pub limits: Limits,
    /// `CONNECT_INSTANCES`: whose contact records are enriched.
    pub instances: ServedInstances,
    /// `REQUEUE`: whether records that a response has no room for go back onto their stream, whose other readers then see them twice.
    /// Off, they are refused: the stream belongs to others, too.
    pub requeue: Switch,
}

impl Config {
    /// Reads the settings; what is wrong stays in `settings`, to be reported with the rest.
    pub fn read(settings: &mut Settings) -> Self {
        let defaults = Limits::default();
        let config = Self {
            callers: settings.optional("CALLERS"),
            secret: settings.optional("CALLERS_SECRET"),
            limits: Limits {
                request_timeout: settings
                    .optional("CALLERS_TIMEOUT_MS")
                    .map_or(defaults.request_timeout, Duration::from_millis),
                concurrency: settings.optional_or("CALLERS_CONCURRENCY", defaults.concurrency),
                cache_ttl: settings
                    .optional("CALLERS_CACHE_SECONDS")
                    .map_or(defaults.cache_ttl, Duration::from_secs),
                ..defaults
            },
            instances: settings.optional_or("CONNECT_INSTANCES", ServedInstances::default()),
            requeue: settings.optional_or("REQUEUE", Switch::On),
        };
        if config.limits.concurrency == 0 {
            settings.add_problem("CALLERS_CONCURRENCY is invalid: must be at least 1");
        }
        if config.limits.request_timeout.is_zero() {
            settings.add_problem("CALLERS_TIMEOUT_MS is invalid: must be at least 1");
        }
        if config.secret.is_some() && !matches!(config.callers, Some(CallersUrl::Http(_))) {
            settings.add_problem("CALLERS_SECRET is set, but CALLERS is no HTTP directory");
        }
        config
    }
}

/// Why the directory of callers could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// The directory itself.
    #[error("CALLERS: {0}")]
    Open(#[from] OpenError),
    /// Its API key could not be read, or is not what is expected.
    #[error("CALLERS_SECRET: {0}")]
    Secret(#[from] RenewableError<ApiKeyError>),
    /// Built without the feature `aws`.
    #[error("CALLERS: this build can't read DynamoDB: it lacks the feature `aws`")]
    NotBuilt,
}

impl Config {
    /// Opens the directory, if one is set.
    ///
    /// # Errors
    /// When it, or the secret it needs, can't be read.
    pub async fn open(&self) -> Result<Option<Directory>, DirectoryError> {
        let Some(selector) = &self.callers else {
            return Ok(None);
        };
        let directory = match selector {
            CallersUrl::Http(url) => {
                let key = match &self.secret {
                    Some(secret) => Some(
                        RenewableKey::open("CALLERS_SECRET", secret.clone(), |text| {
                            ApiKey::from_json(text.expose_secret())
                        })
                        .await?,
                    ),
                    None => None,
                };
                Directory::http(url.clone(), key, self.limits)?
            }
            CallersUrl::File(path) => Directory::file(path, self.limits)?,
            #[cfg(feature = "aws")]
            CallersUrl::DynamoDb { table } => {
                let config = switchboard_runtime::aws::config().await;
                Directory::dynamodb(aws_sdk_dynamodb::Client::new(&config), table.clone(), self.limits)
            }
            #[cfg(not(feature = "aws"))]
            CallersUrl::DynamoDb { .. } => return Err(DirectoryError::NotBuilt),
        };
        Ok(Some(directory))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_in_one_message() {
        let mut settings = Settings::from_pairs([
            ("CALLERS", "ftp://x"),
            ("CALLERS_TIMEOUT_MS", "0"),
            ("CALLERS_CONCURRENCY", "-1"),
            ("CALLERS_CACHE_SECONDS", "long"),
            ("CALLERS_SECRET", "hunter2"),
        ]);
        Config::read(&mut settings);
        let problems = settings.check().unwrap_err().to_string();
        for name in [
            "CALLERS is",
            "CALLERS_TIMEOUT_MS",
            "CALLERS_CONCURRENCY",
            "CALLERS_CACHE_SECONDS",
            "CALLERS_SECRET",
        ] {
            assert!(problems.contains(name), "{name}: {problems}");
        }
        assert!(!problems.contains("hunter2"));
    }

    #[test]
    fn nothing_need_be_set() {
        let mut settings = Settings::from_pairs::<&str, &str>([]);
        let config = Config::read(&mut settings);
        assert_eq!(settings.check(), Ok(()));
        assert!(config.callers.is_none());
        assert_eq!(config.limits.request_timeout, Duration::from_secs(2));
        assert_eq!(config.limits.concurrency, 64);
        assert_eq!(config.limits.cache_ttl, Duration::from_mins(5));
    }
}
