//! A batch of messages: which objects they tell of, each brought where it belongs.

use std::{collections::BTreeSet, sync::Arc};

use futures_util::{StreamExt, stream};
use switchboard_runtime::{
    batch::{BatchResponse, SqsEvent},
    metrics::{Metric, Metrics},
};
use switchboard_wfm::rows::Layout;
use tokio::{runtime::Handle, task::spawn_blocking, time::Instant};

use crate::{
    destination::Destination,
    event::{self, Notice},
    object::Job,
    outcome::{Fate, ObjectError, ObjectOutcome, Tally},
    rejects,
    source::Origin,
    store::Store,
};

/// Objects under way at once: as many as the courier has sessions.
const AT_ONCE: usize = 4;

/// Brings objects from a store to a destination.
#[derive(Debug)]
pub struct Handler {
    store: Arc<Store>,
    destination: Arc<Destination>,
    layout: Layout,
}

/// A batch's answer and what became of its objects.
#[derive(Debug)]
pub struct Handled {
    /// The answer: the messages that are to come again.
    pub response: BatchResponse,
    /// The counts.
    pub metrics: Metrics,
    /// What became of each object, in the order of the messages.
    pub outcomes: Vec<ObjectOutcome>,
}

impl Handler {
    /// From this store to this destination, a [`Destination`] or a
    /// [`Courier`](switchboard_wfm::sftp::Courier). The layout is that of contact records.
    pub fn new(store: Store, destination: impl Into<Destination>, layout: Layout) -> Self {
        Self { store: Arc::new(store), destination: Arc::new(destination.into()), layout }
    }

    /// Handles a batch. A message fails, alone, if it can't be understood or one of its objects could
    /// not be delivered by the deadline.
    pub async fn handle(&self, event: SqsEvent, deadline: Instant) -> Handled {
        let mut failed = BTreeSet::new();
        let mut objects = Vec::new();
        for (at, message) in event.records.iter().enumerate() {
            for notice in event::read(&message.body) {
                match notice {
                    Notice::Object { bucket, key } => objects.push((at, bucket, key)),
                    Notice::Other => {}
                    Notice::Unreadable => {
                        failed.insert(at);
                    }
                }
            }
            if failed.contains(&at) {
                let message_id = &message.message_id;
                tracing::error!(message_id, "a message is no notification of S3, or not all of it");
            }
        }

        // A password that was refused is tried once more in each batch: it may have been set right at the server.
        self.destination.courier().await.try_again();
        let jobs = objects
            .into_iter()
            .enumerate()
            .map(async |(order, (at, bucket, key))| (order, at, self.carry(bucket, key, deadline).await));
        let mut done: Vec<_> = stream::iter(jobs).buffer_unordered(AT_ONCE).collect().await;
        done.sort_by_key(|(order, ..)| *order);

        failed.extend(done.iter().filter(|(.., outcome)| outcome.result.is_err()).map(|(_, at, _)| *at));
        let outcomes: Vec<_> = done.into_iter().map(|(.., outcome)| outcome).collect();
        let metrics = count(&outcomes, failed.len());
        let messages = event.records.into_iter().enumerate();
        let failed = messages.filter(|(at, _)| failed.contains(at)).map(|(_, message)| message.message_id);
        Handled { response: BatchResponse::failed(failed), metrics, outcomes }
    }

    /// Brings one object where it belongs by the deadline, and logs what became of it. The key is as it
    /// is in the bucket, not encoded.
    pub async fn object(&self, bucket: &str, key: &str, deadline: Instant) -> ObjectOutcome {
        self.carry(bucket.to_owned(), key.to_owned(), deadline).await
    }

    async fn carry(&self, bucket: String, key: String, deadline: Instant) -> ObjectOutcome {
        let job = Job {
            origin: Origin {
                store: Arc::clone(&self.store),
                bucket: bucket.clone(),
                key: key.clone(),
                deadline,
                runtime: Handle::current(),
            },
            destination: Arc::clone(&self.destination),
            layout: self.layout,
        };
        let outcome = spawn_blocking(|| job.run()).await.unwrap_or_else(|_| ObjectOutcome {
            bucket,
            key,
            tally: Tally::default(),
            rejects: Vec::new(),
            rejects_lost: None,
            result: Err(ObjectError::Panic),
        });
        tell(&outcome);
        outcome
    }
}

/// One line on what became of the object, and one more where something in it was rejected.
fn tell(outcome: &ObjectOutcome) {
    let ObjectOutcome { bucket, key, tally, rejects, rejects_lost, result } = outcome;
    let Tally { rows, duplicates, rejected } = *tally;
    match result {
        Ok(Fate::Delivered { name, bytes }) => {
            tracing::info!(bucket, key, name, bytes, rows, duplicates, "an object was delivered");
        }
        Ok(Fate::NothingToDeliver) => {
            tracing::warn!(bucket, key, "an object holds nothing to deliver; no file was made");
        }
        Ok(Fate::Ignored) => tracing::debug!(bucket, key, "an object of rejected records was ignored"),
        Err(error) => tracing::error!(bucket, key, reason = %error, "an object was not delivered"),
    }
    if let (Ok(_), Some(first)) = (result, rejects.first()) {
        let (first_reason, first_byte) = (first.reason.to_string(), first.range.start);
        let kept_at = rejects::key_of(key);
        match rejects_lost {
            None => tracing::warn!(
                bucket,
                key,
                rejected,
                first_reason,
                first_byte,
                kept_at,
                "records were rejected"
            ),
            Some(error) => tracing::error!(
                bucket, key, rejected, first_reason, first_byte, reason = %error,
                "records were rejected, and not all are put aside: they are in the object alone"
            ),
        }
    }
}

fn count(outcomes: &[ObjectOutcome], messages_failed: usize) -> Metrics {
    let mut metrics = Metrics::default();
    metrics.add(Metric::Objects, outcomes.len() as u64);
    // An alarm watches these, so they are there when nothing happened, too.
    metrics.add(Metric::MessagesFailed, messages_failed as u64);
    metrics.add(Metric::RecordsRejected, 0);
    metrics.add(Metric::FilesDelivered, 0);
    for ObjectOutcome { tally, result, .. } in outcomes {
        let Ok(fate) = result else { continue };
        metrics.add(Metric::RecordsRejected, tally.rejected);
        if let Fate::Delivered { bytes, .. } = fate {
            metrics.add(Metric::FilesDelivered, 1);
            metrics.add(Metric::RowsDelivered, tally.rows);
            metrics.add(Metric::DuplicatesSuperseded, tally.duplicates);
            metrics.add(Metric::BytesDelivered, *bytes);
        }
    }
    metrics
}

#[cfg(test)]
mod tests;
