//! The comparison: what Connect lists against what is here, hour by hour.

use jiff::Timestamp;
use switchboard_sql::SqlError;
use tokio::time::Instant;

use super::{
    Listing, ReconciliationTables, Task,
    connect::{ConnectContacts, ConnectError},
    hour::{Check, Hour, due},
    statement::Finding,
};
use crate::contact::AttributeSelection;

/// The most requests by which one hour's contacts are listed: half of what the default rate allows in an hour, as each is
/// compared twice.
const MAX_REQUESTS: u64 = 400;

/// Why a comparison could not go on. What it found until then is kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReconcileError {
    /// Connect could not be asked.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The tables could not be read or written.
    #[error("the record tables can't be used: {0}")]
    Tables(#[from] SqlError),
}

impl ReconcileError {
    /// Whether only time is short: the next run goes on.
    pub fn is_no_time(&self) -> bool {
        matches!(
            self,
            Self::Connect(ConnectError::NoTime { reason: None }) | Self::Tables(SqlError::Deadline)
        )
    }
}

/// Compares what Connect lists with what is here.
#[derive(Debug)]
pub struct Reconciler {
    connect: ConnectContacts,
    tables: ReconciliationTables,
    attributes: AttributeSelection,
    max_requests: u64,
}

/// What healing did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HealReport {
    /// Contacts whose rows were made.
    pub healed: u64,
    /// Contacts that are open, or in after-contact work: they are not missing.
    pub open: u64,
    /// Contacts that Connect does not know, or can't tell.
    pub unknown: u64,
}

impl Reconciler {
    /// Of an instance's lists and tables.
    pub fn new(connect: ConnectContacts, tables: ReconciliationTables) -> Self {
        Self { connect, tables, attributes: AttributeSelection::default(), max_requests: MAX_REQUESTS }
    }

    /// Keeps these attributes of contacts that it heals.
    #[must_use]
    pub fn with_attributes(self, attributes: AttributeSelection) -> Self {
        Self { attributes, ..self }
    }

    /// Lists an hour's contacts by at most so many requests.
    #[must_use]
    pub fn with_max_requests(self, max_requests: u64) -> Self {
        Self { max_requests, ..self }
    }

    /// The lists.
    pub fn connect(&self) -> &ConnectContacts {
        &self.connect
    }

    /// The tables.
    pub fn tables(&self) -> &ReconciliationTables {
        &self.tables
    }

    /// The hours that are to be compared now.
    ///
    /// # Errors
    /// If they can't be read before the deadline.
    pub async fn due(&self, now: Timestamp, deadline: Instant) -> Result<Vec<(Hour, Check)>, SqlError> {
        let hours = self.tables.hours(Timestamp::UNIX_EPOCH, now, deadline).await?;
        let checks: Vec<_> = hours.iter().map(|hour| (Hour::of(hour.hour_start), hour.checks)).collect();
        Ok(due(&checks, now))
    }

    /// Compares an hour. A run that ended in the middle is gone on with.
    ///
    /// # Errors
    /// If Connect or the tables can't be used before the deadline. How far it came is kept.
    pub async fn compare(
        &self,
        hour: Hour,
        check: Check,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<(), ReconcileError> {
        let mut listing = self.tables.progress(hour, deadline).await?;
        while self.step(hour, &mut listing, now, deadline).await? {
            if listing.requests() >= self.max_requests {
                listing.give_up();
                self.tables.keep(hour, &listing, &[], now, deadline).await?;
            }
        }
        let queues = self.connect.standard_queues(deadline).await?;
        let (with_agent, with_agent_events) = self.tables.count_agent_events(hour, deadline).await?;
        let whole = super::Search::of(hour.start(), hour.end());
        let finding = Finding {
            checks: check.number(),
            listed: listing.total().unwrap_or_default(),
            is_complete: listing.is_complete(),
            open: self.connect.open(hour, deadline).await?,
            queued_listed: self.connect.queued(&queues, hour, deadline).await?,
            queued_here: self.tables.count_queued(&queues, hour, deadline).await?,
            here: self.tables.count_here(&whole, deadline).await?,
            with_agent,
            with_agent_events,
            requests: listing.requests(),
        };
        Ok(self.tables.finish(hour, &finding, now, deadline).await?)
    }

    /// Does one task of the plan, and keeps what it found; false at the end.
    async fn step(
        &self,
        hour: Hour,
        listing: &mut Listing,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<bool, ReconcileError> {
        match listing.task() {
            Task::Nothing => return Ok(false),
            Task::Count(search) => listing.take_count(self.tables.count_here(&search, deadline).await?),
            Task::Search(search, token) => {
                let page = self.connect.search(&search, token.as_deref(), deadline).await?;
                let here = self.tables.count_here(&search, deadline).await?;
                let listed = listing.take(page, here);
                self.tables.keep(hour, listing, &listed, now, deadline).await?;
            }
        }
        Ok(true)
    }

    /// Makes rows of the missing contacts of the hours of a time, as `DescribeContact` tells them. They are in the record tables
    /// alone. A contact that Connect can't tell of now costs itself alone: it stays missing, and the others are asked for.
    ///
    /// # Errors
    /// If Connect or the tables can't be used before the deadline, or Connect answers for two in a row that it can't. Those that were
    /// made stay.
    pub async fn heal(
        &self,
        from: Timestamp,
        to: Timestamp,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<HealReport, ReconcileError> {
        let mut report = HealReport::default();
        let missing = self.tables.missing(from, to, deadline).await?;
        if missing.is_empty() {
            return Ok(report);
        }
        let names = self.connect.names(deadline).await?;
        let mut is_silent = false;
        for contact in missing {
            let described = match self.connect.describe(&contact.contact_id, deadline).await {
                Err(ConnectError::NoAnswer(_)) if !is_silent => {
                    is_silent = true;
                    report.unknown += 1;
                    continue;
                }
                described => described?,
            };
            is_silent = false;
            let Some(described) = described else {
                report.unknown += 1;
                continue;
            };
            if described.is_open() {
                report.open += 1;
                continue;
            }
            match described.row(self.connect.instance_arn(), &names, &self.attributes, now) {
                Ok(row) => {
                    self.tables.record_tables().save_contacts(vec![row], now, deadline).await?;
                    report.healed += 1;
                }
                Err(_) => report.unknown += 1,
            }
        }
        Ok(report)
    }
}
