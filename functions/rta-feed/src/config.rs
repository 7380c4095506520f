//! The service, from its settings.

use std::{str::FromStr, time::Duration};

use secrecy::{ExposeSecret as _, SecretString};
use switchboard_runtime::secrets::{SecretError, SecretUrl};
use switchboard_wfm::rta::{AccountError, Client, JsonAccount, SoapAccount};
use tokio::{sync::Mutex, time::Instant};

/// How often a secret is read again at most, as long as the service refuses.
const READ_AGAIN_EVERY: Duration = Duration::from_mins(1);

/// Where states go: the setting `RTA`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rta {
    /// To a service, by the secret in this place.
    Service(SecretUrl),
    /// To standard output: `stdout:`.
    Stdout,
}

/// How a service is told: the setting `RTA_FORMAT`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// `soap`: Teleopti's service.
    #[default]
    Soap,
    /// `json`: any service that takes the JSON body of [`switchboard_wfm::rta`].
    Json,
}

/// A setting is none of the forms there are. The text is not repeated: it may be a secret in the wrong place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// Of `RTA`.
    #[error("expected secretsmanager://ARN, file:///secret.json or stdout:")]
    Rta,
    /// Of `RTA_FORMAT`.
    #[error("expected soap or json")]
    Format,
}

/// Why there is no client for the service.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The secret can't be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The secret is not what the service needs.
    #[error(transparent)]
    Account(#[from] AccountError),
}

impl FromStr for Rta {
    type Err = FormError;

    fn from_str(text: &str) -> Result<Self, FormError> {
        match text {
            "stdout:" => Ok(Self::Stdout),
            _ => text.parse().map(Self::Service).map_err(|_| FormError::Rta),
        }
    }
}

impl FromStr for Format {
    type Err = FormError;

    fn from_str(text: &str) -> Result<Self, FormError> {
        match text {
            "soap" => Ok(Self::Soap),
            "json" => Ok(Self::Json),
            _ => Err(FormError::Format),
        }
    }
}

/// What a client was made of, to make another when the secret was rotated.
#[derive(Debug)]
pub struct Account {
    place: SecretUrl,
    format: Format,
    known: Mutex<Known>,
}

#[derive(Debug)]
struct Known {
    text: SecretString,
    /// When it was read again last.
    read_again_at: Option<Instant>,
}

impl Rta {
    /// Reads the secret and makes the client. Nothing is asked of the service yet. There is no account for standard output.
    ///
    /// # Errors
    /// If the secret can't be read, or is not what the service needs.
    pub async fn open(&self, format: Format) -> Result<(Client, Option<Account>), OpenError> {
        let Self::Service(place) = self else { return Ok((Client::stdout(), None)) };
        let text = place.read().await?;
        let client = client(&text, format)?;
        let known = Mutex::new(Known { text, read_again_at: None });
        Ok((client, Some(Account { place: place.clone(), format, known })))
    }
}

impl Account {
    /// A client by another secret than the one so far; [`None`] if it is the same, makes none, or was read again less than
    /// a minute ago.
    pub(crate) async fn renewed(&self) -> Option<Client> {
        let mut known = self.known.lock().await;
        if known.read_again_at.is_some_and(|at| at.elapsed() < READ_AGAIN_EVERY) {
            return None;
        }
        known.read_again_at = Some(Instant::now());
        match self.read_again(&known.text).await {
            Ok(renewed) => {
                let (client, text) = renewed?;
                known.text = text;
                tracing::info!("the RTA secret has changed; its new account is used from now on");
                Some(client)
            }
            Err(error) => {
                tracing::warn!(reason = %error, "the RTA secret could not be read again");
                None
            }
        }
    }

    async fn read_again(&self, known: &SecretString) -> Result<Option<(Client, SecretString)>, OpenError> {
        let text = self.place.read().await?;
        if text.expose_secret() == known.expose_secret() {
            return Ok(None);
        }
        Ok(Some((client(&text, self.format)?, text)))
    }
}

fn client(secret: &SecretString, format: Format) -> Result<Client, AccountError> {
    match format {
        Format::Soap => Client::soap(SoapAccount::from_json(secret.expose_secret())?),
        Format::Json => Client::json(JsonAccount::from_json(secret.expose_secret())?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_and_no_other() {
        assert_eq!("stdout:".parse(), Ok(Rta::Stdout));
        assert_eq!("file:///s.json".parse(), Ok(Rta::Service(SecretUrl::File("/s.json".into()))));
        for text in ["", "stdout", "https://hunter2", "file://hunter2"] {
            let error = text.parse::<Rta>().unwrap_err();
            assert_eq!(error, FormError::Rta);
            assert!(!error.to_string().contains("hunter2"));
        }
        assert_eq!(("soap".parse(), "json".parse()), (Ok(Format::Soap), Ok(Format::Json)));
        assert_eq!("xml".parse::<Format>(), Err(FormError::Format));
    }

    #[tokio::test]
    async fn a_secret_is_read_by_its_format() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.json");
        let rta = Rta::Service(SecretUrl::File(path.clone()));
        assert!(matches!(rta.open(Format::Soap).await, Err(OpenError::Secret(_))));
        std::fs::write(&path, r#"{"url":"https://wfm.example.com/","headers":{"X-Key":"hunter2"}}"#).unwrap();
        assert_eq!(format!("{:?}", rta.open(Format::Json).await.unwrap().0), "Client(JSON)");
        let error = rta.open(Format::Soap).await.unwrap_err().to_string();
        assert!(error.contains("authenticationKey is missing; sourceId is missing"), "{error}");
        let (client, account) = Rta::Stdout.open(Format::Soap).await.unwrap();
        assert!(account.is_none());
        assert_eq!(format!("{client:?}"), "Client(standard output)");
    }

    #[tokio::test(start_paused = true)]
    async fn a_rotated_secret_makes_another_client_and_is_read_once_a_minute() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.json");
        let write = |key: &str| {
            let secret =
                format!(r#"{{"url":"https://wfm.example.com/","authenticationKey":"{key}","sourceId":"1"}}"#);
            std::fs::write(&path, secret).unwrap();
        };
        write("first");
        let rta = Rta::Service(SecretUrl::File(path.clone()));
        let account = rta.open(Format::Soap).await.unwrap().1.unwrap();
        assert!(account.renewed().await.is_none(), "it is the same");
        write("second");
        assert!(account.renewed().await.is_none(), "it was read a moment ago");
        tokio::time::advance(READ_AGAIN_EVERY).await;
        assert!(account.renewed().await.is_some());
        tokio::time::advance(READ_AGAIN_EVERY).await;
        assert!(account.renewed().await.is_none(), "it is used already");
        std::fs::write(&path, "hunter2").unwrap();
        tokio::time::advance(READ_AGAIN_EVERY).await;
        assert!(account.renewed().await.is_none());
        assert!(!format!("{account:?}").contains("second"));
    }
}
