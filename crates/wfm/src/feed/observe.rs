//! A batch of events.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tokio::time::Instant;

use super::{
    CLAIM, Feed, FeedError, Observed, When,
    claim::{Attempt, Next, Patience},
    lease::Lease,
    names::{self, News},
    progress,
    refusals::Refusals,
    send::Before,
};
use crate::{
    agent_state::{Agents, Change, Username},
    agents::{Gate, Record, Seen},
};

/// A batch by name.
struct Batch<'a> {
    news: &'a BTreeMap<Username, News>,
    shard: &'a str,
    /// Its newest event.
    newest: Timestamp,
    seen: &'a Seen,
}

impl Batch<'_> {
    fn tell(&self, username: &Username, record: &mut Record) {
        if let Some(news) = self.news.get(username) {
            news.tell(self.shard, record);
        }
    }
}

impl Feed {
    /// Takes what a batch of this shard's events [folds](crate::agent_state::fold) to, and sends what changes. Returns when
    /// every agent's state has been acknowledged, by whatever process, or has failed.
    pub async fn observe(&self, agents: Agents, shard: &str, when: When) -> Observed {
        let (mut observed, seen) = (Observed::default(), Seen::default());
        let named = names::named((&self.store, &seen), agents, when, &mut observed).await;
        if let Some(newest) = named.news.values().filter_map(|news| news.agent.alive()).max() {
            let batch = Batch { news: &named.news, shard, newest, seen: &seen };
            self.take_in(&batch, when, &mut observed).await;
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

    async fn take_in(&self, batch: &Batch<'_>, when: When, observed: &mut Observed) {
        let hear = |gate: &mut Gate| progress::hear(gate, batch.shard, batch.newest, when.clock());
        let standing = match self.store.update_gate(when.deadline, hear).await {
            Ok(standing) => standing,
            Err(error) => return observed.fail(batch.news.keys().cloned(), &error.into()),
        };
        if standing.is_behind || standing.is_due {
            self.merge(batch, when, observed).await;
        }
        if standing.is_behind {
            observed.is_held_back = true;
            return;
        }
        if standing.is_due {
            match self.due_snapshot(when).await {
                Ok(snapshot) => observed.snapshot = snapshot,
                // What this batch says is sent all the same, or fails by itself.
                Err(error) => {
                    let reason = error.to_string();
                    tracing::warn!(reason, "a snapshot that is due failed; the next batch tries again");
                    let is_of_the_account = error.is_of_the_account();
                    observed.snapshot_failure = Some(error.clone());
                    if is_of_the_account {
                        return observed.fail(batch.news.keys().cloned(), &error);
                    }
                }
            }
            batch.seen.forget(batch.news.keys());
        }
        self.settle(batch, when, observed).await;
    }

    /// Keeps what the events tell, and sends nothing.
    async fn merge(&self, batch: &Batch<'_>, when: When, observed: &mut Observed) {
        let usernames =
            batch.news.keys().filter(|username| !observed.failed.contains_key(*username)).cloned();
        let usernames: Vec<_> = usernames.collect();
        let tell = |username: &Username, record: &mut Record| batch.tell(username, record);
        for (username, merged) in self.store.update_seen(batch.seen, usernames, when.deadline, tell).await {
            if let Err(error) = merged {
                observed.failed.insert(username, error.into());
            }
        }
    }

    /// Sends what is to be sent of these agents, until all is acknowledged or failed.
    async fn settle(&self, batch: &Batch<'_>, when: When, observed: &mut Observed) {
        let mut pending: Vec<Username> =
            batch.news.keys().filter(|username| !observed.failed.contains_key(*username)).cloned().collect();
        let mut patience = Patience::new();
        loop {
            pending = self.round(pending, batch, when, observed).await;
            if pending.is_empty() {
                return;
            }
            if !patience.wait(when.deadline).await {
                observed.fail(pending, &FeedError::Busy);
                return;
            }
            batch.seen.forget(&pending);
        }
    }

    /// One attempt; returns the agents for whom another process has to be waited for.
    async fn round(
        &self,
        pending: Vec<Username>,
        batch: &Batch<'_>,
        when: When,
        observed: &mut Observed,
    ) -> Vec<Username> {
        let began = when.clock();
        let attempt = Attempt::until(began.saturating_add(CLAIM).unwrap_or(began));
        let lease = Lease::new(when);
        let taken = self.store.update_seen(batch.seen, pending, when.deadline, |username, record| {
            batch.tell(username, record);
            if progress::is_gone(record, batch.newest, when.clock()) {
                // The next snapshot logs them off.
                return (Next::Done, None);
            }
            (attempt.take((username, record), self.states, false, when.clock()), record.refused)
        });
        let (mut waiting, mut changes, mut refusals) = (Vec::new(), Vec::new(), Refusals::new());
        for (username, next) in taken.await {
            match next {
                Ok((Next::Done, _)) => {}
                Ok((Next::Send(change), refusal)) => {
                    changes.push(change);
                    refusals.extend(refusal.map(|refusal| (username, refusal)));
                }
                Ok((Next::Wait, _)) => waiting.push(username),
                Err(error) => drop(observed.failed.insert(username, error.into())),
            }
        }
        if changes.is_empty() {
            return waiting;
        }
        // Only now: whoever begins a snapshot after this look finds the claims and waits for them.
        let look = |gate: &mut Gate| {
            let is_barred = attempt.is_barred(gate.claim.as_ref(), when.clock());
            (!is_barred).then_some(gate.accepted_at)
        };
        match self.store.update_gate(when.deadline, look).await {
            Ok(Some(accepted_at)) => {
                let before = Before { refusals, accepted_at };
                let claimed = (&attempt, changes.as_slice(), batch.seen);
                waiting.extend(self.send_claimed(claimed, before, (when, &lease), observed).await);
            }
            Ok(None) => {
                self.give_back(&attempt, &changes, (batch.seen, when.deadline)).await;
                waiting.extend(changes.into_iter().map(|change| change.username));
            }
            Err(error) => {
                self.give_back(&attempt, &changes, (batch.seen, when.deadline)).await;
                observed.fail(changes.into_iter().map(|change| change.username), &error.into());
            }
        }
        waiting
    }

    /// Sends, and keeps what came of it; returns the agents whose claim was over before it could be kept.
    async fn send_claimed(
        &self,
        (attempt, changes, seen): (&Attempt, &[Change], &Seen),
        before: Before,
        (when, lease): (When, &Lease),
        observed: &mut Observed,
    ) -> Vec<Username> {
        let sent = self.send((when.clock(), false), changes, before, (when, lease)).await;
        observed.has_unknown_agents |= sent.has_unknown_agents;
        let taken = sent.taken.concat();
        observed.sent += taken.len();
        let mut lost = Vec::new();
        for (username, kept) in self.acknowledge(attempt, &taken, (seen, when.deadline)).await {
            match kept {
                Ok(true) => {}
                Ok(false) => lost.push(username),
                Err(error) => drop(observed.failed.insert(username, error)),
            }
        }
        let refused: Vec<_> = sent.refused.into_iter().cloned().collect();
        observed.refused += refused.len();
        self.give_up(attempt, &refused, &sent.refusals, (seen, when.deadline)).await;
        for (part, failure) in sent.failed {
            self.fail(attempt, part, &sent.refusals, (seen, when.deadline)).await;
            observed.fail(part.iter().map(|change| change.username.clone()), &failure.into());
        }
        lost
    }

    /// Keeps that these states were acknowledged; false for one whose claim is not ours any more.
    pub(super) async fn acknowledge(
        &self,
        attempt: &Attempt,
        changes: &[Change],
        (seen, deadline): (&Seen, Instant),
    ) -> Vec<(Username, Result<bool, FeedError>)> {
        let shown: BTreeMap<&Username, &Change> =
            changes.iter().map(|change| (&change.username, change)).collect();
        let usernames = changes.iter().map(|change| change.username.clone());
        let kept = self.store.update_seen(seen, usernames, deadline, |username, record| {
            shown.get(username).is_some_and(|change| attempt.acknowledge(record, &change.shown))
        });
        kept.await.into_iter().map(|(username, kept)| (username, kept.map_err(FeedError::from))).collect()
    }

    /// Lets others send these agents' states. Where that fails, they wait until the claim is over.
    pub(super) async fn give_back(&self, attempt: &Attempt, changes: &[Change], by: (&Seen, Instant)) {
        self.fail(attempt, changes, &Refusals::new(), by).await;
    }

    /// The same, and keeps which were refused alone.
    pub(super) async fn fail(
        &self,
        attempt: &Attempt,
        changes: &[Change],
        refusals: &Refusals,
        by: (&Seen, Instant),
    ) {
        self.let_go(changes, by, |username, record| {
            record.refused = refusals.get(username).copied().or(record.refused);
            attempt.give_back(&mut record.claim);
        })
        .await;
    }

    /// The same where the service refuses them for good: what it has is not known.
    pub(super) async fn give_up(
        &self,
        attempt: &Attempt,
        changes: &[Change],
        refusals: &Refusals,
        by: (&Seen, Instant),
    ) {
        self.let_go(changes, by, |username, record| {
            record.refused = refusals.get(username).copied().or(record.refused);
            // In a snapshot nobody has the right to what was acknowledged before.
            if attempt.give_back(&mut record.claim) || record.claim.is_none() {
                record.sent = None;
            }
        })
        .await;
    }

    async fn let_go(
        &self,
        changes: &[Change],
        (seen, deadline): (&Seen, Instant),
        step: impl Fn(&Username, &mut Record),
    ) {
        let usernames = changes.iter().map(|change| change.username.clone());
        let given = self.store.update_seen(seen, usernames, deadline, step);
        let failed = given.await.into_iter().filter_map(|(_, given)| given.err()).collect::<Vec<_>>();
        if let Some(first) = failed.first() {
            let (agents, reason) = (failed.len(), first.to_string());
            tracing::warn!(agents, reason, "claims could not be given back; they end by themselves");
        }
    }
}

impl Observed {
    fn fail(&mut self, usernames: impl IntoIterator<Item = Username>, error: &FeedError) {
        self.failed.extend(usernames.into_iter().map(|username| (username, error.clone())));
    }
}
