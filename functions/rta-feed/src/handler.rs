//! An event: read, fold, send, answer.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use switchboard_agents::{AgentArn, AgentKey, Agents, InvalidAgentEvent};
use switchboard_core::served_instances::ServedInstances;
use switchboard_runtime::{
    batch::{BatchResponse, KinesisEvent},
    handler::{Handled, Reply, UnsupportedEvent},
    intake::{Intake, log_passed_over},
    metrics::{Metric, Metrics},
    records,
};
use switchboard_store::call::CallContext;
use switchboard_wfm::feed::{BatchOutcome, Feed, FeedError, SnapshotOutcome};

use crate::{
    config::Account,
    event::Event,
    read::{self, Rejection, StreamDocument},
};

/// How old an event may be. A stream that keeps more may be read from its beginning; whoever was at work then may not be now.
const MAX_EVENT_AGE: SignedDuration = SignedDuration::from_hours(24);

/// The handler of the function.
#[derive(Debug)]
pub struct Handler {
    feed: Feed,
    account: Account,
    intake: Intake,
}

impl Handler {
    /// The handler with this feed, whose client is of this account. It takes the agent events of all instances.
    pub fn new(feed: Feed, account: Account) -> Self {
        Self { feed, account, intake: read::intake(ServedInstances::default()) }
    }

    /// Takes the agent events of these instances alone.
    #[must_use]
    pub fn serving(self, instances: ServedInstances) -> Self {
        Self { intake: read::intake(instances), ..self }
    }

    /// Handles an event, JSON text.
    ///
    /// # Errors
    /// When the event as a whole is not for this function.
    pub async fn handle(&self, event: &str, context: CallContext) -> Result<Handled, UnsupportedEvent> {
        Ok(match Event::read(event)? {
            // Large futures both, which the caller is not to carry along.
            Event::Records(batch) => Box::pin(self.records(batch, context)).await,
            Event::Snapshot => Box::pin(self.snapshot(context)).await,
        })
    }

    /// Handles a batch of a shard's records.
    pub async fn records(&self, batch: KinesisEvent, context: CallContext) -> Handled {
        let mut metrics = Metrics::default();
        let DecodedBatch { agents, first, newest } =
            read_all(&batch, &self.intake, context.clock(), &mut metrics);
        let observed = self.feed.observe(agents, &batch.shard(), context).await;
        self.refresh_client(observed.failed.values().chain(&observed.snapshot_failure)).await;
        let mut errors = observed.failed.values().chain(observed.failed_arns.values());
        if let Some(error) = errors.next() {
            let (agents, error) = (errors.count() + 1, error.to_string());
            tracing::error!(
                event = "states_not_acknowledged",
                agents,
                error,
                "agent states not acknowledged; the error is the first one's"
            );
        }
        count(&observed, &mut metrics);
        if observed.sent > 0
            && let Some(newest) = newest
        {
            let age_millis = Timestamp::now().duration_since(newest).as_millis();
            metrics.add(Metric::EventAgeMillis, u64::try_from(age_millis).unwrap_or_default());
        }
        let by_name = observed.failed.keys().filter_map(|agent| first.by_name.get(agent));
        let by_arn = observed.failed_arns.keys().filter_map(|arn| first.by_arn.get(arn));
        let failed: BTreeSet<usize> = by_name.chain(by_arn).copied().collect();
        let records = batch.records.into_iter().enumerate().filter(|(at, _)| failed.contains(at));
        let failed = records.map(|(_, record)| record.kinesis.sequence_number);
        Handled { reply: Reply::Batch(BatchResponse::retry_from_lowest(failed)), metrics }
    }

    /// Pauses or resumes snapshots: [`Feed::pause_snapshots`].
    pub fn pause_snapshots(&self, are_paused: bool) {
        self.feed.pause_snapshots(are_paused);
    }

    /// Sends a full snapshot.
    pub async fn snapshot(&self, context: CallContext) -> Handled {
        let mut metrics = Metrics::default();
        let reply = match self.feed.snapshot(context).await {
            Ok(snapshot) => {
                count_snapshot(snapshot, &mut metrics);
                Reply::Done(())
            }
            Err(error) => {
                self.refresh_client([&error]).await;
                tracing::error!(
                    event = "snapshot_failed",
                    error = error.to_string(),
                    "full snapshot not acknowledged"
                );
                metrics.add(Metric::SnapshotsFailed, 1);
                Reply::Retry
            }
        };
        Handled { reply, metrics }
    }

    /// If one of these errors may be for the keys, reads the secret again: what failed comes again, and then the new keys are used.
    async fn refresh_client(&self, errors: impl IntoIterator<Item = &FeedError>) {
        let may_be_auth_error =
            |error: &FeedError| matches!(error, FeedError::Service(failure) if failure.may_be_auth_error());
        if errors.into_iter().any(may_be_auth_error)
            && let Some(client) = self.account.renewed(&self.feed.client()).await
        {
            self.feed.replace_client(client);
        }
    }
}

/// A batch, read.
struct DecodedBatch {
    agents: Agents,
    first: FirstRecord,
    /// When the newest event happened.
    newest: Option<Timestamp>,
}

/// The position of an agent's first record in the batch; of events without a user name by the agent's ARN.
#[derive(Default)]
struct FirstRecord {
    by_name: BTreeMap<AgentKey, usize>,
    by_arn: BTreeMap<AgentArn, usize>,
}

/// A record that can't be read is passed over: it must not hold up its shard.
fn read_all(batch: &KinesisEvent, intake: &Intake, now: Timestamp, metrics: &mut Metrics) -> DecodedBatch {
    let (mut agents, mut first, mut newest) = (Agents::default(), FirstRecord::default(), None);
    let mut budget = records::budget();
    metrics.add(Metric::Records, batch.records.len() as u64);
    for (at, record) in batch.records.iter().enumerate() {
        let mut rejections = Vec::new();
        for document in read::record(&record.kinesis.data, intake, &mut budget, now) {
            match document {
                Ok(StreamDocument::Agent(update)) => {
                    metrics.add(Metric::AgentEvents, 1);
                    if update.agent.last_event_at().is_none_or(|at| now.duration_since(at) > MAX_EVENT_AGE) {
                        metrics.add(Metric::AgentEventsTooOld, 1);
                        continue;
                    }
                    newest = newest.max(update.agent.last_event_at());
                    match update.key() {
                        Some(agent) => first.by_name.entry(agent).or_insert(at),
                        None => first.by_arn.entry(update.arn.clone()).or_insert(at),
                    };
                    agents.add(*update);
                }
                Ok(StreamDocument::PassedOver(reason)) => metrics.add(reason.metric(), 1),
                Err(rejection) => {
                    metrics.add(metric_of(rejection), 1);
                    rejections.push(rejection);
                }
            }
        }
        if let Some(reason) = rejections.first() {
            let (sequence_number, rejected) = (&record.kinesis.sequence_number, rejections.len());
            let error = reason.to_string();
            tracing::warn!(
                event = "record_rejected",
                sequence_number,
                rejected,
                error,
                "record rejected, or a part of it"
            );
        }
    }
    log_passed_over(&batch.shard(), metrics);
    DecodedBatch { agents, first, newest }
}

fn count(observed: &BatchOutcome, metrics: &mut Metrics) {
    metrics.add(Metric::StatesSent, observed.sent as u64);
    metrics.add(Metric::StatesRejected, observed.rejected as u64);
    metrics.add(Metric::AgentsFailed, (observed.failed.len() + observed.failed_arns.len()) as u64);
    if observed.is_deferred {
        metrics.add(Metric::BatchesDeferred, 1);
    }
    if observed.has_unknown_agents {
        warn_of_unknown_agents(metrics);
    }
    if let Some(snapshot) = observed.snapshot {
        count_snapshot(snapshot, metrics);
    }
    metrics.add(Metric::SnapshotsFailed, u64::from(observed.snapshot_failure.is_some()));
}

fn count_snapshot(snapshot: SnapshotOutcome, metrics: &mut Metrics) {
    let SnapshotOutcome { agents, timed_out, rejected, has_unknown_agents, is_deferred } = snapshot;
    if is_deferred {
        tracing::info!(
            event = "snapshot_deferred",
            "full snapshot deferred until every shard is readable and caught up"
        );
    } else {
        tracing::info!(event = "snapshot_sent", agents, timed_out, rejected, "full snapshot sent");
    }
    metrics.add(Metric::SnapshotsSent, u64::from(!is_deferred && agents > 0));
    metrics.add(Metric::AgentsTimedOut, timed_out as u64);
    metrics.add(Metric::StatesRejected, rejected as u64);
    if has_unknown_agents {
        warn_of_unknown_agents(metrics);
    }
}

fn warn_of_unknown_agents(metrics: &mut Metrics) {
    tracing::warn!(
        event = "unknown_agents",
        "the RTA service does not know one or more of the agents; it accepted the others"
    );
    metrics.add(Metric::UnknownAgents, 1);
}

fn metric_of(rejection: Rejection) -> Metric {
    match rejection {
        Rejection::Unreadable(unreadable) => unreadable.metric(),
        Rejection::InvalidAgentEvent(InvalidAgentEvent::InTheFuture) => Metric::AgentEventsAhead,
        Rejection::NotAnEvent | Rejection::InvalidAgentEvent(_) => Metric::RejectedNotAnEvent,
    }
}

#[cfg(test)]
mod tests;
