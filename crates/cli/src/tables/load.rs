//! `switchboard tables load`: contact records and contact events of files into the record tables.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, ensure};
use indicatif::ProgressBar;
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use switchboard_records::{
    BATCH_MAX_BYTES, EventRow, RecordTables, SaveReport,
    contact::{AttributeSelection, ContactRow, NotARow},
};
use tokio::time::Instant;

use crate::{
    database::{DatabaseLocation, deadline},
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

/// What a file is rejected for that has nothing to load.
const NOTHING: &str = "neither contact records nor contact events";

/// How long the sums of everything may take.
const SUMS: Duration = Duration::from_hours(1);

const AFTER_HELP: &str = "\
Contact records and contact events may be in any framing, gzip too, and among other events, which are passed \
over. Of several copies of a contact's record the newest counts, in whatever order they come; events make a \
provisional row of a contact, which its record replaces. What is loaded again changes nothing.

Endpoints and what this program does not know of a record stand apart, in contact_record_personal. \
Attributes are left out unless --attributes names them.

Exit status: 1 if something could not be read; it is listed.

Examples:
  switchboard tables load day/
  switchboard tables load day/ --attributes language,surveyScore
  switchboard tables load day/ --db sqlite:///records.db";

/// Load contact records and contact events into the record tables.
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
}

/// What is loaded.
struct Loader<'l> {
    tables: RecordTables,
    attributes: &'l AttributeSelection,
    now: Timestamp,
    rows: Vec<ContactRow>,
    event_rows: Vec<EventRow>,
    bytes: usize,
    records: u64,
    events: u64,
    files: u64,
    saved: SaveReport,
    rejected: Vec<String>,
    not_listed: u64,
}

/// Loads the files and says what there was.
///
/// # Errors
/// When a path can't be read, or the tables can't be written.
pub(crate) async fn run(args: &Args) -> anyhow::Result<CommandOutcome> {
    let files = InputFiles::of(&args.paths, None)?;
    let (database, name) = args.location.open_or_make().await?;
    let tables = RecordTables::new(database);
    tables.migrate(deadline()).await.with_context(|| format!("{name} can't be given its tables"))?;
    let mut loader = Loader {
        tables,
        attributes: &args.attributes,
        now: Timestamp::now(),
        rows: Vec::new(),
        event_rows: Vec::new(),
        bytes: 0,
        records: 0,
        events: 0,
        files: 0,
        saved: SaveReport::default(),
        rejected: Vec::new(),
        not_listed: 0,
    };
    for (path, reason) in &files.unreadable {
        loader.reject(path, reason);
    }
    for input in &files.inputs {
        loader.file(input).await.with_context(|| format!("{} can't be loaded", input.path.display()))?;
    }
    loader.save().await?;
    let tables = &loader.tables;
    tables.presume_over(loader.now, deadline()).await.context("rows can't be written")?;
    let sums = tables.recompute(Instant::now() + SUMS).await;
    sums.context("the sums can't be computed; what is loaded stays, and the next load goes on")?;
    if let Some((first, last)) = tables.first_and_last(deadline()).await? {
        for zone in &args.tz {
            let zone_name = zone.iana_name().context("a time zone without a name")?;
            let end = last.checked_add(1.second())?;
            tables.add_to_calendar(zone_name, zone, first, end, Instant::now() + SUMS).await?;
        }
    }
    ensure!(
        loader.taken() > 0 || !loader.rejected.is_empty(),
        "neither contact records nor contact events in there"
    );
    loader.print(&name.to_string())
}

impl Loader<'_> {
    async fn file(&mut self, input: &Input) -> anyhow::Result<()> {
        let before = (self.taken(), self.rejected.len());
        match FileFormat::of(&input.path) {
            Ok(FileFormat::Documents) => self.documents(&input.path).await?,
            Ok(_) if !input.named => return Ok(()),
            Ok(_) => self.reject(&input.path, NOTHING),
            Err(error) => self.reject(&input.path, &format!("can't be read: {}", error.kind())),
        }
        if input.named && before == (self.taken(), self.rejected.len()) {
            self.reject(&input.path, NOTHING);
        }
        self.files += u64::from(self.taken() > before.0);
        Ok(())
    }

    /// How many records and events were taken.
    fn taken(&self) -> u64 {
        self.records + self.events
    }

    async fn documents(&mut self, path: &Path) -> anyhow::Result<()> {
        let take = async |piece: FilePiece<'_>| -> anyhow::Result<()> {
            match piece {
                FilePiece::Document { text, range } => {
                    if !self.take(text).await? {
                        let format = DocumentFormat::of(text);
                        if !format.is_known() {
                            self.reject(
                                path,
                                &format!(
                                    "bytes {} to {}: neither a contact record nor a contact event",
                                    range.start, range.end
                                ),
                            );
                        }
                        for carried in carried::documents(format, text) {
                            match carried {
                                Ok((_, text)) => _ = self.take(&text).await?,
                                Err(reason) => self.reject(
                                    path,
                                    &format!("bytes {} to {}: {reason}", range.start, range.end),
                                ),
                            }
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

    /// Takes a document if it is a contact record or a contact event; false if it is something else.
    async fn take(&mut self, text: &str) -> anyhow::Result<bool> {
        let refused = match ContactRow::read(text, self.attributes, self.now) {
            Ok(row) => {
                self.rows.push(row);
                self.records += 1;
                None
            }
            Err(NotARow::Record(_)) => match EventRow::read(text, self.now) {
                Ok(row) => {
                    self.event_rows.push(row);
                    self.events += 1;
                    None
                }
                Err(NotARow::Event(_)) => return Ok(false),
                Err(error) => Some(error),
            },
            Err(error) => Some(error),
        };
        if let Some(error) = refused {
            push_bounded(&mut self.rejected, &mut self.not_listed, error.to_string());
            return Ok(true);
        }
        self.bytes += text.len();
        // A row is shorter than its record.
        if self.bytes > BATCH_MAX_BYTES {
            self.save().await?;
        }
        Ok(true)
    }

    async fn save(&mut self) -> anyhow::Result<()> {
        self.bytes = 0;
        let rows = std::mem::take(&mut self.rows);
        let events = std::mem::take(&mut self.event_rows);
        let failed = "rows can't be written";
        let records = self.tables.save_contacts(rows, self.now, deadline()).await.context(failed)?;
        let events = self.tables.save_contact_events(events, self.now, deadline()).await.context(failed)?;
        for saved in [records, events] {
            self.saved.written += saved.written;
            self.saved.unchanged += saved.unchanged;
        }
        Ok(())
    }

    fn reject(&mut self, path: &Path, reason: &str) {
        push_bounded(&mut self.rejected, &mut self.not_listed, format!("{}: {reason}", path.display()));
    }

    fn print(&self, name: &str) -> anyhow::Result<CommandOutcome> {
        let mut out = io::stdout().lock();
        let SaveReport { written, unchanged } = self.saved;
        writeln!(
            out,
            "{} contact records and {} contact events in {} files: {written} rows written in {name}, {unchanged} superseded or there already",
            self.records, self.events, self.files
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
