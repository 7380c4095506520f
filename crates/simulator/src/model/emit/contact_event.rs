//! Contact events in EventBridge's envelope. The members of `detail` are in the order of real events: alphabetical.

use super::{
    contact_record::{Greeting, subtype, system_address},
    json::JsonBuffer,
};
use crate::{
    fixtures,
    model::{
        contact::Contact,
        directory::Directory,
        plan::FlowBlock,
        random::derived,
        step::ContactStep,
        terms::{Channel, ContactId, DialOutcome, InitiationMethod, QueueRef, RecordAddition},
        time::Millis,
    },
};
use switchboard_core::arn::last_segment;

/// Sets the ids of contact events apart from others.
const EVENT_ID: u64 = 0xce;
/// What was updated, as Connect names it.
const CONTACT_LENS: &str = "ContactLens.ConversationalAnalytics.Configuration";
const USER_DEFINED: &str = "UserDefinedAttributes";
/// What Contact Lens is set to for calls.
const CALL_ANALYTICS: &str = r#","contactLens":{"conversationalAnalytics":{"configuration":{"enabled":true,"channelConfiguration":{"analyticsModes":["PostContact"]},"languageLocale":"en-AU","redactionConfiguration":{"behavior":"Enable","policy":"RedactedAndOriginal","entities":["EMAIL"],"maskMode":"EntityType"}}}}"#;

/// Writes the event of a step into the buffer; false if the step has none.
pub(super) fn write(
    buffer: &mut JsonBuffer,
    (at, number): (Millis, u64),
    step: ContactStep,
    contact: &Contact,
    directory: &Directory,
) -> bool {
    let Some((event_type, updated)) = event_type(step, contact) else { return false };
    let id = ContactId((u128::from(derived(EVENT_ID, number)) << 64) | u128::from(derived(number, EVENT_ID)));
    buffer.0.clear();
    buffer.raw(r#"{"version":"0","id":"#).id(id);
    buffer.raw(r#","detail-type":"Amazon Connect Contact Event","source":"aws.connect","account":""#);
    buffer.raw(fixtures::ACCOUNT).raw(r#"","time":"#).second(at).raw(r#","region":""#);
    buffer.raw(fixtures::REGION_NAME).raw(r#"","resources":[""#).raw(fixtures::INSTANCE_ARN);
    buffer.raw(r#"",""#).raw(fixtures::INSTANCE_ARN).raw("/contact/").bare_id(contact.id);
    buffer.raw(r#""],"detail":{"#);
    detail(buffer, (event_type, updated), at, contact, directory);
    buffer.raw("}}");
    true
}

/// The type of a step's event, and what it says was updated.
fn event_type(step: ContactStep, contact: &Contact) -> Option<(&'static str, Option<&'static str>)> {
    let updated = match step {
        ContactStep::Flow(_, FlowBlock::SetRecording) if contact.channel == Channel::Voice => CONTACT_LENS,
        ContactStep::Flow(_, FlowBlock::SetAttribute(..)) => USER_DEFINED,
        ContactStep::Recorded if contact.additions.latest == Some(RecordAddition::Survey) => USER_DEFINED,
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

fn detail(
    buffer: &mut JsonBuffer,
    (event_type, updated): (&str, Option<&str>),
    at: Millis,
    contact: &Contact,
    directory: &Directory,
) {
    // A supervisor is connected at once, and it is told afterwards.
    let is_begun = event_type != "INITIATED";
    if is_begun {
        agent_info(buffer, contact, directory);
    }
    if let Some(outcome) = contact.dial_outcome.map(DialOutcome::name) {
        buffer.raw(r#""answeringMachineDetectionStatus":""#).raw(outcome).raw(r#"","#);
    }
    if contact.is_campaign {
        buffer.raw(r#""campaign":{"campaignId":""#).raw(fixtures::CAMPAIGN).raw(r#""},"#);
    }
    buffer.raw(r#""channel":""#).raw(contact.channel.name()).raw("\"");
    buffer.member_moment("connectedToSystemTimestamp", contact.connected_to_system.filter(|_| is_begun));
    buffer.raw(r#","contactId":"#).id(contact.id);
    if updated == Some(CONTACT_LENS) {
        buffer.raw(CALL_ANALYTICS);
    }
    if let Some(Greeting { start, end }) = Greeting::of(contact).filter(|greeting| greeting.end <= at) {
        buffer.raw(r#","customerVoiceActivity":{"greetingStartTimestamp":"#).moment(start);
        buffer.raw(r#","greetingEndTimestamp":"#).moment(end).raw("}");
    }
    if let Some(reason) = contact.reason {
        buffer.raw(r#","disconnectReason":""#).raw(reason).raw("\"");
    }
    buffer.member_moment("disconnectTimestamp", contact.disconnected);
    buffer.raw(r#","eventType":""#).raw(event_type).raw("\"");
    buffer.member_id("initialContactId", contact.initial);
    buffer.raw(r#","initiationMethod":""#).raw(contact.method.name());
    buffer.raw(r#"","initiationTimestamp":"#).moment(contact.initiated);
    buffer.raw(r#","instanceArn":""#).raw(fixtures::INSTANCE_ARN).raw("\"");
    buffer.member_id("previousContactId", contact.previous);
    let has_queue = contact.method != InitiationMethod::Outbound;
    if let Some((queue, enqueued)) = contact.queue.zip(contact.enqueued).filter(|_| has_queue) {
        let kind = if matches!(queue, QueueRef::Standard(_)) { "STANDARD" } else { "AGENT" };
        buffer.raw(r#","queueInfo":{"enqueueTimestamp":"#).moment(enqueued).raw(r#","queueArn":""#);
        buffer.raw(directory.queue_arn(queue)).raw(r#"","queueType":""#).raw(kind).raw(r#""}"#);
    }
    buffer.raw(r#","segmentAttributes":{"connect:Subtype":{"valueString":""#).raw(subtype(contact.channel));
    buffer.raw(r#""}},"tags":{"aws:connect:instanceId":""#).raw(last_segment(fixtures::INSTANCE_ARN));
    if let Some(address) = system_address(contact) {
        buffer.raw(r#"","aws:connect:systemEndpoint":""#).raw(address);
    }
    buffer.raw(r#""}"#);
    if let Some(property) = updated {
        buffer.raw(r#","updatedProperties":[""#).raw(property).raw(r#""]"#);
    }
}

/// Who has or had it, with a comma behind.
fn agent_info(buffer: &mut JsonBuffer, contact: &Contact, directory: &Directory) {
    let Some((agent, connected)) = contact.agent.zip(contact.connected) else { return };
    let Some(person) = directory.people.get(agent) else { return };
    let team = directory.teams.get(person.team).map_or("", |team| &team.arn);
    buffer.raw(r#""agentInfo":{"#);
    if let Some(((seconds, ended), left)) = contact.work_seconds().zip(contact.work_ended).zip(contact.left) {
        buffer.raw(r#""afterContactWorkDuration":"#).number(seconds);
        buffer.raw(r#","afterContactWorkEndTimestamp":"#).moment(ended);
        buffer.raw(r#","afterContactWorkStartTimestamp":"#).moment(left).raw(",");
    }
    buffer.raw(r#""agentArn":""#).raw(&person.arn).raw("\"");
    if contact.left.is_some() && contact.channel == Channel::Voice {
        buffer.raw(r#","agentInitiatedHoldDuration":"#).number(contact.holds.seconds);
    }
    buffer.raw(r#","connectedToAgentTimestamp":"#).moment(connected);
    buffer.raw(r#","hierarchyGroups":{"level1":{"arn":""#).raw(fixtures::INSTANCE_ARN).raw("/agent-group/");
    buffer.raw(fixtures::REGION.id).raw(r#""},"level2":{"arn":""#).raw(team).raw(r#""}}},"#);
}
