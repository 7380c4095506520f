//! Clocks that are off shift what a source writes, and nothing else.

use std::collections::BTreeMap;

use serde_json::Value;
use switchboard_core::log_batch::LogBatch;

use super::emission::Kept;
use crate::model::{
    emit::{Emission, EmittedKind},
    *,
};

fn config() -> Config {
    Config { agents: 12, contacts_per_day: 400, ..Config::default() }
}

fn emitted(clock_skew: ClockSkew) -> Kept {
    let (begin, end) = (config().begin(), config().end());
    let emission = Emission::new(Kept::default(), begin).with_clock_skew(clock_skew);
    let (_, emission, directory) = Centre::new(config(), emission).unwrap().finish();
    emission.finish(end, &directory).unwrap()
}

/// How much later each timestamp is; everything else has to be the same.
fn shifts(plain: &Value, shifted: &Value, found: &mut Vec<i64>) {
    let moment = |value: &Value| value.as_str()?.parse::<jiff::Timestamp>().ok();
    match (plain, shifted) {
        (Value::Object(plain), Value::Object(shifted)) => {
            assert!(plain.keys().eq(shifted.keys()));
            for ((name, plain), shifted) in plain.iter().zip(shifted.values()) {
                // Files are named by the clock.
                if name != "Location" {
                    shifts(plain, shifted, found);
                }
            }
        }
        (Value::Array(plain), Value::Array(shifted)) => {
            assert_eq!(plain.len(), shifted.len());
            plain.iter().zip(shifted).for_each(|(plain, shifted)| shifts(plain, shifted, found));
        }
        _ => match (moment(plain), moment(shifted)) {
            (Some(plain), Some(shifted)) => {
                found.push(shifted.as_millisecond() - plain.as_millisecond());
            }
            _ => assert_eq!(plain, shifted),
        },
    }
}

/// The JSON of an item: of a batch of log lines the lines.
fn documents(kind: EmittedKind, bytes: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(bytes).unwrap();
    match kind {
        EmittedKind::Report => vec![Value::from(text)],
        EmittedKind::FlowLogs => {
            let batch = LogBatch::unpack(text, 1 << 20).unwrap();
            let events = batch.events();
            let lines = events.iter().map(|event| event.message.text().unwrap().into_owned());
            lines.map(|line| serde_json::from_str(&line).unwrap()).collect()
        }
        _ => vec![serde_json::from_str(text).unwrap()],
    }
}

#[test]
fn each_source_is_off_by_an_offset_of_its_own() {
    const MOST: Millis = 2_500;
    let (plain, shifted) = (emitted(ClockSkew::default()), emitted(ClockSkew { seed: 9, most: MOST }));
    assert_eq!(plain.0.len(), shifted.0.len());
    let mut offsets: BTreeMap<(EmittedKind, &str), Vec<i64>> = BTreeMap::new();
    for ((kind, at, key, bytes), other) in plain.0.iter().zip(&shifted.0) {
        assert_eq!((kind, at, key), (&other.0, &other.1, &other.2), "delivery stays as it is");
        let source = if *kind == EmittedKind::AgentEvent { &**key } else { "" };
        let found = offsets.entry((*kind, source)).or_default();
        let (before, after) = (documents(*kind, bytes), documents(*kind, &other.3));
        assert_eq!(before.len(), after.len());
        before.iter().zip(&after).for_each(|(before, after)| shifts(before, after, found));
        found.sort_unstable();
        found.dedup();
    }
    assert!(offsets.get(&(EmittedKind::Report, "")).unwrap().is_empty());
    let mut agents: Vec<_> = Vec::new();
    for ((kind, source), found) in &offsets {
        if *kind != EmittedKind::Report {
            assert_eq!(found.len(), 1, "{kind:?} {source}: {found:?}");
            assert!(found[0].abs() < MOST + SECOND);
        }
        if *kind == EmittedKind::AgentEvent {
            agents.push(found[0]);
        }
    }
    agents.sort_unstable();
    agents.dedup();
    assert!(agents.len() > 8 && agents[0] < 0 && *agents.last().unwrap() > 0, "{agents:?}");
}
