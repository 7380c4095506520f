//! The relational database of a URL.

use secrecy::SecretString;
use switchboard_sql::{
    SqlError,
    database::Database,
    logins::{Access, Login},
    url::{Postgres, RdsData, SqlUrl},
};

use crate::secrets::SecretUrl;

/// Opens the database of a URL, the setting `METRICS_DB`, with the secret that it names. No connection is made yet.
///
/// # Errors
///
/// If the secret can't be read or is not understood, or an SQLite file can't be opened.
pub async fn open(url: &SqlUrl) -> Result<Database, SqlError> {
    match url {
        SqlUrl::Sqlite(path) => Database::sqlite(path).await,
        SqlUrl::Postgres(server) => Database::postgres(server, secret(server).await?.as_ref()),
        SqlUrl::RdsData(cluster) => rds_data(cluster).await,
    }
}

async fn secret(server: &Postgres) -> Result<Option<SecretString>, SqlError> {
    let Some(url) = &server.secret_url else { return Ok(None) };
    let url: SecretUrl =
        url.parse().map_err(|_| SqlError::Rejected("the secret's URL is invalid".to_owned()))?;
    url.read().await.map(Some).map_err(|error| SqlError::Unavailable(error.to_string()))
}

#[cfg(feature = "rds-data")]
async fn rds_data(cluster: &RdsData) -> Result<Database, SqlError> {
    let client = aws_sdk_rdsdata::Client::new(&crate::aws::config().await);
    Ok(Database::rds_data(&client, cluster.clone()))
}

#[cfg(not(feature = "rds-data"))]
#[expect(clippy::unused_async, reason = "the same signature with and without the feature")]
async fn rds_data(_cluster: &RdsData) -> Result<Database, SqlError> {
    Err(SqlError::Rejected("this build can't use the RDS Data API: it lacks the feature `aws`".to_owned()))
}

/// The secret of a login that a migration makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginSecret {
    url: SecretUrl,
    access: Access,
}

impl LoginSecret {
    /// The secret of a login with these rights.
    pub fn new(url: SecretUrl, access: Access) -> Self {
        Self { url, access }
    }
}

/// Reads the secrets of logins.
///
/// # Errors
/// When one can't be read, or is none of a login.
pub async fn read_logins(secrets: &[LoginSecret]) -> Result<Vec<Login>, SqlError> {
    let mut logins = Vec::with_capacity(secrets.len());
    for LoginSecret { url, access } in secrets {
        let secret = url.read().await.map_err(|error| SqlError::Unavailable(error.to_string()))?;
        logins.push(Login::new(&secret, *access).map_err(|error| SqlError::Rejected(error.to_string()))?);
    }
    Ok(logins)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_secret_that_is_not_there_is_named_by_its_file() {
        let url = "postgres://db.example.com/metrics?secret=file:///nowhere/secret.json".parse().unwrap();
        let error = open(&url).await.unwrap_err();
        assert!(error.to_string().contains("/nowhere/secret.json"), "{error}");
    }

    #[tokio::test]
    async fn a_file_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.db");
        assert!(open(&SqlUrl::Sqlite(path.clone())).await.is_ok());
        assert!(path.is_file());
    }
}
