//! An event: poll, save, answer.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use switchboard_metrics::{
    poll::{Outcome, Poller},
    store::StoreError,
    tables::Table,
};
use switchboard_runtime::{
    batch::BatchResponse,
    handler::{Handled, Reply, UnsupportedEvent},
    metrics::{Metric, Metrics},
};
use tokio::time::Instant;

use crate::{
    config::{LoginSecret, read_all},
    event::{Event, Message, Poll, Request},
    report::{Ended, Report},
    tick::{TickQueue, minute},
};

/// The most samples of each kind that are deleted at once: twice those of the 15 minutes from one poll of names to the
/// next, of 250 queues and 1,200 users.
const FORGET_AT_MOST: u64 = 500_000;
/// How long a lease may take to be given back after the deadline.
const TIME_TO_GIVE_BACK: Duration = Duration::from_secs(1);

/// Polls as it is told to.
#[derive(Debug)]
pub struct Handler {
    poller: Poller,
    queue: TickQueue,
    retention: Retention,
    logins: Vec<LoginSecret>,
}

/// How long is kept what grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Samples of how things stood.
    pub samples: SignedDuration,
    /// Intervals, and the names of what is gone.
    pub history: SignedDuration,
}

impl Handler {
    /// Polls with this poller, ticks onto this queue, and keeps what grows for so long.
    pub fn new(poller: Poller, queue: TickQueue, retention: Retention) -> Self {
        Self { poller, queue, retention, logins: Vec::new() }
    }

    /// Has these logins made with each migration.
    #[must_use]
    pub fn with_logins(self, logins: Vec<LoginSecret>) -> Self {
        Self { logins, ..self }
    }

    /// Handles an event, JSON text.
    ///
    /// # Errors
    /// When the event as a whole is not for this function.
    pub async fn handle(
        &self,
        event: &str,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<Handled<Report>, UnsupportedEvent> {
        let event = Event::read(event)?;
        let (connect, trips) = (self.poller.connect().counts(), self.poller.store().round_trips());
        let mut metrics = Metrics::default();
        let reply = match event {
            Event::One(request) => {
                let report = self.request(request, now, deadline, &mut metrics).await;
                if report.result == Ended::Failed { Reply::Retry } else { Reply::Done(report) }
            }
            Event::Batch(batch) => Reply::Batch(self.batch(batch, now, deadline, &mut metrics).await),
        };
        let sent = self.poller.connect().counts().since(connect);
        metrics.add(Metric::ConnectRequests, sent.attempts);
        metrics.add(Metric::ConnectRetries, sent.attempts.saturating_sub(sent.requests));
        metrics.add(Metric::DatabaseRoundTrips, self.poller.store().round_trips().saturating_sub(trips));
        Ok(Handled { reply, metrics })
    }

    /// One poll of each kind that the messages ask for, as long as it is not late when its turn comes.
    async fn batch(
        &self,
        batch: Vec<Message>,
        now: Timestamp,
        deadline: Instant,
        metrics: &mut Metrics,
    ) -> BatchResponse {
        let began = Instant::now();
        let mut failed = BTreeSet::new();
        let mut asked: BTreeMap<_, Vec<(usize, Request)>> = BTreeMap::new();
        for (place, message) in batch.iter().enumerate() {
            if let Ok(request) = message.request() {
                asked.entry((request.poll, request.backfill_days)).or_default().push((place, request));
            } else {
                let message_id = &message.message.message_id;
                tracing::error!(message_id, "a message asks for no poll that there is");
                failed.insert(place);
            }
        }
        for of_a_kind in asked.into_values() {
            let now = now.checked_add(began.elapsed()).unwrap_or(now);
            // One that may wait for ever comes before any that may not.
            let made = of_a_kind.iter().filter(|(_, request)| !request.is_late(now));
            let made = made.max_by_key(|(_, request)| (request.due.is_none(), request.due)).copied();
            for (_, other) in
                of_a_kind.iter().filter(|(place, _)| Some(*place) != made.map(|(place, _)| place))
            {
                told(&Report::plain(other.poll, Ended::Dropped), metrics);
            }
            let Some((place, request)) = made else { continue };
            if self.request(request, now, deadline, metrics).await.result == Ended::Failed {
                failed.insert(place);
            }
        }
        metrics.add(Metric::MessagesFailed, failed.len() as u64);
        let messages = batch.into_iter().enumerate();
        let failed = messages.filter(|(place, _)| failed.contains(place));
        BatchResponse::failed(failed.map(|(_, message)| message.message.message_id))
    }

    /// Does what is asked for, and tells what became of it.
    async fn request(
        &self,
        request: Request,
        now: Timestamp,
        deadline: Instant,
        metrics: &mut Metrics,
    ) -> Report {
        let poll = request.poll;
        let report = if request.is_late(now) {
            Report::plain(poll, Ended::Dropped)
        } else {
            // On the heap: a poll's state is large, and deeper than the compiler follows otherwise.
            let performed = Box::pin(self.alone(request, now, deadline, metrics)).await;
            performed.unwrap_or_else(|error| {
                let (poll, reason) = (poll.name(), error.to_string());
                tracing::error!(poll, reason, "the tables of a poll could not be read or written");
                Report::plain(request.poll, Ended::Failed)
            })
        };
        told(&report, metrics);
        report
    }

    /// Does what is asked for while nobody else polls for the same table.
    async fn alone(
        &self,
        request: Request,
        now: Timestamp,
        deadline: Instant,
        metrics: &mut Metrics,
    ) -> Result<Report, StoreError> {
        let store = self.poller.store();
        let Some(table) = leased(request.poll) else {
            return self.perform(request, now, deadline, metrics).await;
        };
        if !store.lease(table, deadline).await? {
            return Ok(Report::plain(request.poll, Ended::Dropped));
        }
        let performed = self.perform(request, now, deadline, metrics).await;
        // A save of how things stand has given it back with the rows.
        let is_given_back = matches!(request.poll, Poll::Current | Poll::Users)
            && performed.as_ref().is_ok_and(|report| report.result == Ended::Complete);
        if !is_given_back {
            let deadline = deadline.max(Instant::now() + TIME_TO_GIVE_BACK);
            if let Err(error) = store.give_back(table, deadline).await {
                let reason = error.to_string();
                tracing::warn!(reason, "the lease of a poll could not be given back; it ends by itself");
            }
        }
        performed
    }

    async fn perform(
        &self,
        request: Request,
        now: Timestamp,
        deadline: Instant,
        metrics: &mut Metrics,
    ) -> Result<Report, StoreError> {
        let poll = request.poll;
        let outcomes = match poll {
            Poll::Migrate => {
                self.poller.store().migrate(deadline).await?;
                self.poller.store().admit(&read_all(&self.logins).await?, deadline).await?;
                Vec::new()
            }
            Poll::Tick => return Ok(self.tick(request.due.unwrap_or(now), now, deadline, metrics).await),
            Poll::Current => vec![self.poller.current(deadline).await?],
            Poll::Users => vec![self.poller.users(deadline).await?],
            Poll::History => match request.backfill_days {
                Some(days) => vec![self.poller.backfill(days, now, deadline).await?],
                // Both get on, also while one of them has many gaps to heal.
                None => vec![
                    self.poller.history(now, half_of_the_time(deadline)).await?,
                    self.poller.intervals(now, deadline).await?,
                ],
            },
            Poll::Metadata => {
                let outcome = self.poller.metadata(deadline).await?;
                self.forget(now, deadline, metrics).await;
                vec![outcome]
            }
        };
        for outcome in &outcomes {
            metrics.add(Metric::RowsSaved, outcome.saved.written);
            metrics.add(Metric::RowsAtRest, outcome.saved.rested);
            metrics.add(complete_metric(outcome.table), u64::from(outcome.is_complete()));
            if poll == Poll::History {
                metrics.add(Metric::IntervalsPending, outcome.intervals_left as u64);
            }
        }
        log(poll, &outcomes);
        Ok(Report::of(poll, &outcomes))
    }

    /// Puts the polls of the minute that began then on the queue. It failed if none of them is there.
    async fn tick(
        &self,
        began: Timestamp,
        now: Timestamp,
        deadline: Instant,
        metrics: &mut Metrics,
    ) -> Report {
        let (sent, not_sent) = self.queue.send(minute(began, now), deadline).await;
        metrics.add(Metric::TickMessagesFailed, not_sent as u64);
        let ended = match (sent, not_sent) {
            (_, 0) => Ended::Complete,
            (0, _) => Ended::Failed,
            _ => Ended::Partial,
        };
        Report::plain(Poll::Tick, ended)
    }

    /// Deletes samples and intervals that are too old. What is left over is deleted the next time.
    async fn forget(&self, now: Timestamp, deadline: Instant, metrics: &mut Metrics) {
        let Retention { samples, history } = self.retention;
        let (Ok(samples), Ok(history)) = (now.checked_sub(samples), now.checked_sub(history)) else { return };
        let store = self.poller.store();
        match store.prune(samples, FORGET_AT_MOST, deadline).await {
            Ok(samples) => metrics.add(Metric::SamplesForgotten, samples),
            Err(error) => tracing::warn!(reason = error.to_string(), "old samples could not be deleted"),
        }
        if let Err(error) = store.prune_history(history, FORGET_AT_MOST, deadline).await {
            tracing::warn!(reason = error.to_string(), "old intervals could not be deleted");
        }
    }
}

/// The table whose lease a poll takes.
fn leased(poll: Poll) -> Option<Table> {
    match poll {
        Poll::Migrate | Poll::Tick => None,
        Poll::Current => Some(Table::CurrentMetrics),
        Poll::Users => Some(Table::CurrentUsers),
        // Both tables of it.
        Poll::History => Some(Table::History),
        Poll::Metadata => Some(Table::Metadata),
    }
}

/// When half of the time that is left is over.
fn half_of_the_time(deadline: Instant) -> Instant {
    let now = Instant::now();
    now + deadline.saturating_duration_since(now) / 2
}

/// What counts the complete polls of a table: [`Schedule::complete`](switchboard_metrics::polls::Schedule::complete).
fn complete_metric(table: Table) -> Metric {
    match table {
        Table::CurrentMetrics => Metric::CurrentMetricsComplete,
        Table::CurrentUsers => Metric::CurrentUsersComplete,
        Table::History => Metric::HistoryComplete,
        Table::Intervals => Metric::IntervalsComplete,
        Table::Metadata => Metric::MetadataComplete,
    }
}

/// Says of each table what was done to it.
fn log(poll: Poll, outcomes: &[Outcome]) {
    let poll = poll.name();
    for outcome in outcomes {
        let outcome_of_table = outcome.to_string();
        if outcome.is_complete() {
            tracing::info!(poll, outcome = outcome_of_table, "a poll is saved");
        } else {
            tracing::warn!(
                poll,
                outcome = outcome_of_table,
                "a poll is incomplete; what it lacks stays as it was"
            );
        }
    }
}

fn told(report: &Report, metrics: &mut Metrics) {
    let metric = match report.result {
        Ended::Complete => Metric::PollsComplete,
        Ended::Partial | Ended::Unchanged => Metric::PollsPartial,
        Ended::Failed => Metric::PollsFailed,
        Ended::Dropped => {
            tracing::info!(
                poll = report.poll.name(),
                "a poll was dropped: it is late, or another one is made"
            );
            Metric::PollsDropped
        }
    };
    metrics.add(metric, 1);
}

#[cfg(test)]
mod tests;
