//! The command line.

use std::io;

use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

use crate::{callers, contacts, outcome::Outcome, replay, simulate, wfm};
#[cfg(feature = "aws")]
use crate::{metrics, redrive, rta};

const AFTER_HELP: &str = "\
Exit status: 0 if all went well, 1 if something was rejected (it is told what, where and why) or is not
known, 2 if the command could not do its work.

Examples:
  switchboard replay events/
  switchboard contacts show 4fab6e40-99d5-43ce-8a75-e058ee62b1b4
  switchboard contacts by-customer +61491570156
  switchboard simulate ctr --count 1000 | gzip > day.gz
  switchboard simulate agents --agents 20 --format kinesis-event > shift.json
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
    /// Put files through the functions: whatever Amazon Connect emits, as events or as files.
    Replay(replay::Args),
    /// Show contacts: one, a list, or a customer's.
    #[command(subcommand)]
    Contacts(contacts::Command),
    /// Make up contact records, agents' events, or a Connect API.
    #[command(subcommand)]
    Simulate(simulate::Command),
    /// A directory of callers: who is calling, by phone number.
    #[command(subcommand)]
    Callers(callers::Command),
    /// Ask Connect how queues and agents stand, or stood, and keep it in tables.
    #[cfg(feature = "aws")]
    Poll(metrics::poll::Args),
    /// Show how queues and agents stand, as they were last polled.
    #[cfg(feature = "aws")]
    Metrics(metrics::show::Args),
    /// Workforce management.
    #[command(subcommand)]
    Wfm(wfm::Command),
    /// Feed a WFM's real-time adherence service from a Kinesis data stream of agent events, until it is to end.
    #[cfg(feature = "aws")]
    Rta(rta::Args),
    /// Bring back what failed: from a dead-letter queue, or from rejected records in S3.
    #[cfg(feature = "aws")]
    #[command(subcommand)]
    Redrive(redrive::Command),
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
            Self::Contacts(command) => command.run().await,
            Self::Simulate(command) => command.run().await,
            Self::Callers(command) => command.run().await,
            #[cfg(feature = "aws")]
            Self::Poll(args) => metrics::poll::run(args).await,
            #[cfg(feature = "aws")]
            Self::Metrics(args) => metrics::show::run(args).await,
            Self::Wfm(command) => command.run(),
            #[cfg(feature = "aws")]
            Self::Rta(args) => rta::run(args).await,
            #[cfg(feature = "aws")]
            Self::Redrive(command) => command.run().await,
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
