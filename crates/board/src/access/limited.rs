//! What a viewer with limits gets of a picture.

use std::{collections::HashMap, sync::Arc};

use switchboard_agents::{AgentArn, Instance, Record};
use switchboard_contacts::{attribute::SystemAttribute, status::Status};

use super::{
    of_pictures::OfPictures,
    viewer::{Limit, Viewer},
};
use crate::sources::{NoDelivery, Picture, id_of};

/// The parts of pictures that viewers with limits got: whoever has the same limits gets the same.
pub(super) type LimitedPictures = OfPictures<Arc<Vec<Limit>>, Arc<Picture>>;

/// The part of a picture that is within the viewer's limits.
pub(super) fn part(parts: &LimitedPictures, whole: Arc<Picture>, viewer: &Viewer) -> Arc<Picture> {
    let Some(limits) = viewer.limits() else { return whole };
    parts.get_or_make(&whole, limits, || Arc::new(limited(&whole, viewer)))
}

/// It shares the contacts and agents that are left.
fn limited(whole: &Picture, viewer: &Viewer) -> Picture {
    let groups = AgentGroups::of(whole);
    let mut limited = whole.clone();
    limited.contacts.retain(|contact| sees(viewer, contact, Some(&groups)));
    if let Some(figures) = &mut limited.figures {
        for period in [&mut figures.interval, &mut figures.today] {
            period.queues.retain(|row| viewer.sees_queue(row.key.queue.as_deref().map(id_of)));
        }
    }
    if let Some(polls) = &mut limited.polls {
        polls.retain(|_, queue_id| viewer.sees_queue(Some(queue_id)));
    }
    if let Some(roster) = &mut limited.agents {
        let profiles = &roster.routing_profiles;
        roster.agents.retain(|key, record| {
            let profile = record.agent.routing_profile_key(&key.instance).and_then(|key| profiles.get(&key));
            let queues = profile.iter().flat_map(|profile| &profile.queues);
            let queues: Vec<&str> = queues.map(|(id, _)| &**id).collect();
            viewer.sees_agent(groups_of(record), &queues)
        });
        for profile in roster.routing_profiles.values_mut() {
            profile.queues.retain(|(id, _)| viewer.sees_queue(Some(id)));
        }
    }
    limited
}

/// True if the contact is within the viewer's limits; without groups, those of its agent are not asked for.
pub(super) fn sees(viewer: &Viewer, contact: &Status, groups: Option<&AgentGroups>) -> bool {
    let queue = contact.text(SystemAttribute::QueueArn).map(id_of);
    let agent = contact.text(SystemAttribute::AgentArn);
    let agent_groups = agent.map(|arn| groups.and_then(|groups| groups.get(arn)).unwrap_or_default());
    viewer.sees_contact(queue, agent_groups)
}

/// The records of agents, which have their hierarchy groups, by their ARNs. An agent whom no event has told of is in no group.
pub(super) struct AgentGroups(HashMap<AgentArn, Arc<Record<NoDelivery>>>);

impl AgentGroups {
    /// Of the agents of a picture.
    pub(super) fn of(picture: &Picture) -> Self {
        let agents = picture.agents.iter().flat_map(|roster| &roster.agents);
        // Who has another user name now is there under that one, with the same ARN.
        let agents = agents.filter(|(_, record)| record.agent.renamed_at().is_none());
        let records =
            agents.filter_map(|(key, record)| Some((key.arn(record.agent.id()?), Arc::clone(record))));
        Self(records.collect())
    }

    fn get(&self, arn: &str) -> Option<&[String]> {
        let agent = AgentArn { instance: Instance::of(arn)?, id: id_of(arn).to_owned() };
        self.0.get(&agent).map(|record| groups_of(record))
    }
}

fn groups_of(record: &Record<NoDelivery>) -> &[String] {
    record.agent.assignment().map_or(&[], |assignment| &assignment.groups)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeSet;

    use jiff::Timestamp;

    use super::*;
    use crate::{access::Role, clock::ClockPhase};

    /// One with nothing in it.
    pub(crate) fn picture() -> Arc<Picture> {
        Arc::new(Picture {
            at: Timestamp::UNIX_EPOCH,
            phase: ClockPhase::Stopped,
            contacts: Vec::new(),
            names: Arc::default(),
            agents: None,
            figures: None,
            polls: None,
            last_contact_event: None,
            last_contact_events: std::collections::BTreeMap::new(),
            instances: Arc::default(),
            thresholds: Arc::default(),
        })
    }

    #[test]
    fn who_has_the_same_limits_gets_the_same_part_until_there_is_another_picture() {
        let only =
            |queue: &str| Limit { queues: Some(BTreeSet::from([queue.to_owned()])), hierarchy_groups: None };
        let viewer = |name: &str| Viewer::new(name, Role::Supervisors);
        let (pictures, whole) = (LimitedPictures::default(), picture());
        let part = |whole: &Arc<Picture>, viewer: &Viewer| super::part(&pictures, Arc::clone(whole), viewer);
        let is_whole = |part: &Arc<Picture>| Arc::ptr_eq(part, &whole);
        let anns = part(&whole, &viewer("ann").limited_to(vec![only("q")]));
        let bobs = part(&whole, &viewer("bob").limited_to(vec![only("q")]));
        let cys = part(&whole, &viewer("cy").limited_to(vec![only("r")]));
        assert!(Arc::ptr_eq(&anns, &bobs) && !Arc::ptr_eq(&anns, &cys) && !is_whole(&anns));
        assert!(is_whole(&part(&whole, &viewer("dee"))));
        let next = picture();
        assert!(!Arc::ptr_eq(&anns, &part(&next, &viewer("ann").limited_to(vec![only("q")]))));
        assert_eq!(pictures.count(), 3);
        drop(whole);
        part(&next, &viewer("cy").limited_to(vec![only("r")]));
        assert_eq!(pictures.count(), 2, "those of a picture that is gone are gone");
    }
}
