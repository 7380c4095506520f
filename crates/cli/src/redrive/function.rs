//! `switchboard redrive function`: what a function failed with, to the function once more.

mod call;
mod dead_letter;
mod records;

use std::io::{self, Write};

use anyhow::Context;
use aws_sdk_sqs::types::Message;

use self::{
    call::{CallResult, Function},
    dead_letter::{DeadLetter, Payload},
    records::{RecordsRead, Streams},
};
use super::dead_letters::DeadLetters;
use crate::{aws, outcome::CommandOutcome};

/// How long a message is hidden from others, in seconds: no function runs longer than 15 minutes.
const HIDDEN_SECONDS: i32 = 20 * 60;

const AFTER_HELP: &str = "\
A message is either an event for which an asynchronous call failed (bare, or in the envelope of an \
on-failure destination), or the position of records of a Kinesis data stream for which the function failed. \
Such records are read from the stream, which retains them for a day by default.

A message is deleted only after the function has processed all of it. A message stays if it fails again, if \
its records have expired, or if another function had failed with it.

Exit status: 1 if messages stayed behind, 2 if the queue, the stream or the function could not be used.

Example:
  QUEUES=https://sqs.eu-west-1.amazonaws.com/111122223333
  switchboard redrive function --from $QUEUES/contact-agents-dlq \\
    --function switchboard-prod-contact-status --max 1";

/// Call a function again with what lies in its dead-letter queue.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The dead-letter queue.
    #[arg(long, value_name = "QUEUE-URL")]
    from: String,
    /// The function, by its name.
    #[arg(long, value_name = "NAME")]
    function: String,
    /// The most messages to take.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    max: u64,
    /// Only count the messages.
    #[arg(long)]
    dry_run: bool,
}

/// Calls the function.
///
/// # Errors
/// When the queue, a stream or the function can't be used.
pub(crate) async fn run(args: Args) -> anyhow::Result<CommandOutcome> {
    let config = aws::config().await?;
    let from = DeadLetters::new(aws_sdk_sqs::Client::new(&config), args.from);
    let mut out = io::stdout();
    if args.dry_run {
        writeln!(out, "{} would be called with about {} messages", args.function, from.waiting().await?)?;
        return Ok(CommandOutcome::Success);
    }
    let mut redrive = Redrive {
        from,
        function: Function::new((&config).into(), args.function),
        streams: Streams::new(aws_sdk_kinesis::Client::new(&config)),
        accepted: 0,
        not_deleted: 0,
        stay: Vec::new(),
    };
    let ended = redrive.run(args.max).await;
    redrive.from.make_visible(&redrive.stay).await;
    writeln!(out, "{} took {} messages", redrive.function.name, redrive.accepted)?;
    if redrive.not_deleted > 0 {
        writeln!(io::stderr(), "{} of those could not be deleted", redrive.not_deleted)?;
    }
    ended?;
    Ok(CommandOutcome::of(redrive.stay.len() as u64 + redrive.not_deleted))
}

/// From where to where, and what was done so far.
struct Redrive {
    from: DeadLetters,
    function: Function,
    streams: Streams,
    /// Messages that the function accepted.
    accepted: u64,
    /// Of those, messages that are still in the queue.
    not_deleted: u64,
    /// The receipts of messages that were looked at and stay.
    stay: Vec<String>,
}

impl Redrive {
    /// One message after the other, until there are no more, or `max` were received.
    async fn run(&mut self, max: u64) -> anyhow::Result<()> {
        for _ in 0..max {
            let Some(message) = self.from.receive(1, HIDDEN_SECONDS).await?.pop() else { break };
            let receipt = message.receipt_handle().unwrap_or_default().to_owned();
            match self.message(&message).await {
                Ok(None) => {
                    self.accepted += 1;
                    self.not_deleted += self.from.delete(vec![receipt]).await;
                }
                Ok(Some(why)) => {
                    self.stay.push(receipt);
                    let id = message.message_id().unwrap_or_default();
                    writeln!(io::stderr(), "message {id} stays: {why}")?;
                }
                Err(error) => {
                    self.stay.push(receipt);
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Calls the function with what a message holds. Returns why the message stays, if it does.
    async fn message(&self, message: &Message) -> anyhow::Result<Option<String>> {
        let letter = DeadLetter::read(message.body().unwrap_or_default());
        if let Some(other) = letter.function.filter(|name| !self.function.is(name)) {
            return Ok(Some(format!("{other} failed with it")));
        }
        let range = match letter.payload {
            Payload::Event(event) => return Ok(self.call(event).await?.err()),
            Payload::Records(range) => range,
            Payload::Unknown => return Ok(Some("it is not understood".to_owned())),
        };
        let RecordsRead { events, expired } = self.streams.read(&range).await?;
        for event in events {
            if let Err(why) = self.call(event).await? {
                return Ok(Some(why));
            }
        }
        let all = range.count;
        Ok((expired > 0).then(|| format!("{expired} of its {all} records are no longer in the stream")))
    }

    async fn call(&self, event: String) -> anyhow::Result<CallResult> {
        self.function.call(event).await.with_context(|| format!("{} can't be called", self.function.name))
    }
}
