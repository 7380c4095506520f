//! `switchboard simulate`: invented contact records and agent events, and an invented Connect API.

mod agents;
mod connect_api;
mod ctr;
mod event;
mod pace;
mod sink;
#[cfg(feature = "aws")]
mod stream;

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    io::{self, Write},
    path::PathBuf,
};

use jiff::Timestamp;

use self::{pace::Pace, sink::Sink};
use crate::outcome::Outcome;

/// What can be simulated.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Contact trace records of an invented contact centre.
    Ctr(ctr::Args),
    /// A shift of its agents, as the events of the agent event stream.
    Agents(agents::Args),
    /// Answer the metric and list operations of Connect, for an invented centre.
    ConnectApi(connect_api::Args),
}

/// What every simulation takes.
#[derive(Debug, clap::Args)]
struct Common {
    /// How many a second; as fast as possible if left out.
    #[arg(long, value_name = "PER_SECOND", value_parser = pace::rate)]
    rate: Option<f64>,
    /// What the records follow from; a random one, told on standard error, if left out.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// The file to write; standard output if left out.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The time that it is in the centre: everything lies before. Now if left out.
    #[arg(long, value_name = "TIMESTAMP")]
    now: Option<Timestamp>,
}

/// One record, of whatever kind.
struct Record {
    /// What decides the shard of a data stream.
    key: String,
    /// When it was made, in the centre.
    at: Timestamp,
    /// One line without its end.
    json: String,
}

impl Command {
    /// Does what the command says.
    pub(crate) async fn run(self) -> anyhow::Result<Outcome> {
        match self {
            Self::Ctr(args) => ctr::run(args).await,
            Self::Agents(args) => agents::run(args).await,
            Self::ConnectApi(args) => connect_api::run(args).await,
        }
    }
}

impl Common {
    /// The seed, told if nobody chose it.
    fn seed(&self) -> io::Result<u64> {
        if let Some(seed) = self.seed {
            return Ok(seed);
        }
        // The standard library seeds its hash maps from the system.
        let seed = RandomState::new().build_hasher().finish();
        writeln!(io::stderr(), "seed {seed}")?;
        Ok(seed)
    }

    fn now(&self) -> Timestamp {
        self.now.unwrap_or_else(Timestamp::now)
    }
}

/// Lets records flow until there are no more, or somebody interrupts; what was written by then is whole.
async fn pour(
    mut records: impl Iterator<Item = Record>,
    rate: Option<f64>,
    mut sink: Sink,
) -> anyhow::Result<Outcome> {
    let batch = sink.batch(rate);
    let mut pace = Pace::new(rate);
    let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
    loop {
        let records: Vec<_> = records.by_ref().take(batch).collect();
        if records.is_empty() {
            break;
        }
        tokio::select! {
            biased;
            _ = &mut interrupted => break,
            () = pace.next(records.len() as u64) => {}
        }
        sink.take(&records, rate.is_some()).await?;
    }
    sink.finish()
}
