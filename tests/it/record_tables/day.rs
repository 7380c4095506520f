//! An invented day: its contact records and contact events, and the figures that are true of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::sync::LazyLock;

use jiff::Timestamp;
use serde_json::Value;
use switchboard_core::arn::last_segment;
use switchboard_simulator::model::{
    Centre, Config, Contact, ContactId, ContactStep, Event, InitiationMethod, LegRole, Millis, Sink as _,
    Step, WaitEnd,
    emit::{Emission, Emitted, EmittedKind},
    truth::{Truth, TruthFiles},
};
use switchboard_tests::record_figures::{Figures, Key, truth as truth_line};

/// A time of an agent in which neither status nor activity changes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stretch {
    pub(crate) agent: String,
    pub(crate) from: Timestamp,
    pub(crate) to: Option<Timestamp>,
    pub(crate) status: String,
    pub(crate) activity: Option<String>,
}

/// A day.
pub(crate) struct Day {
    /// The contact records, in the order of delivery.
    pub(crate) records: Vec<String>,
    /// The agent events, in the order of delivery.
    pub(crate) agent_events: Vec<String>,
    /// What agents really did, in the order of agents and time.
    pub(crate) agents: Vec<Stretch>,
    /// The contact records and contact events, each with when it was delivered.
    pub(crate) deliveries: Vec<(Millis, EmittedKind, String)>,
    /// The true figures of quarters of an hour.
    pub(crate) truth: BTreeMap<Key, Figures>,
    /// What the centre says in the middle of the day.
    pub(crate) moments: Vec<Moment>,
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
}

/// What the centre says at a moment.
pub(crate) struct Moment {
    pub(crate) at: Millis,
    /// Of each quarter of an hour, queue and channel, how many contacts are in which state, by its name in `queue_intervals`.
    pub(crate) queues: BTreeMap<Key, BTreeMap<&'static str, u64>>,
}

/// A centre of sixty agents.
pub(crate) static DAY: LazyLock<Day> =
    LazyLock::new(|| Day::of(Config { agents: 60, queues: 4, contacts_per_day: 3_000, ..Config::default() }));

/// Hours after the beginning at which the centre is asked; not of a whole interval.
const ASKED_AFTER_SECONDS: [i64; 4] = [9 * 3600 + 7, 11 * 3600 + 613, 14 * 3600 + 1799, 16 * 3600 + 60];

impl Day {
    /// The user names of so many agents.
    pub(super) fn first_agents(&self, agents: usize) -> BTreeSet<&str> {
        let all: BTreeSet<_> = self.agents.iter().map(|stretch| &*stretch.agent).collect();
        all.into_iter().take(agents).collect()
    }

    /// The events of so many agents.
    pub(super) fn agent_events_of(&self, agents: usize) -> Vec<&str> {
        let names = self.first_agents(agents).into_iter();
        let names: Vec<_> = names.map(|name| format!(r#""Username":"{name}""#)).collect();
        let events = self.agent_events.iter().map(String::as_str);
        events.filter(|event| names.iter().any(|name| event.contains(name))).collect()
    }

    pub(crate) fn of(config: Config) -> Self {
        let (begin, end) = (config.begin(), config.end());
        let files = TruthFiles { contacts: Vec::new(), agents: Vec::new(), intervals: Vec::new() };
        let (mut deliveries, mut agent_events) = (Vec::new(), Vec::new());
        let mut truth = Truth::new(files, end);
        let output = |emitted: &Emitted<'_>| {
            let text = || String::from_utf8(emitted.bytes.to_owned()).map_err(io::Error::other);
            match emitted.kind {
                EmittedKind::AgentEvent => agent_events.push(text()?),
                EmittedKind::ContactRecord | EmittedKind::ContactEvent => {
                    deliveries.push((emitted.at, emitted.kind, text()?));
                }
                _ => {}
            }
            Ok(())
        };
        let mut emission = Emission::new(output, begin);
        let mut asked = ASKED_AFTER_SECONDS.map(|seconds| begin + seconds * 1000).into_iter().peekable();
        let (mut waited, mut moments) = (Waited::default(), Vec::new());
        let sink = |step: &Step<'_>| {
            while let Some(at) = asked.next_if(|at| *at <= step.at) {
                moments.push(Moment { at, queues: waited.by_state() });
            }
            truth.take(step);
            emission.take(step);
            waited.take(step);
        };
        let (_, _, directory) = Centre::new(config, sink).expect("a centre").finish();
        let files = truth.finish(&directory).expect("the truth");
        let _output = emission.finish(end, &directory).expect("records");
        let of_kind = |(_, kind, text): &(Millis, EmittedKind, String)| {
            (*kind == EmittedKind::ContactRecord).then(|| text.clone())
        };
        Self {
            records: deliveries.iter().filter_map(of_kind).collect(),
            deliveries,
            agent_events,
            truth: lines(&files.intervals).map(truth_line).collect(),
            agents: stretches(&files.agents),
            moments,
            from: time(begin),
            to: time(end),
        }
    }

    /// The contact records and contact events that were delivered from a moment until another.
    pub(crate) fn delivered(&self, from: Millis, until: Millis) -> Vec<&str> {
        let between = self.deliveries.iter().filter(|(at, ..)| (from..until).contains(at));
        between.map(|(.., text)| text.as_str()).collect()
    }
}

/// The contacts that came into a queue, as they are now.
#[derive(Default)]
struct Waited {
    contacts: HashMap<ContactId, (Contact, Key)>,
    recorded: BTreeSet<ContactId>,
}

impl Waited {
    fn take(&mut self, step: &Step<'_>) {
        let Event::Contact { step: what, contact } = step.event else { return };
        // These are no customer's, and a call that an agent dials does not wait.
        let is_other = matches!(
            contact.method,
            InitiationMethod::Monitor | InitiationMethod::ExternalOutbound | InitiationMethod::Outbound
        );
        let (Some(queue), Some(enqueued), false) = (contact.queue, contact.enqueued, is_other) else {
            return;
        };
        if what == ContactStep::Recorded {
            self.recorded.insert(contact.id);
        }
        let quarter = time(enqueued.div_euclid(900_000) * 900_000);
        let id = last_segment(step.directory.queue_arn(queue)).to_owned();
        let key = (quarter, None, Some(id), Some(contact.channel.name().to_owned()));
        self.contacts.insert(contact.id, (contact.snapshot(), key));
    }

    fn by_state(&self) -> BTreeMap<Key, BTreeMap<&'static str, u64>> {
        let mut counted: BTreeMap<Key, BTreeMap<&'static str, u64>> = BTreeMap::new();
        for (contact, key) in self.contacts.values() {
            let is_recorded = self.recorded.contains(&contact.id);
            // Of a colleague who was asked only the record says so.
            if contact.role == LegRole::Consulted && contact.connected.is_some() && is_recorded {
                continue;
            }
            let state = match contact.wait_end {
                _ if contact.connected.is_some() => "answered",
                _ if contact.disconnected.is_none() => "waiting",
                Some(WaitEnd::Abandoned) => "abandoned",
                Some(WaitEnd::CallbackRequested) => "callback_requested",
                Some(WaitEnd::TransferredOut) => "transferred_out_from_queue",
                Some(WaitEnd::EndedOtherwise | WaitEnd::Answered) | None => "ended_otherwise",
            };
            let figures = counted.entry(key.clone()).or_default();
            *figures.entry(state).or_default() += 1;
            *figures.entry("offered").or_default() += 1;
            *figures.entry("provisional").or_default() += u64::from(!is_recorded);
        }
        counted
    }
}

fn time(millis: Millis) -> Timestamp {
    Timestamp::from_millisecond(millis).expect("a time")
}

fn lines(file: &[u8]) -> impl Iterator<Item = &[u8]> {
    file.split(|byte| *byte == b'\n').filter(|line| !line.is_empty())
}

/// The lines of the agents' truth; two of the same, of which one goes on where the other ends, are one.
fn stretches(file: &[u8]) -> Vec<Stretch> {
    let read = |line| {
        let line: Value = serde_json::from_slice(line).expect("a line");
        let text = |name: &str| line[name].as_str().map(str::to_owned);
        let time = |name: &str| text(name).map(|time| time.parse().expect("a time"));
        Stretch {
            agent: text("agent").expect("an agent"),
            from: time("from").expect("a beginning"),
            to: time("to"),
            status: text("status").expect("a status"),
            activity: text("activity"),
        }
    };
    let mut all: Vec<Stretch> = lines(file).map(read).collect();
    all.sort();
    all.dedup_by(|next, held| {
        let is_same =
            (&next.agent, &next.status, &next.activity) == (&held.agent, &held.status, &held.activity);
        let goes_on = is_same && held.to == Some(next.from);
        if goes_on {
            held.to = next.to;
        }
        goes_on
    });
    all
}
