//! The program `switchboard`: the very same handlers, on a laptop, with no AWS account.
//!
//! | module | command |
//! |---|---|
//! | `replay` | `replay`: files through the functions' handlers |
//! | `contacts` | `contacts show`, `list`, `by-customer`: status and journey from the contacts store |
//! | `board` | `board`: the live board in a browser |
//! | `demo` | `demo`: an invented centre through the handlers, and its board |
//! | `forget` | `forget`: erases a customer's contacts from record tables and contacts store |
//! | `wfm` | `wfm stats`: interval statistics of contact records and agent reports |
//! | `callers` | `callers serve`, and `import` with the feature `aws` |
//! | `simulate` | `simulate …`: an invented contact centre |
//! | `metrics` | `metrics poll`, `show`, with the feature `aws` |
//! | `reconcile` | `reconcile`: the record tables against Connect's own lists, with the feature `aws` |
//! | `doctor` | `doctor`: an instance and its account before a deployment, with the feature `aws` |
//! | `rta` | `rta`: the adherence feed without its function, with the feature `aws` |
//! | `redrive` | `redrive queue`, `function`, `objects`, with the feature `aws` |
//! | `input` | the files that a command reads, and the format of each document in them |
//! | `table` | aligned text for a terminal, a file or a pipe |
//! | `limits`, `outcome`, `signal`, `aws` | bounds, the exit status, Ctrl-C, AWS's configuration |
//!
//! Standard output has results only; what went wrong is on standard error, and the exit status is that of
//! `outcome::CommandOutcome`, or 2 for an error. Without `aws` no AWS SDK is compiled in, and the commands that need it
//! say so (`needs_aws`).

mod args;
#[cfg(feature = "aws")]
mod aws;
mod board;
mod callers;
mod contacts;
mod database;
mod demo;
#[cfg(feature = "aws")]
mod doctor;
mod forget;
mod input;
mod limits;
#[cfg(feature = "aws")]
mod metrics;
#[cfg(not(feature = "aws"))]
mod needs_aws;
mod outcome;
#[cfg(feature = "aws")]
mod reconcile;
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

// A second thread, for what goes on while files are read.
#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let level = if cli.verbose { "INFO" } else { "WARN" };
    telemetry::init_terminal(&mut Settings::from_pairs([("AWS_LAMBDA_LOG_LEVEL", level)]));
    match Box::pin(cli.command.run()).await {
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
    // A CSV writer's error has it as its source.
    let is_broken_pipe = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| cause.downcast_ref().is_some_and(is_broken_pipe))
}
