//! Contact events in EventBridge's envelope. The members of `detail` are in the order of real events: alphabetical.

use serde::Serialize;
use switchboard_core::arn::last_segment;

use super::contact_record::{Greeting, subtype, system_address};
use crate::{
    fixtures,
    model::{
        contact::Contact,
        directory::Directory,
        iso::{IsoMillis, IsoSeconds},
        plan::FlowBlock,
        random::derived,
        step::ContactStep,
        terms::{Channel, ContactId, DialOutcome, InitiationMethod, QueueRef},
        time::Millis,
    },
};

/// Sets the ids of contact events apart from others.
const EVENT_ID: u64 = 0xce;
/// What was updated, as Connect names it.
const CONTACT_LENS: &str = "ContactLens.ConversationalAnalytics.Configuration";
const USER_DEFINED: &str = "UserDefinedAttributes";

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Envelope<'a> {
    version: &'static str,
    id: ContactId,
    detail_type: &'static str,
    source: &'static str,
    account: &'static str,
    time: IsoSeconds,
    region: &'static str,
    resources: [&'a str; 2],
    detail: Detail<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Detail<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_info: Option<AgentInfo<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answering_machine_detection_status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    campaign: Option<Campaign>,
    channel: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    connected_to_system_timestamp: Option<IsoMillis>,
    contact_id: ContactId,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_lens: Option<ContactLens>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_voice_activity: Option<VoiceActivity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disconnect_reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disconnect_timestamp: Option<IsoMillis>,
    event_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    initial_contact_id: Option<ContactId>,
    initiation_method: &'static str,
    initiation_timestamp: IsoMillis,
    instance_arn: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_contact_id: Option<ContactId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    queue_info: Option<QueueInfo<'a>>,
    segment_attributes: SegmentAttributes,
    tags: Tags,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_properties: Option<[&'static str; 1]>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AgentInfo<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    after_contact_work_duration: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_contact_work_end_timestamp: Option<IsoMillis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_contact_work_start_timestamp: Option<IsoMillis>,
    agent_arn: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_initiated_hold_duration: Option<i64>,
    connected_to_agent_timestamp: IsoMillis,
    hierarchy_groups: HierarchyGroups<'a>,
}

#[derive(Serialize)]
struct HierarchyGroups<'a> {
    level1: Group<'a>,
    level2: Group<'a>,
}

#[derive(Serialize)]
struct Group<'a> {
    arn: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Campaign {
    campaign_id: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct QueueInfo<'a> {
    enqueue_timestamp: IsoMillis,
    queue_arn: &'a str,
    queue_type: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ContactLens {
    conversational_analytics: ConversationalAnalytics,
}

#[derive(Serialize)]
struct ConversationalAnalytics {
    configuration: AnalyticsConfiguration,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AnalyticsConfiguration {
    enabled: bool,
    channel_configuration: AnalyticsChannel,
    language_locale: &'static str,
    redaction_configuration: Redaction,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AnalyticsChannel {
    analytics_modes: [&'static str; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Redaction {
    behavior: &'static str,
    policy: &'static str,
    entities: [&'static str; 1],
    mask_mode: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VoiceActivity {
    greeting_start_timestamp: IsoMillis,
    greeting_end_timestamp: IsoMillis,
}

#[derive(Serialize)]
struct SegmentAttributes {
    #[serde(rename = "connect:Subtype")]
    subtype: SegmentAttribute,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SegmentAttribute {
    value_string: &'static str,
}

#[derive(Serialize)]
struct Tags {
    #[serde(rename = "aws:connect:instanceId")]
    instance_id: &'static str,
    #[serde(rename = "aws:connect:systemEndpoint", skip_serializing_if = "Option::is_none")]
    system_endpoint: Option<&'static str>,
}

/// What Contact Lens is set to for calls.
const CALL_ANALYTICS: ContactLens = ContactLens {
    conversational_analytics: ConversationalAnalytics {
        configuration: AnalyticsConfiguration {
            enabled: true,
            channel_configuration: AnalyticsChannel { analytics_modes: ["PostContact"] },
            language_locale: "en-AU",
            redaction_configuration: Redaction {
                behavior: "Enable",
                policy: "RedactedAndOriginal",
                entities: ["EMAIL"],
                mask_mode: "EntityType",
            },
        },
    },
};

/// Writes the event of a step into the buffer; false if the step has none.
pub(super) fn write(
    buffer: &mut Vec<u8>,
    (at, number): (Millis, u64),
    step: ContactStep,
    contact: &Contact,
    directory: &Directory,
) -> bool {
    let Some((event_type, updated)) = event_type(step, contact) else { return false };
    let contact_arn = format!("{}/contact/{}", fixtures::INSTANCE_ARN, contact.id);
    let region_group = fixtures::arn("agent-group", fixtures::REGION.id);
    let envelope = Envelope {
        version: "0",
        id: ContactId((u128::from(derived(EVENT_ID, number)) << 64) | u128::from(derived(number, EVENT_ID))),
        detail_type: "Amazon Connect Contact Event",
        source: "aws.connect",
        account: fixtures::ACCOUNT,
        time: IsoSeconds(at),
        region: fixtures::REGION_NAME,
        resources: [fixtures::INSTANCE_ARN, &contact_arn],
        detail: detail((event_type, updated), at, contact, directory, &region_group),
    };
    buffer.clear();
    serde_json::to_writer(buffer, &envelope).is_ok()
}

/// The type of a step's event, and what it says was updated.
fn event_type(step: ContactStep, contact: &Contact) -> Option<(&'static str, Option<&'static str>)> {
    let updated = match step {
        ContactStep::Flow(_, FlowBlock::SetRecording) if contact.channel == Channel::Voice => CONTACT_LENS,
        ContactStep::Flow(_, FlowBlock::SetAttribute(..)) => USER_DEFINED,
        ContactStep::Recorded if contact.is_surveyed() => USER_DEFINED,
        // Connect tells it of calls that it makes, of chats and of tasks.
        ContactStep::ConnectedToSystem if !tells_connection(contact) => return None,
        _ => return Some((lifecycle_type(step)?, None)),
    };
    Some(("CONTACT_DATA_UPDATED", Some(updated)))
}

fn tells_connection(contact: &Contact) -> bool {
    use InitiationMethod::{Api, Callback, ExternalOutbound, Outbound};
    match contact.channel {
        Channel::Chat | Channel::Task => true,
        Channel::Email => false,
        Channel::Voice => matches!(contact.method, Outbound | Callback | Api | ExternalOutbound),
    }
}

fn lifecycle_type(step: ContactStep) -> Option<&'static str> {
    Some(match step {
        ContactStep::Initiated => "INITIATED",
        ContactStep::ConnectedToSystem => "CONNECTED_TO_SYSTEM",
        ContactStep::Queued => "QUEUED",
        ContactStep::Connected => "CONNECTED_TO_AGENT",
        ContactStep::Paused => "PAUSED",
        ContactStep::Resumed => "RESUMED",
        ContactStep::Disconnected => "DISCONNECTED",
        ContactStep::Completed => "COMPLETED",
        _ => return None,
    })
}

fn detail<'a>(
    (event_type, updated): (&'static str, Option<&'static str>),
    at: Millis,
    contact: &Contact,
    directory: &'a Directory,
    region_group: &'a str,
) -> Detail<'a> {
    let has_queue = contact.method != InitiationMethod::Outbound;
    let queue = contact.queue.zip(contact.enqueued).filter(|_| has_queue);
    // A supervisor is connected at once, and it is told afterwards.
    let is_begun = event_type != "INITIATED";
    Detail {
        agent_info: agent_info(contact, directory, region_group).filter(|_| is_begun),
        answering_machine_detection_status: contact.dial_outcome.map(DialOutcome::name),
        campaign: contact.is_campaign.then_some(Campaign { campaign_id: fixtures::CAMPAIGN }),
        channel: contact.channel.name(),
        connected_to_system_timestamp: contact.connected_to_system.filter(|_| is_begun).map(IsoMillis),
        contact_id: contact.id,
        contact_lens: (updated == Some(CONTACT_LENS)).then_some(CALL_ANALYTICS),
        customer_voice_activity: Greeting::of(contact).filter(|greeting| greeting.end <= at).map(
            |Greeting { start, end }| VoiceActivity {
                greeting_start_timestamp: IsoMillis(start),
                greeting_end_timestamp: IsoMillis(end),
            },
        ),
        disconnect_reason: contact.reason,
        disconnect_timestamp: contact.disconnected.map(IsoMillis),
        event_type,
        initial_contact_id: contact.initial,
        initiation_method: contact.method.name(),
        initiation_timestamp: IsoMillis(contact.initiated),
        instance_arn: fixtures::INSTANCE_ARN,
        previous_contact_id: contact.previous,
        queue_info: queue.map(|(queue, enqueued)| QueueInfo {
            enqueue_timestamp: IsoMillis(enqueued),
            queue_arn: directory.queue_arn(queue),
            queue_type: if matches!(queue, QueueRef::Standard(_)) { "STANDARD" } else { "AGENT" },
        }),
        segment_attributes: SegmentAttributes {
            subtype: SegmentAttribute { value_string: subtype(contact.channel) },
        },
        tags: Tags {
            instance_id: last_segment(fixtures::INSTANCE_ARN),
            system_endpoint: system_address(contact),
        },
        updated_properties: updated.map(|property| [property]),
    }
}

fn agent_info<'a>(
    contact: &Contact,
    directory: &'a Directory,
    region_group: &'a str,
) -> Option<AgentInfo<'a>> {
    let (agent, connected) = contact.agent.zip(contact.connected)?;
    let person = directory.people.get(agent)?;
    let team = directory.teams.get(person.team).map_or("", |team| &team.arn);
    let has_left = contact.left.is_some() && contact.channel == Channel::Voice;
    Some(AgentInfo {
        after_contact_work_duration: contact.work_seconds(),
        after_contact_work_end_timestamp: contact.work_ended.map(IsoMillis),
        after_contact_work_start_timestamp: contact.work_ended.and(contact.left).map(IsoMillis),
        agent_arn: &person.arn,
        agent_initiated_hold_duration: has_left.then_some(contact.holds.seconds),
        connected_to_agent_timestamp: IsoMillis(connected),
        hierarchy_groups: HierarchyGroups {
            level1: Group { arn: region_group },
            level2: Group { arn: team },
        },
    })
}
