//! A file through the enrichment: the real handler, event by event.

use std::{io, ops::Range, path::Path, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use ctr_enrich::{
    event::{FirehoseEvent, Outcome},
    handler::Handler,
};
use indicatif::ProgressBar;
use serde_json::value::RawValue;
use switchboard_core::{
    framing::{self, Piece},
    json::{self, Raw},
};
use tokio::time::Instant;

use super::{
    batch::Batch,
    outputs::{FileOutputs, Outputs, RejectedLine},
    report::{Counts, Example, FileReport, Place, Report},
};
use crate::input::{
    document_format::DocumentFormat,
    documents::{Documents, Next},
    files::Input,
};

/// How long the look-ups of one event may take: the function's own time-out in AWS.
const TIME_FOR_AN_EVENT: Duration = Duration::from_mins(1);

/// The enrichment, for one file after another.
#[derive(Debug)]
pub(crate) struct Enrichment {
    enricher: Handler,
}

impl Enrichment {
    /// With the handler that does it.
    pub(crate) fn new(enricher: Handler) -> Self {
        Self { enricher }
    }

    /// Replays a file, in memory for one event whatever the file's size.
    ///
    /// # Errors
    /// When a result can't be written. What can't be read is rejected.
    pub(crate) async fn replay(
        &self,
        input: &Input,
        outputs: &Outputs,
        report: &mut Report,
        progress: &ProgressBar,
    ) -> anyhow::Result<()> {
        let mut documents = Documents::open(&input.path)?;
        let mut file = Replay {
            enricher: &self.enricher,
            path: &input.path,
            source: input.path.display().to_string(),
            outputs: outputs.of(&input.name),
            batch: Batch::default(),
            counts: Counts::default(),
            events: 0,
            example: None,
            report,
        };
        loop {
            let next = documents.read();
            while let Some(piece) = documents.piece() {
                file.take(piece).await?;
            }
            match next {
                Ok(Next::More { read_bytes }) => progress.inc(read_bytes),
                Ok(Next::End) => break,
                Ok(Next::Damaged { fault, at }) => {
                    file.flush().await?;
                    file.reject_part(at..at, &fault.to_string(), &[])?;
                    break;
                }
                Err(error) => {
                    file.flush().await?;
                    file.reject_unread(&error);
                    break;
                }
            }
        }
        file.flush().await?;
        file.finish(documents.is_packed())
    }
}

/// One file on its way through.
struct Replay<'a> {
    enricher: &'a Handler,
    path: &'a Path,
    source: String,
    outputs: FileOutputs,
    batch: Batch,
    counts: Counts,
    /// Firehose events that the file holds.
    events: u64,
    /// The record to show, and whether it was in a Firehose event.
    example: Option<Sample>,
    report: &'a mut Report,
}

/// An enriched record to show.
struct Sample {
    contact_id: String,
    customer_endpoint: Box<RawValue>,
    timestamp: Box<RawValue>,
}

impl Replay<'_> {
    /// Takes the next part of the file.
    async fn take(&mut self, piece: Piece<'_>) -> anyhow::Result<()> {
        match piece {
            Piece::Document { text, range } => {
                match DocumentFormat::of(text) {
                    DocumentFormat::FirehoseEvent => {
                        self.flush().await?;
                        return self.firehose_event(text, range).await;
                    }
                    // What is of no known kind is for the handler to refuse; the rest is for other systems.
                    DocumentFormat::ContactRecord | DocumentFormat::Other(_) => {}
                    _ => return Ok(()),
                }
                if self.batch.is_full_for(text) {
                    self.flush().await?;
                }
                self.batch.push(text, range);
                Ok(())
            }
            Piece::Damage { bytes, range, fault } => {
                self.flush().await?;
                self.reject_part(range, &fault.to_string(), bytes)
            }
        }
    }

    async fn firehose_event(&mut self, text: &str, range: Range<u64>) -> anyhow::Result<()> {
        self.events += 1;
        let Ok(event) = serde_json::from_str::<FirehoseEvent<'_>>(text) else {
            return self.reject_part(range, "no Firehose transformation event", text.as_bytes());
        };
        self.handle(&event, &[]).await
    }

    /// Sends the records gathered so far through the handler.
    async fn flush(&mut self) -> anyhow::Result<()> {
        let batch = std::mem::take(&mut self.batch);
        match batch.event() {
            Some(event) => self.handle(&event, batch.places()).await,
            None => Ok(()),
        }
    }

    /// Sends an event through the handler. Its records' `places` in the file are known if it is ours.
    async fn handle(&mut self, event: &FirehoseEvent<'_>, places: &[Range<u64>]) -> anyhow::Result<()> {
        let handled = self.enricher.handle(event, Instant::now() + TIME_FOR_AN_EVENT).await;
        for (index, (answer, record)) in handled.response.records.iter().zip(&event.records).enumerate() {
            match answer.outcome {
                Outcome::Enriched(tally) => {
                    self.counts.add(tally);
                    let bytes = STANDARD.decode(&*answer.data)?;
                    self.outputs.enriched.write(&bytes)?;
                    if tally.known > 0 && self.example.is_none() {
                        self.example = sample(&bytes);
                    }
                }
                // With nowhere to put records back to, the handler refuses those instead.
                Outcome::Requeued => self.reject_record(record, places.get(index), "put back")?,
                Outcome::Rejected(reason) => {
                    self.reject_record(record, places.get(index), &reason.to_string())?;
                }
            }
        }
        Ok(())
    }

    fn reject_record(
        &mut self,
        record: &ctr_enrich::event::FirehoseRecord<'_>,
        place: Option<&Range<u64>>,
        reason: &str,
    ) -> anyhow::Result<()> {
        if let Some(place) = place {
            let document = STANDARD.decode(record.data.as_deref().unwrap_or_default())?;
            return self.reject_part(place.clone(), reason, &document);
        }
        self.outputs.reject(&RejectedLine::of_event(
            &self.source,
            &record.record_id,
            reason,
            record.data.as_deref().unwrap_or_default(),
        ))?;
        self.counts.add_rejected();
        let place = Place::Record { record: record.record_id.clone().into_owned() };
        self.report.reject(self.path, place, reason.to_owned());
        Ok(())
    }

    fn reject_part(&mut self, range: Range<u64>, reason: &str, bytes: &[u8]) -> anyhow::Result<()> {
        self.outputs.reject(&RejectedLine::of_file(&self.source, &range, reason, bytes))?;
        self.counts.add_rejected();
        let place = Place::Bytes { start: range.start, end: range.end };
        self.report.reject(self.path, place, reason.to_owned());
        Ok(())
    }

    /// The file can't be read on.
    fn reject_unread(&mut self, error: &io::Error) {
        self.counts.add_rejected();
        self.report.reject(self.path, Place::Whole {}, format!("can't be read: {}", error.kind()));
    }

    fn finish(self, packed: bool) -> anyhow::Result<()> {
        let written = self.outputs.finish()?;
        let enriched = written.enriched.as_deref().map(shown);
        let rejected_records = written.rejected.as_deref().map(shown);
        let content = match (self.events, packed) {
            (0, false) => "contact records",
            (0, true) => "contact records, gzip",
            (_, false) => "Firehose event",
            (_, true) => "Firehose event, gzip",
        };
        if let (Some(sample), Some(file)) = (self.example, &enriched) {
            let is_better =
                self.report.example.is_none() || (self.events > 0 && !self.report.example_is_of_event);
            if is_better {
                self.report.example_is_of_event = self.events > 0;
                self.report.example = Some(Example {
                    source: self.source.clone(),
                    file: file.clone(),
                    contact_id: sample.contact_id,
                    customer_endpoint: sample.customer_endpoint,
                    timestamp: sample.timestamp,
                });
            }
        }
        let path = self.source;
        self.report.add(FileReport { path, content, counts: self.counts, enriched, rejected_records });
        Ok(())
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// The first of the enriched documents that has its caller's name.
fn sample(enriched: &[u8]) -> Option<Sample> {
    framing::pieces(enriched).find_map(|piece| match piece {
        Piece::Document { text, .. } => named(text),
        Piece::Damage { .. } => None,
    })
}

fn named(document: &str) -> Option<Sample> {
    let (mut contact_id, mut endpoint, mut timestamp) = (Raw::ABSENT, Raw::ABSENT, Raw::ABSENT);
    let read = json::members(document, |member| match &*member.name {
        "ContactId" => contact_id = member.value,
        "CustomerEndpoint" => endpoint = member.value,
        "@timestamp" => timestamp = member.value,
        _ => {}
    });
    let mut has_name = false;
    endpoint.members(|member| has_name |= member.name == "Name" && member.value.text().is_some());
    read.ok().filter(|()| has_name)?;
    Some(Sample {
        contact_id: contact_id.text()?.into_owned(),
        customer_endpoint: RawValue::from_string(endpoint.json().to_owned()).ok()?,
        timestamp: RawValue::from_string(timestamp.json().to_owned()).ok()?,
    })
}
