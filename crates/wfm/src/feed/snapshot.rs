//! The whole picture.

use std::sync::atomic::Ordering;

use futures_util::future::{Either, select};
use jiff::Timestamp;
use tokio::time::Instant;

use super::{
    CLAIM, Feed, FeedError, Snapshot, When,
    claim::{Attempt, Next, Patience},
    lease::Lease,
    progress,
    refusals::Refusals,
    send::Before,
};
use crate::{
    agent_state::{Change, Username},
    agents::{Gate, Record, Seen},
};

/// What a snapshot is made of.
#[derive(Default)]
struct Whole {
    changes: Vec<Change>,
    refusals: Refusals,
    /// When the service accepted something last.
    accepted_at: Option<Timestamp>,
    /// Those of them who were logged off for their silence just now.
    silent: usize,
}

/// Who may begin a snapshot.
enum Entry {
    /// We do. This is how far shards were read.
    Ours(Gate),
    /// Somebody else has begun one.
    Taken,
    /// Nobody needs it.
    NotDue,
    /// A shard has yet to catch up.
    TooSoon,
}

impl Feed {
    /// Sends the whole picture and closes it, and logs off whoever has been silent for too long. While a shard catches up
    /// it is put off.
    ///
    /// # Errors
    /// If a part of it, or its end, was not acknowledged. The agents' states are then sent again with their next event,
    /// or with the next snapshot.
    pub async fn snapshot(&self, when: When) -> Result<Snapshot, FeedError> {
        Ok(self.begin(when, false).await?.unwrap_or_default())
    }

    /// The same if it is due; [`None`] if it is not.
    pub(super) async fn due_snapshot(&self, when: When) -> Result<Option<Snapshot>, FeedError> {
        self.begin(when, true).await
    }

    async fn begin(&self, when: When, is_to_be_due: bool) -> Result<Option<Snapshot>, FeedError> {
        if self.snapshots_are_kept_back.load(Ordering::Relaxed) {
            let put_off = Snapshot { is_put_off: true, ..Snapshot::default() };
            return Ok((!is_to_be_due).then_some(put_off));
        }
        let mut patience = Patience::new();
        loop {
            let began = when.clock();
            let attempt = Attempt::until(began.saturating_add(CLAIM).unwrap_or(began));
            let lease = Lease::new(when);
            let enter = |gate: &mut Gate| {
                if is_to_be_due && !progress::is_due(gate, when.clock()) {
                    return Entry::NotDue;
                }
                if progress::is_catching_up(gate, when.clock()) {
                    return Entry::TooSoon;
                }
                if attempt.is_barred(gate.claim.as_ref(), when.clock()) {
                    return Entry::Taken;
                }
                gate.claim = Some(attempt.claim());
                Entry::Ours(gate.clone())
            };
            match self.store.update_gate(when.deadline, enter).await? {
                Entry::Ours(gate) => {
                    let work = Box::pin(self.within(&attempt, &gate, began, (when, &lease)));
                    let renewal = Box::pin(self.renew_claim(&attempt, &lease, when));
                    let outcome = match select(work, renewal).await {
                        Either::Left((outcome, _)) => outcome,
                        Either::Right(((), _)) => Err(FeedError::Busy),
                    };
                    self.leave(&attempt, began, &outcome, when.deadline).await;
                    return outcome.map(Some);
                }
                Entry::NotDue => return Ok(None),
                Entry::TooSoon => return Ok(Some(Snapshot { is_put_off: true, ..Snapshot::default() })),
                Entry::Taken if !patience.wait(when.deadline).await => return Err(FeedError::Busy),
                Entry::Taken => {}
            }
        }
    }

    /// Opens the gate again.
    async fn leave(
        &self,
        attempt: &Attempt,
        began: Timestamp,
        outcome: &Result<Snapshot, FeedError>,
        deadline: Instant,
    ) {
        let is_sent = outcome.as_ref().is_ok_and(|sent| sent.agents > 0);
        let left = self.store.update_gate(deadline, |gate| {
            if attempt.give_back(&mut gate.claim) && is_sent {
                gate.snapshot_at = Some(began);
            }
        });
        if let Err(error) = left.await {
            let reason = error.to_string();
            tracing::warn!(reason, "the gate could not be opened; it opens by itself");
        }
    }

    async fn within(
        &self,
        attempt: &Attempt,
        gate: &Gate,
        began: Timestamp,
        (when, lease): (When, &Lease),
    ) -> Result<Snapshot, FeedError> {
        let seen = Seen::default();
        let known = self.store.all_seen(&seen, began, lease.deadline()).await?;
        if known.is_empty() {
            return Ok(Snapshot::default());
        }
        let usernames = known.into_keys().collect();
        let mut whole = Whole { accepted_at: gate.accepted_at, ..Whole::default() };
        let taken = self.take_all(attempt, usernames, gate, (&mut whole, &seen), (when, lease)).await;
        if let Err(failure) = taken {
            self.give_back(attempt, &whole.changes, (&seen, when.deadline)).await;
            return Err(failure);
        }
        let (agents, silent) = (whole.changes.len(), whole.silent);
        let sent = self.send_whole(attempt, began, whole, &seen, (when, lease)).await?;
        Ok(Snapshot { agents, silent, ..sent })
    }

    /// Takes the right to send all agents' states that were not acknowledged. Of the others nothing is written: the right in
    /// the gate alone keeps everybody else from sending.
    async fn take_all(
        &self,
        attempt: &Attempt,
        mut pending: Vec<Username>,
        gate: &Gate,
        (whole, seen): (&mut Whole, &Seen),
        (when, lease): (When, &Lease),
    ) -> Result<(), FeedError> {
        let mut patience = Patience::new();
        loop {
            let taken = self.store.update_seen(seen, pending, when.deadline, |username, record| {
                let is_silent = lapse(record, gate, when.clock());
                let next = attempt.take((username, record), self.states, true, when.clock());
                (next, is_silent, record.refused)
            });
            let (mut waiting, mut failure) = (Vec::new(), None);
            for (username, taken) in taken.await {
                match taken {
                    Ok((next, is_silent, refusal)) => {
                        whole.silent += usize::from(is_silent);
                        match next {
                            Next::Done => {}
                            Next::Send(change) => {
                                whole.changes.push(change);
                                whole.refusals.extend(refusal.map(|refusal| (username, refusal)));
                            }
                            Next::Wait => waiting.push(username),
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
            if !patience.wait(lease.deadline()).await {
                return Err(FeedError::Busy);
            }
            seen.forget(&waiting);
            pending = waiting;
        }
    }

    /// Sends all parts and closes, keeps what was acknowledged, also if the rest wasn't, and gives the right back; counts
    /// what was refused.
    async fn send_whole(
        &self,
        attempt: &Attempt,
        batch_id: Timestamp,
        whole: Whole,
        seen: &Seen,
        (when, lease): (When, &Lease),
    ) -> Result<Snapshot, FeedError> {
        let Whole { changes, refusals, accepted_at, .. } = whole;
        let before = Before { refusals, accepted_at };
        let sent = self.send((batch_id, true), &changes, before, (when, lease)).await;
        let closed = match sent.failed.first() {
            Some((_, failure)) => Err(failure.clone()),
            None => self.client().close_snapshot(batch_id, lease.deadline()).await,
        };
        self.acknowledge_all(attempt, &sent.taken.concat(), (seen, when.deadline)).await;
        let refused: Vec<_> = sent.refused.into_iter().cloned().collect();
        self.give_up(attempt, &refused, &sent.refusals, (seen, when.deadline)).await;
        for (part, _) in sent.failed {
            self.fail(attempt, part, &sent.refusals, (seen, when.deadline)).await;
        }
        closed?;
        let has_unknown_agents = sent.has_unknown_agents;
        Ok(Snapshot { refused: refused.len(), has_unknown_agents, ..Snapshot::default() })
    }

    /// Keeps that these states were acknowledged. Where that fails they are sent once more, with a later event.
    async fn acknowledge_all(&self, attempt: &Attempt, part: &[Change], by: (&Seen, Instant)) {
        let kept = self.acknowledge(attempt, part, by).await;
        let failed: Vec<_> = kept.into_iter().filter_map(|(_, kept)| kept.err()).collect();
        if let Some(first) = failed.first() {
            let (agents, reason) = (failed.len(), first.to_string());
            tracing::warn!(agents, reason, "what was acknowledged could not be kept: it will be sent again");
        }
    }
}

/// Logs an agent off who has been silent for too long on a shard that was read this far; false if the agent was off
/// already, or was not.
fn lapse(record: &mut Record, gate: &Gate, now: Timestamp) -> bool {
    let lapses = progress::is_gone(record, progress::read_to(gate, record), now);
    if lapses {
        record.agent.lapse();
    }
    lapses
}
