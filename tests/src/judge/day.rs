//! The centre's day: what is emitted of it, and what really happened, as it goes on.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use switchboard_core::arn::last_segment;
use switchboard_simulator::model::emit::{Emission, Emitted, EmittedKind, Output};
use switchboard_simulator::model::truth::{Truth, TruthFiles};
use switchboard_simulator::model::{
    Agent, AgentActivity, AgentStep, Centre, Config, Contact, ContactStep, Directory, Event, HeldContact,
    LegRole, MINUTE, Millis, QueueRef, Sink, Step, Summary,
};

use super::failures::Failures;

/// For how long the moments of an agent are kept: heartbeats and snapshots come more often.
const MOMENTS_KEPT: Millis = 20 * MINUTE;

/// Something that was emitted.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) kind: EmittedKind,
    pub(super) at: Millis,
    pub(super) key: String,
    pub(super) bytes: Vec<u8>,
}

/// A state of an agent as a workforce manager is to see it: what it is called, or [`None`] of one who is logged off.
pub(super) type Shown = Option<String>;

/// A step of a contact, and when it was.
pub(super) type ContactMoment = (ContactStep, Millis);

/// What really happened since it was asked for last.
#[derive(Debug, Default)]
pub(super) struct News {
    /// The lines of contacts that are over.
    pub(super) contacts: Vec<u8>,
    /// What happened to contacts, by their ids.
    pub(super) moments: BTreeMap<String, Vec<ContactMoment>>,
    /// Contacts whose record was written, and how often the customer was on hold. While a colleague is asked the customer is on
    /// hold for the colleague's leg, too, without a step of that leg's.
    pub(super) recorded: Vec<(String, u32)>,
    /// What was emitted of contacts, by their ids.
    pub(super) emitted: BTreeMap<String, EmittedOf>,
    /// Contacts that are over, with where they count.
    pub(super) counted: Vec<CountedContact>,
    /// The lines of intervals in which nothing counts any more.
    pub(super) intervals: Vec<u8>,
}

/// What was emitted of a contact, each by its hash: what comes again is the same.
#[derive(Debug, Clone, Default)]
pub(super) struct EmittedOf {
    pub(super) contact_events: BTreeSet<u64>,
    pub(super) contact_records: BTreeSet<u64>,
}

/// A contact that is over.
#[derive(Debug)]
pub(super) struct CountedContact {
    pub(super) id: String,
    /// As what it went on.
    pub(super) next: Option<String>,
    /// The moments at which it is to be counted for its queue and for its agent.
    pub(super) moments: Vec<CountedMoment>,
    /// False for a leg that is in no statistics, although the moments are there.
    pub(super) is_counted: bool,
}

/// When a contact is counted, and for whom.
#[derive(Debug)]
pub(super) struct CountedMoment {
    pub(super) at: Millis,
    /// Empty for the queue's figures.
    pub(super) agent: String,
    /// The queue's id; empty where the contact waited in none.
    pub(super) queue: String,
    pub(super) channel: &'static str,
}

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
    waiting: BTreeMap<String, (String, String)>,
}

/// A day that goes on.
pub(super) struct Day {
    centre: Option<Centre<Recording>>,
    shared: Shared,
    end: Millis,
}

/// What a day hands out, while the centre holds on to the other end.
#[derive(Debug, Clone, Default)]
struct Shared {
    items: Arc<Mutex<OnTheWay>>,
    contacts: Lines,
    intervals: Lines,
    news: Arc<Mutex<News>>,
    seen: Arc<Mutex<Seen>>,
}

/// Lines of the truth.
#[derive(Debug, Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

/// Items by when they arrive, and in the order in which they were sent.
type OnTheWay = BTreeMap<(Millis, u64), Item>;

/// Sends everything several times, each on a way of its own.
struct Copies {
    count: u32,
    /// How long an item may be on its way, in milliseconds.
    disorder: u64,
    failures: Failures,
    sent: u64,
    items: Arc<Mutex<OnTheWay>>,
    news: Arc<Mutex<News>>,
}

/// Takes the history.
struct Recording {
    emission: Emission<Copies>,
    truth: Truth<Box<dyn io::Write + Send>>,
    shared: Shared,
    offline_name: String,
    beginnings: Beginnings,
}

/// When agents last became available by what they do, and what they did last, by their places in the directory.
#[derive(Debug, Default)]
struct Beginnings(BTreeMap<usize, (Option<AgentActivity>, Millis)>);

impl Day {
    /// The day of this centre, of which each item comes so often, each time up to so much later.
    pub(super) fn new(config: Config, copies: u32, disorder: Millis, failures: Failures) -> Self {
        let (begin, end) = (config.begin(), config.end());
        let shared = Shared::default();
        let copies = Copies {
            count: copies,
            disorder: u64::try_from(disorder).unwrap_or(0),
            failures,
            sent: 0,
            items: Arc::clone(&shared.items),
            news: Arc::clone(&shared.news),
        };
        let files: TruthFiles<Box<dyn io::Write + Send>> = TruthFiles {
            contacts: Box::new(shared.contacts.clone()),
            // What is shown of agents is told as it happens.
            agents: Box::new(io::sink()),
            intervals: Box::new(shared.intervals.clone()),
        };
        let recording = Recording {
            emission: Emission::new(copies, begin),
            truth: Truth::new(files, end),
            shared: shared.clone(),
            offline_name: config.offline_name.clone(),
            beginnings: Beginnings::default(),
        };
        let centre = Centre::new(config, recording).expect("a centre that can be");
        Self { centre: Some(centre), shared, end }
    }

    /// Lets everything happen before that moment; what arrives before it. False once the day is over.
    pub(super) fn advance(&mut self, to: Millis) -> (Vec<Item>, bool) {
        let centre = self.centre.as_mut().expect("a day that is not over");
        centre.advance(to);
        let mut items = lock(&self.shared.items);
        let later = items.split_off(&(to, 0));
        (std::mem::replace(&mut *items, later).into_values().collect(), to < self.end)
    }

    /// Leaves the day as it is: what is on its way.
    pub(super) fn leave(&mut self) -> Vec<Item> {
        self.centre = None;
        std::mem::take(&mut *lock(&self.shared.items)).into_values().collect()
    }

    /// Ends the day: what is on its way or emitted after its end, and what it came to.
    pub(super) fn finish(&mut self) -> (Vec<Item>, Summary) {
        let centre = self.centre.take().expect("a day that is not over");
        let (summary, recording, directory) = centre.finish();
        recording.emission.finish(self.end, &directory).expect("nothing that can fail");
        drop(recording.truth.finish(&directory).expect("nothing that can fail"));
        (self.leave(), summary)
    }

    /// What happened since this was asked last.
    pub(super) fn news(&self) -> News {
        let mut news = std::mem::take(&mut *lock(&self.shared.news));
        news.contacts = std::mem::take(&mut *lock(&self.shared.contacts.0));
        news.intervals = std::mem::take(&mut *lock(&self.shared.intervals.0));
        news
    }

    /// What is to be seen now.
    pub(super) fn seen(&self) -> Seen {
        lock(&self.shared.seen).clone()
    }
}

impl Sink for Recording {
    fn take(&mut self, step: &Step<'_>) {
        self.truth.take(step);
        self.emission.take(step);
        match step.event {
            Event::Contact { step: what, contact } => {
                let id = contact.id.to_string();
                self.see_waiting(&id, contact, step.directory);
                let mut news = lock(&self.shared.news);
                if what == ContactStep::Recorded {
                    news.recorded.push((id.clone(), contact.holds.count));
                }
                if what == ContactStep::Completed {
                    news.counted.push(CountedContact::of(contact, step.directory));
                }
                news.moments.entry(id).or_default().push((what, step.at));
            }
            Event::Agent { step: what, agent } => {
                let Some(person) = step.directory.people.get(agent.index) else { return };
                let is_on = what != AgentStep::LoggedOff && agent.is_online;
                let shown = if is_on { self.shown_of(agent, step.directory) } else { None };
                let status =
                    is_on.then(|| (step.directory.status(agent.status).name.clone(), agent.held.len()));
                let status = status.filter(|(name, _)| *name != self.offline_name);
                let mut seen = lock(&self.shared.seen);
                seen.shown.insert(person.username.clone(), shown.clone());
                let began = self.beginnings.of(step.at, agent);
                let moments = seen.moments.entry(person.username.clone()).or_default();
                moments.push_back(AgentMoment { at: step.at, shown, began });
                while moments.front().is_some_and(|moment| step.at - moment.at > MOMENTS_KEPT) {
                    moments.pop_front();
                }
                seen.users.insert(person.username.clone(), status);
            }
            Event::Resource(_) => {}
        }
    }
}

impl Beginnings {
    /// When the state began that the agent is in from that moment on: with the contact that says so, with the status, or as
    /// the last contact left.
    fn of(&mut self, at: Millis, agent: &Agent) -> Millis {
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

impl CountedContact {
    fn of(contact: &Contact, directory: &Directory) -> Self {
        let waited_in = contact.queue.filter(|_| contact.enqueued.is_some());
        let queue = waited_in.map_or("", |queue| last_segment(directory.queue_arn(queue))).to_owned();
        let agent = contact.agent.and_then(|agent| directory.people.get(agent));
        let agent = agent.map(|person| person.username.clone()).unwrap_or_default();
        let channel = contact.channel.name();
        let in_queue = contact.enqueued.map(|at| (at, String::new()));
        let moments = in_queue.into_iter().chain(contact.connected.map(|at| (at, agent)));
        // The record of a colleague who did not take the question is that of a transfer that nobody took.
        let is_taken_for_it = contact.role == LegRole::Consulted && contact.connected.is_none();
        Self {
            id: contact.id.to_string(),
            next: contact.next.map(|next| next.to_string()),
            moments: moments
                .map(|(at, agent)| CountedMoment { at, agent, queue: queue.clone(), channel })
                .collect(),
            is_counted: contact.role == LegRole::Customer || is_taken_for_it,
        }
    }
}

impl EmittedOf {
    fn add(&mut self, kind: EmittedKind, bytes: &[u8]) {
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        let added_to = match kind {
            EmittedKind::ContactEvent => &mut self.contact_events,
            _ => &mut self.contact_records,
        };
        added_to.insert(hasher.finish());
    }
}

impl Seen {
    /// How many contacts wait in each queue and channel where any does.
    pub(super) fn waiting(&self) -> BTreeMap<(String, String), i64> {
        let mut counts = BTreeMap::new();
        for place in self.waiting.values() {
            *counts.entry(place.clone()).or_default() += 1;
        }
        counts
    }
}

impl Recording {
    fn see_waiting(&self, id: &str, contact: &Contact, directory: &Directory) {
        let is_over = contact.dequeued.is_some() || contact.disconnected.is_some();
        let queue = contact.queue.filter(|queue| matches!(queue, QueueRef::Standard(_)));
        let mut seen = lock(&self.shared.seen);
        match (contact.enqueued, queue) {
            (Some(_), Some(queue)) if !is_over => {
                let queue = last_segment(directory.queue_arn(queue)).to_owned();
                seen.waiting.insert(id.to_owned(), (queue, contact.channel.name().to_owned()));
            }
            _ => drop(seen.waiting.remove(id)),
        }
    }

    /// The activity in words, or the status; nothing of one who is in the status of type OFFLINE.
    fn shown_of(&self, agent: &Agent, directory: &Directory) -> Shown {
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
        (text != self.offline_name).then(|| text.to_owned())
    }
}

impl Output for Copies {
    fn put(&mut self, emitted: &Emitted<'_>) -> io::Result<()> {
        let Emitted { kind, at, key, bytes } = *emitted;
        if matches!(kind, EmittedKind::ContactEvent | EmittedKind::ContactRecord) {
            lock(&self.news).emitted.entry(key.to_owned()).or_default().add(kind, bytes);
        }
        for _ in 0..self.count {
            self.sent += 1;
            if self.failures.loses(self.sent) {
                continue;
            }
            let delay = self.failures.delay(self.sent, self.disorder);
            let item = Item { kind, at, key: key.to_owned(), bytes: bytes.to_owned() };
            lock(&self.items).insert((at + delay, self.sent), item);
        }
        Ok(())
    }
}

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        lock(&self.0).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().expect("no panic while it is held")
}
