//! `switchboard wfm stats`: interval statistics from files.

use std::{
    fs::{self, File},
    io::{self, BufReader, BufWriter},
    ops::Range,
    path::Path,
};

use anyhow::{Context, ensure};
use indicatif::ProgressBar;
use jiff::Timestamp;
use switchboard_core::{ctr::Ctr, ctr_version::CtrVersion};
use switchboard_wfm::stats::{
    ContactFacts, Statistics, Table, Tables,
    agent_report::{AgentReport, AgentReportError},
};

use super::{excluded::Excluded, options::Args, print};
use crate::{
    input::{
        carried,
        document_format::DocumentFormat,
        documents::{Documents, FilePiece, UnpackedFile},
        file_format::FileFormat,
        files::{Input, InputFiles},
    },
    limits::MAX_LISTED,
    outcome::CommandOutcome,
};

/// Why a file does not count.
const NOTHING_TO_COUNT: &str = "neither contact records nor an agent report";

/// The statistics of some files.
struct Collected {
    statistics: Statistics,
    /// The excluded records, up to [`MAX_LISTED`].
    excluded: Vec<Excluded>,
    /// The number of excluded records.
    excluded_count: u64,
    /// Files that went in.
    files: u64,
    /// When the statistics were asked for.
    now: Timestamp,
}

/// Collects the files and prints or writes the tables.
///
/// # Errors
/// When a path can't be read or a table can't be written.
pub(crate) async fn run(args: &Args) -> anyhow::Result<CommandOutcome> {
    let files = InputFiles::of(&args.paths, args.csv.as_deref())?;
    let mut collected = Collected {
        statistics: Statistics::new(args.settings()?),
        excluded: Vec::new(),
        excluded_count: 0,
        files: 0,
        now: Timestamp::now(),
    };
    for (path, reason) in &files.unreadable {
        collected.exclude(path, "the file".to_owned(), reason.clone());
    }
    for input in &files.inputs {
        if let Err(error) = collected.file(input).await {
            collected.exclude(&input.path, "the file".to_owned(), format!("can't be read: {error}"));
        }
    }
    ensure!(
        collected.files > 0 || collected.excluded_count > 0,
        "no contact records and no agent reports in there"
    );
    let Collected { statistics, excluded, excluded_count, .. } = collected;
    let tables = statistics.finish();
    match &args.csv {
        Some(folder) => write(&tables, folder)?,
        None => print::tables(&tables)?,
    }
    print::left_out(&tables)?;
    print::excluded(&excluded, excluded_count)?;
    Ok(CommandOutcome::of(excluded_count))
}

impl Collected {
    async fn file(&mut self, input: &Input) -> io::Result<()> {
        match FileFormat::of(&input.path)? {
            FileFormat::Documents => {
                let before = self.excluded_count;
                let records = self.records(&input.path).await?;
                // A file of other events alone is for other commands, unless it was named for this.
                if records == 0 && self.excluded_count == before {
                    if input.named {
                        self.exclude(&input.path, "the file".to_owned(), NOTHING_TO_COUNT.to_owned());
                    }
                    return Ok(());
                }
            }
            FileFormat::AgentReport => self.report(&input.path)?,
            FileFormat::Callers if !input.named => return Ok(()),
            FileFormat::Callers => {
                self.exclude(&input.path, "the file".to_owned(), NOTHING_TO_COUNT.to_owned());
                return Ok(());
            }
            FileFormat::Unknown(reason) => {
                self.exclude(&input.path, "the file".to_owned(), format!("{NOTHING_TO_COUNT}: {reason}"));
                return Ok(());
            }
        }
        self.files += 1;
        Ok(())
    }

    /// Counts the contact records of a file, and returns how many there are. Documents of another known kind are for others.
    async fn records(&mut self, path: &Path) -> io::Result<u64> {
        let mut records = 0;
        let count = async |piece: FilePiece<'_>| {
            let (range, reason) = match piece {
                FilePiece::Document { text, range } => match Ctr::parse(text) {
                    Ok(ctr) => {
                        records += 1;
                        self.add(&ctr, text);
                        return Ok(());
                    }
                    Err(reason) => match DocumentFormat::of(text) {
                        DocumentFormat::Other(_) => (range, reason.to_string()),
                        format => {
                            for document in carried::documents(format, text) {
                                match document {
                                    Ok((_, text)) => {
                                        if let Ok(ctr) = Ctr::parse(&text) {
                                            records += 1;
                                            self.add(&ctr, &text);
                                        }
                                    }
                                    Err(reason) => self.exclude(path, place(&range), reason.to_string()),
                                }
                            }
                            return Ok(());
                        }
                    },
                },
                FilePiece::Damage { range, reason, .. } => (range, reason),
                FilePiece::ReadError(error) => return Err(error),
            };
            self.exclude(path, place(&range), reason);
            Ok(())
        };
        Documents::open(path)?.for_each_piece(&ProgressBar::hidden(), count).await?;
        Ok(records)
    }

    fn add(&mut self, ctr: &Ctr<'_>, text: &str) {
        // There always are facts: a contact record has an id.
        if let Some(facts) = ContactFacts::read(ctr, CtrVersion::of(ctr, text, self.now)) {
            self.statistics.add_contact(facts);
        }
    }

    fn report(&mut self, path: &Path) -> io::Result<()> {
        let rows = match AgentReport::new(BufReader::new(UnpackedFile::open(path)?)) {
            Ok(rows) => rows,
            Err(error) => {
                self.exclude(path, "line 1".to_owned(), error.to_string());
                return Ok(());
            }
        };
        for row in rows {
            match row {
                Ok(row) => self.statistics.add_agent_row(row),
                Err(AgentReportError::Read(error)) => {
                    // The rows before it count; the rest can't be read.
                    self.exclude(path, "the rest of the file".to_owned(), error.to_string());
                    return Ok(());
                }
                Err(AgentReportError::Row { line, fault }) => {
                    self.exclude(path, format!("line {line}"), fault.to_string());
                }
                Err(error) => self.exclude(path, "the file".to_owned(), error.to_string()),
            }
        }
        Ok(())
    }

    fn exclude(&mut self, path: &Path, place: String, reason: String) {
        self.excluded_count += 1;
        if self.excluded.len() < MAX_LISTED {
            self.excluded.push(Excluded { path: path.display().to_string(), place, reason });
        }
    }
}

/// A part of a file, for people.
fn place(range: &Range<u64>) -> String {
    if range.is_empty() {
        format!("from byte {}", range.start)
    } else {
        format!("bytes {} to {}", range.start, range.end)
    }
}

fn write(tables: &Tables, folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("{} can't be made", folder.display()))?;
    let files: [(&str, Table); 3] = [
        ("queues.csv", tables.queue_table()),
        ("agent-queues.csv", tables.agent_queue_table()),
        ("agents.csv", tables.agent_table()),
    ];
    for (name, table) in files {
        let path = folder.join(name);
        let written = File::create(&path).and_then(|file| table.write_csv(BufWriter::new(file)));
        written.with_context(|| format!("{} can't be written", path.display()))?;
        print::written(&path, table.rows.len())?;
    }
    Ok(())
}
