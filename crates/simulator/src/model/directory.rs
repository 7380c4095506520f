//! Who and what the centre has: queues, routing profiles, people, statuses.

use super::{
    behaviour::Behaviour,
    config::{Config, STATUS_NAMES},
    random::{Purpose, Stream, derived},
    terms::{Channel, ContactId, QueueRef},
    time::{Millis, SECOND},
};
use crate::fixtures;

/// A queue that customers wait in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// The last segment of its ARN.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// What it is called now.
    pub name: String,
    /// The local minutes of the day at which it opens and closes; [`None`] if it is always open.
    pub opening: Option<(i64, i64)>,
    /// When it was created.
    pub created: Millis,
    /// When it was deleted.
    pub deleted: Option<Millis>,
}

/// A queue among those that a routing profile's agents serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoutingEntry {
    /// The queue's place in [`Directory::queues`].
    pub queue: usize,
    /// 1 comes first.
    pub priority: u8,
    /// How long a contact has to wait before these agents are offered it, in milliseconds.
    pub delay: Millis,
}

/// A routing profile: which queues agents serve, and how many contacts at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The last segment of its ARN.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// What it is called.
    pub name: String,
    /// The queues that are served.
    pub entries: Vec<RoutingEntry>,
    /// How many contacts one agent has at a time, by channel in the order of [`Channel::ALL`].
    pub slots: [usize; 4],
}

/// A hierarchy group of agents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// Its ARN.
    pub arn: String,
    /// What it is called.
    pub name: String,
}

/// An agent, as a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The last segment of the ARN.
    pub id: String,
    /// The ARN.
    pub arn: String,
    /// The ARN of the agent's own queue.
    pub own_queue_arn: String,
    /// What the agent logs in as.
    pub username: String,
    /// The first name.
    pub first_name: String,
    /// The last name now.
    pub last_name: String,
    /// The place of the team in [`Directory::teams`].
    pub team: usize,
    /// The place of the routing profile in [`Directory::profiles`].
    pub profile: usize,
    /// When the user was created.
    pub created: Millis,
    /// When the user was deleted; not before the last log-off.
    pub deleted: Option<Millis>,
}

/// A status that agents have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum StatusChoice {
    Available,
    Offline,
    Break,
    Lunch,
    Training,
}

impl StatusChoice {
    /// Every status.
    pub const ALL: [Self; 5] = [Self::Available, Self::Offline, Self::Break, Self::Lunch, Self::Training];
}

/// What a status is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// `ROUTABLE`, `CUSTOM` or `OFFLINE`.
    pub kind: &'static str,
}

/// Who and what the centre has.
#[derive(Debug, Clone)]
pub struct Directory {
    /// The queues.
    pub queues: Vec<Queue>,
    /// The routing profiles.
    pub profiles: Vec<Profile>,
    /// The hierarchy groups that agents are in.
    pub teams: Vec<Team>,
    /// The agents.
    pub people: Vec<Person>,
    statuses: [Status; 5],
    /// Which profiles serve a queue, by the queue's place.
    serving: Vec<Vec<(usize, RoutingEntry)>>,
}

const FIRST_NAMES: [&str; 16] = [
    "Avery", "Björn", "Chiara", "Dmitri", "Elif", "Farah", "Gwen", "Haruki", "Imani", "José", "Kaito",
    "Lena", "Maren", "Noah", "Priya", "Zoë",
];
const LAST_NAMES: [&str; 12] = [
    "Quill",
    "Holloway",
    "Müßig",
    "Nakamura",
    "Okafor",
    "O'Neill",
    "Raghunathan",
    "Sørensen",
    "Llewellyn",
    "Castellano",
    "Fournier",
    "Wright",
];
/// How many queues a routing profile has of its own.
const QUEUES_OF_A_PROFILE: usize = 3;
/// How many agents a team has.
const TEAM_SIZE: usize = 20;

impl Directory {
    /// What a centre of that configuration has.
    pub(super) fn new(config: &Config) -> Self {
        let ids = Ids { seed: config.seed };
        let queues: Vec<_> = (0..to_usize(config.queues)).map(|at| queue(&ids, at, config)).collect();
        let profiles: Vec<_> = (0..queues.len().div_ceil(QUEUES_OF_A_PROFILE))
            .map(|at| profile(&ids, at, queues.len()))
            .collect();
        let people: Vec<_> =
            (0..to_usize(config.agents)).map(|at| person(&ids, at, profiles.len(), config.begin())).collect();
        let teams = (0..people.len().div_ceil(TEAM_SIZE)).map(|at| team(&ids, at)).collect();
        let mut serving = vec![Vec::new(); queues.len()];
        for (at, profile) in profiles.iter().enumerate() {
            for entry in &profile.entries {
                if let Some(profiles) = serving.get_mut(entry.queue) {
                    profiles.push((at, *entry));
                }
            }
        }
        Self { queues, profiles, teams, people, statuses: statuses(&ids, config), serving }
    }

    /// What a status is called.
    pub fn status(&self, choice: StatusChoice) -> &Status {
        let [available, offline, pause, lunch, training] = &self.statuses;
        match choice {
            StatusChoice::Available => available,
            StatusChoice::Offline => offline,
            StatusChoice::Break => pause,
            StatusChoice::Lunch => lunch,
            StatusChoice::Training => training,
        }
    }

    /// The queue that a contact waits in; [`None`] for an agent's own.
    pub fn queue(&self, queue: QueueRef) -> Option<&Queue> {
        match queue {
            QueueRef::Standard(at) => self.queues.get(at),
            QueueRef::OfAgent(_) => None,
        }
    }

    /// The ARN of the queue.
    pub fn queue_arn(&self, queue: QueueRef) -> &str {
        match queue {
            QueueRef::Standard(at) => self.queues.get(at).map_or("", |queue| &queue.arn),
            QueueRef::OfAgent(at) => self.people.get(at).map_or("", |person| &person.own_queue_arn),
        }
    }

    /// Creates another queue, which the agents of one profile serve at once; its place.
    pub(super) fn create_queue(&mut self, seed: u64, now: Millis) -> usize {
        let at = self.queues.len();
        let id = Ids { seed }.of(1, at);
        let (arn, name) = (fixtures::arn("queue", &id), format!("Queue {}", at + 1));
        self.queues.push(Queue { id, arn, name, opening: None, created: now, deleted: None });
        let entry = RoutingEntry { queue: at, priority: 1, delay: 0 };
        let serving = at % self.profiles.len().max(1);
        self.serving.push(vec![(serving, entry)]);
        if let Some(profile) = self.profiles.get_mut(serving) {
            profile.entries.push(entry);
        }
        at
    }

    /// Takes a deleted queue out of the profiles that serve it.
    pub(super) fn stop_serving(&mut self, queue: usize) {
        if let Some(serving) = self.serving.get_mut(queue) {
            serving.clear();
        }
        for profile in &mut self.profiles {
            profile.entries.retain(|entry| entry.queue != queue);
        }
    }

    /// Creates another user, in the last team; the place.
    pub(super) fn create_person(&mut self, seed: u64, now: Millis) -> usize {
        let at = self.people.len();
        let mut person = person(&Ids { seed }, at, self.profiles.len(), now);
        person.team = person.team.min(self.teams.len().saturating_sub(1));
        self.people.push(person);
        at
    }

    /// The profiles that serve a queue, and how.
    pub(super) fn serving(&self, queue: usize) -> &[(usize, RoutingEntry)] {
        self.serving.get(queue).map_or(&[], Vec::as_slice)
    }

    /// How many contacts of a channel agents of that profile have at a time.
    pub(super) fn slots(&self, profile: usize, channel: Channel) -> usize {
        self.profiles.get(profile).map_or(0, |profile| Behaviour::of(&profile.slots, channel))
    }
}

/// Ids that follow from the seed.
struct Ids {
    seed: u64,
}

impl Ids {
    fn of(&self, kind: u64, at: usize) -> String {
        let entity = derived(kind, u64::try_from(at).unwrap_or(u64::MAX));
        ContactId(Stream::new(self.seed, Purpose::Identity, entity).id()).to_string()
    }
}

fn to_usize(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn queue(ids: &Ids, at: usize, config: &Config) -> Queue {
    let id = ids.of(1, at);
    let name = match at {
        0 => "Support".to_owned(),
        1 => "Sales".to_owned(),
        2 => "Members, \"gold\"".to_owned(),
        _ => format!("Queue {}", at + 1),
    };
    // Every fifth is open day and night.
    let is_always_open = !config.behaviour.has_opening_hours || at % 5 == 4;
    let opening = (!is_always_open).then_some((8 * 60, 20 * 60));
    Queue { arn: fixtures::arn("queue", &id), id, name, opening, created: config.begin(), deleted: None }
}

fn profile(ids: &Ids, at: usize, queues: usize) -> Profile {
    let id = ids.of(2, at);
    let own = at * QUEUES_OF_A_PROFILE..((at + 1) * QUEUES_OF_A_PROFILE).min(queues);
    // The queues of the next profile come second, and only after a while.
    let end = (own.end + QUEUES_OF_A_PROFILE).min(queues);
    let others = own.end..end;
    let entries = own
        .map(|queue| RoutingEntry { queue, priority: 1, delay: 0 })
        .chain(others.map(|queue| RoutingEntry { queue, priority: 2, delay: 30 * SECOND }))
        .collect();
    let name = if at == 0 { "Contact centre".to_owned() } else { format!("Contact centre {}", at + 1) };
    Profile { arn: fixtures::arn("routing-profile", &id), id, name, entries, slots: [1, 3, 2, 2] }
}

fn person(ids: &Ids, at: usize, profiles: usize, created: Millis) -> Person {
    let id = ids.of(3, at);
    let first_name = FIRST_NAMES.get(at % FIRST_NAMES.len()).copied().unwrap_or_default();
    let last_name = LAST_NAMES.get((at / 3) % LAST_NAMES.len()).copied().unwrap_or_default();
    Person {
        arn: fixtures::arn("agent", &id),
        own_queue_arn: fixtures::arn("queue/agent", &id),
        id,
        username: format!("agent{:05}", at + 1),
        first_name: first_name.to_owned(),
        last_name: last_name.to_owned(),
        team: at / TEAM_SIZE,
        profile: at % profiles.max(1),
        created,
        deleted: None,
    }
}

fn team(ids: &Ids, at: usize) -> Team {
    Team { arn: fixtures::arn("agent-group", &ids.of(4, at)), name: format!("Team {}", at + 1) }
}

fn statuses(ids: &Ids, config: &Config) -> [Status; 5] {
    let status = |at, name: &str, kind| Status {
        arn: fixtures::arn("agent-state", &ids.of(5, at)),
        name: name.to_owned(),
        kind,
    };
    let [available, pause, lunch, training] = STATUS_NAMES;
    [
        status(0, available, "ROUTABLE"),
        status(1, &config.offline_name, "OFFLINE"),
        status(2, pause, "CUSTOM"),
        status(3, lunch, "CUSTOM"),
        status(4, training, "CUSTOM"),
    ]
}

/// True if a queue is open at that local minute of a day.
pub(super) fn is_open(queue: &Queue, minute: i64, is_weekend: bool) -> bool {
    queue.opening.is_none_or(|(opens, closes)| !is_weekend && (opens..closes).contains(&minute))
}
