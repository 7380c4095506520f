//! What every backend of the store reads and writes: versioned items, by compare-and-swap.

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

/// How a conditional write ended.
#[derive(Debug)]
pub(crate) enum CasResult {
    /// It is written.
    Written,
    /// It is not: this is kept, which somebody else wrote, or nothing.
    Conflict(Option<VersionedItem>),
}
