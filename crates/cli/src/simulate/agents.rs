//! `switchboard simulate agents`: the agent events of an invented contact centre.

use clap::ValueEnum;
use switchboard_simulator::{View, model::emit::EmittedKind};

use super::{
    centre_options::CentreOptions,
    pump::{PumpOptions, pump},
    sink::{self, Sink},
};
use crate::outcome::CommandOutcome;

const AFTER_HELP: &str = "\
The events are those of `switchboard simulate centre` with the same options, in order of time. Each agent logs on, works for \
about eight hours with breaks, accepts and misses contacts, and logs off; some log off for lunch. Heartbeats come when there \
is no other event.

Examples:
  switchboard simulate agents --agents 3 --seed 7
  switchboard simulate agents --format kinesis-event --out shift.json
  switchboard replay shift.json";

/// The events of the agents of an invented contact centre, as their event stream has them.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    centre: CentreOptions,
    /// How events are written.
    #[arg(long, value_enum, default_value_t = Format::Ndjson)]
    format: Format,
    /// Put the events into this Kinesis data stream instead of writing them.
    #[cfg(feature = "aws")]
    #[arg(long, value_name = "NAME|ARN", conflicts_with_all = ["out", "format"])]
    stream: Option<String>,
    #[command(flatten)]
    pump: PumpOptions,
}

/// How events are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A line each.
    Ndjson,
    /// As the events that Lambda is sent from a Kinesis stream, a line each, of up to 100 records.
    KinesisEvent,
}

/// Makes the events.
pub(super) async fn run(args: Args) -> anyhow::Result<CommandOutcome> {
    let events = View::new(args.centre.config(args.pump.duration)?, EmittedKind::AgentEvent)?;
    pump(events, &args.pump, args.sink().await?).await
}

impl Args {
    #[cfg_attr(
        not(feature = "aws"),
        expect(clippy::unused_async, reason = "a stream's client takes its time")
    )]
    async fn sink(&self) -> anyhow::Result<Sink> {
        #[cfg(feature = "aws")]
        if let Some(name) = &self.stream {
            return Ok(Sink::Stream(super::stream::Target::data(name).await?));
        }
        let format = match self.format {
            Format::Ndjson => sink::Format::Ndjson,
            Format::KinesisEvent => sink::Format::KinesisEvent,
        };
        Sink::text(self.pump.out(), format)
    }
}
