//! The paths of members that are known, as a tree: a record is walked once, and each member is found by its name alone.

use std::{cmp::Ordering, ops::Range, sync::LazyLock};

use super::columns::COLUMNS;

/// Members that are known and have no column of their own: columns are derived from some, others stay in S3 alone.
const WITHOUT_COLUMN: [&str; 49] = [
    "AWSContactTraceRecordFormatVersion",
    "Agent.ActiveRegion",
    "Agent.AgentInitiatedHoldDuration",
    "Agent.Capabilities",
    "Agent.DeviceInfo",
    "Agent.PreviewEndTimestamp",
    "Agent.StateTransitions",
    "Agent.Username",
    "Agent.VoiceEnhancementMode",
    "Attributes",
    "Campaign",
    "Channel",
    "ChatMetrics",
    "ContactDetails",
    "ContactEvaluations",
    "ContactId",
    "ContactLens",
    "Customer",
    "CustomerVoiceActivity",
    "DisconnectDetails",
    "MediaStreams",
    "NextContactId",
    "OutboundStrategy",
    "PreviousContactId",
    "QualityMetrics",
    "Recording",
    "Recordings",
    "References",
    "RoutingCriteria",
    "SegmentAttributes",
    "Tags",
    "TaskTemplateInfo",
    "VoiceIdResult",
    "WisdomInfo",
    "Agent",
    "Queue",
    "Agent.RoutingProfile",
    "Agent.HierarchyGroups",
    "Agent.HierarchyGroups.Level1",
    "Agent.HierarchyGroups.Level2",
    "Agent.HierarchyGroups.Level3",
    "Agent.HierarchyGroups.Level4",
    "Agent.HierarchyGroups.Level5",
    "CustomerEndpoint",
    "SystemEndpoint",
    "TransferredToEndpoint",
    "ExternalThirdParty",
    "AgentConnectionAttempts",
    "InstanceARN",
];

/// The paths that are known.
pub(super) struct Paths {
    /// The record itself.
    pub(super) root: Path,
    /// The slots of the columns' members, in the order of [`COLUMNS`]; [`None`] where the value is derived from several.
    pub(super) columns: Vec<Option<usize>>,
    /// The slot of the contact's attributes.
    pub(super) attributes: Option<usize>,
}

/// A path, and those of its members that are known.
#[derive(Debug, Default)]
pub(super) struct Path {
    /// The whole path, names with dots between.
    pub(super) whole: &'static str,
    /// The places of this member's value, if it has one of its own, and of its members' values.
    pub(super) slots: Range<usize>,
    name: &'static str,
    has_value: bool,
    /// In [`order`].
    members: Vec<Path>,
}

pub(super) static PATHS: LazyLock<Paths> = LazyLock::new(|| {
    let mut root = Path::default();
    let of_columns = COLUMNS.iter().map(|column| column.member).filter(|member| !member.is_empty());
    for path in of_columns.chain(WITHOUT_COLUMN) {
        root.add(path, 0);
    }
    root.number(0);
    let columns = COLUMNS.iter().map(|column| root.slot_of(column.member)).collect();
    Paths { columns, attributes: root.slot_of("Attributes"), root }
});

impl Path {
    /// True if members of it are known.
    pub(super) fn is_object(&self) -> bool {
        !self.members.is_empty()
    }

    /// The place of its own value.
    pub(super) fn slot(&self) -> Option<usize> {
        self.has_value.then_some(self.slots.start)
    }

    /// The member of this name.
    pub(super) fn member(&self, name: &str) -> Option<&Self> {
        let at = self.members.binary_search_by(|member| order(member.name, name)).ok()?;
        self.members.get(at)
    }

    /// Adds a path, of which `read` bytes are names that lead here.
    fn add(&mut self, path: &'static str, read: usize) {
        let rest = path.get(read..).unwrap_or_default();
        let name = rest.split('.').next().unwrap_or_default();
        let end = read + name.len();
        let at = self.members.binary_search_by(|member| order(member.name, name)).unwrap_or_else(|at| {
            self.members
                .insert(at, Self { whole: path.get(..end).unwrap_or_default(), name, ..Self::default() });
            at
        });
        if let Some(member) = self.members.get_mut(at) {
            if end == path.len() {
                member.has_value = true;
            } else {
                member.add(path, end + 1);
            }
        }
    }

    /// Gives slots from this one on; the next that is free.
    fn number(&mut self, from: usize) -> usize {
        let own = from + usize::from(self.has_value);
        let end = self.members.iter_mut().fold(own, |next, member| member.number(next));
        self.slots = from..end;
        end
    }

    fn slot_of(&self, path: &str) -> Option<usize> {
        path.split('.').try_fold(self, |path, name| path.member(name)).and_then(Self::slot)
    }
}

/// An order that needs few looks at the bytes: most names of one object differ in length.
fn order(one: &str, other: &str) -> Ordering {
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_column_of_a_member_has_its_place() {
        let mut slots = Vec::new();
        for (column, slot) in COLUMNS.iter().zip(&PATHS.columns) {
            assert_eq!(slot.is_some(), !column.member.is_empty(), "{}", column.name);
            slots.extend(slot.map(|slot| (slot, column.member)));
        }
        slots.sort_unstable();
        slots.dedup();
        let places = slots.iter().map(|(slot, _)| slot).collect::<std::collections::HashSet<_>>();
        assert_eq!(places.len(), slots.len(), "one place for one member");
        let agent = PATHS.root.member("Agent").unwrap();
        let duration = agent.member("AfterContactWorkDuration").unwrap();
        assert_eq!(duration.whole, "Agent.AfterContactWorkDuration");
        assert!(agent.slots.contains(&duration.slot().unwrap()));
        assert!(PATHS.root.member("AfterContactWorkDuration").is_none());
    }
}
