//! The tolerant view of an event of the agent event stream.
//!
//! An event tells how an agent stands now and stood before, contacts included. Old events lack the
//! status's type; `LOGIN` and `LOGOUT` have no snapshot on one side.

mod contacts;
mod reader;

use jiff::{SignedDuration, Timestamp};

use self::{contacts::Contacts, reader::Reader};
use crate::{
    instant::instant,
    json::{self, Member, Raw, Visitor},
};

/// How long an agent who is logged on may have no event: two heartbeats of 120 s, and a minute for their way.
pub const HEARTBEAT_TIMEOUT: SignedDuration = SignedDuration::from_secs(300);

/// Why a JSON object is not an agent event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAnAgentEvent {
    /// The text is not one JSON object.
    #[error("not a JSON object")]
    NotAnObject,
    /// No agent or no type of event.
    #[error("not an agent event")]
    Other,
}

/// The members of an agent event that Switchboard uses, borrowed from its text.
#[derive(Debug, Clone, Copy, Default)]
#[expect(missing_docs, reason = "the fields carry Connect's own names, snake-cased")]
pub struct AgentEvent<'a> {
    pub agent_arn: Raw<'a>,
    /// Tells it from every other; a repeat has the same.
    pub event_id: Raw<'a>,
    pub event_timestamp: Raw<'a>,
    /// `LOGIN`, `LOGOUT`, `STATE_CHANGE` or `HEART_BEAT`.
    pub event_type: Raw<'a>,
    pub instance_arn: Raw<'a>,
    current: Snapshot<'a>,
    previous: Snapshot<'a>,
}

impl<'a> AgentEvent<'a> {
    /// Reads one JSON object as an agent event.
    ///
    /// # Errors
    /// When it is none, or lacks its type or the agent.
    pub fn parse(document: &'a str) -> Result<Self, NotAnAgentEvent> {
        let mut reader = Reader::default();
        json::walk(document, &mut reader).map_err(|_| NotAnAgentEvent::NotAnObject)?;
        let event = reader.event;
        let is_told = |raw: Raw<'a>| raw.text().is_some_and(|text| !text.is_empty());
        if is_told(event.agent_arn) && is_told(event.event_type) {
            Ok(event)
        } else {
            Err(NotAnAgentEvent::Other)
        }
    }

    /// When it happened.
    pub fn at(&self) -> Option<Timestamp> {
        instant(self.event_timestamp)
    }

    /// How the agent stands now; empty on `LOGOUT`.
    pub fn current(&self) -> Snapshot<'a> {
        self.current
    }

    /// How the agent stood before; empty on `LOGIN`.
    pub fn previous(&self) -> Snapshot<'a> {
        self.previous
    }
}

/// How an agent stands.
#[derive(Debug, Clone, Copy, Default)]
pub struct Snapshot<'a> {
    /// The status's ARN.
    pub status_arn: Raw<'a>,
    /// The status's name. `Available` goes on while the agent is on a contact: it is no activity.
    pub status_name: Raw<'a>,
    /// `ROUTABLE`, `CUSTOM` or `OFFLINE`; absent in old events.
    pub status_type: Raw<'a>,
    /// Since when.
    pub status_start_timestamp: Raw<'a>,
    /// The agent's user name.
    pub username: Raw<'a>,
    /// The name of the status that the agent has chosen to come after the contacts in hand.
    pub next_status_name: Raw<'a>,
    contacts: Raw<'a>,
    groups: [NamedResource<'a>; LEVELS],
    profile: NamedResource<'a>,
    inbound_queues: Raw<'a>,
}

/// How many levels an agent's hierarchy has.
const LEVELS: usize = 5;

/// A resource as an event names it.
#[derive(Debug, Clone, Copy, Default)]
pub struct NamedResource<'a> {
    /// Its ARN.
    pub arn: Raw<'a>,
    /// Its name; null for an agent's own queue.
    pub name: Raw<'a>,
}

/// The routing profile of an agent.
#[derive(Debug, Clone, Default)]
pub struct RoutingProfile<'a> {
    /// The profile itself.
    pub profile: NamedResource<'a>,
    /// The queues whose contacts are offered to the agent, the agent's own among them.
    pub inbound_queues: Vec<NamedResource<'a>>,
}

impl<'a> NamedResource<'a> {
    const NONE: NamedResource<'static> = NamedResource { arn: Raw::ABSENT, name: Raw::ABSENT };

    fn read(value: Raw<'a>) -> Self {
        let mut resource = Self::default();
        value.members(|member| resource.take(&member));
        resource
    }

    fn take(&mut self, member: &Member<'a>) {
        match &*member.name {
            "ARN" => self.arn = member.value,
            "Name" => self.name = member.value,
            _ => {}
        }
    }
}

/// The elements of an array, each read as a resource.
#[derive(Default)]
struct NamedResources<'a> {
    all: Vec<NamedResource<'a>>,
    /// The one that is being read.
    open: NamedResource<'a>,
}

impl<'a> Visitor<'a> for NamedResources<'a> {
    fn enter(&mut self, _depth: usize, _name: &str) -> bool {
        false
    }

    fn member(&mut self, _depth: usize, member: Member<'a>) {
        self.open.take(&member);
    }

    fn element(&mut self, _value: Raw<'a>) {
        self.all.push(std::mem::take(&mut self.open));
    }
}

impl<'a> Snapshot<'a> {
    /// The groups of the agent's hierarchy, the topmost first. A level without a group is left out.
    pub fn hierarchy_groups(&self) -> Vec<NamedResource<'a>> {
        let named = |group: &NamedResource<'a>| group.name.text().is_some_and(|name| !name.is_empty());
        self.groups.into_iter().filter(named).collect()
    }

    /// The routing profile; [`None`] if the snapshot has none.
    pub fn routing_profile(&self) -> Option<RoutingProfile<'a>> {
        self.profile.arn.text().filter(|arn| !arn.is_empty())?;
        let mut queues = NamedResources::default();
        self.inbound_queues.walk_elements(&mut queues);
        Some(RoutingProfile { profile: self.profile, inbound_queues: queues.all })
    }

    /// The agent's contacts. An element that is no object or names no contact is left out.
    pub fn contacts(&self) -> Vec<AgentContact<'a>> {
        let mut contacts = Contacts::default();
        self.contacts.walk_elements(&mut contacts);
        contacts.all
    }
}

/// A contact as an agent has it.
#[derive(Debug, Clone, Copy, Default)]
#[expect(missing_docs, reason = "the fields carry Connect's own names, snake-cased")]
pub struct AgentContact<'a> {
    /// The contact's own JSON text, which may hold personal data.
    pub document: Document<'a>,
    pub contact_id: Raw<'a>,
    pub initial_contact_id: Raw<'a>,
    pub channel: Raw<'a>,
    pub initiation_method: Raw<'a>,
    /// `INCOMING`, `CONNECTED`, `CONNECTED_ONHOLD`, `ENDED` and others.
    pub state: Raw<'a>,
    pub state_start_timestamp: Raw<'a>,
    pub connected_to_agent_timestamp: Raw<'a>,
    pub queue_timestamp: Raw<'a>,
    pub queue_arn: Raw<'a>,
    /// Null for an agent's own queue.
    pub queue_name: Raw<'a>,
}

/// A JSON text that does not show itself in a log.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Document<'a>(&'a str);

impl<'a> Document<'a> {
    /// The text.
    pub fn json(self) -> &'a str {
        self.0
    }
}

impl std::fmt::Debug for Document<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Document({} bytes)", self.0.len())
    }
}

impl<'a> AgentContact<'a> {
    /// Reads one contact of a snapshot; [`None`] if it is no object or names no contact.
    pub fn read(document: &'a str) -> Option<Self> {
        let mut contacts = Contacts::default();
        json::walk(document, &mut contacts).ok()?;
        contacts.finish(document)
    }

    /// The channel as contact records have it: this stream says `TASKS` where they say `TASK`.
    pub fn channel(&self) -> Option<String> {
        let channel = self.channel.text()?.to_ascii_uppercase();
        Some(if channel == "TASKS" { "TASK".to_owned() } else { channel })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contacts_read_as_far_as_they_can() {
        let event = AgentEvent::parse(
            r#"{"AgentARN":"a","EventType":"STATE_CHANGE","EventTimestamp":"2024-05-01T10:00:27.027Z",
            "PreviousAgentSnapshot":null,"CurrentAgentSnapshot":{"Configuration":{"Username":"ann"},
            "AgentStatus":{"Name":"Available"},"Contacts":[null,7,{"Channel":"VOICE"},
            {"ContactId":"c","Channel":"TASKS","State":"CONNECTED","Queue":{"ARN":"q","Name":null}}]}}"#,
        )
        .unwrap();
        assert_eq!(event.at(), Some("2024-05-01T10:00:27.027Z".parse().unwrap()));
        assert_eq!(event.previous().contacts().len(), 0);
        let current = event.current();
        assert_eq!(current.username.text().as_deref(), Some("ann"));
        assert_eq!(current.status_type.text(), None);
        let contacts = current.contacts();
        assert_eq!(contacts.len(), 1);
        assert_eq!(contacts[0].channel().as_deref(), Some("TASK"));
        assert_eq!(contacts[0].queue_arn.text().as_deref(), Some("q"));
        assert_eq!(contacts[0].queue_name.text(), None);
    }

    #[test]
    fn hierarchy_routing_profile_and_next_status_read_as_far_as_they_can() {
        let event = AgentEvent::parse(
            r#"{"AgentARN":"a","EventType":"HEART_BEAT","CurrentAgentSnapshot":{"NextAgentStatus":{"Name":"Lunch"},
            "Configuration":{"AgentHierarchyGroups":{"Level1":{"ARN":"g1","Name":"West"},"Level2":null,
            "Level3":{"ARN":"g3","Name":"Team 3"},"Level9":{"Name":"x"}},"RoutingProfile":{"ARN":"p","Name":"Basic",
            "InboundQueues":[{"ARN":"q/agent/a","Name":null},{"ARN":"q","Name":"Sales"},7]}}}}"#,
        )
        .unwrap();
        let current = event.current();
        assert_eq!(current.next_status_name.text().as_deref(), Some("Lunch"));
        let text = |raw: Raw<'_>| raw.text().map(std::borrow::Cow::into_owned);
        let groups: Vec<_> = current.hierarchy_groups().iter().map(|group| text(group.name)).collect();
        assert_eq!(groups, [Some("West".to_owned()), Some("Team 3".to_owned())]);
        let profile = current.routing_profile().unwrap();
        assert_eq!(text(profile.profile.name).as_deref(), Some("Basic"));
        let queues: Vec<_> = profile.inbound_queues.iter().map(|queue| text(queue.name)).collect();
        assert_eq!(queues, [None, Some("Sales".to_owned()), None]);
        assert!(Snapshot::default().routing_profile().is_none());
    }

    #[test]
    fn a_snapshot_of_a_wrong_type_is_empty() {
        for snapshot in ["null", r#""NA""#, "[]", r#"{"Contacts":{}}"#, r#"{"Contacts":null}"#] {
            let text =
                format!(r#"{{"AgentARN":"a","EventType":"LOGOUT","CurrentAgentSnapshot":{snapshot}}}"#);
            assert_eq!(AgentEvent::parse(&text).unwrap().current().contacts().len(), 0, "{snapshot}");
        }
    }

    #[test]
    fn what_is_no_agent_event_is_refused() {
        let verdict = |text| AgentEvent::parse(text).map(|_| ());
        assert_eq!(verdict("7"), Err(NotAnAgentEvent::NotAnObject));
        assert_eq!(verdict(r#"{"AgentARN":"a"}"#), Err(NotAnAgentEvent::Other));
        assert_eq!(verdict(r#"{"ContactId":"c","EventType":"QUEUED"}"#), Err(NotAnAgentEvent::Other));
    }
}
