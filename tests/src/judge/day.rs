//! The centre's day: what is emitted of it, and what really happened, as it goes on.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use switchboard_simulator::model::emit::{Emission, Emitted, EmittedKind, Output};
use switchboard_simulator::model::truth::{Truth, TruthFiles};
use switchboard_simulator::model::{Centre, ClockSkew, Config, Event, Millis, Sink, Step, Summary};

use super::customers::Customers;
use super::failures::Failures;
use super::news::News;
use super::seen::{Beginnings, Seen};

/// Something that was emitted.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) kind: EmittedKind,
    pub(super) at: Millis,
    pub(super) key: String,
    pub(super) bytes: Vec<u8>,
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
    customers: Arc<Mutex<Customers>>,
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

impl Day {
    /// The day of this centre, of which each item comes so often, each time up to so much later.
    pub(super) fn new(
        config: Config,
        (copies, disorder): (u32, Millis),
        clock_skew: ClockSkew,
        failures: Failures,
    ) -> Self {
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
            emission: Emission::new(copies, begin).with_clock_skew(clock_skew),
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

    /// What customers have done by now.
    pub(super) fn customers(&self) -> MutexGuard<'_, Customers> {
        lock(&self.shared.customers)
    }
}

impl Sink for Recording {
    fn take(&mut self, step: &Step<'_>) {
        self.truth.take(step);
        self.emission.take(step);
        match step.event {
            Event::Contact { step: what, contact } => {
                lock(&self.shared.seen).take_contact(contact, step.directory);
                lock(&self.shared.customers).take((step.at, what), contact, step.directory);
                lock(&self.shared.news).take_contact(step, what, contact);
            }
            Event::Agent { step: what, agent } => {
                let began = self.beginnings.of(step.at, agent);
                lock(&self.shared.seen).take_agent(step, (what, agent), began, &self.offline_name);
            }
            Event::Resource(_) => {}
        }
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
