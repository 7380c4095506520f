//! The metric tables of an Amazon Connect instance: one [`Store`] over three backends, with one contract.
//!
//! - A save is one transaction, and one statement with one JSON parameter unless the sample is larger than the Data API
//!   takes at once. It may come twice, late, or beside others: a row is replaced by one of a later time only, and a
//!   sample older than a complete one changes nothing of the current state. A repeated save changes nothing.
//! - A complete sample resets absent rows as of its time: queues to their [absent values](crate::catalogue::Metric), agents
//!   to offline, resources to deleted. A partial sample leaves absent rows unchanged.
//! - A database may hold several instances: nothing is read, reset or pruned but the instance's own rows.
//! - `current_metric_samples` and `current_user_samples` retain every sample, and every reset, until they are
//!   [pruned](Store::prune).
//! - Each save records its time in `connect_table_status`, rows or no rows, so that [`freshness`](Store::freshness) is that of
//!   the last poll and not of the last change.
//! - A sample's time is its version, so one that is more than five minutes ahead of the clock is refused.

use jiff::tz::TimeZone;
use switchboard_core::instance::Instance;
use switchboard_sql::{SqlError, database::Database, logins::Login, statement::Parameter};
use tokio::time::Instant;

use crate::{migrations::MIGRATIONS, statement};

mod current;
mod lease;
mod read;
mod save;

pub use current::{LiveQueue, LiveUser};
pub use read::{Freshness, RowCount};
pub(crate) use read::{pages, parsed};
pub use save::SaveReport;

/// The metric tables of an instance. Clones share connections, and the count of round trips.
#[derive(Clone, Debug)]
pub struct Store {
    database: Database,
    instance: Instance,
    /// The time zone of the days that intervals belong to.
    time_zone: TimeZone,
}

impl Store {
    /// The tables of `instance` in a database. They are there after [`migrate`](Self::migrate).
    pub fn new(database: Database, instance: Instance) -> Self {
        Self { database, instance, time_zone: TimeZone::UTC }
    }

    /// The same, where intervals that are saved belong to the days of this time zone instead of UTC's.
    #[must_use]
    pub fn in_time_zone(self, time_zone: TimeZone) -> Self {
        Self { time_zone, ..self }
    }

    /// The database.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Requests to the database since it was opened: see [`Database::round_trips`].
    pub fn round_trips(&self) -> u64 {
        self.database.round_trips()
    }

    /// Makes the tables and views of all instances, or brings them up to this program's. Many may do it at once.
    ///
    /// # Errors
    ///
    /// If the database can't be reached before the deadline or refuses, or the tables are of a newer program that doesn't work
    /// with this one.
    pub async fn migrate(&self, deadline: Instant) -> Result<(), SqlError> {
        migrate(&self.database, deadline).await
    }

    /// Makes logins that may use the metric tables: see [`Database::admit`].
    ///
    /// # Errors
    ///
    /// If the database can't be reached before the deadline or refuses, or has no logins.
    pub async fn admit(&self, logins: &[Login], deadline: Instant) -> Result<(), SqlError> {
        let relations = MIGRATIONS.relations();
        self.database.admit(logins, (&relations, &relations), deadline).await
    }

    /// The instance.
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    fn instance_parameter(&self) -> Parameter {
        Parameter::text(self.instance.arn())
    }
}

/// Makes the tables and views, or brings them up to this program's. Many may do it at once.
///
/// # Errors
///
/// If the database can't be reached before the deadline or refuses, or the tables are of a newer program that doesn't work
/// with this one.
pub async fn migrate(database: &Database, deadline: Instant) -> Result<(), SqlError> {
    database.migrate(&MIGRATIONS, deadline).await
}

/// The instances that were ever polled into a database, in order.
///
/// # Errors
///
/// If they can't be read before the deadline.
pub async fn instances(database: &Database, deadline: Instant) -> Result<Vec<Instance>, SqlError> {
    let results = database.run(&[statement::read::instances()], deadline).await?;
    let rows = results.into_iter().flat_map(|result| result.rows);
    rows.map(|arn| arn.parse().map_err(|_| SqlError::NotUnderstood)).collect()
}
