//! The items that both backends of the store read and write, by compare-and-swap.

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

/// The result of a compare-and-swap.
#[derive(Debug)]
pub(crate) enum CasResult {
    /// The item is written.
    Written,
    /// It is not: another process wrote this item, or deleted it.
    Conflict(Option<VersionedItem>),
}
