//! Events as parameters of statements.

use std::collections::BTreeMap;

use crate::{batch, contact::ContactKey, event_row::EventRow};

/// What the events say of each contact, sorted by key, in JSON arrays of at most so many bytes.
pub(crate) fn parameters(rows: Vec<EventRow>, max_bytes: usize) -> Vec<String> {
    let mut merged: BTreeMap<ContactKey, EventRow> = BTreeMap::new();
    for row in rows {
        if let Some(held) = merged.get_mut(row.key()) {
            held.merge(&row);
        } else {
            merged.insert(row.key().clone(), row);
        }
    }
    batch::arrays(merged.values().map(EventRow::json), max_bytes)
}
