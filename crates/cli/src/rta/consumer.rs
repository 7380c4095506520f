//! All shards of a stream at once, through reshards and until it is to end.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval_at, timeout},
};

use super::{
    checkpoints::{Checkpoints, Positions},
    delivery::Delivery,
    lineage, pace,
    shard_reader::{ShardReader, Shared, Unreadable},
    stream::{Start, Stream},
};

/// How far back a shard without a checkpoint is read: far enough for every agent who is at work.
const INITIAL_LOOKBACK: SignedDuration = SignedDuration::from_hours(24);
/// How often shards are listed, beside when one of them ends.
const LIST_EVERY: Duration = Duration::from_secs(30);
/// How often checkpoints are written.
const CHECKPOINT_INTERVAL: Duration = Duration::from_mins(10);
/// How often a full snapshot is sent, which logs off the agents that timed out.
const SNAPSHOT_EVERY: Duration = Duration::from_mins(5);
/// How long what is under way may take when it is to end.
const TIME_TO_END: Duration = Duration::from_secs(35);
/// The same for a snapshot, which is sent again anyway.
const TIME_TO_END_SNAPSHOT: Duration = Duration::from_secs(10);

/// A consumer of a stream: all its shards to the service.
pub(super) struct Consumer {
    stream: Stream,
    checkpoints: Checkpoints,
    delivery: Arc<Delivery>,
    positions: Shared,
    beginning: Start,
    /// Shards that are read, or were.
    started: BTreeSet<String>,
    readers: JoinSet<String>,
    unreadable: Unreadable,
    snapshots: JoinSet<()>,
    stop: watch::Sender<bool>,
}

impl Consumer {
    /// From where the checkpoints say, or from 24 hours back; from there also if nothing is known of agents, whatever the
    /// checkpoints say: the first snapshot would log off everybody else.
    ///
    /// # Errors
    /// When the checkpoints can't be read.
    pub(super) async fn new(
        stream: Stream,
        checkpoints: Checkpoints,
        delivery: Delivery,
        knows_agents: bool,
    ) -> anyhow::Result<Self> {
        let positions = if knows_agents { checkpoints.of(stream.arn()).await? } else { Positions::default() };
        let now = Timestamp::now();
        Ok(Self {
            stream,
            checkpoints,
            delivery: Arc::new(delivery),
            positions: Arc::new(Mutex::new(positions)),
            beginning: Start::At(now.saturating_sub(INITIAL_LOOKBACK).unwrap_or(now)),
            started: BTreeSet::new(),
            readers: JoinSet::new(),
            unreadable: Unreadable::default(),
            snapshots: JoinSet::new(),
            stop: watch::Sender::new(false),
        })
    }

    /// Consumes until `end`, and keeps how far it came. It has its tasks on the thread of the
    /// [`LocalSet`](tokio::task::LocalSet) that it runs in.
    ///
    /// # Errors
    /// When the shards can't be listed at the beginning, or the checkpoints be written at the end.
    pub(super) async fn run(&mut self, end: impl Future<Output = ()>) -> anyhow::Result<()> {
        self.start_readers().await?;
        let mut end = std::pin::pin!(end);
        let [mut list, mut keep, mut snapshot, mut draw] =
            [LIST_EVERY, CHECKPOINT_INTERVAL, SNAPSHOT_EVERY, pace::EVERY].map(ticks);
        loop {
            tokio::select! {
                () = &mut end => break,
                Some(ended) = self.readers.join_next() => {
                    let shard = ended.context("a shard is read no more, by a defect")?;
                    if lock(&self.positions).get(&shard).is_some_and(|position| position.is_finished) {
                        self.start_or_warn().await;
                    } else {
                        // Gone. Should it be listed all the same, it is another one of that name.
                        self.started.remove(&shard);
                    }
                }
                _ = list.tick() => self.start_or_warn().await,
                _ = keep.tick() => self.checkpoint_or_warn().await,
                _ = snapshot.tick() => self.send_snapshot(),
                Some(_) = self.snapshots.join_next() => {}
                _ = draw.tick() => self.delivery.draw(),
            }
        }
        self.stop.send_replace(true);
        // Whoever says so may have less backoff than a batch takes.
        self.checkpoint_or_warn().await;
        let batches = async { while self.readers.join_next().await.is_some() {} };
        let snapshots = async { while self.snapshots.join_next().await.is_some() {} };
        let (batches, _) =
            tokio::join!(timeout(TIME_TO_END, batches), timeout(TIME_TO_END_SNAPSHOT, snapshots));
        if batches.is_err() {
            tracing::warn!(event = "batches_cancelled", "in-flight batches cancelled; they will be re-read");
        }
        self.save().await
    }

    /// Sends a full snapshot unless one is under way. Where a shard can't be read, the feed defers it.
    fn send_snapshot(&mut self) {
        if self.snapshots.is_empty() {
            let delivery = Arc::clone(&self.delivery);
            self.snapshots.spawn_local(async move { delivery.snapshot().await });
        }
    }

    /// Writes the checkpoints. A failure is logged only: the next tick writes them, and a crash before it repeats events.
    async fn checkpoint_or_warn(&self) {
        if let Err(error) = self.save().await {
            tracing::warn!(
                event = "checkpoint_write_failed",
                error = format!("{error:#}"),
                "checkpoint not written"
            );
        }
    }

    /// Starts readers of shards that are new or may be read now. A failure is logged only: the next tick retries.
    async fn start_or_warn(&mut self) {
        if let Err(error) = self.start_readers().await {
            tracing::warn!(
                event = "list_shards_failed",
                error = format!("{error:#}"),
                "listing shards failed; retrying"
            );
        }
    }

    /// Reads the shards that may be read now.
    async fn start_readers(&mut self) -> anyhow::Result<()> {
        let listed = self.stream.shards().await?;
        let positions = {
            let mut positions = lock(&self.positions);
            lineage::prune_positions(&listed, &mut positions, &self.started);
            positions.clone()
        };
        for shard in lineage::startable(&listed, &positions, &self.started) {
            let reader = ShardReader {
                stream: self.stream.clone(),
                shard: shard.to_owned(),
                beginning: self.beginning.clone(),
                positions: Arc::clone(&self.positions),
                unreadable: Arc::clone(&self.unreadable),
                delivery: Arc::clone(&self.delivery),
                stop: self.stop.subscribe(),
            };
            tracing::info!(event = "shard_reader_started", shard, "shard reader started");
            self.readers.spawn_local(reader.run());
        }
        let ready = lineage::startable(&listed, &positions, &self.started);
        let ready: Vec<String> = ready.into_iter().map(str::to_owned).collect();
        self.started.extend(ready);
        Ok(())
    }

    async fn save(&self) -> anyhow::Result<()> {
        let positions = lock(&self.positions).clone();
        self.checkpoints.save(self.stream.arn(), &positions).await
    }
}

fn lock(positions: &Mutex<Positions>) -> std::sync::MutexGuard<'_, Positions> {
    positions.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ticks of which the first comes after so long, and that don't pile up.
fn ticks(every: Duration) -> tokio::time::Interval {
    let mut ticks = interval_at(Instant::now() + every, every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
