//! An event: poll, save, answer.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use switchboard_metrics::{
    poll::{PollReport, Poller},
    reader::MetricReader,
    tables::Table,
};
use switchboard_runtime::{
    batch::BatchResponse,
    database::{LoginSecret, read_logins},
    handler::{Handled, Reply, UnsupportedEvent},
    metrics::{Metric, Metrics},
};
use switchboard_sql::SqlError;
use tokio::time::Instant;

use crate::{
    event::{Event, Message, Poll, Request},
    report::{PollStatus, Report},
    tick::{TickQueue, minute},
};

/// The most samples of each kind that one poll prunes: twice those of the 15 minutes between polls of metadata, of 250
/// queues and 1,200 users.
const PRUNE_LIMIT: u64 = 500_000;
/// The time for releasing a lease after the deadline.
const LEASE_RELEASE_TIMEOUT: Duration = Duration::from_secs(1);

/// Polls as it is told to.
#[derive(Debug)]
pub struct Handler {
    poller: Poller,
    queue: TickQueue,
    retention: Retention,
    logins: Vec<LoginSecret>,
    board_login: Option<LoginSecret>,
}

/// The retention of samples and intervals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Samples of the current state.
    pub samples: SignedDuration,
    /// Intervals, and deleted resources.
    pub history: SignedDuration,
}

impl Handler {
    /// Polls with this poller, ticks onto this queue, and keeps what grows for so long.
    pub fn new(poller: Poller, queue: TickQueue, retention: Retention) -> Self {
        Self { poller, queue, retention, logins: Vec::new(), board_login: None }
    }

    /// Has these logins made with each migration, and that of a board.
    #[must_use]
    pub fn with_logins(self, logins: Vec<LoginSecret>, board_login: Option<LoginSecret>) -> Self {
        Self { logins, board_login, ..self }
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
                if report.result == PollStatus::Failed { Reply::Retry } else { Reply::Done(report) }
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
                tracing::error!(event = "unknown_poll", message_id, "unknown poll in message");
                failed.insert(place);
            }
        }
        for per_poll in asked.into_values() {
            let now = now.checked_add(began.elapsed()).unwrap_or(now);
            // One that may wait for ever comes before any that may not.
            let made = per_poll.iter().filter(|(_, request)| !request.is_late(now));
            let made = made.max_by_key(|(_, request)| (request.due.is_none(), request.due)).copied();
            for (_, other) in
                per_poll.iter().filter(|(place, _)| Some(*place) != made.map(|(place, _)| place))
            {
                count_report(&Report::plain(other.poll, PollStatus::Dropped), metrics);
            }
            let Some((place, request)) = made else { continue };
            if self.request(request, now, deadline, metrics).await.result == PollStatus::Failed {
                failed.insert(place);
            }
        }
        metrics.add(Metric::MessagesFailed, failed.len() as u64);
        let messages = batch.into_iter().enumerate();
        let failed = messages.filter(|(place, _)| failed.contains(place));
        BatchResponse::failed(failed.map(|(_, message)| message.message.message_id))
    }

    /// Handles a request, and counts its report.
    async fn request(
        &self,
        request: Request,
        now: Timestamp,
        deadline: Instant,
        metrics: &mut Metrics,
    ) -> Report {
        let poll = request.poll;
        let report = if request.is_late(now) {
            Report::plain(poll, PollStatus::Dropped)
        } else {
            // On the heap: a poll's state is large, and deeper than the compiler follows otherwise.
            let performed = Box::pin(self.with_lease(request, now, deadline, metrics)).await;
            performed.unwrap_or_else(|error| {
                tracing::error!(
                    event = "poll_failed",
                    poll = poll.name(),
                    error = error.to_string(),
                    "reading or writing the metric tables failed"
                );
                Report::plain(request.poll, PollStatus::Failed)
            })
        };
        count_report(&report, metrics);
        report
    }

    /// Handles a request while it holds the lease of its table.
    async fn with_lease(
        &self,
        request: Request,
        now: Timestamp,
        deadline: Instant,
        metrics: &mut Metrics,
    ) -> Result<Report, SqlError> {
        let store = self.poller.store();
        let Some(table) = leased(request.poll) else {
            return self.perform(request, now, deadline, metrics).await;
        };
        if !store.lease(table, deadline).await? {
            return Ok(Report::plain(request.poll, PollStatus::Dropped));
        }
        let performed = self.perform(request, now, deadline, metrics).await;
        // A save of the current state has released it with the rows.
        let is_released = matches!(request.poll, Poll::Current | Poll::Users)
            && performed.as_ref().is_ok_and(|report| report.result == PollStatus::Complete);
        if !is_released {
            let deadline = deadline.max(Instant::now() + LEASE_RELEASE_TIMEOUT);
            if let Err(error) = store.release_lease(table, deadline).await {
                let error = error.to_string();
                tracing::warn!(event = "lease_release_failed", error, "poll lease not released; it expires");
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
    ) -> Result<Report, SqlError> {
        let poll = request.poll;
        let outcomes = match poll {
            Poll::Migrate => {
                let store = self.poller.store();
                store.migrate(deadline).await?;
                store.admit(&read_logins(&self.logins).await?, deadline).await?;
                let reader = MetricReader::new(store.database().clone());
                for login in read_logins(self.board_login.as_slice()).await? {
                    reader.admit(&login, deadline).await?;
                }
                Vec::new()
            }
            Poll::Tick => return Ok(self.tick(request.due.unwrap_or(now), now, deadline, metrics).await),
            Poll::Current => vec![self.poller.current(deadline).await?],
            Poll::Users => vec![self.poller.users(deadline).await?],
            Poll::History => match request.backfill_days {
                Some(days) => vec![self.poller.backfill(days, now, deadline).await?],
                // Both get on, also while one of them has many gaps to heal.
                None => vec![
                    self.poller.history(now, half_way_to(deadline)).await?,
                    self.poller.intervals(now, deadline).await?,
                ],
            },
            Poll::Metadata => {
                let outcome = self.poller.metadata(deadline).await?;
                self.check_plan();
                self.prune(now, deadline, metrics).await;
                vec![outcome]
            }
        };
        for outcome in &outcomes {
            metrics.add(Metric::RowsSaved, outcome.saved.written);
            metrics.add(Metric::RowsReset, outcome.saved.reset);
            metrics.add(complete_metric(outcome.table), u64::from(outcome.is_complete()));
            if poll == Poll::History {
                metrics.add(Metric::IntervalsPending, outcome.intervals_left as u64);
            }
        }
        log(poll, &outcomes);
        Ok(Report::of(poll, &outcomes))
    }

    /// Logs each poll that the instance has outgrown, by the lists that were just read; it is made nevertheless.
    fn check_plan(&self) {
        for load in self.poller.outgrown().unwrap_or_default() {
            tracing::warn!(
                event = "poll_over_budget",
                table = load.table.name(),
                operation = load.operation,
                requests_needed = load.requests,
                requests_allowed = load.allowed(),
                report = load.to_string(),
                "a poll needs more requests than this instance's share of the account's quota allows; have the quota raised, and metrics.requestsPerSecond (CONNECT_REQUESTS_PER_SECOND) with it"
            );
        }
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
            (_, 0) => PollStatus::Complete,
            (0, _) => PollStatus::Failed,
            _ => PollStatus::Partial,
        };
        Report::plain(Poll::Tick, ended)
    }

    /// Deletes samples and intervals that are past their retention, up to a limit; the next poll continues.
    async fn prune(&self, now: Timestamp, deadline: Instant, metrics: &mut Metrics) {
        let Retention { samples, history } = self.retention;
        let (Ok(samples), Ok(history)) = (now.checked_sub(samples), now.checked_sub(history)) else { return };
        let store = self.poller.store();
        match store.prune(samples, PRUNE_LIMIT, deadline).await {
            Ok(samples) => metrics.add(Metric::SamplesPruned, samples),
            Err(error) => {
                tracing::warn!(event = "prune_failed", error = error.to_string(), "pruning samples failed");
            }
        }
        if let Err(error) = store.prune_history(history, PRUNE_LIMIT, deadline).await {
            tracing::warn!(event = "prune_failed", error = error.to_string(), "pruning intervals failed");
        }
    }
}

/// The table whose lease a poll acquires.
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

/// The time half-way to the deadline.
fn half_way_to(deadline: Instant) -> Instant {
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

/// Logs the report of each table.
fn log(poll: Poll, outcomes: &[PollReport]) {
    let poll = poll.name();
    for outcome in outcomes {
        let report = outcome.to_string();
        if outcome.is_complete() {
            tracing::info!(event = "poll_saved", poll, report, "poll saved");
        } else {
            tracing::warn!(
                event = "poll_incomplete",
                poll,
                report,
                "poll incomplete; absent rows are unchanged"
            );
        }
    }
}

/// Counts a report in the metrics.
fn count_report(report: &Report, metrics: &mut Metrics) {
    let metric = match report.result {
        PollStatus::Complete => Metric::PollsComplete,
        PollStatus::Partial | PollStatus::Unchanged => Metric::PollsPartial,
        PollStatus::Failed => Metric::PollsFailed,
        PollStatus::Dropped => {
            tracing::info!(
                event = "poll_dropped",
                poll = report.poll.name(),
                "poll dropped (late or already running)"
            );
            Metric::PollsDropped
        }
    };
    metrics.add(metric, 1);
}

#[cfg(test)]
mod tests;
