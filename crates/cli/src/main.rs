//! The program `switchboard`: the very same handlers, on a laptop, with no AWS account.

mod args;
#[cfg(feature = "aws")]
mod aws;
mod callers;
mod contacts;
mod database;
mod input;
mod limits;
#[cfg(feature = "aws")]
mod metrics;
#[cfg(not(feature = "aws"))]
mod needs_aws;
mod outcome;
#[cfg(feature = "aws")]
mod redrive;
mod replay;
#[cfg(feature = "aws")]
mod rta;
mod signal;
mod simulate;
mod table;
mod tables;
mod wfm;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::Parser;
use switchboard_runtime::{settings::Settings, telemetry};

use crate::{args::Cli, outcome::CommandOutcome};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let level = if cli.verbose { "INFO" } else { "WARN" };
    telemetry::init_terminal(&mut Settings::from_pairs([("AWS_LAMBDA_LOG_LEVEL", level)]));
    match cli.command.run().await {
        Ok(CommandOutcome::Success) => ExitCode::SUCCESS,
        Ok(CommandOutcome::Rejected) => ExitCode::from(1),
        // Whoever read the output, `head` say, has enough of it.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // Where that can't be written either, the status still tells.
            drop(writeln!(
                io::stderr(),
                "switchboard: {}",
                table::clean(&telemetry::error_chain(error.as_ref()))
            ));
            ExitCode::from(2)
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
