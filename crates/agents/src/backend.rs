//! The items that both backends of the store read and write, by compare-and-swap.

use std::collections::BTreeMap;

/// A stored record with its revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VersionedItem {
    /// Counts the writes; a write counts only if it is the next.
    pub(crate) revision: i64,
    /// The record as JSON.
    pub(crate) text: String,
    /// When it may go, in seconds since 1970.
    pub(crate) expires_at: i64,
}

/// Which of an item's writes was read: its revision and its expiry. Of an item that expired and came again the revisions begin
/// anew, but it expires later.
pub(crate) type ItemVersion = (i64, i64);

/// What there is in a store beside what somebody holds of it.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// Of each item that there is, which of its writes is the last, by key.
    pub(crate) current: BTreeMap<String, ItemVersion>,
    /// The items of which not this one is held.
    pub(crate) changed: BTreeMap<String, VersionedItem>,
}

impl VersionedItem {
    /// Which of the item's writes it is.
    pub(crate) fn version(&self) -> ItemVersion {
        (self.revision, self.expires_at)
    }
}

/// The result of a compare-and-swap.
#[derive(Debug)]
pub(crate) enum CasResult {
    /// The item is written.
    Written,
    /// It is not: another process wrote this item, or deleted it.
    Conflict(Option<VersionedItem>),
}
