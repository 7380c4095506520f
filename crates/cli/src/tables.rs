//! `switchboard tables`: contact records and agents' time as tables, and interval statistics from them.

mod expire;
mod intervals;
mod load;
mod print;
pub(crate) mod rows;
mod targets;

use std::time::Duration;

use anyhow::Context;
use switchboard_records::RecordTables;
use switchboard_sql::database::Database;

use crate::{
    database::{DatabaseLocation, LocationName, deadline},
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

/// How long the sums of everything may take.
pub(crate) const SUMS: Duration = Duration::from_hours(1);

/// Opens the tables that were loaded before.
///
/// # Errors
/// When there is no such database, or it can't be given its tables.
pub(crate) async fn open(location: &DatabaseLocation) -> anyhow::Result<RecordTables> {
    let (database, name) = location.open_existing("tables load").await?;
    migrated(database, &name).await
}

/// The record tables of an opened database, brought up to date.
///
/// # Errors
/// When it can't be given its tables.
pub(crate) async fn migrated(database: Database, name: &LocationName) -> anyhow::Result<RecordTables> {
    let tables = RecordTables::new(database);
    tables.migrate(deadline()).await.with_context(|| format!("{name} can't be given its tables"))?;
    Ok(tables)
}
