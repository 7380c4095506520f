//! What is to be seen of the centre at a moment.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use switchboard_core::arn::last_segment;
use switchboard_simulator::model::{
    Agent, AgentActivity, AgentStep, Contact, ContactState, Directory, HeldContact, InitiationMethod, MINUTE,
    Millis, QueueRef, StatusChoice, Step,
};

/// For how long the moments of an agent are kept: heartbeats and snapshots come more often.
const MOMENTS_KEPT: Millis = 20 * MINUTE;

/// A state of an agent as a workforce manager is to see it: what it is called, or [`None`] of one who is logged off.
pub(super) type Shown = Option<String>;

/// What an agent did from a moment on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AgentMoment {
    pub(super) at: Millis,
    pub(super) shown: Shown,
    /// When that began, of several contacts that say the same by the one that has lasted for longest.
    pub(super) began: Millis,
}

/// What is to be seen of the centre at a moment.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    /// What a workforce manager is to see of each agent who was ever logged on.
    pub(super) shown: BTreeMap<String, Shown>,
    /// The same as of each of the agent's latest moments, and when that state began.
    pub(super) moments: BTreeMap<String, VecDeque<AgentMoment>>,
    /// The status of each of them and how many contacts they have; [`None`] of one who is logged off, or in the status of
    /// type OFFLINE.
    pub(super) users: BTreeMap<String, Option<(String, usize)>>,
    /// The queue and the channel of each contact that waits.
    waiting: BTreeMap<String, Waiting>,
    /// What each agent who is logged on with another status than the one of type OFFLINE counts as, by user name.
    agents: BTreeMap<String, AgentCounts>,
    /// The routing profiles that serve each queue, by its id.
    profiles: BTreeMap<String, BTreeSet<usize>>,
    /// When each queue was created.
    created: BTreeMap<String, Millis>,
    /// How many queues, and entries of profiles, there were when these were read.
    routing: (usize, usize),
}

/// A contact that waits.
#[derive(Debug, Clone)]
struct Waiting {
    queue: String,
    channel: String,
    since: Millis,
    /// A callback may not be due yet.
    is_callback: bool,
}

/// What an agent counts as in the current metrics of queues, or several of them do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct AgentCounts {
    profile: usize,
    pub(super) online: i64,
    pub(super) available: i64,
    pub(super) staffed: i64,
    pub(super) on_contact: i64,
    pub(super) after_contact_work: i64,
    pub(super) non_productive: i64,
    pub(super) error: i64,
}

/// When agents last became available by what they do, and what they did last, by their places in the directory.
#[derive(Debug, Default)]
pub(super) struct Beginnings(BTreeMap<usize, (Option<AgentActivity>, Millis)>);

impl AgentCounts {
    fn of(agent: &Agent) -> Self {
        let has = |is_it: fn(&HeldContact) -> bool| i64::from(agent.held.iter().any(is_it));
        let is_routable = agent.status == StatusChoice::Available;
        Self {
            profile: agent.profile,
            online: 1,
            available: i64::from(is_routable && agent.held.is_empty()),
            staffed: i64::from(is_routable),
            on_contact: has(|held| match held.state {
                ContactState::Connected
                | ContactState::OnHold
                | ContactState::Paused
                | ContactState::Ended => true,
                // The agent calls somebody.
                ContactState::Connecting => {
                    matches!(held.method, InitiationMethod::Outbound | InitiationMethod::Callback)
                }
                _ => false,
            }),
            after_contact_work: has(|held| held.state == ContactState::Ended),
            non_productive: i64::from(!is_routable),
            error: has(|held| {
                matches!(held.state, ContactState::Missed | ContactState::Rejected | ContactState::Error)
            }),
        }
    }
}

/// The routing profiles that serve each queue, by its id.
fn profiles_of(directory: &Directory) -> BTreeMap<String, BTreeSet<usize>> {
    let mut profiles: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for (place, profile) in directory.profiles.iter().enumerate() {
        let queues = profile.entries.iter().filter_map(|entry| directory.queues.get(entry.queue));
        for queue in queues {
            profiles.entry(queue.id.clone()).or_default().insert(place);
        }
    }
    profiles
}

fn whole(at: Millis) -> i64 {
    at.div_euclid(1000)
}

impl Beginnings {
    /// When the state began that the agent is in from that moment on: with the contact that says so, with the status, or as
    /// the last contact left.
    pub(super) fn of(&mut self, at: Millis, agent: &Agent) -> Millis {
        let activity = AgentActivity::of(agent).filter(|_| agent.is_online);
        let (before, free) = self.0.get(&agent.index).copied().unwrap_or((None, agent.since));
        let is_free = activity == Some(AgentActivity::Available);
        let is_freed = is_free && before.is_some_and(|before| before != AgentActivity::Available);
        let free = if is_freed { at } else { free };
        self.0.insert(agent.index, (activity, free));
        if is_free {
            return free.max(agent.since);
        }
        let says_so = |held: &&HeldContact| {
            let mut alone = agent.clone();
            alone.held = vec![(*held).clone()];
            AgentActivity::of(&alone) == activity
        };
        let contacts = agent.held.iter().filter(says_so).map(|held| held.since);
        contacts.min().filter(|_| activity.is_some()).unwrap_or(agent.since)
    }
}

impl Seen {
    /// Takes what has become of a contact.
    pub(super) fn take_contact(&mut self, contact: &Contact, directory: &Directory) {
        let id = contact.id.to_string();
        let is_over = contact.dequeued.is_some() || contact.disconnected.is_some();
        let queue = contact.queue.filter(|queue| matches!(queue, QueueRef::Standard(_)));
        match (contact.enqueued, queue) {
            (Some(since), Some(queue)) if !is_over => {
                let queue = last_segment(directory.queue_arn(queue)).to_owned();
                let channel = contact.channel.name().to_owned();
                let is_callback = contact.method == InitiationMethod::Callback;
                self.waiting.insert(id, Waiting { queue, channel, since, is_callback });
            }
            _ => drop(self.waiting.remove(&id)),
        }
    }

    /// Takes what has become of an agent, in a state that began then.
    pub(super) fn take_agent(
        &mut self,
        step: &Step<'_>,
        (what, agent): (AgentStep, &Agent),
        began: Millis,
        offline_name: &str,
    ) {
        let directory = step.directory;
        let Some(person) = directory.people.get(agent.index) else { return };
        let is_on = what != AgentStep::LoggedOff && agent.is_online;
        let shown = if is_on { shown_of(agent, directory, offline_name) } else { None };
        let status = is_on.then(|| (directory.status(agent.status).name.clone(), agent.held.len()));
        let status = status.filter(|(name, _)| name != offline_name);
        self.shown.insert(person.username.clone(), shown.clone());
        let moments = self.moments.entry(person.username.clone()).or_default();
        moments.push_back(AgentMoment { at: step.at, shown, began });
        while moments.front().is_some_and(|moment| step.at - moment.at > MOMENTS_KEPT) {
            moments.pop_front();
        }
        match &status {
            Some(_) => drop(self.agents.insert(person.username.clone(), AgentCounts::of(agent))),
            None => drop(self.agents.remove(&person.username)),
        }
        self.users.insert(person.username.clone(), status);
        // Queues are created and deleted in the day.
        let entries = directory.profiles.iter().map(|profile| profile.entries.len()).sum();
        if self.routing != (directory.queues.len(), entries) {
            self.routing = (directory.queues.len(), entries);
            self.profiles = profiles_of(directory);
            self.created = directory.queues.iter().map(|queue| (queue.id.clone(), queue.created)).collect();
        }
    }

    /// How many contacts wait in each queue and channel where any does.
    pub(super) fn waiting(&self) -> BTreeMap<(String, String), i64> {
        let mut counts = BTreeMap::new();
        for contact in self.waiting.values() {
            *counts.entry((contact.queue.clone(), contact.channel.clone())).or_default() += 1;
        }
        counts
    }

    /// What the agents count as who serve a queue.
    pub(super) fn agents_of(&self, queue: &str) -> AgentCounts {
        let Some(profiles) = self.profiles.get(queue) else { return AgentCounts::default() };
        let agents = self.agents.values().filter(|agent| profiles.contains(&agent.profile));
        agents.fold(AgentCounts::default(), |sum, agent| AgentCounts {
            profile: 0,
            online: sum.online + agent.online,
            available: sum.available + agent.available,
            staffed: sum.staffed + agent.staffed,
            on_contact: sum.on_contact + agent.on_contact,
            after_contact_work: sum.after_contact_work + agent.after_contact_work,
            non_productive: sum.non_productive + agent.non_productive,
            error: sum.error + agent.error,
        })
    }

    /// The queues whose agents are online, of those that were created by then.
    pub(super) fn staffed_queues(&self, created: Millis) -> impl Iterator<Item = &String> {
        let is_old = move |queue: &&String| self.created.get(*queue).is_some_and(|at| *at <= created);
        self.profiles.keys().filter(is_old).filter(|queue| self.agents_of(queue).online > 0)
    }

    /// For how many seconds the contact has waited that has done so for longest; [`None`] where a callback waits, as it is
    /// not known here whether it is due.
    pub(super) fn oldest(&self, (queue, channel): (&str, &str), now: Millis) -> Option<i64> {
        let waiting = self.waiting.values();
        let here: Vec<_> = waiting.filter(|one| one.queue == queue && one.channel == channel).collect();
        let oldest = here.iter().map(|one| whole(now) - whole(one.since)).max().unwrap_or(0);
        (!here.iter().any(|one| one.is_callback)).then_some(oldest)
    }
}

/// The activity in words, or the status; nothing of one who is in the status of type OFFLINE.
fn shown_of(agent: &Agent, directory: &Directory, offline_name: &str) -> Shown {
    let text = match AgentActivity::of(agent) {
        Some(AgentActivity::Error) => "Error",
        Some(AgentActivity::Missed) => "Missed contact",
        Some(AgentActivity::Rejected) => "Rejected contact",
        Some(AgentActivity::OnContact) => "On contact",
        Some(AgentActivity::OnHold) => "On hold",
        Some(AgentActivity::AfterContactWork) => "After-contact work",
        Some(AgentActivity::Incoming) => "Incoming contact",
        Some(AgentActivity::Available) => "Available",
        None => &directory.status(agent.status).name,
    };
    (text != offline_name).then(|| text.to_owned())
}
