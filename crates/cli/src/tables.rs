//! `switchboard tables`: contact records and agents' time as tables, and interval statistics from them.

mod expire;
mod intervals;
mod load;
mod print;
pub(crate) mod rows;
mod targets;

use anyhow::Context;
use switchboard_records::RecordTables;

use crate::{
    database::{DatabaseLocation, deadline},
    outcome::CommandOutcome,
};

/// The commands of the record tables.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Load contact records and agent events into the record tables.
    Load(load::Args),
    /// Show statistics of intervals, by queue or agent, at any service level.
    Intervals(intervals::Args),
    /// Show or set the targets of service levels.
    Targets(targets::Args),
    /// Delete rows that are kept no longer.
    Expire(expire::Args),
}

impl Command {
    /// Runs the command.
    ///
    /// # Errors
    /// When a setting is invalid, or the tables can't be read or written.
    pub(crate) async fn run(self) -> anyhow::Result<CommandOutcome> {
        match self {
            Self::Load(args) => load::run(&args).await,
            Self::Intervals(args) => intervals::run(&args).await,
            Self::Targets(args) => targets::run(&args).await,
            Self::Expire(args) => expire::run(&args).await,
        }
    }
}

/// Opens the tables that were loaded before.
async fn open(location: &DatabaseLocation) -> anyhow::Result<RecordTables> {
    let (database, name) = location.open_existing("tables load").await?;
    let tables = RecordTables::new(database);
    tables.migrate(deadline()).await.with_context(|| format!("{name} can't be given its tables"))?;
    Ok(tables)
}
