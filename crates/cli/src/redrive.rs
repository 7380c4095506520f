//! `switchboard redrive`: failed messages and records go back to where they came from, once the reason is gone.
//!
//! | command | from | to |
//! |---|---|---|
//! | `queue` | a dead-letter queue | the queue whose dead letters it has |
//! | `function` | a function's dead-letter queue: events, or positions in a stream | the function, called with the same event |
//! | `objects` | rejected records in S3 | the data stream that they came from |
//!
//! `dead_letters` receives and deletes messages, `rejected_records` parses what Firehose and the functions leave in S3.
//!
//! Nothing is deleted before the other side has acknowledged it. A run that is cut short leaves the rest where it
//! was, and at worst delivers something twice, which for all of Switchboard's functions has the effect of once.

mod dead_letters;
mod function;
mod objects;
mod queue;
mod rejected_records;

use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use switchboard_aws::Failure;

use crate::outcome::CommandOutcome;

/// What to bring back.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Move the messages of a dead-letter queue back to the queue that they came from.
    Queue(queue::Args),
    /// Call a function again with what lies in its dead-letter queue: events, or records of a stream.
    Function(function::Args),
    /// Put records that were rejected, and lie below a prefix in S3, back onto their stream.
    Objects(objects::Args),
}

impl Command {
    /// Does what the command says.
    pub(crate) async fn run(self) -> anyhow::Result<CommandOutcome> {
        match self {
            Self::Queue(args) => queue::run(args).await,
            Self::Function(args) => function::run(args).await,
            Self::Objects(args) => objects::run(args).await,
        }
    }
}

/// An error of a service, in words that quote nothing of what was sent.
fn redacted_error<E: ProvideErrorMetadata>(error: &SdkError<E>) -> anyhow::Error {
    anyhow::Error::new(Failure::from(error))
}
