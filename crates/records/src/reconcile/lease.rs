//! The lease of a run: one at a time compares or fetches contacts of a Region, as all share one quota of requests.

use std::{
    future::Future,
    hash::{BuildHasher as _, Hasher as _, RandomState},
    time::Duration,
};

use backon::{BackoffBuilder as _, ExponentialBuilder};
use switchboard_sql::SqlError;
use tokio::time::{Instant, sleep, sleep_until};

use super::{ReconciliationTables, statement};

/// How long a run that ended without a word is waited for.
const LEASE: Duration = Duration::from_secs(30);
/// How often a run that goes on says so.
const RENEWAL: Duration = Duration::from_secs(10);
const FIRST_DELAY: Duration = Duration::from_millis(200);
const MAX_DELAY: Duration = Duration::from_secs(5);

impl ReconciliationTables {
    /// Works when no other run does in this Region, and keeps others from it: they wait for their turn. A run that was killed
    /// is waited for for half a minute.
    ///
    /// # Errors
    /// If its turn does not come before the deadline, or the database can't be reached or refuses. The work may have been
    /// interrupted anywhere.
    pub async fn alone<T>(&self, deadline: Instant, work: impl Future<Output = T>) -> Result<T, SqlError> {
        let holder = format!("{:016x}", RandomState::new().build_hasher().finish());
        let waits = ExponentialBuilder::new().with_min_delay(FIRST_DELAY).with_max_delay(MAX_DELAY);
        let mut waits = waits.without_max_times().with_jitter().build();
        while !self.take_lease(&holder, deadline).await? {
            let again = Instant::now() + waits.next().unwrap_or(MAX_DELAY);
            if again >= deadline {
                return Err(SqlError::Deadline);
            }
            sleep_until(again).await;
        }
        let result = tokio::select! {
            result = work => Ok(result),
            error = self.keep_lease(&holder) => Err(error),
        };
        // One that is not given back ends by itself.
        let give_back = statement::give_lease_back(&self.key(), &holder);
        drop(self.record_tables().database().run(&[give_back], Instant::now() + RENEWAL).await);
        result
    }

    /// False while another run has it.
    async fn take_lease(&self, holder: &str, deadline: Instant) -> Result<bool, SqlError> {
        let database = self.record_tables().database();
        let take = statement::take_lease(database.dialect(), &self.key(), holder, LEASE.as_secs());
        let results = database.run(&[take], deadline).await?;
        Ok(results.iter().any(|result| result.written > 0))
    }

    /// Renews the lease until it can't, and why.
    async fn keep_lease(&self, holder: &str) -> SqlError {
        loop {
            sleep(RENEWAL).await;
            match self.take_lease(holder, Instant::now() + RENEWAL).await {
                Ok(true) => {}
                Ok(false) => return SqlError::Unavailable("another run has the lease".to_owned()),
                Err(error) => return error,
            }
        }
    }
}
