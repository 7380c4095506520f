//! The uploader, and another one when the secret was rotated.

use std::{path::PathBuf, sync::Arc};

use secrecy::SecretString;
use switchboard_runtime::{
    renewable::{Renewable, RenewableError},
    secrets::SecretUrl,
};
#[cfg(feature = "ssh")]
use switchboard_wfm::history::sftp::Account;
use switchboard_wfm::history::sftp::{FileUploader, SftpError, SftpTargetUrl, Target};

/// Where the files go. A warm container reuses its uploader, and with it the sessions, until the secret
/// changes.
#[derive(Debug)]
pub struct Destination(Renewable<FileUploader, DestinationError>);

/// Why a secret makes no destination.
#[derive(Debug, thiserror::Error)]
pub enum DestinationError {
    /// The secret is no account.
    #[error("WFM_SFTP: {0}")]
    Account(#[source] SftpError),
    /// Built without the feature `ssh`.
    #[error("WFM_SFTP: this build delivers into folders only: it lacks the feature `ssh`")]
    NotBuilt,
}

impl From<FileUploader> for Destination {
    /// An uploader that stays the same.
    fn from(uploader: FileUploader) -> Self {
        Self(Renewable::fixed(uploader))
    }
}

impl Destination {
    /// Reads the secret, if there is one, without a connection yet.
    ///
    /// # Errors
    /// When the secret can't be read, or is no SFTP account.
    pub async fn open(selector: &SftpTargetUrl) -> Result<Self, RenewableError<DestinationError>> {
        let secret = match selector {
            SftpTargetUrl::Secret(arn) => SecretUrl::SecretsManager(arn.clone()),
            SftpTargetUrl::SecretFile(path) => SecretUrl::File(path.clone()),
            SftpTargetUrl::Folder(path) => {
                return Ok(FileUploader::new(Target::Folder(PathBuf::from(path))).into());
            }
        };
        Ok(Self(Renewable::open("WFM_SFTP", secret, uploader).await?))
    }

    /// The uploader to try first.
    pub(crate) async fn uploader(&self) -> Arc<FileUploader> {
        self.0.current().await
    }

    /// Another uploader than the one that failed; [`None`] if there is none: the secret is the same, or
    /// does not make one. Trying the same password again could lock the account.
    pub(crate) async fn renewed(&self, failed: &Arc<FileUploader>) -> Option<Arc<FileUploader>> {
        self.0.renewed(failed).await
    }
}

#[cfg(not(feature = "ssh"))]
fn uploader(_text: &SecretString) -> Result<FileUploader, DestinationError> {
    Err(DestinationError::NotBuilt)
}

#[cfg(feature = "ssh")]
fn uploader(text: &SecretString) -> Result<FileUploader, DestinationError> {
    use secrecy::ExposeSecret;
    let account = Account::from_json(text.expose_secret()).map_err(DestinationError::Account)?;
    Ok(FileUploader::new(Target::Sftp(account)))
}

#[cfg(test)]
#[cfg(feature = "ssh")]
mod tests {
    use switchboard_runtime::renewable::READ_AGAIN_EVERY;

    use super::*;

    fn secret(password: &str) -> String {
        format!(
            r#"{{"host":"127.0.0.1","username":"wfm","password":"{password}","directory":"/in",
                "hostKey":"SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}}"#
        )
    }

    #[tokio::test(start_paused = true)]
    async fn a_rotated_secret_makes_one_new_uploader() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), secret("first")).unwrap();
        let destination = Destination::open(&SftpTargetUrl::SecretFile(file.path().into())).await.unwrap();
        let first = destination.uploader().await;
        assert!(destination.renewed(&first).await.is_none(), "the same secret is no reason to try again");

        std::fs::write(file.path(), secret("second")).unwrap();
        tokio::time::advance(READ_AGAIN_EVERY).await;
        let second = destination.renewed(&first).await.unwrap();
        assert!(!Arc::ptr_eq(&first, &second));
        // The secret is gone, so another job that failed with the first uploader can't have read it again.
        std::fs::remove_file(file.path()).unwrap();
        assert!(Arc::ptr_eq(&second, &destination.renewed(&first).await.unwrap()));
        tokio::time::advance(READ_AGAIN_EVERY).await;
        assert!(destination.renewed(&second).await.is_none());
        assert!(Arc::ptr_eq(&second, &destination.uploader().await));
    }

    #[tokio::test]
    async fn a_secret_that_is_no_account_is_reported_without_its_values() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), r#"{"host":"h","password":"hunter2"}"#).unwrap();
        let error = Destination::open(&SftpTargetUrl::SecretFile(file.path().into())).await.unwrap_err();
        assert!(matches!(error, RenewableError::Made(DestinationError::Account(_))), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
