//! `DescribeContact`, and a contact as a search tells it.

use serde_json::{Map, Value, json};
use switchboard_core::arn::last_segment;

use super::{Answer, epoch};
use crate::{
    connect_api::{error::ApiError, live::LiveCentre},
    fixtures,
    model::{Channel, Contact, Millis, emit},
};

/// All that is known of a contact, as far as it has come.
pub(super) fn answer(centre: &LiveCentre, id: &str) -> Result<Answer, ApiError> {
    let (contact, ring_start) = centre.contact(id).ok_or_else(|| ApiError::not_found("contact"))?;
    Ok(Answer::single("Contact", described(centre, contact, ring_start)))
}

/// A contact as a search tells it. It has no end before after-contact work is over.
pub(super) fn summary(centre: &LiveCentre, contact: &Contact) -> Value {
    let mut members = common(contact);
    enter(&mut members, "QueueInfo", queue_info(centre, contact));
    enter(
        &mut members,
        "AgentInfo",
        agent(centre, contact)
            .map(|id| json!({ "Id": id, "ConnectedToAgentTimestamp": contact.connected.map(epoch) })),
    );
    let ended = contact.disconnected.filter(|_| contact.is_completed());
    enter(&mut members, "DisconnectTimestamp", ended.map(epoch));
    Value::Object(members)
}

/// What both tell.
fn common(contact: &Contact) -> Map<String, Value> {
    let mut members = Map::new();
    let id = contact.id.to_string();
    enter(&mut members, "Arn", Some(fixtures::arn("contact", &id)));
    enter(&mut members, "InitialContactId", contact.initial.map(|id| id.to_string()));
    enter(&mut members, "PreviousContactId", contact.previous.map(|id| id.to_string()));
    enter(&mut members, "InitiationMethod", Some(contact.method.name()));
    enter(&mut members, "Channel", Some(contact.channel.name()));
    enter(&mut members, "InitiationTimestamp", Some(epoch(contact.initiated)));
    enter(&mut members, "Name", (contact.channel == Channel::Task).then_some("Call back"));
    enter(&mut members, "Id", Some(id));
    members
}

fn described(centre: &LiveCentre, contact: &Contact, ring_start: Option<Millis>) -> Value {
    let mut members = common(contact);
    let is_task = contact.channel == Channel::Task;
    let initial = contact.initial.unwrap_or(contact.id).to_string();
    enter(&mut members, "ContactAssociationId", Some(initial));
    enter(&mut members, "Description", is_task.then_some("Call the customer back about the order"));
    enter(&mut members, "QueueInfo", queue_info(centre, contact));
    enter(&mut members, "AgentInfo", agent_info(centre, contact));
    for (name, at) in [
        ("ConnectedToSystemTimestamp", contact.connected_to_system),
        ("DisconnectTimestamp", contact.disconnected),
        ("LastPausedTimestamp", contact.pauses.paused),
        ("LastResumedTimestamp", contact.pauses.resumed),
        ("LastUpdateTimestamp", contact.last_update.or_else(|| latest(contact))),
        ("RingStartTimestamp", ring_start),
    ] {
        enter(&mut members, name, at.map(epoch));
    }
    enter(&mut members, "TotalPauseCount", is_task.then_some(contact.pauses.count));
    enter(&mut members, "TotalPauseDurationInSeconds", is_task.then_some(contact.pauses.seconds));
    enter(&mut members, "DisconnectReason", contact.reason);
    let campaign = contact.is_campaign.then(|| json!({ "CampaignId": fixtures::CAMPAIGN }));
    enter(&mut members, "Campaign", campaign);
    let attributes: Map<_, _> =
        contact.attributes.iter().map(|(key, value)| ((*key).to_owned(), (*value).into())).collect();
    enter(&mut members, "Attributes", Some(attributes));
    members.extend(emit::members_of_both(contact));
    let mut described = Value::Object(members);
    remove_nulls(&mut described);
    described
}

fn queue_info(centre: &LiveCentre, contact: &Contact) -> Option<Value> {
    let (queue, enqueued) = (contact.queue?, contact.enqueued?);
    let id = last_segment(centre.directory().queue_arn(queue));
    Some(json!({ "Id": id, "EnqueueTimestamp": epoch(enqueued) }))
}

/// The id of the agent who is or was connected.
fn agent<'a>(centre: &'a LiveCentre, contact: &Contact) -> Option<&'a str> {
    contact.connected?;
    centre.directory().people.get(contact.agent?).map(|person| person.id.as_str())
}

fn agent_info(centre: &LiveCentre, contact: &Contact) -> Option<Value> {
    let id = agent(centre, contact)?;
    let directory = centre.directory();
    let team = directory.people.get(contact.agent?).and_then(|person| directory.teams.get(person.team));
    Some(json!({
        "Id": id,
        "AcceptedByAgentTimestamp": contact.accepted.or(contact.connected).map(epoch),
        "ConnectedToAgentTimestamp": contact.connected.map(epoch),
        "AgentPauseDurationInSeconds": contact.pauses.seconds,
        "HierarchyGroups": {
            "Level1": { "Arn": fixtures::arn("agent-group", fixtures::REGION.id) },
            "Level2": team.map(|team| json!({ "Arn": team.arn })),
        },
        "AfterContactWorkDuration": contact.work_seconds(),
        "AfterContactWorkStartTimestamp": contact.left.map(epoch),
        "AfterContactWorkEndTimestamp": contact.work_ended.map(epoch),
        "AgentInitiatedHoldDuration": contact.holds.seconds,
    }))
}

/// The last thing that happened to it.
fn latest(contact: &Contact) -> Option<Millis> {
    let moments = [
        Some(contact.initiated),
        contact.connected_to_system,
        contact.enqueued,
        contact.dequeued,
        contact.accepted,
        contact.connected,
        contact.pauses.paused,
        contact.pauses.resumed,
        contact.left,
        contact.disconnected,
        contact.work_ended,
    ];
    moments.into_iter().flatten().max()
}

fn enter(members: &mut Map<String, Value>, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        members.insert(name.to_owned(), value.into());
    }
}

/// Connect leaves out what there is not.
fn remove_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, value| !value.is_null());
            members.values_mut().for_each(remove_nulls);
        }
        Value::Array(values) => values.iter_mut().for_each(remove_nulls),
        _ => {}
    }
}
