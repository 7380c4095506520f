//! Agents whose states the service refuses, as this process remembers them.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::{SignedDuration, Timestamp};

use super::PATIENCE_WITH_REFUSALS;
use crate::{
    agent_state::{BEHIND, Change, Username},
    rta::Failure,
};

/// A service that took states this lately is there, and has something against the one that it refuses.
const LATELY: SignedDuration = BEHIND;

/// Agents of whom a state was refused alone, until one is taken.
#[derive(Debug, Default)]
pub(super) struct Refusals(Mutex<BTreeMap<Username, Refusal>>);

#[derive(Debug)]
struct Refusal {
    /// When the batch was begun in which it was refused first.
    since: Timestamp,
    is_given_up: bool,
}

/// What is known of the service when states were refused alone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    /// When the batch was begun of which the service took a state last.
    pub(super) taken_at: Timestamp,
    pub(super) now: Timestamp,
    /// True if it refused one agent alone of whom nothing was given up before: two of them, with nothing taken, may well
    /// be all.
    pub(super) is_one: bool,
}

impl Refusals {
    /// Notes that a batch of that time had a state of this agent refused alone. True if one was given up before.
    pub(super) fn note(&self, username: &Username, batch: Timestamp) -> bool {
        let mut agents = self.lock();
        let refusal = agents.entry(username.clone()).or_insert(Refusal { since: batch, is_given_up: false });
        refusal.is_given_up
    }

    /// These were taken.
    pub(super) fn forget(&self, part: &[Change]) {
        let mut agents = self.lock();
        for change in part {
            agents.remove(&change.username);
        }
    }

    /// Whether a state that was refused alone need not be sent again; it is then remembered so.
    ///
    /// If the service says that it is the state, it must have taken others' since the first refusal, or lately; where it
    /// may refuse it for another reason in the same words, since, and the state must have been refused for a while.
    pub(super) fn give_up(&self, change: &Change, failure: &Failure, service: Standing) -> bool {
        let mut agents = self.lock();
        let Some(refusal) = agents.get_mut(&change.username) else { return false };
        let Standing { taken_at, now, is_one } = service;
        let is_there = taken_at >= refusal.since;
        refusal.is_given_up |= if failure.is_of_one_state() {
            is_there || (is_one && now.duration_since(taken_at) < LATELY)
        } else {
            is_there && now.duration_since(refusal.since) >= PATIENCE_WITH_REFUSALS
        };
        refusal.is_given_up
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Username, Refusal>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
