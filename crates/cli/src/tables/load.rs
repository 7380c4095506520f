//! `switchboard tables load`: contact records, contact events and agent events of files into the record tables.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use indicatif::ProgressBar;
use jiff::tz::TimeZone;
use switchboard_records::{SaveReport, contact::AttributeSelection};
use tokio::time::Instant;

use super::{
    SUMS,
    rows::{DocumentUse, TableRows},
};
use crate::{
    database::DatabaseLocation,
    input::{
        carried,
        document_format::DocumentFormat,
        documents::{Documents, FilePiece},
        file_format::FileFormat,
        files::{Input, InputFiles},
    },
    limits::push_bounded,
    outcome::CommandOutcome,
    table::clean,
    wfm::options::time_zone,
};

/// What a load fails with that finds nothing.
const EMPTY: &str = "neither contact records nor events of contacts and agents in there";

/// What a file is rejected for that has nothing to load.
const NOTHING: &str = "nothing that the record tables hold";

/// The same where agent events are passed over: they may be all that the file has.
const NOTHING_WITHOUT_AGENT_TIME: &str =
    "nothing that the record tables hold without agents' time (--no-agent-time)";

const AFTER_HELP: &str = "\
Contact records, contact events and agent events may be in any framing, gzip too, and among other events, \
which are passed over. Of several copies of a contact's record the newest counts, in whatever order they come; \
contact events make a provisional row of a contact, which its record replaces. Agent events are agents' time. \
What is loaded again changes nothing.

Endpoints and what this program does not know of a record stand apart, in contact_record_personal. \
Attributes are left out unless --attributes names them.

Exit status: 1 if something could not be read; it is listed.

Examples:
  switchboard tables load day/
  switchboard tables load day/ --attributes language,surveyScore
  switchboard tables load day/ --no-agent-time --db sqlite:///records.db";

/// Load contact records, contact events and agent events into the record tables.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Files, and folders of files.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    location: DatabaseLocation,
    /// A time zone whose intervals the views are to have. Several by commas.
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_delimiter = ',', value_parser = time_zone)]
    tz: Vec<TimeZone>,
    /// The contact attributes to keep, by commas; * for all. They may hold personal data.
    #[arg(long, value_name = "NAMES", default_value = "", hide_default_value = true)]
    attributes: AttributeSelection,
    /// Pass agent events over: agents' time is not kept.
    #[arg(long)]
    no_agent_time: bool,
}

/// What is loaded.
struct Loader {
    rows: TableRows,
    files: u64,
    rejected: Vec<String>,
    not_listed: u64,
}

/// Loads the files and says what there was.
///
/// # Errors
/// When a path can't be read, or the tables can't be written.
pub(crate) async fn run(args: &Args) -> anyhow::Result<CommandOutcome> {
    let files = InputFiles::of(&args.paths, None)?;
    // Where there is nothing to load, no database is made.
    let may_have_documents = |input: &Input| {
        input.named || FileFormat::of(&input.path).is_ok_and(|of| of == FileFormat::Documents)
    };
    ensure!(!files.unreadable.is_empty() || files.inputs.iter().any(may_have_documents), EMPTY);
    let (database, name) = args.location.open_or_make().await?;
    let tables = super::migrated(database, &name).await?;
    let rows = TableRows::new(tables, args.attributes.clone(), !args.no_agent_time);
    let mut loader = Loader { rows, files: 0, rejected: Vec::new(), not_listed: 0 };
    for (path, reason) in &files.unreadable {
        loader.reject(path, reason);
    }
    for input in &files.inputs {
        loader.file(input).await.with_context(|| format!("{} can't be loaded", input.path.display()))?;
    }
    loader.rows.finish().await?;
    let tables = &loader.rows.tables;
    for zone in &args.tz {
        let zone_name = zone.iana_name().context("a time zone without a name")?;
        tables.add_data_to_calendar(zone_name, zone, Instant::now() + SUMS).await?;
    }
    ensure!(loader.rows.counts.documents() > 0 || !loader.rejected.is_empty(), EMPTY);
    loader.print(&name.to_string())
}

impl Loader {
    async fn file(&mut self, input: &Input) -> anyhow::Result<()> {
        let before = (self.rows.counts.documents(), self.rejected.len());
        match FileFormat::of(&input.path) {
            Ok(FileFormat::Documents) => self.documents(&input.path).await?,
            Ok(_) if !input.named => return Ok(()),
            Ok(_) => self.reject(&input.path, self.nothing()),
            Err(error) => self.reject(&input.path, &format!("can't be read: {}", error.kind())),
        }
        if input.named && before == (self.rows.counts.documents(), self.rejected.len()) {
            self.reject(&input.path, self.nothing());
        }
        self.files += u64::from(self.rows.counts.documents() > before.0);
        Ok(())
    }

    fn nothing(&self) -> &'static str {
        if self.rows.with_agent_time { NOTHING } else { NOTHING_WITHOUT_AGENT_TIME }
    }

    async fn documents(&mut self, path: &Path) -> anyhow::Result<()> {
        let take = async |piece: FilePiece<'_>| -> anyhow::Result<()> {
            match piece {
                FilePiece::Document { text, range } => {
                    let place = format!("bytes {} to {}", range.start, range.end);
                    if self.take(path, &place, text).await? {
                        return Ok(());
                    }
                    let format = DocumentFormat::of(text);
                    if !format.is_known() {
                        self.reject(
                            path,
                            &format!(
                                "{place}: neither a contact record nor an event of a contact or an agent"
                            ),
                        );
                    }
                    for carried in carried::documents(format, text) {
                        match carried {
                            Ok((_, text)) => _ = self.take(path, &place, &text).await?,
                            Err(reason) => self.reject(path, &format!("{place}: {reason}")),
                        }
                    }
                }
                FilePiece::Damage { range, reason, .. } => {
                    self.reject(path, &format!("from byte {}: {reason}", range.start));
                }
                FilePiece::ReadError(error) => self.reject(path, &format!("can't be read: {}", error.kind())),
            }
            Ok(())
        };
        Documents::open(path)?.for_each_piece(&ProgressBar::hidden(), take).await
    }

    /// Takes a document, or rejects it; false if it is nothing that the tables hold.
    async fn take(&mut self, path: &Path, place: &str, text: &str) -> anyhow::Result<bool> {
        match self.rows.take(text).await? {
            DocumentUse::Taken => {}
            DocumentUse::PassedOver => return Ok(false),
            DocumentUse::Rejected(reason) => self.reject(path, &format!("{place}: {reason}")),
        }
        Ok(true)
    }

    fn reject(&mut self, path: &Path, reason: &str) {
        push_bounded(&mut self.rejected, &mut self.not_listed, format!("{}: {reason}", path.display()));
    }

    fn print(&self, name: &str) -> anyhow::Result<CommandOutcome> {
        let mut out = io::stdout().lock();
        let counts = &self.rows.counts;
        let sum = |of: fn(&SaveReport) -> u64| of(&counts.contacts) + of(&counts.agent_time);
        writeln!(
            out,
            "{} contact records, {} contact events and {} agent events in {} files: {} rows written in {name}, {} superseded or there already",
            counts.contact_records,
            counts.contact_events,
            counts.agent_events,
            self.files,
            sum(|saved| saved.written),
            sum(|saved| saved.unchanged),
        )?;
        for line in &self.rejected {
            writeln!(out, "rejected: {}", clean(line))?;
        }
        if self.not_listed > 0 {
            writeln!(out, "and {} more", self.not_listed)?;
        }
        Ok(CommandOutcome::of(u64::try_from(self.rejected.len()).unwrap_or(u64::MAX)))
    }
}
