//! `switchboard simulate`: invented contact records.

#[cfg(feature = "aws")]
mod delivery_stream;
mod pace;
mod sink;

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    io::{self, Write},
    path::PathBuf,
};

use anyhow::ensure;
use clap::ValueEnum;
use jiff::Timestamp;
use switchboard_callers::csv_file;
use switchboard_simulator::Centre;

use self::{pace::Pace, sink::Sink};
use crate::{outcome::Outcome, replay::batch::MAX_RECORDS};

/// What can be simulated.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Contact trace records of an invented contact centre.
    Ctr(Args),
}

const AFTER_HELP: &str = "\
The same seed, callers and --now give the same records on every machine.

Examples:
  switchboard simulate ctr
  switchboard simulate ctr --count 0 --rate 5 --callers callers.csv
  switchboard simulate ctr --count 1000 --format firehose-event --out event.json
  switchboard simulate ctr --seed 7 --now 2026-11-06T05:00:00Z";

/// Contact trace records of an invented contact centre.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// How many records; 0 for no end of them.
    #[arg(long, value_name = "N", default_value_t = 10)]
    count: u64,
    /// How many a second; as fast as possible if left out.
    #[arg(long, value_name = "PER_SECOND", value_parser = pace::rate)]
    rate: Option<f64>,
    /// What the records follow from; a random one, told on standard error, if left out.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Whose numbers call: a CSV file with the columns Phone and Name. Numbers reserved for fiction if left out.
    #[arg(long, value_name = "FILE.csv")]
    callers: Option<PathBuf>,
    /// How records are written.
    #[arg(long, value_enum, default_value_t = Format::Ndjson)]
    format: Format,
    /// The file to write; standard output if left out.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Put the records into this Firehose delivery stream instead of writing them.
    #[cfg(feature = "aws")]
    #[arg(long, value_name = "NAME", conflicts_with_all = ["out", "format"])]
    delivery_stream: Option<String>,
    /// The time that it is in the centre; all contacts lie in the seven days before. Now if left out.
    #[arg(long, value_name = "TIMESTAMP")]
    now: Option<Timestamp>,
}

/// How records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A line each.
    Ndjson,
    /// One directly after the other, as Firehose writes them by default.
    Concatenated,
    /// As the events that Firehose sends to a transformation, a line each, of up to 500 records.
    FirehoseEvent,
}

impl Command {
    /// Does what the command says.
    pub(crate) async fn run(self) -> anyhow::Result<Outcome> {
        let Self::Ctr(args) = self;
        ctr(args).await
    }
}

async fn ctr(args: Args) -> anyhow::Result<Outcome> {
    let callers = match &args.callers {
        Some(path) => csv_file::read(path)?.into_iter().map(|(number, _)| number).collect(),
        None => Vec::new(),
    };
    ensure!(args.callers.is_none() || !callers.is_empty(), "the file of callers has no numbers");
    let seed = args.seed.unwrap_or_else(random);
    if args.seed.is_none() {
        writeln!(io::stderr(), "seed {seed}")?;
    }
    let mut sink = Sink::open(&args).await?;
    let batch = sink.batch(args.rate);
    let mut centre = Centre::new(seed, callers, args.now.unwrap_or_else(Timestamp::now));
    let mut pace = Pace::new(args.rate);
    let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
    let mut made = 0;
    while args.count == 0 || made < args.count {
        let left = if args.count == 0 { u64::MAX } else { args.count - made };
        let size = left.min(batch);
        let records: Vec<_> = centre.by_ref().take(usize::try_from(size).unwrap_or(MAX_RECORDS)).collect();
        tokio::select! {
            biased;
            // What was written so far is whole.
            _ = &mut interrupted => break,
            () = pace.next(size) => {}
        }
        sink.take(&records, args.rate.is_some()).await?;
        made += size;
    }
    sink.finish()
}

/// A seed that nobody chose: the standard library seeds its hash maps from the system.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}
