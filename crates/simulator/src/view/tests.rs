//! What holds for every view, whatever the seed.

mod agents;
mod records;

use std::io;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::model::{Directory, emit::EmittedKind};

fn config() -> Config {
    Config { seed: 7, agents: 10, contacts_per_day: 400, ..Config::default() }
}

fn items(config: Config, kind: EmittedKind) -> Vec<Item> {
    View::new(config, kind).unwrap().collect()
}

fn parsed(item: &Item) -> Value {
    serde_json::from_str(&item.text).unwrap()
}

/// A view tells nothing else than the whole centre does.
#[test]
fn a_view_is_what_the_whole_centre_emits_of_its_kind() {
    let mut all: Vec<(EmittedKind, Item)> = Vec::new();
    let keep = |emitted: &Emitted<'_>| -> io::Result<()> {
        let text = String::from_utf8(emitted.bytes.to_owned()).unwrap();
        let at = Timestamp::from_millisecond(emitted.at).unwrap();
        all.push((emitted.kind, Item { key: emitted.key.to_owned(), at, text }));
        Ok(())
    };
    let emission = Emission::new(keep, config().begin());
    let (_, emission, directory) = Centre::new(config(), emission).unwrap().finish();
    _ = emission.finish(config().end(), &directory).unwrap();
    for kind in
        [EmittedKind::ContactRecord, EmittedKind::ContactEvent, EmittedKind::AgentEvent, EmittedKind::Report]
    {
        let expected: Vec<_> = all.iter().filter(|(of, _)| *of == kind).map(|(_, item)| item).collect();
        let found = items(config(), kind);
        assert!(found.len() > 20 && found.iter().eq(expected), "{kind:?}");
    }
    // Lines are the same, but batches end by what else happens.
    assert!(items(config(), EmittedKind::FlowLogs).len() > 100);
}

#[test]
fn a_view_ends_where_it_is_left() {
    let endless = Config { duration: SignedDuration::from_hours(24 * 400), ..config() };
    let mut view = View::new(endless, EmittedKind::ContactRecord).unwrap();
    let first: Vec<_> = view.by_ref().take(20).collect();
    let begin = config().begin();
    assert!(
        first.iter().all(|item| item.at.as_millisecond() - begin < 24 * 60 * MINUTE),
        "no more is made than asked for"
    );
    assert!(view.centre.is_some());
}

#[test]
fn debug_shows_no_number_and_no_name() {
    let given = switchboard_core::phone::PhoneNumber::parse("+12025550142").unwrap();
    let config = Config { callers: vec![given], ..config() };
    for (kind, secret) in [(EmittedKind::ContactRecord, "2025550142"), (EmittedKind::AgentEvent, "agent0")] {
        let mut view = View::new(config.clone(), kind).unwrap();
        let item = view.find(|item| item.text.contains(secret)).unwrap();
        for text in [format!("{item:?}"), format!("{view:?}")] {
            assert!(!text.contains(secret) && !text.contains("arn"), "{text}");
        }
    }
}

#[test]
fn people_differ() {
    let config = Config { agents: 2_000, contacts_per_day: 0, ..config() };
    let centre = Centre::new(config, |_: &Step<'_>| {}).unwrap();
    let Directory { people, .. } = centre.directory();
    let names: std::collections::BTreeSet<_> = people.iter().map(|person| &*person.username).collect();
    let arns: std::collections::BTreeSet<_> = people.iter().map(|person| &*person.arn).collect();
    assert_eq!((names.len(), arns.len()), (2_000, 2_000));
    assert!(names.iter().all(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn any_moment_of_two_centuries_will_do(seed: u64, from in 31_536_000_i64..7_258_118_400) {
        let from = Timestamp::from_second(from).unwrap();
        let config = Config { seed, from, agents: 3, contacts_per_day: 100, ..Config::default() };
        if config.validate().is_ok() {
            prop_assert!(View::new(config, EmittedKind::ContactRecord).unwrap().count() > 10);
        }
    }
}
