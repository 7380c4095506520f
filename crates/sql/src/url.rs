//! A relational database, as one URL.

use std::{path::PathBuf, str::FromStr};

use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use url::{Host, Url};

/// The URL of a relational database: the setting `METRICS_DB`.
///
/// | form | meaning |
/// |---|---|
/// | `sqlite:///path.db` | an SQLite file by its absolute path, made if there is none; `%20` is a space |
/// | `postgres://[user@]host[:port]/dbname[?…]` | a PostgreSQL server, see [`Postgres`] |
/// | `rds-data://dbname?cluster=ARN&secret=ARN` | an Aurora PostgreSQL cluster over its Data API, see [`RdsData`] |
#[derive(Clone, Debug)]
pub enum SqlUrl {
    /// An SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL server.
    Postgres(Postgres),
    /// The RDS Data API.
    RdsData(RdsData),
}

/// A PostgreSQL server.
///
/// Options of the URL: `sslmode` (as in libpq), `sslrootcert=/path.pem` (an authority beside the public ones), and
/// `secret=file:///path.json` or `secret=secretsmanager://ARN`, whose JSON (`username`, `password`, and `host`, `port`
/// and `dbname` as RDS writes them) gives what the URL leaves out. The URL may hold a password for a server on this
/// machine alone.
#[derive(Clone, Debug)]
pub struct Postgres {
    /// The user, if the URL names one.
    pub user: Option<String>,
    /// The password; only for a loopback host.
    pub password: Option<SecretString>,
    /// The host, if the URL names one.
    pub host: Option<String>,
    /// The port, if the URL names one.
    pub port: Option<u16>,
    /// The database, if the URL names one.
    pub database: Option<String>,
    /// How TLS is used; without it `verify-full`, and on this machine `prefer`.
    pub tls: Option<TlsMode>,
    /// A PEM file with the server's authority.
    pub root_certificate: Option<PathBuf>,
    /// Where the secret is: the caller reads it, and gives its text to [`Database::postgres`](crate::database::Database::postgres).
    pub secret_url: Option<String>,
}

/// How TLS is used with PostgreSQL, with libpq's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsMode {
    /// `disable`: not at all.
    Disable,
    /// `prefer`: if the server offers it, whoever it is.
    Prefer,
    /// `require`: always, whoever the server is.
    Require,
    /// `verify-ca`: with a server whose authority is known.
    VerifyCa,
    /// `verify-full`: with a server whose authority is known and whose certificate has the host's name.
    VerifyFull,
}

/// An Aurora PostgreSQL cluster over its Data API, which is HTTPS: no connection, no VPC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RdsData {
    /// The database.
    pub database: String,
    /// The cluster's ARN.
    pub cluster_arn: String,
    /// The ARN of the secret that RDS itself reads.
    pub secret_arn: String,
}

/// Why a text is no [`SqlUrl`]. No message repeats the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SqlUrlError {
    /// None of the forms there are.
    #[error(
        "expected sqlite:///PATH, postgres://[USER@]HOST/DATABASE or rds-data://DATABASE?cluster=ARN&secret=ARN"
    )]
    Form,
    /// Not an absolute path on this machine.
    #[error("an SQLite file is named by its absolute path, without options: sqlite:///PATH")]
    Path,
    /// A password that others could read.
    #[error(
        "a password stands in the URL only for a server on this machine: use secret=secretsmanager://ARN"
    )]
    Password,
    /// An option that is none.
    #[error("the options of postgres:// are sslmode, sslrootcert and secret, once each")]
    Option,
    /// `sslmode` that is none.
    #[error("sslmode is disable, prefer, require, verify-ca or verify-full")]
    TlsMode,
    /// No path to a certificate.
    #[error("sslrootcert is the absolute path of a PEM file")]
    RootCertificate,
    /// No place of a secret.
    #[error("secret is secretsmanager://ARN or file:///path.json")]
    Secret,
    /// Neither the URL nor a secret says which server it is.
    #[error("postgres:// without a secret names its host and database")]
    Server,
    /// Not the parts of `rds-data://`.
    #[error("expected rds-data://DATABASE?cluster=CLUSTER_ARN&secret=SECRET_ARN")]
    RdsData,
}

impl FromStr for SqlUrl {
    type Err = SqlUrlError;

    fn from_str(text: &str) -> Result<Self, SqlUrlError> {
        if let Some(rest) = text.strip_prefix("sqlite:") {
            return sqlite(rest).map(Self::Sqlite).ok_or(SqlUrlError::Path);
        }
        if let Some(rest) = text.strip_prefix("rds-data://") {
            return rds_data(rest).map(Self::RdsData).ok_or(SqlUrlError::RdsData);
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return postgres(&Url::parse(text).map_err(|_| SqlUrlError::Form)?).map(Self::Postgres);
        }
        Err(SqlUrlError::Form)
    }
}

fn sqlite(rest: &str) -> Option<PathBuf> {
    // `Url` alone would read `sqlite:relative` as an opaque path, and `sqlite://host/path` as another machine's.
    let path = rest.strip_prefix("//").filter(|path| path.starts_with('/'))?;
    let names_a_file = !path.ends_with('/') && !path.contains(['?', '#']);
    let decoded = decoded(path)?;
    (names_a_file && !decoded.contains('\0')).then(|| PathBuf::from(decoded))
}

fn rds_data(rest: &str) -> Option<RdsData> {
    let (database, options) = rest.split_once('?')?;
    let (mut cluster, mut secret) = (None, None);
    for (name, value) in url::form_urlencoded::parse(options.as_bytes()) {
        let slot = match name.as_ref() {
            "cluster" => &mut cluster,
            "secret" => &mut secret,
            _ => return None,
        };
        let is_arn = value.starts_with("arn:") && value.split(':').count() >= 6;
        if !is_arn || slot.replace(value.into_owned()).is_some() {
            return None;
        }
    }
    let database = decoded(database).filter(|name| !name.is_empty() && !name.contains('/'))?;
    Some(RdsData { database, cluster_arn: cluster?, secret_arn: secret? })
}

fn postgres(url: &Url) -> Result<Postgres, SqlUrlError> {
    let text = |text: &str| decoded(text).filter(|text| !text.is_empty());
    let mut place = Postgres {
        user: text(url.username()),
        password: url.password().and_then(decoded).map(SecretString::from),
        host: url.host_str().and_then(text).map(|host| host.trim_matches(['[', ']']).to_owned()),
        port: url.port(),
        database: text(url.path().trim_start_matches('/')),
        tls: None,
        root_certificate: None,
        secret_url: None,
    };
    for (name, value) in url.query_pairs() {
        option(&mut place, &name, &value)?;
    }
    if place.password.is_some() && !place.is_loopback() {
        return Err(SqlUrlError::Password);
    }
    if place.secret_url.is_none() && (place.host.is_none() || place.database.is_none()) {
        return Err(SqlUrlError::Server);
    }
    Ok(place)
}

fn option(place: &mut Postgres, name: &str, value: &str) -> Result<(), SqlUrlError> {
    let repeated = match name {
        "sslmode" => place.tls.replace(value.parse()?).is_some(),
        "sslrootcert" if value.starts_with('/') => place.root_certificate.replace(value.into()).is_some(),
        "sslrootcert" => return Err(SqlUrlError::RootCertificate),
        "secret" if value.starts_with("file:///") || value.starts_with("secretsmanager://") => {
            place.secret_url.replace(value.to_owned()).is_some()
        }
        "secret" => return Err(SqlUrlError::Secret),
        _ => true,
    };
    if repeated { Err(SqlUrlError::Option) } else { Ok(()) }
}

fn decoded(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

impl Postgres {
    /// Whether the URL's host is this machine.
    pub fn is_loopback(&self) -> bool {
        self.host.as_deref().is_some_and(is_loopback)
    }
}

/// Whether a host's name or address is this machine's own.
pub(crate) fn is_loopback(host: &str) -> bool {
    match Host::parse(host).or_else(|_| Host::parse(&format!("[{host}]"))) {
        Ok(Host::Domain(name)) => name == "localhost",
        Ok(Host::Ipv4(address)) => address.is_loopback(),
        Ok(Host::Ipv6(address)) => address.is_loopback(),
        Err(_) => false,
    }
}

impl FromStr for TlsMode {
    type Err = SqlUrlError;

    fn from_str(text: &str) -> Result<Self, SqlUrlError> {
        Ok(match text {
            "disable" => Self::Disable,
            "prefer" => Self::Prefer,
            "require" => Self::Require,
            "verify-ca" => Self::VerifyCa,
            "verify-full" => Self::VerifyFull,
            _ => return Err(SqlUrlError::TlsMode),
        })
    }
}

#[cfg(test)]
mod tests;
