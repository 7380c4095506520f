//! An event: read, save, answer.

use std::{collections::BTreeSet, sync::Arc};

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use switchboard_core::kind::RecordKind;
use switchboard_objects::{
    notification::{self, S3Notification},
    store::Store,
};
use switchboard_records::RecordTables;
use switchboard_runtime::{
    batch::{BatchResponse, KinesisEvent, SqsEvent},
    handler::{Handled, Reply, UnsupportedEvent},
    intake::log_passed_over,
    metrics::{Metric, Metrics},
    records,
};
use tokio::time::Instant;

use crate::{
    config::Config,
    event::{Event, Task, kind_of_document},
    objects::ObjectJob,
    rows::{EventRows, RowReader},
    saver::{SavedRows, Saver},
    upkeep::Upkeep,
};

/// Objects that are read at once.
const MAX_CONCURRENT: usize = 2;

/// What saves the records of events in the record tables.
#[derive(Debug)]
pub struct Handler {
    reader: RowReader,
    saver: Saver,
    store: Arc<Store>,
    upkeep: Upkeep,
}

impl Handler {
    /// Into these tables, and objects from this store.
    pub fn new(tables: RecordTables, store: Store, config: Config) -> Self {
        let reader =
            RowReader::new(config.instances.clone(), config.attributes.clone(), config.agent_time.is_on());
        let upkeep = Upkeep::new(tables.clone(), config);
        Self { reader, saver: Saver::new(tables), store: Arc::new(store), upkeep }
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
    ) -> Result<Handled, UnsupportedEvent> {
        let trips = self.saver.tables().database().round_trips();
        // On the heap: its state is deeper than the compiler follows otherwise.
        let mut handled = match Event::read(event)? {
            Event::Records(batch) => Box::pin(self.records(batch, now, deadline)).await,
            Event::Messages(batch) => Box::pin(self.messages(batch, now, deadline)).await,
            Event::Document(kind, text) => Box::pin(self.document(kind, text, now, deadline)).await,
            Event::Task(task) => Box::pin(self.task(task, now, deadline)).await,
        };
        let trips = self.saver.tables().database().round_trips().saturating_sub(trips);
        handled.metrics.add(Metric::DatabaseRoundTrips, trips);
        Ok(handled)
    }

    /// A record that can't be read, or whose row the database refuses for good, is skipped and told: it must not hold up its
    /// shard.
    async fn records(&self, batch: KinesisEvent, now: Timestamp, deadline: Instant) -> Handled {
        let (mut rows, mut budget) = (EventRows::default(), records::budget());
        for (at, record) in batch.records.iter().enumerate() {
            let before = rows.rejected.len();
            for document in
                records::documents(&record.kinesis.data, &mut budget, |text| self.reader.read(text, now))
            {
                rows.add(at, document);
            }
            if let Some((_, first)) = rows.rejected.get(before) {
                let (rejected, error) = (rows.rejected.len() - before, first.to_string());
                let sequence_number = &record.kinesis.sequence_number;
                tracing::warn!(
                    event = "record_rejected",
                    sequence_number,
                    rejected,
                    error,
                    "a record, or part of it, was skipped"
                );
            }
        }
        log_passed_over(&batch.shard(), &rows.passed_over);
        let SavedRows { failed, mut metrics, .. } = Box::pin(self.saver.save(rows, now, deadline)).await;
        self.recompute(&mut metrics, deadline).await;
        let records = batch.records.into_iter().enumerate().filter(|(at, _)| failed.contains(at));
        let failed = records.map(|(_, record)| record.kinesis.sequence_number);
        Handled { reply: Reply::Batch(BatchResponse::retry_from_lowest(failed)), metrics }
    }

    /// A message fails, alone, if it can't be understood, or something of it could not be saved.
    async fn messages(&self, batch: SqsEvent, now: Timestamp, deadline: Instant) -> Handled {
        let (mut rows, mut objects, mut failed) = (EventRows::default(), Vec::new(), BTreeSet::new());
        for (at, message) in batch.records.iter().enumerate() {
            let body = message.body.trim();
            if let Some(kind) = kind_of_document(body) {
                rows.add(at, self.reader.read_as(kind, body, now));
                continue;
            }
            for notification in notification::read(&message.body) {
                match notification {
                    S3Notification::Object { bucket, key } => objects.push((at, bucket, key)),
                    S3Notification::Other => {}
                    S3Notification::Unreadable => _ = failed.insert(at),
                }
            }
        }
        failed.extend(rows.rejected.iter().map(|(at, _)| *at));
        for message in failed.iter().filter_map(|at| batch.records.get(*at)) {
            let message_id = &message.message_id;
            tracing::error!(
                event = "message_rejected",
                message_id,
                "a message is neither a record nor a notification of S3"
            );
        }
        let saved = Box::pin(self.saver.save(rows, now, deadline)).await;
        let mut metrics = saved.metrics;
        // The dead-letter queue is where a message is put aside.
        failed.extend(saved.failed.into_iter().chain(saved.refused));
        if !objects.is_empty() {
            metrics.add(Metric::Objects, objects.len() as u64);
        }
        let job = ObjectJob {
            store: Arc::clone(&self.store),
            reader: self.reader.clone(),
            saver: self.saver.clone(),
            now,
            deadline,
        };
        let jobs = objects.into_iter().map(|(at, bucket, key)| {
            let job = job.clone();
            async move { (at, job.run(bucket, key).await) }
        });
        let done: Vec<_> = stream::iter(jobs).buffer_unordered(MAX_CONCURRENT).collect().await;
        for (at, (counts, ended)) in done {
            metrics.merge(&counts);
            if ended.is_err() {
                failed.insert(at);
            }
        }
        self.recompute(&mut metrics, deadline).await;
        metrics.add(Metric::MessagesFailed, failed.len() as u64);
        let messages = batch.records.into_iter().enumerate().filter(|(at, _)| failed.contains(at));
        let failed = messages.map(|(_, message)| message.message_id);
        Handled { reply: Reply::Batch(BatchResponse::failed(failed)), metrics }
    }

    /// A document that makes no row is done: it would make none the next time either.
    async fn document(&self, kind: RecordKind, text: &str, now: Timestamp, deadline: Instant) -> Handled {
        let mut rows = EventRows::default();
        rows.add(0, self.reader.read_as(kind, text, now));
        let SavedRows { failed, mut metrics, .. } = Box::pin(self.saver.save(rows, now, deadline)).await;
        self.recompute(&mut metrics, deadline).await;
        Handled { reply: if failed.is_empty() { Reply::Done(()) } else { Reply::Retry }, metrics }
    }

    async fn task(&self, task: Task, now: Timestamp, deadline: Instant) -> Handled {
        let performed = match task {
            Task::Migrate => self.upkeep.migrate(now, deadline).await,
            Task::Upkeep => self.upkeep.keep_up(now, deadline).await,
        };
        let reply = match performed {
            Ok(()) => Reply::Done(()),
            Err(error) => {
                let error = error.to_string();
                tracing::error!(
                    event = "upkeep_failed",
                    error,
                    "the record tables could not be made or kept up"
                );
                Reply::Retry
            }
        };
        Handled { reply, metrics: Metrics::default() }
    }

    /// Brings the sums up to date with what was saved. What is saved stays if that fails: the next event with rows, or upkeep,
    /// goes on.
    async fn recompute(&self, metrics: &mut Metrics, deadline: Instant) {
        if metrics.get(Metric::RowsSaved) == 0 {
            return;
        }
        if let Err(error) = self.saver.tables().recompute(deadline).await {
            let error = error.to_string();
            tracing::warn!(
                event = "recompute_failed",
                error,
                "the sums of intervals are behind; the next event goes on"
            );
            metrics.add(Metric::RecomputesFailed, 1);
        }
    }
}

#[cfg(test)]
mod tests;
