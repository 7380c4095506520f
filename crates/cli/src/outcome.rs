//! The outcome of a command, which becomes the exit status.

/// The outcome of a command that could do its work; one that could not ends with an error, exit status 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CommandOutcome {
    /// Nothing was rejected: exit status 0.
    Success,
    /// At least one input was rejected, and reported on standard error: exit status 1.
    Rejected,
}

impl CommandOutcome {
    /// [`Rejected`](Self::Rejected) if the number of rejected inputs is not zero.
    pub(crate) fn of(rejected: u64) -> Self {
        if rejected == 0 { Self::Success } else { Self::Rejected }
    }
}
