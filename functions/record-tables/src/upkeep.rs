//! The tables themselves: made, and kept up.

use jiff::{Timestamp, ToSpan as _};
use switchboard_records::RecordTables;
use switchboard_runtime::database::read_logins;
use switchboard_sql::SqlError;
use tokio::time::Instant;

use crate::config::Config;

/// How far the calendar reaches ahead: as long as upkeep may fail before views lack a day.
const DAYS_AHEAD: i64 = 14;

/// What the tables are to be like.
#[derive(Debug, Clone)]
pub struct Upkeep {
    tables: RecordTables,
    config: Config,
}

impl Upkeep {
    /// Of these tables.
    pub fn new(tables: RecordTables, config: Config) -> Self {
        Self { tables, config }
    }

    /// Makes the tables or brings them up to date, with their logins, the roles, the targets and the calendar.
    ///
    /// # Errors
    /// If the database can't be reached before the deadline or refuses, or the secret of a login can't be read.
    pub async fn migrate(&self, now: Timestamp, deadline: Instant) -> Result<(), SqlError> {
        self.tables.migrate(deadline).await?;
        let logins = read_logins(&self.config.logins).await?;
        self.tables.admit(&logins, deadline).await?;
        // On the heap: what waits for it is deeper than the compiler follows otherwise.
        Box::pin(self.tables.grant_roles(deadline)).await?;
        self.set_targets(deadline).await?;
        self.extend_calendar(now, deadline).await
    }

    /// Brings sums that are behind and the calendar up to date, and presumes contacts over whose end no event told.
    ///
    /// # Errors
    /// If the database can't be reached before the deadline or refuses.
    pub async fn keep_up(&self, now: Timestamp, deadline: Instant) -> Result<(), SqlError> {
        self.extend_calendar(now, deadline).await?;
        self.tables.presume_over(now, deadline).await?;
        self.tables.recompute(deadline).await
    }

    /// Sets the configured targets, if others are set: new ones have the sums of everything recomputed.
    async fn set_targets(&self, deadline: Instant) -> Result<(), SqlError> {
        let Some(targets) = &self.config.targets else { return Ok(()) };
        let held = self.tables.service_level_targets(deadline).await?;
        let is_same = held.len() == targets.len() && targets.iter().all(|target| held.contains(target));
        if is_same { Ok(()) } else { self.tables.set_service_level_targets(targets, deadline).await }
    }

    /// Has the calendar hold the days with data, and those from now to some days ahead.
    async fn extend_calendar(&self, now: Timestamp, deadline: Instant) -> Result<(), SqlError> {
        let ahead = now.checked_add((24 * DAYS_AHEAD).hours()).unwrap_or(now);
        for zone in &self.config.time_zones.0 {
            let Some(name) = zone.iana_name() else { continue };
            self.tables.add_data_to_calendar(name, zone, deadline).await?;
            self.tables.add_to_calendar(name, zone, now, ahead, deadline).await?;
        }
        Ok(())
    }
}
