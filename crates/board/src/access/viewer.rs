//! Who looks at the board.

use std::{collections::BTreeSet, sync::Arc};

use super::role::Role;

/// Who looks at the board: a name for the audit log, a role, and what it is limited to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    name: Arc<str>,
    role: Role,
    limits: Option<Arc<Vec<Limit>>>,
}

/// What a group of viewers is limited to: both count, where both are set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limit {
    /// The ids of queues: only these, what waits or waited in them, and the agents that they are offered to.
    pub queues: Option<BTreeSet<String>>,
    /// The names of groups in the agents' hierarchy, of whichever level: only their agents, and of the contacts that have an agent
    /// only theirs.
    pub hierarchy_groups: Option<BTreeSet<String>>,
}

impl Viewer {
    /// A viewer who sees all queues and agents.
    pub fn new(name: &str, role: Role) -> Self {
        Self { name: name.into(), role, limits: None }
    }

    /// A viewer who sees what is within any of these limits, and nothing else.
    #[must_use]
    pub fn limited_to(mut self, limits: Vec<Limit>) -> Self {
        self.limits = Some(Arc::new(limits));
        self
    }

    /// The name that the audit log has.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the viewer may see.
    pub fn role(&self) -> Role {
        self.role
    }

    /// The same viewer before a wall, which others look at, too.
    #[must_use]
    pub(super) fn on_a_wall(mut self) -> Self {
        self.role = Role::Walls;
        self
    }

    /// True if the viewer does not see everything.
    pub(super) fn is_limited(&self) -> bool {
        self.limits.is_some()
    }

    /// What the viewer is limited to, if the viewer does not see everything.
    pub(super) fn limits(&self) -> Option<&Arc<Vec<Limit>>> {
        self.limits.as_ref()
    }

    /// True if the viewer may see the queue of that id; who is limited to queues does not see what is in none.
    pub(super) fn sees_queue(&self, id: Option<&str>) -> bool {
        self.is_within(|limit| limit.has_queue(id))
    }

    /// True if the viewer may see an agent of these hierarchy groups, to whom these queues are offered.
    pub(super) fn sees_agent(&self, groups: &[String], queues: &[&str]) -> bool {
        self.is_within(|limit| {
            let is_offered = limit.queues.is_none() || queues.iter().any(|id| limit.has_queue(Some(id)));
            limit.has_groups(groups) && is_offered
        })
    }

    /// True if the viewer may see a contact in that queue, with an agent of these groups or with none.
    pub(super) fn sees_contact(&self, queue: Option<&str>, agent_groups: Option<&[String]>) -> bool {
        self.is_within(|limit| {
            limit.has_queue(queue) && agent_groups.is_none_or(|groups| limit.has_groups(groups))
        })
    }

    fn is_within(&self, has: impl FnMut(&Limit) -> bool) -> bool {
        self.limits.as_ref().is_none_or(|limits| limits.iter().any(has))
    }
}

impl Limit {
    fn has_queue(&self, id: Option<&str>) -> bool {
        self.queues.as_ref().is_none_or(|queues| id.is_some_and(|id| queues.contains(id)))
    }

    fn has_groups(&self, groups: &[String]) -> bool {
        self.hierarchy_groups.as_ref().is_none_or(|own| groups.iter().any(|group| own.contains(group)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_count_together_in_a_group_and_either_of_several_groups() {
        let set = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
        let one = Limit { queues: set(&["q"]), hierarchy_groups: set(&["North"]) };
        let other = Limit { queues: None, hierarchy_groups: set(&["South"]) };
        let viewer = |limits| Viewer::new("ann", Role::Supervisors).limited_to(limits);
        let (narrow, wide) = (viewer(vec![one.clone()]), viewer(vec![one, other]));
        let [north, south] = ["North", "South"].map(|group| [String::from("All"), group.to_owned()]);
        assert!(narrow.sees_contact(Some("q"), None) && narrow.sees_contact(Some("q"), Some(&north)));
        assert!(
            !narrow.sees_contact(Some("q"), Some(&south)) && !narrow.sees_contact(Some("r"), Some(&north))
        );
        assert!(!narrow.sees_contact(None, None) && !narrow.sees_contact(Some("q"), Some(&[])));
        assert!(narrow.sees_agent(&north, &["r", "q"]) && !narrow.sees_agent(&north, &["r"]));
        assert!(!narrow.sees_agent(&north, &[]) && !narrow.sees_agent(&south, &["q"]));
        assert!(wide.sees_agent(&south, &[]) && !wide.sees_agent(&north, &["r"]));
        assert!(wide.sees_contact(Some("r"), Some(&south)) && !wide.sees_contact(Some("r"), Some(&north)));
        let all = Viewer::new("ann", Role::Supervisors);
        assert!(all.sees_agent(&[], &[]) && all.sees_contact(None, Some(&[])) && all.sees_queue(None));
    }
}
