//! Which group has which role.

use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
};

use serde::Deserialize;

use crate::access::{
    role::Role,
    viewer::{Limit, Viewer},
};

/// Which group has which role: JSON such as `{"Team A": {"role": "supervisors", "queues": ["…"], "hierarchyGroups": ["…"]}}`. The
/// groups `walls`, `supervisors` and `investigators` have their roles unless they stand there.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Grants(BTreeMap<String, Grant>);

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Grant {
    role: Role,
    /// The ids of the queues that the group is limited to.
    queues: Option<BTreeSet<String>>,
    /// The names of the groups in the agents' hierarchy that the group is limited to.
    hierarchy_groups: Option<BTreeSet<String>>,
}

/// A text that says of no groups what they may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    r#"groups are JSON such as {{"Team A": {{"role": "supervisors", "queues": ["ID"], "hierarchyGroups": ["NAME"]}}}}"#
)]
pub struct InvalidGrants;

impl FromStr for Grants {
    type Err = InvalidGrants;

    fn from_str(text: &str) -> Result<Self, InvalidGrants> {
        serde_json::from_str(text).map_err(|_| InvalidGrants)
    }
}

impl Grants {
    /// Who has these groups: the greatest of their roles, and of those that have it, what any of them is limited to. [`None`] if no
    /// group has a role.
    pub(super) fn viewer(&self, name: &str, groups: &[String]) -> Option<Viewer> {
        let grants: Vec<Grant> = groups.iter().filter_map(|group| self.grant(group)).collect();
        let role = grants.iter().map(|grant| grant.role).max()?;
        let limits = grants.into_iter().filter(|grant| grant.role == role).map(Grant::limit);
        // One group without a limit is enough.
        let limits: Option<Vec<Limit>> = limits.collect();
        let viewer = Viewer::new(name, role);
        Some(match limits {
            Some(limits) => viewer.limited_to(limits),
            None => viewer,
        })
    }

    fn grant(&self, group: &str) -> Option<Grant> {
        let role = || Some(Grant { role: group.parse().ok()?, queues: None, hierarchy_groups: None });
        self.0.get(group).cloned().or_else(role)
    }
}

impl Grant {
    /// [`None`] for a group that sees everything.
    fn limit(self) -> Option<Limit> {
        let Self { queues, hierarchy_groups, .. } = self;
        (queues.is_some() || hierarchy_groups.is_some()).then_some(Limit { queues, hierarchy_groups })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_role_counts_with_all_its_queues() {
        let grants: Grants = r#"{"a": {"role": "supervisors", "queues": ["1"]},
            "b": {"role": "supervisors", "queues": ["2"]},
            "c": {"role": "walls", "queues": ["3"]},
            "d": {"role": "supervisors", "hierarchyGroups": ["North"]},
            "investigators": {"role": "walls"}}"#
            .parse()
            .unwrap();
        let viewer = |groups: &[&str]| {
            let groups: Vec<_> = groups.iter().map(|group| (*group).to_owned()).collect();
            grants.viewer("ann", &groups)
        };
        let seen = |groups: &[&str]| {
            let viewer = viewer(groups).unwrap();
            let seen =
                ["1", "2", "3"].into_iter().filter(|id| viewer.sees_queue(Some(id))).collect::<String>();
            (viewer.role(), seen, viewer.sees_queue(None))
        };
        assert_eq!(viewer(&[]), None);
        assert_eq!(viewer(&["nobody", "Supervisors"]), None);
        assert_eq!(seen(&["a", "b", "c"]), (Role::Supervisors, "12".to_owned(), false));
        assert_eq!(seen(&["c"]), (Role::Walls, "3".to_owned(), false));
        assert_eq!(seen(&["a", "supervisors"]), (Role::Supervisors, "123".to_owned(), true));
        let north = [String::from("North")];
        let of_north = viewer(&["d"]).unwrap();
        assert!(of_north.sees_agent(&north, &[]) && !of_north.sees_agent(&[], &["1"]));
        assert!(
            of_north.sees_contact(Some("9"), Some(&north)) && !of_north.sees_contact(Some("1"), Some(&[]))
        );
        assert_eq!(seen(&["investigators"]).0, Role::Walls, "what is set counts");
        assert!(r#"{"a": {"role": "owner"}}"#.parse::<Grants>().is_err());
    }
}
