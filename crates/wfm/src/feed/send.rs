//! Calls of the service, and what it refuses.

use std::sync::{Arc, PoisonError};

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use tokio::time::Instant;

use super::{CALLS, Feed, When, refusals::Standing};
use crate::{
    agent_state::Change,
    rta::{Client, Failure, STATES_PER_CALL},
};

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
    /// It does not know one of the agents or more.
    pub(super) has_unknown_agents: bool,
}

impl Feed {
    /// Uses another client from now on: the secret has changed.
    pub fn renew(&self, client: Client) {
        *self.client.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(client);
    }

    pub(super) fn client(&self) -> Arc<Client> {
        Arc::clone(&self.client.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Sends states in parts, several at once.
    pub(super) async fn send<'a>(
        &self,
        (batch_id, is_snapshot): (Timestamp, bool),
        changes: &'a [Change],
        (when, call_deadline): (When, Instant),
    ) -> Sent<'a> {
        let client = self.client();
        let calls: Vec<_> = changes
            .chunks(STATES_PER_CALL)
            .map(|part| self.send_part(&client, (batch_id, is_snapshot), part, call_deadline))
            .collect();
        let mut calls = stream::iter(calls).buffer_unordered(CALLS);
        let mut all = Sent::default();
        while let Some(sent) = calls.next().await {
            all.taken.extend(sent.taken);
            all.alone.extend(sent.alone);
            all.strangers += sent.strangers;
            all.failed.extend(sent.failed);
            all.has_unknown_agents |= sent.has_unknown_agents;
        }
        let service = Standing { taken_at: self.taken_at(), now: when.clock(), is_one: all.strangers <= 1 };
        let mut reason = None;
        for (change, failure) in std::mem::take(&mut all.alone) {
            if self.refusals.give_up(change, &failure, service) {
                reason.get_or_insert(failure);
                all.refused.push(change);
            } else {
                all.failed.push((std::slice::from_ref(change), failure));
            }
        }
        if let Some(reason) = reason {
            let (states, reason) = (all.refused.len(), reason.to_string());
            tracing::warn!(
                states,
                reason,
                "the RTA service refuses states that are given up until their agents' next events; the reason is the first one's"
            );
        }
        all
    }

    /// Sends a part. Where the service refuses it for what one state of it may be, halves of it, so that the others get
    /// there. Where it refuses the first two agents alone of whom nothing was given up before, it may refuse everything,
    /// and is asked no more.
    async fn send_part<'a>(
        &self,
        client: &Client,
        (batch_id, is_snapshot): (Timestamp, bool),
        part: &'a [Change],
        deadline: Instant,
    ) -> Sent<'a> {
        let (mut sent, mut left) = (Sent::default(), vec![part]);
        while let Some(part) = left.pop() {
            match (client.send(batch_id, is_snapshot, part, deadline).await, part) {
                (Ok(taken), _) => {
                    self.note_taken(batch_id);
                    self.refusals.forget(part);
                    sent.has_unknown_agents |= taken.has_unknown_agents;
                    sent.taken.push(part);
                }
                (Err(failure), [change]) if failure.may_be_of_one_state() => {
                    sent.strangers += usize::from(!self.refusals.note(&change.username, batch_id));
                    sent.alone.push((change, failure.clone()));
                    if sent.taken.is_empty() && sent.strangers > 1 {
                        sent.failed.extend(left.drain(..).map(|part| (part, failure.clone())));
                    }
                }
                (Err(failure), _) if failure.may_be_of_one_state() => {
                    let (first, second) = part.split_at(part.len() / 2);
                    left.extend([second, first]);
                }
                (Err(failure), _) => {
                    sent.failed.extend(left.drain(..).map(|part| (part, failure.clone())));
                    sent.failed.push((part, failure));
                }
            }
        }
        sent
    }
}
