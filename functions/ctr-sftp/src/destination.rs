//! The courier, and another one when the secret was rotated.

use std::{path::PathBuf, sync::Arc};

use secrecy::SecretString;
use switchboard_runtime::{
    renewable::{Renewable, RenewableError},
    secrets::SecretUrl,
};
#[cfg(feature = "ssh")]
use switchboard_wfm::sftp::Account;
use switchboard_wfm::sftp::{Courier, SftpError, SftpTargetUrl, Target};

/// Where the files go. A warm container keeps its courier, and with it the sessions, until the secret
/// says otherwise.
#[derive(Debug)]
pub struct Destination(Renewable<Courier, DestinationError>);

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

impl From<Courier> for Destination {
    /// A courier that stays the same.
    fn from(courier: Courier) -> Self {
        Self(Renewable::fixed(courier))
    }
}

impl Destination {
    /// Reads the secret, if it takes one. Connects nowhere yet.
    ///
    /// # Errors
    /// When the secret can't be read, or is no SFTP account.
    pub async fn open(selector: &SftpTargetUrl) -> Result<Self, RenewableError<DestinationError>> {
        let secret = match selector {
            SftpTargetUrl::Secret(arn) => SecretUrl::SecretsManager(arn.clone()),
            SftpTargetUrl::SecretFile(path) => SecretUrl::File(path.clone()),
            SftpTargetUrl::Folder(path) => {
                return Ok(Courier::new(Target::Folder(PathBuf::from(path))).into());
            }
        };
        Ok(Self(Renewable::open("WFM_SFTP", secret, courier).await?))
    }

    /// The courier to try first.
    pub(crate) async fn courier(&self) -> Arc<Courier> {
        self.0.current().await
    }

    /// Another courier than the one that failed; [`None`] if there is none: the secret is the same, or
    /// does not make one. Trying the same password again could lock the account.
    pub(crate) async fn renewed(&self, failed: &Arc<Courier>) -> Option<Arc<Courier>> {
        self.0.renewed(failed).await
    }
}

#[cfg(not(feature = "ssh"))]
fn courier(_text: &SecretString) -> Result<Courier, DestinationError> {
    Err(DestinationError::NotBuilt)
}

#[cfg(feature = "ssh")]
fn courier(text: &SecretString) -> Result<Courier, DestinationError> {
    use secrecy::ExposeSecret;
    let account = Account::from_json(text.expose_secret()).map_err(DestinationError::Account)?;
    Ok(Courier::new(Target::Sftp(account)))
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
    async fn a_rotated_secret_makes_one_new_courier() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), secret("first")).unwrap();
        let destination = Destination::open(&SftpTargetUrl::SecretFile(file.path().into())).await.unwrap();
        let first = destination.courier().await;
        assert!(destination.renewed(&first).await.is_none(), "the same secret is no reason to try again");

        std::fs::write(file.path(), secret("second")).unwrap();
        tokio::time::advance(READ_AGAIN_EVERY).await;
        let second = destination.renewed(&first).await.unwrap();
        assert!(!Arc::ptr_eq(&first, &second));
        // The secret is gone, so that whoever failed with the first courier too can't have read it again.
        std::fs::remove_file(file.path()).unwrap();
        assert!(Arc::ptr_eq(&second, &destination.renewed(&first).await.unwrap()));
        tokio::time::advance(READ_AGAIN_EVERY).await;
        assert!(destination.renewed(&second).await.is_none());
        assert!(Arc::ptr_eq(&second, &destination.courier().await));
    }

    #[tokio::test]
    async fn a_secret_that_is_no_account_is_told_without_its_values() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), r#"{"host":"h","password":"hunter2"}"#).unwrap();
        let error = Destination::open(&SftpTargetUrl::SecretFile(file.path().into())).await.unwrap_err();
        assert!(matches!(error, RenewableError::Made(DestinationError::Account(_))), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
