//! `switchboard rta`: the real-time adherence feed without the function, for as long as it runs.
//!
//! | module | is |
//! |---|---|
//! | `stream` | the Kinesis data stream: its shards, and pages of records |
//! | `lineage` | which shards may be read: a child after the end of its parents |
//! | `shard_reader` | one shard, from its checkpoint to its end |
//! | `pace` | how often a shard is read; Kinesis allows five reads a second |
//! | `consumer` | all shards at once, with checkpoints and snapshots by the clock |
//! | `checkpoints` | the position in each shard, in an SQLite file |
//! | `delivery` | batches to the handler of `rta-feed`, retried as Lambda retries them |
//! | `agent_table` | what a person sees |
//!
//! What must hold: the records of one shard are handled in order, each at least once; a checkpoint is never ahead of what
//! the handler has acknowledged, so a run that is cut short repeats events, and the feed ignores those that it knows.

mod agent_table;
mod checkpoints;
mod consumer;
mod delivery;
mod lineage;
mod pace;
mod shard_reader;
mod stream;

use std::{path::PathBuf, time::Duration};

use anyhow::Context;
use jiff::Timestamp;
use rta_feed::{
    config::{Config, Rta},
    handler::Handler,
};
use switchboard_runtime::settings::Settings;
use switchboard_wfm::feed::{Feed, FeedState, Store};
use tokio::{task::LocalSet, time::Instant};

use self::{
    agent_table::AgentTable, checkpoints::Checkpoints, consumer::Consumer, delivery::Delivery, stream::Stream,
};
use crate::{aws, outcome::CommandOutcome, signal::shutdown_signal};

/// How long it may take to read the store.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

const AFTER_HELP: &str = "\
Every shard is read every 5 seconds, beginning 24 hours back. An agent's latest state is sent when it has \
changed. Shards that are split or merged are followed. A checkpoint per shard is written every 10 minutes \
and at the end, by Ctrl-C or SIGTERM. A full snapshot is sent every 5 minutes, unless a shard can't be read. \
A terminal shows a table of agents; a file or a pipe gets a line for each change: since when, who, logged on \
or off, the state, and the Region and instance if there are several, separated by tabs.

The settings are those of the function rta-feed:
  AGENTS
      agents' states: sqlite:///path.db or dynamodb://TABLE
  RTA
      the service: file:///secret.json, secretsmanager://ARN or stdout:
  RTA_FORMAT
      soap or json
  RTA_STATES
      status or activity
  CONNECT_INSTANCES
      the ARNs of the instances whose events are taken, with commas between them; all by default
  JOINED_INSTANCES
      the ARNs of instances whose agents with one user name are one, as in a traffic distribution group;
      semicolons between groups

Region and credentials are found as other AWS programs find them.

Example:
  export AGENTS=sqlite:///var/lib/rta/agents.db RTA=file:///etc/rta.json
  switchboard rta --stream agent-events";

/// Feed a WFM's real-time adherence service from a Kinesis data stream of agent events, until it is to end.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The data stream.
    #[arg(long, value_name = "NAME|ARN")]
    stream: String,
    /// The file of the checkpoints of shards. It is made if there is none.
    #[arg(long, value_name = "FILE", default_value = "rta-checkpoints.db")]
    checkpoints: PathBuf,
}

/// Feeds the service until it is to end.
///
/// # Errors
/// When a setting is invalid, or the stream can't be read at the beginning.
pub(crate) async fn run(args: Args) -> anyhow::Result<CommandOutcome> {
    let Config { agents, rta, format, states, instances, joined } =
        Settings::from_env().complete(Config::read)?;
    let account = rta.open(format).await?;
    let config = aws::config().await?;
    let client = async || aws_sdk_dynamodb::Client::new(&config);
    let store = Store::open(&agents, client).await.context("the store of agents can't be opened")?;
    // Where states go to standard output anyway, they are not printed twice.
    let table = if rta == Rta::Stdout {
        None
    } else {
        let stored = store.all(Timestamp::now(), Instant::now() + READ_TIMEOUT).await;
        let stored = stored.context("the agents can't be read")?.into_iter();
        Some(AgentTable::stdout(states, &stored.map(|(agent, record)| (agent, record.agent)).collect()))
    };
    let is_known =
        |feed_state: &mut FeedState| feed_state.last_snapshot_at.is_some() || !feed_state.shards.is_empty();
    let knows_agents = store.update_feed_state(Instant::now() + READ_TIMEOUT, is_known).await;
    let knows_agents = knows_agents.context("the state of the feed can't be read")?;
    let feed = Feed::new(store, account.current().await, states).joining(joined);
    let delivery = Delivery::new(Handler::new(feed, account).serving(instances), table);
    let checkpoints = Checkpoints::open(&args.checkpoints).await?;
    let stream = Stream::open(aws_sdk_kinesis::Client::new(&config), args.stream).await?;
    let mut consumer = Consumer::new(stream, checkpoints, delivery, knows_agents).await?;
    let end = shutdown_signal()?;
    LocalSet::new().run_until(consumer.run(end)).await?;
    Ok(CommandOutcome::Success)
}
