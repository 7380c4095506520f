//! Calls of the service, and the states that it rejects.

use std::{
    collections::VecDeque,
    sync::{Arc, PoisonError},
};

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;

use super::{
    CONCURRENT_CALLS, CallContext, Feed,
    call_deadline::CallDeadline,
    rejections::{self, RejectedStates, ServiceHealth},
};
use crate::{
    agent_state::{StateChange, Username},
    agents::{FeedState, RejectedState},
    rta::{Client, Failure, STATES_PER_CALL},
};

/// What is known before states are sent.
pub(super) struct Before {
    /// The agents whose states were refused before.
    pub(super) rejected_states: RejectedStates,
    /// When the service accepted something last.
    pub(super) last_accepted_at: Option<Timestamp>,
}

/// What became of states.
#[derive(Debug, Default)]
pub(super) struct Sent<'a> {
    /// The service acknowledged these.
    pub(super) accepted: Vec<&'a [StateChange]>,
    /// It takes all but these, for as long as they are what they are.
    pub(super) rejected: Vec<&'a StateChange>,
    /// It refuses these one by one, for good or not.
    rejected_singly: Vec<(&'a StateChange, Failure)>,
    /// So many of them are of agents of whom nothing was given up before.
    first_rejections: usize,
    /// These are to be sent again.
    pub(super) failed: Vec<(&'a [StateChange], Failure)>,
    /// What is to be kept of those that were refused alone, given up or not.
    pub(super) rejected_states: RejectedStates,
    /// It does not know one of the agents or more.
    pub(super) has_unknown_agents: bool,
    /// It refuses everything, as far as can be known from here: nothing more is asked of it.
    stopped: Option<Failure>,
}

impl Feed {
    /// Uses another client from now on: the secret has changed.
    pub fn replace_client(&self, client: Arc<Client>) {
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
        changes: &'a [StateChange],
        before: Before,
        (context, call_deadline): (CallContext, &CallDeadline),
    ) -> Sent<'a> {
        let client = self.client();
        let mut parts: VecDeque<_> = changes.chunks(STATES_PER_CALL).collect();
        let mut all = Sent::default();
        let (client, rejected_states) = (&client, &before.rejected_states);
        if let Some(first) = parts.pop_front() {
            all.add(send_part(client, (batch_id, is_snapshot), first, rejected_states, call_deadline).await);
        }
        if let Some(failure) = all.stopped.clone() {
            all.failed.extend(parts.into_iter().map(|part| (part, failure.clone())));
        } else {
            // A list, as a closure's futures could not be sent to another thread.
            let calls: Vec<_> = parts
                .into_iter()
                .map(|part| send_part(client, (batch_id, is_snapshot), part, rejected_states, call_deadline))
                .collect();
            let mut calls = stream::iter(calls).buffer_unordered(CONCURRENT_CALLS);
            while let Some(sent) = calls.next().await {
                all.add(sent);
            }
        }
        let last_accepted_at = if all.accepted.is_empty() { before.last_accepted_at } else { Some(batch_id) };
        let service = ServiceHealth {
            last_accepted_at,
            now: context.clock(),
            is_first_rejection: all.first_rejections <= 1,
        };
        all.judge(&before.rejected_states, batch_id, service);
        if !all.accepted.is_empty() {
            let is_in_doubt = !all.rejected_states.is_empty();
            self.record_accepted(batch_id, before.last_accepted_at, is_in_doubt, context).await;
        }
        all
    }

    /// Keeps that the service accepted something then: every half minute, and where it refuses something.
    async fn record_accepted(
        &self,
        at: Timestamp,
        known: Option<Timestamp>,
        is_in_doubt: bool,
        context: CallContext,
    ) {
        let is_known =
            known.is_some_and(|known| at.duration_since(known) < super::watermark::CHECKPOINT_INTERVAL);
        if is_known && !is_in_doubt {
            return;
        }
        let note = |feed_state: &mut FeedState| {
            feed_state.last_accepted_at = feed_state.last_accepted_at.max(Some(at));
        };
        if let Err(error) = self.store.update_feed_state(context.deadline, note).await {
            let error = error.to_string();
            tracing::warn!(
                event = "last_accepted_write_failed",
                error,
                "time of the last accepted call not stored"
            );
        }
    }
}

/// Sends a part. Where the service refuses it for what one state of it may be, two of its states are sent alone and then
/// halves of the rest, so that the others get there. Where it refuses the first two agents alone of whom nothing was given
/// up before, it may refuse everything, and is asked no more; nor is it where it refuses the account.
async fn send_part<'a>(
    client: &Client,
    (batch_id, is_snapshot): (Timestamp, bool),
    part: &'a [StateChange],
    rejected_states: &RejectedStates,
    call_deadline: &CallDeadline,
) -> Sent<'a> {
    let was_given_up = |username: &Username| {
        rejected_states.get(username).is_some_and(|rejected_state| rejected_state.is_abandoned)
    };
    let (mut sent, mut left) = (Sent::default(), vec![part]);
    while let Some(part) = left.pop() {
        match (client.send(batch_id, is_snapshot, part, call_deadline.get()).await, part) {
            (Ok(accepted), _) => {
                sent.has_unknown_agents |= accepted.has_unknown_agents;
                sent.accepted.push(part);
            }
            (Err(failure), [change]) if failure.may_be_payload_error() => {
                sent.first_rejections += usize::from(!was_given_up(&change.username));
                sent.rejected_singly.push((change, failure.clone()));
                if sent.accepted.is_empty() && sent.first_rejections > 1 {
                    sent.stop(&mut left, failure);
                }
            }
            (Err(failure), [first, .., last]) if failure.may_be_payload_error() && sent.is_new() => {
                let (rest, _) = part.split_at(part.len() - 1);
                let (_, rest) = rest.split_at(1);
                left.extend([rest, std::slice::from_ref(last), std::slice::from_ref(first)]);
                left.retain(|part| !part.is_empty());
            }
            (Err(failure), _) if failure.may_be_payload_error() => {
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
        self.accepted.is_empty() && self.rejected_singly.is_empty()
    }

    /// Asks nothing more of the service.
    fn stop(&mut self, left: &mut Vec<&'a [StateChange]>, failure: Failure) {
        self.failed.extend(left.drain(..).map(|part| (part, failure.clone())));
        self.stopped = Some(failure);
    }

    fn add(&mut self, part: Self) {
        self.accepted.extend(part.accepted);
        self.rejected_singly.extend(part.rejected_singly);
        self.first_rejections += part.first_rejections;
        self.failed.extend(part.failed);
        self.has_unknown_agents |= part.has_unknown_agents;
        self.stopped = self.stopped.take().or(part.stopped);
    }

    /// Says which of the states that were refused alone are given up.
    fn judge(&mut self, before: &RejectedStates, batch_id: Timestamp, service: ServiceHealth) {
        let mut reason = None;
        for (change, failure) in std::mem::take(&mut self.rejected_singly) {
            let first = RejectedState { since: batch_id, is_abandoned: false };
            let mut rejected_state = before.get(&change.username).copied().unwrap_or(first);
            rejected_state.is_abandoned = rejections::is_abandoned(rejected_state, &failure, service);
            self.rejected_states.insert(change.username.clone(), rejected_state);
            if rejected_state.is_abandoned {
                reason.get_or_insert(failure);
                self.rejected.push(change);
            } else {
                self.failed.push((std::slice::from_ref(change), failure));
            }
        }
        if let Some(reason) = reason {
            let (states, error) = (self.rejected.len(), reason.to_string());
            tracing::warn!(
                event = "states_abandoned",
                states,
                error,
                "states rejected by the RTA service were abandoned until their agents' next events; the error is the first one's"
            );
        }
    }
}
