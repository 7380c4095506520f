//! The command line.

use std::io;

use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

use crate::{callers, outcome::Outcome, replay, simulate, wfm};

const AFTER_HELP: &str = "\
Exit status: 0 if all went well, 1 if something was rejected (it is told what, where and why),
2 if the command could not do its work.

Examples:
  switchboard replay events/
  switchboard simulate ctr --count 1000 | gzip > day.gz
  switchboard callers serve --callers callers.csv
  switchboard wfm stats day.gz --tz Europe/Stockholm";

/// Amazon Connect's data, delivered: the very same handlers as in AWS, on this machine, with no AWS account.
#[derive(Debug, Parser)]
#[command(name = "switchboard", version, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    /// Write more log lines to standard error.
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Put files through the functions: Firehose events, contact records in any framing.
    Replay(replay::Args),
    /// Make up contact records.
    #[command(subcommand)]
    Simulate(simulate::Command),
    /// A directory of callers: who is calling, by phone number.
    #[command(subcommand)]
    Callers(callers::Command),
    /// Workforce management.
    #[command(subcommand)]
    Wfm(wfm::Command),
    /// Print completions for a shell, to be sourced by it.
    #[command(
        after_help = "Example:\n  switchboard completions bash > ~/.local/share/bash-completion/completions/switchboard"
    )]
    Completions {
        /// The shell.
        shell: Shell,
    },
}

impl Command {
    /// Does what the command says.
    pub(crate) async fn run(self) -> anyhow::Result<Outcome> {
        match self {
            Self::Replay(args) => replay::run(args).await,
            Self::Simulate(command) => command.run().await,
            Self::Callers(command) => command.run().await,
            Self::Wfm(command) => command.run(),
            Self::Completions { shell } => {
                clap_complete::generate(shell, &mut Cli::command(), "switchboard", &mut io::stdout());
                Ok(Outcome::Fine)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_defined() {
        Cli::command().debug_assert();
    }
}
