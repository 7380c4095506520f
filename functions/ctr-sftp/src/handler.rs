//! A batch of messages: the objects that they name, each delivered.

use std::{collections::BTreeSet, sync::Arc};

use futures_util::{StreamExt, stream};
use switchboard_core::{kind::RecordKind, served_instances::ServedInstances};
use switchboard_objects::{
    notification::{self, S3Notification},
    reader::ObjectAccess,
    store::Store,
};
use switchboard_runtime::{
    batch::{BatchResponse, SqsEvent},
    intake::Intake,
    metrics::{Metric, Metrics},
};
use switchboard_wfm::history::rows::Layout;
use tokio::{runtime::Handle, task::spawn_blocking, time::Instant};

use crate::{
    destination::Destination,
    object::ObjectJob,
    outcome::{Delivery, ObjectCounts, ObjectError, ObjectOutcome},
    rejects,
};

/// Objects that are delivered at once: as many as the uploader has sessions.
const MAX_CONCURRENT: usize = 4;

/// A handler that delivers objects from a store to a destination.
#[derive(Debug)]
pub struct Handler {
    store: Arc<Store>,
    destination: Arc<Destination>,
    layout: Layout,
    intake: Intake,
    /// The bucket of rejected records; without it, each object's own.
    rejects_bucket: Option<String>,
}

/// The response to a batch and what became of its objects.
#[derive(Debug)]
pub struct Handled {
    /// The response: the messages that SQS is to deliver again.
    pub response: BatchResponse,
    /// The counts.
    pub metrics: Metrics,
    /// What became of each object, in the order of the messages.
    pub outcomes: Vec<ObjectOutcome>,
}

impl Handler {
    /// A handler from this store to this destination, a [`Destination`] or a
    /// [`FileUploader`](switchboard_wfm::history::sftp::FileUploader). The layout is that of contact records.
    pub fn new(store: Store, destination: impl Into<Destination>, layout: Layout) -> Self {
        let intake = intake(ServedInstances::default());
        Self {
            store: Arc::new(store),
            destination: Arc::new(destination.into()),
            layout,
            intake,
            rejects_bucket: None,
        }
    }

    /// Stores rejected records in this bucket, where there is one: objects may be in another's.
    #[must_use]
    pub fn rejecting_into(self, rejects_bucket: Option<String>) -> Self {
        Self { rejects_bucket, ..self }
    }

    /// Delivers the contact records of these instances alone.
    #[must_use]
    pub fn serving(self, instances: ServedInstances) -> Self {
        Self { intake: intake(instances), ..self }
    }

    /// Handles a batch. A message fails, alone, if it can't be understood or one of its objects could
    /// not be delivered by the deadline.
    pub async fn handle(&self, event: SqsEvent, deadline: Instant) -> Handled {
        let mut failed = BTreeSet::new();
        let mut objects = Vec::new();
        for (at, message) in event.records.iter().enumerate() {
            for notification in notification::read(&message.body) {
                match notification {
                    S3Notification::Object { bucket, key } => objects.push((at, bucket, key)),
                    S3Notification::Other => {}
                    S3Notification::Unreadable => {
                        failed.insert(at);
                    }
                }
            }
            if failed.contains(&at) {
                let message_id = &message.message_id;
                tracing::error!(
                    event = "message_rejected",
                    message_id,
                    "a message is no notification of S3, or not all of it"
                );
            }
        }

        // A rejected password is tried once more in each batch: it may have been corrected at the server.
        self.destination.uploader().await.retry_account();
        let jobs = objects
            .into_iter()
            .enumerate()
            .map(async |(order, (at, bucket, key))| (order, at, self.process(bucket, key, deadline).await));
        let mut done: Vec<_> = stream::iter(jobs).buffer_unordered(MAX_CONCURRENT).collect().await;
        done.sort_by_key(|(order, ..)| *order);

        failed.extend(done.iter().filter(|(.., outcome)| outcome.result.is_err()).map(|(_, at, _)| *at));
        let outcomes: Vec<_> = done.into_iter().map(|(.., outcome)| outcome).collect();
        let metrics = count(&outcomes, failed.len());
        let messages = event.records.into_iter().enumerate();
        let failed = messages.filter(|(at, _)| failed.contains(at)).map(|(_, message)| message.message_id);
        Handled { response: BatchResponse::failed(failed), metrics, outcomes }
    }

    /// Delivers one object by the deadline, and logs what became of it. The key is as it
    /// is in the bucket, not encoded.
    pub async fn object(&self, bucket: &str, key: &str, deadline: Instant) -> ObjectOutcome {
        self.process(bucket.to_owned(), key.to_owned(), deadline).await
    }

    async fn process(&self, bucket: String, key: String, deadline: Instant) -> ObjectOutcome {
        let job = ObjectJob {
            access: ObjectAccess {
                store: Arc::clone(&self.store),
                bucket: bucket.clone(),
                key: key.clone(),
                deadline,
                runtime: Handle::current(),
            },
            destination: Arc::clone(&self.destination),
            layout: self.layout,
            intake: self.intake.clone(),
            rejects_bucket: self.rejects_bucket.clone(),
        };
        let outcome = spawn_blocking(|| job.run()).await.unwrap_or_else(|_| ObjectOutcome {
            bucket,
            key,
            counts: ObjectCounts::default(),
            passed_over: Metrics::default(),
            rejects: Vec::new(),
            rejects_error: None,
            result: Err(ObjectError::Panic),
        });
        log_outcome(&outcome);
        outcome
    }
}

/// What is taken of an object: contact records of these instances.
fn intake(instances: ServedInstances) -> Intake {
    Intake::new(&[RecordKind::ContactRecord], instances)
}

/// Logs what became of the object, and what in it was rejected.
fn log_outcome(outcome: &ObjectOutcome) {
    let ObjectOutcome { bucket, key, counts, rejects, rejects_error, result, .. } = outcome;
    let ObjectCounts { rows, duplicates, rejected } = *counts;
    match result {
        Ok(Delivery::Delivered { name, bytes }) => {
            tracing::info!(
                event = "object_delivered",
                bucket,
                key,
                name,
                bytes,
                rows,
                duplicates,
                "an object was delivered"
            );
        }
        Ok(Delivery::NothingToDeliver) => {
            tracing::warn!(
                event = "object_empty",
                bucket,
                key,
                "an object holds nothing to deliver; no file was made"
            );
        }
        Ok(Delivery::Ignored) => tracing::debug!(
            event = "object_ignored",
            bucket,
            key,
            "an object of rejected records was ignored"
        ),
        Err(error) => {
            tracing::error!(bucket, key, error = %error, event = "object_failed", "an object was not delivered");
        }
    }
    if let (Ok(_), Some(first)) = (result, rejects.first()) {
        let (first_reason, first_byte) = (first.reason.to_string(), first.range.start);
        let rejects_key = rejects::key_of(key);
        match rejects_error {
            None => tracing::warn!(
                event = "records_rejected",
                bucket,
                key,
                rejected,
                first_reason,
                first_byte,
                rejects_key,
                "records were rejected"
            ),
            Some(error) => tracing::error!(
                bucket, key, rejected, first_reason, first_byte, error = %error, event = "rejects_not_stored",
                "records were rejected, and not all could be stored: they are in the object alone"
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
    for ObjectOutcome { counts, passed_over, result, .. } in outcomes {
        let Ok(delivery) = result else { continue };
        metrics.merge(passed_over);
        metrics.add(Metric::RecordsRejected, counts.rejected);
        if let Delivery::Delivered { bytes, .. } = delivery {
            metrics.add(Metric::FilesDelivered, 1);
            metrics.add(Metric::RowsDelivered, counts.rows);
            metrics.add(Metric::DuplicatesSuperseded, counts.duplicates);
            metrics.add(Metric::BytesDelivered, *bytes);
        }
    }
    metrics
}

#[cfg(test)]
mod tests;
