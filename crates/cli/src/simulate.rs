//! `switchboard simulate`: an invented contact centre, its records and events alone, and an invented Connect API.

mod agents;
mod centre;
mod centre_options;
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
use crate::outcome::CommandOutcome;

/// What can be simulated.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Contact records (CTRs) of an invented contact centre.
    Ctr(ctr::Args),
    /// A shift of agents, as events of the agent event stream.
    Agents(agents::Args),
    /// A contact centre: everything that it emits, and what really happened.
    Centre(centre::Args),
    /// A server of Connect's metrics, lists and contacts, for an invented contact centre.
    ConnectApi(connect_api::Args),
}

/// What every simulation takes.
#[derive(Debug, clap::Args)]
struct Common {
    /// Records per second. Default: as fast as possible.
    #[arg(long, value_name = "PER_SECOND", value_parser = pace::rate)]
    rate: Option<f64>,
    /// Random seed. Default: a random one, printed on standard error.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// The file to write. Default: standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Simulated current time; everything lies before it. Default: now.
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
    pub(crate) async fn run(self) -> anyhow::Result<CommandOutcome> {
        match self {
            Self::Ctr(args) => ctr::run(args).await,
            Self::Agents(args) => agents::run(args).await,
            Self::Centre(args) => centre::run(args).await,
            Self::ConnectApi(args) => connect_api::run(args).await,
        }
    }
}

impl Common {
    /// The seed; a random one is printed.
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

/// Pumps records into the sink until there are no more or Ctrl-C; each written record is whole.
async fn pump(
    mut records: impl Iterator<Item = Record>,
    rate: Option<f64>,
    mut sink: Sink,
) -> anyhow::Result<CommandOutcome> {
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
