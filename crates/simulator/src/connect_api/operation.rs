//! The operations and the paths that they are called by.

/// An operation of Connect that the invented API speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "they are Connect's names")]
pub enum Operation {
    DescribeInstance,
    ListInstances,
    ListInstanceStorageConfigs,
    ListQueues,
    ListRoutingProfiles,
    ListAgentStatuses,
    ListUsers,
    GetCurrentMetricData,
    GetMetricData,
    GetMetricDataV2,
    GetCurrentUserData,
    SearchContacts,
    DescribeContact,
}

/// Which operation it is, of which instance, and of what in it, as the path has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Route<'a> {
    pub(crate) operation: Operation,
    pub(crate) instance: Option<&'a str>,
    pub(crate) resource: Option<&'a str>,
}

impl Operation {
    /// What a method and a path call.
    pub(crate) fn of<'a>(method: &str, path: &'a str) -> Option<Route<'a>> {
        let path = path.strip_prefix('/')?;
        let route = |operation, instance, resource| Route { operation, instance, resource };
        match (method, path) {
            ("POST", "metrics/data") => return Some(route(Self::GetMetricDataV2, None, None)),
            ("GET", "instance") => return Some(route(Self::ListInstances, None, None)),
            ("POST", "search-contacts") => return Some(route(Self::SearchContacts, None, None)),
            _ => {}
        }
        let (folder, last) = path.rsplit_once('/')?;
        if let ("GET", Some(instance)) = (method, folder.strip_prefix("contacts/")) {
            return Some(route(Self::DescribeContact, Some(instance), Some(last)));
        }
        if let ("GET", Some(instance), "storage-configs") = (method, folder.strip_prefix("instance/"), last) {
            return Some(route(Self::ListInstanceStorageConfigs, Some(instance), None));
        }
        let operation = match (method, folder) {
            ("GET", "instance") => Self::DescribeInstance,
            ("GET", "queues-summary") => Self::ListQueues,
            ("GET", "routing-profiles-summary") => Self::ListRoutingProfiles,
            ("GET", "agent-status") => Self::ListAgentStatuses,
            ("GET", "users-summary") => Self::ListUsers,
            ("POST", "metrics/current") => Self::GetCurrentMetricData,
            ("POST", "metrics/historical") => Self::GetMetricData,
            ("POST", "metrics/userdata") => Self::GetCurrentUserData,
            _ => return None,
        };
        Some(route(operation, Some(last), None))
    }

    /// The most results on a page; without a wish there are 100.
    pub(crate) const fn max_results(self) -> u32 {
        match self {
            Self::ListQueues | Self::ListRoutingProfiles | Self::ListAgentStatuses | Self::ListUsers => 1000,
            Self::ListInstances | Self::ListInstanceStorageConfigs => 10,
            _ => 100,
        }
    }
}
