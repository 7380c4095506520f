//! Calls of the service, and the states that it rejects.

use std::{
    collections::VecDeque,
    sync::{Arc, PoisonError},
};

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use switchboard_agents::AgentKey;
use switchboard_store::call::CallContext;

use super::{
    CONCURRENT_CALLS, Feed,
    call_deadline::CallDeadline,
    record::{FeedState, RejectedState},
    rejections::{self, RejectedStates, ServiceHealth},
};
use crate::{
    agent_state::StateChange,
    rta::{Client, Failure, STATES_PER_CALL},
};

/// The rejections and the health of the service before states are sent.
pub(super) struct ServiceHistory {
    /// The agents whose states were rejected before.
    pub(super) rejected_states: RejectedStates,
    /// When the service accepted something last.
    pub(super) last_accepted_at: Option<Timestamp>,
}

/// The result of sending states.
#[derive(Debug, Default)]
pub(super) struct Sent<'a> {
    /// The service acknowledged these.
    pub(super) accepted: Vec<&'a [StateChange]>,
    /// It accepts all but these, which are abandoned.
    pub(super) rejected: Vec<&'a StateChange>,
    /// It rejected these singly, for good or not.
    rejected_singly: Vec<(&'a StateChange, Failure)>,
    /// The number of them that are of agents of whom nothing was abandoned before.
    first_rejections: usize,
    /// These are to be sent again.
    pub(super) failed: Vec<(&'a [StateChange], Failure)>,
    /// The rejections to store, of states that are abandoned or not.
    pub(super) rejected_states: RejectedStates,
    /// It does not know one of the agents or more.
    pub(super) has_unknown_agents: bool,
    /// It rejects everything, as far as can be known from here: nothing more is sent to it.
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

    /// Sends states in parts: the first one alone, as the service may reject whatever comes from here, and then several at
    /// once.
    pub(super) async fn send<'a>(
        &self,
        (batch_id, is_snapshot): (Timestamp, bool),
        changes: &'a [StateChange],
        before: ServiceHistory,
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
        all.decide_abandoned(&before.rejected_states, batch_id, service);
        if !all.accepted.is_empty() {
            let is_in_doubt = !all.rejected_states.is_empty();
            self.record_accepted(batch_id, before.last_accepted_at, is_in_doubt, context).await;
        }
        all
    }

    /// Stores that the service accepted something then: every half minute, and where it rejects something.
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

/// Sends a part. If the service rejects it because a state of it may be invalid, two of its states are sent singly and then
/// halves of the rest, so that the others get there. If it rejects the first two agents of whom nothing was abandoned before,
/// it may reject everything, and gets no more calls; nor does it if it rejects the account.
async fn send_part<'a>(
    client: &Client,
    (batch_id, is_snapshot): (Timestamp, bool),
    part: &'a [StateChange],
    rejected_states: &RejectedStates,
    call_deadline: &CallDeadline,
) -> Sent<'a> {
    let was_abandoned = |agent: &AgentKey| {
        rejected_states.get(agent).is_some_and(|rejected_state| rejected_state.is_abandoned)
    };
    let (mut sent, mut left) = (Sent::default(), vec![part]);
    while let Some(part) = left.pop() {
        match (client.send(batch_id, is_snapshot, part, call_deadline.get()).await, part) {
            (Ok(accepted), _) => {
                sent.has_unknown_agents |= accepted.has_unknown_agents;
                sent.accepted.push(part);
            }
            (Err(failure), [change]) if failure.may_be_payload_error() => {
                sent.first_rejections += usize::from(!was_abandoned(&change.agent));
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

    /// Sends nothing more to the service.
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

    /// Decides which of the states that were rejected singly are abandoned.
    fn decide_abandoned(&mut self, before: &RejectedStates, batch_id: Timestamp, service: ServiceHealth) {
        let mut reason = None;
        for (change, failure) in std::mem::take(&mut self.rejected_singly) {
            let first = RejectedState { since: batch_id, is_abandoned: false };
            let mut rejected_state = before.get(&change.agent).copied().unwrap_or(first);
            rejected_state.is_abandoned = rejections::is_abandoned(rejected_state, &failure, service);
            self.rejected_states.insert(change.agent.clone(), rejected_state);
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
