//! A PostgreSQL server.

use std::{fmt, time::Duration};

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use sqlx::{
    AssertSqlSafe, Connection as _, PgPool, Row as _,
    postgres::{PgConnectOptions, PgConnection, PgPoolOptions, PgSslMode},
};

use crate::{
    error::SqlError,
    statement::{QueryResult, Statement},
    url::{Postgres, TlsMode, is_loopback},
};

/// How long a connection may take, TLS and password included.
const CONNECT: Duration = Duration::from_secs(5);
/// A connection that lay idle for longer is tested for being alive: a frozen Lambda's is often dead.
const IDLE: Duration = Duration::from_secs(5);
/// What the server itself stops, whoever waits.
const STATEMENT_TIMEOUT: &str = "30s";

/// What a secret says, as RDS writes it. What the URL says counts more.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Secret {
    username: Option<String>,
    password: Option<String>,
    host: Option<String>,
    port: Option<u16>,
    dbname: Option<String>,
}

/// The server.
#[derive(Clone)]
pub(crate) struct Server {
    pool: PgPool,
}

impl Server {
    /// No connection is made yet.
    pub(crate) fn new(place: &Postgres, secret: Option<&SecretString>) -> Result<Self, SqlError> {
        let options = options(place, secret)?;
        // A function does one thing at a time.
        let pool = PgPoolOptions::new()
            .max_connections(2)
            .acquire_timeout(CONNECT)
            .test_before_acquire(false)
            .before_acquire(|connection, known| {
                Box::pin(
                    async move { Ok(known.idle_for < IDLE || PgConnection::ping(connection).await.is_ok()) },
                )
            });
        Ok(Self { pool: pool.connect_lazy_with(options) })
    }

    /// Runs statements in one transaction: of one statement, its own.
    pub(crate) async fn run(&self, statements: &[Statement]) -> Result<Vec<QueryResult>, SqlError> {
        self.try_run(statements).await.map_err(failure)
    }

    async fn try_run(&self, statements: &[Statement]) -> sqlx::Result<Vec<QueryResult>> {
        let mut connection = self.pool.acquire().await?;
        if let [statement] = statements {
            return Ok(vec![one(&mut connection, statement).await?]);
        }
        let mut transaction = connection.begin().await?;
        let mut results = Vec::with_capacity(statements.len());
        for statement in statements {
            results.push(one(&mut transaction, statement).await?);
        }
        transaction.commit().await?;
        Ok(results)
    }
}

async fn one(connection: &mut PgConnection, statement: &Statement) -> sqlx::Result<QueryResult> {
    // It is made of our own names; what comes from outside is a parameter.
    let mut query = sqlx::query(AssertSqlSafe(statement.sql.as_str()));
    for parameter in &statement.parameters {
        query = query.bind(parameter.as_str());
    }
    if !statement.returns_rows {
        let written = query.execute(connection).await?.rows_affected();
        return Ok(QueryResult { rows: Vec::new(), written });
    }
    let rows = query.fetch_all(connection).await?;
    Ok(QueryResult { rows: rows.iter().map(|row| row.try_get(0)).collect::<sqlx::Result<_>>()?, written: 0 })
}

fn options(place: &Postgres, secret: Option<&SecretString>) -> Result<PgConnectOptions, SqlError> {
    let secret: Secret = match secret {
        Some(text) => serde_json::from_str(text.expose_secret())
            // The parser's own words may quote it.
            .map_err(|_| {
                SqlError::Rejected("the database's secret is not JSON as RDS writes it".to_owned())
            })?,
        None => Secret::default(),
    };
    let missing =
        |what| SqlError::Rejected(format!("neither the database's URL nor its secret names the {what}"));
    let host = place.host.clone().or(secret.host).ok_or_else(|| missing("host"))?;
    let database = place.database.clone().or(secret.dbname).ok_or_else(|| missing("database"))?;
    let user = place.user.clone().or(secret.username).ok_or_else(|| missing("user"))?;
    let default = if is_loopback(&host) { TlsMode::Prefer } else { TlsMode::VerifyFull };
    let mut options = PgConnectOptions::new_without_pgpass()
        .host(&host)
        .port(place.port.or(secret.port).unwrap_or(5432))
        .username(&user)
        .database(&database)
        .ssl_mode(ssl_mode(place.tls.unwrap_or(default)))
        .application_name("switchboard")
        // Views over long tables are estimated to cost much, and would be compiled for longer than they take.
        .options([("statement_timeout", STATEMENT_TIMEOUT), ("TimeZone", "UTC"), ("jit", "off")]);
    let password = place.password.as_ref().map(|password| password.expose_secret().to_owned());
    if let Some(password) = password.or(secret.password) {
        options = options.password(&password);
    }
    if let Some(path) = &place.root_certificate {
        options = options.ssl_root_cert(path);
    }
    Ok(options)
}

fn ssl_mode(mode: TlsMode) -> PgSslMode {
    match mode {
        TlsMode::Disable => PgSslMode::Disable,
        TlsMode::Prefer => PgSslMode::Prefer,
        TlsMode::Require => PgSslMode::Require,
        TlsMode::VerifyCa => PgSslMode::VerifyCa,
        TlsMode::VerifyFull => PgSslMode::VerifyFull,
    }
}

/// The server's own words may hold what was to be stored; its code doesn't.
fn failure(error: sqlx::Error) -> SqlError {
    match error {
        sqlx::Error::PoolTimedOut => SqlError::Unavailable("no connection in time".to_owned()),
        sqlx::Error::Database(error) => SqlError::of_sqlstate(&error.code().unwrap_or_default()),
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => SqlError::NotUnderstood,
        sqlx::Error::Tls(_) => untrusted(),
        // So rustls says it within a handshake.
        sqlx::Error::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => untrusted(),
        sqlx::Error::Io(error) => SqlError::Unavailable(format!("{:?}", error.kind())),
        sqlx::Error::Configuration(_) => SqlError::Rejected("the connection's settings".to_owned()),
        _ => SqlError::Unavailable("PostgreSQL".to_owned()),
    }
}

fn untrusted() -> SqlError {
    SqlError::Rejected("TLS: the server offers none, or its certificate is not trusted".to_owned())
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Server(a PostgreSQL server)")
    }
}
