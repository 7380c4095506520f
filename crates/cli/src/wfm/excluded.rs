//! A record that the statistics leave out.

/// A record, row or file that is excluded from the statistics.
#[derive(Debug)]
pub(crate) struct Excluded {
    /// The file.
    pub(crate) path: String,
    /// The place in the file.
    pub(crate) place: String,
    /// The reason.
    pub(crate) reason: String,
}
