//! Calls of the service, and what it refuses.

use std::sync::{Arc, PoisonError};

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use tokio::time::Instant;

use super::{CALLS, Feed, PATIENCE_WITH_REFUSALS, When};
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
    pub(super) refused: Vec<&'a [Change]>,
    /// It refuses these one by one, for good or not.
    alone: Vec<(&'a [Change], Failure)>,
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
            all.failed.extend(sent.failed);
            all.has_unknown_agents |= sent.has_unknown_agents;
        }
        let is_for_good = |(part, failure): &(&[Change], Failure)| {
            part.iter().all(|change| self.is_refused_for_good(change, failure, when.clock()))
        };
        let alone = std::mem::take(&mut all.alone).into_iter();
        let (refused, again): (Vec<_>, Vec<_>) = alone.partition(is_for_good);
        all.failed.extend(again);
        if let Some((_, first)) = refused.first() {
            let (states, reason) = (refused.len(), first.to_string());
            tracing::warn!(
                states,
                reason,
                "the RTA service refuses states that are given up until their agents' next events; the reason is the first one's"
            );
        }
        all.refused.extend(refused.into_iter().map(|(part, _)| part));
        all
    }

    /// Sends a part. Where the service refuses it for what one state of it may be, halves of it, so that the others get
    /// there. Where it refuses the first two that it gets alone, it is not for them.
    async fn send_part<'a>(
        &self,
        client: &Client,
        (batch_id, is_snapshot): (Timestamp, bool),
        part: &'a [Change],
        deadline: Instant,
    ) -> Sent<'a> {
        let (mut sent, mut left) = (Sent::default(), vec![part]);
        while let Some(part) = left.pop() {
            match client.send(batch_id, is_snapshot, part, deadline).await {
                Ok(taken) => {
                    self.note_taken(batch_id);
                    sent.has_unknown_agents |= taken.has_unknown_agents;
                    sent.taken.push(part);
                }
                Err(failure) if failure.may_be_of_one_state() && part.len() > 1 => {
                    let (first, second) = part.split_at(part.len() / 2);
                    left.extend([second, first]);
                }
                Err(failure) if failure.may_be_of_one_state() => {
                    sent.alone.push((part, failure.clone()));
                    if sent.taken.is_empty() && sent.alone.len() > 1 {
                        sent.failed.append(&mut sent.alone);
                        sent.failed.extend(left.drain(..).map(|part| (part, failure.clone())));
                    }
                }
                Err(failure) => {
                    if sent.taken.is_empty() {
                        sent.failed.append(&mut sent.alone);
                    }
                    sent.failed.extend(left.drain(..).map(|part| (part, failure.clone())));
                    sent.failed.push((part, failure));
                }
            }
        }
        sent
    }

    /// True if a state that was refused alone need not be sent again: the service has taken others' before. Where it may
    /// fail for another reason in the same words, it must have done so since, and the state be tried for a while.
    fn is_refused_for_good(&self, change: &Change, failure: &Failure, now: Timestamp) -> bool {
        let taken_at = self.taken_at();
        if failure.is_of_one_state() {
            taken_at > Timestamp::MIN
        } else {
            taken_at > change.at && now.duration_since(change.at) > PATIENCE_WITH_REFUSALS
        }
    }
}
