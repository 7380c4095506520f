//! Agent events. Members are in the order of real events: alphabetical, but for the snapshot's and the next status's.

use super::json::JsonBuffer;
use crate::{
    fixtures,
    model::{
        agent::{Agent, ContactState, HeldContact},
        directory::{Directory, Person, Profile, RoutingEntry},
        random::derived,
        step::AgentStep,
        terms::{Channel, ContactId, InitiationMethod, QueueRef},
        time::Millis,
    },
};

/// Sets the ids of agent events apart from others.
const EVENT_ID: u64 = 0xae;

/// The channels that customers come through, and the one that agents call them through.
const INBOUND: &str = r#""VOICE","CHAT","TASKS","EMAIL""#;
const OUTBOUND: &str = r#""VOICE""#;

/// Writes agent events. Keeps the last snapshot, which is the next event's previous one, of each agent who has a next event
/// before logging on again: memory follows who is there, not who ever was.
#[derive(Debug, Default)]
pub(super) struct AgentEvents {
    previous: Vec<Vec<u8>>,
    /// The queues of each routing profile, as JSON; empty until they are needed.
    queues: Vec<Vec<u8>>,
    buffer: JsonBuffer,
}

impl AgentEvents {
    /// The queues' names have changed.
    pub(super) fn forget_queues(&mut self) {
        self.queues.clear();
    }

    /// How many snapshots are kept.
    pub(super) fn snapshots_in_memory(&self) -> usize {
        self.previous.iter().filter(|snapshot| !snapshot.is_empty()).count()
    }

    /// The event of a step; a bare one has no current snapshot, though the next has it as its previous one.
    pub(super) fn write(
        &mut self,
        (at, number): (Millis, u64),
        (step, is_bare): (AgentStep, bool),
        agent: &Agent,
        directory: &Directory,
    ) -> &[u8] {
        if self.previous.len() <= agent.index {
            self.previous.resize(agent.index + 1, Vec::new());
        }
        let (Some(person), Some(profile)) =
            (directory.people.get(agent.index), directory.profiles.get(agent.profile))
        else {
            return &[];
        };
        let (event_type, is_first) = match step {
            AgentStep::LoggedOn => ("LOGIN", true),
            AgentStep::LoggedOff => ("LOGOUT", true),
            AgentStep::Heartbeat => ("HEART_BEAT", false),
            _ => ("STATE_CHANGE", false),
        };
        let queues = self.queues_of(agent.profile, profile, directory);
        let buffer = &mut self.buffer;
        buffer.0.clear();
        buffer.raw(r#"{"AWSAccountId":""#).raw(fixtures::ACCOUNT);
        buffer.raw(r#"","AgentARN":""#).raw(&person.arn).raw(r#"","CurrentAgentSnapshot":"#);
        let begin = buffer.0.len();
        match self.previous.get_mut(agent.index) {
            Some(previous) if is_bare => {
                let mut current = JsonBuffer(std::mem::take(previous));
                current.0.clear();
                snapshot(&mut current, agent, (person, profile), &queues, directory);
                *previous = current.0;
                _ = buffer.raw("null");
            }
            // A heartbeat tells nothing new, whatever was renamed.
            Some(previous) if step == AgentStep::Heartbeat && !previous.is_empty() => {
                _ = buffer.bytes(previous);
            }
            _ => snapshot(buffer, agent, (person, profile), &queues, directory),
        }
        let end = buffer.0.len();
        let id =
            ContactId((u128::from(derived(EVENT_ID, number)) << 64) | u128::from(derived(number, EVENT_ID)));
        buffer.raw(r#","EventId":"#).id(id).raw(r#","EventTimestamp":"#).moment(at);
        buffer.raw(r#","EventType":""#).raw(event_type);
        buffer.raw(r#"","InstanceARN":""#).raw(fixtures::INSTANCE_ARN).raw(r#"","PreviousAgentSnapshot":"#);
        match self.previous.get(agent.index).filter(|previous| !is_first && !previous.is_empty()) {
            Some(previous) => buffer.bytes(previous),
            None => buffer.raw("null"),
        };
        buffer.raw(r#","Version":"2019-05-25"}"#);
        if let (Some(previous), Some(current), false) =
            (self.previous.get_mut(agent.index), buffer.0.get(begin..end), is_bare)
        {
            if agent.has_next_event() {
                previous.clear();
                previous.extend_from_slice(current);
            } else {
                *previous = Vec::new();
            }
        }
        if let Some(place) = self.queues.get_mut(agent.profile) {
            *place = queues;
        }
        &self.buffer.0
    }

    /// The queues that a profile's agents serve, which are the same for all of them. To be put back.
    fn queues_of(&mut self, at: usize, profile: &Profile, directory: &Directory) -> Vec<u8> {
        if self.queues.len() <= at {
            self.queues.resize(at + 1, Vec::new());
        }
        let held = self.queues.get_mut(at).map(std::mem::take).unwrap_or_default();
        if !held.is_empty() {
            return held;
        }
        let mut buffer = JsonBuffer::default();
        let queues = &directory.queues;
        let is_there =
            |entry: &&RoutingEntry| queues.get(entry.queue).is_some_and(|queue| queue.deleted.is_none());
        for entry in profile.entries.iter().filter(is_there) {
            buffer.raw(",");
            profile_queue(&mut buffer, entry, INBOUND, directory);
        }
        buffer.raw(" ");
        buffer.0
    }
}

fn profile_queue(buffer: &mut JsonBuffer, entry: &RoutingEntry, channels: &str, directory: &Directory) {
    let Some(queue) = directory.queues.get(entry.queue) else { return };
    buffer.raw(r#"{"ARN":""#).raw(&queue.arn).raw(r#"","Channels":["#).raw(channels);
    buffer.raw(r#"],"Name":"#).string(&queue.name).raw("}");
}

fn snapshot(
    buffer: &mut JsonBuffer,
    agent: &Agent,
    (person, profile): (&Person, &Profile),
    queues: &[u8],
    directory: &Directory,
) {
    let status = directory.status(agent.status);
    buffer.raw(r#"{"AgentStatus":{"ARN":""#).raw(&status.arn).raw(r#"","Name":"#).string(&status.name);
    buffer.raw(r#","StartTimestamp":"#).moment(agent.since);
    buffer.raw(r#","Type":""#).raw(status.kind).raw(r#""},"NextAgentStatus":"#);
    match agent.next {
        Some((next, chosen)) => {
            let next = directory.status(next);
            buffer.raw(r#"{"Name":"#).string(&next.name).raw(r#","ARN":""#).raw(&next.arn);
            buffer.raw(r#"","EnqueuedTimestamp":"#).moment(chosen).raw("}");
        }
        None => _ = buffer.raw("null"),
    }
    let team = directory.teams.get(person.team);
    buffer.raw(r#","Configuration":{"AgentHierarchyGroups":{"Level1":{"ARN":""#).raw(fixtures::INSTANCE_ARN);
    buffer.raw("/agent-group/").raw(fixtures::REGION.id).raw(r#"","Name":"#).string(fixtures::REGION.name);
    buffer.raw(r#"},"Level2":{"ARN":""#).raw(team.map_or("", |team| &team.arn));
    buffer.raw(r#"","Name":"#).string(team.map_or("", |team| &team.name));
    buffer.raw(r#"},"Level3":null,"Level4":null,"Level5":null},"FirstName":"#).string(&person.first_name);
    buffer.raw(r#","LastName":"#).string(&person.last_name);
    buffer.raw(r#","Proficiencies":[{"Name":"Language","Value":"en","ProficiencyLevel":4.0}]"#);
    buffer.raw(r#","RoutingProfile":{"ARN":""#).raw(&profile.arn).raw(r#"","Concurrency":["#);
    for (place, (channel, slots)) in Channel::ALL.into_iter().zip(profile.slots).enumerate() {
        let occupies = |held: &&HeldContact| held.channel == channel && held.state != ContactState::Paused;
        let taken = agent.held.iter().filter(occupies).count();
        buffer.raw(if place == 0 { r#"{"AvailableSlots":"# } else { r#",{"AvailableSlots":"# });
        buffer.number(slots.saturating_sub(taken)).raw(r#","Channel":""#).raw(name_of(channel));
        buffer.raw(r#"","MaximumSlots":"#).number(slots).raw("}");
    }
    buffer.raw(r#"],"DefaultOutboundQueue":"#);
    match profile.entries.first() {
        Some(entry) => profile_queue(buffer, entry, OUTBOUND, directory),
        None => _ = buffer.raw("null"),
    }
    buffer.raw(r#","InboundQueues":[{"ARN":""#).raw(&person.own_queue_arn);
    buffer.raw(r#"","Channels":["VOICE","TASKS"],"Name":null}"#).bytes(queues.trim_ascii_end());
    buffer.raw(r#"],"Name":"#).string(&profile.name).raw(r#"},"Username":"#).string(&person.username);
    buffer.raw(r#"},"Contacts":["#);
    for (place, held) in agent.held.iter().enumerate() {
        buffer.raw(if place == 0 { "" } else { "," });
        contact(buffer, held, (person, profile), directory);
    }
    buffer.raw("]}");
}

fn contact(
    buffer: &mut JsonBuffer,
    held: &HeldContact,
    (person, profile): (&Person, &Profile),
    directory: &Directory,
) {
    buffer.raw(r#"{"Channel":""#).raw(name_of(held.channel)).raw(r#"","ConnectedToAgentTimestamp":"#);
    buffer.maybe_moment(held.connected).raw(r#","ContactId":"#).id(held.id).raw(r#","InitialContactId":"#);
    match held.initial {
        Some(initial) => buffer.id(initial),
        None => buffer.raw("null"),
    };
    buffer.raw(r#","InitiationMethod":""#).raw(held.method.name()).raw(r#"","Queue":{"ARN":""#);
    // A call that the agent dialled is of the queue that the profile has for it.
    let outbound = || profile.entries.first().map(|entry| QueueRef::Standard(entry.queue));
    let dialled = if held.method == InitiationMethod::Outbound { outbound() } else { None };
    let queue = held.queue.or(dialled);
    buffer.raw(queue.map_or(&person.own_queue_arn, |queue| directory.queue_arn(queue))).raw(r#"","Name":"#);
    match queue.and_then(|queue| directory.queue(queue)) {
        Some(queue) => buffer.string(&queue.name),
        None => buffer.raw("null"),
    };
    buffer.raw(r#"},"QueueTimestamp":"#).maybe_moment(held.enqueued);
    buffer.raw(r#","State":""#).raw(held.state.name());
    buffer.raw(r#"","StateStartTimestamp":"#).moment(held.since).raw("}");
}

/// A channel as this stream calls it.
fn name_of(channel: Channel) -> &'static str {
    match channel {
        Channel::Task => "TASKS",
        _ => channel.name(),
    }
}
