//! `switchboard metrics show`: the current state of queues and agents from the tables.

use std::io::{self, Write};

use anyhow::Context;
use jiff::{Timestamp, tz::TimeZone};
use switchboard_core::instance::Instance;
use switchboard_metrics::{
    store::{self, LiveQueue, LiveUser, Store},
    tables::Table,
};
use switchboard_sql::SqlError;

use super::table::{self, Row};
use crate::{
    contacts::{format_time, location::time_zone},
    database::{DatabaseLocation, deadline},
    outcome::CommandOutcome,
    table::Screen,
};

/// Show the current state of queues and agents, as of the last poll.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  switchboard metrics show
  switchboard metrics show --all --tz local")]
pub(crate) struct Args {
    #[command(flatten)]
    location: DatabaseLocation,
    /// Show this instance alone, by its ARN. If left out: every instance in the database.
    #[arg(long, value_name = "ARN")]
    instance: Option<Instance>,
    /// Show idle queues and offline agents as well.
    #[arg(long)]
    all: bool,
    /// The time zone of the output: an IANA name such as Europe/Stockholm, or `local`.
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = time_zone)]
    tz: TimeZone,
}

/// What the tables hold of an instance.
struct InstanceState {
    instance: Instance,
    queues: Vec<LiveQueue>,
    users: Vec<LiveUser>,
    /// The times of the last polls of queues and agents.
    polled_at: [Option<Timestamp>; 2],
}

/// Prints two tables, with a column for the instance if there are several.
///
/// # Errors
/// When the tables can't be read.
pub(crate) async fn run(args: Args) -> anyhow::Result<CommandOutcome> {
    let database = args.location.open_existing("metrics poll current").await?.0;
    let instances = match args.instance {
        Some(instance) => vec![instance],
        None => store::instances(&database, deadline()).await.context("the instances can't be read")?,
    };
    let mut states = Vec::with_capacity(instances.len());
    for instance in instances {
        let state = read(&Store::new(database.clone(), instance)).await;
        states.push(state.context("the tables can't be read")?);
    }
    let shows_instance = states.len() > 1;
    let mut queues: Vec<Row<'_, _>> = Vec::new();
    let mut users: Vec<Row<'_, _>> = Vec::new();
    for InstanceState { instance, queues: of_queues, users: of_users, .. } in &states {
        let instance = shows_instance.then_some(instance);
        let shown = of_queues.iter().filter(|queue| args.all || table::is_busy(queue));
        queues.extend(shown.map(|of| Row { instance, of }));
        let shown = of_users.iter().filter(|user| args.all || user.is_online());
        users.extend(shown.map(|of| Row { instance, of }));
    }
    let mut out = io::stdout().lock();
    if !queues.is_empty() {
        writeln!(out, "{}", table::queues(&queues, Screen::stdout()))?;
    }
    if !users.is_empty() {
        writeln!(out, "{}", table::users(&users, Timestamp::now(), Screen::stdout()))?;
    }
    // The time of the polls, not of the rows: a row without changes keeps its time. Of several instances the earliest.
    let as_of = |polled_at: fn(&InstanceState) -> Option<Timestamp>| {
        let earliest = states.iter().map(polled_at).min().flatten();
        earliest.map_or_else(
            || "never polled".to_owned(),
            |at| format!("as of {}", format_time::time(at, &args.tz, false)),
        )
    };
    writeln!(
        out,
        "{} of {} queues by channel, {}; {} of {} agents, {}; times are {}",
        queues.len(),
        states.iter().map(|state| state.queues.len()).sum::<usize>(),
        as_of(|state| state.polled_at[0]),
        users.len(),
        states.iter().map(|state| state.users.len()).sum::<usize>(),
        as_of(|state| state.polled_at[1]),
        format_time::zone(&args.tz)
    )?;
    Ok(CommandOutcome::Success)
}

async fn read(store: &Store) -> Result<InstanceState, SqlError> {
    let polls = store.freshness(deadline()).await?;
    let polled_at =
        |table: Table| polls.iter().find(|poll| poll.table == table.name()).and_then(|poll| poll.sampled_at);
    Ok(InstanceState {
        instance: store.instance().clone(),
        queues: store.live_queues(deadline()).await?,
        users: store.live_users(deadline()).await?,
        polled_at: [polled_at(Table::CurrentMetrics), polled_at(Table::CurrentUsers)],
    })
}
