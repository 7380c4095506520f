//! A minute's polls, and the queue that they wait on.
//!
//! EventBridge counts in minutes; SQS holds a message back for seconds. So a tick once a minute puts messages on a queue
//! that reach the function 0, 10, … 50 seconds later.

use aws_sdk_sqs::{Client, error::ProvideErrorMetadata, types::SendMessageBatchRequestEntry};
use backon::{BackoffBuilder, ExponentialBuilder};
use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, sleep, timeout_at};

use crate::event::{Poll, Request};

/// The polls of a tick.
const TICKED_POLLS: [Poll; 2] = [Poll::Current, Poll::Users];
/// How long a tick lasts, until the next one.
const MINUTE_SECONDS: i64 = 60;
/// The longest that SQS holds a message back.
const MAX_DELAY_SECONDS: i32 = 900;
/// How often a message is put on the queue that it did not take, the first time included.
const MAX_TRIES: usize = 3;

/// A poll that waits on the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delayed {
    /// The poll.
    pub request: Request,
    /// How long it waits, in seconds.
    pub delay_seconds: i32,
}

/// The polls of the minute that began at `tick`, a batch a kind: of at most ten messages, which SQS takes at once.
///
/// What would be late `now` is left out, so that a tick that comes late or twice brings no poll that is not due.
pub fn minute(tick: Timestamp, now: Timestamp) -> Vec<Vec<Delayed>> {
    let per_poll = |poll| -> Vec<_> {
        let delayed = |seconds| {
            let due = tick.checked_add(SignedDuration::from_secs(seconds)).ok()?;
            let request = Request { due: Some(due), ..Request::new(poll) };
            let wait = i32::try_from(due.duration_since(now).as_millis().div_euclid(1000)).ok()?;
            let delay_seconds = wait.clamp(0, MAX_DELAY_SECONDS);
            (!request.is_late(now)).then_some(Delayed { request, delay_seconds })
        };
        let period = poll.period().map_or(MINUTE_SECONDS, |period| period.as_secs().max(1));
        let mut due = Vec::new();
        let mut after = 0;
        while after < MINUTE_SECONDS {
            due.extend(delayed(after));
            after += period;
        }
        due
    };
    TICKED_POLLS.into_iter().map(per_poll).filter(|batch| !batch.is_empty()).collect()
}

/// The queue.
#[derive(Debug)]
pub struct TickQueue {
    client: Client,
    url: String,
}

impl TickQueue {
    /// The queue of this URL.
    pub fn new(client: Client, url: String) -> Self {
        Self { client, url }
    }

    /// Puts a minute's polls on the queue, what it did not take again. Returns how many it took and how many not.
    pub async fn send(&self, batches: Vec<Vec<Delayed>>, deadline: Instant) -> (usize, usize) {
        let (mut sent, mut not_sent) = (0, 0);
        for batch in batches {
            let all = batch.len();
            let left = self.send_batch(batch, deadline).await;
            sent += all - left;
            not_sent += left;
        }
        (sent, not_sent)
    }

    /// Returns how many were not sent.
    async fn send_batch(&self, mut left: Vec<Delayed>, deadline: Instant) -> usize {
        let mut waits = ExponentialBuilder::new().with_jitter().with_max_times(MAX_TRIES - 1).build();
        let mut refused = 0;
        loop {
            let Failure { code, again, refused: more } = match self.try_batch(&left, deadline).await {
                Ok(()) => return refused,
                Err(failure) => failure,
            };
            refused += more;
            left = again;
            let wait = waits.next().filter(|wait| Instant::now() + *wait < deadline);
            let Some(wait) = wait.filter(|_| !left.is_empty()) else {
                let messages = refused + left.len();
                tracing::error!(
                    event = "ticks_not_sent",
                    messages,
                    error = code,
                    "sending polls to the queue failed"
                );
                return messages;
            };
            sleep(wait).await;
        }
    }

    /// One request; the SDK repeats it as a whole.
    async fn try_batch(&self, batch: &[Delayed], deadline: Instant) -> Result<(), Failure> {
        let none = |code: &str| Failure { code: code.to_owned(), again: Vec::new(), refused: batch.len() };
        let entries: Result<Vec<_>, _> = batch.iter().enumerate().map(entry).collect();
        let entries = entries.map_err(|_| none("unprintable"))?;
        let request = self.client.send_message_batch().queue_url(&self.url).set_entries(Some(entries));
        let answer = timeout_at(deadline, request.send()).await.map_err(|_| none("deadline"))?;
        let answer = answer.map_err(|error| none(error.code().unwrap_or("unavailable")))?;
        let Some(first) = answer.failed.first() else { return Ok(()) };
        let mut failure = Failure { code: first.code.clone(), again: Vec::new(), refused: 0 };
        for failed in &answer.failed {
            let message = failed.id.parse().ok().and_then(|place: usize| batch.get(place));
            match message.filter(|_| !failed.sender_fault) {
                Some(message) => failure.again.push(*message),
                None => failure.refused += 1,
            }
        }
        Err(failure)
    }
}

/// What of a batch was not taken.
struct Failure {
    /// The code of the first of them.
    code: String,
    /// What may be taken the next time.
    again: Vec<Delayed>,
    /// How many would be refused again.
    refused: usize,
}

/// A message of a batch; its id is its place.
fn entry((place, delayed): (usize, &Delayed)) -> Result<SendMessageBatchRequestEntry, Unprintable> {
    let body = serde_json::to_string(&delayed.request).map_err(|_| Unprintable)?;
    let entry = SendMessageBatchRequestEntry::builder().id(place.to_string()).message_body(body);
    entry.delay_seconds(delayed.delay_seconds).build().map_err(|_| Unprintable)
}

/// A request that is no message.
struct Unprintable;

#[cfg(test)]
mod tests;
