//! `GetCurrentUserData`.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    Answer,
    filters::{distinct, places},
    number,
};
use crate::connect_api::{
    centre::{Activity, CentreModel, Contact, ResourceKind, User},
    error::ApiError,
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

/// How far back an agent's status is followed, in intervals.
const INTERVALS_BACK: i64 = 60;

/// How the agents stand who are not offline.
pub(super) fn answer(centre: &CentreModel, now: Timestamp, input: &Input) -> Result<Answer, ApiError> {
    let states = input.filters.contact_filter.as_ref().map(|filter| filter.contact_states.as_slice());
    let states = states.unwrap_or_default();
    if states.len() > STATES.len() || states.iter().any(|state| !STATES.contains(&state.as_str())) {
        return Err(ApiError::parameter("ContactStates has more than 9 values, or one that doesn't exist"));
    }
    let at = now.as_second();
    let users = input.filters.users(centre)?;
    let rows = users.into_iter().filter_map(|user| row(centre, user, at));
    let rows = rows.filter(|row| states.is_empty() || has_state(row, states)).collect();
    Ok(Answer::counted("UserDataList", rows))
}

fn has_state(row: &Value, states: &[String]) -> bool {
    let contacts = row.get("Contacts").and_then(Value::as_array).into_iter().flatten();
    let mut of_contacts = contacts.filter_map(|contact| contact.get("AgentContactState")?.as_str());
    of_contacts.any(|state| states.iter().any(|wanted| wanted == state))
}

impl Filters {
    fn users(&self, centre: &CentreModel) -> Result<Vec<usize>, ApiError> {
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
        let serving = queues.iter().filter_map(|&queue| centre.queues.get(queue));
        profiles.extend(distinct(serving.flat_map(|queue| &queue.profiles)));
        let users = centre.users.iter().enumerate().filter(|(_, user)| profiles.contains(&user.profile));
        Ok(users.map(|(place, _)| place).collect())
    }
}

fn row(centre: &CentreModel, place: usize, at: i64) -> Option<Value> {
    let user = centre.users.get(place)?;
    let profile = centre.profile_of(place)?;
    let interval = centre.activity_at(place, at)?;
    let mut contacts = Vec::new();
    let mut next_status = None;
    let status = match &interval.activity {
        Activity::Offline => return None,
        Activity::Away(status) => *status,
        Activity::Available => 0,
        Activity::Missed { queue, channel } => {
            let queue = &centre.queues.get(*queue)?.resource;
            contacts.push(json!({
                "Channel": channel.name(),
                "InitiationMethod": "INBOUND",
                "AgentContactState": "MISSED",
                "StateStartTimestamp": number(interval.start),
                "Queue": { "Id": queue.id, "Arn": queue.arn },
            }));
            0
        }
        Activity::Busy(now) => {
            contacts.extend(now.iter().filter_map(|contact| reference(centre, contact, at)));
            let after = centre.activity_at(place, interval.end)?.activity;
            if let (Activity::Away(status), false) = (after, contacts.is_empty()) {
                next_status = centre.statuses.get(status).map(|status| status.name.clone());
            }
            0
        }
    };
    let status = centre.statuses.get(status)?;
    let mut row = json!({
        "User": { "Id": user.resource.id, "Arn": user.resource.arn },
        "RoutingProfile": { "Id": profile.resource.id, "Arn": profile.resource.arn },
        "Status": {
            "StatusArn": status.arn,
            "StatusName": status.name,
            "StatusStartTimestamp": number(status_start(centre, place, user, at)),
        },
        "Contacts": contacts,
    });
    let members = row.as_object_mut()?;
    let (mut active, mut free, mut most) = (Map::new(), Map::new(), Map::new());
    for &channel in &profile.channels {
        let tally = centre.agent_tally(place, &[channel], at);
        active.insert(channel.name().to_owned(), tally.slots_active.into());
        free.insert(channel.name().to_owned(), tally.slots_available.into());
        most.insert(channel.name().to_owned(), channel.slots().into());
    }
    members.insert("ActiveSlotsByChannel".to_owned(), active.into());
    members.insert("AvailableSlotsByChannel".to_owned(), free.into());
    members.insert("MaxSlotsByChannel".to_owned(), most.into());
    if let Some(next) = next_status {
        members.insert("NextStatus".to_owned(), next.into());
    }
    Some(row)
}

fn reference(centre: &CentreModel, contact: &Contact, at: i64) -> Option<Value> {
    let (state, since) = contact.state(at)?;
    let queue = &centre.queues.get(contact.queue)?.resource;
    let mut reference = json!({
        "ContactId": contact.id,
        "Channel": contact.channel.name(),
        "InitiationMethod": contact.initiation.name(),
        "AgentContactState": state.name(),
        "StateStartTimestamp": number(since),
        "Queue": { "Id": queue.id, "Arn": queue.arn },
    });
    if at >= contact.connected {
        let connected = number(contact.connected).into();
        reference.as_object_mut()?.insert("ConnectedToAgentTimestamp".to_owned(), connected);
    }
    Some(reference)
}

/// When the agent's status began: it stays the same from contact to contact.
fn status_start(centre: &CentreModel, place: usize, user: &User, at: i64) -> i64 {
    let status = |at| match centre.activity_at(place, at).map(|interval| interval.activity) {
        None | Some(Activity::Offline) => None,
        Some(Activity::Away(status)) => Some(status),
        Some(_) => Some(0),
    };
    let now = status(at);
    let start = at.div_euclid(user.interval) * user.interval;
    let back = (1..INTERVALS_BACK).take_while(|back| status(start - back * user.interval) == now);
    start - user.interval * back.last().unwrap_or(0)
}
