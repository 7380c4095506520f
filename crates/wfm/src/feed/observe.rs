//! A batch of events.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tokio::time::Instant;

use super::{
    BatchOutcome, CallContext, Feed, FeedError, LEASE_TTL,
    call_deadline::CallDeadline,
    lease::{LeaseAttempt, LeaseBackoff, SendDecision},
    names::{self, PendingUpdate},
    rejections::RejectedStates,
    send::Before,
    watermark,
};
use crate::{
    agent_state::{Agents, StateChange, Username},
    agents::{FeedState, Record, RecordCache},
};

/// A batch by name.
struct Batch<'a> {
    news: &'a BTreeMap<Username, PendingUpdate>,
    shard: &'a str,
    /// Its newest event.
    newest: Timestamp,
    cache: &'a RecordCache,
}

impl Batch<'_> {
    fn merge_into(&self, username: &Username, record: &mut Record) {
        if let Some(update) = self.news.get(username) {
            update.merge_into(self.shard, record);
        }
    }
}

impl Feed {
    /// Merges the [fold](crate::agent_state::fold) of a batch of this shard's events, and sends the states that changed.
    /// Returns when every agent's state was acknowledged, to this process or another, or failed.
    pub async fn observe(&self, agents: Agents, shard: &str, context: CallContext) -> BatchOutcome {
        let (mut observed, cache) = (BatchOutcome::default(), RecordCache::default());
        let named = names::resolve_names((&self.store, &cache), agents, context, &mut observed).await;
        if let Some(newest) = named.news.values().filter_map(|news| news.agent.last_event_at()).max() {
            let batch = Batch { news: &named.news, shard, newest, cache: &cache };
            self.ingest(&batch, context, &mut observed).await;
        }
        for (former, username) in named.former {
            if let Some(error) = observed.failed.get(&former) {
                // The events that told the new name come again, as those of the old one may be done.
                let error = error.clone();
                observed.failed.entry(username).or_insert(error);
            }
        }
        for (arn, username) in named.owners {
            if let Some(error) = observed.failed.get(&username) {
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
            Err(error) => return observed.fail(batch.news.keys().cloned(), &error.into()),
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
                        return observed.fail(batch.news.keys().cloned(), &error);
                    }
                }
            }
            batch.cache.invalidate(batch.news.keys());
        }
        self.send_until_acknowledged(batch, context, observed).await;
    }

    /// Stores the events and sends nothing.
    async fn merge(&self, batch: &Batch<'_>, context: CallContext, observed: &mut BatchOutcome) {
        let usernames =
            batch.news.keys().filter(|username| !observed.failed.contains_key(*username)).cloned();
        let usernames: Vec<_> = usernames.collect();
        let tell = |username: &Username, record: &mut Record| batch.merge_into(username, record);
        for (username, merged) in
            self.store.update_cached(batch.cache, usernames, context.deadline, tell).await
        {
            if let Err(error) = merged {
                observed.failed.insert(username, error.into());
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
        let mut pending: Vec<Username> =
            batch.news.keys().filter(|username| !observed.failed.contains_key(*username)).cloned().collect();
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
        pending: Vec<Username>,
        batch: &Batch<'_>,
        context: CallContext,
        observed: &mut BatchOutcome,
    ) -> Vec<Username> {
        let began = context.clock();
        let attempt = LeaseAttempt::until(began.saturating_add(LEASE_TTL).unwrap_or(began));
        let call_deadline = CallDeadline::new(context);
        let taken = self.store.update_cached(batch.cache, pending, context.deadline, |username, record| {
            batch.merge_into(username, record);
            if watermark::is_timed_out(record, batch.newest, context.clock()) {
                // The next snapshot logs them off.
                return (SendDecision::UpToDate, None);
            }
            (attempt.take((username, record), self.states, false, context.clock()), record.rejected)
        });
        let (mut waiting, mut changes, mut rejected_states) = (Vec::new(), Vec::new(), RejectedStates::new());
        for (username, next) in taken.await {
            match next {
                Ok((SendDecision::UpToDate, _)) => {}
                Ok((SendDecision::Send(change), rejected_state)) => {
                    changes.push(change);
                    rejected_states.extend(rejected_state.map(|rejected_state| (username, rejected_state)));
                }
                Ok((SendDecision::LeasedElsewhere, _)) => waiting.push(username),
                Err(error) => drop(observed.failed.insert(username, error.into())),
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
                let before = Before { rejected_states, last_accepted_at };
                let leased = (&attempt, changes.as_slice(), batch.cache);
                waiting.extend(self.send_claimed(leased, before, (context, &call_deadline), observed).await);
            }
            Ok(None) => {
                self.release(&attempt, &changes, (batch.cache, context.deadline)).await;
                waiting.extend(changes.into_iter().map(|change| change.username));
            }
            Err(error) => {
                self.release(&attempt, &changes, (batch.cache, context.deadline)).await;
                observed.fail(changes.into_iter().map(|change| change.username), &error.into());
            }
        }
        waiting
    }

    /// Sends the states and stores the result; returns the agents whose lease expired before the result was stored.
    async fn send_claimed(
        &self,
        (attempt, changes, cache): (&LeaseAttempt, &[StateChange], &RecordCache),
        before: Before,
        (context, call_deadline): (CallContext, &CallDeadline),
        observed: &mut BatchOutcome,
    ) -> Vec<Username> {
        let sent = self.send((context.clock(), false), changes, before, (context, call_deadline)).await;
        observed.has_unknown_agents |= sent.has_unknown_agents;
        let taken = sent.accepted.concat();
        observed.sent += taken.len();
        let mut lost = Vec::new();
        for (username, kept) in self.acknowledge(attempt, &taken, (cache, context.deadline)).await {
            match kept {
                Ok(true) => {}
                Ok(false) => lost.push(username),
                Err(error) => drop(observed.failed.insert(username, error)),
            }
        }
        let rejected: Vec<_> = sent.rejected.into_iter().cloned().collect();
        observed.rejected += rejected.len();
        self.abandon(attempt, &rejected, &sent.rejected_states, (cache, context.deadline)).await;
        for (part, failure) in sent.failed {
            self.fail(attempt, part, &sent.rejected_states, (cache, context.deadline)).await;
            observed.fail(part.iter().map(|change| change.username.clone()), &failure.into());
        }
        lost
    }

    /// Stores that these states were acknowledged; false for an agent whose lease is held by another process by now.
    pub(super) async fn acknowledge(
        &self,
        attempt: &LeaseAttempt,
        changes: &[StateChange],
        (cache, deadline): (&RecordCache, Instant),
    ) -> Vec<(Username, Result<bool, FeedError>)> {
        let shown: BTreeMap<&Username, &StateChange> =
            changes.iter().map(|change| (&change.username, change)).collect();
        let usernames = changes.iter().map(|change| change.username.clone());
        let kept = self.store.update_cached(cache, usernames, deadline, |username, record| {
            shown.get(username).is_some_and(|change| attempt.acknowledge(record, &change.state))
        });
        kept.await.into_iter().map(|(username, kept)| (username, kept.map_err(FeedError::from))).collect()
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
        self.release_all(changes, by, |username, record| {
            record.rejected = rejected_states.get(username).copied().or(record.rejected);
            attempt.release(&mut record.lease);
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
        self.release_all(changes, by, |username, record| {
            record.rejected = rejected_states.get(username).copied().or(record.rejected);
            // A snapshot holds no lease on agents whose state was acknowledged before.
            if attempt.release(&mut record.lease) || record.lease.is_none() {
                record.acknowledged = None;
            }
        })
        .await;
    }

    async fn release_all(
        &self,
        changes: &[StateChange],
        (cache, deadline): (&RecordCache, Instant),
        step: impl Fn(&Username, &mut Record),
    ) {
        let usernames = changes.iter().map(|change| change.username.clone());
        let given = self.store.update_cached(cache, usernames, deadline, step);
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
    fn fail(&mut self, usernames: impl IntoIterator<Item = Username>, error: &FeedError) {
        self.failed.extend(usernames.into_iter().map(|username| (username, error.clone())));
    }
}
