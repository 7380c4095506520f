//! An event: compare, heal, delete, answer.

use std::{collections::BTreeMap, time::Duration};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use switchboard_contacts::{store::Store, version::Source};
use switchboard_records::{
    Retention,
    reconcile::{Check, Hour, ReconcileError, Reconciler},
};
use switchboard_runtime::{
    handler::{Handled, Reply, UnsupportedEvent},
    metrics::{Metric, Metrics},
};
use switchboard_sql::SqlError;
use switchboard_store::{call::CallContext, error::StoreError};
use tokio::time::Instant;

/// The error of an event that is nothing the function is for.
pub const UNSUPPORTED: UnsupportedEvent = UnsupportedEvent { expected: r#"{"task":"reconcile"}"# };

/// How long the contacts store has to tell of an hour's flow logs: Connect is asked in what is left of a run.
const TIME_TO_LOOK_UP: Duration = Duration::from_secs(30);

/// How long after its hour a missing contact is tried to be fetched.
const HEALED_FOR: SignedDuration = SignedDuration::from_hours(96);

/// The event of the schedule.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Event {
    #[expect(dead_code, reason = "its being there is what counts")]
    task: Task,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Task {
    Reconcile,
}

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Hours whose comparison ended in this run.
    pub hours_compared: u64,
    /// Hours that are due and left for the next.
    pub hours_left: u64,
    /// Contacts that Connect lists in those that were compared.
    pub listed: u64,
    /// Those of them that are missing, by name.
    pub missing: u64,
    /// Those that are missing and were only counted.
    pub unnamed: u64,
    /// Contacts that were fetched.
    pub healed: u64,
    /// Rows that were deleted, as they are kept no longer, by table.
    pub expired: BTreeMap<String, u64>,
}

/// Compares the hours that are due.
#[derive(Debug)]
pub struct Handler {
    reconciler: Reconciler,
    retention: Retention,
    heals: bool,
    contacts: Option<Store>,
}

impl Handler {
    /// By this comparison, in tables whose rows are kept so long.
    pub fn new(reconciler: Reconciler, retention: Retention) -> Self {
        Self { reconciler, retention, heals: true, contacts: None }
    }

    /// Has missing contacts fetched, or not.
    #[must_use]
    pub fn with_healing(self, heals: bool) -> Self {
        Self { heals, ..self }
    }

    /// Asks this contacts store which contacts left flow logs.
    #[must_use]
    pub fn with_contacts(self, contacts: Store) -> Self {
        Self { contacts: Some(contacts), ..self }
    }

    /// Handles an event, JSON text.
    ///
    /// # Errors
    /// When the event as a whole is not for this function.
    pub async fn handle(
        &self,
        event: &str,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<Handled<Report>, UnsupportedEvent> {
        serde_json::from_str::<Event>(event).map_err(|_| UNSUPPORTED)?;
        let (requests, trips) = (self.reconciler.connect().requests(), self.round_trips());
        let mut report = Report::default();
        // On the heap: its state is deeper than the compiler follows otherwise.
        let deleted = Box::pin(self.expire(&mut report, now, deadline)).await;
        let compared = Box::pin(self.compare(&mut report, now, deadline)).await;
        if let Err(error) = &compared {
            tracing::error!(event = "reconcile_failed", error = error.to_string(), "contacts not compared");
        }
        if let Err(error) = &deleted {
            tracing::error!(event = "expire_failed", error = error.to_string(), "old rows not deleted");
        }
        let mut metrics = Metrics::default();
        metrics.add(Metric::ContactsListed, report.listed);
        metrics.add(Metric::ContactsMissing, report.missing + report.unnamed);
        metrics.add(Metric::ContactsHealed, report.healed);
        metrics.add(Metric::HoursReconciled, report.hours_compared);
        metrics.add(Metric::RowsExpired, report.expired.values().sum());
        metrics.add(Metric::ConnectRequests, self.reconciler.connect().requests() - requests);
        metrics.add(Metric::DatabaseRoundTrips, self.round_trips().saturating_sub(trips));
        let is_done = compared.is_ok() && deleted.is_ok();
        let reply = if is_done { Reply::Done(report) } else { Reply::Retry };
        Ok(Handled { reply, metrics })
    }

    /// Compares the hours that are due, until none is left or time is up: when no other run does, one of the program's, say.
    async fn compare(
        &self,
        report: &mut Report,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<(), ReconcileError> {
        let compared = Box::pin(self.compare_due(report, now, deadline));
        match self.reconciler.tables().alone(deadline, compared).await {
            Ok(compared) => compared,
            // The other has the time.
            Err(SqlError::Deadline) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn compare_due(
        &self,
        report: &mut Report,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<(), ReconcileError> {
        let tables = self.reconciler.tables();
        tables.begin(now, deadline).await?;
        tables.settle(deadline).await?;
        let due = self.reconciler.due(now, deadline).await?;
        report.hours_left = u64::try_from(due.len()).unwrap_or(u64::MAX);
        for (hour, check) in due {
            match self.compare_hour(report, (hour, check), now, deadline).await {
                Ok(()) => report.hours_left -= 1,
                // The next run goes on.
                Err(error) if error.is_no_time() => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        if self.heals { self.heal(report, now, deadline).await } else { Ok(()) }
    }

    /// Fetches what is missing, also of hours that an earlier run compared.
    async fn heal(
        &self,
        report: &mut Report,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<(), ReconcileError> {
        let from = now.checked_sub(HEALED_FOR).unwrap_or(Timestamp::MIN);
        let healed = self.reconciler.heal(from, now, now, deadline).await;
        let healed = match healed {
            Ok(healed) => healed.healed,
            Err(error) if error.is_no_time() => return Ok(()),
            Err(error) => return Err(error),
        };
        report.healed = healed;
        if healed > 0 {
            self.reconciler.tables().record_tables().recompute(deadline).await?;
        }
        Ok(())
    }

    async fn compare_hour(
        &self,
        report: &mut Report,
        (hour, check): (Hour, Check),
        now: Timestamp,
        deadline: Instant,
    ) -> Result<(), ReconcileError> {
        self.reconciler.compare(hour, check, now, deadline).await?;
        report.hours_compared += 1;
        let tables = self.reconciler.tables();
        let found = tables.hours(hour.start(), hour.end(), deadline).await?;
        for found in found {
            let (missing, unnamed) = (found.missing, found.unnamed.unwrap_or_default());
            report.listed += found.listed.unwrap_or_default();
            report.missing += missing;
            report.unnamed += unnamed;
            if missing + unnamed > 0 {
                let hour = hour.start().to_string();
                tracing::warn!(event = "contacts_missing", hour, missing, unnamed, "contacts are missing");
            }
        }
        // At the end: whatever it comes to, what is missing was told.
        Ok(self.look_for_flow_logs(hour, now, deadline).await?)
    }

    /// Asks the contacts store of how many of the hour's contacts flow logs tell. That it can't be asked stops nothing: it says
    /// how much of a source came, and no contact is missing for it.
    async fn look_for_flow_logs(
        &self,
        hour: Hour,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<(), SqlError> {
        let Some(contacts) = &self.contacts else { return Ok(()) };
        let look_up = |sample| async move {
            let call = CallContext::new(now, deadline.min(Instant::now() + TIME_TO_LOOK_UP));
            let found = contacts.coverage(Source::FlowLog, &sample, call).await?;
            Ok::<_, StoreError>((found.known, found.told))
        };
        if let Err(error) = self.reconciler.tables().count_flow_logs(hour, deadline, look_up).await? {
            let error = error.to_string();
            tracing::warn!(event = "flow_logs_not_looked_for", error, "the contacts store can't be asked");
        }
        Ok(())
    }

    /// Deletes what is kept no longer.
    async fn expire(&self, report: &mut Report, now: Timestamp, deadline: Instant) -> Result<(), SqlError> {
        let tables = self.reconciler.tables().record_tables();
        for (table, rows) in tables.delete_expired(&self.retention, now, deadline).await? {
            if rows > 0 {
                tracing::info!(event = "rows_expired", table, rows, "rows deleted that are kept no longer");
            }
            report.expired.insert(table.to_owned(), rows);
        }
        Ok(())
    }

    fn round_trips(&self) -> u64 {
        self.reconciler.tables().record_tables().database().round_trips()
    }
}

#[cfg(test)]
mod tests;
