//! An event: read, fold, store, answer.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use switchboard_contacts::{fold::fold, observation::Observation, store::Store};
use switchboard_core::{kind::RecordKind, served_instances::ServedInstances};
use switchboard_objects::{
    notification::{self, S3Notification},
    reader::ObjectAccess,
    store::Store as ObjectStore,
};
use switchboard_runtime::{
    batch::{BatchResponse, KinesisEvent, SqsEvent},
    handler::{Handled, Reply, UnsupportedEvent},
    intake::{Intake, PassedOver, log_passed_over},
    metrics::{Metric, Metrics},
    records,
};
use switchboard_store::{call::CallContext, error::StoreError};
use tokio::runtime::Handle;

use crate::{
    event::{Event, UNSUPPORTED},
    objects::{self, ObjectBatches, ObjectError},
    parse::{self, ParsedDocument, Rejection, SourceDocument},
};

/// The kinds that an event may be by itself.
const ANY: [RecordKind; 4] =
    [RecordKind::ContactEvent, RecordKind::AgentEvent, RecordKind::ContactRecord, RecordKind::FlowLog];

/// Follows contacts: what is told of them goes into a store.
#[derive(Debug)]
pub struct Handler {
    store: Store,
    intake: Intake,
    objects: Option<Arc<ObjectStore>>,
}

impl Handler {
    /// Into this store, the contacts of all instances.
    pub fn new(store: Store) -> Self {
        Self { store, intake: parse::intake(ServedInstances::default()), objects: None }
    }

    /// Takes what is said of contacts of these instances alone.
    #[must_use]
    pub fn serving(self, instances: ServedInstances) -> Self {
        Self { intake: parse::intake(instances), ..self }
    }

    /// Also reads the objects of this store that S3's notifications name.
    #[must_use]
    pub fn reading(self, objects: ObjectStore) -> Self {
        Self { objects: Some(Arc::new(objects)), ..self }
    }

    /// Handles an event, JSON text. All that it says of one contact is one change, and contacts are written side by
    /// side, each for itself.
    ///
    /// # Errors
    /// When the event as a whole is not for this function.
    pub async fn handle(&self, event: &str, call: CallContext) -> Result<Handled, UnsupportedEvent> {
        let handled = match Event::read(event)? {
            Event::Messages(batch) => self.messages(batch, call).await,
            Event::Records(batch) => self.records(batch, call).await,
            Event::Lines(batch) => {
                let mut parsed = ParsedBatch::default();
                for (at, line) in batch.events().iter().enumerate() {
                    parsed.add(at, parse::parse_line(line, call.now));
                }
                if let Some((_, reason)) = parsed.rejected.first() {
                    let (lines, reason) = (parsed.rejected.len(), reason.to_string());
                    tracing::warn!(
                        event = "log_lines_rejected",
                        lines,
                        error = reason,
                        "lines of a log were skipped; the reason is the first one's"
                    );
                }
                self.as_one_batch(parsed, call).await
            }
            Event::Document(text) => {
                let mut parsed = ParsedBatch::default();
                let document = parse::parse_document(text, &ANY, call.now).map_err(|_| UNSUPPORTED)?;
                parsed.add(0, Ok(document));
                self.as_one_batch(parsed, call).await
            }
        };
        Ok(handled)
    }

    /// A message fails if it is neither a contact event nor a notification of S3, which brings it to the dead-letter queue, or if
    /// its contacts could not be stored.
    async fn messages(&self, batch: SqsEvent, call: CallContext) -> Handled {
        let (mut parsed, mut notified) = (ParsedBatch::default(), Vec::new());
        for (at, message) in batch.records.iter().enumerate() {
            if let Some(reason) =
                self.intake.passed_over(&message.body).filter(|reason| *reason == PassedOver::OtherInstance)
            {
                parsed.metrics.add(reason.metric(), 1);
                continue;
            }
            let document = parse::parse_document(message.body.trim(), &[RecordKind::ContactEvent], call.now);
            if document.is_err()
                && let Some(objects) = self.notified(&message.body)
            {
                notified.extend(objects.into_iter().map(|object| (at, object)));
                continue;
            }
            if let Err(rejection) = &document {
                let (message_id, reason) = (&message.message_id, rejection.to_string());
                tracing::error!(
                    event = "message_rejected",
                    message_id,
                    error = reason,
                    "a message is neither a contact event nor a notification of S3"
                );
            }
            parsed.add(at, document);
        }
        let rejected: Vec<_> = parsed.rejected.iter().map(|(at, _)| *at).collect();
        let NotStored { mut failed, refused, mut metrics } = self.store(parsed, call).await;
        // The dead-letter queue is where a message is put aside.
        failed.extend(refused);
        failed.extend(rejected);
        for (at, (bucket, key)) in notified {
            let (counts, ended) = self.object(&bucket, &key, call).await;
            metrics.merge(&counts);
            if let Err(error) = ended {
                let error = error.to_string();
                tracing::error!(
                    event = "object_failed",
                    bucket,
                    key,
                    error,
                    "an object was not stored, or not all of it"
                );
                failed.insert(at);
            }
        }
        metrics.add(Metric::MessagesFailed, failed.len() as u64);
        let messages = batch.records.into_iter().enumerate();
        let failed = messages.filter(|(at, _)| failed.contains(at)).map(|(_, message)| message.message_id);
        Handled { reply: Reply::Batch(BatchResponse::failed(failed)), metrics }
    }

    /// The objects that a message names, if it is a notification and objects are read.
    fn notified(&self, body: &str) -> Option<Vec<(String, String)>> {
        self.objects.as_ref()?;
        let notifications = notification::read(body);
        if notifications.contains(&S3Notification::Unreadable) {
            return None;
        }
        let objects = notifications.into_iter().filter_map(|notification| match notification {
            S3Notification::Object { bucket, key } => Some((bucket, key)),
            S3Notification::Other | S3Notification::Unreadable => None,
        });
        Some(objects.collect())
    }

    /// Stores what the documents of an object say. One that can't be read, or whose contact the store refuses for good, is skipped, as
    /// of a stream.
    async fn object(&self, bucket: &str, key: &str, call: CallContext) -> (Metrics, Result<(), ObjectError>) {
        let mut metrics = Metrics::default();
        metrics.add(Metric::Objects, 1);
        let Some(store) = &self.objects else { return (metrics, Err(ObjectError::NotStored)) };
        let access = ObjectAccess {
            store: Arc::clone(store),
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            deadline: call.deadline,
            runtime: Handle::current(),
        };
        let ObjectBatches { mut batches, ended } = objects::read(access, self.intake.clone(), call.now);
        while let Some(batch) = batches.recv().await {
            let mut parsed = ParsedBatch::default();
            for document in batch {
                parsed.add_source(0, document);
            }
            if let Some((_, first)) = parsed.rejected.first() {
                let (rejected, error) = (parsed.rejected.len(), first.to_string());
                tracing::warn!(
                    event = "record_rejected",
                    bucket,
                    key,
                    rejected,
                    error,
                    "records of an object were skipped; the reason is the first one's"
                );
            }
            let NotStored { failed, metrics: counts, .. } = self.store(parsed, call).await;
            metrics.merge(&counts);
            if !failed.is_empty() {
                // The message comes again, and with it the whole object.
                return (metrics, Err(ObjectError::NotStored));
            }
        }
        (metrics, ended.await.unwrap_or(Err(ObjectError::Panic)))
    }

    /// A record that can't be read, or whose contact the store refuses for good, is skipped and told: it must not hold up
    /// its shard.
    async fn records(&self, batch: KinesisEvent, call: CallContext) -> Handled {
        let (mut parsed, mut budget) = (ParsedBatch::default(), records::budget());
        for (at, record) in batch.records.iter().enumerate() {
            let documents = parse::parse_record(&record.kinesis.data, &self.intake, &mut budget, call.now);
            let rejections: Vec<_> = documents.iter().filter_map(|one| one.as_ref().err()).collect();
            if let Some(first) = rejections.first() {
                let (sequence_number, reason) = (&record.kinesis.sequence_number, first.to_string());
                let rejected = rejections.len();
                tracing::warn!(
                    event = "record_rejected",
                    sequence_number,
                    rejected,
                    error = reason,
                    "a record, or part of it, was skipped"
                );
            }
            for one in documents {
                parsed.add_source(at, one);
            }
        }
        log_passed_over(&batch.shard(), &parsed.metrics);
        let NotStored { failed, metrics, .. } = self.store(parsed, call).await;
        let records = batch.records.into_iter().enumerate();
        let failed = records.filter(|(at, _)| failed.contains(at));
        let failed = failed.map(|(_, record)| record.kinesis.sequence_number);
        Handled { reply: Reply::Batch(BatchResponse::retry_from_lowest(failed)), metrics }
    }

    /// An event that is answered as a whole. It does not come again for a contact that the store refuses for good.
    async fn as_one_batch(&self, parsed: ParsedBatch, call: CallContext) -> Handled {
        let NotStored { failed, metrics, .. } = self.store(parsed, call).await;
        Handled { reply: if failed.is_empty() { Reply::Done(()) } else { Reply::Retry }, metrics }
    }

    /// Stores what was read, and says which items touched a contact that could not be stored.
    async fn store(&self, parsed: ParsedBatch, call: CallContext) -> NotStored {
        let ParsedBatch { observations, touched, mut metrics, .. } = parsed;
        let changes = fold(observations);
        let contacts = changes.len();
        let failed = self.store.write(changes.into_values(), call).await.failed;
        let (refused, failed): (Vec<_>, Vec<_>) =
            failed.into_iter().partition(|(_, error)| matches!(error, StoreError::ItemRejected(_)));
        if let Some((contact_id, error)) = failed.first() {
            let (contacts, reason) = (failed.len(), error.to_string());
            tracing::error!(
                event = "contact_write_failed",
                contacts,
                contact_id,
                error = reason,
                "contacts were not stored; the first one is named"
            );
        }
        for (contact_id, error) in &refused {
            let reason = error.to_string();
            tracing::error!(
                event = "contact_rejected",
                contact_id,
                error = reason,
                "contact rejected permanently; what was reported of it is not stored"
            );
        }
        metrics.add(Metric::ContactsWritten, contacts.saturating_sub(failed.len() + refused.len()) as u64);
        metrics.add(Metric::ContactsFailed, (failed.len() + refused.len()) as u64);
        let items = |of: &[(String, StoreError)]| {
            of.iter().filter_map(|(contact_id, _)| touched.get(contact_id)).flatten().copied().collect()
        };
        NotStored { failed: items(&failed), refused: items(&refused), metrics }
    }
}

/// The items, by their place, that touched a contact that was not stored.
struct NotStored {
    /// For now: they are to come again.
    failed: BTreeSet<usize>,
    /// For good, for what they say.
    refused: BTreeSet<usize>,
    metrics: Metrics,
}

/// What was read of an event's items: its messages, records or lines, by their place.
#[derive(Default)]
struct ParsedBatch {
    observations: Vec<Observation>,
    /// The items that say something about a contact, by contact id.
    touched: BTreeMap<String, BTreeSet<usize>>,
    rejected: Vec<(usize, Rejection)>,
    metrics: Metrics,
}

impl ParsedBatch {
    /// Takes one document of a source.
    fn add_source(&mut self, item: usize, document: Result<SourceDocument, Rejection>) {
        match document {
            Ok(SourceDocument::Parsed(document)) => self.add(item, Ok(document)),
            Ok(SourceDocument::PassedOver(reason)) => self.metrics.add(reason.metric(), 1),
            Err(rejection) => self.add(item, Err(rejection)),
        }
    }

    /// Takes one document of an item.
    fn add(&mut self, item: usize, document: Result<ParsedDocument, Rejection>) {
        match document {
            Ok(document) => {
                self.metrics.add(metric_of(document.kind), 1);
                for one in &document.observations {
                    self.touched.entry(one.contact_id().to_owned()).or_default().insert(item);
                }
                self.observations.extend(document.observations);
            }
            Err(rejection) => {
                self.metrics.add(metric_of_rejection(rejection), 1);
                self.rejected.push((item, rejection));
            }
        }
    }
}

fn metric_of(kind: RecordKind) -> Metric {
    match kind {
        RecordKind::ContactRecord => Metric::ContactRecords,
        RecordKind::AgentEvent => Metric::AgentEvents,
        RecordKind::FlowLog | RecordKind::LogBatch => Metric::FlowLogLines,
        _ => Metric::ContactEvents,
    }
}

fn metric_of_rejection(rejection: Rejection) -> Metric {
    match rejection {
        Rejection::Unreadable(unreadable) => unreadable.metric(),
        Rejection::OtherKind(_) | Rejection::NotAnEvent => Metric::RejectedNotAnEvent,
    }
}

#[cfg(test)]
mod tests;
