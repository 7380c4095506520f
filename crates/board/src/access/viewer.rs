//! Who looks at the board.

use std::{collections::BTreeSet, sync::Arc};

use super::role::Role;

/// Who looks at the board: a name for the audit log, a role, and the queues that it is limited to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    name: Arc<str>,
    role: Role,
    queues: Option<Arc<BTreeSet<String>>>,
}

impl Viewer {
    /// A viewer who sees all queues.
    pub fn new(name: &str, role: Role) -> Self {
        Self { name: name.into(), role, queues: None }
    }

    /// A viewer who sees these queues alone, by their ids, and the contacts in them.
    #[must_use]
    pub fn limited_to(mut self, queues: BTreeSet<String>) -> Self {
        self.queues = Some(Arc::new(queues));
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

    /// True if the viewer is limited to some queues.
    pub(super) fn is_limited(&self) -> bool {
        self.queues.is_some()
    }

    /// True if the viewer may see the queue of that id; who is limited does not see what is in none.
    pub(super) fn sees_queue(&self, id: Option<&str>) -> bool {
        self.queues.as_ref().is_none_or(|queues| id.is_some_and(|id| queues.contains(id)))
    }
}
