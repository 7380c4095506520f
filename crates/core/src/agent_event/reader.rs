//! An agent event and both of its snapshots, read in one pass.

use super::{AgentEvent, LEVELS, NamedResource, Snapshot};
use crate::json::{Member, Raw, Visitor};

/// Takes the members that [`AgentEvent`] has. Of a name that comes twice the last counts, whatever its value.
#[derive(Default)]
pub(super) struct Reader<'a> {
    pub(super) event: AgentEvent<'a>,
    /// The snapshot that is being read.
    side: Side,
    /// What the objects that are open are, the outermost first.
    open: [Part; MAX_OPEN],
}

const NO_GROUPS: [NamedResource<'static>; LEVELS] = [NamedResource::NONE; LEVELS];

/// Event, snapshot, configuration, hierarchy, group.
const MAX_OPEN: usize = 5;

#[derive(Clone, Copy, Default)]
enum Side {
    #[default]
    Current,
    Previous,
}

/// An object that is read.
#[derive(Clone, Copy, Default)]
enum Part {
    #[default]
    Event,
    Snapshot,
    Status,
    Configuration,
    Profile,
    Groups,
    /// The group of the level of this number, from 0.
    Group(usize),
}

impl<'a> Reader<'a> {
    fn part(&self, depth: usize) -> Option<Part> {
        self.open.get(depth).copied()
    }

    fn snapshot(&mut self) -> &mut Snapshot<'a> {
        match self.side {
            Side::Current => &mut self.event.current,
            Side::Previous => &mut self.event.previous,
        }
    }

    /// What the member of this name in this part is; [`None`] if it is not read. What was read before under that name is
    /// forgotten.
    fn begin(&mut self, part: Part, name: &str) -> Option<Part> {
        Some(match (part, name) {
            (Part::Event, "CurrentAgentSnapshot") => {
                (self.side, self.event.current) = (Side::Current, Snapshot::default());
                Part::Snapshot
            }
            (Part::Event, "PreviousAgentSnapshot") => {
                (self.side, self.event.previous) = (Side::Previous, Snapshot::default());
                Part::Snapshot
            }
            (Part::Snapshot, "AgentStatus") => {
                let snapshot = self.snapshot();
                *snapshot = Snapshot {
                    status_arn: Raw::ABSENT,
                    status_name: Raw::ABSENT,
                    status_type: Raw::ABSENT,
                    status_start_timestamp: Raw::ABSENT,
                    ..*snapshot
                };
                Part::Status
            }
            (Part::Snapshot, "Configuration") => {
                let snapshot = self.snapshot();
                *snapshot = Snapshot {
                    username: Raw::ABSENT,
                    groups: NO_GROUPS,
                    profile: NamedResource::NONE,
                    inbound_queues: Raw::ABSENT,
                    ..*snapshot
                };
                Part::Configuration
            }
            (Part::Configuration, "RoutingProfile") => {
                let snapshot = self.snapshot();
                (snapshot.profile, snapshot.inbound_queues) = (NamedResource::NONE, Raw::ABSENT);
                Part::Profile
            }
            (Part::Configuration, "AgentHierarchyGroups") => {
                self.snapshot().groups = NO_GROUPS;
                Part::Groups
            }
            (Part::Groups, name) => {
                let level: usize = name.strip_prefix("Level")?.parse().ok()?;
                let level = level.checked_sub(1).filter(|level| *level < LEVELS)?;
                *self.snapshot().groups.get_mut(level)? = NamedResource::NONE;
                Part::Group(level)
            }
            _ => return None,
        })
    }
}

impl<'a> Visitor<'a> for Reader<'a> {
    fn enter(&mut self, depth: usize, name: &str) -> bool {
        let part = self.part(depth).and_then(|part| self.begin(part, name));
        match (part, self.open.get_mut(depth + 1)) {
            (Some(part), Some(open)) => {
                *open = part;
                true
            }
            _ => false,
        }
    }

    fn member(&mut self, depth: usize, member: Member<'a>) {
        let Some(part) = self.part(depth) else { return };
        let event = &mut self.event;
        let field = match (part, &*member.name) {
            (Part::Event, "AgentARN") => &mut event.agent_arn,
            (Part::Event, "EventId") => &mut event.event_id,
            (Part::Event, "EventTimestamp") => &mut event.event_timestamp,
            (Part::Event, "EventType") => &mut event.event_type,
            (Part::Event, "InstanceARN") => &mut event.instance_arn,
            (Part::Snapshot, "NextAgentStatus") => {
                self.snapshot().next_status_name = NamedResource::read(member.value).name;
                return;
            }
            (Part::Snapshot, "Contacts") => &mut self.snapshot().contacts,
            (Part::Status, "ARN") => &mut self.snapshot().status_arn,
            (Part::Status, "Name") => &mut self.snapshot().status_name,
            (Part::Status, "Type") => &mut self.snapshot().status_type,
            (Part::Status, "StartTimestamp") => &mut self.snapshot().status_start_timestamp,
            (Part::Configuration, "Username") => &mut self.snapshot().username,
            (Part::Profile, "InboundQueues") => &mut self.snapshot().inbound_queues,
            (Part::Profile, _) => return self.snapshot().profile.take(&member),
            (Part::Group(level), _) => {
                if let Some(group) = self.snapshot().groups.get_mut(level) {
                    group.take(&member);
                }
                return;
            }
            // An object was read while it was open.
            (_, name) => {
                if !member.value.is_object() {
                    self.begin(part, name);
                }
                return;
            }
        };
        *field = member.value;
    }
}
