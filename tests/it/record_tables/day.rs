//! An invented day: its contact records, and the figures that are true of it.

use std::collections::BTreeMap;
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

/// A day.
pub(crate) struct Day {
    /// The contact records, in the order of delivery.
    pub(crate) records: Vec<String>,
    /// The true figures of quarters of an hour.
    pub(super) truth: BTreeMap<Key, Figures>,
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
}

/// A centre of sixty agents.
pub(super) static DAY: LazyLock<Day> =
    LazyLock::new(|| Day::of(Config { agents: 60, queues: 4, contacts_per_day: 3_000, ..Config::default() }));

impl Day {
    pub(crate) fn of(config: Config) -> Self {
        let (begin, end) = (config.begin(), config.end());
        let files = TruthFiles { contacts: Vec::new(), agents: Vec::new(), intervals: Vec::new() };
        let mut records = Vec::new();
        let mut truth = Truth::new(files, end);
        let output = |emitted: &Emitted<'_>| {
            if emitted.kind == EmittedKind::ContactRecord {
                records.push(String::from_utf8(emitted.bytes.to_owned()).map_err(io::Error::other)?);
            }
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
        let lines = files.intervals.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let at = |millis| Timestamp::from_millisecond(millis).expect("a time");
        Self { records, truth: lines.map(line).collect(), from: at(begin), to: at(end) }
    }
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
