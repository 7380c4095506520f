//! `switchboard wfm stats`: interval statistics from files.

use std::{
    fs::{self, File},
    io::{self, BufReader, BufWriter},
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use jiff::{SignedDuration, tz::TimeZone};
use switchboard_core::{ctr::Ctr, framing::Piece};
use switchboard_wfm::{
    intervals::{ContactFacts, IntervalLength, Settings, Statistics, Table, Tables},
    latest::Version,
    report::{Report, ReportError},
};

use super::print;
use crate::{
    input::{
        documents::{Documents, Next, Parts},
        files::{Found, Input},
        kind::Kind,
        shape::Shape,
    },
    outcome::Outcome,
};

const AFTER_HELP: &str = "\
Contact records may be in any framing, gzip too, and among other events; agent reports are told by their header.
Of a contact's copies the newest counts, in whatever files they are. What is not used is told with the reason, and
makes the exit status 1; events of other known kinds are for other commands.

Examples:
  switchboard wfm stats events/s3/objects --tz Europe/Stockholm
  switchboard wfm stats day/ --interval 30m --sla 30s --csv statistics/";

/// Interval statistics of contact records and agent reports.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Files, and folders of files.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// How long an interval is: 5m, 10m, 15m, 30m or 1h.
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = interval)]
    interval: IntervalLength,
    /// Whose clock intervals are counted on: an IANA name such as Europe/Stockholm.
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = time_zone)]
    tz: TimeZone,
    /// The service level: who waited for less than this is within it.
    #[arg(long, value_name = "DURATION", default_value = "20s", value_parser = duration)]
    sla: u64,
    /// Who hung up after less than this is a short call.
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = duration)]
    short: u64,
    /// Write the whole tables as CSV files into this folder, instead of printing their most useful columns.
    #[arg(long, value_name = "DIR")]
    csv: Option<PathBuf>,
}

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

/// Why a file does not count.
const NOTHING_TO_COUNT: &str = "neither contact records nor an agent report";

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
    let mut gathered = Gathered {
        statistics: Statistics::new(Settings {
            interval: args.interval,
            time_zone: args.tz.clone(),
            service_level_secs: args.sla,
            short_call_secs: args.short,
        }),
        bad: Vec::new(),
        bad_count: 0,
        files: 0,
    };
    for input in &found.inputs {
        if let Err(error) = gathered.file(input) {
            gathered.note(&input.path, "the file".to_owned(), format!("can't be read: {error}"));
        }
    }
    ensure!(gathered.files > 0 || gathered.bad_count > 0, "no contact records and no agent reports in there");
    let Gathered { statistics, bad, bad_count, .. } = gathered;
    let tables = statistics.finish();
    match &args.csv {
        Some(folder) => write(&tables, folder)?,
        None => print::tables(&tables)?,
    }
    print::bad(&bad, bad_count)?;
    Ok(Outcome::of(bad_count))
}

impl Gathered {
    fn file(&mut self, input: &Input) -> io::Result<()> {
        match Kind::of(&input.path)? {
            Kind::Documents => {
                let before = self.bad_count;
                let records = self.records(&input.path)?;
                // What holds other events alone is of use to others, unless it was named for this.
                if records == 0 && self.bad_count == before {
                    if input.named {
                        self.note(&input.path, "the file".to_owned(), NOTHING_TO_COUNT.to_owned());
                    }
                    return Ok(());
                }
            }
            Kind::AgentReport => self.report(&input.path)?,
            Kind::Callers if !input.named => return Ok(()),
            Kind::Callers => {
                self.note(&input.path, "the file".to_owned(), NOTHING_TO_COUNT.to_owned());
                return Ok(());
            }
            Kind::Unknown(reason) => {
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
                        Err(reason) => match Shape::of(text) {
                            Shape::Other(_) => (range, reason.to_string()),
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

fn duration(text: &str) -> Result<u64, String> {
    let duration: Option<SignedDuration> = text.parse().ok();
    let secs = duration.filter(|duration| duration.subsec_nanos() == 0).map(|duration| duration.as_secs());
    let secs = secs.and_then(|secs| u64::try_from(secs).ok());
    secs.ok_or_else(|| "expected whole seconds, such as 20s or 1m30s".to_owned())
}

fn interval(text: &str) -> Result<IntervalLength, String> {
    let secs = duration(text).ok().filter(|secs| secs % 60 == 0);
    let length = secs.and_then(|secs| IntervalLength::from_minutes(secs / 60));
    length.ok_or_else(|| "expected 5m, 10m, 15m, 30m or 1h".to_owned())
}

fn time_zone(text: &str) -> Result<TimeZone, String> {
    TimeZone::get(text).map_err(|_| "no such time zone; expected a name such as Europe/Stockholm".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_whole_seconds() {
        assert_eq!(duration("20s"), Ok(20));
        assert_eq!(duration("1m30s"), Ok(90));
        for text in ["", "20", "1.5s", "-5s", "soon"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_interval_divides_the_hour() {
        assert_eq!(interval("15m"), Ok(IntervalLength::Fifteen));
        assert_eq!(interval("1h"), Ok(IntervalLength::Sixty));
        for text in ["7m", "0m", "2h", "15m30s", "15"] {
            assert!(interval(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_zone_is_known_by_its_name() {
        assert!(time_zone("Europe/Stockholm").is_ok());
        assert!(time_zone("Europe/Stockhome").is_err());
    }
}
