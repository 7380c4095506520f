//! What Connect refuses of a question: a channel, or single metrics.
//!
//! Regions differ in the metrics and channels that they know, and a question with one that is not known is refused whole. So
//! a refused question is asked for fewer channels, and then in parts, until it is clear which metrics are meant. Those are
//! left out from then on, and named. A question of which no part is answered is refused for another reason.

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
    pace::Pace,
    pages::{self, Page},
};
use crate::tables::Table;

/// A kind of question: what is asked for it differs by channels and metrics alone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'q> {
    /// The table that it is for.
    pub(super) table: Table,
    /// What tells it from other questions for that table.
    pub(super) grouping: &'static str,
    /// All metrics that are wanted.
    pub(super) metrics: &'q [&'static str],
    /// Whether it names channels.
    pub(super) names_channels: bool,
}

/// What is asked for after all.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) metrics: Vec<&'static str>,
    /// Whether only the channels are named that all operations are documented for.
    pub(super) three_channels: bool,
}

impl Wanted {
    pub(super) fn has(&self, metric: &str) -> bool {
        self.metrics.contains(&metric)
    }
}

/// What was refused so far, of one instance.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    three_channels: AtomicBool,
    metrics: Mutex<BTreeSet<(Table, &'static str, &'static str)>>,
    /// Questions that were taken apart, and no part was answered.
    in_vain: Mutex<BTreeSet<(Table, &'static str)>>,
}

impl Refusals {
    /// The metrics of a table that are not asked for any more.
    pub(super) fn metrics(&self, table: Table) -> Vec<&'static str> {
        let mut names: Vec<_> =
            lock(&self.metrics).iter().filter(|of| of.0 == table).map(|of| of.2).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Reads every page of a question into `rows`, without what Connect refuses of it.
    pub(super) async fn read<T>(
        &self,
        question: Question<'_>,
        rate: &Pace,
        deadline: Instant,
        rows: &mut Vec<T>,
        page: impl AsyncFn(&Wanted, Option<String>) -> Result<Page<T>, ApiError>,
    ) -> Result<(), ApiError> {
        let known = lock(&self.metrics).clone();
        let is_refused = |name| known.contains(&(question.table, question.grouping, name));
        let metrics = question.metrics.iter().copied().filter(|name| !is_refused(*name)).collect();
        let three_channels = self.three_channels.load(Ordering::Relaxed);
        let mut wanted = Wanted { metrics, three_channels };
        let Some(refused) = part(&wanted, rate, deadline, rows, &page).await? else { return Ok(()) };
        if question.names_channels && !wanted.three_channels {
            wanted.three_channels = true;
            if part(&wanted, rate, deadline, rows, &page).await?.is_none() {
                tracing::info!(
                    "Connect refuses the metrics of EMAIL, and is asked for the other channels from now on"
                );
                self.three_channels.store(true, Ordering::Relaxed);
                return Ok(());
            }
            wanted.three_channels = false;
        }
        let key = (question.table, question.grouping);
        if wanted.metrics.len() < 2 || lock(&self.in_vain).contains(&key) {
            return Err(refused);
        }
        let mut split = self.split(question, &wanted, rate, deadline, rows, &page).await?;
        if !split && question.names_channels && !three_channels {
            wanted.three_channels = true;
            split = self.split(question, &wanted, rate, deadline, rows, &page).await?;
            if split {
                self.three_channels.store(true, Ordering::Relaxed);
            }
        }
        if !split {
            lock(&self.in_vain).insert(key);
            return Err(refused);
        }
        Ok(())
    }

    /// Asks in ever smaller parts, and notes the metrics that are refused alone. Whether anything was answered.
    async fn split<T>(
        &self,
        question: Question<'_>,
        wanted: &Wanted,
        rate: &Pace,
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
                let table = question.table.name();
                tracing::warn!(metric, table, "Connect refuses a metric, which is left out from now on");
                lock(&self.metrics).insert((question.table, question.grouping, metric));
            }
        }
        Ok(answered)
    }
}

/// One question as it is: `None` if it was answered, or the refusal if something else may be.
async fn part<T>(
    wanted: &Wanted,
    rate: &Pace,
    deadline: Instant,
    rows: &mut Vec<T>,
    page: &impl AsyncFn(&Wanted, Option<String>) -> Result<Page<T>, ApiError>,
) -> Result<Option<ApiError>, ApiError> {
    let before = rows.len();
    match pages::read(rate, deadline, rows, async |token| page(wanted, token).await).await {
        Ok(()) => Ok(None),
        Err(error @ ApiError::Refused(_)) if rows.len() == before && !error.ends_the_poll() => {
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
