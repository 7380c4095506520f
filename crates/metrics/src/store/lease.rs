//! The lease on a table's polls: one poll of a kind and instance at a time.
//!
//! Connect's quota is shared by all clients. Polls that last longer than their period would overlap in two
//! environments of the function, and each would use the whole request rate.

use switchboard_sql::SqlError;
use tokio::time::Instant;

use super::Store;
use crate::{statement::lease, tables::Table};

impl Store {
    /// Acquires the lease of a table's polls until it is released, at the latest until the deadline. `false` if another
    /// client holds it. A save of the current state ([`save_current_metrics`](Self::save_current_metrics),
    /// [`save_current_users`](Self::save_current_users)) releases it.
    ///
    /// # Errors
    ///
    /// If the database can't be reached before the deadline or refuses.
    pub async fn lease(&self, table: Table, deadline: Instant) -> Result<bool, SqlError> {
        let seconds = deadline.saturating_duration_since(Instant::now()).as_secs().saturating_add(1);
        let acquire = lease::acquire(self.database.dialect(), table, self.instance_parameter(), seconds);
        let results = self.database.run(&[acquire], deadline).await?;
        Ok(results.iter().any(|result| result.written > 0))
    }

    /// Releases the lease.
    ///
    /// # Errors
    ///
    /// If the database can't be reached before the deadline or refuses.
    pub async fn release_lease(&self, table: Table, deadline: Instant) -> Result<(), SqlError> {
        self.database.run(&[lease::release(table, self.instance_parameter())], deadline).await.map(drop)
    }
}
