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

use super::{options::Args, print};
use crate::{
    input::{
        documents::{Documents, Next},
        files::{Found, Input},
        kind::Kind,
        shape::Shape,
    },
    outcome::Outcome,
};

/// A record, row or file that does not count.
#[derive(Debug)]
pub(crate) struct Bad {
    /// The file.
    pub(crate) path: String,
    /// Where in it.
    pub(crate) place: String,
    /// Why.
    pub(crate) reason: String,
}

/// How much of what is bad is listed.
const MAX_LISTED: usize = 200;

/// What was gathered.
pub(crate) struct Gathered {
    statistics: Statistics,
    /// What does not count, up to a number.
    pub(crate) bad: Vec<Bad>,
    /// How much does not count.
    pub(crate) bad_count: u64,
    /// Files that went in.
    pub(crate) files: u64,
}

/// Gathers the files and prints or writes the tables.
///
/// # Errors
/// When a path can't be read or a table can't be written.
pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let found = Found::of(&args.paths, args.csv.as_deref())?;
    let mut gathered =
        Gathered { statistics: Statistics::new(args.settings()?), bad: Vec::new(), bad_count: 0, files: 0 };
    for input in &found.inputs {
        if let Err(error) = gathered.file(input) {
            gathered.note(&input.path, "the file".to_owned(), format!("can't be read: {}", error.kind()));
        }
    }
    ensure!(gathered.files > 0 || gathered.bad_count > 0, "no contact records and no agent reports in there");
    let Gathered { statistics, bad, bad_count, .. } = gathered;
    let tables = statistics.finish();
    match &args.csv {
        Some(folder) => write(&tables, folder)?,
        None => print::tables(&tables)?,
    }
    print::left_out(&tables)?;
    print::bad(&bad, bad_count)?;
    Ok(Outcome::of(bad_count))
}

impl Gathered {
    fn file(&mut self, input: &Input) -> io::Result<()> {
        match Kind::of(&input.path)? {
            Kind::Documents(Shape::ContactRecord) | Kind::Damaged => self.records(&input.path)?,
            Kind::AgentReport => self.report(&input.path)?,
            _ if input.named => {
                let reason = "neither contact records nor an agent report".to_owned();
                self.note(&input.path, "the file".to_owned(), reason);
                return Ok(());
            }
            _ => return Ok(()),
        }
        self.files += 1;
        Ok(())
    }

    fn records(&mut self, path: &Path) -> io::Result<()> {
        let mut documents = Documents::open(path)?;
        loop {
            let next = documents.read()?;
            while let Some(piece) = documents.piece() {
                let (range, reason) = match piece {
                    Piece::Document { text, range } => match Ctr::parse(text) {
                        Ok(ctr) => {
                            // There always are facts: a contact record has an id.
                            if let Some(facts) = ContactFacts::read(&ctr, Version::of(&ctr, text)) {
                                self.statistics.add_contact(facts);
                            }
                            continue;
                        }
                        Err(reason) => (range, reason.to_string()),
                    },
                    Piece::Damage { range, fault, .. } => (range, fault.to_string()),
                };
                self.note(path, format!("bytes {} to {}", range.start, range.end), reason);
            }
            match next {
                Next::More { .. } => {}
                Next::End => return Ok(()),
                Next::Damaged { fault, at } => {
                    self.note(path, format!("from byte {at}"), fault.to_string());
                    return Ok(());
                }
            }
        }
    }

    fn report(&mut self, path: &Path) -> io::Result<()> {
        let rows = match Report::new(BufReader::new(File::open(path)?)) {
            Ok(rows) => rows,
            Err(error) => {
                self.note(path, "line 1".to_owned(), error.to_string());
                return Ok(());
            }
        };
        for row in rows {
            match row {
                Ok(row) => self.statistics.add_agent_row(row),
                Err(ReportError::Read(error)) => return Err(error),
                Err(ReportError::Row { line, fault }) => {
                    self.note(path, format!("line {line}"), fault.to_string());
                }
                Err(error) => self.note(path, "the file".to_owned(), error.to_string()),
            }
        }
        Ok(())
    }

    fn note(&mut self, path: &Path, place: String, reason: String) {
        self.bad_count += 1;
        if self.bad.len() < MAX_LISTED {
            self.bad.push(Bad { path: path.display().to_string(), place, reason });
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
