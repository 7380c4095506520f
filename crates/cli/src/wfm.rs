//! `switchboard wfm`: workforce management.
//!
//! `options` are the arguments, `stats` reads the files and computes, `print` shows the tables, and `excluded` names each
//! record that the statistics leave out. A record that is left out makes the exit status 1, so no number is silently low.

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
