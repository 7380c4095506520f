//! `GetCurrentUserData`.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use switchboard_core::arn::last_segment;

use super::{Answer, Rows, epoch, filters::places};
use crate::{
    connect_api::{
        error::ApiError,
        live::{LiveCentre, ResourceKind, active_slots, available_slots, is_online},
    },
    model::{Channel, ContactState, HeldContact},
};

/// The body.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    filters: Filters,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Filters {
    queues: Vec<String>,
    routing_profiles: Vec<String>,
    agents: Vec<String>,
    user_hierarchy_groups: Vec<String>,
    contact_filter: Option<ContactFilter>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ContactFilter {
    contact_states: Vec<String>,
}

const STATES: [&str; 9] = [
    "INCOMING",
    "PENDING",
    "CONNECTING",
    "CONNECTED",
    "CONNECTED_ONHOLD",
    "MISSED",
    "ERROR",
    "ENDED",
    "REJECTED",
];

/// How the agents stand who are not offline.
pub(super) fn answer(centre: &LiveCentre, input: &Input) -> Result<Answer, ApiError> {
    let states = input.filters.contact_filter.as_ref().map(|filter| filter.contact_states.as_slice());
    let states = states.unwrap_or_default();
    if states.len() > STATES.len() || states.iter().any(|state| !STATES.contains(&state.as_str())) {
        return Err(ApiError::parameter("ContactStates has more than 9 values, or one that doesn't exist"));
    }
    let users = input.filters.users(centre)?;
    let rows = users.into_iter().filter_map(|user| row(centre, user));
    let rows = rows.filter(|row| states.is_empty() || has_state(row, states)).collect();
    Ok(Answer::counted("UserDataList", Rows::Made(rows), "ApproximateTotalCount"))
}

fn has_state(row: &Value, states: &[String]) -> bool {
    let contacts = row.get("Contacts").and_then(Value::as_array).into_iter().flatten();
    let mut of_contacts = contacts.filter_map(|contact| contact.get("AgentContactState")?.as_str());
    of_contacts.any(|state| states.iter().any(|wanted| wanted == state))
}

impl Filters {
    fn users(&self, centre: &LiveCentre) -> Result<Vec<usize>, ApiError> {
        let given = [&self.queues, &self.routing_profiles, &self.agents, &self.user_hierarchy_groups];
        if given.iter().filter(|values| !values.is_empty()).count() != 1 {
            return Err(ApiError::request(
                "Filters needs exactly one of Queues, RoutingProfiles, Agents and UserHierarchyGroups",
            ));
        }
        if !self.user_hierarchy_groups.is_empty() {
            return Err(ApiError::not_found("hierarchy group"));
        }
        if !self.agents.is_empty() {
            return places(centre, ResourceKind::User, &self.agents);
        }
        let queues = places(centre, ResourceKind::Queue, &self.queues)?;
        let mut profiles = places(centre, ResourceKind::RoutingProfile, &self.routing_profiles)?;
        profiles.extend(centre.profiles_of(&queues));
        let users = centre.people().filter(|(_, person)| profiles.contains(&person.profile));
        Ok(users.map(|(place, _)| place).collect())
    }
}

fn row(centre: &LiveCentre, place: usize) -> Option<Value> {
    let directory = centre.directory();
    let (person, agent) = (directory.people.get(place)?, centre.agents().get(place)?);
    if !is_online(agent) {
        return None;
    }
    let profile = directory.profiles.get(agent.profile)?;
    let status = directory.status(agent.status);
    let contacts: Vec<_> = agent.held.iter().map(|held| reference(centre, held)).collect();
    let (mut active, mut free, mut most) = (Map::new(), Map::new(), Map::new());
    for (channel, slots) in Channel::ALL.into_iter().zip(profile.slots) {
        let name = channel.name().to_owned();
        active.insert(name.clone(), active_slots(agent, channel).into());
        free.insert(name.clone(), available_slots(agent, profile.slots, channel).into());
        most.insert(name, slots.into());
    }
    let mut row = json!({
        "User": { "Id": person.id, "Arn": person.arn },
        "RoutingProfile": { "Id": profile.id, "Arn": profile.arn },
        "Status": {
            "StatusArn": status.arn,
            "StatusName": status.name,
            "StatusStartTimestamp": epoch(agent.since),
        },
        "Contacts": contacts,
        "ActiveSlotsByChannel": active,
        "AvailableSlotsByChannel": free,
        "MaxSlotsByChannel": most,
    });
    if let (Some((next, _)), Some(row)) = (agent.next, row.as_object_mut()) {
        row.insert("NextStatus".to_owned(), directory.status(next).name.clone().into());
    }
    Some(row)
}

/// A contact in an agent's hands. Hold does not renew the time of its state.
fn reference(centre: &LiveCentre, held: &HeldContact) -> Value {
    let is_talk = matches!(held.state, ContactState::Connected | ContactState::OnHold | ContactState::Paused);
    let since = held.connected.filter(|_| is_talk).unwrap_or(held.since);
    let state = match held.state {
        // The API has no state for it.
        ContactState::Paused => ContactState::Connected,
        state => state,
    };
    let mut reference = json!({
        "ContactId": held.id,
        "Channel": held.channel.name(),
        "InitiationMethod": held.method.name(),
        "AgentContactState": state.name(),
        "StateStartTimestamp": epoch(since),
    });
    if let Some(reference) = reference.as_object_mut() {
        if let Some(connected) = held.connected {
            reference.insert("ConnectedToAgentTimestamp".to_owned(), epoch(connected).into());
        }
        if let Some(queue) = held.queue {
            let arn = centre.directory().queue_arn(queue);
            reference.insert("Queue".to_owned(), json!({ "Id": last_segment(arn), "Arn": arn }));
        }
    }
    reference
}
