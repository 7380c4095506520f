//! The fold is the same in any order, with any repeats and in any parts.

use super::*;

/// The instances of the agents: a replica has its source's id.
const INSTANCES: [&str; 2] = [INSTANCE, "arn:aws:connect:ap-northeast-1:012345678910:instance/i"];

/// Events of three agents in each of two instances, with times and ids that often tie.
fn events() -> impl Strategy<Value = Vec<AgentUpdate>> {
    let kind = prop::sample::select(vec!["LOGIN", "LOGOUT", "STATE_CHANGE", "HEART_BEAT", "NEW_ONE"]);
    let state = prop::sample::select(vec![
        Value::Null,
        json!({}),
        status("Available", "ROUTABLE", 0),
        status("Available", "ROUTABLE", 30),
        status("Lunch", "CUSTOM", 20),
        status("Offline", "OFFLINE", 10),
    ]);
    let contacts =
        prop::sample::select(vec![vec![], vec![contact("CONNECTED", 5)], vec![contact("ENDED", 9)]]);
    let one =
        (kind, 0..6_i64, state, contacts, 0..3_usize, 0..2_usize, 0..2_usize, prop::bool::weighted(0.2));
    let event = one.prop_map(|(kind, time, status, contacts, agent, instance, id, has_no_name)| {
        let mut current = snapshot(&status, &contacts);
        // Now and then an agent has another name.
        let name = if time == 4 && id == 0 { "renamed" } else { "agent" };
        current["Configuration"]["Username"] = format!("{name}-{agent}").into();
        let mut event = event(kind, time * 1000, &current);
        event["EventId"] = format!("{id}").into();
        event["AgentARN"] = format!("arn-{agent}").into();
        event["InstanceARN"] = INSTANCES[instance].into();
        if has_no_name {
            event["CurrentAgentSnapshot"] = Value::Null;
        }
        update(&event)
    });
    prop::collection::vec(event, 0..30)
}

fn merged(parts: impl IntoIterator<Item = Agents>) -> Agents {
    let mut all = Agents::default();
    for part in parts {
        all.merge(part);
    }
    all
}

proptest! {
    #[test]
    fn order_does_not_matter(events in events(), seed in any::<u64>()) {
        let mut shuffled = events.clone();
        // By a number that the seed gives to each: a shuffle that shrinks.
        let mut number = seed;
        shuffled.sort_by_cached_key(|_| {
            number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            number >> 16
        });
        prop_assert_eq!(fold(shuffled), fold(events));
    }

    #[test]
    fn repeats_do_not_matter(events in events(), again in prop::collection::vec(any::<prop::sample::Index>(), 0..9)) {
        let mut repeated = events.clone();
        if !events.is_empty() {
            repeated.extend(again.iter().map(|index| index.get(&events).clone()));
        }
        prop_assert_eq!(fold(repeated), fold(events));
    }

    #[test]
    fn the_merge_of_the_folds_of_parts_is_the_fold_of_all(events in events(), cut in 1..7_usize, shards in 1..4_usize) {
        let batches = merged(events.chunks(cut).map(|part| fold(part.to_vec())));
        prop_assert_eq!(&batches, &fold(events.clone()));
        let shard = |n| fold(events.iter().skip(n).step_by(shards).cloned());
        prop_assert_eq!(merged((0..shards).map(shard)), batches);
    }

    #[test]
    fn an_agent_is_kept_as_json(events in events()) {
        for agent in fold(events).into_named().into_values() {
            let text = serde_json::to_string(&agent).unwrap();
            prop_assert_eq!(serde_json::from_str::<Agent>(&text).unwrap(), agent);
        }
    }
}
