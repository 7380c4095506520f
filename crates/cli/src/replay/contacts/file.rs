//! One file about contacts on its way through.

use std::{
    borrow::Cow,
    collections::HashSet,
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
    io,
    ops::Range,
    path::Path,
};

use contact_status::{
    event::Event,
    parse::{self, ParsedDocument, Rejection},
};
use switchboard_core::{flow_call::FlowCall, framing::Piece, kind::RecordKind};
use switchboard_runtime::{batch::KinesisEvent, handler::Reply, records};

use super::{Handlers, Known};
use crate::{
    contacts::location::now,
    input::{document_format::DocumentFormat, files::Input},
    replay::{
        agents::{AgentTally, AgentTracker},
        delivery::EventBatcher,
        outputs::{FileOutputs, RejectedLine, Written},
        report::{AgentCounts, ContactCounts, Place, Report},
        without_logs,
    },
};

/// Why an event that could be read is rejected all the same.
const NOT_STORED: &str = "its contact could not be stored";

/// One file on its way through.
pub(super) struct Replay<'a> {
    handlers: &'a Handlers,
    known: &'a mut Known,
    agents: &'a mut AgentTracker,
    agent_tally: AgentTally,
    path: &'a Path,
    source: String,
    outputs: FileOutputs,
    /// True if no other system has told already what can't be read.
    tells: bool,
    gathered: EventBatcher,
    counts: ContactCounts,
    /// Hashes of the ids of its contacts.
    contacts: HashSet<u64>,
    report: &'a mut Report,
}

/// What came of a file.
pub(super) struct FileOutcome {
    pub(super) counts: ContactCounts,
    /// [`None`] if it told nothing of agents.
    pub(super) agents: Option<AgentCounts>,
    pub(super) written: Written,
}

/// A message, a record or a line, and what it says.
struct Item<'a> {
    place: Place,
    /// Where it stood, if it was a document of the file.
    range: Option<Range<u64>>,
    id: Cow<'a, str>,
    data: Cow<'a, str>,
    said: Vec<Result<ParsedDocument, Rejection>>,
}

impl<'a> Replay<'a> {
    pub(super) fn new(
        handlers: &'a Handlers,
        known: &'a mut Known,
        agents: &'a mut AgentTracker,
        input: &'a Input,
        (outputs, tells): (FileOutputs, bool),
        report: &'a mut Report,
    ) -> Self {
        Self {
            handlers,
            known,
            agents,
            agent_tally: AgentTally::default(),
            path: &input.path,
            source: input.path.display().to_string(),
            outputs,
            tells,
            gathered: EventBatcher::default(),
            counts: ContactCounts::default(),
            contacts: HashSet::new(),
            report,
        }
    }

    /// Takes the next part of the file.
    pub(super) async fn take(&mut self, piece: Piece<'_>) -> anyhow::Result<()> {
        let (text, range) = match piece {
            Piece::Document { text, range } => (text, range),
            Piece::Damage { bytes, range, fault } => {
                return self.unreadable(range, &fault.to_string(), bytes);
            }
        };
        let shape = DocumentFormat::of(text);
        if EventBatcher::takes(shape) {
            if self.gathered.is_full_for(text, shape) {
                self.flush().await?;
            }
            self.gathered.push(text, shape, range);
            return Ok(());
        }
        match shape {
            DocumentFormat::ContactMessages | DocumentFormat::KinesisEvent | DocumentFormat::LogBatch => {
                self.handle(text, Some(range), &[]).await
            }
            DocumentFormat::FlowCall => {
                // What the file told before is there to be looked up.
                self.flush().await?;
                self.call(text, range).await
            }
            DocumentFormat::Other(kind) => {
                let reason = Rejection::OtherKind(kind).to_string();
                self.unreadable(range, &reason, text.as_bytes())
            }
            // For another system.
            _ => Ok(()),
        }
    }

    /// Sends the documents gathered so far through the handler.
    async fn flush(&mut self) -> anyhow::Result<()> {
        let gathered = std::mem::take(&mut self.gathered);
        match gathered.event() {
            Some(event) => self.handle(&event, None, gathered.places()).await,
            None => Ok(()),
        }
    }

    /// Sends an event through the handler. It stood at `range`, or its parts stood at `places`.
    async fn handle(
        &mut self,
        text: &str,
        range: Option<Range<u64>>,
        places: &[Range<u64>],
    ) -> anyhow::Result<()> {
        let event = match Event::read(text) {
            Ok(event) => event,
            Err(reason) => return self.damaged(range.unwrap_or(0..0), &reason.to_string(), text.as_bytes()),
        };
        if let Event::Records(batch) = &event {
            self.changes(batch, !places.is_empty())?;
        }
        let items = items(&event, places);
        let handled = without_logs(self.handlers.tracker.handle(text, now())).await;
        let reply = handled.map_or(Reply::Retry, |handled| handled.reply);
        let mut is_behind = false;
        for item in items {
            let is_failed = match &reply {
                Reply::Done(()) => false,
                Reply::Retry => true,
                Reply::Batch(response) => {
                    response.batch_item_failures.iter().any(|failure| failure.item_identifier == item.id)
                }
            };
            // Of a stream all comes again that is behind the first that failed.
            is_behind |= is_failed && matches!(event, Event::Records(_));
            self.count(&item, is_failed || is_behind)?;
        }
        Ok(())
    }

    /// Tells what a batch changes in how agents stand.
    fn changes(&mut self, batch: &KinesisEvent, is_one_by_one: bool) -> anyhow::Result<()> {
        for change in self.agents.take(&mut self.agent_tally, batch, is_one_by_one) {
            let mut line = serde_json::to_vec(&change)?;
            line.push(b'\n');
            self.outputs.changes.write(&line)?;
            self.report.change(self.path, change);
        }
        Ok(())
    }

    /// Counts what an item said, or why it did not.
    fn count(&mut self, item: &Item<'_>, is_failed: bool) -> anyhow::Result<()> {
        for said in &item.said {
            match said {
                Err(rejection) => self.reject(item, &rejection.to_string())?,
                Ok(_) if is_failed => self.reject(item, NOT_STORED)?,
                Ok(observed) => {
                    self.counts.events += 1;
                    for observation in &observed.observations {
                        self.known.samples.note(observation);
                        self.about(observation.contact_id());
                    }
                }
            }
        }
        Ok(())
    }

    fn about(&mut self, contact_id: &str) {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(contact_id);
        self.contacts.insert(hash);
        self.known.ids.insert(hash);
    }

    /// Answers a contact flow.
    async fn call(&mut self, text: &str, range: Range<u64>) -> anyhow::Result<()> {
        let answer = without_logs(self.handlers.flows.handle(text, now())).await.answer;
        let mut line = serde_json::to_vec(&answer)?;
        line.push(b'\n');
        self.outputs.answers.write(&line)?;
        if let Some(reason) = answer.get("Reason") {
            return self.damaged(range, &format!("the flow was answered {reason}"), text.as_bytes());
        }
        self.counts.events += 1;
        if let Ok(call) = FlowCall::parse(text) {
            self.about(&call.contact_id.text().unwrap_or_default());
        }
        Ok(())
    }

    fn reject(&mut self, item: &Item<'_>, reason: &str) -> anyhow::Result<()> {
        let line = match &item.range {
            Some(range) => RejectedLine::of_file(&self.source, range, reason, item.data.as_bytes()),
            None => RejectedLine::of_event(&self.source, &item.id, reason, &item.data),
        };
        self.outputs.reject(&line)?;
        self.rejected(item.place.clone(), reason);
        Ok(())
    }

    /// A part of the file that is of no known kind, or no document.
    pub(super) fn unreadable(&mut self, range: Range<u64>, reason: &str, bytes: &[u8]) -> anyhow::Result<()> {
        if self.tells { self.damaged(range, reason, bytes) } else { Ok(()) }
    }

    /// A document that can't be taken.
    fn damaged(&mut self, range: Range<u64>, reason: &str, bytes: &[u8]) -> anyhow::Result<()> {
        self.outputs.reject(&RejectedLine::of_file(&self.source, &range, reason, bytes))?;
        self.rejected(Place::Bytes { start: range.start, end: range.end }, reason);
        Ok(())
    }

    /// The file can't be read on.
    pub(super) fn unread(&mut self, error: &io::Error) {
        if self.tells {
            self.rejected(Place::Whole {}, &format!("can't be read: {}", error.kind()));
        }
    }

    fn rejected(&mut self, place: Place, reason: &str) {
        self.counts.events += 1;
        self.counts.rejected += 1;
        self.report.reject(self.path, place, reason.to_owned());
    }

    /// Sends the rest through, and tells what came of the file.
    pub(super) async fn finish(mut self) -> anyhow::Result<FileOutcome> {
        self.flush().await?;
        self.counts.contacts = self.contacts.len() as u64;
        let written = self.outputs.finish()?;
        Ok(FileOutcome { counts: self.counts, agents: self.agents.finish(self.agent_tally), written })
    }
}

/// What an event is made of, read as the handler reads it.
fn items<'a>(event: &'a Event<'_>, places: &[Range<u64>]) -> Vec<Item<'a>> {
    let item = |at: usize, id: Cow<'a, str>, data: Cow<'a, str>, place: Place, said| {
        let range = places.get(at).cloned();
        let place = range.clone().map_or(place, |range| Place::Bytes { start: range.start, end: range.end });
        Item { place, range, id, data, said }
    };
    match event {
        Event::Messages(batch) => {
            let messages = batch.records.iter().enumerate();
            let read = messages.map(|(at, message)| {
                let place = Place::Message { message: message.message_id.clone() };
                let said =
                    vec![parse::parse_document(message.body.trim(), &[RecordKind::ContactEvent], now().now)];
                item(at, Cow::Borrowed(&message.message_id), Cow::Borrowed(&message.body), place, said)
            });
            read.collect()
        }
        Event::Records(batch) => {
            let records = batch.records.iter().map(|record| &record.kinesis).enumerate();
            let mut budget = records::budget();
            let read = records.map(|(at, record)| {
                let place = Place::Record { record: record.sequence_number.clone() };
                let said = parse::parse_record(&record.data, &mut budget, now().now);
                item(at, Cow::Borrowed(&record.sequence_number), Cow::Borrowed(&record.data), place, said)
            });
            read.collect()
        }
        Event::Lines(batch) => {
            let lines = batch.events().into_iter().enumerate();
            let read = lines.map(|(at, line)| {
                let id = line.id.text().unwrap_or_default();
                let place = Place::LogEvent { log_event: id.clone().into_owned() };
                item(
                    at,
                    id,
                    line.message.text().unwrap_or_default(),
                    place,
                    vec![parse::parse_line(&line, now().now)],
                )
            });
            read.collect()
        }
        // Single documents come gathered.
        Event::Document(_) => Vec::new(),
    }
}
