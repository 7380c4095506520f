//! `switchboard wfm`: workforce management.

mod excluded;
pub(crate) mod options;
mod print;
mod stats;

use crate::outcome::CommandOutcome;

/// What to do for workforce management.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Interval statistics of contact records and agent reports.
    Stats(options::Args),
}

impl Command {
    /// Does what the command says.
    pub(crate) async fn run(self) -> anyhow::Result<CommandOutcome> {
        let Self::Stats(args) = self;
        stats::run(&args).await
    }
}
