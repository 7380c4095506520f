//! Figures are written once, when nothing can change them any more, and then leave memory.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use super::{emission::DAY_OF_SIXTY, six_contacts};
use crate::model::{
    truth::{Truth, TruthFiles},
    *,
};

/// The truth of a centre, and the most figures that were in memory at a time, by day.
struct Watched {
    truth: Truth<std::io::Sink>,
    begin: Millis,
    most: Vec<usize>,
    last: usize,
}

impl Watched {
    fn new(config: &Config) -> Self {
        use std::io::sink;
        let files = TruthFiles { contacts: sink(), agents: sink(), intervals: sink() };
        Self { truth: Truth::new(files, config.end()), begin: config.begin(), most: Vec::new(), last: 0 }
    }
}

impl Sink for Watched {
    fn take(&mut self, step: &Step<'_>) {
        self.truth.take(step);
        self.last = self.truth.figures_in_memory();
        let day = usize::try_from((step.at - self.begin) / DAY).unwrap();
        if self.most.len() <= day {
            self.most.resize(day + 1, 0);
        }
        self.most[day] = self.most[day].max(self.last);
    }
}

/// What counts after its line was written would have a second line.
#[test]
fn a_line_is_written_once() {
    let (_, _, intervals) = &*DAY_OF_SIXTY;
    let of =
        |line: &serde_json::Value| ["from", "agent", "queue", "channel"].map(|name| line[name].to_string());
    let keys: BTreeSet<_> = intervals.iter().map(of).collect();
    assert_eq!(keys.len(), intervals.len());
    assert!(keys.len() > 5_000, "{}", keys.len());
    // Nothing counts nowhere.
    let counts =
        |line: &serde_json::Value| line.as_object().unwrap().values().any(|value| value.as_i64() > Some(0));
    assert!(intervals.iter().all(counts));
}

#[test]
fn figures_in_memory_do_not_grow_with_time() {
    let config = Config {
        agents: 20,
        contacts_per_day: 1_000,
        duration: SignedDuration::from_hours(4 * 24),
        ..Config::default()
    };
    let watched = Watched::new(&config);
    let (_, watched, _) = Centre::new(config, watched).unwrap().finish();
    let [_, second, third, fourth] = watched.most[..4] else { panic!("{:?}", watched.most) };
    assert!(second < 1_000 && third.max(fourth) < second * 2, "{:?}", watched.most);
}

/// When the last of the six is over, nothing is held: not even by the e-mail that waited for twelve hours.
#[test]
fn contacts_that_are_over_hold_nothing() {
    let config = six_contacts::config();
    let watched = Watched::new(&config);
    let centre =
        Centre::scripted(config, &six_contacts::shifts(), six_contacts::contacts(), watched).unwrap();
    let (_, watched, _) = centre.finish();
    assert!(watched.most[0] > 5, "{:?}", watched.most);
    assert!(watched.last <= 1, "{}", watched.last);
}
