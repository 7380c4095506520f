//! The metric tables: one [`Store`] over three backends, with one contract.
//!
//!
//! - A save is one transaction, and one statement with one JSON parameter unless the sample is larger than the Data API
//!   takes at once. It may come twice, late, or beside others: a row is replaced by one of a later time only, and a
//!   sample older than a complete one changes nothing of the current state. A repeated save changes nothing.
//! - A complete sample resets absent rows as of its time: queues to their [absent values](crate::catalogue::Metric), agents
//!   to offline, resources to deleted. A partial sample leaves absent rows unchanged.
//! - `current_metric_samples` and `current_user_samples` retain every sample, and every reset, until they are
//!   [pruned](Store::prune).
//! - Each save records its time in `connect_table_status`, rows or no rows, so that [`freshness`](Store::freshness) is that of
//!   the last poll and not of the last change.
//!
//! - A sample's time is its version, so one that is more than five minutes ahead of the clock is refused.
//!
//! Transient failures are retried with back-off until the deadline. No error and no log line holds data.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use backon::{BackoffBuilder as _, ExponentialBuilder};
use jiff::tz::TimeZone;
use secrecy::SecretString;
use tokio::time::{Instant, sleep, timeout_at};

use crate::{
    logins::{self, Login},
    migrations, postgres,
    selector::Postgres,
    sqlite,
    statement::{Dialect, QueryResult, Statement},
};

mod current;
mod lease;
mod read;
mod save;

pub use crate::error::StoreError;
pub use current::{LiveQueue, LiveUser};
pub use read::{Freshness, RowCount};
pub use save::SaveReport;

const FIRST_DELAY: Duration = Duration::from_millis(50);
const MAX_DELAY: Duration = Duration::from_secs(2);
/// The most attempts with a rejected login: a few seconds, within which a rotated secret is in effect.
const MAX_LOGINS: u32 = 6;

/// The metric tables of one place. Clones share connections, and the count of round trips.
#[derive(Clone, Debug)]
pub struct Store {
    backend: Backend,
    round_trips: Arc<AtomicU64>,
    /// The time zone of the days that intervals belong to.
    time_zone: TimeZone,
}

#[derive(Clone, Debug)]
enum Backend {
    Sqlite(sqlite::Database),
    Postgres(postgres::Server),
    #[cfg(feature = "aws")]
    RdsData(crate::rds_data::Cluster),
}

impl Store {
    /// An SQLite file, which is made if there is none. Its tables are there after [`migrate`](Self::migrate).
    ///
    /// # Errors
    ///
    /// If it can't be opened, or is no SQLite file.
    pub async fn sqlite(path: &Path) -> Result<Self, StoreError> {
        Ok(Self::new(Backend::Sqlite(sqlite::Database::open(path).await?)))
    }

    /// A PostgreSQL server; `secret` is the text at [`secret_url`](Postgres::secret_url), which the caller reads. Nothing
    /// is asked of the server yet.
    ///
    /// # Errors
    ///
    /// If the secret is not understood, or neither it nor the URL names the host, the database or the user.
    pub fn postgres(place: &Postgres, secret: Option<&SecretString>) -> Result<Self, StoreError> {
        Ok(Self::new(Backend::Postgres(postgres::Server::new(place, secret)?)))
    }

    /// A cluster behind the RDS Data API. Nothing is asked of it yet.
    #[cfg(feature = "aws")]
    pub fn rds_data(client: &aws_sdk_rdsdata::Client, place: crate::selector::RdsData) -> Self {
        Self::new(Backend::RdsData(crate::rds_data::Cluster::new(client, place)))
    }

    fn new(backend: Backend) -> Self {
        Self { backend, round_trips: Arc::default(), time_zone: TimeZone::UTC }
    }

    /// The same, where intervals that are saved belong to the days of this time zone instead of UTC's.
    #[must_use]
    pub fn in_time_zone(self, time_zone: TimeZone) -> Self {
        Self { time_zone, ..self }
    }

    /// Requests to the database since this store was made: statements, and the beginnings and ends of transactions.
    /// The preparation of a statement on a new connection is not counted.
    pub fn round_trips(&self) -> u64 {
        self.round_trips.load(Ordering::Relaxed)
    }

    /// Makes the tables and views, or brings them up to this program's. Many may do it at once.
    ///
    /// # Errors
    ///
    /// If the database can't be reached before the deadline or refuses, or the tables are of a newer program that doesn't work
    /// with this one.
    pub async fn migrate(&self, deadline: Instant) -> Result<(), StoreError> {
        let dialect = self.dialect();
        self.run(&migrations::ensure_table(dialect), deadline).await?;
        loop {
            let applied = self.run(&[migrations::applied()], deadline).await?;
            let applied = applied.into_iter().flat_map(|answer| answer.rows).collect::<Vec<_>>();
            let Some((version, migration)) = migrations::pending(dialect, &applied)?.into_iter().next()
            else {
                return Ok(());
            };
            let Err(error) = self.run(&migration, deadline).await else { continue };
            // Another program may have applied it first. Then this one continues from there.
            let applied = self.run(&[migrations::applied()], deadline).await?;
            if !applied.iter().any(|answer| migrations::is_applied(&answer.rows, version)) {
                return Err(error);
            }
        }
    }

    /// Makes these logins of the database server, or changes their passwords, and gives each its rights on all tables and
    /// views there are. It has to be done by the tables' owner, after [`migrate`](Self::migrate).
    ///
    /// # Errors
    ///
    /// If the database can't be reached before the deadline or refuses, or has no logins.
    pub async fn admit(&self, logins: &[Login], deadline: Instant) -> Result<(), StoreError> {
        if self.dialect() == Dialect::Sqlite && !logins.is_empty() {
            return Err(logins::none_here());
        }
        for login in logins {
            let found = self.run(&[login.is_there()], deadline).await?;
            let is_there = found.iter().any(|answer| answer.rows.iter().any(|row| row != "0"));
            self.run(&login.statements(is_there), deadline).await?;
        }
        Ok(())
    }

    fn dialect(&self) -> Dialect {
        match self.backend {
            Backend::Sqlite(_) => Dialect::Sqlite,
            Backend::Postgres(_) => Dialect::Postgres,
            #[cfg(feature = "aws")]
            Backend::RdsData(_) => Dialect::Postgres,
        }
    }

    /// Runs statements in one transaction, until it is done, refused, or time is up.
    async fn run(&self, statements: &[Statement], deadline: Instant) -> Result<Vec<QueryResult>, StoreError> {
        self.run_until(statements, deadline, |_| Ok(())).await
    }

    /// The same; `check` may find in the results that it is to be repeated.
    async fn run_until(
        &self,
        statements: &[Statement],
        deadline: Instant,
        check: impl Fn(&[QueryResult]) -> Result<(), StoreError>,
    ) -> Result<Vec<QueryResult>, StoreError> {
        let mut waits = ExponentialBuilder::new()
            .with_min_delay(FIRST_DELAY)
            .with_max_delay(MAX_DELAY)
            .without_max_times()
            .with_jitter()
            .build();
        let (mut last, mut logins) = (StoreError::Deadline, 0);
        while Instant::now() < deadline {
            match self.once(statements, deadline).await {
                Ok(results) => match check(&results) {
                    Ok(()) => return Ok(results),
                    Err(error) => last = error,
                },
                Err(error @ StoreError::Unavailable(_)) => last = error,
                Err(error @ StoreError::Login(_)) => {
                    logins += 1;
                    if logins >= MAX_LOGINS {
                        return Err(error);
                    }
                    last = error;
                }
                // What it waited for before says more.
                Err(StoreError::Deadline) => return Err(last),
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

    async fn once(
        &self,
        statements: &[Statement],
        deadline: Instant,
    ) -> Result<Vec<QueryResult>, StoreError> {
        let around = if statements.len() == 1 && self.dialect() == Dialect::Postgres { 0 } else { 2 };
        let trips = u64::try_from(statements.len()).unwrap_or(u64::MAX).saturating_add(around);
        self.round_trips.fetch_add(trips, Ordering::Relaxed);
        let late = |_| Err(StoreError::Deadline);
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
