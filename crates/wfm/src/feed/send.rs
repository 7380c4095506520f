//! Calls of the service, and what it refuses.

use std::{
    collections::VecDeque,
    sync::{Arc, PoisonError},
};

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;

use super::{
    CALLS, Feed, When,
    lease::Lease,
    refusals::{self, Refusals, Standing},
};
use crate::{
    agent_state::{Change, Username},
    agents::{Gate, Refusal},
    rta::{Client, Failure, STATES_PER_CALL},
};

/// What is known before states are sent.
pub(super) struct Before {
    /// The agents whose states were refused before.
    pub(super) refusals: Refusals,
    /// When the service accepted something last.
    pub(super) accepted_at: Option<Timestamp>,
}

/// What became of states.
#[derive(Debug, Default)]
pub(super) struct Sent<'a> {
    /// The service acknowledged these.
    pub(super) taken: Vec<&'a [Change]>,
    /// It takes all but these, for as long as they are what they are.
    pub(super) refused: Vec<&'a Change>,
    /// It refuses these one by one, for good or not.
    alone: Vec<(&'a Change, Failure)>,
    /// So many of them are of agents of whom nothing was given up before.
    strangers: usize,
    /// These are to be sent again.
    pub(super) failed: Vec<(&'a [Change], Failure)>,
    /// What is to be kept of those that were refused alone, given up or not.
    pub(super) refusals: Refusals,
    /// It does not know one of the agents or more.
    pub(super) has_unknown_agents: bool,
    /// It refuses everything, as far as can be known from here: nothing more is asked of it.
    stopped: Option<Failure>,
}

impl Feed {
    /// Uses another client from now on: the secret has changed.
    pub fn renew(&self, client: Arc<Client>) {
        *self.client.write().unwrap_or_else(PoisonError::into_inner) = client;
    }

    /// The client that is used.
    pub fn client(&self) -> Arc<Client> {
        Arc::clone(&self.client.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Sends states in parts: the first one alone, as the service may refuse whatever comes from here, and then several at
    /// once.
    pub(super) async fn send<'a>(
        &self,
        (batch_id, is_snapshot): (Timestamp, bool),
        changes: &'a [Change],
        before: Before,
        (when, lease): (When, &Lease),
    ) -> Sent<'a> {
        let client = self.client();
        let mut parts: VecDeque<_> = changes.chunks(STATES_PER_CALL).collect();
        let mut all = Sent::default();
        let (client, refusals) = (&client, &before.refusals);
        if let Some(first) = parts.pop_front() {
            all.add(send_part(client, (batch_id, is_snapshot), first, refusals, lease).await);
        }
        if let Some(failure) = all.stopped.clone() {
            all.failed.extend(parts.into_iter().map(|part| (part, failure.clone())));
        } else {
            // A list, as a closure's futures could not be sent to another thread.
            let calls: Vec<_> = parts
                .into_iter()
                .map(|part| send_part(client, (batch_id, is_snapshot), part, refusals, lease))
                .collect();
            let mut calls = stream::iter(calls).buffer_unordered(CALLS);
            while let Some(sent) = calls.next().await {
                all.add(sent);
            }
        }
        let accepted_at = if all.taken.is_empty() { before.accepted_at } else { Some(batch_id) };
        let service = Standing { accepted_at, now: when.clock(), is_one: all.strangers <= 1 };
        all.judge(&before.refusals, batch_id, service);
        if !all.taken.is_empty() {
            let is_in_doubt = !all.refusals.is_empty();
            self.note_accepted(batch_id, before.accepted_at, is_in_doubt, when).await;
        }
        all
    }

    /// Keeps that the service accepted something then: every half minute, and where it refuses something.
    async fn note_accepted(&self, at: Timestamp, known: Option<Timestamp>, is_in_doubt: bool, when: When) {
        let is_known = known.is_some_and(|known| at.duration_since(known) < super::progress::NOTED_EVERY);
        if is_known && !is_in_doubt {
            return;
        }
        let note = |gate: &mut Gate| gate.accepted_at = gate.accepted_at.max(Some(at));
        if let Err(error) = self.store.update_gate(when.deadline, note).await {
            let reason = error.to_string();
            tracing::warn!(reason, "that the RTA service accepts states could not be kept");
        }
    }
}

/// Sends a part. Where the service refuses it for what one state of it may be, two of its states are sent alone and then
/// halves of the rest, so that the others get there. Where it refuses the first two agents alone of whom nothing was given
/// up before, it may refuse everything, and is asked no more; nor is it where it refuses the account.
async fn send_part<'a>(
    client: &Client,
    (batch_id, is_snapshot): (Timestamp, bool),
    part: &'a [Change],
    refusals: &Refusals,
    lease: &Lease,
) -> Sent<'a> {
    let was_given_up =
        |username: &Username| refusals.get(username).is_some_and(|refusal| refusal.is_given_up);
    let (mut sent, mut left) = (Sent::default(), vec![part]);
    while let Some(part) = left.pop() {
        match (client.send(batch_id, is_snapshot, part, lease.deadline()).await, part) {
            (Ok(taken), _) => {
                sent.has_unknown_agents |= taken.has_unknown_agents;
                sent.taken.push(part);
            }
            (Err(failure), [change]) if failure.may_be_of_one_state() => {
                sent.strangers += usize::from(!was_given_up(&change.username));
                sent.alone.push((change, failure.clone()));
                if sent.taken.is_empty() && sent.strangers > 1 {
                    sent.stop(&mut left, failure);
                }
            }
            (Err(failure), [first, .., last]) if failure.may_be_of_one_state() && sent.is_new() => {
                let (rest, _) = part.split_at(part.len() - 1);
                let (_, rest) = rest.split_at(1);
                left.extend([rest, std::slice::from_ref(last), std::slice::from_ref(first)]);
                left.retain(|part| !part.is_empty());
            }
            (Err(failure), _) if failure.may_be_of_one_state() => {
                let (first, second) = part.split_at(part.len() / 2);
                left.extend([second, first]);
            }
            (Err(failure), _) => {
                sent.failed.push((part, failure.clone()));
                sent.stop(&mut left, failure);
            }
        }
    }
    sent
}

impl<'a> Sent<'a> {
    /// True before anything is known of the part.
    fn is_new(&self) -> bool {
        self.taken.is_empty() && self.alone.is_empty()
    }

    /// Asks nothing more of the service.
    fn stop(&mut self, left: &mut Vec<&'a [Change]>, failure: Failure) {
        self.failed.extend(left.drain(..).map(|part| (part, failure.clone())));
        self.stopped = Some(failure);
    }

    fn add(&mut self, part: Self) {
        self.taken.extend(part.taken);
        self.alone.extend(part.alone);
        self.strangers += part.strangers;
        self.failed.extend(part.failed);
        self.has_unknown_agents |= part.has_unknown_agents;
        self.stopped = self.stopped.take().or(part.stopped);
    }

    /// Says which of the states that were refused alone are given up.
    fn judge(&mut self, before: &Refusals, batch_id: Timestamp, service: Standing) {
        let mut reason = None;
        for (change, failure) in std::mem::take(&mut self.alone) {
            let first = Refusal { since: batch_id, is_given_up: false };
            let mut refusal = before.get(&change.username).copied().unwrap_or(first);
            refusal.is_given_up = refusals::is_given_up(refusal, &failure, service);
            self.refusals.insert(change.username.clone(), refusal);
            if refusal.is_given_up {
                reason.get_or_insert(failure);
                self.refused.push(change);
            } else {
                self.failed.push((std::slice::from_ref(change), failure));
            }
        }
        if let Some(reason) = reason {
            let (states, reason) = (self.refused.len(), reason.to_string());
            tracing::warn!(
                states,
                reason,
                "the RTA service refuses states that are given up until their agents' next events; the reason is the first one's"
            );
        }
    }
}
