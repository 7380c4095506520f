//! `switchboard tables expire`: deleting what is kept no longer.

use std::{
    io::{self, Write},
    time::Duration,
};

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use switchboard_records::Retention;
use tokio::time::Instant;

use crate::{database::DatabaseLocation, outcome::CommandOutcome};

/// How long the deletion of years may take.
const LONG: Duration = Duration::from_hours(12);

const AFTER_HELP: &str = "\
The function `reconcile` does the same every time it runs. Metric tables have their own retention, which \
`metrics-poller` keeps.

Examples:
  switchboard tables expire
  switchboard tables expire --days 100 --personal-days 30";

/// Delete rows of the record tables that are kept no longer.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    location: DatabaseLocation,
    /// How many days contacts and sums of intervals are kept.
    #[arg(long, value_name = "DAYS", default_value_t = 400, value_parser = clap::value_parser!(u16).range(1..))]
    days: u16,
    /// How many days endpoints and attributes of contacts are kept.
    #[arg(long, value_name = "DAYS", default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..))]
    personal_days: u16,
    /// How many days agents' time is kept.
    #[arg(long, value_name = "DAYS", default_value_t = 400, value_parser = clap::value_parser!(u16).range(1..))]
    agent_time_days: u16,
}

/// Deletes, and says how many rows of each table.
///
/// # Errors
/// When the tables can't be read or written.
pub(crate) async fn run(args: &Args) -> anyhow::Result<CommandOutcome> {
    let tables = super::open(&args.location).await?;
    let days = |days: u16| SignedDuration::from_hours(24 * i64::from(days));
    let retention = Retention {
        contacts: days(args.days),
        personal: days(args.personal_days),
        agent_time: days(args.agent_time_days),
    };
    let deleted = tables.delete_expired(&retention, Timestamp::now(), Instant::now() + LONG).await;
    let mut out = io::stdout().lock();
    for (table, rows) in deleted.context("old rows can't be deleted")? {
        writeln!(out, "{table}: {rows} rows deleted")?;
    }
    Ok(CommandOutcome::Success)
}
