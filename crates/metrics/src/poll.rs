//! Polls: what the API answers, brought into the tables.
//!
//! A poll ends in one of three ways, and [`Outcome`] says which: all was read and saved; some was read and that was
//! saved, and nothing was concluded from the rest; or nothing changed. The next poll makes good what this one lacked.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use tokio::time::Instant;

use crate::{
    api::{ApiError, Connect},
    rows::{Resource, ResourceKind, Sample},
    settings::ServiceLevel,
    store::{Saved, Store, StoreError},
    tables::Table,
};

mod history;
mod intervals;
mod now;
mod schedule;

pub use intervals::BACKFILL_MAX_DAYS;

/// How long a list of queues and the like is believed before the tables are asked again.
const BELIEVED: Duration = Duration::from_mins(5);
/// The most time that is kept back for the tables.
const TIME_TO_SAVE: Duration = Duration::from_secs(10);
/// After so many failures in a row, a poll of many intervals leaves the rest to the next.
const MAX_FAULTS: usize = 3;

/// Polls one instance into one place.
pub struct Poller {
    connect: Connect,
    store: Store,
    service_level: ServiceLevel,
    listed: Mutex<BTreeMap<ResourceKind, Listed>>,
}

/// A list that was read a moment ago.
struct Listed {
    read_at: Instant,
    resources: Arc<[Resource]>,
}

/// How a poll ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The table that it was for.
    pub table: Table,
    /// What it changed.
    pub saved: Saved,
    /// Why not all was read; `None` if all was.
    pub fault: Option<ApiError>,
    /// Intervals that were read to the end. Of history alone.
    pub intervals: usize,
    /// Intervals that are still to be read. Of history alone.
    pub intervals_left: usize,
    /// Metrics that Connect refuses: their columns or rows stay empty.
    pub refused_metrics: Vec<&'static str>,
}

impl Outcome {
    fn new(table: Table, saved: Saved, fault: Option<ApiError>) -> Self {
        Self { table, saved, fault, intervals: 0, intervals_left: 0, refused_metrics: Vec::new() }
    }

    /// Whether everything that was asked for was read.
    pub fn is_complete(&self) -> bool {
        self.fault.is_none()
    }

    /// Whether the table is as it was.
    pub fn is_unchanged(&self) -> bool {
        self.saved.written == 0 && self.saved.rested == 0
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Saved { written, rested, stale } = self.saved;
        write!(f, "{}: ", self.table.name())?;
        if self.is_unchanged() {
            write!(f, "unchanged")?;
        } else {
            write!(f, "{written} {}", if written == 1 { "row" } else { "rows" })?;
        }
        if rested > 0 {
            write!(f, ", {rested} at rest")?;
        }
        if stale > 0 {
            write!(f, ", {stale} already there")?;
        }
        if matches!(self.table, Table::History | Table::Intervals) {
            write!(f, ", {} intervals read, {} left", self.intervals, self.intervals_left)?;
        }
        if !self.refused_metrics.is_empty() {
            write!(f, "; without what Connect refuses: {}", self.refused_metrics.join(" "))?;
        }
        match &self.fault {
            Some(fault) => write!(f, "; incomplete: {fault}"),
            None => Ok(()),
        }
    }
}

impl Poller {
    /// Polls `connect` into `store`, whose tables must be there.
    pub fn new(connect: Connect, store: Store, service_level: ServiceLevel) -> Self {
        Self { connect, store, service_level, listed: Mutex::default() }
    }

    /// The API that is polled.
    pub fn connect(&self) -> &Connect {
        &self.connect
    }

    /// The tables.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Lists queues, routing profiles, agent statuses and users.
    ///
    /// A kind whose list could not be read to the end stays as it is.
    ///
    /// # Errors
    ///
    /// When the tables can't be written.
    pub async fn metadata(&self, deadline: Instant) -> Result<Outcome, StoreError> {
        let (saved, fault) = self.list(&ResourceKind::ALL, deadline).await?;
        Ok(Outcome::new(Table::Metadata, saved, fault))
    }

    async fn list(
        &self,
        kinds: &[ResourceKind],
        deadline: Instant,
    ) -> Result<(Saved, Option<ApiError>), StoreError> {
        let sampled_at = Timestamp::now();
        let mut fault = None;
        let (mut rows, mut listed) = (Vec::new(), Vec::new());
        for kind in kinds {
            match self.connect.list(*kind, asking_ends(deadline)).await {
                Ok(found) if !found.is_empty() => {
                    self.remember(*kind, found.as_slice().into());
                    listed.push(*kind);
                    rows.extend(found);
                }
                // It is no proof that all is gone, and nothing was told. But a new instance may have no user yet.
                Ok(_) => {
                    let is_new = *kind == ResourceKind::User
                        && self.store.resources(*kind, deadline).await?.is_empty();
                    if !is_new {
                        fault.get_or_insert(ApiError::EmptyList(kind.name()));
                    }
                }
                Err(error) => drop(fault.get_or_insert(error)),
            }
        }
        if rows.is_empty() {
            return Ok((Saved::default(), fault));
        }
        let complete = fault.is_none() && ResourceKind::ALL.iter().all(|kind| kinds.contains(kind));
        let sample = Sample { sampled_at, complete, rows };
        Ok((self.store.save_metadata(&sample, &listed, deadline).await?, fault))
    }

    /// What there is of a kind: as was lately read, as the tables have it, or, where they have none, as Connect lists it.
    /// Of none, nothing could be asked, and nothing be known: every instance has some of each kind that polls go by.
    async fn resources(
        &self,
        kind: ResourceKind,
        deadline: Instant,
    ) -> Result<Result<Arc<[Resource]>, ApiError>, StoreError> {
        if let Some(resources) = self.remembered(kind) {
            return Ok(Ok(resources));
        }
        let kept = self.store.resources(kind, deadline).await?;
        if !kept.is_empty() {
            return Ok(Ok(self.remember(kind, kept.into())));
        }
        let (_, fault) = self.list(&[kind], deadline).await?;
        Ok(self.remembered(kind).ok_or(fault.unwrap_or(ApiError::EmptyList(kind.name()))))
    }

    /// Lists anew what a poll was refused for, so that the next one asks about nothing that is no more.
    async fn list_if_gone(
        &self,
        kinds: &[ResourceKind],
        fault: Option<&ApiError>,
        deadline: Instant,
    ) -> Result<(), StoreError> {
        if fault.is_some_and(ApiError::is_gone) {
            tracing::warn!("Connect does not know something that was listed; it is listed anew");
            self.list(kinds, deadline).await?;
        }
        Ok(())
    }

    fn remembered(&self, kind: ResourceKind) -> Option<Arc<[Resource]>> {
        let listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        listed.get(&kind).filter(|list| list.read_at.elapsed() < BELIEVED).map(|list| list.resources.clone())
    }

    fn remember(&self, kind: ResourceKind, resources: Arc<[Resource]>) -> Arc<[Resource]> {
        let mut listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        listed.insert(kind, Listed { read_at: Instant::now(), resources: resources.clone() });
        resources
    }
}

impl fmt::Debug for Poller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Poller").field("connect", &self.connect).finish_non_exhaustive()
    }
}

fn ids(resources: &[Resource]) -> Vec<String> {
    resources.iter().map(|resource| resource.id.clone()).collect()
}

/// When to stop asking Connect, so that what was read can still be saved.
fn asking_ends(deadline: Instant) -> Instant {
    let left = deadline.saturating_duration_since(Instant::now());
    deadline - (left / 4).min(TIME_TO_SAVE)
}
