//! `switchboard redrive queue`: a dead-letter queue's messages, back to their queue.

mod transfer;

use std::io::{self, Write};

use anyhow::{Context, bail, ensure};
use aws_sdk_sqs::Client;

use self::transfer::{Transfer, Transferred};
use super::dead_letters::DeadLetters;
use crate::{aws, outcome::CommandOutcome};

const AFTER_HELP: &str = "\
A message is deleted only after the other queue has acknowledged it. The command ends when the queue is \
empty, or after --max messages: a message that fails again comes back to this queue.

Exit status: 1 if messages stayed behind, 2 if the queues could not be used.

Example:
  QUEUES=https://sqs.eu-west-1.amazonaws.com/111122223333
  switchboard redrive queue --from $QUEUES/ctr-sftp-dead --dry-run";

/// Move the messages of a dead-letter queue back to the queue that they came from.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The dead-letter queue.
    #[arg(long, value_name = "QUEUE-URL")]
    from: String,
    /// The queue to move to; the one whose dead-letter queue it is, if left out.
    #[arg(long, value_name = "QUEUE-URL")]
    to: Option<String>,
    /// The most messages to move.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    max: u64,
    /// Only count the messages.
    #[arg(long)]
    dry_run: bool,
}

/// Moves the messages.
///
/// # Errors
/// When a queue can't be used, or it is not known where the messages came from.
pub(crate) async fn run(args: Args) -> anyhow::Result<CommandOutcome> {
    move_messages(&Client::new(&aws::config().await?), args).await
}

async fn move_messages(client: &Client, args: Args) -> anyhow::Result<CommandOutcome> {
    let to = match args.to {
        Some(to) => to,
        None => source_of(client, &args.from).await?,
    };
    // A message that is moved to where it was comes again, until there are --max of them.
    ensure!(!is_same(&args.from, &to), "--from and --to are one queue, {to}: nothing was moved");
    let mut out = io::stdout();
    if args.dry_run {
        let waiting = DeadLetters::new(client.clone(), args.from).waiting().await?;
        writeln!(out, "about {waiting} messages would go to {to}")?;
        return Ok(CommandOutcome::Success);
    }
    let mut transfer = Transfer::new(client.clone(), args.from, to);
    let ended = transfer.run(args.max).await;
    let Transferred { moved, rejected, not_deleted } = transfer.done;
    // Where nothing was, the reason below says all there is to say.
    if ended.is_ok() || moved > 0 {
        writeln!(out, "{moved} messages moved to {}", transfer.to)?;
    }
    if rejected > 0 {
        writeln!(io::stderr(), "{rejected} messages were rejected there, and stay where they are")?;
    }
    if not_deleted > 0 {
        writeln!(
            io::stderr(),
            "{not_deleted} of those moved could not be deleted, and are in both queues now"
        )?;
    }
    ended?;
    Ok(CommandOutcome::of(rejected + not_deleted))
}

/// True if both URLs are of one queue. Account and name identify it: the client goes to one region, and a region's hosts have
/// several names.
fn is_same(one: &str, other: &str) -> bool {
    fn path(url: &str) -> &str {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        rest.split_once('/').map_or(rest, |(_, path)| path).trim_end_matches('/')
    }
    path(one) == path(other)
}

/// The one queue whose dead-letter queue this is.
async fn source_of(client: &Client, queue: &str) -> anyhow::Result<String> {
    let response = client.list_dead_letter_source_queues().queue_url(queue).send().await;
    let response = response
        .map_err(|error| super::redacted_error(&error))
        .with_context(|| format!("{queue} can't be asked where its messages came from"))?;
    match response.queue_urls.as_slice() {
        [one] => Ok(one.clone()),
        [] => bail!("{queue} is no queue's dead-letter queue: say where to with --to"),
        several => bail!(
            "{queue} is the dead-letter queue of several: choose one with --to\n  {}",
            several.join("\n  ")
        ),
    }
}

#[cfg(test)]
mod tests {
    //! Against a stub of SQS at the SDK's HTTP client: the emulator has no `ListDeadLetterSourceQueues`.

    use hyper::{Request, Response};
    use serde_json::{Value, json};
    use switchboard_simulator::aws;

    use super::*;

    /// Where messages would go, if the service gives this response.
    async fn found(status: u16, response: Value) -> Result<String, String> {
        let config = aws::config(move |request: Request<_>| {
            assert_eq!(request.headers()["x-amz-target"], "AmazonSQS.ListDeadLetterSourceQueues");
            let asked: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
            assert_eq!(asked["QueueUrl"], "https://q/dead");
            Response::builder().status(status).body(response.to_string()).unwrap()
        });
        source_of(&Client::new(&config), "https://q/dead").await.map_err(|error| format!("{error:#}"))
    }

    #[tokio::test]
    async fn messages_go_to_the_one_queue_that_they_came_from() {
        assert_eq!(found(200, json!({"queueUrls": ["https://q/live"]})).await.unwrap(), "https://q/live");
    }

    #[test]
    fn a_queue_is_identified_by_its_account_and_name() {
        let one = "https://sqs.eu-west-1.amazonaws.com/111122223333/dead";
        for same in [
            one,
            "https://sqs.eu-west-1.amazonaws.com/111122223333/dead/",
            "https://eu-west-1.queue.amazonaws.com/111122223333/dead",
        ] {
            assert!(is_same(one, same), "{same}");
        }
        for other in [
            "https://sqs.eu-west-1.amazonaws.com/111122223333/dead2",
            "https://sqs.eu-west-1.amazonaws.com/111122223334/dead",
        ] {
            assert!(!is_same(one, other), "{other}");
        }
    }

    #[tokio::test]
    async fn a_queue_is_not_moved_to_itself() {
        let queue = "https://sqs.eu-west-1.amazonaws.com/111122223333/dead";
        let args =
            |dry_run| Args { from: queue.to_owned(), to: Some(format!("{queue}/")), max: 10_000, dry_run };
        for dry_run in [false, true] {
            let moved = move_messages(
                &Client::new(&aws::config::<String>(|_| panic!("nothing is asked"))),
                args(dry_run),
            )
            .await;
            assert!(format!("{:#}", moved.unwrap_err()).contains("one queue"));
        }
    }

    #[tokio::test]
    async fn somebody_must_say_where_to_if_that_is_not_clear() {
        let none = found(200, json!({"queueUrls": []})).await.unwrap_err();
        assert!(none.contains("no queue's dead-letter queue") && none.contains("--to"), "{none}");
        let several = found(200, json!({"queueUrls": ["https://q/a", "https://q/b"]})).await.unwrap_err();
        assert!(several.contains("--to") && several.contains("https://q/a\n  https://q/b"), "{several}");
        let error = found(400, json!({"__type": "com.amazonaws.sqs#QueueDoesNotExist"})).await.unwrap_err();
        assert!(error.contains("QueueDoesNotExist"), "{error}");
    }
}
