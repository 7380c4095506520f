//! The handle of a contact that is in the centre.

/// Names a contact for as long as it is in the centre; afterwards it names nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ContactRef {
    pub(super) slot: u32,
    pub(super) generation: u32,
}
