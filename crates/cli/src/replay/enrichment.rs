//! Files through the enrichment: the real handler of `ctr-enrich`, event by event.

pub(crate) mod directory;
pub(crate) mod report;

use std::{borrow::Cow, ops::Range, path::PathBuf};

use base64::{Engine, engine::general_purpose::STANDARD};
use ctr_enrich::{
    event::{FirehoseEvent, FirehoseRecord, RecordOutcome, ResponseData},
    handler::Handler,
    requeue::Requeue,
};
use indicatif::ProgressBar;
use serde_json::value::RawValue;
use switchboard_core::{
    framing::{self, Piece},
    json::{self, Raw},
};
use tokio::time::Instant;

use self::{
    directory::DirectorySource,
    report::{EnrichmentCounts, Example, ExampleMembers},
};
use super::{
    batch::Batch,
    file::ReplayedFile,
    file_reports::FileReport,
    outputs::Outputs,
    report::{ItemLocation, Report},
};
use crate::{
    input::{
        carried,
        document_format::DocumentFormat,
        documents::{Documents, FilePiece},
        files::Input,
    },
    limits::FIREHOSE_EVENT_TIMEOUT,
};

/// The enrichment, for one file after another.
#[derive(Debug)]
pub(crate) struct Enrichment {
    handler: Handler,
}

impl Enrichment {
    /// The enrichment with the directory of callers that the argument, the environment or the paths name.
    ///
    /// # Errors
    /// When a setting is invalid or the directory can't be opened.
    pub(crate) async fn open(
        callers: Option<&str>,
        paths: &[PathBuf],
    ) -> anyhow::Result<(Self, DirectorySource)> {
        let (directory, source) = directory::open(callers, paths).await?;
        Ok((Self { handler: Handler::new(directory, Requeue::Nowhere) }, source))
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
        let mut pass = EnrichmentPass {
            handler: &self.handler,
            file: ReplayedFile::new(input, true, outputs, report),
            batch: Batch::default(),
            counts: EnrichmentCounts::default(),
            events: 0,
            example: None,
        };
        documents.for_each_piece(progress, async |piece| pass.apply(piece).await).await?;
        pass.flush().await?;
        pass.finish(documents.is_packed())
    }
}

/// One file's pass through the enrichment.
struct EnrichmentPass<'a> {
    handler: &'a Handler,
    file: ReplayedFile<'a>,
    batch: Batch,
    counts: EnrichmentCounts,
    /// Firehose events that the file holds.
    events: u64,
    example: Option<ExampleMembers>,
}

impl EnrichmentPass<'_> {
    async fn apply(&mut self, piece: FilePiece<'_>) -> anyhow::Result<()> {
        match piece {
            FilePiece::Document { text, range } => match DocumentFormat::of(text) {
                DocumentFormat::FirehoseEvent => {
                    self.flush().await?;
                    self.firehose_event(text, range).await
                }
                // What is of no known kind is for the handler to reject; the rest is for other systems.
                DocumentFormat::ContactRecord | DocumentFormat::Other(_) => self.gather(text, range).await,
                format => {
                    for record in carried::contact_records(format, text) {
                        self.gather(&record, range.clone()).await?;
                    }
                    Ok(())
                }
            },
            FilePiece::Damage { bytes, range, reason } => {
                self.flush().await?;
                self.file.reject_damage(range, &reason, bytes)
            }
            FilePiece::ReadError(error) => {
                self.flush().await?;
                self.file.reject_rest(&error);
                Ok(())
            }
        }
    }

    /// Adds a record to the next event.
    async fn gather(&mut self, text: &str, range: Range<u64>) -> anyhow::Result<()> {
        if self.batch.is_full_for(text) {
            self.flush().await?;
        }
        self.batch.push(text, range);
        Ok(())
    }

    async fn firehose_event(&mut self, text: &str, range: Range<u64>) -> anyhow::Result<()> {
        self.events += 1;
        let Ok(event) = FirehoseEvent::read(text) else {
            return self.file.reject_bytes(range, "no Firehose transformation event", text.as_bytes());
        };
        self.handle(&event, &[]).await
    }

    /// Sends the records gathered so far through the handler.
    async fn flush(&mut self) -> anyhow::Result<()> {
        let batch = std::mem::take(&mut self.batch);
        if batch.is_empty() {
            return Ok(());
        }
        self.handle(&event(&batch), batch.ranges()).await
    }

    /// Sends an event through the handler. `ranges` are its records' bytes in the file, if the file holds no events.
    async fn handle(&mut self, event: &FirehoseEvent<'_>, ranges: &[Range<u64>]) -> anyhow::Result<()> {
        let handled = self.handler.handle(event, Instant::now() + FIREHOSE_EVENT_TIMEOUT).await;
        for (index, (answer, record)) in handled.response.records.iter().zip(&event.records).enumerate() {
            match answer.outcome {
                RecordOutcome::Enriched(tally) => {
                    self.counts.add_tally(tally);
                    let ResponseData::New(bytes) = &answer.data else { continue };
                    self.file.outputs.enriched.write(bytes)?;
                    if tally.known > 0 && self.example.is_none() {
                        self.example = framing::pieces(bytes).find_map(|piece| with_name(&piece));
                    }
                }
                RecordOutcome::PassedOver(reason) => {
                    self.reject_record(record, ranges.get(index), &reason.to_string())?;
                }
                // With nowhere to requeue records, the handler rejects those instead.
                RecordOutcome::Requeued => self.reject_record(record, ranges.get(index), "requeued")?,
                RecordOutcome::Rejected(reason) => {
                    self.reject_record(record, ranges.get(index), &reason.to_string())?;
                }
            }
        }
        Ok(())
    }

    fn reject_record(
        &mut self,
        record: &FirehoseRecord<'_>,
        range: Option<&Range<u64>>,
        reason: &str,
    ) -> anyhow::Result<()> {
        let data = record.data.as_deref().unwrap_or_default();
        if let Some(range) = range {
            return self.file.reject_bytes(range.clone(), reason, &STANDARD.decode(data)?);
        }
        let location = ItemLocation::Record { record: record.record_id.clone().into_owned() };
        self.file.reject_item(location, &record.record_id, reason, data)
    }

    fn finish(mut self, is_packed: bool) -> anyhow::Result<()> {
        let ReplayedFile { path, outputs, report, rejected, .. } = self.file;
        self.counts.add_rejected(rejected);
        let written = outputs.finish()?;
        let is_of_event = self.events > 0;
        let content = match (is_of_event, is_packed) {
            (false, false) => "contact records",
            (false, true) => "contact records, gzip",
            (true, false) => "Firehose event",
            (true, true) => "Firehose event, gzip",
        };
        if let (Some(members), Some(file)) = (self.example, written.enriched.clone())
            && report.example.as_ref().is_none_or(|shown| is_of_event && !shown.is_of_event)
        {
            report.example = Some(Example { source: path.clone(), file, members, is_of_event });
        }
        report.enrichment.add(FileReport { path, content, counts: self.counts, written });
        Ok(())
    }
}

/// The event that Firehose would send of these records.
fn event(batch: &Batch) -> FirehoseEvent<'static> {
    let record = |(range, document): (&Range<u64>, &String)| FirehoseRecord {
        record_id: Cow::Owned(format!("{}-{}", range.start, range.end)),
        data: Some(Cow::Owned(STANDARD.encode(document))),
        partition_key: None,
    };
    FirehoseEvent {
        delivery_stream_arn: String::new(),
        source_kinesis_stream_arn: None,
        records: batch.ranges().iter().zip(batch.documents()).map(record).collect(),
    }
}

/// The members of an enriched document that has its caller's name.
fn with_name(piece: &Piece<'_>) -> Option<ExampleMembers> {
    let Piece::Document { text, .. } = piece else { return None };
    let (mut contact_id, mut endpoint, mut timestamp) = (Raw::ABSENT, Raw::ABSENT, Raw::ABSENT);
    let read = json::members(text, |member| match &*member.name {
        "ContactId" => contact_id = member.value,
        "CustomerEndpoint" => endpoint = member.value,
        "@timestamp" => timestamp = member.value,
        _ => {}
    });
    let mut has_name = false;
    endpoint.members(|member| has_name |= member.name == "Name" && member.value.text().is_some());
    read.ok().filter(|()| has_name)?;
    Some(ExampleMembers {
        contact_id: contact_id.text()?.into_owned(),
        customer_endpoint: RawValue::from_string(endpoint.json().to_owned()).ok()?,
        timestamp: RawValue::from_string(timestamp.json().to_owned()).ok()?,
    })
}
