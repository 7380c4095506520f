//! One file of notifications on its pass through the workforce feed.

use std::path::Path;

use ctr_sftp::outcome::{Delivery, ObjectOutcome};
use indicatif::ProgressBar;
use switchboard_runtime::batch::{SqsEvent, SqsMessage};
use tokio::time::Instant;

use super::{ObjectSource, count, delivered_name, report::WorkforceCounts};
use crate::{
    input::{
        document_format::DocumentFormat,
        documents::{Documents, FilePiece},
    },
    limits::SFTP_TIMEOUT,
    replay::{
        file::ReplayedFile,
        file_reports::{FileCounts, FileReport},
        outputs::RejectedLine,
        report::ItemLocation,
        without_logs,
    },
};

/// One file's pass through the feed.
pub(super) struct NotificationsPass<'a> {
    source: &'a ObjectSource,
    /// The folder for what the feed rejects in objects.
    rejects: &'a Path,
    file: ReplayedFile<'a>,
    counts: WorkforceCounts,
    /// The name under which each object was delivered, and the object's path in its folder.
    delivered: Vec<(String, String)>,
}

impl<'a> NotificationsPass<'a> {
    pub(super) fn new(source: &'a ObjectSource, rejects: &'a Path, file: ReplayedFile<'a>) -> Self {
        Self { source, rejects, file, counts: WorkforceCounts::default(), delivered: Vec::new() }
    }

    /// Reads the file, reports it, and returns the names that were delivered, with each object's path in its folder.
    pub(super) async fn run(mut self, path: &Path) -> anyhow::Result<Vec<(String, String)>> {
        let mut documents = Documents::open(path)?;
        documents.for_each_piece(&ProgressBar::hidden(), async |piece| self.apply(piece).await).await?;
        let ReplayedFile { path, outputs, report, rejected, .. } = self.file;
        self.counts.failed += rejected;
        let (counts, written) = (self.counts, outputs.finish()?.rejects);
        report.workforce_feed.by_file.add(FileReport { path, content: "S3 notifications", counts, written });
        Ok(self.delivered)
    }

    async fn apply(&mut self, piece: FilePiece<'_>) -> anyhow::Result<()> {
        let (text, range) = match piece {
            FilePiece::Document { text, range } => (text, range),
            FilePiece::Damage { bytes, range, reason } => {
                return self.file.reject_damage(range, &reason, bytes);
            }
            FilePiece::ReadError(error) => return Err(error.into()),
        };
        match DocumentFormat::of(text) {
            DocumentFormat::S3Notification => {
                let message_id = format!("bytes {} to {}", range.start, range.end);
                self.message(SqsMessage { message_id, body: text.to_owned() }).await
            }
            DocumentFormat::SqsEvent => match serde_json::from_str::<SqsEvent>(text) {
                Ok(event) => {
                    for message in event.records {
                        self.message(message).await?;
                    }
                    Ok(())
                }
                Err(_) => self.file.reject_bytes(range, "no batch of SQS messages", text.as_bytes()),
            },
            DocumentFormat::Other(kind) => {
                self.file.reject_damage(range, &format!("{kind}, no S3 notification"), text.as_bytes())
            }
            // For another system.
            _ => Ok(()),
        }
    }

    /// Sends a message through the handler, alone, so that its outcome is its own.
    async fn message(&mut self, message: SqsMessage) -> anyhow::Result<()> {
        let event = SqsEvent { records: vec![message.clone()] };
        let deadline = Instant::now() + SFTP_TIMEOUT;
        let handled = without_logs(self.source.handler.handle(event, deadline)).await;
        let failed = !handled.response.batch_item_failures.is_empty();
        let mut object_failed = false;
        for outcome in &handled.outcomes {
            self.counts.add(&count(outcome));
            self.object(outcome)?;
            if let Err(error) = &outcome.result {
                object_failed = true;
                let reason = format!("{}/{}: {error}", outcome.bucket, outcome.key);
                let line =
                    RejectedLine::of_event(&self.file.path, &message.message_id, &reason, &message.body);
                self.file.outputs.rejected.write_json(&line)?;
            }
        }
        if failed && !object_failed {
            let location = ItemLocation::Message { message: message.message_id.clone() };
            let reason = "no S3 notification, or not all of it";
            self.file.reject_item(location, &message.message_id, reason, &message.body)?;
        }
        Ok(())
    }

    /// Lists what was rejected of an object, and moves the feed's copy of it to the results.
    fn object(&mut self, outcome: &ObjectOutcome) -> anyhow::Result<()> {
        let ObjectOutcome { bucket, key, rejects, result, .. } = outcome;
        let object = format!("{bucket}/{key}");
        match result {
            Ok(Delivery::Delivered { .. }) => self.delivered.push((delivered_name(key), object.clone())),
            Ok(_) => {}
            Err(error) => {
                let location = ItemLocation::Object { object: object.clone(), range: None };
                self.file.list_rejected(location, &error.to_string());
            }
        }
        for rejected in rejects {
            let range = Some(rejected.range.clone());
            let location = ItemLocation::Object { object: object.clone(), range };
            self.file.list_rejected(location, &rejected.reason.to_string());
        }
        let to = self.rejects.join(format!("{object}.ndjson"));
        // A key that leads out of the folder has no object there, and so no rejected records.
        if !matches!(result, Err(_) | Ok(Delivery::Ignored)) {
            self.source.links.move_rejects(bucket, key, &to)?;
        }
        Ok(())
    }
}
