//! Contact records, contact events and agent events of files into the record tables.

pub(crate) mod report;

use std::path::PathBuf;

use indicatif::ProgressBar;
use switchboard_records::contact::AttributeSelection;

use self::report::TablesReport;
use super::outputs::Outputs;
use crate::{
    database::DatabaseLocation,
    input::{
        carried,
        document_format::DocumentFormat,
        documents::{Documents, FilePiece},
        file_format::Contents,
        files::Input,
    },
    tables::{
        migrated,
        rows::{DocumentUse, TableRows},
    },
};

/// What is of use for the tables, or carries it.
const FORMATS: [DocumentFormat; 6] = [
    DocumentFormat::ContactRecord,
    DocumentFormat::ContactEvent,
    DocumentFormat::ContactMessages,
    DocumentFormat::AgentEvent,
    DocumentFormat::KinesisEvent,
    DocumentFormat::FirehoseEvent,
];

/// The record tables where `METRICS_DB` says, or in a file of the results. They are made when the first file needs them; what
/// is there already stays, as a newer copy replaces an older one and nothing counts twice.
pub(crate) struct TablesOutput {
    folder: PathBuf,
    with_agent_time: bool,
    opened: Option<(TableRows, String)>,
    rejected: u64,
}

impl TablesOutput {
    /// Tables for one file after another.
    pub(crate) fn new(outputs: &Outputs, with_agent_time: bool) -> Self {
        Self { folder: outputs.folder().to_owned(), with_agent_time, opened: None, rejected: 0 }
    }

    /// Loads what a file has for the tables. What can't be read is rejected by the systems that read the file before.
    ///
    /// # Errors
    /// When the file can't be opened or rows can't be written.
    pub(crate) async fn replay(&mut self, input: &Input, contents: &Contents) -> anyhow::Result<()> {
        if !contents.has(&FORMATS) {
            return Ok(());
        }
        let (rows, _) = match &mut self.opened {
            Some(opened) => opened,
            none => none.insert(open(&self.folder, self.with_agent_time).await?),
        };
        let rejected = &mut self.rejected;
        let mut take = async |text: &str| -> anyhow::Result<()> {
            *rejected += u64::from(matches!(rows.take(text).await?, DocumentUse::Rejected(_)));
            Ok(())
        };
        let piece = async |piece: FilePiece<'_>| -> anyhow::Result<()> {
            let FilePiece::Document { text, .. } = piece else { return Ok(()) };
            take(text).await?;
            for (_, text) in carried::documents(DocumentFormat::of(text), text).into_iter().flatten() {
                take(&text).await?;
            }
            Ok(())
        };
        Documents::open(&input.path)?.for_each_piece(&ProgressBar::hidden(), piece).await
    }

    /// Saves the rest and computes the sums. `tables intervals` adds the days that it prints to the calendar. [`None`] if there was nothing for the tables.
    ///
    /// # Errors
    /// When rows can't be written.
    pub(crate) async fn finish(self) -> anyhow::Result<Option<TablesReport>> {
        let Some((mut rows, location)) = self.opened else { return Ok(None) };
        rows.finish().await?;
        let counts = rows.counts;
        Ok(Some(TablesReport {
            location,
            contact_records: counts.contact_records,
            contact_events: counts.contact_events,
            agent_events: counts.agent_events,
            rejected: self.rejected,
        }))
    }
}

async fn open(folder: &std::path::Path, with_agent_time: bool) -> anyhow::Result<(TableRows, String)> {
    let (database, name) = DatabaseLocation::default().open_or_make_in(folder).await?;
    let tables = migrated(database, &name).await?;
    Ok((TableRows::new(tables, AttributeSelection::default(), with_agent_time), name.to_string()))
}
