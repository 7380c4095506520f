//! One file's pass through the handlers of contacts.

use std::{
    borrow::Cow,
    collections::HashSet,
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
    ops::Range,
};

use contact_status::{
    event::Event,
    parse::{self, ParsedDocument, Rejection, SourceDocument},
};
use switchboard_core::{flow_call::FlowCall, kind::RecordKind, served_instances::ServedInstances};
use switchboard_runtime::{batch::KinesisEvent, handler::Reply, records};

use super::{event_batch::EventBatch, report::ContactCounts, sample::Samples};
use crate::{
    contacts::location::now,
    input::{carried, document_format::DocumentFormat, documents::FilePiece},
    replay::{
        agents::{AgentTracker, FileAgents},
        file::ReplayedFile,
        file_reports::FileReport,
        report::ItemLocation,
        without_logs,
    },
};

/// Why an event that could be read is rejected all the same.
const NOT_STORED: &str = "its contact could not be stored";

/// The handlers of documents about contacts.
pub(super) struct ContactHandlers {
    pub(super) tracker: contact_status::handler::Handler,
    pub(super) flows: contact_flow::handler::Handler,
}

/// The contacts of all files so far.
#[derive(Default)]
pub(super) struct ReplayedContacts {
    /// Hashes of their ids: 8 bytes a contact.
    ids: HashSet<u64>,
    pub(super) samples: Samples,
}

/// One file's pass through the handlers.
pub(super) struct ContactsPass<'a> {
    handlers: &'a ContactHandlers,
    contacts: &'a mut ReplayedContacts,
    agents: &'a mut AgentTracker,
    file_agents: FileAgents,
    file: ReplayedFile<'a>,
    batch: EventBatch,
    counts: ContactCounts,
    /// Hashes of the ids of the file's contacts.
    file_ids: HashSet<u64>,
}

/// A message, a record or a line, and the documents in it.
struct Item<'a> {
    location: ItemLocation,
    id: Cow<'a, str>,
    data: Cow<'a, str>,
    documents: Vec<Result<ParsedDocument, Rejection>>,
}

impl<'a> ContactsPass<'a> {
    pub(super) fn new(
        handlers: &'a ContactHandlers,
        contacts: &'a mut ReplayedContacts,
        agents: &'a mut AgentTracker,
        file: ReplayedFile<'a>,
    ) -> Self {
        let (file_agents, batch) = (FileAgents::default(), EventBatch::default());
        let (counts, file_ids) = (ContactCounts::default(), HashSet::new());
        Self { handlers, contacts, agents, file_agents, file, batch, counts, file_ids }
    }

    /// Sends a part of the file through the handlers, or gathers it for a batch.
    pub(super) async fn apply(&mut self, piece: FilePiece<'_>) -> anyhow::Result<()> {
        let (text, range) = match piece {
            FilePiece::Document { text, range } => (text, range),
            FilePiece::Damage { bytes, range, reason } => {
                return self.file.reject_damage(range, &reason, bytes);
            }
            FilePiece::ReadError(error) => {
                self.file.reject_rest(&error);
                return Ok(());
            }
        };
        let format = DocumentFormat::of(text);
        if EventBatch::accepts(format) {
            return self.gather(text, format, range).await;
        }
        match format {
            DocumentFormat::ContactMessages | DocumentFormat::KinesisEvent | DocumentFormat::LogBatch => {
                self.handle(text, range, &[]).await
            }
            DocumentFormat::FlowCall => {
                // A look-up finds the events before it in the file.
                self.flush().await?;
                self.call(text, range).await
            }
            DocumentFormat::Other(kind) => {
                self.file.reject_damage(range, &Rejection::OtherKind(kind).to_string(), text.as_bytes())
            }
            // What else there is, is for another system.
            format => {
                for record in carried::contact_records(format, text) {
                    self.gather(&record, DocumentFormat::ContactRecord, range.clone()).await?;
                }
                Ok(())
            }
        }
    }

    /// Adds a document to the next event.
    async fn gather(&mut self, text: &str, format: DocumentFormat, range: Range<u64>) -> anyhow::Result<()> {
        if self.batch.is_full_for(text, format) {
            self.flush().await?;
        }
        self.batch.push(text, format, range);
        Ok(())
    }

    /// Sends the documents gathered so far through the handler.
    async fn flush(&mut self) -> anyhow::Result<()> {
        let batch = std::mem::take(&mut self.batch);
        match batch.event() {
            Some(event) => self.handle(&event, 0..0, batch.ranges()).await,
            None => Ok(()),
        }
    }

    /// Sends an event through the handler. It is at `range` of the file, or its items are at `ranges`.
    async fn handle(&mut self, text: &str, range: Range<u64>, ranges: &[Range<u64>]) -> anyhow::Result<()> {
        let event = match Event::read(text) {
            Ok(event) => event,
            Err(reason) => return self.file.reject_bytes(range, &reason.to_string(), text.as_bytes()),
        };
        if let Event::Records(batch) = &event {
            self.apply_to_agents(batch, !ranges.is_empty())?;
        }
        let items = items(&event, ranges);
        let handled = without_logs(self.handlers.tracker.handle(text, now())).await;
        let reply = handled.map_or(Reply::Retry, |handled| handled.reply);
        let mut is_behind_failure = false;
        for item in items {
            let is_failed = match &reply {
                Reply::Done(()) => false,
                Reply::Retry => true,
                Reply::Batch(response) => {
                    response.batch_item_failures.iter().any(|failure| failure.item_identifier == item.id)
                }
            };
            // A stream delivers again all that is behind the first failure.
            is_behind_failure |= is_failed && matches!(event, Event::Records(_));
            self.count(&item, is_failed || is_behind_failure)?;
        }
        Ok(())
    }

    /// Writes and lists the changes of agents' states by a batch.
    fn apply_to_agents(&mut self, batch: &KinesisEvent, is_one_by_one: bool) -> anyhow::Result<()> {
        for change in self.agents.apply(&mut self.file_agents, batch, is_one_by_one) {
            self.file.outputs.changes.write_json(&change)?;
            self.file.report.agents.list_change(&self.file.path, change);
        }
        Ok(())
    }

    /// Counts the documents of an item, or rejects them.
    fn count(&mut self, item: &Item<'_>, is_failed: bool) -> anyhow::Result<()> {
        for document in &item.documents {
            match document {
                Err(rejection) => self.reject_item(item, &rejection.to_string())?,
                Ok(_) if is_failed => self.reject_item(item, NOT_STORED)?,
                Ok(document) => {
                    self.counts.events += 1;
                    for observation in &document.observations {
                        self.contacts.samples.insert(observation);
                        self.add_contact(observation.contact_id());
                    }
                }
            }
        }
        Ok(())
    }

    fn add_contact(&mut self, contact_id: &str) {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(contact_id);
        self.file_ids.insert(hash);
        self.contacts.ids.insert(hash);
    }

    /// Answers a contact flow.
    async fn call(&mut self, text: &str, range: Range<u64>) -> anyhow::Result<()> {
        let answer = without_logs(self.handlers.flows.handle(text, now())).await.answer;
        self.file.outputs.answers.write_json(&answer)?;
        if let Some(reason) = answer.get("Reason") {
            return self.file.reject_bytes(
                range,
                &format!("the flow was answered {reason}"),
                text.as_bytes(),
            );
        }
        self.counts.events += 1;
        if let Ok(call) = FlowCall::parse(text) {
            self.add_contact(&call.contact_id.text().unwrap_or_default());
        }
        Ok(())
    }

    fn reject_item(&mut self, item: &Item<'_>, reason: &str) -> anyhow::Result<()> {
        if let ItemLocation::Bytes { start, end } = item.location {
            return self.file.reject_bytes(start..end, reason, item.data.as_bytes());
        }
        self.file.reject_item(item.location.clone(), &item.id, reason, &item.data)
    }

    /// Sends the rest through the handlers, and reports the file.
    pub(super) async fn finish(mut self, content: &'static str) -> anyhow::Result<()> {
        self.flush().await?;
        self.counts.contacts = self.file_ids.len() as u64;
        self.counts.rejected = self.file.rejected;
        self.counts.events += self.file.rejected;
        let ReplayedFile { path, outputs, report, reports_damage, .. } = self.file;
        let written = outputs.finish()?.rejects;
        if let Some(counts) = self.agents.finish(self.file_agents) {
            let file = FileReport { path: path.clone(), content, counts, written: () };
            report.agents.by_file.add(file);
            report.agents.by_file.total.agents = self.agents.count();
        }
        // A file of nothing but damage was no file about contacts.
        if reports_damage || self.counts.events > 0 {
            report.contacts.by_file.add(FileReport { path, content, counts: self.counts, written });
            report.contacts.by_file.total.contacts = self.contacts.ids.len() as u64;
        }
        Ok(())
    }
}

/// The items of an event, read as the handler reads them.
fn items<'a>(event: &'a Event<'_>, ranges: &[Range<u64>]) -> Vec<Item<'a>> {
    let item = |at: usize, id: Cow<'a, str>, data: Cow<'a, str>, location: ItemLocation, documents| {
        let location = ranges.get(at).map_or(location, |range| range.clone().into());
        Item { location, id, data, documents }
    };
    match event {
        Event::Messages(batch) => {
            let messages = batch.records.iter().enumerate();
            let read = messages.map(|(at, message)| {
                let location = ItemLocation::Message { message: message.message_id.clone() };
                let documents =
                    vec![parse::parse_document(message.body.trim(), &[RecordKind::ContactEvent], now().now)];
                let (id, data) = (Cow::Borrowed(&*message.message_id), Cow::Borrowed(&*message.body));
                item(at, id, data, location, documents)
            });
            read.collect()
        }
        Event::Records(batch) => {
            let records = batch.records.iter().map(|record| &record.kinesis).enumerate();
            let (mut budget, intake) = (records::budget(), parse::intake(ServedInstances::default()));
            let read = records.map(|(at, record)| {
                let location = ItemLocation::Record { record: record.sequence_number.clone() };
                let documents = parse::parse_record(&record.data, &intake, &mut budget, now().now);
                let documents = documents.into_iter().map(|one| match one? {
                    SourceDocument::Parsed(document) => Ok(document),
                    SourceDocument::PassedOver(_) => Err(Rejection::NotAnEvent),
                });
                let (id, data) = (Cow::Borrowed(&*record.sequence_number), Cow::Borrowed(&*record.data));
                item(at, id, data, location, documents.collect())
            });
            read.collect()
        }
        Event::Lines(batch) => {
            let lines = batch.events().into_iter().enumerate();
            let read = lines.map(|(at, line)| {
                let (id, data) =
                    (line.id.text().unwrap_or_default(), line.message.text().unwrap_or_default());
                let location = ItemLocation::LogEvent { log_event: id.clone().into_owned() };
                item(at, id, data, location, vec![parse::parse_line(&line, now().now)])
            });
            read.collect()
        }
        // Single documents come in batches.
        Event::Document(_) => Vec::new(),
    }
}
