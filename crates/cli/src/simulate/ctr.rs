//! `switchboard simulate ctr`: the contact records of an invented contact centre.

use clap::ValueEnum;
use switchboard_simulator::{View, model::emit::EmittedKind};

use super::{
    centre_options::CentreOptions,
    pump::{PumpOptions, pump},
    sink::{self, Sink},
};
use crate::outcome::CommandOutcome;

const AFTER_HELP: &str = "\
The records are those of `switchboard simulate centre` with the same options, in the order in which they are written: a \
minute or so after a contact is over, some a second time later, with a survey's answer.

Examples:
  switchboard simulate ctr --count 10
  switchboard simulate ctr --rate 5 --callers callers.csv
  switchboard simulate ctr --count 1000 --format firehose-event --out event.json
  switchboard simulate ctr --seed 7 --from 2026-11-02 --tz Australia/Sydney";

/// Contact records (CTRs) of an invented contact centre.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    centre: CentreOptions,
    /// How records are written.
    #[arg(long, value_enum, default_value_t = Format::Ndjson)]
    format: Format,
    /// Put the records into this Firehose delivery stream instead of writing them.
    #[cfg(feature = "aws")]
    #[arg(long, value_name = "NAME", conflicts_with_all = ["out", "format"])]
    delivery_stream: Option<String>,
    #[command(flatten)]
    pump: PumpOptions,
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
    let records = View::new(args.centre.config(args.pump.duration)?, EmittedKind::ContactRecord)?;
    pump(records, &args.pump, args.sink().await?).await
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
        Sink::text(self.pump.out(), format)
    }
}
