//! An invented day: its contact records, and the figures that are true of it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::LazyLock;

use jiff::Timestamp;
use serde_json::Value;
use switchboard_simulator::model::{
    Centre, Config, Sink as _, Step,
    emit::{Emission, Emitted, EmittedKind},
    truth::{Truth, TruthFiles},
};

/// The figures of an interval by name.
pub(super) type Figures = BTreeMap<String, Option<u64>>;
/// The beginning of an interval, agent, queue, channel.
pub(super) type Key = (Timestamp, Option<String>, Option<String>, Option<String>);

/// A time of an agent in which neither status nor activity changes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stretch {
    pub(super) agent: String,
    pub(super) from: Timestamp,
    pub(super) to: Option<Timestamp>,
    pub(super) status: String,
    pub(super) activity: Option<String>,
}

/// A day.
pub(super) struct Day {
    /// The contact records, in the order of delivery.
    pub(super) records: Vec<String>,
    /// The agent events, in the order of delivery.
    pub(super) agent_events: Vec<String>,
    /// The true figures of quarters of an hour.
    pub(super) truth: BTreeMap<Key, Figures>,
    /// What agents really did, in the order of agents and time.
    pub(super) agents: Vec<Stretch>,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

/// A centre of sixty agents.
pub(super) static DAY: LazyLock<Day> =
    LazyLock::new(|| Day::of(Config { agents: 60, queues: 4, contacts_per_day: 3_000, ..Config::default() }));

impl Day {
    /// The events of so many agents.
    pub(super) fn agent_events_of(&self, agents: usize) -> Vec<&str> {
        let names: BTreeSet<_> = self.agents.iter().map(|stretch| &stretch.agent).collect();
        let names: Vec<_> =
            names.into_iter().take(agents).map(|name| format!(r#""Username":"{name}""#)).collect();
        let events = self.agent_events.iter().map(String::as_str);
        events.filter(|event| names.iter().any(|name| event.contains(name))).collect()
    }

    fn of(config: Config) -> Self {
        let (begin, end) = (config.begin(), config.end());
        let files = TruthFiles { contacts: Vec::new(), agents: Vec::new(), intervals: Vec::new() };
        let (mut records, mut agent_events) = (Vec::new(), Vec::new());
        let mut truth = Truth::new(files, end);
        let output = |emitted: &Emitted<'_>| {
            let taken = match emitted.kind {
                EmittedKind::ContactRecord => &mut records,
                EmittedKind::AgentEvent => &mut agent_events,
                _ => return Ok(()),
            };
            taken.push(String::from_utf8(emitted.bytes.to_owned()).map_err(io::Error::other)?);
            Ok(())
        };
        let mut emission = Emission::new(output, begin);
        let sink = |step: &Step<'_>| {
            truth.take(step);
            emission.take(step);
        };
        let (_, _, directory) = Centre::new(config, sink).expect("a centre").finish();
        let files = truth.finish(&directory).expect("the truth");
        let _output = emission.finish(end, &directory).expect("records");
        let at = |millis| Timestamp::from_millisecond(millis).expect("a time");
        Self {
            records,
            agent_events,
            truth: lines(&files.intervals).map(line).collect(),
            agents: stretches(&files.agents),
            from: at(begin),
            to: at(end),
        }
    }
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

/// A line of the truth.
fn line(bytes: &[u8]) -> (Key, Figures) {
    let line: serde_json::Map<String, Value> = serde_json::from_slice(bytes).expect("a line");
    let text = |name: &str| line[name].as_str().map(str::to_owned);
    let from = text("from").expect("a beginning").parse().expect("a time");
    let figures = line.iter().filter(|(_, value)| value.is_number() || value.is_null());
    let figures = figures.map(|(name, value)| (name.clone(), value.as_u64())).collect();
    ((from, text("agent"), text("queue"), text("channel")), figures)
}
