//! The observation of one call of AWS.

/// What a call found, or why it found nothing out. A call that was refused is never the same as one that found nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Observation<T> {
    /// The service and operation, with what they were asked of.
    pub(super) call: String,
    /// What was found; or the status and the code of the error.
    pub(super) found: Result<T, String>,
}

impl<T> Observation<T> {
    /// What was found; [`None`] if the call failed.
    pub(super) fn known(&self) -> Option<&T> {
        self.found.as_ref().ok()
    }
}
