//! `switchboard wfm stats`: interval statistics from files.

use std::{
    fs::{self, File},
    io::{self, BufReader, BufWriter},
    path::Path,
};

use anyhow::{Context, ensure};
use switchboard_core::{ctr::Ctr, framing::Piece};
use switchboard_wfm::{
    intervals::{ContactFacts, Statistics, Table, Tables},
    latest::Version,
    report::{Report, ReportError},
};

use super::{excluded::Excluded, options::Args, print};
use crate::{
    input::{
        document_format::DocumentFormat,
        documents::{Documents, Next, Parts},
        file_format::FileFormat,
        files::{Found, Input},
    },
    outcome::Outcome,
};

/// Why a file does not count.
const NOTHING_TO_COUNT: &str = "neither contact records nor an agent report";

/// How many excluded records are listed.
const MAX_LISTED: usize = 200;

/// What was gathered.
pub(crate) struct Gathered {
    statistics: Statistics,
    /// The excluded records, up to [`MAX_LISTED`].
    pub(crate) excluded: Vec<Excluded>,
    /// The number of excluded records.
    pub(crate) excluded_count: u64,
    /// Files that went in.
    pub(crate) files: u64,
}

/// Gathers the files and prints or writes the tables.
///
/// # Errors
/// When a path can't be read or a table can't be written.
pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let found = Found::of(&args.paths, args.csv.as_deref())?;
    let mut gathered = Gathered {
        statistics: Statistics::new(args.settings()?),
        excluded: Vec::new(),
        excluded_count: 0,
        files: 0,
    };
    for input in &found.inputs {
        if let Err(error) = gathered.file(input) {
            gathered.note(&input.path, "the file".to_owned(), format!("can't be read: {error}"));
        }
    }
    ensure!(
        gathered.files > 0 || gathered.excluded_count > 0,
        "no contact records and no agent reports in there"
    );
    let Gathered { statistics, excluded, excluded_count, .. } = gathered;
    let tables = statistics.finish();
    match &args.csv {
        Some(folder) => write(&tables, folder)?,
        None => print::tables(&tables)?,
    }
    print::left_out(&tables)?;
    print::excluded(&excluded, excluded_count)?;
    Ok(Outcome::of(excluded_count))
}

impl Gathered {
    fn file(&mut self, input: &Input) -> io::Result<()> {
        match FileFormat::of(&input.path)? {
            FileFormat::Documents => {
                let before = self.excluded_count;
                let records = self.records(&input.path)?;
                // What holds other events alone is of use to others, unless it was named for this.
                if records == 0 && self.excluded_count == before {
                    if input.named {
                        self.note(&input.path, "the file".to_owned(), NOTHING_TO_COUNT.to_owned());
                    }
                    return Ok(());
                }
            }
            FileFormat::AgentReport => self.report(&input.path)?,
            FileFormat::Callers if !input.named => return Ok(()),
            FileFormat::Callers => {
                self.note(&input.path, "the file".to_owned(), NOTHING_TO_COUNT.to_owned());
                return Ok(());
            }
            FileFormat::Unknown(reason) => {
                self.note(&input.path, "the file".to_owned(), format!("{NOTHING_TO_COUNT}: {reason}"));
                return Ok(());
            }
        }
        self.files += 1;
        Ok(())
    }

    /// Counts the contact records of a file, and says how many there are. Documents of another known kind are for others.
    fn records(&mut self, path: &Path) -> io::Result<u64> {
        let (mut documents, mut records) = (Documents::open(path)?, 0);
        loop {
            let next = documents.read()?;
            while let Some(piece) = documents.piece() {
                let (range, reason) = match piece {
                    Piece::Document { text, range } => match Ctr::parse(text) {
                        Ok(ctr) => {
                            records += 1;
                            // There always are facts: a contact record has an id.
                            if let Some(facts) = ContactFacts::read(&ctr, Version::of(&ctr, text)) {
                                self.statistics.add_contact(facts);
                            }
                            continue;
                        }
                        Err(reason) => match DocumentFormat::of(text) {
                            DocumentFormat::Other(_) => (range, reason.to_string()),
                            _ => continue,
                        },
                    },
                    Piece::Damage { range, fault, .. } => (range, fault.to_string()),
                };
                self.note(path, format!("bytes {} to {}", range.start, range.end), reason);
            }
            match next {
                Next::More { .. } => {}
                Next::End => return Ok(records),
                Next::Damaged { fault, at } => {
                    self.note(path, format!("from byte {at}"), fault.to_string());
                    return Ok(records);
                }
            }
        }
    }

    fn report(&mut self, path: &Path) -> io::Result<()> {
        let rows = match Report::new(BufReader::new(Parts::open(path)?)) {
            Ok(rows) => rows,
            Err(error) => {
                self.note(path, "line 1".to_owned(), error.to_string());
                return Ok(());
            }
        };
        for row in rows {
            match row {
                Ok(row) => self.statistics.add_agent_row(row),
                Err(ReportError::Read(error)) => {
                    // What stands before it counts; more can't be had.
                    self.note(path, "the rest of the file".to_owned(), error.to_string());
                    return Ok(());
                }
                Err(ReportError::Row { line, fault }) => {
                    self.note(path, format!("line {line}"), fault.to_string());
                }
                Err(error) => self.note(path, "the file".to_owned(), error.to_string()),
            }
        }
        Ok(())
    }

    fn note(&mut self, path: &Path, place: String, reason: String) {
        self.excluded_count += 1;
        if self.excluded.len() < MAX_LISTED {
            self.excluded.push(Excluded { path: path.display().to_string(), place, reason });
        }
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
