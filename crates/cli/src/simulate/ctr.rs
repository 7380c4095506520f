//! `switchboard simulate ctr`: invented contact records.

use std::path::PathBuf;

use anyhow::ensure;
use clap::ValueEnum;
use switchboard_callers::csv_file;
use switchboard_simulator::CtrGenerator;

use super::{
    Common, Record, pump,
    sink::{self, Sink},
};
use crate::outcome::CommandOutcome;

const AFTER_HELP: &str = "\
All contacts lie in the seven days before --now. The same seed, callers and --now give the same records on \
every machine.

Examples:
  switchboard simulate ctr
  switchboard simulate ctr --count 0 --rate 5 --callers callers.csv
  switchboard simulate ctr --count 1000 --format firehose-event --out event.json
  switchboard simulate ctr --seed 7 --now 2026-11-06T05:00:00Z";

/// Contact trace records of an invented contact centre.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// How many records; 0 = unlimited.
    #[arg(long, value_name = "N", default_value_t = 10)]
    count: u64,
    /// The numbers that call: a CSV file with the columns Phone and Name. Default: numbers reserved for fiction.
    #[arg(long, value_name = "FILE.csv")]
    callers: Option<PathBuf>,
    /// How records are written.
    #[arg(long, value_enum, default_value_t = Format::Ndjson)]
    format: Format,
    /// Put the records into this Firehose delivery stream instead of writing them.
    #[cfg(feature = "aws")]
    #[arg(long, value_name = "NAME", conflicts_with_all = ["out", "format"])]
    delivery_stream: Option<String>,
    #[command(flatten)]
    common: Common,
}

/// How records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A line each.
    Ndjson,
    /// One directly after the other, as Firehose writes them by default.
    Concatenated,
    /// As the events that Firehose sends to a transformation, a line each, of up to 500 records.
    FirehoseEvent,
}

/// Makes the records.
pub(super) async fn run(args: Args) -> anyhow::Result<CommandOutcome> {
    let callers = match &args.callers {
        Some(path) => csv_file::read(path)?.into_iter().map(|(number, _)| number).collect(),
        None => Vec::new(),
    };
    ensure!(args.callers.is_none() || !callers.is_empty(), "the file of callers has no numbers");
    let (seed, now) = (args.common.seed()?, args.common.now());
    let sink = args.sink().await?;
    let record =
        |ctr: switchboard_simulator::SimulatedCtr| Record { key: ctr.contact_id, at: now, json: ctr.json };
    let records = CtrGenerator::new(seed, callers, now).map(record);
    match args.count {
        0 => pump(records, args.common.rate, sink).await,
        count => {
            pump(records.take(usize::try_from(count).unwrap_or(usize::MAX)), args.common.rate, sink).await
        }
    }
}

impl Args {
    #[cfg_attr(
        not(feature = "aws"),
        expect(clippy::unused_async, reason = "a delivery stream's client takes its time")
    )]
    async fn sink(&self) -> anyhow::Result<Sink> {
        #[cfg(feature = "aws")]
        if let Some(name) = &self.delivery_stream {
            return Ok(Sink::Stream(super::stream::Target::delivery(name).await?));
        }
        let format = match self.format {
            Format::Ndjson => sink::Format::Ndjson,
            Format::Concatenated => sink::Format::Concatenated,
            Format::FirehoseEvent => sink::Format::FirehoseEvent,
        };
        Sink::text(self.common.out.as_deref(), format)
    }
}
