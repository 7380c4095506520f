//! What an agent is assigned to: a routing profile and groups of a hierarchy, as agent events carry them. Pure.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use switchboard_core::{agent_event::Snapshot, arn::last_segment};

use crate::{
    key::Instance,
    text::{cut, text},
};

/// What the ARN of an agent's own queue has in it.
const OWN_QUEUE: &str = "/queue/agent/";

/// How often a routing profile that stays the same is written again: it must not expire before its agents.
const REFRESH_INTERVAL: SignedDuration = SignedDuration::from_hours(24);

/// What an agent is assigned to, and the status that the agent has chosen to come next.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Assignment {
    /// The name of the status that comes after the contacts in hand.
    #[serde(rename = "next", skip_serializing_if = "Option::is_none")]
    pub next_status: Option<String>,
    /// The id of the routing profile.
    #[serde(rename = "profile", skip_serializing_if = "Option::is_none")]
    pub routing_profile: Option<String>,
    /// The names of the hierarchy's groups, the topmost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
}

/// A routing profile by id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoutingProfileKey {
    /// The instance that the profile belongs to.
    pub instance: Instance,
    /// The last segment of the profile's ARN.
    pub id: String,
}

/// A routing profile, as the newest event of an agent who has it tells it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RoutingProfile {
    /// The time of that event.
    pub at: Option<Timestamp>,
    /// The name.
    pub name: String,
    /// The queues whose contacts are offered to these agents, agents' own left out: id and name.
    pub queues: Vec<(String, String)>,
}

impl Assignment {
    /// What a snapshot with a routing profile of this id says.
    pub(crate) fn read(snapshot: &Snapshot<'_>, profile_id: String) -> Self {
        let groups = snapshot.hierarchy_groups().into_iter().filter_map(|group| text(group.name));
        Self {
            next_status: text(snapshot.next_status_name).map(cut),
            routing_profile: Some(profile_id),
            groups: groups.map(cut).collect(),
        }
    }
}

impl RoutingProfile {
    /// The profile of a snapshot at that time; [`None`] if it has none.
    pub(crate) fn read(snapshot: &Snapshot<'_>, at: Timestamp) -> Option<(String, Self)> {
        let read = snapshot.routing_profile()?;
        let id = cut(last_segment(&read.profile.arn.text()?).into());
        let queues = read.inbound_queues.iter().filter_map(|queue| {
            let arn = text(queue.arn).filter(|arn| !arn.contains(OWN_QUEUE))?;
            let id = cut(last_segment(&arn).into());
            Some((id.clone(), text(queue.name).map_or(id, cut)))
        });
        let name = text(read.profile.name).map_or_else(|| id.clone(), cut);
        Some((id, Self { at: Some(at), name, queues: queues.collect() }))
    }

    /// True if the other one is newer, and says something else or is newer by a day.
    pub(crate) fn is_outdated_by(&self, other: &Self) -> bool {
        let is_same = self.name == other.name && self.queues == other.queues;
        match (self.at, other.at) {
            (Some(at), Some(newer)) if is_same => newer.duration_since(at) >= REFRESH_INTERVAL,
            _ => other > self,
        }
    }
}

impl RoutingProfileKey {
    /// The key as text: `REGION/INSTANCE-ID/ID`.
    pub(crate) fn to_text(&self) -> String {
        format!("{}/{}", self.instance.as_str(), self.id)
    }

    /// The key of that text.
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        let (instance, id) = text.rsplit_once('/')?;
        Some(Self { instance: Instance::from_text(instance)?, id: id.to_owned() })
    }
}
