//! `switchboard simulate agents`: an invented shift.

use clap::ValueEnum;
use switchboard_simulator::{AgentEventGenerator, SimulatedAgentEvent};

use super::{
    Common, Record, pump,
    sink::{self, Sink},
};
use crate::outcome::CommandOutcome;

const AFTER_HELP: &str = "\
Each agent logs on, works for about eight hours with breaks, accepts and misses contacts, and logs off. \
Heartbeats are sent when there is no other event. Events are in order of time, about 500 per agent, all in \
the eleven hours before --now. The same seed and --now give the same events on every machine.

Examples:
  switchboard simulate agents --agents 3 --seed 7
  switchboard simulate agents --format kinesis-event --out shift.json
  switchboard replay shift.json";

/// A shift of the agents of an invented contact centre, as the events of the agent event stream.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// How many agents.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    agents: u32,
    /// How events are written.
    #[arg(long, value_enum, default_value_t = Format::Ndjson)]
    format: Format,
    /// Put the events into this Kinesis data stream instead of writing them.
    #[cfg(feature = "aws")]
    #[arg(long, value_name = "NAME|ARN", conflicts_with_all = ["out", "format"])]
    stream: Option<String>,
    #[command(flatten)]
    common: Common,
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
    let (seed, now) = (args.common.seed()?, args.common.now());
    let sink = args.sink().await?;
    let record =
        |event: SimulatedAgentEvent| Record { key: event.partition_key, at: event.at, json: event.json };
    pump(AgentEventGenerator::new(seed, args.agents, now).map(record), args.common.rate, sink).await
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
        Sink::text(self.common.out.as_deref(), format)
    }
}
