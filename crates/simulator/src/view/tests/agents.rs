//! Agent events.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use switchboard_core::{
    agent_event::AgentEvent,
    json::{self, Raw},
    kind::RecordKind,
};

use super::*;

/// Milliseconds since 1970 of a timestamp, which has exactly three digits of them and `Z`.
fn millis(value: &Value) -> i64 {
    let text = value.as_str().unwrap();
    assert_eq!(text.len(), "2026-11-06T05:00:00.000Z".len(), "{text}");
    assert!(text.ends_with('Z'), "{text}");
    text.parse::<Timestamp>().unwrap().as_millisecond()
}

#[test]
fn members_are_in_connects_order() {
    fn names(object: Raw<'_>) -> Vec<String> {
        let mut names = Vec::new();
        object.members(|member| names.push(member.name.into_owned()));
        names
    }
    fn check(name: &str, object: Raw<'_>, seen: &mut BTreeSet<String>) {
        let expected: &[&str] = match name {
            "CurrentAgentSnapshot" | "PreviousAgentSnapshot" => {
                &["AgentStatus", "NextAgentStatus", "Configuration", "Contacts"]
            }
            "AgentStatus" => &["ARN", "Name", "StartTimestamp", "Type"],
            "NextAgentStatus" => &["Name", "ARN", "EnqueuedTimestamp"],
            "Proficiencies" => &["Name", "Value", "ProficiencyLevel"],
            "Configuration" => &[
                "AgentHierarchyGroups",
                "FirstName",
                "LastName",
                "Proficiencies",
                "RoutingProfile",
                "Username",
            ],
            "RoutingProfile" => &["ARN", "Concurrency", "DefaultOutboundQueue", "InboundQueues", "Name"],
            "Concurrency" => &["AvailableSlots", "Channel", "MaximumSlots"],
            "DefaultOutboundQueue" | "InboundQueues" => &["ARN", "Channels", "Name"],
            "Contacts" => &[
                "Channel",
                "ConnectedToAgentTimestamp",
                "ContactId",
                "InitialContactId",
                "InitiationMethod",
                "Queue",
                "QueueTimestamp",
                "State",
                "StateStartTimestamp",
            ],
            "Queue" => &["ARN", "Name"],
            _ => &[],
        };
        let found = names(object);
        if !found.is_empty() && !expected.is_empty() {
            assert_eq!(found, expected, "{name}");
            seen.insert(name.to_owned());
        }
        object.members(|member| check(&member.name, member.value, seen));
        let elements: Vec<&serde_json::value::RawValue> =
            serde_json::from_str(object.json()).unwrap_or_default();
        for element in elements {
            // The one name for an object and for a list's elements.
            let mut members = Vec::new();
            if json::members(element.get(), |member| members.push(member)).is_ok() {
                let found: Vec<_> = members.iter().map(|member| &*member.name).collect();
                assert_eq!(found, expected, "{name}");
                seen.insert(name.to_owned());
                for member in &members {
                    check(&member.name, member.value, seen);
                }
            }
        }
    }
    let mut seen = BTreeSet::new();
    for event in items(Config { agents: 6, ..config() }, EmittedKind::AgentEvent) {
        let mut names = Vec::new();
        json::members(&event.text, |member| {
            names.push(member.name.clone().into_owned());
            check(&member.name, member.value, &mut seen);
        })
        .unwrap();
        let expected = [
            "AWSAccountId",
            "AgentARN",
            "CurrentAgentSnapshot",
            "EventId",
            "EventTimestamp",
            "EventType",
            "InstanceARN",
            "PreviousAgentSnapshot",
            "Version",
        ];
        assert_eq!(names, expected);
    }
    assert_eq!(seen.len(), 12, "{seen:?}");
}

/// What was last told of an agent.
#[derive(Default)]
struct Last {
    at: i64,
    kind: String,
    current: Value,
    logged_off: Option<i64>,
}

/// Checks an agent's event against the one before.
fn check(last: &mut Last, event: &Value) {
    let at = millis(&event["EventTimestamp"]);
    let kind = event["EventType"].as_str().unwrap();
    let (current, previous) = (&event["CurrentAgentSnapshot"], &event["PreviousAgentSnapshot"]);
    let is_new = last.kind.is_empty();
    assert!(is_new || at > last.at, "an agent's events are in order");
    assert!(is_new || at - last.at <= 120_000 || kind == "LOGIN", "a heartbeat is missing");
    match kind {
        "LOGIN" => {
            assert!(is_new || last.logged_off.is_some(), "logged on twice");
            assert!(previous.is_null());
            last.logged_off = None;
        }
        "LOGOUT" => {
            assert!(last.logged_off.is_none() && previous.is_null());
            assert!(current.is_null() || current["AgentStatus"]["Type"] == "OFFLINE");
            last.logged_off = Some(at);
        }
        "HEART_BEAT" => {
            assert_eq!(at - last.at, 120_000);
            assert!(last.logged_off.is_none_or(|off| at - off <= 3_600_000));
            assert!(last.current.is_null() || *current == last.current, "a heartbeat tells nothing new");
        }
        "STATE_CHANGE" => {
            assert!(last.logged_off.is_none() && !is_new);
            assert!(previous.is_null() || last.current.is_null() || *previous == last.current);
        }
        other => panic!("{other}"),
    }
    if !current.is_null() {
        check_snapshot(current, at);
    }
    last.at = at;
    last.kind = kind.to_owned();
    // After a log-on or log-off that says nothing, what was known before holds no more.
    last.current = current.clone();
}

fn check_snapshot(snapshot: &Value, at: i64) {
    let since = millis(&snapshot["AgentStatus"]["StartTimestamp"]);
    assert!(since <= at);
    let next = &snapshot["NextAgentStatus"];
    assert!(next.is_null() || millis(&next["EnqueuedTimestamp"]) <= at);
    let contacts = snapshot["Contacts"].as_array().unwrap();
    assert!(contacts.is_empty() || snapshot["AgentStatus"]["Name"] == "Available");
    for contact in contacts {
        let state_start = millis(&contact["StateStartTimestamp"]);
        assert!(state_start <= at);
        let is_connected = matches!(
            contact["State"].as_str().unwrap(),
            "CONNECTED" | "CONNECTED_ONHOLD" | "PAUSED" | "ENDED"
        );
        // After a call that was not answered there may be work too.
        let is_over = contact["State"] == "ENDED";
        assert!(is_over || contact["ConnectedToAgentTimestamp"].is_string() == is_connected, "{contact}");
        let waits = !matches!(contact["InitiationMethod"].as_str().unwrap(), "OUTBOUND" | "MONITOR");
        assert!(waits || contact["QueueTimestamp"].is_null(), "{contact}");
        let queue_arn = contact["Queue"]["ARN"].as_str().unwrap();
        assert_eq!(queue_arn.contains("/queue/agent/"), contact["Queue"]["Name"].is_null());
    }
    for slots in snapshot["Configuration"]["RoutingProfile"]["Concurrency"].as_array().unwrap() {
        let has_slot =
            |contact: &&Value| contact["Channel"] == slots["Channel"] && contact["State"] != "PAUSED";
        let taken = contacts.iter().filter(has_slot).count() as u64;
        assert_eq!(
            slots["AvailableSlots"].as_u64().unwrap() + taken,
            slots["MaximumSlots"].as_u64().unwrap()
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn every_event_keeps_connects_rules(seed: u64) {
        let mut agents: HashMap<String, Last> = HashMap::new();
        let mut ids = BTreeSet::new();
        let mut before = config().begin();
        for event in items(Config { seed, ..config() }, EmittedKind::AgentEvent) {
            prop_assert!(!event.text.contains('\n'));
            prop_assert_eq!(RecordKind::of(&event.text), Ok(RecordKind::AgentEvent));
            let view = AgentEvent::parse(&event.text).unwrap();
            prop_assert_eq!(view.at(), Some(event.at));
            prop_assert!(event.at.as_millisecond() >= before && event.at.as_millisecond() < config().end());
            before = event.at.as_millisecond();
            prop_assert_eq!(view.agent_arn.text().unwrap(), event.key.as_str());
            let value = parsed(&event);
            prop_assert!(ids.insert(value["EventId"].as_str().unwrap().to_owned()));
            check(agents.entry(event.key).or_default(), &value);
        }
        prop_assert!(agents.len() > 6);
    }
}

#[test]
fn the_mix_is_plausible() {
    let config = Config {
        seed: 11,
        agents: 40,
        contacts_per_day: 2_800,
        offline_name: "Offline".to_owned(),
        ..Config::default()
    };
    let all: Vec<Value> = items(config, EmittedKind::AgentEvent).iter().map(parsed).collect();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut count = |name: &Value| {
        if let Some(name) = name.as_str() {
            *counts.entry(name.to_owned()).or_default() += 1;
        }
    };
    for event in &all {
        count(&event["EventType"]);
        let current = &event["CurrentAgentSnapshot"];
        count(&current["AgentStatus"]["Name"]);
        for contact in current["Contacts"].as_array().into_iter().flatten() {
            count(&contact["State"]);
            count(&contact["Channel"]);
        }
    }
    for name in
        "LOGIN LOGOUT STATE_CHANGE HEART_BEAT Available Offline Break Lunch Training CONNECTING INCOMING \
        CONNECTED CONNECTED_ONHOLD PAUSED ENDED MISSED REJECTED ERROR VOICE CHAT TASKS"
            .split(' ')
    {
        assert!(counts.get(name).is_some_and(|&count| count > 2), "{name}: {counts:?}");
    }
    let per_agent = all.len() / 40;
    assert!((200..800).contains(&per_agent), "{per_agent} events of an agent");
    assert!(counts["LOGIN"] > 40 && counts["LOGOUT"] <= counts["LOGIN"], "some come back");

    let is = |test: &dyn Fn(&Value, &Value) -> bool| {
        all.iter().filter(|one| test(&one["CurrentAgentSnapshot"], &one["PreviousAgentSnapshot"])).count()
    };
    assert!(is(&|current, _| current["NextAgentStatus"].is_object()) > 10, "breaks asked for");
    assert!(is(&|current, _| current["Contacts"].as_array().is_some_and(|some| some.len() > 1)) > 50);
    let same_status = |current: &Value, previous: &Value| {
        current["AgentStatus"] == previous["AgentStatus"] && current != previous
    };
    assert!(is(&same_status) > 1000, "changes that are none of the status");
}
