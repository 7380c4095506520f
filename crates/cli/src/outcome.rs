//! How a command ended.

/// How a command that could do its work ended; one that could not ends with an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing was refused: exit status 0.
    Success,
    /// Something was refused, and told: exit status 1.
    Rejected,
}

impl Outcome {
    /// What it is if so much was refused.
    pub(crate) fn of(rejected: u64) -> Self {
        if rejected == 0 { Self::Success } else { Self::Rejected }
    }
}
