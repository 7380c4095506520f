//! Times of an agent, as the agent report has them.

/// What the report says of an agent in an interval, in whole seconds; [`None`] where it says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct AgentTimes {
    /// `Online time`.
    pub online_secs: Option<u64>,
    /// `Non-Productive Time`.
    pub non_productive_secs: Option<u64>,
    /// `Agent idle time`.
    pub idle_secs: Option<u64>,
}

impl AgentTimes {
    /// The online time that is not pause; [`None`] where one of the two is not known, or there is more pause than work.
    pub(super) fn available_secs(&self) -> Option<u64> {
        self.online_secs?.checked_sub(self.non_productive_secs?)
    }
}
