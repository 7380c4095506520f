//! The channels and metrics that Connect rejects.
//!
//! Regions differ in the metrics and channels that they support, and Connect rejects a query with an unsupported one as a
//! whole. So a rejected query is repeated with fewer channels, and then in parts, until the unsupported metrics are found.
//! Those are left out from then on, and reported. If every part is rejected, the reason is another one.

use std::{
    collections::BTreeSet,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::time::Instant;

use super::{
    ApiError,
    pages::{self, Page},
    rate_limiter::RateLimiter,
};
use crate::tables::Table;

/// A kind of query; its requests differ by channels and metrics alone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Query<'q> {
    /// The table that it is for.
    pub(super) table: Table,
    /// The distinction from other queries for that table.
    pub(super) grouping: &'static str,
    /// All metrics that are wanted.
    pub(super) metrics: &'q [&'static str],
    /// Whether it names channels.
    pub(super) names_channels: bool,
}

/// The metrics and channels of a request.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) metrics: Vec<&'static str>,
    /// Whether EMAIL is left out, as this instance does not support it.
    pub(super) email_unsupported: bool,
}

impl Wanted {
    pub(super) fn has(&self, metric: &str) -> bool {
        self.metrics.contains(&metric)
    }
}

/// The unsupported channels and metrics of one instance, as found so far.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    email_unsupported: AtomicBool,
    metrics: Mutex<BTreeSet<(Table, &'static str, &'static str)>>,
    /// Queries that were split, and no part of them was answered.
    unsplittable: Mutex<BTreeSet<(Table, &'static str)>>,
}

impl Refusals {
    /// The metrics of a table that are no longer requested.
    pub(super) fn metrics(&self, table: Table) -> Vec<&'static str> {
        let mut names: Vec<_> =
            lock(&self.metrics).iter().filter(|of| of.0 == table).map(|of| of.2).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Reads every page of a query into `rows`, without the channels and metrics that Connect rejects.
    pub(super) async fn read<T>(
        &self,
        query: Query<'_>,
        rate: &RateLimiter,
        deadline: Instant,
        rows: &mut Vec<T>,
        page: impl AsyncFn(&Wanted, Option<String>) -> Result<Page<T>, ApiError>,
    ) -> Result<(), ApiError> {
        let known = lock(&self.metrics).clone();
        let is_refused = |name| known.contains(&(query.table, query.grouping, name));
        let metrics = query.metrics.iter().copied().filter(|name| !is_refused(*name)).collect();
        let email_unsupported = self.email_unsupported.load(Ordering::Relaxed);
        let mut wanted = Wanted { metrics, email_unsupported };
        let Some(refused) = part(&wanted, rate, deadline, rows, &page).await? else { return Ok(()) };
        if query.names_channels && !wanted.email_unsupported {
            wanted.email_unsupported = true;
            if part(&wanted, rate, deadline, rows, &page).await?.is_none() {
                tracing::info!(
                    event = "channel_unsupported",
                    "Connect rejects the metrics of EMAIL; they are left out from now on"
                );
                self.email_unsupported.store(true, Ordering::Relaxed);
                return Ok(());
            }
            wanted.email_unsupported = false;
        }
        let key = (query.table, query.grouping);
        if wanted.metrics.len() < 2 || lock(&self.unsplittable).contains(&key) {
            return Err(refused);
        }
        let mut split = self.split(query, &wanted, rate, deadline, rows, &page).await?;
        if !split && query.names_channels && !email_unsupported {
            wanted.email_unsupported = true;
            split = self.split(query, &wanted, rate, deadline, rows, &page).await?;
            if split {
                self.email_unsupported.store(true, Ordering::Relaxed);
            }
        }
        if !split {
            lock(&self.unsplittable).insert(key);
            return Err(refused);
        }
        Ok(())
    }

    /// Sends the query in ever smaller parts, and notes the metrics that are rejected alone. True if any part succeeded.
    async fn split<T>(
        &self,
        query: Query<'_>,
        wanted: &Wanted,
        rate: &RateLimiter,
        deadline: Instant,
        rows: &mut Vec<T>,
        page: &impl AsyncFn(&Wanted, Option<String>) -> Result<Page<T>, ApiError>,
    ) -> Result<bool, ApiError> {
        let before = rows.len();
        let (mut answered, mut refused) = (false, Vec::new());
        let mut parts = halves(wanted);
        while let Some(wanted) = parts.pop() {
            match part(&wanted, rate, deadline, rows, page).await {
                Ok(None) => answered = true,
                Ok(Some(_)) if wanted.metrics.len() > 1 => parts.extend(halves(&wanted)),
                Ok(Some(_)) => refused.extend(wanted.metrics),
                Err(error) => {
                    // Rows of some metrics would look like rows without the others.
                    rows.truncate(before);
                    return Err(error);
                }
            }
        }
        if answered {
            for metric in refused {
                let table = query.table.name();
                tracing::warn!(
                    event = "metric_unsupported",
                    metric,
                    table,
                    "Connect rejects a metric; it is left out from now on"
                );
                lock(&self.metrics).insert((query.table, query.grouping, metric));
            }
        }
        Ok(answered)
    }
}

/// One query as it is: `None` if it was answered, or the refusal if something else may be.
async fn part<T>(
    wanted: &Wanted,
    rate: &RateLimiter,
    deadline: Instant,
    rows: &mut Vec<T>,
    page: &impl AsyncFn(&Wanted, Option<String>) -> Result<Page<T>, ApiError>,
) -> Result<Option<ApiError>, ApiError> {
    let before = rows.len();
    match pages::read(rate, deadline, rows, async |token| page(wanted, token).await).await {
        Ok(()) => Ok(None),
        Err(error @ ApiError::Rejected(_)) if rows.len() == before && !error.ends_the_poll() => {
            Ok(Some(error))
        }
        Err(error) => Err(error),
    }
}

fn halves(wanted: &Wanted) -> Vec<Wanted> {
    let (first, second) = wanted.metrics.split_at(wanted.metrics.len() / 2);
    [first, second].map(|metrics| Wanted { metrics: metrics.to_vec(), ..wanted.clone() }).into()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
