//! The operations and the paths that they are called by.

/// An operation of Connect that the invented API speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "they are Connect's names")]
pub enum Operation {
    ListQueues,
    ListRoutingProfiles,
    ListAgentStatuses,
    ListUsers,
    GetCurrentMetricData,
    GetMetricData,
    GetMetricDataV2,
    GetCurrentUserData,
}

impl Operation {
    /// The operation, and the instance's id as the path has it.
    pub(crate) fn of<'a>(method: &str, path: &'a str) -> Option<(Self, Option<&'a str>)> {
        let path = path.strip_prefix('/')?;
        if (method, path) == ("POST", "metrics/data") {
            return Some((Self::GetMetricDataV2, None));
        }
        let (folder, instance) = path.rsplit_once('/')?;
        let operation = match (method, folder) {
            ("GET", "queues-summary") => Self::ListQueues,
            ("GET", "routing-profiles-summary") => Self::ListRoutingProfiles,
            ("GET", "agent-status") => Self::ListAgentStatuses,
            ("GET", "users-summary") => Self::ListUsers,
            ("POST", "metrics/current") => Self::GetCurrentMetricData,
            ("POST", "metrics/historical") => Self::GetMetricData,
            ("POST", "metrics/userdata") => Self::GetCurrentUserData,
            _ => return None,
        };
        Some((operation, Some(instance)))
    }

    /// Whether it has the greater quota: those two have, of all.
    pub(crate) const fn reads_metrics(self) -> bool {
        matches!(self, Self::GetMetricData | Self::GetCurrentMetricData)
    }

    /// The most results on a page; without a wish there are 100.
    pub(crate) const fn max_results(self) -> u32 {
        match self {
            Self::ListQueues | Self::ListRoutingProfiles | Self::ListAgentStatuses | Self::ListUsers => 1000,
            _ => 100,
        }
    }
}
