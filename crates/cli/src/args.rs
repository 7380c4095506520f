//! The command line.

use std::io;

use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

#[cfg(not(feature = "aws"))]
use crate::needs_aws;
use crate::{board, callers, contacts, demo, forget, outcome::CommandOutcome, replay, simulate, tables, wfm};
#[cfg(feature = "aws")]
use crate::{doctor, metrics, reconcile, redrive, rta};

/// The version and what was compiled in.
const VERSION: &str = match (cfg!(feature = "aws"), cfg!(feature = "ssh")) {
    (false, false) => concat!(env!("CARGO_PKG_VERSION"), " (features: none)"),
    (true, false) => concat!(env!("CARGO_PKG_VERSION"), " (features: aws)"),
    (false, true) => concat!(env!("CARGO_PKG_VERSION"), " (features: ssh)"),
    (true, true) => concat!(env!("CARGO_PKG_VERSION"), " (features: aws, ssh)"),
};

const AFTER_HELP: &str = "\
Exit status: 0 for success; 1 if something was rejected (listed with place and reason) or was not found; 2 \
if the command could not run.

Examples:
  switchboard demo
  switchboard replay events/
  switchboard board
  switchboard contacts show 4fab6e40-99d5-43ce-8a75-e058ee62b1b4
  switchboard contacts list --active
  switchboard contacts by-customer +61491570156
  switchboard simulate ctr | gzip > day.gz
  switchboard simulate agents --agents 20 --format kinesis-event > shift.json
  switchboard simulate connect-api --queues 250 --agents 1200
  switchboard callers serve --callers callers.csv
  switchboard wfm stats day.gz --tz Europe/Stockholm
  switchboard tables load day/
  switchboard completions bash > switchboard.bash

Examples of commands that need the feature `aws`:
  switchboard callers import callers.csv --table Callers
  switchboard metrics poll current --instance $INSTANCE_ID
  switchboard metrics show --all
  switchboard reconcile --instance $INSTANCE_ARN --heal
  switchboard doctor --instance $INSTANCE_ARN --write cdk/config/prod.json
  switchboard rta --stream agent-events
  switchboard redrive objects s3://raw/rejected/ --stream contact-records";

/// Amazon Connect's data, delivered: the very same handlers as in AWS, on this machine, with no AWS account.
#[derive(Debug, Parser)]
#[command(name = "switchboard", version = VERSION, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    /// Write more log lines to standard error.
    #[arg(short, long, global = true, display_order = 1000)]
    pub(crate) verbose: bool,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show an invented contact centre on the live board: the whole system, alive on this machine.
    Demo(demo::Args),
    /// Serve the live board: queues, agents and contacts as of now, in a browser.
    Board(board::Args),
    /// Put files through the functions: anything that Amazon Connect emits, as events or as files.
    Replay(replay::Args),
    /// Show contacts: one, a list, or a customer's.
    #[command(subcommand)]
    Contacts(contacts::Command),
    /// Simulate a contact centre, contact records or agent events alone, or a Connect API.
    #[command(subcommand)]
    Simulate(simulate::Command),
    /// A directory of callers: who is calling, by phone number.
    #[command(subcommand)]
    Callers(callers::Command),
    /// Connect's metrics: poll them into tables, and show them.
    #[cfg(feature = "aws")]
    #[command(subcommand)]
    Metrics(metrics::Command),
    #[cfg(not(feature = "aws"))]
    Metrics(needs_aws::Args),
    /// Contact records as tables, and interval statistics from them.
    #[command(subcommand)]
    Tables(tables::Command),
    /// Compare the record tables with the contacts that Connect lists.
    #[cfg(feature = "aws")]
    Reconcile(reconcile::Args),
    #[cfg(not(feature = "aws"))]
    Reconcile(needs_aws::Args),
    /// Look at an instance and its account: what is there, which deployment fits, and what would collide.
    #[cfg(feature = "aws")]
    Doctor(doctor::Args),
    #[cfg(not(feature = "aws"))]
    Doctor(needs_aws::Args),
    /// Erase a customer's contacts, or one contact.
    Forget(forget::Args),
    /// Workforce management.
    #[command(subcommand)]
    Wfm(wfm::Command),
    /// Feed a WFM's real-time adherence service from a Kinesis data stream of agent events.
    #[cfg(feature = "aws")]
    Rta(rta::Args),
    #[cfg(not(feature = "aws"))]
    Rta(needs_aws::Args),
    /// Bring back what failed: from a dead-letter queue, or from rejected records in S3.
    #[cfg(feature = "aws")]
    #[command(subcommand)]
    Redrive(redrive::Command),
    #[cfg(not(feature = "aws"))]
    Redrive(needs_aws::Args),
    /// Print completions for a shell, to be sourced by it.
    #[command(
        after_help = "Example:\n  DIR=~/.local/share/bash-completion/completions\n  switchboard completions bash > $DIR/switchboard"
    )]
    Completions {
        /// The shell.
        shell: Shell,
    },
}

impl Command {
    /// Does what the command says.
    pub(crate) async fn run(self) -> anyhow::Result<CommandOutcome> {
        match self {
            Self::Demo(args) => Box::pin(demo::run(args)).await,
            Self::Board(args) => Box::pin(board::run(args)).await,
            Self::Replay(args) => replay::run(args).await,
            Self::Contacts(command) => command.run().await,
            Self::Simulate(command) => command.run().await,
            Self::Callers(command) => command.run().await,
            #[cfg(feature = "aws")]
            Self::Metrics(command) => command.run().await,
            #[cfg(not(feature = "aws"))]
            Self::Metrics(_) => needs_aws::fail("metrics"),
            Self::Tables(command) => command.run().await,
            #[cfg(feature = "aws")]
            Self::Reconcile(args) => reconcile::run(args).await,
            #[cfg(not(feature = "aws"))]
            Self::Reconcile(_) => needs_aws::fail("reconcile"),
            #[cfg(feature = "aws")]
            Self::Doctor(args) => Box::pin(doctor::run(args)).await,
            #[cfg(not(feature = "aws"))]
            Self::Doctor(_) => needs_aws::fail("doctor"),
            Self::Forget(args) => forget::run(args).await,
            Self::Wfm(command) => command.run().await,
            #[cfg(feature = "aws")]
            Self::Rta(args) => rta::run(args).await,
            #[cfg(not(feature = "aws"))]
            Self::Rta(_) => needs_aws::fail("rta"),
            #[cfg(feature = "aws")]
            Self::Redrive(command) => command.run().await,
            #[cfg(not(feature = "aws"))]
            Self::Redrive(_) => needs_aws::fail("redrive"),
            Self::Completions { shell } => {
                clap_complete::generate(shell, &mut Cli::command(), "switchboard", &mut io::stdout());
                Ok(CommandOutcome::Success)
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

    /// Prose is wrapped by the terminal's width, which only works if it has no line ends of its own; an example must
    /// still work when it is copied.
    #[test]
    fn help_fits_80_and_100_columns() {
        let mut failures = Vec::new();
        check_help(&Cli::command(), "", &mut failures);
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }

    fn check_help(command: &clap::Command, parents: &str, failures: &mut Vec<String>) {
        let name = format!("{parents}{} ", command.get_name());
        let after_help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let lines: Vec<_> = after_help.lines().collect();
        for pair in lines.windows(2) {
            if pair.iter().all(|line| line.starts_with(|first: char| !first.is_whitespace()))
                && !pair[0].ends_with(':')
            {
                failures.push(format!("{name}: a paragraph is broken by hand: {:?}", pair[0]));
            }
        }
        for width in [80, 100] {
            let help = command.clone().term_width(width).render_long_help().to_string();
            let too_long = help.lines().filter(|line| line.chars().count() > width);
            failures.extend(too_long.map(|line| format!("{name}: longer than {width}: {line}")));
            let examples = lines.iter().skip_while(|line| !line.starts_with("Example"));
            let broken = examples.filter(|line| !help.lines().any(|shown| shown == **line));
            failures.extend(broken.map(|line| format!("{name}: broken at {width}: {line}")));
        }
        for command in command.get_subcommands().filter(|command| !command.is_hide_set()) {
            check_help(command, &name, failures);
        }
    }
}
