//! What was read of a board's stores at one moment.

use std::{collections::BTreeMap, fmt, sync::Arc};

use jiff::Timestamp;
use switchboard_agents::{Instance, Roster};
use switchboard_contacts::{resource_names::ResourceNames, status::Status};

use super::{Figures, NoDelivery, Polls};
use crate::{
    clock::ClockPhase,
    instances::{self, BoardInstance, InstanceScope},
    thresholds::Thresholds,
};

/// What the stores held at one moment; clones share contacts and agents. Its [`Debug`](fmt::Debug) tells counts alone.
#[derive(Clone)]
pub struct Picture {
    /// When it was first read like that, by the board's clock.
    pub at: Timestamp,
    /// What that clock did then.
    pub phase: ClockPhase,
    /// The contacts that somebody works on or waits with.
    pub contacts: Vec<Arc<Status>>,
    /// What their queues and agents are called.
    pub names: Arc<ResourceNames>,
    /// The agents; [`None`] without a store of them.
    pub agents: Option<Roster<NoDelivery>>,
    /// What counted in the interval that goes on and in the local day so far; [`None`] without record tables.
    pub figures: Option<Figures>,
    /// What Amazon Connect counted itself; [`None`] without metric tables, and where they can't be read beside record tables.
    pub polls: Option<Polls>,
    /// When the newest event of a contact happened that was seen here.
    pub last_contact_event: Option<Timestamp>,
    /// The same by instance; [`None`] is of contacts that name none.
    pub(crate) last_contact_events: BTreeMap<Option<Instance>, Timestamp>,
    /// The instances of the board: those that are set, or else those that this process has seen.
    pub(crate) instances: Arc<Vec<BoardInstance>>,
    /// From where on a figure of a queue is worse than it should be.
    pub thresholds: Arc<Thresholds>,
}

impl Picture {
    /// Everything but when it was read.
    pub(super) fn content(&self) -> impl PartialEq {
        let Self {
            at: _,
            phase,
            contacts,
            names,
            agents,
            figures,
            polls,
            last_contact_event,
            last_contact_events,
            instances,
            thresholds,
        } = self;
        let events = (last_contact_event, last_contact_events);
        (phase, contacts, names, agents, figures, polls, events, instances, thresholds)
    }

    /// When the newest event of an agent happened.
    pub fn last_agent_event(&self) -> Option<Timestamp> {
        let agents = self.agents.iter().flat_map(|roster| roster.agents.values());
        agents.filter_map(|record| record.agent.last_event_at()).max()
    }

    /// The part that is of one instance.
    pub(super) fn part_of(&self, scope: &InstanceScope) -> Self {
        let mut part = self.clone();
        part.contacts.retain(|contact| scope.has(instances::instance_of(contact).as_ref()));
        if let Some(roster) = &mut part.agents {
            roster.agents.retain(|key, _| scope.has(Some(&key.instance)));
            roster.routing_profiles.retain(|key, _| scope.has(Some(&key.instance)));
        }
        if let Some(figures) = &mut part.figures {
            for period in [&mut figures.interval, &mut figures.today] {
                period.queues.retain(|row| scope.has(instances::instance_of_figures(&row.key).as_ref()));
            }
        }
        if let Some(polls) = &mut part.polls {
            polls.retain_instances(|arn| scope.has(Instance::of(arn).as_ref()));
        }
        part.last_contact_events.retain(|instance, _| scope.has(instance.as_ref()));
        part.last_contact_event = part.last_contact_events.values().max().copied();
        part
    }

    /// The instances that agents, contacts, figures and polls name.
    pub(super) fn named_instances(&self) -> impl Iterator<Item = Instance> {
        let agents = self.agents.iter().flat_map(|roster| roster.agents.keys());
        let contacts = self.contacts.iter().filter_map(|contact| instances::instance_of(contact));
        let figures = self.figures.iter().flat_map(|figures| &figures.today.queues);
        let figures = figures.filter_map(|row| instances::instance_of_figures(&row.key));
        let polls = self.polls.iter().flat_map(|polls| &polls.times);
        let polls = polls.filter_map(|poll| Instance::of(&poll.instance_arn));
        agents.map(|key| key.instance.clone()).chain(contacts).chain(figures).chain(polls)
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (contacts, agents) =
            (self.contacts.len(), self.agents.as_ref().map(|roster| roster.agents.len()));
        f.debug_struct("Picture")
            .field("at", &self.at)
            .field("contacts", &contacts)
            .field("agents", &agents)
            .finish_non_exhaustive()
    }
}
