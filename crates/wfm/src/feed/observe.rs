//! A batch of events.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use switchboard_agents::{
    Agent, AgentKey, Agents, JoinedInstances, PendingUpdate, RecordCache, ResolvedBatch, resolve,
};
use switchboard_store::call::CallContext;
use tokio::time::Instant;

use super::{
    BatchOutcome, Feed, FeedError, LEASE_TTL,
    call_deadline::CallDeadline,
    lease::{LeaseAttempt, LeaseBackoff, SendDecision},
    record::{FeedState, Record},
    rejections::RejectedStates,
    send::ServiceHistory,
    watermark,
};
use crate::agent_state::StateChange;

/// A batch of one shard, by agent.
#[derive(Clone, Copy)]
pub(super) struct Batch<'a> {
    pub(super) updates: &'a BTreeMap<AgentKey, PendingUpdate>,
    shard: &'a str,
    /// Its newest event.
    newest: Timestamp,
    pub(super) cache: &'a RecordCache,
    /// What is known of its agents in instances that are joined, other than their home.
    others: &'a BTreeMap<AgentKey, Agent>,
}

impl Batch<'_> {
    /// Merges the agent's events into the agent's own record.
    pub(super) fn merge_into(&self, agent: &AgentKey, record: &mut Record) {
        if let Some(update) = self.updates.get(agent) {
            update.merge_into(self.shard, record);
        }
    }

    /// The same with the home's record, and what is known in the other instances.
    fn merge_into_home(&self, joined: &JoinedInstances, home: &AgentKey, record: &mut Record) {
        self.merge_into(home, record);
        joined.merge_into(home, &mut record.joined, |other| self.others.get(other));
    }

    /// True if the agent timed out in one of the instances that the batch is of.
    fn has_timed_out(
        &self,
        joined: &JoinedInstances,
        (home, record): (&AgentKey, &Record),
        now: Timestamp,
    ) -> bool {
        let here = self.updates.contains_key(home).then_some(&record.agent);
        let there = joined.others(home).filter(|other| self.others.contains_key(other));
        let there = there.filter_map(|other| record.joined.get(&other.instance));
        here.into_iter().chain(there).any(|agent| watermark::is_timed_out(agent, self.newest, now))
    }
}

impl Feed {
    /// Merges the [fold](switchboard_agents::fold) of a batch of this shard's events, and sends the states that changed.
    /// Returns when every agent's state was acknowledged, to this process or another, or failed.
    pub async fn observe(&self, agents: Agents, shard: &str, context: CallContext) -> BatchOutcome {
        let cache = RecordCache::default();
        let ResolvedBatch { updates, owners, former, failed, failed_arns } =
            resolve((&self.store, &cache), agents, context.deadline).await;
        let mut observed = BatchOutcome {
            failed: failed.into_iter().map(|(agent, error)| (agent, error.into())).collect(),
            failed_arns: failed_arns.into_iter().map(|(arn, error)| (arn, error.into())).collect(),
            ..BatchOutcome::default()
        };
        if let Some(newest) = updates.values().filter_map(|update| update.agent.last_event_at()).max() {
            let batch = Batch { updates: &updates, shard, newest, cache: &cache, others: &BTreeMap::new() };
            self.ingest(&batch, context, &mut observed).await;
            self.fail_with_home(updates.keys(), &mut observed);
        }
        for (former, agent) in former {
            if let Some(error) = observed.failed.get(&former) {
                // The events that have the new user name come again, as those of the former one may be done.
                let error = error.clone();
                observed.failed.entry(agent).or_insert(error);
            }
        }
        for (arn, agent) in owners {
            if let Some(error) = observed.failed.get(&agent) {
                observed.failed_arns.insert(arn, error.clone());
            }
        }
        observed
    }

    async fn ingest(&self, batch: &Batch<'_>, context: CallContext, observed: &mut BatchOutcome) {
        let advance = |feed_state: &mut FeedState| {
            watermark::advance(feed_state, batch.shard, batch.newest, context.clock())
        };
        let status = match self.store.update_feed_state(context.deadline, advance).await {
            Ok(status) => status,
            Err(error) => return observed.fail(batch.updates.keys().cloned(), &error.into()),
        };
        if status.is_lagging || status.is_snapshot_due {
            self.merge(batch, context, observed).await;
        }
        if status.is_lagging {
            observed.is_deferred = true;
            return;
        }
        if status.is_snapshot_due {
            match self.due_snapshot(context).await {
                Ok(snapshot) => observed.snapshot = snapshot,
                // What this batch says is sent all the same, or fails by itself.
                Err(error) => {
                    let reason = error.to_string();
                    tracing::warn!(
                        event = "due_snapshot_failed",
                        error = reason,
                        "due snapshot failed; the next batch will retry"
                    );
                    let is_account_error = error.is_account_error();
                    observed.snapshot_failure = Some(error.clone());
                    if is_account_error {
                        return observed.fail(batch.updates.keys().cloned(), &error);
                    }
                }
            }
            batch.cache.invalidate(batch.updates.keys());
        }
        self.send_until_acknowledged(batch, context, observed).await;
    }

    /// Stores the events and sends nothing.
    async fn merge(&self, batch: &Batch<'_>, context: CallContext, observed: &mut BatchOutcome) {
        let agents = batch.updates.keys().filter(|agent| !observed.failed.contains_key(*agent)).cloned();
        let agents: Vec<_> = agents.collect();
        let merge = |agent: &AgentKey, record: &mut Record| batch.merge_into(agent, record);
        for (agent, merged) in self.store.update_cached(batch.cache, agents, context.deadline, merge).await {
            if let Err(error) = merged {
                observed.failed.insert(agent, error.into());
            }
        }
    }

    /// Sends the states of these agents until each is acknowledged or failed.
    async fn send_until_acknowledged(
        &self,
        batch: &Batch<'_>,
        context: CallContext,
        observed: &mut BatchOutcome,
    ) {
        let others = self.merge_others(batch, context.deadline, observed).await;
        let batch = &Batch { others: &others, ..*batch };
        let agents = batch.updates.keys().filter(|agent| !observed.failed.contains_key(*agent));
        let homes: BTreeSet<AgentKey> = agents.map(|agent| self.joined.home(agent)).collect();
        let mut pending = Vec::from_iter(homes);
        let mut backoff = LeaseBackoff::new();
        loop {
            pending = self.send_once(pending, batch, context, observed).await;
            if pending.is_empty() {
                return;
            }
            if !backoff.wait(context.deadline).await {
                observed.fail(pending, &FeedError::LeasedElsewhere);
                return;
            }
            batch.cache.invalidate(&pending);
        }
    }

    /// One round of sending; returns the agents whose lease another process holds.
    async fn send_once(
        &self,
        pending: Vec<AgentKey>,
        batch: &Batch<'_>,
        context: CallContext,
        observed: &mut BatchOutcome,
    ) -> Vec<AgentKey> {
        let began = context.clock();
        let attempt = LeaseAttempt::until(began.saturating_add(LEASE_TTL).unwrap_or(began));
        let call_deadline = CallDeadline::new(context);
        let taken = self.store.update_cached(batch.cache, pending, context.deadline, |agent, record| {
            batch.merge_into_home(&self.joined, agent, record);
            if batch.has_timed_out(&self.joined, (agent, record), context.clock()) {
                // The next snapshot logs them off.
                return (SendDecision::UpToDate, None);
            }
            (attempt.take((agent, record), self.states, false, context.clock()), record.delivery.rejected)
        });
        let (mut waiting, mut changes, mut rejected_states) = (Vec::new(), Vec::new(), RejectedStates::new());
        for (agent, next) in taken.await {
            match next {
                Ok((SendDecision::UpToDate, _)) => {}
                Ok((SendDecision::Send(change), rejected_state)) => {
                    changes.push(change);
                    rejected_states.extend(rejected_state.map(|rejected_state| (agent, rejected_state)));
                }
                Ok((SendDecision::LeasedElsewhere, _)) => waiting.push(agent),
                Err(error) => drop(observed.failed.insert(agent, error.into())),
            }
        }
        if changes.is_empty() {
            return waiting;
        }
        // The feed state is read after the agent leases are stored: a snapshot that starts later finds them and waits.
        let look = |feed_state: &mut FeedState| {
            let is_leased_elsewhere = attempt.is_leased_elsewhere(feed_state.lease.as_ref(), context.clock());
            (!is_leased_elsewhere).then_some(feed_state.last_accepted_at)
        };
        match self.store.update_feed_state(context.deadline, look).await {
            Ok(Some(last_accepted_at)) => {
                let before = ServiceHistory { rejected_states, last_accepted_at };
                let leased = (&attempt, changes.as_slice(), batch.cache);
                waiting.extend(self.send_leased(leased, before, (context, &call_deadline), observed).await);
            }
            Ok(None) => {
                self.release(&attempt, &changes, (batch.cache, context.deadline)).await;
                waiting.extend(changes.into_iter().map(|change| change.agent));
            }
            Err(error) => {
                self.release(&attempt, &changes, (batch.cache, context.deadline)).await;
                observed.fail(changes.into_iter().map(|change| change.agent), &error.into());
            }
        }
        waiting
    }

    /// Sends the states and stores the result; returns the agents whose lease expired before the result was stored.
    async fn send_leased(
        &self,
        (attempt, changes, cache): (&LeaseAttempt, &[StateChange], &RecordCache),
        before: ServiceHistory,
        (context, call_deadline): (CallContext, &CallDeadline),
        observed: &mut BatchOutcome,
    ) -> Vec<AgentKey> {
        let sent = self.send((context.clock(), false), changes, before, (context, call_deadline)).await;
        observed.has_unknown_agents |= sent.has_unknown_agents;
        let taken = sent.accepted.concat();
        observed.sent += taken.len();
        let mut lost = Vec::new();
        for (agent, kept) in self.acknowledge(attempt, &taken, (cache, context.deadline)).await {
            match kept {
                Ok(true) => {}
                Ok(false) => lost.push(agent),
                Err(error) => drop(observed.failed.insert(agent, error)),
            }
        }
        let rejected: Vec<_> = sent.rejected.into_iter().cloned().collect();
        observed.rejected += rejected.len();
        self.abandon(attempt, &rejected, &sent.rejected_states, (cache, context.deadline)).await;
        for (part, failure) in sent.failed {
            self.fail(attempt, part, &sent.rejected_states, (cache, context.deadline)).await;
            observed.fail(part.iter().map(|change| change.agent.clone()), &failure.into());
        }
        lost
    }

    /// Stores that these states were acknowledged; false for an agent whose lease is held by another process by now.
    pub(super) async fn acknowledge(
        &self,
        attempt: &LeaseAttempt,
        changes: &[StateChange],
        (cache, deadline): (&RecordCache, Instant),
    ) -> Vec<(AgentKey, Result<bool, FeedError>)> {
        let states: BTreeMap<&AgentKey, &StateChange> =
            changes.iter().map(|change| (&change.agent, change)).collect();
        let agents = changes.iter().map(|change| change.agent.clone());
        let kept = self.store.update_cached(cache, agents, deadline, |agent, record| {
            states.get(agent).is_some_and(|change| attempt.acknowledge(record, &change.state))
        });
        kept.await.into_iter().map(|(agent, kept)| (agent, kept.map_err(FeedError::from))).collect()
    }

    /// Releases the leases of these agents. Where the release fails, the leases expire after their TTL.
    pub(super) async fn release(
        &self,
        attempt: &LeaseAttempt,
        changes: &[StateChange],
        by: (&RecordCache, Instant),
    ) {
        self.fail(attempt, changes, &RejectedStates::new(), by).await;
    }

    /// Releases the leases, and stores which states were rejected singly.
    pub(super) async fn fail(
        &self,
        attempt: &LeaseAttempt,
        changes: &[StateChange],
        rejected_states: &RejectedStates,
        by: (&RecordCache, Instant),
    ) {
        self.release_all(changes, by, |agent, record| {
            record.delivery.rejected = rejected_states.get(agent).copied().or(record.delivery.rejected);
            attempt.release(&mut record.delivery.lease);
        })
        .await;
    }

    /// Releases the leases of abandoned states. The state that the service has is unknown then.
    pub(super) async fn abandon(
        &self,
        attempt: &LeaseAttempt,
        changes: &[StateChange],
        rejected_states: &RejectedStates,
        by: (&RecordCache, Instant),
    ) {
        self.release_all(changes, by, |agent, record| {
            record.delivery.rejected = rejected_states.get(agent).copied().or(record.delivery.rejected);
            // A snapshot holds no lease on agents whose state was acknowledged before.
            if attempt.release(&mut record.delivery.lease) || record.delivery.lease.is_none() {
                record.delivery.acknowledged = None;
            }
        })
        .await;
    }

    async fn release_all(
        &self,
        changes: &[StateChange],
        (cache, deadline): (&RecordCache, Instant),
        step: impl Fn(&AgentKey, &mut Record),
    ) {
        let agents = changes.iter().map(|change| change.agent.clone());
        let given = self.store.update_cached(cache, agents, deadline, step);
        let failed = given.await.into_iter().filter_map(|(_, given)| given.err()).collect::<Vec<_>>();
        if let Some(first) = failed.first() {
            let (agents, error) = (failed.len(), first.to_string());
            let expire_secs = LEASE_TTL.as_secs();
            tracing::warn!(
                event = "lease_release_failed",
                agents,
                expire_secs,
                error,
                "agent leases not released; they expire after their TTL"
            );
        }
    }
}

impl BatchOutcome {
    fn fail(&mut self, agents: impl IntoIterator<Item = AgentKey>, error: &FeedError) {
        self.failed.extend(agents.into_iter().map(|agent| (agent, error.clone())));
    }
}
