//! Polls: reading the Connect API and saving the results in the tables.
//!
//! A poll ends in one of three ways, which [`PollReport`] states: complete (everything was read and saved), partial (a
//! part was read and saved; absent rows stay as they are), or unchanged. The next poll makes up for a partial one.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use switchboard_sql::SqlError;
use tokio::time::Instant;

use crate::{
    api::{ApiError, Connect},
    rows::{Resource, ResourceKind, Sample},
    settings::ServiceLevel,
    store::{SaveReport, Store},
    tables::Table,
};

mod current;
mod history;
mod intervals;
mod plan;
mod schedule;

pub use intervals::BACKFILL_MAX_DAYS;

/// The TTL of cached lists of queues and other resources.
const RESOURCE_CACHE_TTL: Duration = Duration::from_mins(5);
/// The most time that is reserved for saving.
const SAVE_RESERVE: Duration = Duration::from_secs(10);
/// A poll of many intervals leaves the rest to the next poll after this number of errors in a row.
const MAX_ERRORS: usize = 3;

/// Polls one instance into one place.
pub struct Poller {
    connect: Connect,
    store: Store,
    service_level: ServiceLevel,
    lists: Mutex<BTreeMap<ResourceKind, CachedList>>,
}

/// A list of resources in the cache.
struct CachedList {
    read_at: Instant,
    resources: Arc<[Resource]>,
}

/// The result of a poll of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollReport {
    /// The table that it was for.
    pub table: Table,
    /// The rows that changed.
    pub saved: SaveReport,
    /// The first error of the Connect API; `None` if everything was read.
    pub first_error: Option<ApiError>,
    /// Intervals that were read to the end. Of history alone.
    pub intervals: usize,
    /// Intervals that are still to be read. Of history alone.
    pub intervals_left: usize,
    /// Metrics that Connect refuses: their columns or rows stay empty.
    pub refused_metrics: Vec<&'static str>,
}

impl PollReport {
    fn new(table: Table, saved: SaveReport, first_error: Option<ApiError>) -> Self {
        Self { table, saved, first_error, intervals: 0, intervals_left: 0, refused_metrics: Vec::new() }
    }

    /// Whether everything that was requested was read.
    pub fn is_complete(&self) -> bool {
        self.first_error.is_none()
    }

    /// Whether the table is as it was.
    pub fn is_unchanged(&self) -> bool {
        self.saved.written == 0 && self.saved.reset == 0
    }
}

impl fmt::Display for PollReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SaveReport { written, reset, stale } = self.saved;
        write!(f, "{}: ", self.table.name())?;
        if self.is_unchanged() {
            write!(f, "unchanged")?;
        } else {
            write!(f, "{written} {}", if written == 1 { "row" } else { "rows" })?;
        }
        if reset > 0 {
            write!(f, ", {reset} reset")?;
        }
        if stale > 0 {
            write!(f, ", {stale} already there")?;
        }
        if matches!(self.table, Table::History | Table::Intervals) {
            write!(f, ", {} intervals read, {} left", self.intervals, self.intervals_left)?;
        }
        if !self.refused_metrics.is_empty() {
            write!(f, "; without metrics that Connect rejects: {}", self.refused_metrics.join(" "))?;
        }
        match &self.first_error {
            Some(error) => write!(f, "; incomplete: {error}"),
            None => Ok(()),
        }
    }
}

impl Poller {
    /// Polls `connect` into `store`, whose tables must be there.
    pub fn new(connect: Connect, store: Store, service_level: ServiceLevel) -> Self {
        Self { connect, store, service_level, lists: Mutex::default() }
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
    pub async fn metadata(&self, deadline: Instant) -> Result<PollReport, SqlError> {
        let (saved, first_error) = self.list(&ResourceKind::ALL, deadline).await?;
        Ok(PollReport::new(Table::Metadata, saved, first_error))
    }

    async fn list(
        &self,
        kinds: &[ResourceKind],
        deadline: Instant,
    ) -> Result<(SaveReport, Option<ApiError>), SqlError> {
        let sampled_at = Timestamp::now();
        let mut first_error = None;
        let (mut rows, mut listed) = (Vec::new(), Vec::new());
        for kind in kinds {
            match self.connect.list(*kind, fetch_deadline(deadline)).await {
                Ok(found) if !found.is_empty() => {
                    self.cache(*kind, found.as_slice().into());
                    listed.push(*kind);
                    rows.extend(found);
                }
                // An empty list does not prove that everything was deleted. But a new instance may have no user yet.
                Ok(_) => {
                    let is_new = *kind == ResourceKind::User
                        && self.store.resources(*kind, deadline).await?.is_empty();
                    if !is_new {
                        first_error.get_or_insert(ApiError::EmptyList(kind.name()));
                    }
                }
                Err(error) => drop(first_error.get_or_insert(error)),
            }
        }
        if rows.is_empty() {
            return Ok((SaveReport::default(), first_error));
        }
        let complete = first_error.is_none() && ResourceKind::ALL.iter().all(|kind| kinds.contains(kind));
        let sample = Sample { sampled_at, complete, rows };
        Ok((self.store.save_metadata(&sample, &listed, deadline).await?, first_error))
    }

    /// The resources of a kind: from the cache, from the tables or, if they have none, as Connect lists them.
    /// An instance always has at least one of each kind that polls filter by: an empty list is an error.
    async fn resources(
        &self,
        kind: ResourceKind,
        deadline: Instant,
    ) -> Result<Result<Arc<[Resource]>, ApiError>, SqlError> {
        if let Some(resources) = self.cached(kind) {
            return Ok(Ok(resources));
        }
        let stored = self.store.resources(kind, deadline).await?;
        if !stored.is_empty() {
            return Ok(Ok(self.cache(kind, stored.into())));
        }
        let (_, error) = self.list(&[kind], deadline).await?;
        Ok(self.cached(kind).ok_or(error.unwrap_or(ApiError::EmptyList(kind.name()))))
    }

    /// Refreshes the lists after Connect rejected an id as not found, so that the next poll requests no deleted resource.
    async fn refresh_if_not_found(
        &self,
        kinds: &[ResourceKind],
        error: Option<&ApiError>,
        deadline: Instant,
    ) -> Result<(), SqlError> {
        if error.is_some_and(ApiError::is_not_found) {
            tracing::warn!(event = "stale_resource_id", "stale resource id; refreshing the list");
            self.list(kinds, deadline).await?;
        }
        Ok(())
    }

    fn cached(&self, kind: ResourceKind) -> Option<Arc<[Resource]>> {
        let lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        lists
            .get(&kind)
            .filter(|list| list.read_at.elapsed() < RESOURCE_CACHE_TTL)
            .map(|list| list.resources.clone())
    }

    fn cache(&self, kind: ResourceKind, resources: Arc<[Resource]>) -> Arc<[Resource]> {
        let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        lists.insert(kind, CachedList { read_at: Instant::now(), resources: resources.clone() });
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

/// The deadline for requests to Connect, which leaves time for saving.
fn fetch_deadline(deadline: Instant) -> Instant {
    let left = deadline.saturating_duration_since(Instant::now());
    deadline - (left / 4).min(SAVE_RESERVE)
}
