//! One poll of a kind at a time, whoever polls.
//!
//! How often Connect may be asked holds for all that ask. Polls that last longer than their period would overlap in two
//! environments of the function, and each would ask as often as one may.

use tokio::time::Instant;

use super::{Store, StoreError};
use crate::{statement::lease, tables::Table};

impl Store {
    /// Takes the lease of a table's polls until it is given back, at the latest until the deadline. `false` where somebody else
    /// has it. A save of how things stand ([`save_current_metrics`](Self::save_current_metrics),
    /// [`save_current_users`](Self::save_current_users)) gives it back by itself.
    ///
    /// # Errors
    ///
    /// If the database can't be reached before the deadline or refuses.
    pub async fn lease(&self, table: Table, deadline: Instant) -> Result<bool, StoreError> {
        let seconds = deadline.saturating_duration_since(Instant::now()).as_secs().saturating_add(1);
        let answers = self.run(&[lease::take(self.dialect(), table, seconds)], deadline).await?;
        Ok(answers.iter().any(|answer| answer.written > 0))
    }

    /// Gives the lease back.
    ///
    /// # Errors
    ///
    /// If the database can't be reached before the deadline or refuses.
    pub async fn give_back(&self, table: Table, deadline: Instant) -> Result<(), StoreError> {
        self.run(&[lease::give_back(table)], deadline).await.map(drop)
    }
}
