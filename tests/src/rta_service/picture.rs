//! What the service knows: the states it took, and what an operator sees.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use jiff::Timestamp;

use super::soap::{Operation, State};

/// How an agent is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// The state's code; empty where a snapshot logged the agent off.
    pub code: String,
    /// The state's description; empty where a snapshot logged the agent off.
    pub description: String,
    /// Whether the agent is logged on.
    pub is_logged_on: bool,
    /// As of when that was told.
    pub timestamp: Option<Timestamp>,
    /// For how many whole seconds the agent had been so by then.
    pub seconds_in_state: i32,
}

/// A state that the service took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The state.
    pub state: State,
    /// Whether the client was told so.
    pub is_acknowledged: bool,
    /// When.
    pub at: Instant,
}

/// All that was taken, and what it comes to.
#[derive(Debug, Default)]
pub(super) struct Picture {
    pub(super) shown: BTreeMap<String, Shown>,
    /// In the order of arrival; the call that closes a snapshot is not in it.
    pub(super) taken: Vec<Taken>,
    pub(super) closed_snapshots: usize,
    /// Changes that were sent once more after the same had been acknowledged, with nothing else in between, not even a
    /// call that failed: what was acknowledged, and what came again.
    pub(super) repeats: Vec<(State, State)>,
    /// The latest state of each user, where its sender knows that it was taken, with the number of the acknowledgement.
    acknowledged: BTreeMap<String, (u64, State)>,
    /// How many states were acknowledged.
    pub(super) acknowledgements: u64,
    /// Who is in a snapshot that is still open.
    open_snapshots: BTreeMap<Option<Timestamp>, BTreeSet<String>>,
}

impl Picture {
    pub(super) fn take(&mut self, operation: Operation, is_acknowledged: bool) {
        match operation {
            Operation::Single(state) if state.user.is_empty() && state.code.is_empty() => {
                if state.is_snapshot {
                    self.close(state.batch_id);
                }
            }
            Operation::Single(state) => self.take_state(state, is_acknowledged),
            Operation::Batch(states) => {
                for state in states {
                    self.take_state(state, is_acknowledged);
                }
            }
        }
    }

    /// The latest to arrive is shown, however old it is.
    fn take_state(&mut self, state: State, is_acknowledged: bool) {
        if state.is_snapshot {
            self.open_snapshots.entry(state.batch_id).or_default().insert(state.user.clone());
        }
        let shown = Shown {
            code: state.code.clone(),
            description: state.description.clone(),
            is_logged_on: state.is_logged_on,
            timestamp: state.timestamp,
            seconds_in_state: state.seconds_in_state,
        };
        self.shown.insert(state.user.clone(), shown);
        self.acknowledge(&state, is_acknowledged);
        self.taken.push(Taken { state, is_acknowledged, at: Instant::now() });
    }

    /// Whoever is not in the snapshot is logged off.
    fn close(&mut self, batch_id: Option<Timestamp>) {
        let users = self.open_snapshots.remove(&batch_id).unwrap_or_default();
        for (_, shown) in self.shown.iter_mut().filter(|(user, _)| !users.contains(*user)) {
            *shown = Shown { timestamp: batch_id, ..Shown::default() };
        }
        self.closed_snapshots += 1;
    }

    /// A call that failed: whoever sent it can't know what became of it, and is right to send it again.
    pub(super) fn fail(&mut self, operation: &Operation) {
        for state in operation.states() {
            self.acknowledged.remove(&state.user);
        }
    }

    /// Notes what its sender knows of it from now on, and whether it came once more.
    fn acknowledge(&mut self, state: &State, is_acknowledged: bool) {
        let before = self.acknowledged.remove(&state.user).map(|(_, before)| before);
        if let Some(before) = before.filter(|before| !state.is_snapshot && is_same(before, state)) {
            self.repeats.push((before, state.clone()));
        }
        if is_acknowledged {
            self.acknowledgements += 1;
            self.acknowledged.insert(state.user.clone(), (self.acknowledgements, state.clone()));
        }
    }

    /// Takes all acknowledgements for lost but the first so many.
    pub(super) fn lose_acknowledgements(&mut self, but: u64) {
        self.acknowledged.retain(|_, (number, _)| *number <= but);
    }
}

/// The same state: as of when it is told, and how long it has lasted, may differ.
fn is_same(one: &State, other: &State) -> bool {
    (&one.code, &one.description, one.is_logged_on) == (&other.code, &other.description, other.is_logged_on)
}
