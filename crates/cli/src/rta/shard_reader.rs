//! One shard, read from its start or its checkpoint to its end, or until the program ends.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use tokio::{sync::watch, time::Instant};

use super::{
    checkpoints::Positions,
    delivery::Delivery,
    pace,
    stream::{Page, ReadError, Start, Stream},
};

/// Positions of all shards that are read.
pub(super) type Shared = Arc<Mutex<Positions>>;

/// The shards that could not be read the last time.
pub(super) type Unreadable = Arc<Mutex<BTreeSet<String>>>;

/// A reader of one shard.
pub(super) struct ShardReader {
    pub(super) stream: Stream,
    pub(super) shard: String,
    /// Where to begin without a checkpoint.
    pub(super) beginning: Start,
    pub(super) positions: Shared,
    pub(super) unreadable: Unreadable,
    pub(super) delivery: Arc<Delivery>,
    /// True when it is to end.
    pub(super) stop: watch::Receiver<bool>,
}

impl ShardReader {
    /// Reads the shard; returns at its end, or when it is to stop, with its position up to date; or without any,
    /// if it exists no more.
    pub(super) async fn run(mut self) -> String {
        let mut waits = backoff();
        let mut iterator = None;
        loop {
            let began = Instant::now();
            let next = match self.poll_once(iterator.take()).await {
                Ok(Page { next: None, .. }) => {
                    self.finish();
                    break;
                }
                Ok(page) => {
                    waits = backoff();
                    self.is_readable(true);
                    iterator = page.next;
                    let bytes = page.records.iter().map(|record| record.data().as_ref().len()).sum();
                    began + pace::until_next(bytes, page.is_lagging)
                }
                // Another one follows at once.
                Err(ReadError::Expired) => began + pace::until_next(0, true),
                Err(ReadError::Gone) => {
                    tracing::warn!(
                        event = "shard_expired",
                        shard = self.shard,
                        "shard expired; unread records are lost"
                    );
                    self.remove_checkpoint();
                    break;
                }
                Err(ReadError::NoSuchPlace) if self.remove_checkpoint() => {
                    tracing::warn!(
                        event = "checkpoint_invalid",
                        shard = self.shard,
                        "checkpoint invalid or too old; starting over"
                    );
                    began + pace::until_next(0, true)
                }
                Err(error) => {
                    let wait = waits.next().unwrap_or(pace::EVERY);
                    self.is_readable(false);
                    let error = error.to_string();
                    tracing::warn!(
                        event = "shard_read_failed",
                        shard = self.shard,
                        error,
                        "shard read failed; retrying"
                    );
                    Instant::now() + wait
                }
            };
            if self.must_stop_before(next).await {
                break;
            }
        }
        self.is_readable(true);
        self.shard
    }

    /// Notes whether it can be read; one that is read no more pauses no snapshots.
    fn is_readable(&self, is_readable: bool) {
        let mut unreadable = self.unreadable.lock().unwrap_or_else(PoisonError::into_inner);
        if is_readable {
            unreadable.remove(&self.shard);
        } else {
            unreadable.insert(self.shard.clone());
        }
        self.delivery.pause_snapshots(!unreadable.is_empty());
    }

    /// Reads the shard once, and delivers the records.
    async fn poll_once(&mut self, iterator: Option<String>) -> Result<Page, ReadError> {
        let iterator = match iterator {
            Some(iterator) => iterator,
            None => self.stream.iterator(&self.shard, &self.start()).await?,
        };
        let page = self.stream.read(&iterator).await?;
        let mut waits = backoff();
        let mut left = page.records.as_slice();
        while !left.is_empty() {
            let done = self.delivery.take(self.stream.arn(), &self.shard, left).await;
            let (taken, rest) = left.split_at_checked(done).unwrap_or((left, &[]));
            if let Some(last) = taken.last() {
                self.advance(last.sequence_number());
                waits = backoff();
            }
            left = rest;
            // What failed comes again, and nothing behind it before.
            if !left.is_empty()
                && self.must_stop_before(Instant::now() + waits.next().unwrap_or(pace::EVERY)).await
            {
                // Not the end of the shard, whatever the page says.
                return Ok(Page { records: Vec::new(), next: Some(iterator), is_lagging: true });
            }
        }
        Ok(page)
    }

    /// Waits until then; true if the reader is to stop before.
    async fn must_stop_before(&mut self, until: Instant) -> bool {
        tokio::select! {
            biased;
            // An error means that nobody is left to say it.
            _ = self.stop.wait_for(|stop| *stop) => true,
            () = tokio::time::sleep_until(until) => false,
        }
    }

    fn start(&self) -> Start {
        let positions = self.positions.lock().unwrap_or_else(PoisonError::into_inner);
        let last = positions.get(&self.shard).and_then(|position| position.sequence_number.clone());
        last.map_or_else(|| self.beginning.clone(), Start::After)
    }

    fn advance(&self, sequence_number: &str) {
        let mut positions = self.positions.lock().unwrap_or_else(PoisonError::into_inner);
        positions.entry(self.shard.clone()).or_default().sequence_number = Some(sequence_number.to_owned());
    }

    fn finish(&self) {
        let mut positions = self.positions.lock().unwrap_or_else(PoisonError::into_inner);
        positions.entry(self.shard.clone()).or_default().is_finished = true;
    }

    /// Removes the checkpoint; false if there was none.
    fn remove_checkpoint(&self) -> bool {
        let mut positions = self.positions.lock().unwrap_or_else(PoisonError::into_inner);
        positions.remove(&self.shard).is_some_and(|position| position.sequence_number.is_some())
    }
}

/// The back-off between attempts: from 1 s to 30 s, with jitter, without end.
fn backoff() -> ExponentialBackoff {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_secs(1))
        .with_max_delay(Duration::from_secs(30))
        .without_max_times()
        .with_jitter()
        .build()
}
