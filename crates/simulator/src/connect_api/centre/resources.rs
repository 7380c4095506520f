//! Who and what there is: queues, routing profiles, users, agent statuses.

use super::{
    Size,
    keyed_rng::{KeyedRng, RngDomain},
};
use crate::fixtures::INSTANCE_ARN;

/// How many users share a routing profile, about.
const USERS_TO_A_PROFILE: u32 = 12;
/// The most routing profiles; an instance has 100 unless AWS allowed more, as it does for large ones.
const MAX_PROFILES: u32 = 500;

/// The agent statuses by name, the type of each, and which of them mean that the agent takes no contacts.
pub(crate) const STATUSES: [(&str, &str); 5] = [
    ("Available", "ROUTABLE"),
    ("Offline", "OFFLINE"),
    ("Break", "CUSTOM"),
    ("Lunch", "CUSTOM"),
    ("Training", "CUSTOM"),
];

const TEAMS: [&str; 8] =
    ["Sales", "Support", "Billing", "Claims", "Members", "Renewals", "Technical", "Complaints"];

/// What something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ResourceKind {
    Queue,
    AgentQueue,
    RoutingProfile,
    User,
    AgentStatus,
}

/// What can be named.
#[derive(Debug)]
pub(crate) struct Resource {
    pub(crate) id: String,
    pub(crate) arn: String,
    /// Empty for an agent queue, which has none.
    pub(crate) name: String,
}

/// How people come to the centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Channel {
    Voice,
    Chat,
    Task,
    Email,
}

impl Channel {
    pub(crate) const ALL: [Self; 4] = [Self::Voice, Self::Chat, Self::Task, Self::Email];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Voice => "VOICE",
            Self::Chat => "CHAT",
            Self::Task => "TASK",
            Self::Email => "EMAIL",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.name() == name)
    }

    /// How many contacts an agent may have on it.
    pub(crate) const fn slots(self) -> i64 {
        match self {
            Self::Voice => 1,
            Self::Chat => 3,
            Self::Task | Self::Email => 2,
        }
    }
}

/// A standard queue.
#[derive(Debug)]
pub(crate) struct Queue {
    pub(crate) resource: Resource,
    pub(crate) channels: Vec<Channel>,
    /// The places of the routing profiles that serve it.
    pub(crate) profiles: Vec<usize>,
}

/// A routing profile.
#[derive(Debug)]
pub(crate) struct Profile {
    pub(crate) resource: Resource,
    /// The places of the queues that it serves.
    pub(crate) queues: Vec<usize>,
    /// All channels of its queues.
    pub(crate) channels: Vec<Channel>,
    /// Whether its users work by day alone: from 6 to 18 UTC.
    pub(crate) by_day: bool,
}

/// A user who takes contacts.
#[derive(Debug)]
pub(crate) struct User {
    pub(crate) resource: Resource,
    /// The user's own queue.
    pub(crate) queue: Resource,
    /// The place of the routing profile.
    pub(crate) profile: usize,
    /// How long each interval of the user's day is, in seconds.
    pub(crate) interval: i64,
    /// The hour, UTC, at which the user's eight hours of work begin.
    pub(crate) shift: i64,
}

/// The ARN of something in the instance.
pub(super) fn arn(kind: ResourceKind, id: &str) -> String {
    let folder = match kind {
        ResourceKind::Queue => "queue",
        ResourceKind::AgentQueue => "queue/agent",
        ResourceKind::RoutingProfile => "routing-profile",
        ResourceKind::User => "agent",
        ResourceKind::AgentStatus => "agent-state",
    };
    format!("{INSTANCE_ARN}/{folder}/{id}")
}

fn resource(seed: u64, kind: ResourceKind, place: u32, name: String) -> Resource {
    let id = KeyedRng::new(seed, RngDomain::Id, kind as i64, i64::from(place)).uuid();
    Resource { arn: arn(kind, &id), id, name }
}

fn profile_count(size: Size) -> u32 {
    (size.users / USERS_TO_A_PROFILE).clamp(1, size.queues.clamp(1, MAX_PROFILES))
}

fn team(place: u32) -> &'static str {
    TEAMS.iter().cycle().nth(place as usize % TEAMS.len()).copied().unwrap_or_default()
}

/// The standard queues. All take calls, some of them chats, tasks and e-mails too; every other one is served by two
/// routing profiles.
pub(super) fn queues(seed: u64, size: Size) -> Vec<Queue> {
    let profiles = profile_count(size);
    let queue = |place: u32| {
        let mut channels = vec![Channel::Voice];
        channels.extend(place.is_multiple_of(3).then_some(Channel::Chat));
        channels.extend((place % 5 == 1).then_some(Channel::Task));
        channels.extend((place % 10 == 4).then_some(Channel::Email));
        let mut served_by = vec![(place % profiles) as usize];
        if place.is_multiple_of(2) && profiles > 1 {
            served_by.push(((place + 1) % profiles) as usize);
        }
        let name = format!("{} {:03}", team(place), place + 1);
        Queue { resource: resource(seed, ResourceKind::Queue, place, name), channels, profiles: served_by }
    };
    (0..size.queues).map(queue).collect()
}

/// The routing profiles; every third works by day alone.
pub(super) fn profiles(seed: u64, size: Size, queues: &[Queue]) -> Vec<Profile> {
    let profile = |place: u32| {
        let served =
            queues.iter().enumerate().filter(|(_, queue)| queue.profiles.contains(&(place as usize)));
        let served: Vec<usize> = served.map(|(place, _)| place).collect();
        let of_queue = |&queue: &usize| queues.get(queue).into_iter().flat_map(|queue| &queue.channels);
        let mut channels: Vec<Channel> = served.iter().flat_map(of_queue).copied().collect();
        channels.sort_unstable();
        channels.dedup();
        let name = format!("{} agents {:02}", team(place), place + 1);
        let resource = resource(seed, ResourceKind::RoutingProfile, place, name);
        Profile { resource, queues: served, channels, by_day: place % 3 == 2 }
    };
    (0..profile_count(size)).map(profile).collect()
}

/// The users, and the queue of each.
pub(super) fn users(seed: u64, size: Size, profiles: &[Profile]) -> Vec<User> {
    let count = profile_count(size);
    let user = |place: u32| {
        let mut rng = KeyedRng::new(seed, RngDomain::User, i64::from(place), 0);
        let profile = (place % count) as usize;
        let by_day = profiles.get(profile).is_some_and(|profile| profile.by_day);
        let shift = if by_day { rng.between(6, 10) } else { rng.between(0, 23) };
        let name = format!("agent{:04}", place + 1);
        User {
            resource: resource(seed, ResourceKind::User, place, name),
            queue: resource(seed, ResourceKind::AgentQueue, place, String::new()),
            profile,
            interval: rng.between(120, 420),
            shift,
        }
    };
    (0..size.users).map(user).collect()
}

/// The agent statuses.
pub(super) fn statuses(seed: u64) -> Vec<Resource> {
    let names = STATUSES.iter().map(|(name, _)| (*name).to_owned());
    (0..).zip(names).map(|(place, name)| resource(seed, ResourceKind::AgentStatus, place, name)).collect()
}
