//! An event: read, fold, send, answer.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use switchboard_runtime::{
    batch::{BatchResponse, KinesisEvent},
    handler::{Handled, Reply, UnsupportedEvent},
    metrics::{Metric, Metrics},
    records,
};
use switchboard_wfm::{
    agent_state::{Agents, Unusable, Username},
    feed::{Feed, FeedError, Observed, Snapshot, When},
};

use crate::{
    config::Account,
    event::Event,
    read::{self, Rejection, Told},
};

/// How old an event may be. A stream that keeps more may be read from its beginning; of who was at work then it tells
/// nothing.
const OLDEST: SignedDuration = SignedDuration::from_hours(24);

/// Keeps a service up to date.
#[derive(Debug)]
pub struct Handler {
    feed: Feed,
    account: Account,
}

impl Handler {
    /// By this feed; the account is what its client is of.
    pub fn new(feed: Feed, account: Account) -> Self {
        Self { feed, account }
    }

    /// Handles an event, JSON text.
    ///
    /// # Errors
    /// When the event as a whole is not for this function.
    pub async fn handle(&self, event: &str, when: When) -> Result<Handled, UnsupportedEvent> {
        Ok(match Event::read(event)? {
            // Large futures both, which the caller is not to carry along.
            Event::Records(batch) => Box::pin(self.records(batch, when)).await,
            Event::Snapshot => Box::pin(self.snapshot(when)).await,
        })
    }

    /// Handles a batch of a shard's records.
    pub async fn records(&self, batch: KinesisEvent, when: When) -> Handled {
        let mut metrics = Metrics::default();
        let Read { agents, first, newest } = read_all(&batch, when.clock(), &mut metrics);
        let observed = self.feed.observe(agents, batch.shard(), when).await;
        self.renew(observed.failed.values().chain(&observed.snapshot_failure)).await;
        let mut errors = observed.failed.values().chain(observed.failed_arns.values());
        if let Some(error) = errors.next() {
            let (agents, reason) = (errors.count() + 1, error.to_string());
            tracing::error!(
                agents,
                reason,
                "agents' states were not acknowledged; the reason is the first one's"
            );
        }
        count(&observed, &mut metrics);
        if observed.sent > 0
            && let Some(newest) = newest
        {
            let age_millis = Timestamp::now().duration_since(newest).as_millis();
            metrics.add(Metric::EventAgeMillis, u64::try_from(age_millis).unwrap_or_default());
        }
        let by_name = observed.failed.keys().filter_map(|username| first.by_name.get(username));
        let by_arn = observed.failed_arns.keys().filter_map(|arn| first.by_arn.get(arn));
        let failed: BTreeSet<usize> = by_name.chain(by_arn).copied().collect();
        let records = batch.records.into_iter().enumerate().filter(|(at, _)| failed.contains(at));
        let failed = records.map(|(_, record)| record.kinesis.sequence_number);
        Handled { reply: Reply::Batch(BatchResponse::failed_from(failed)), metrics }
    }

    /// Puts snapshots off, or lets them go again: [`Feed::keep_snapshots_back`].
    pub fn keep_snapshots_back(&self, are_kept_back: bool) {
        self.feed.keep_snapshots_back(are_kept_back);
    }

    /// Sends the whole picture.
    pub async fn snapshot(&self, when: When) -> Handled {
        let mut metrics = Metrics::default();
        let reply = match self.feed.snapshot(when).await {
            Ok(snapshot) => {
                count_snapshot(snapshot, &mut metrics);
                Reply::Done(())
            }
            Err(error) => {
                self.renew([&error]).await;
                tracing::error!(reason = error.to_string(), "the snapshot was not acknowledged");
                metrics.add(Metric::SnapshotsFailed, 1);
                Reply::Retry
            }
        };
        Handled { reply, metrics }
    }

    /// Where one of these may be for the keys, looks for others: what failed comes again, and then they are used.
    async fn renew(&self, errors: impl IntoIterator<Item = &FeedError>) {
        let may_be_of_the_keys =
            |error: &FeedError| matches!(error, FeedError::Service(failure) if failure.may_be_of_the_keys());
        if errors.into_iter().any(may_be_of_the_keys)
            && let Some(client) = self.account.renewed(&self.feed.client()).await
        {
            self.feed.renew(client);
        }
    }
}

/// What was read of a batch.
struct Read {
    agents: Agents,
    first: First,
    /// When the newest event happened.
    newest: Option<Timestamp>,
}

/// The first record that tells of an agent, by its place; one without a name by the agent's ARN.
#[derive(Default)]
struct First {
    by_name: BTreeMap<Username, usize>,
    by_arn: BTreeMap<String, usize>,
}

/// A record that can't be read is passed over: it must not hold up its shard.
fn read_all(batch: &KinesisEvent, now: Timestamp, metrics: &mut Metrics) -> Read {
    let (mut agents, mut first, mut newest) = (Agents::default(), First::default(), None);
    let mut budget = records::budget();
    metrics.add(Metric::Records, batch.records.len() as u64);
    for (at, record) in batch.records.iter().enumerate() {
        let mut rejections = Vec::new();
        for document in read::record(&record.kinesis.data, &mut budget, now) {
            match document {
                Ok(Told::Agent(told)) => {
                    metrics.add(Metric::AgentEvents, 1);
                    if told.agent.alive().is_none_or(|at| now.duration_since(at) > OLDEST) {
                        metrics.add(Metric::AgentEventsTooOld, 1);
                        continue;
                    }
                    newest = newest.max(told.agent.alive());
                    match &told.username {
                        Some(username) => first.by_name.entry(username.clone()).or_insert(at),
                        None => first.by_arn.entry(told.arn.clone()).or_insert(at),
                    };
                    agents.tell(*told);
                }
                Ok(Told::ContactRecord) => metrics.add(Metric::ContactRecords, 1),
                Err(rejection) => {
                    metrics.add(metric_of(rejection), 1);
                    rejections.push(rejection);
                }
            }
        }
        if let Some(reason) = rejections.first() {
            let (sequence_number, rejected) = (&record.kinesis.sequence_number, rejections.len());
            let reason = reason.to_string();
            tracing::warn!(sequence_number, rejected, reason, "a record, or part of it, was skipped");
        }
    }
    Read { agents, first, newest }
}

fn count(observed: &Observed, metrics: &mut Metrics) {
    metrics.add(Metric::StatesSent, observed.sent as u64);
    metrics.add(Metric::StatesRejected, observed.refused as u64);
    metrics.add(Metric::AgentsFailed, (observed.failed.len() + observed.failed_arns.len()) as u64);
    if observed.is_held_back {
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

fn count_snapshot(snapshot: Snapshot, metrics: &mut Metrics) {
    let Snapshot { agents, silent, refused, has_unknown_agents, is_put_off } = snapshot;
    if is_put_off {
        tracing::info!("the snapshot is put off until every shard can be read and has caught up");
    } else {
        tracing::info!(agents, silent, refused, "the whole picture was sent");
    }
    metrics.add(Metric::SnapshotsSent, u64::from(!is_put_off && agents > 0));
    metrics.add(Metric::AgentsTimedOut, silent as u64);
    metrics.add(Metric::StatesRejected, refused as u64);
    if has_unknown_agents {
        warn_of_unknown_agents(metrics);
    }
}

fn warn_of_unknown_agents(metrics: &mut Metrics) {
    tracing::warn!("the RTA service does not know one or more of the agents; it has taken the others");
    metrics.add(Metric::UnknownAgents, 1);
}

fn metric_of(rejection: Rejection) -> Metric {
    match rejection {
        Rejection::Unreadable(unreadable) => unreadable.metric(),
        Rejection::Unusable(Unusable::Ahead) => Metric::AgentEventsAhead,
        Rejection::NotAnEvent | Rejection::Unusable(_) => Metric::RejectedNotAnEvent,
    }
}

#[cfg(test)]
mod tests;
