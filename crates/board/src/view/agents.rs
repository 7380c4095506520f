//! Agents as rows.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use switchboard_agents::{Agent, AgentState, Instance, Roster, has_timed_out};
use switchboard_contacts::{attribute::SystemAttribute, standing, status::Status};
use switchboard_core::activity::Activity;

use super::contacts::ContactStanding;
use crate::sources::{Picture, id_of};

/// What an agent does, in the order of a supervisor's interest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AgentStanding {
    /// With contacts or for them.
    Activity(Activity),
    /// In a custom status.
    Away,
    /// Logged off.
    LoggedOff,
}

impl AgentStanding {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Activity(Activity::Error),
        Self::Activity(Activity::Missed),
        Self::Activity(Activity::Rejected),
        Self::Activity(Activity::OnContact),
        Self::Activity(Activity::OnHold),
        Self::Activity(Activity::AfterContactWork),
        Self::Activity(Activity::Incoming),
        Self::Activity(Activity::Available),
        Self::Away,
        Self::LoggedOff,
    ];

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Activity(Activity::Incoming) => "Ringing",
            Self::Activity(activity) => activity.description(),
            Self::Away => "Away",
            Self::LoggedOff => "Logged off",
        }
    }

    /// Such as `on-contact`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Activity(activity) => activity.code(),
            Self::Away => "away",
            Self::LoggedOff => "logged-off",
        }
    }

    fn of(state: &AgentState) -> Self {
        match state {
            AgentState::LoggedOff => Self::LoggedOff,
            AgentState::LoggedOn { activity: None, .. } => Self::Away,
            AgentState::LoggedOn { activity: Some((activity, _)), .. } => Self::Activity(*activity),
        }
    }
}

impl Serialize for AgentStanding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// An agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AgentRow {
    /// The user name.
    pub username: String,
    /// The id in the agent's ARN, where an event has told it.
    pub id: Option<String>,
    /// What the agent does.
    pub standing: AgentStanding,
    /// The status that the agent has chosen; [`None`] of one who is logged off.
    pub status: Option<String>,
    /// Since when the agent does that.
    pub since: Timestamp,
    /// The status that the agent has chosen to come next.
    pub next_status: Option<String>,
    /// The name of the routing profile, or its id.
    pub routing_profile: Option<String>,
    /// The groups of the hierarchy, the topmost first.
    pub groups: Vec<String>,
    /// The ids of the queues whose contacts the routing profile offers.
    #[serde(skip)]
    pub queue_ids: Vec<String>,
    /// The contacts in hand.
    pub contacts: Vec<ContactInHand>,
}

/// A contact in an agent's hands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContactInHand {
    /// The contact's id.
    pub contact_id: String,
    /// Such as `VOICE`.
    pub channel: Option<String>,
    /// The queue's name, or its id.
    pub queue: Option<String>,
    /// Where it stands.
    pub standing: ContactStanding,
    /// Since when.
    pub since: Option<Timestamp>,
}

/// The agents, by what they do and how long they have done it, the longest first. Who is silent for longer than heartbeats
/// allow is logged off.
pub fn agents(picture: &Picture) -> Vec<AgentRow> {
    let Some(Roster { agents, routing_profiles }) = &picture.agents else { return Vec::new() };
    let mut newest: BTreeMap<&str, Timestamp> = BTreeMap::new();
    for record in agents.values() {
        if let Some(at) = record.agent.last_event_at() {
            let newest = newest.entry(&record.shard).or_insert(at);
            *newest = at.max(*newest);
        }
    }
    let mut in_hand = in_hand(picture);
    // Who has another user name now is there under that one, with the contacts in hand.
    let present = agents.iter().filter(|(_, record)| record.agent.renamed_at().is_none());
    let rows = present.filter_map(|(key, record)| {
        let newest = newest.get(&*record.shard).copied().unwrap_or(picture.at);
        let current = as_of(&record.agent, newest, picture.at).current()?;
        let id = record.agent.id().map(str::to_owned);
        let contacts = id.as_ref().and_then(|id| in_hand.remove(&(key.instance.clone(), id.clone())));
        let (status, since) = match &current.state {
            AgentState::LoggedOff => (None, current.since),
            AgentState::LoggedOn { name, activity, .. } => {
                (Some(name.clone()), activity.map_or(current.since, |(_, since)| since))
            }
        };
        let username = key.username.as_str().to_owned();
        let standing = AgentStanding::of(&current.state);
        let assignment = record.agent.assignment().cloned().unwrap_or_default();
        let profile =
            record.agent.routing_profile_key(&key.instance).and_then(|key| routing_profiles.get(&key));
        let queues = profile.iter().flat_map(|profile| &profile.queues);
        Some(AgentRow {
            username,
            id,
            standing,
            status,
            since,
            next_status: assignment.next_status.filter(|_| standing != AgentStanding::LoggedOff),
            queue_ids: queues.map(|(id, _)| id.clone()).collect(),
            routing_profile: profile.map(|profile| profile.name.clone()).or(assignment.routing_profile),
            groups: assignment.groups,
            contacts: contacts.unwrap_or_default(),
        })
    });
    let mut rows: Vec<AgentRow> = rows.collect();
    rows.sort_by(|one, other| {
        (one.standing, one.since, &one.username).cmp(&(other.standing, other.since, &other.username))
    });
    rows
}

/// The agent, logged off if silent for too long.
fn as_of(agent: &Agent, newest: Timestamp, now: Timestamp) -> Agent {
    let mut agent = agent.clone();
    if agent.last_event_at().is_some_and(|at| has_timed_out(at, newest, now)) {
        agent.time_out();
    }
    agent
}

/// The contacts in hand, by instance and agent.
fn in_hand(picture: &Picture) -> HashMap<(Instance, String), Vec<ContactInHand>> {
    let mut in_hand: HashMap<_, Vec<ContactInHand>> = HashMap::new();
    for contact in &picture.contacts {
        let standing = ContactStanding::of(contact);
        let Some(arn) = contact.text(SystemAttribute::AgentArn).filter(|_| standing.is_in_hand()) else {
            continue;
        };
        if let Some(instance) = Instance::of(arn) {
            let held = in_hand.entry((instance, id_of(arn).to_owned())).or_default();
            held.push(contact_in_hand(contact, standing, picture));
        }
    }
    for held in in_hand.values_mut() {
        held.sort_by(|one, other| (one.since, &one.contact_id).cmp(&(other.since, &other.contact_id)));
    }
    in_hand
}

fn contact_in_hand(contact: &Status, standing: ContactStanding, picture: &Picture) -> ContactInHand {
    ContactInHand {
        contact_id: contact.contact_id().to_owned(),
        channel: contact.text(SystemAttribute::Channel).map(str::to_owned),
        queue: picture.names.queue(contact),
        standing,
        since: standing::since(contact),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;
    use switchboard_agents::{AgentKey, Record};

    use super::*;
    use crate::{access::picture, sources::NoDelivery};

    #[test]
    fn who_got_another_user_name_is_there_under_that_one_alone() {
        let at = "1970-01-01T00:00:00Z";
        let record = |renamed| -> Arc<Record<NoDelivery>> {
            let agent = json!({ "loggedOutAt": at, "lastEvent": at, "id": [at, "7"], "renamed": renamed });
            Arc::new(serde_json::from_value(json!({ "agent": agent })).unwrap())
        };
        let key = |name: &str| AgentKey::from_text(&format!("eu-west-2/i/{name}")).unwrap();
        let records = [(key("ann.maiden"), record(json!([at, "7"]))), (key("ann.wed"), record(json!(null)))];
        let agents = Roster { agents: records.into(), routing_profiles: BTreeMap::new() };
        let picture = Picture { agents: Some(agents), ..Arc::unwrap_or_clone(picture()) };
        let names: Vec<_> = super::agents(&picture).into_iter().map(|row| row.username).collect();
        assert_eq!(names, ["ann.wed"]);
    }
}
