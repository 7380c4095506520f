//! A full snapshot.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::Ordering,
};

use futures_util::future::{Either, select};
use jiff::Timestamp;
use switchboard_agents::{Agent, AgentKey, RecordCache};
use switchboard_store::call::CallContext;
use tokio::time::Instant;

use super::{
    Feed, FeedError, LEASE_TTL, SnapshotOutcome,
    call_deadline::CallDeadline,
    lease::{LeaseAttempt, LeaseBackoff, SendDecision},
    record::FeedState,
    rejections::RejectedStates,
    send::ServiceHistory,
    watermark,
};
use crate::agent_state::StateChange;

/// The contents of a snapshot.
#[derive(Default)]
struct SnapshotContents {
    changes: Vec<StateChange>,
    /// The states of agents of other instances with the same user names, which are not sent.
    superseded: Vec<StateChange>,
    /// What is known of agents in instances that are joined, other than their home.
    others: BTreeMap<AgentKey, Agent>,
    rejected_states: RejectedStates,
    /// When the service accepted something last.
    last_accepted_at: Option<Timestamp>,
    /// The number of agents that timed out just now.
    timed_out: usize,
}

impl SnapshotContents {
    /// Keeps one state for each user name, by which alone the service knows agents: that of an agent who is logged on, and of
    /// several the one that began last.
    fn supersede(&mut self) {
        let mut states = std::mem::take(&mut self.changes);
        states.sort_by(|one, other| {
            let order = |change: &StateChange| (change.state.is_logged_on, change.since, change.at);
            (&one.agent.username, order(one)).cmp(&(&other.agent.username, order(other)))
        });
        let mut states = states.into_iter().peekable();
        while let Some(change) = states.next() {
            let is_last = states.peek().is_none_or(|next| next.agent.username != change.agent.username);
            let part = if is_last { &mut self.changes } else { &mut self.superseded };
            part.push(change);
        }
    }
}

/// The decision whether a snapshot may start.
enum SnapshotStart {
    /// The snapshot lease was acquired, with this feed state.
    Acquired(FeedState),
    /// Another process holds the snapshot lease.
    LeasedElsewhere,
    /// No snapshot is due.
    NotDue,
    /// A shard is lagging.
    ShardsLagging,
}

impl Feed {
    /// Sends a full snapshot and closes it, and logs off the agents that timed out. While a shard is lagging the snapshot is
    /// deferred.
    ///
    /// # Errors
    /// If a part of it, or its end, was not acknowledged. The agents' states are then sent again with their next event,
    /// or with the next snapshot.
    pub async fn snapshot(&self, context: CallContext) -> Result<SnapshotOutcome, FeedError> {
        Ok(self.start(context, false).await?.unwrap_or_default())
    }

    /// The same if it is due; [`None`] if it is not.
    pub(super) async fn due_snapshot(
        &self,
        context: CallContext,
    ) -> Result<Option<SnapshotOutcome>, FeedError> {
        self.start(context, true).await
    }

    async fn start(
        &self,
        context: CallContext,
        is_to_be_due: bool,
    ) -> Result<Option<SnapshotOutcome>, FeedError> {
        if self.are_snapshots_paused.load(Ordering::Relaxed) {
            let deferred = SnapshotOutcome { is_deferred: true, ..SnapshotOutcome::default() };
            return Ok((!is_to_be_due).then_some(deferred));
        }
        let mut backoff = LeaseBackoff::new();
        loop {
            let began = context.clock();
            let attempt = LeaseAttempt::until(began.saturating_add(LEASE_TTL).unwrap_or(began));
            let call_deadline = CallDeadline::new(context);
            let enter = |feed_state: &mut FeedState| {
                if is_to_be_due && !watermark::is_snapshot_due(feed_state, context.clock()) {
                    return SnapshotStart::NotDue;
                }
                if watermark::has_lagging_shards(feed_state, context.clock()) {
                    return SnapshotStart::ShardsLagging;
                }
                if attempt.is_leased_elsewhere(feed_state.lease.as_ref(), context.clock()) {
                    return SnapshotStart::LeasedElsewhere;
                }
                feed_state.lease = Some(attempt.lease());
                SnapshotStart::Acquired(feed_state.clone())
            };
            match self.store.update_feed_state(context.deadline, enter).await? {
                SnapshotStart::Acquired(feed_state) => {
                    let work =
                        Box::pin(self.run_leased(&attempt, &feed_state, began, (context, &call_deadline)));
                    let renewal = Box::pin(self.renew_lease(&attempt, &call_deadline, context));
                    let outcome = match select(work, renewal).await {
                        Either::Left((outcome, _)) => outcome,
                        Either::Right(((), _)) => Err(FeedError::LeasedElsewhere),
                    };
                    self.finish(&attempt, began, &outcome, context.deadline).await;
                    return outcome.map(Some);
                }
                SnapshotStart::NotDue => return Ok(None),
                SnapshotStart::ShardsLagging => {
                    return Ok(Some(SnapshotOutcome { is_deferred: true, ..SnapshotOutcome::default() }));
                }
                SnapshotStart::LeasedElsewhere if !backoff.wait(context.deadline).await => {
                    return Err(FeedError::LeasedElsewhere);
                }
                SnapshotStart::LeasedElsewhere => {}
            }
        }
    }

    /// Releases the snapshot lease.
    async fn finish(
        &self,
        attempt: &LeaseAttempt,
        began: Timestamp,
        outcome: &Result<SnapshotOutcome, FeedError>,
        deadline: Instant,
    ) {
        let is_sent = outcome.as_ref().is_ok_and(|sent| sent.agents > 0);
        let left = self.store.update_feed_state(deadline, |feed_state: &mut FeedState| {
            if attempt.release(&mut feed_state.lease) && is_sent {
                feed_state.last_snapshot_at = Some(began);
            }
        });
        if let Err(error) = left.await {
            let error = error.to_string();
            let expire_secs = LEASE_TTL.as_secs();
            tracing::warn!(
                event = "snapshot_lease_release_failed",
                expire_secs,
                error,
                "snapshot lease not released; it expires after its TTL"
            );
        }
    }

    async fn run_leased(
        &self,
        attempt: &LeaseAttempt,
        feed_state: &FeedState,
        began: Timestamp,
        (context, call_deadline): (CallContext, &CallDeadline),
    ) -> Result<SnapshotOutcome, FeedError> {
        let cache = RecordCache::default();
        let known = self.store.all_cached(&cache, began, call_deadline.get()).await?;
        if known.is_empty() {
            return Ok(SnapshotOutcome::default());
        }
        let by = (&cache, context.deadline);
        let (others, timed_out) = self.time_out_others(known.keys(), feed_state, context.clock(), by).await?;
        let homes: BTreeSet<AgentKey> = known.keys().map(|agent| self.joined.home(agent)).collect();
        let pending = Vec::from_iter(homes);
        let last_accepted_at = feed_state.last_accepted_at;
        let mut contents =
            SnapshotContents { others, last_accepted_at, timed_out, ..SnapshotContents::default() };
        let taken = self
            .acquire_all(attempt, pending, feed_state, (&mut contents, &cache), (context, call_deadline))
            .await;
        if let Err(failure) = taken {
            self.release(attempt, &contents.changes, (&cache, context.deadline)).await;
            return Err(failure);
        }
        contents.supersede();
        let (agents, timed_out) = (contents.changes.len(), contents.timed_out);
        let sent = self.send_all(attempt, began, contents, &cache, (context, call_deadline)).await?;
        Ok(SnapshotOutcome { agents, timed_out, ..sent })
    }

    /// Acquires the leases of all agents whose state was not acknowledged. The records of the others are not written: the
    /// snapshot lease alone keeps other processes from sending.
    async fn acquire_all(
        &self,
        attempt: &LeaseAttempt,
        mut pending: Vec<AgentKey>,
        feed_state: &FeedState,
        (contents, cache): (&mut SnapshotContents, &RecordCache),
        (context, call_deadline): (CallContext, &CallDeadline),
    ) -> Result<(), FeedError> {
        let mut backoff = LeaseBackoff::new();
        let others = std::mem::take(&mut contents.others);
        loop {
            let taken = self.store.update_cached(cache, pending, context.deadline, |agent, record| {
                self.joined.merge_into(agent, &mut record.joined, |other| others.get(other));
                let has_timed_out = watermark::time_out_silent(record, feed_state, context.clock());
                let next = attempt.take((agent, record), self.states, true, context.clock());
                (next, has_timed_out, record.delivery.rejected)
            });
            let (mut waiting, mut failure) = (Vec::new(), None);
            for (agent, taken) in taken.await {
                match taken {
                    Ok((next, has_timed_out, rejected_state)) => {
                        contents.timed_out += usize::from(has_timed_out);
                        match next {
                            SendDecision::UpToDate => {}
                            SendDecision::Send(change) => {
                                contents.changes.push(change);
                                contents
                                    .rejected_states
                                    .extend(rejected_state.map(|rejected_state| (agent, rejected_state)));
                            }
                            SendDecision::LeasedElsewhere => waiting.push(agent),
                        }
                    }
                    Err(error) => failure = Some(FeedError::from(error)),
                }
            }
            if let Some(failure) = failure {
                return Err(failure);
            }
            if waiting.is_empty() {
                return Ok(());
            }
            if !backoff.wait(call_deadline.get()).await {
                return Err(FeedError::LeasedElsewhere);
            }
            cache.invalidate(&waiting);
            pending = waiting;
        }
    }

    /// Sends all parts and closes the snapshot, stores what was acknowledged, also where a part failed, and releases the
    /// leases; counts the rejected states.
    async fn send_all(
        &self,
        attempt: &LeaseAttempt,
        batch_id: Timestamp,
        contents: SnapshotContents,
        cache: &RecordCache,
        (context, call_deadline): (CallContext, &CallDeadline),
    ) -> Result<SnapshotOutcome, FeedError> {
        let SnapshotContents { changes, superseded, rejected_states, last_accepted_at, .. } = contents;
        let before = ServiceHistory { rejected_states, last_accepted_at };
        let sent = self.send((batch_id, true), &changes, before, (context, call_deadline)).await;
        let closed = match sent.failed.first() {
            Some((_, failure)) => Err(failure.clone()),
            None => self.client().close_snapshot(batch_id, call_deadline.get()).await,
        };
        self.acknowledge_all(attempt, &sent.accepted.concat(), (cache, context.deadline)).await;
        self.acknowledge_all(attempt, &superseded, (cache, context.deadline)).await;
        let rejected: Vec<_> = sent.rejected.into_iter().cloned().collect();
        self.abandon(attempt, &rejected, &sent.rejected_states, (cache, context.deadline)).await;
        for (part, _) in sent.failed {
            self.fail(attempt, part, &sent.rejected_states, (cache, context.deadline)).await;
        }
        closed?;
        let has_unknown_agents = sent.has_unknown_agents;
        Ok(SnapshotOutcome { rejected: rejected.len(), has_unknown_agents, ..SnapshotOutcome::default() })
    }

    /// Stores that these states were acknowledged. Where that fails they are resent with a later event.
    async fn acknowledge_all(
        &self,
        attempt: &LeaseAttempt,
        part: &[StateChange],
        by: (&RecordCache, Instant),
    ) {
        let kept = self.acknowledge(attempt, part, by).await;
        let failed: Vec<_> = kept.into_iter().filter_map(|(_, kept)| kept.err()).collect();
        if let Some(first) = failed.first() {
            let (agents, error) = (failed.len(), first.to_string());
            tracing::warn!(
                event = "acknowledgement_write_failed",
                agents,
                error,
                "acknowledgement not stored; the states will be resent"
            );
        }
    }
}
