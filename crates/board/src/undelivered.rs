//! What could not be delivered: where it is counted, and how often that is looked at.

use std::{fmt, pin::Pin, sync::Arc, time::Duration};

use serde::Serialize;
use tokio::{sync::Mutex, time::Instant};

/// Nobody is asked more often, whoever looks.
const COUNT_EVERY: Duration = Duration::from_mins(1);

/// Where something is kept that could not be delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undelivered {
    /// What the place is called: a dead-letter queue without what all of a deployment have in common, or a folder.
    pub name: String,
    /// What is in it.
    pub kind: UndeliveredKind,
    /// How much; [`None`] if nobody could look, which is not the same as nothing.
    pub count: Option<u64>,
}

/// What could not be delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum UndeliveredKind {
    /// Messages of a dead-letter queue: each failed as often as its queue allows.
    DeadLetters,
    /// Rejected records: each can't be used as it is.
    Rejected,
}

/// Where what could not be delivered is counted.
pub trait UndeliveredCounter: fmt::Debug + Send + Sync {
    /// Counts it, place by place, in a few seconds: a place that takes longer could not be looked at.
    fn count(&self) -> Pin<Box<dyn Future<Output = Vec<Undelivered>> + Send + '_>>;
}

/// A counter, and what it counted last.
#[derive(Debug)]
pub(crate) struct UndeliveredWatch {
    counter: Box<dyn UndeliveredCounter>,
    counted: Mutex<Option<(Instant, Arc<Vec<Undelivered>>)>>,
}

impl UndeliveredWatch {
    /// Of that counter.
    pub(crate) fn new(counter: impl UndeliveredCounter + 'static) -> Self {
        Self { counter: Box::new(counter), counted: Mutex::default() }
    }

    /// What could not be delivered. Who asks within a minute of another gets the same, failed looks included.
    pub(crate) async fn count(&self) -> Arc<Vec<Undelivered>> {
        // The lock is held while it is counted: who asks meanwhile gets what is being counted.
        let mut counted = self.counted.lock().await;
        if let Some((at, undelivered)) = &*counted
            && at.elapsed() < COUNT_EVERY
        {
            return Arc::clone(undelivered);
        }
        let undelivered = Arc::new(self.counter.count().await);
        *counted = Some((Instant::now(), Arc::clone(&undelivered)));
        undelivered
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// Counts how often it is asked.
    #[derive(Debug, Default)]
    struct Asked(AtomicU64);

    impl UndeliveredCounter for Asked {
        fn count(&self) -> Pin<Box<dyn Future<Output = Vec<Undelivered>> + Send + '_>> {
            let count = Some(self.0.fetch_add(1, Ordering::Relaxed));
            let place = Undelivered { name: "asked".to_owned(), kind: UndeliveredKind::Rejected, count };
            Box::pin(std::future::ready(vec![place]))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_counted_when_somebody_asks_and_again_after_a_minute() {
        let watch = UndeliveredWatch::new(Asked::default());
        tokio::time::advance(Duration::from_hours(1)).await;
        for (after, count) in [(0, 0), (0, 0), (59, 0), (1, 1), (59, 1), (600, 2)] {
            tokio::time::advance(Duration::from_secs(after)).await;
            assert_eq!(watch.count().await[0].count, Some(count), "after {after} s");
        }
    }
}
