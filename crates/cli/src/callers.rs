//! `switchboard callers`: a directory of callers.
//!
//! `serve` answers what the function `caller-api` answers, from a CSV file. `import` fills the DynamoDB table that the
//! functions read; it is safe to repeat, since a number is the key of its item.

#[cfg(feature = "aws")]
mod import;
mod serve;

use crate::outcome::CommandOutcome;

/// What to do with a directory.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Answer GET /api/user/{phone} from a CSV file, as the function `caller-api` does.
    Serve(serve::Args),
    /// Write a CSV file into the DynamoDB table that CALLERS=dynamodb://TABLE reads.
    #[cfg(feature = "aws")]
    Import(import::Args),
    #[cfg(not(feature = "aws"))]
    Import(crate::needs_aws::Args),
}

impl Command {
    /// Does what the command says.
    pub(crate) async fn run(self) -> anyhow::Result<CommandOutcome> {
        match self {
            Self::Serve(args) => serve::run(args).await,
            #[cfg(feature = "aws")]
            Self::Import(args) => import::run(args).await,
            #[cfg(not(feature = "aws"))]
            Self::Import(_) => crate::needs_aws::fail("callers import"),
        }
    }
}
