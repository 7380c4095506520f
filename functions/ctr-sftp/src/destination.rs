//! The courier, and another one when the secret was rotated.

use std::{path::PathBuf, sync::Arc};

use secrecy::{ExposeSecret, SecretString};
use switchboard_runtime::secrets::{SecretError, SecretUrl};
#[cfg(feature = "ssh")]
use switchboard_wfm::sftp::Account;
use switchboard_wfm::sftp::{Courier, Selector, SftpError, Target};
use tokio::sync::Mutex;

/// Where the files go. A warm container keeps its courier, and with it the sessions, until the secret
/// says otherwise.
#[derive(Debug)]
pub struct Destination {
    /// Where the courier's account came from; none for a courier that was given, or a folder.
    secret: Option<SecretUrl>,
    current: Mutex<Current>,
}

#[derive(Debug)]
struct Current {
    courier: Arc<Courier>,
    /// What the courier's account was read from.
    text: SecretString,
}

/// Why there is no destination.
#[derive(Debug, thiserror::Error)]
pub enum DestinationError {
    /// The secret can't be read.
    #[error("WFM_SFTP: {0}")]
    Secret(#[from] SecretError),
    /// The secret is no account.
    #[error("WFM_SFTP: {0}")]
    Account(#[source] SftpError),
    /// Built without the feature `ssh`.
    #[error("WFM_SFTP: this build delivers into folders only: it lacks the feature `ssh`")]
    NotBuilt,
}

impl From<Courier> for Destination {
    /// A courier that stays the same.
    fn from(courier: Courier) -> Self {
        let current = Current { courier: Arc::new(courier), text: SecretString::default() };
        Self { secret: None, current: Mutex::new(current) }
    }
}

impl Destination {
    /// Reads the secret, if it takes one. Connects nowhere yet.
    ///
    /// # Errors
    /// When the secret can't be read, or is no SFTP account.
    pub async fn open(selector: &Selector) -> Result<Self, DestinationError> {
        let secret = match selector {
            Selector::Secret(arn) => SecretUrl::SecretsManager(arn.clone()),
            Selector::SecretFile(path) => SecretUrl::File(path.clone()),
            Selector::Folder(path) => return Ok(Courier::new(Target::Folder(PathBuf::from(path))).into()),
        };
        let text = secret.read().await?;
        let courier = courier(&text)?;
        Ok(Self { secret: Some(secret), current: Mutex::new(Current { courier, text }) })
    }

    /// The courier to try first.
    pub(crate) async fn courier(&self) -> Arc<Courier> {
        Arc::clone(&self.current.lock().await.courier)
    }

    /// Another courier than the one that failed; [`None`] if there is none: the secret is the same, or
    /// does not make one. Trying the same password again could lock the account.
    ///
    /// Of several that failed at once the first reads the secret, and the others take what it found.
    pub(crate) async fn renewed(&self, failed: &Arc<Courier>) -> Option<Arc<Courier>> {
        let mut current = self.current.lock().await;
        if !Arc::ptr_eq(&current.courier, failed) {
            return Some(Arc::clone(&current.courier));
        }
        match self.read_again(&current.text).await {
            Ok(renewed) => {
                *current = renewed?;
                tracing::info!("the SFTP secret has changed; its new account is used from now on");
                Some(Arc::clone(&current.courier))
            }
            Err(error) => {
                tracing::warn!(reason = %error, "the SFTP secret could not be read again");
                None
            }
        }
    }

    async fn read_again(&self, known: &SecretString) -> Result<Option<Current>, DestinationError> {
        let Some(secret) = &self.secret else { return Ok(None) };
        let text = secret.read().await?;
        if text.expose_secret() == known.expose_secret() {
            return Ok(None);
        }
        Ok(Some(Current { courier: courier(&text)?, text }))
    }
}

#[cfg(not(feature = "ssh"))]
fn courier(_text: &SecretString) -> Result<Arc<Courier>, DestinationError> {
    Err(DestinationError::NotBuilt)
}

#[cfg(feature = "ssh")]
fn courier(text: &SecretString) -> Result<Arc<Courier>, DestinationError> {
    let account = Account::from_json(text.expose_secret()).map_err(DestinationError::Account)?;
    Ok(Arc::new(Courier::new(Target::Sftp(account))))
}

#[cfg(test)]
#[cfg(feature = "ssh")]
mod tests {
    use super::*;

    fn secret(password: &str) -> String {
        format!(
            r#"{{"host":"127.0.0.1","username":"wfm","password":"{password}","directory":"/in",
                "hostKey":"SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}}"#
        )
    }

    #[tokio::test]
    async fn a_rotated_secret_makes_one_new_courier() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), secret("first")).unwrap();
        let destination = Destination::open(&Selector::SecretFile(file.path().into())).await.unwrap();
        let first = destination.courier().await;
        assert!(destination.renewed(&first).await.is_none(), "the same secret is no reason to try again");

        std::fs::write(file.path(), secret("second")).unwrap();
        let second = destination.renewed(&first).await.unwrap();
        assert!(!Arc::ptr_eq(&first, &second));
        // The secret is gone, so that whoever failed with the first courier too can't have read it again.
        std::fs::remove_file(file.path()).unwrap();
        assert!(Arc::ptr_eq(&second, &destination.renewed(&first).await.unwrap()));
        assert!(destination.renewed(&second).await.is_none());
        assert!(Arc::ptr_eq(&second, &destination.courier().await));
    }

    #[tokio::test]
    async fn a_secret_that_is_no_account_is_told_without_its_values() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), r#"{"host":"h","password":"hunter2"}"#).unwrap();
        let error = Destination::open(&Selector::SecretFile(file.path().into())).await.unwrap_err();
        assert!(matches!(error, DestinationError::Account(_)), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
