//! The invented centre, apart from any protocol: who and what there is, and how it stands at a given second.
//!
//! All follows from the seed and the second alone. An agent's day is a row of intervals: on duty or not, free, away, or
//! busy with contacts. What is going on now is the interval of the moment, and history is made of the contacts of the
//! intervals before, so that both tell of the same contacts.

mod activity;
mod agent_time;
mod contact;
mod grid;
mod keyed_rng;
mod queue_state;
mod resources;
mod totals;

use std::collections::HashMap;

pub(crate) use self::{
    activity::Activity,
    agent_time::AgentTime,
    contact::{Contact, ContactState, Initiation},
    queue_state::RealTimeCounts,
    resources::{Channel, Profile, Queue, Resource, ResourceKind, STATUSES, User},
    totals::Totals,
};

/// How much there is in an invented centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Standard queues.
    pub queues: u32,
    /// Users; each has an agent queue too.
    pub users: u32,
}

/// An invented centre.
#[derive(Debug)]
pub(crate) struct CentreModel {
    seed: u64,
    pub(crate) queues: Vec<Queue>,
    pub(crate) profiles: Vec<Profile>,
    pub(crate) users: Vec<User>,
    pub(crate) statuses: Vec<Resource>,
    /// Whether `GetCurrentMetricData` and `GetMetricData` know e-mail.
    pub(crate) email_metrics: bool,
    /// Places in the lists above, by kind and id.
    places: HashMap<(ResourceKind, String), usize>,
}

impl CentreModel {
    /// The centre that follows from a seed.
    pub(crate) fn new(seed: u64, size: Size) -> Self {
        let queues = resources::queues(seed, size);
        let profiles = resources::profiles(seed, size, &queues);
        let users = resources::users(seed, size, &profiles);
        let statuses = resources::statuses(seed);
        let mut places = HashMap::new();
        let mut enter = |kind, resources: Vec<&Resource>| {
            for (place, resource) in resources.into_iter().enumerate() {
                places.insert((kind, resource.id.clone()), place);
            }
        };
        enter(ResourceKind::Queue, queues.iter().map(|queue| &queue.resource).collect());
        enter(ResourceKind::RoutingProfile, profiles.iter().map(|profile| &profile.resource).collect());
        enter(ResourceKind::User, users.iter().map(|user| &user.resource).collect());
        enter(ResourceKind::AgentQueue, users.iter().map(|user| &user.queue).collect());
        enter(ResourceKind::AgentStatus, statuses.iter().collect());
        Self { seed, queues, profiles, users, statuses, email_metrics: false, places }
    }

    /// The place of what an id or an ARN names, among those of its kind.
    pub(crate) fn place(&self, kind: ResourceKind, id_or_arn: &str) -> Option<usize> {
        let id = match id_or_arn.rsplit_once('/') {
            Some((_, id)) if resources::arn(kind, id) == id_or_arn => id,
            Some(_) => return None,
            None => id_or_arn,
        };
        self.places.get(&(kind, id.to_owned())).copied()
    }
}

/// A count or a number of seconds as metrics have it.
#[expect(clippy::cast_precision_loss, reason = "counts and seconds are far below 2^53")]
pub(crate) fn number(value: i64) -> f64 {
    value as f64
}

/// A share or an average; `None` of nothing.
pub(crate) fn ratio(sum: i64, of: i64) -> Option<f64> {
    (of > 0).then(|| number(sum) / number(of))
}

#[cfg(test)]
mod tests;
