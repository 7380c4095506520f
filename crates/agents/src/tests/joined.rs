//! One agent of two Regions: which state counts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::*;

const REGIONS: [&str; 2] = ["ap-southeast-2", "ap-northeast-1"];
const ID: &str = "00000000-0000-4000-8000-000000000001";

/// The consumer keeps nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Nothing;

impl Delivery for Nothing {}

fn arn(region: &str, id: &str) -> String {
    format!("arn:aws:connect:{region}:111122223333:instance/{id}")
}

fn both() -> JoinedInstances {
    REGIONS.map(|region| arn(region, ID)).join(",").parse().unwrap()
}

fn ann(region: &str) -> AgentKey {
    AgentKey::from_text(&format!("{region}/{ID}/ann")).unwrap()
}

fn of(region: usize, mut event: Value) -> AgentUpdate {
    event["InstanceARN"] = arn(REGIONS[region], ID).into();
    update(&event)
}

fn seen(region: usize, kind: &str, second: i64, status: &Value) -> AgentUpdate {
    of(region, event(kind, second, &snapshot(status, &[])))
}

/// The home's record after events that came one by one, each stored in its own instance's record first.
fn home(events: &[AgentUpdate]) -> Record<Nothing> {
    let (joined, home) = (both(), ann(REGIONS[0]));
    let (mut record, mut others) = (Record::<Nothing>::default(), BTreeMap::new());
    for event in events {
        let key = event.key().unwrap();
        if key == home {
            record.agent.merge(event.agent.clone());
        } else {
            let other: &mut Agent = others.entry(key).or_default();
            other.merge(event.agent.clone());
            joined.merge_into(&home, &mut record.joined, |other| others.get(other));
        }
    }
    record
}

fn current(events: &[AgentUpdate]) -> Option<Current> {
    home(events).current()
}

/// Events of both Regions, with times that often tie.
fn events() -> impl Strategy<Value = Vec<AgentUpdate>> {
    let kind = prop::sample::select(vec!["LOGIN", "LOGOUT", "STATE_CHANGE", "HEART_BEAT"]);
    let state = prop::sample::select(vec![
        status("Available", "ROUTABLE", 0),
        status("Available", "ROUTABLE", 3000),
        status("Lunch", "CUSTOM", 3000),
        status("Offline", "OFFLINE", 1000),
    ]);
    let one = (0..2_usize, kind, 0..6_i64, state);
    prop::collection::vec(
        one.prop_map(|(region, kind, time, status)| seen(region, kind, time * 1000, &status)),
        0..12,
    )
}

/// What an agent leaves in a Region: a status of up to the 100th second, and heartbeats and late events of it, or a logout, at any
/// time.
fn left() -> impl Strategy<Value = Vec<AgentUpdate>> {
    let kind = prop::sample::select(vec!["LOGIN", "LOGOUT", "STATE_CHANGE", "HEART_BEAT"]);
    let one = (kind, 0..9000_i64, 0..=100_i64, any::<bool>());
    let event = |(kind, late, since, is_lunch)| {
        let status =
            if is_lunch { status("Lunch", "CUSTOM", since) } else { status("Available", "ROUTABLE", since) };
        seen(0, kind, since + late, &status)
    };
    prop::collection::vec(one.prop_map(event), 0..9)
}

proptest! {
    #[test]
    fn any_order_of_arrival_and_any_repeats_give_the_same(
        (events, shuffled) in events().prop_flat_map(|events| {
            let again = [events.clone(), events.clone()].concat();
            (Just(events), Just(again).prop_shuffle())
        }),
    ) {
        prop_assert_eq!(home(&shuffled), home(&events));
        let of = |region: &str| {
            let named = fold(events.iter().cloned()).into_named();
            named.get(&ann(region)).cloned().unwrap_or_default()
        };
        prop_assert_eq!(current(&events), joined_state(&REGIONS.map(of)));
    }

    #[test]
    fn nothing_of_the_region_left_beats_the_state_that_began_later(
        left in left(), since in 101..200_i64, heartbeat in 0..9000_i64, at_first in any::<bool>(),
    ) {
        let training = status("Training", "CUSTOM", since);
        let now = vec![seen(1, "LOGIN", since, &training), seen(1, "HEART_BEAT", since + heartbeat, &training)];
        let alone = current(&now);
        let events = if at_first { [now, left].concat() } else { [left, now].concat() };
        prop_assert_eq!(current(&events), alone);
    }

    #[test]
    fn a_logout_in_the_region_left_does_not_hide_who_works_in_the_other(
        left in 0..9000_i64, logout in 0..100_i64, stay in 1..9000_i64, at_first in any::<bool>(), is_offline in any::<bool>(),
    ) {
        let there = vec![seen(1, "STATE_CHANGE", left + stay, &status("Lunch", "CUSTOM", left + stay))];
        let available = status("Available", "ROUTABLE", left);
        let out = match (is_offline, left + logout) {
            (true, second) => seen(0, "STATE_CHANGE", second, &status("Offline", "OFFLINE", second)),
            (false, second) => seen(0, "LOGOUT", second, &available),
        };
        let here = vec![seen(0, "LOGIN", left, &available), out];
        let alone = current(&there);
        let events = if at_first { [there, here].concat() } else { [here, there].concat() };
        prop_assert_eq!(current(&events), alone);
    }

    #[test]
    fn who_logged_off_is_not_logged_on_by_heartbeats_of_the_region_left(
        left in left(), beats in prop::collection::vec(0..9000_i64, 1..4), since in 9101..9200_i64, stay in 0..100_i64,
        at_first in any::<bool>(), is_offline in any::<bool>(),
    ) {
        let (training, available) = (status("Training", "CUSTOM", since), status("Available", "ROUTABLE", 100));
        let out = match (is_offline, since + stay) {
            (true, second) => seen(1, "STATE_CHANGE", second, &status("Offline", "OFFLINE", second)),
            (false, second) => seen(1, "LOGOUT", second, &training),
        };
        let now = vec![seen(1, "LOGIN", since, &training), out];
        let beats = beats.iter().map(|late| seen(0, "HEART_BEAT", since + stay + late, &available));
        let left = [left, vec![seen(0, "LOGIN", 100, &available)], beats.collect()].concat();
        let alone = current(&now);
        prop_assert_eq!(&alone.as_ref().unwrap().state, &AgentState::LoggedOff);
        let events = if at_first { [now, left].concat() } else { [left, now].concat() };
        prop_assert_eq!(current(&events), alone);
    }

    #[test]
    fn a_heartbeat_does_not_change_when_a_state_began(since in 0..100_i64, beats in prop::collection::vec((0..2_usize, 0..9000_i64), 0..9)) {
        let available = status("Available", "ROUTABLE", since);
        let mut events = [0, 1].map(|region| seen(region, "STATE_CHANGE", since, &available)).to_vec();
        let began = current(&events).unwrap();
        events.extend(beats.iter().map(|(region, late)| seen(*region, "HEART_BEAT", since + late, &available)));
        let current = current(&events).unwrap();
        prop_assert_eq!((current.since, current.state), (began.since, began.state));
    }
}

#[test]
fn who_is_logged_off_everywhere_is_logged_off_since_the_last() {
    let available = status("Available", "ROUTABLE", 0);
    let logout = |region, second| seen(region, "LOGOUT", second, &available);
    let events =
        [seen(0, "LOGIN", 1, &available), logout(0, 9), seen(1, "LOGIN", 3, &available), logout(1, 7)];
    let off = current(&events).unwrap();
    assert_eq!((off.state, off.since), (AgentState::LoggedOff, at(9)));
    assert_eq!(current(&[]), None);
}

#[test]
fn who_comes_back_is_in_the_first_region_again() {
    let on = |region, name: &str, since| seen(region, "STATE_CHANGE", since, &status(name, "CUSTOM", since));
    let mut events = vec![on(0, "Email", 10), on(1, "Lunch", 20)];
    let code = |events: &[AgentUpdate]| match current(events).unwrap().state {
        AgentState::LoggedOn { code, .. } => code,
        AgentState::LoggedOff => String::new(),
    };
    assert_eq!(code(&events), "Lunch-id");
    events.push(on(0, "Training", 30));
    assert_eq!(code(&events), "Training-id");
}

#[test]
fn who_logged_off_in_one_region_and_works_on_in_the_other_is_logged_on() {
    let (available, lunch) = (status("Available", "ROUTABLE", 10), status("Lunch", "CUSTOM", 20));
    let mut events = vec![seen(0, "LOGIN", 10, &available), seen(1, "STATE_CHANGE", 20, &lunch)];
    events.extend([seen(1, "LOGOUT", 30, &lunch), seen(0, "STATE_CHANGE", 29, &available)]);
    assert_eq!(current(&events).unwrap().state, AgentState::LoggedOff);
    events.push(seen(0, "STATE_CHANGE", 31, &available));
    assert_eq!(current(&events).unwrap().since, at(10), "a contact, by its event");
    events.push(seen(0, "LOGOUT", 40, &available));
    assert_eq!(current(&events).unwrap().since, at(30), "and logged off in both");
}

#[test]
fn the_region_that_is_silent_says_nothing_while_another_one_speaks() {
    let [mut here, mut there] = [0, 1].map(|region| {
        let name = if region == 0 { "Email" } else { "Lunch" };
        let second = 10 + i64::try_from(region).unwrap();
        seen(region, "STATE_CHANGE", second, &status(name, "CUSTOM", second)).agent
    });
    there.time_out();
    assert_eq!(joined_state([&here, &there]).unwrap().since, at(10));
    here.time_out();
    assert_eq!(joined_state([&here, &there]), there.current(), "logged off since the last");
}

#[test]
fn the_home_is_kept_for_as_long_as_any_of_its_agents() {
    let record = home(&[seen(1, "STATE_CHANGE", 10, &status("Lunch", "CUSTOM", 10))]);
    assert_eq!(record.expires_at(), (at(10) + RETENTION).as_second());
    let text = serde_json::to_string(&record).unwrap();
    assert!(text.contains(&format!(r#""joined":{{"{}/{ID}":"#, REGIONS[1])), "{text}");
    assert_eq!(serde_json::from_str::<Record<Nothing>>(&text).unwrap(), record);
    assert!(serde_json::from_str::<Record<Nothing>>(&text.replace(REGIONS[1], "#")).is_err());
}

#[test]
fn an_instance_that_is_joined_no_more_is_forgotten() {
    let mut record = home(&[seen(1, "STATE_CHANGE", 10, &status("Lunch", "CUSTOM", 10))]);
    JoinedInstances::default().merge_into(&ann(REGIONS[0]), &mut record.joined, |_| None);
    assert_eq!(record, Record::default());
}

#[test]
fn groups_are_read_and_the_first_of_each_is_the_home() {
    let other = "00000000-0000-4000-8000-000000000002";
    let [a, b] = REGIONS.map(|region| arn(region, ID));
    let [c, d] = REGIONS.map(|region| arn(region, other));
    let joined: JoinedInstances = format!("{a}, {b};{d},{c}").parse().unwrap();
    let key = |text: &str| AgentKey::from_text(&format!("{text}/ann")).unwrap();
    for (agent, home) in [
        (ann(REGIONS[1]), ann(REGIONS[0])),
        (key(&format!("{}/{other}", REGIONS[0])), key(&format!("{}/{other}", REGIONS[1]))),
        (key("eu-west-1/i"), key("eu-west-1/i")),
    ] {
        assert_eq!((joined.home(&agent), joined.home(&home)), (home.clone(), home.clone()));
        assert_eq!(
            joined.others(&home).collect::<Vec<_>>(),
            if agent == home { vec![] } else { vec![agent] }
        );
    }
    assert_eq!(joined.others(&ann(REGIONS[1])).count(), 0, "it is no home");
    let refused = |text: &str| text.parse::<JoinedInstances>().unwrap_err();
    for (text, error) in [
        (a.clone(), InvalidJoin::Alone),
        (format!("{a},{b};{c}"), InvalidJoin::Alone),
        (format!("{a},{a}"), InvalidJoin::Repeated),
        (format!("{a},{b};{c},{a}"), InvalidJoin::Repeated),
    ] {
        assert_eq!(refused(&text), error, "{text}");
    }
    for text in ["", "nope", &format!("{a},"), &format!("{a},{b};")] {
        assert!(matches!(refused(text), InvalidJoin::NotAnInstance(_)), "{text}");
    }
}
