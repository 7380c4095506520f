//! A relational database: three backends with one contract.
//!
//! Statements run in one transaction. Transient failures are retried with back-off until the deadline. No error and no log
//! line holds data.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use backon::{BackoffBuilder as _, ExponentialBuilder};
use secrecy::SecretString;
use tokio::time::{Instant, sleep, timeout_at};

use crate::{
    dialect::Dialect,
    error::SqlError,
    logins::{self, Login},
    migrations::{Migrations, is_applied},
    postgres, sqlite,
    statement::{QueryResult, Statement},
    url::Postgres,
};

const FIRST_DELAY: Duration = Duration::from_millis(50);
const MAX_DELAY: Duration = Duration::from_secs(2);
/// The most attempts with a rejected login: a few seconds, within which a rotated secret is in effect.
const MAX_LOGINS: u32 = 6;

/// The most of a JSON parameter, as it is in a request: the Data API takes 4 MiB of everything.
#[cfg(feature = "aws")]
const DATA_API_PARAMETER_MAX_BYTES: usize = 15 * 256 * 1024;
/// The same where only memory bounds it: a busy quarter of an hour of 1,200 agents and 250 queues is some 5 MiB.
const PARAMETER_MAX_BYTES: usize = 16 * 1024 * 1024;

/// A database. Clones share connections, and the count of round trips.
#[derive(Clone, Debug)]
pub struct Database {
    backend: Backend,
    round_trips: Arc<AtomicU64>,
}

#[derive(Clone, Debug)]
enum Backend {
    Sqlite(sqlite::Database),
    Postgres(postgres::Server),
    #[cfg(feature = "aws")]
    RdsData(crate::rds_data::Cluster),
}

impl Database {
    /// An SQLite file, which is made if there is none.
    ///
    /// # Errors
    ///
    /// If it can't be opened, or is no SQLite file.
    pub async fn sqlite(path: &Path) -> Result<Self, SqlError> {
        Ok(Self::new(Backend::Sqlite(sqlite::Database::open(path).await?)))
    }

    /// A PostgreSQL server; `secret` is the text at [`secret_url`](Postgres::secret_url), which the caller reads. No
    /// connection is made yet.
    ///
    /// # Errors
    ///
    /// If the secret is not understood, or neither it nor the URL names the host, the database or the user.
    pub fn postgres(place: &Postgres, secret: Option<&SecretString>) -> Result<Self, SqlError> {
        Ok(Self::new(Backend::Postgres(postgres::Server::new(place, secret)?)))
    }

    /// A cluster behind the RDS Data API. No request is sent yet.
    #[cfg(feature = "aws")]
    pub fn rds_data(client: &aws_sdk_rdsdata::Client, place: crate::url::RdsData) -> Self {
        Self::new(Backend::RdsData(crate::rds_data::Cluster::new(client, place)))
    }

    fn new(backend: Backend) -> Self {
        Self { backend, round_trips: Arc::default() }
    }

    /// Requests to the database since it was opened: statements, and the beginnings and ends of transactions.
    /// The preparation of a statement on a new connection is not counted.
    pub fn round_trips(&self) -> u64 {
        self.round_trips.load(Ordering::Relaxed)
    }

    /// Applies the pending migrations. Many may do it at once.
    ///
    /// # Errors
    ///
    /// If the database can't be reached before the deadline or refuses, or the tables are of a newer program that doesn't work
    /// with this one.
    pub async fn migrate(&self, migrations: &Migrations, deadline: Instant) -> Result<(), SqlError> {
        let dialect = self.dialect();
        if dialect == Dialect::Sqlite && self.is_of_a_store(deadline).await? {
            return Err(SqlError::Rejected("the file is one of contacts or of agents".to_owned()));
        }
        self.run(&migrations.ensure_table(dialect), deadline).await?;
        loop {
            let applied = self.run(&[migrations.applied()], deadline).await?;
            let applied = applied.into_iter().flat_map(|result| result.rows).collect::<Vec<_>>();
            let Some((version, migration)) = migrations.pending(dialect, &applied)?.into_iter().next() else {
                return Ok(());
            };
            let Err(error) = self.run(&migration, deadline).await else { continue };
            // Another program may have applied it first. Then this one continues from there.
            let applied = self.run(&[migrations.applied()], deadline).await?;
            if !applied.iter().any(|result| is_applied(&result.rows, version)) {
                return Err(error);
            }
        }
    }

    /// True of an SQLite file that a store of the crate `store` is in: it is brought up to date in another way.
    async fn is_of_a_store(&self, deadline: Instant) -> Result<bool, SqlError> {
        let named =
            Statement::read("SELECT name FROM sqlite_master WHERE name = '_sqlx_migrations'", Vec::new());
        let found = self.run(&[named], deadline).await?;
        Ok(found.iter().any(|result| !result.rows.is_empty()))
    }

    /// Makes these logins of the database server, or changes their passwords, and gives each its rights on `granted`, and on no
    /// others of `owned`, the tables and views that the caller's migrations make. What other migrations make is theirs to grant:
    /// one login may read the tables of several. It has to be done by the tables' owner, after [`migrate`](Self::migrate).
    ///
    /// # Errors
    ///
    /// If the database can't be reached before the deadline or refuses, or has no logins.
    pub async fn admit(
        &self,
        logins: &[Login],
        (owned, granted): (&[&str], &[&str]),
        deadline: Instant,
    ) -> Result<(), SqlError> {
        if self.dialect() == Dialect::Sqlite && !logins.is_empty() {
            return Err(logins::none_here());
        }
        for login in logins {
            let found = self.run(&[login.is_there()], deadline).await?;
            let is_there = found.iter().any(|result| result.rows.iter().any(|row| row != "0"));
            self.run(&login.statements(is_there, (owned, granted)), deadline).await?;
        }
        Ok(())
    }

    /// The dialect of its statements.
    pub fn dialect(&self) -> Dialect {
        match self.backend {
            Backend::Sqlite(_) => Dialect::Sqlite,
            Backend::Postgres(_) => Dialect::Postgres,
            #[cfg(feature = "aws")]
            Backend::RdsData(_) => Dialect::Postgres,
        }
    }

    /// The most bytes of a JSON parameter.
    pub fn parameter_max_bytes(&self) -> usize {
        match self.backend {
            Backend::Sqlite(_) | Backend::Postgres(_) => PARAMETER_MAX_BYTES,
            #[cfg(feature = "aws")]
            Backend::RdsData(_) => DATA_API_PARAMETER_MAX_BYTES,
        }
    }

    /// Runs statements in one transaction, until it is done, refused, or time is up. One statement alone is its own
    /// transaction.
    ///
    /// # Errors
    ///
    /// If the database can't be reached before the deadline or refuses.
    pub async fn run(
        &self,
        statements: &[Statement],
        deadline: Instant,
    ) -> Result<Vec<QueryResult>, SqlError> {
        self.run_until(statements, deadline, |_| Ok(())).await
    }

    /// The same, and again with back-off while `check` finds an error in the results.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run); at the deadline the last error of `check`.
    pub async fn run_until(
        &self,
        statements: &[Statement],
        deadline: Instant,
        check: impl Fn(&[QueryResult]) -> Result<(), SqlError>,
    ) -> Result<Vec<QueryResult>, SqlError> {
        let mut waits = ExponentialBuilder::new()
            .with_min_delay(FIRST_DELAY)
            .with_max_delay(MAX_DELAY)
            .without_max_times()
            .with_jitter()
            .build();
        let (mut last, mut logins) = (SqlError::Deadline, 0);
        while Instant::now() < deadline {
            match self.once(statements, deadline).await {
                Ok(results) => match check(&results) {
                    Ok(()) => return Ok(results),
                    Err(error) => last = error,
                },
                Err(error @ SqlError::Unavailable(_)) => last = error,
                Err(error @ SqlError::Login(_)) => {
                    logins += 1;
                    if logins >= MAX_LOGINS {
                        return Err(error);
                    }
                    last = error;
                }
                // What it waited for before says more.
                Err(SqlError::Deadline) => return Err(last),
                Err(error) => return Err(error),
            }
            let wait = waits.next().unwrap_or(MAX_DELAY);
            if Instant::now() + wait >= deadline {
                return Err(last);
            }
            sleep(wait).await;
        }
        Err(last)
    }

    async fn once(&self, statements: &[Statement], deadline: Instant) -> Result<Vec<QueryResult>, SqlError> {
        let around = if statements.len() == 1 && self.dialect() == Dialect::Postgres { 0 } else { 2 };
        let trips = u64::try_from(statements.len()).unwrap_or(u64::MAX).saturating_add(around);
        self.round_trips.fetch_add(trips, Ordering::Relaxed);
        let late = |_| Err(SqlError::Deadline);
        match &self.backend {
            Backend::Sqlite(database) => {
                timeout_at(deadline, database.run(statements)).await.unwrap_or_else(late)
            }
            Backend::Postgres(server) => {
                timeout_at(deadline, server.run(statements)).await.unwrap_or_else(late)
            }
            // It ends its transaction itself when time is up, which takes a moment.
            #[cfg(feature = "aws")]
            Backend::RdsData(cluster) => cluster.run(statements, deadline).await,
        }
    }
}
