//! `switchboard metrics`: polling Connect's metrics into tables, and showing them.
//!
//! `location` opens the tables of `--db` or `METRICS_DB` and applies pending migrations, `poll` runs the polls of
//! `metrics-poller`, once or each in its own period, and `show` prints the current state of queues and agents (`table`).
//! A poll that Connect answers in part is saved in part and makes the exit status 1.

use crate::outcome::CommandOutcome;

mod poll;
mod show;
mod table;

/// The commands.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Poll Connect's metrics and save them in the metric tables.
    Poll(poll::Args),
    /// Show the current state of queues and agents, as of the last poll.
    Show(show::Args),
}

impl Command {
    /// Runs the command.
    ///
    /// # Errors
    /// When a setting is invalid, or the tables can't be read or written.
    pub(crate) async fn run(self) -> anyhow::Result<CommandOutcome> {
        match self {
            Self::Poll(args) => poll::run(args).await,
            Self::Show(args) => show::run(args).await,
        }
    }
}
