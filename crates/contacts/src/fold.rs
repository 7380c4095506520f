//! A batch of observations into one change per contact.

use std::collections::BTreeMap;

use crate::{history::HistoryEntry, observation::Observation, status::Status};

/// What a batch of events changes about one contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactChange {
    /// What it adds to the status: one write, see [`status`](crate::status).
    pub status: Status,
    /// What it adds to the history, by [key](HistoryEntry::key). Each is one write without a condition.
    pub history: BTreeMap<String, HistoryEntry>,
}

impl ContactChange {
    /// The contact it is about.
    pub fn contact_id(&self) -> &str {
        self.status.contact_id()
    }

    /// Takes another change of the same contact in.
    pub fn merge(&mut self, other: Self) {
        self.status.merge(other.status);
        for (key, entry) in other.history {
            self.merge_entry(key, entry);
        }
    }

    /// Two events of one key are the same event; were they not, the choice must not depend on their order.
    fn merge_entry(&mut self, key: String, entry: HistoryEntry) {
        let merged = match self.history.remove(&key) {
            Some(held) => held.max(entry),
            None => entry,
        };
        self.history.insert(key, merged);
    }
}

/// Folds observations into one change per contact, by contact id. Their order and repetition don't matter.
pub fn fold(observations: impl IntoIterator<Item = Observation>) -> BTreeMap<String, ContactChange> {
    let mut changes: BTreeMap<String, ContactChange> = BTreeMap::new();
    for observation in observations {
        let (status, entry) = observation.into_parts();
        let change = ContactChange { status, history: BTreeMap::from([(entry.key(), entry)]) };
        match changes.get_mut(change.contact_id()) {
            Some(held) => held.merge(change),
            None => {
                changes.insert(change.contact_id().to_owned(), change);
            }
        }
    }
    changes
}
