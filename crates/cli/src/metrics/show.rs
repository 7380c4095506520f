//! `switchboard metrics show`: the current state of queues and agents from the tables.

use std::io::{self, Write};

use anyhow::Context;
use jiff::{Timestamp, tz::TimeZone};
use switchboard_metrics::tables::Table;

use super::{
    location::{MetricsLocation, deadline},
    table,
};
use crate::{
    contacts::{format_time, location::time_zone},
    outcome::Outcome,
    table::Screen,
};

/// Show the current state of queues and agents, as of the last poll.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  switchboard metrics show
  switchboard metrics show --all --tz local")]
pub(crate) struct Args {
    #[command(flatten)]
    location: MetricsLocation,
    /// Show idle queues and offline agents as well.
    #[arg(long)]
    all: bool,
    /// The time zone of the output: an IANA name such as Europe/Stockholm, or `local`.
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = time_zone)]
    tz: TimeZone,
}

/// Prints two tables.
///
/// # Errors
/// When the tables can't be read.
pub(crate) async fn run(args: Args) -> anyhow::Result<Outcome> {
    let store = args.location.open_ro().await?;
    let queues = store.live_queues(deadline()).await.context("the queues can't be read")?;
    let users = store.live_users(deadline()).await.context("the agents can't be read")?;
    let shown_queues: Vec<_> = queues.iter().filter(|queue| args.all || table::is_busy(queue)).collect();
    let shown_users: Vec<_> = users.iter().filter(|user| args.all || user.is_online()).collect();
    let mut out = io::stdout().lock();
    if !shown_queues.is_empty() {
        writeln!(out, "{}", table::queues(&shown_queues, Screen::stdout()))?;
    }
    if !shown_users.is_empty() {
        writeln!(out, "{}", table::users(&shown_users, Timestamp::now(), Screen::stdout()))?;
    }
    // The time of the polls, not of the rows: a row without changes keeps its time.
    let polls = store.freshness(deadline()).await.context("the time of the last poll can't be read")?;
    let as_of = |table: Table| {
        let poll = polls.iter().find(|poll| poll.table == table.name()).and_then(|poll| poll.sampled_at);
        poll.map_or_else(
            || "never polled".to_owned(),
            |at| format!("as of {}", format_time::time(at, &args.tz, false)),
        )
    };
    writeln!(
        out,
        "{} of {} queues by channel, {}; {} of {} agents, {}; times are {}",
        shown_queues.len(),
        queues.len(),
        as_of(Table::CurrentMetrics),
        shown_users.len(),
        users.len(),
        as_of(Table::CurrentUsers),
        format_time::zone(&args.tz)
    )?;
    Ok(Outcome::Success)
}
