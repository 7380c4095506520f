//! The centre's day: what is emitted of it, and what really happened, as it goes on.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use switchboard_simulator::model::emit::{Emission, Emitted, EmittedKind, Output};
use switchboard_simulator::model::truth::{Truth, TruthFiles};
use switchboard_simulator::model::{
    Agent, AgentActivity, AgentStep, Centre, Config, ContactStep, Directory, Event, Millis, Sink, Step,
    Summary,
};

use super::failures::Failures;

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
}

/// A day that goes on.
pub(super) struct Day {
    centre: Option<Centre<Recording>>,
    shared: Shared,
    end: Millis,
}

/// What is left once a day is over.
pub(super) struct Ended {
    pub(super) summary: Summary,
    /// The lines of `intervals.ndjson`.
    pub(super) intervals: Vec<u8>,
}

/// What a day hands out, while the centre holds on to the other end.
#[derive(Debug, Clone, Default)]
struct Shared {
    items: Arc<Mutex<OnTheWay>>,
    contacts: Lines,
    news: Arc<Mutex<News>>,
    shown: Arc<Mutex<BTreeMap<String, Shown>>>,
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
}

/// Takes the history.
struct Recording {
    emission: Emission<Copies>,
    truth: Truth<Lines>,
    shared: Shared,
    offline_name: String,
}

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
        };
        let files = TruthFiles {
            contacts: shared.contacts.clone(),
            // What is shown of agents is told as it happens.
            agents: Lines::default(),
            intervals: Lines::default(),
        };
        let recording = Recording {
            emission: Emission::new(copies, begin),
            truth: Truth::new(files, end),
            shared: shared.clone(),
            offline_name: config.offline_name.clone(),
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

    /// Ends the day: what is on its way or emitted after its end, and what is left.
    pub(super) fn finish(&mut self) -> (Vec<Item>, Ended) {
        let centre = self.centre.take().expect("a day that is not over");
        let (summary, recording, directory) = centre.finish();
        recording.emission.finish(self.end, &directory).expect("nothing that can fail");
        let files = recording.truth.finish(&directory).expect("nothing that can fail");
        let intervals = std::mem::take(&mut *lock(&files.intervals.0));
        (self.leave(), Ended { summary, intervals })
    }

    /// What happened since this was asked last.
    pub(super) fn news(&self) -> News {
        let mut news = std::mem::take(&mut *lock(&self.shared.news));
        news.contacts = std::mem::take(&mut *lock(&self.shared.contacts.0));
        news
    }

    /// What a workforce manager is to see of each agent who was ever logged on.
    pub(super) fn shown(&self) -> BTreeMap<String, Shown> {
        lock(&self.shared.shown).clone()
    }
}

impl Sink for Recording {
    fn take(&mut self, step: &Step<'_>) {
        self.truth.take(step);
        self.emission.take(step);
        match step.event {
            Event::Contact { step: what, contact } => {
                let id = contact.id.to_string();
                let mut news = lock(&self.shared.news);
                if what == ContactStep::Recorded {
                    news.recorded.push((id.clone(), contact.holds.count));
                }
                news.moments.entry(id).or_default().push((what, step.at));
            }
            Event::Agent { step: what, agent } => {
                let Some(person) = step.directory.people.get(agent.index) else { return };
                let is_on = what != AgentStep::LoggedOff && agent.is_online;
                let shown = if is_on { self.shown_of(agent, step.directory) } else { None };
                lock(&self.shared.shown).insert(person.username.clone(), shown);
            }
            Event::Resource(_) => {}
        }
    }
}

impl Recording {
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
        for _ in 0..self.count {
            self.sent += 1;
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
