//! The agent event as Connect writes it. Members are in the order of real events: alphabetical, but for
//! the snapshot's and the next status's.

use jiff::Timestamp;
use serde::Serialize;

use super::{
    roster::Person,
    snapshot::{AgentSnapshotState, Channel, SnapshotContact, Status},
};
use crate::fixtures::{self, Group, Profile, Queue};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the fields carry Connect's own names")]
pub(super) struct Event<'a> {
    #[serde(rename = "AWSAccountId")]
    account_id: &'static str,
    #[serde(rename = "AgentARN")]
    agent_arn: &'a str,
    current_agent_snapshot: Option<Snapshot<'a>>,
    event_id: String,
    event_timestamp: String,
    event_type: &'static str,
    #[serde(rename = "InstanceARN")]
    instance_arn: &'static str,
    previous_agent_snapshot: Option<Snapshot<'a>>,
    version: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Snapshot<'a> {
    agent_status: AgentStatus,
    next_agent_status: Option<NextStatus>,
    configuration: Configuration<'a>,
    contacts: Vec<Contact<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AgentStatus {
    #[serde(rename = "ARN")]
    arn: String,
    name: &'static str,
    start_timestamp: String,
    r#type: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct NextStatus {
    name: &'static str,
    #[serde(rename = "ARN")]
    arn: String,
    enqueued_timestamp: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Configuration<'a> {
    agent_hierarchy_groups: Groups,
    first_name: &'static str,
    last_name: &'static str,
    proficiencies: [Proficiency; 1],
    routing_profile: RoutingProfile<'a>,
    username: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Groups {
    level1: Named<'static>,
    level2: Named<'static>,
    level3: Option<()>,
    level4: Option<()>,
    level5: Option<()>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Named<'a> {
    #[serde(rename = "ARN")]
    arn: std::borrow::Cow<'a, str>,
    name: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the fields carry Connect's own names")]
struct Proficiency {
    name: &'static str,
    value: &'static str,
    proficiency_level: f32,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RoutingProfile<'a> {
    #[serde(rename = "ARN")]
    arn: String,
    concurrency: [Concurrency; 3],
    default_outbound_queue: InboundQueue<'a>,
    inbound_queues: Vec<InboundQueue<'a>>,
    name: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Concurrency {
    available_slots: usize,
    channel: &'static str,
    maximum_slots: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct InboundQueue<'a> {
    #[serde(rename = "ARN")]
    arn: std::borrow::Cow<'a, str>,
    channels: Vec<&'static str>,
    name: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the fields carry Connect's own names")]
struct Contact<'a> {
    channel: &'static str,
    connected_to_agent_timestamp: Option<String>,
    contact_id: &'a str,
    initial_contact_id: Option<()>,
    initiation_method: &'static str,
    queue: Named<'a>,
    queue_timestamp: Option<String>,
    state: &'static str,
    state_start_timestamp: String,
}

impl<'a> Event<'a> {
    pub(super) fn new(
        kind: &'static str,
        event_id: String,
        at_ms: i64,
        person: &'a Person,
        current: Option<&'a AgentSnapshotState>,
        previous: Option<&'a AgentSnapshotState>,
    ) -> Self {
        let snapshot = |state: &'a AgentSnapshotState| Snapshot::of(person, state);
        Self {
            account_id: fixtures::ACCOUNT,
            agent_arn: &person.arn,
            current_agent_snapshot: current.map(snapshot),
            event_id,
            event_timestamp: text(at_ms),
            event_type: kind,
            instance_arn: fixtures::INSTANCE_ARN,
            previous_agent_snapshot: previous.map(snapshot),
            version: "2019-05-25",
        }
    }
}

impl<'a> Snapshot<'a> {
    fn of(person: &'a Person, state: &'a AgentSnapshotState) -> Self {
        Self {
            agent_status: AgentStatus {
                arn: status_arn(state.status),
                name: state.status.name,
                start_timestamp: text(state.since_ms),
                r#type: state.status.kind,
            },
            next_agent_status: state.next.map(|(status, at_ms)| NextStatus {
                name: status.name,
                arn: status_arn(status),
                enqueued_timestamp: text(at_ms),
            }),
            configuration: Configuration {
                agent_hierarchy_groups: Groups {
                    level1: Named::group(&fixtures::REGION),
                    level2: Named::group(person.team),
                    level3: None,
                    level4: None,
                    level5: None,
                },
                first_name: person.first_name,
                last_name: person.last_name,
                proficiencies: [Proficiency { name: "Language", value: "en", proficiency_level: 4.5 }],
                routing_profile: RoutingProfile::of(person, state),
                username: &person.username,
            },
            contacts: state.contacts.iter().map(|held| Contact::of(person, held)).collect(),
        }
    }
}

impl<'a> RoutingProfile<'a> {
    fn of(person: &'a Person, state: &AgentSnapshotState) -> Self {
        let queues: &[&Queue] = if state.profile == &fixtures::CENTRE {
            &[&fixtures::SALES, &fixtures::SUPPORT, &fixtures::MEMBERS]
        } else {
            &[&fixtures::SALES]
        };
        let inbound = |queue: &&Queue| InboundQueue {
            arn: fixtures::arn("queue", queue.id).into(),
            channels: Channel::ALL.map(Channel::name).into(),
            name: Some(queue.name),
        };
        let own = InboundQueue {
            arn: (&*person.own_queue_arn).into(),
            channels: vec!["VOICE", "TASKS"],
            name: None,
        };
        Self {
            arn: profile_arn(state.profile),
            concurrency: Channel::ALL.map(|channel| {
                let taken = state.contacts.iter().filter(|held| held.channel == channel).count();
                Concurrency {
                    available_slots: channel.slots().saturating_sub(taken),
                    channel: channel.name(),
                    maximum_slots: channel.slots(),
                }
            }),
            default_outbound_queue: inbound(&&fixtures::SALES),
            inbound_queues: std::iter::once(own).chain(queues.iter().map(inbound)).collect(),
            name: state.profile.name,
        }
    }
}

impl<'a> Contact<'a> {
    fn of(person: &'a Person, held: &'a SnapshotContact) -> Self {
        Self {
            channel: held.channel.name(),
            connected_to_agent_timestamp: held.connected_ms.map(text),
            contact_id: &held.id,
            initial_contact_id: None,
            initiation_method: held.method,
            queue: match held.queue {
                Some(queue) => Named { arn: fixtures::arn("queue", queue.id).into(), name: Some(queue.name) },
                None => Named { arn: (&*person.own_queue_arn).into(), name: None },
            },
            queue_timestamp: held.queued_ms.map(text),
            state: held.state,
            state_start_timestamp: text(held.since_ms),
        }
    }
}

impl Named<'static> {
    fn group(group: &'static Group) -> Self {
        Self { arn: fixtures::arn("agent-group", group.id).into(), name: Some(group.name) }
    }
}

fn status_arn(status: &Status) -> String {
    fixtures::arn("agent-state", status.id)
}

fn profile_arn(profile: &Profile) -> String {
    fixtures::arn("routing-profile", profile.id)
}

/// A moment with milliseconds, all three digits of them.
fn text(ms: i64) -> String {
    moment(ms).strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// A moment from milliseconds since 1970; 1970 itself where jiff's calendar ends.
pub(super) fn moment(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or_default()
}
