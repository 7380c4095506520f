//! The centre as it is at the moment of the clock: the model, stepped to it, and what is kept of its history.

mod agent_time;
mod history;
mod real_time;
mod totals;

use std::collections::HashMap;

use jiff::Timestamp;
use switchboard_core::arn::last_segment;
use uuid::Uuid;

pub(crate) use self::{
    agent_time::AgentSeconds,
    history::{Bounds, EndedContact, History, NotTaken, counts},
    real_time::{RealTime, RealTimeCounts, active_slots, available_slots, is_online},
    totals::Totals,
};
use crate::model::{Agent, Centre, Config, ConfigError, Contact, Directory, Millis, Person, QueueRef};

/// What can be named by an id or an ARN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ResourceKind {
    Queue,
    AgentQueue,
    RoutingProfile,
    User,
}

/// The invented centre up to a moment.
#[derive(Debug)]
pub(crate) struct LiveCentre {
    config: Config,
    bounds: Bounds,
    centre: Centre<History>,
    /// Whether `GetCurrentMetricData` and `GetMetricData` know e-mail.
    pub(crate) email_metrics: bool,
    /// Places in the directory, by kind and id.
    places: HashMap<(ResourceKind, String), usize>,
    /// How many queues and people have one.
    placed: (usize, usize),
    /// The moment of the clock.
    asked_at: Millis,
}

impl LiveCentre {
    /// The centre at the beginning of its history.
    ///
    /// # Errors
    /// When there can be no such centre.
    pub(crate) fn new(config: Config, email_metrics: bool) -> Result<Self, ConfigError> {
        Self::within(Bounds::default(), config, email_metrics)
    }

    /// The same, of which no more is kept than that.
    pub(crate) fn within(bounds: Bounds, config: Config, email_metrics: bool) -> Result<Self, ConfigError> {
        let centre = Centre::new(config.clone(), History::new(config.begin(), bounds))?;
        let mut live = Self {
            config,
            bounds,
            centre,
            email_metrics,
            places: HashMap::new(),
            placed: (0, 0),
            asked_at: 0,
        };
        for (place, profile) in live.centre.directory().profiles.iter().enumerate() {
            live.places.insert((ResourceKind::RoutingProfile, profile.id.clone()), place);
        }
        live.enter_places();
        Ok(live)
    }

    /// Lets everything happen that happens before that moment. A clock that went back begins the same history anew.
    pub(crate) fn advance(&mut self, now: Timestamp) {
        let at = now.as_millisecond().max(self.config.begin());
        self.asked_at = at;
        if at < self.centre.now()
            && let Ok(centre) =
                Centre::new(self.config.clone(), History::new(self.config.begin(), self.bounds))
        {
            self.centre = centre;
            self.placed = (0, 0);
        }
        self.centre.advance(at);
        self.enter_places();
    }

    fn enter_places(&mut self) {
        let directory = self.centre.directory();
        let (queues, people) = self.placed;
        for (place, queue) in directory.queues.iter().enumerate().skip(queues) {
            self.places.insert((ResourceKind::Queue, queue.id.clone()), place);
        }
        for (place, person) in directory.people.iter().enumerate().skip(people) {
            let own = last_segment(&person.own_queue_arn).to_owned();
            self.places.insert((ResourceKind::AgentQueue, own), place);
            self.places.insert((ResourceKind::User, person.id.clone()), place);
        }
        self.placed = (directory.queues.len(), directory.people.len());
    }

    /// Who and what the centre has now.
    pub(crate) fn directory(&self) -> &Directory {
        self.centre.directory()
    }

    /// The agents, by their places in the directory.
    pub(crate) fn agents(&self) -> &[Agent] {
        self.centre.agents()
    }

    /// Those of the agents who are users now, with their places.
    pub(crate) fn people(&self) -> impl Iterator<Item = (usize, &Person)> {
        self.directory().people.iter().enumerate().filter(|(_, person)| person.deleted.is_none())
    }

    /// What is kept of the history.
    pub(crate) fn history(&self) -> &History {
        self.centre.history()
    }

    /// The moment up to which everything has happened.
    pub(crate) fn now(&self) -> Millis {
        self.centre.now()
    }

    /// The moment of the clock, by which history counts what is over: it goes on when nothing happens any more.
    pub(crate) fn asked_at(&self) -> Millis {
        self.asked_at
    }

    /// When the history begins.
    pub(crate) fn begin(&self) -> Millis {
        self.config.begin()
    }

    /// The contacts that are not over, after-contact work included.
    pub(crate) fn contacts_in_progress(&self) -> impl Iterator<Item = &Contact> {
        self.centre.contacts().filter(|contact| !contact.is_completed())
    }

    /// A contact that is in progress, or kept; and when it rang at its agent.
    pub(crate) fn contact(&self, id: &str) -> Option<(&Contact, Option<Millis>)> {
        self.contact_of(Uuid::try_parse(id).ok()?)
    }

    /// The same by the id as it is written.
    pub(crate) fn contact_of(&self, id: Uuid) -> Option<(&Contact, Option<Millis>)> {
        if let Some(ended) = self.history().contact(id) {
            return Some((&ended.contact, ended.ring_start));
        }
        let contact = self.contacts_in_progress().find(|contact| written_id(contact) == id)?;
        Some((contact, self.history().ring_start(contact.id)))
    }

    /// The place of what an id or an ARN names, among those of its kind.
    pub(crate) fn place(&self, kind: ResourceKind, id_or_arn: &str) -> Option<usize> {
        let place = *self.places.get(&(kind, last_segment(id_or_arn).to_owned()))?;
        let directory = self.directory();
        let arn = match kind {
            ResourceKind::Queue => &directory.queues.get(place)?.arn,
            ResourceKind::AgentQueue => &directory.people.get(place)?.own_queue_arn,
            ResourceKind::RoutingProfile => &directory.profiles.get(place)?.arn,
            ResourceKind::User => &directory.people.get(place)?.arn,
        };
        (!id_or_arn.contains('/') || arn == id_or_arn).then_some(place)
    }

    /// The places of the routing profiles that serve one of the queues, in order.
    pub(crate) fn profiles_of(&self, queues: &[usize]) -> Vec<usize> {
        let serves = |(place, profile): (usize, &crate::model::Profile)| {
            profile.entries.iter().any(|entry| queues.contains(&entry.queue)).then_some(place)
        };
        self.directory().profiles.iter().enumerate().filter_map(serves).collect()
    }

    /// The places of the queues that one of the routing profiles serves, in order.
    pub(crate) fn queues_of(&self, profiles: &[usize]) -> Vec<usize> {
        let profiles = profiles.iter().filter_map(|&place| self.directory().profiles.get(place));
        let mut queues: Vec<_> =
            profiles.flat_map(|profile| profile.entries.iter().map(|entry| entry.queue)).collect();
        queues.sort_unstable();
        queues.dedup();
        queues
    }

    /// The place of the routing profile of an agent.
    pub(crate) fn profile_of(&self, agent: usize) -> Option<usize> {
        self.directory().people.get(agent).map(|person| person.profile)
    }
}

/// The id of a contact as it is written.
pub(crate) fn written_id(contact: &Contact) -> Uuid {
    uuid::Builder::from_random_bytes(contact.id.0.to_be_bytes()).into_uuid()
}

/// The place of the queue that a contact waited in, if customers wait in it.
pub(crate) fn standard_queue(contact: &Contact) -> Option<usize> {
    match contact.queue.filter(|_| contact.enqueued.is_some())? {
        QueueRef::Standard(place) => Some(place),
        QueueRef::OfAgent(_) => None,
    }
}

/// A count or a number of seconds as metrics have it.
#[expect(clippy::cast_precision_loss, reason = "counts and seconds are far below 2^53")]
pub(crate) fn number(value: i64) -> f64 {
    value as f64
}

/// A share or an average; [`None`] of nothing.
pub(crate) fn ratio(sum: i64, of: i64) -> Option<f64> {
    (of > 0).then(|| number(sum) / number(of))
}
