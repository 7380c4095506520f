//! Contact records.

use std::{
    collections::{BTreeSet, HashMap},
    sync::LazyLock,
};

use switchboard_core::{
    ctr::Ctr,
    json::{self, Raw},
};

use super::*;

/// A day of contact records.
static DAY: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let config = Config { seed: 11, agents: 60, queues: 4, contacts_per_day: 4_500, ..Config::default() };
    items(config, EmittedKind::ContactRecord).iter().map(parsed).collect()
});

fn by_id() -> HashMap<&'static str, &'static Value> {
    DAY.iter().map(|ctr| (ctr["ContactId"].as_str().unwrap(), ctr)).collect()
}

/// The seconds since 1970 of a timestamp member, which has whole seconds and `Z`.
fn seconds(object: &Value, name: &str) -> Option<i64> {
    let text = object[name].as_str()?;
    assert_eq!(text.len(), "2026-11-06T05:00:00Z".len(), "{name}: {text}");
    assert!(text.ends_with('Z'), "{name}: {text}");
    Some(text.parse::<Timestamp>().unwrap().as_second())
}

#[test]
fn members_are_in_alphabetical_order_as_connect_writes_them() {
    fn check(object: Raw<'_>) {
        let mut previous = String::new();
        object.members(|member| {
            assert!(*previous < *member.name, "{previous} before {}", member.name);
            previous = member.name.clone().into_owned();
            check(member.value);
        });
    }
    for record in items(config(), EmittedKind::ContactRecord) {
        json::members(&record.text, |member| check(member.value)).unwrap();
        let mut names = Vec::new();
        json::members(&record.text, |member| names.push(member.name.into_owned())).unwrap();
        assert!(names.is_sorted(), "{names:?}");
    }
}

fn check_times(ctr: &Value) {
    let at = |name| seconds(ctr, name);
    let initiation = at("InitiationTimestamp").unwrap();
    let disconnect = at("DisconnectTimestamp").unwrap();
    let system = at("ConnectedToSystemTimestamp").unwrap_or(initiation);
    let enqueue = seconds(&ctr["Queue"], "EnqueueTimestamp");
    let dequeue = seconds(&ctr["Queue"], "DequeueTimestamp");
    let connected = seconds(&ctr["Agent"], "ConnectedToAgentTimestamp");

    let mut in_order = vec![initiation];
    // A callback's customer is called only after the wait.
    let is_callback = ctr["InitiationMethod"] == "CALLBACK";
    in_order.extend((!is_callback).then_some(system));
    in_order.extend(enqueue);
    in_order.extend(dequeue);
    in_order.extend(at("ConnectedToSystemTimestamp").filter(|_| is_callback));
    in_order.extend(connected);
    in_order.push(disconnect);
    in_order.push(at("LastUpdateTimestamp").unwrap());
    assert!(in_order.is_sorted(), "{in_order:?} {ctr}");

    if let (Some(enqueue), Some(dequeue)) = (enqueue, dequeue) {
        assert_eq!(ctr["Queue"]["Duration"].as_i64().unwrap(), dequeue - enqueue);
    }
}

fn check_agent(ctr: &Value) {
    let agent = &ctr["Agent"];
    let length = |name: &str| agent[name].as_i64().unwrap();
    let at = |name| seconds(agent, name).unwrap();
    let work_start = at("AfterContactWorkStartTimestamp");
    assert_eq!(
        length("AgentInteractionDuration") + length("CustomerHoldDuration") + length("AgentPauseDuration"),
        work_start - at("ConnectedToAgentTimestamp"),
        "{ctr}"
    );
    assert_eq!(length("AfterContactWorkDuration"), at("AfterContactWorkEndTimestamp") - work_start);
    assert!(length("LongestHoldDuration") <= length("CustomerHoldDuration"));
    assert!(length("NumberOfHolds") > 0 || length("CustomerHoldDuration") == 0);
    assert!(work_start <= seconds(ctr, "DisconnectTimestamp").unwrap());
}

/// Seconds from the end of the contact, after-contact work included, to the record's writing.
fn written_after(ctr: &Value) -> i64 {
    let end = seconds(ctr, "DisconnectTimestamp").max(seconds(&ctr["Agent"], "AfterContactWorkEndTimestamp"));
    seconds(ctr, "LastUpdateTimestamp").unwrap() - end.unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn every_record_keeps_connects_rules(seed: u64) {
        let mut versions: HashMap<String, i64> = HashMap::new();
        for record in items(Config { seed, ..config() }, EmittedKind::ContactRecord) {
            prop_assert!(!record.text.contains('\n'));
            let view = Ctr::parse(&record.text).unwrap();
            prop_assert_eq!(view.contact_id.text().unwrap(), record.key.as_str());
            let ctr = parsed(&record);
            check_times(&ctr);
            if ctr["Agent"].is_object() {
                check_agent(&ctr);
            }
            let version = seconds(&ctr, "LastUpdateTimestamp").unwrap();
            match versions.insert(record.key, version) {
                // An agent whose call was not answered works on, and no record tells of it.
                None if ctr["DisconnectReason"] == "TELECOM_UNANSWERED" => prop_assert!(written_after(&ctr) >= 59),
                None => prop_assert!((59..=76).contains(&written_after(&ctr)), "{}", ctr),
                Some(before) => prop_assert!(version > before),
            }
        }
    }
}

#[test]
fn the_mix_is_plausible() {
    let all = &*DAY;
    let percent = |is: &dyn Fn(&Value) -> bool| all.iter().filter(|ctr| is(ctr)).count() * 100 / all.len();
    let count = |is: &dyn Fn(&Value) -> bool| all.iter().filter(|ctr| is(ctr)).count();
    let is = |ctr: &Value, name: &str, value: &str| ctr[name] == value;

    let answered = percent(&|ctr| is(ctr, "Channel", "VOICE") && ctr["Agent"].is_object());
    assert!((40..82).contains(&answered), "{answered}");
    let gave_up = |ctr: &Value| {
        ctr["Queue"].is_object()
            && ctr["Agent"].is_null()
            && is(ctr, "DisconnectReason", "CUSTOMER_DISCONNECT")
    };
    assert!((1..40).contains(&percent(&gave_up)), "{}", percent(&gave_up));
    assert!(percent(&|ctr| ctr["Queue"].is_null() && ctr["Agent"].is_null()) >= 2);
    for (name, value) in [
        ("InitiationMethod", "INBOUND"),
        ("InitiationMethod", "OUTBOUND"),
        ("InitiationMethod", "CALLBACK"),
        ("InitiationMethod", "TRANSFER"),
        ("InitiationMethod", "QUEUE_TRANSFER"),
        ("InitiationMethod", "EXTERNAL_OUTBOUND"),
        ("InitiationMethod", "MONITOR"),
        ("Channel", "CHAT"),
        ("Channel", "TASK"),
        ("Channel", "EMAIL"),
    ] {
        assert!(count(&|ctr| is(ctr, name, value)) > 2, "{value}");
    }
    assert!(count(&|ctr| ctr["CustomerEndpoint"]["Address"] == "anonymous") > 50);
    assert!(count(&|ctr| ctr["ConnectedToSystemTimestamp"].is_null()) > 25);
    assert!(
        count(&|ctr| ctr["Agent"].is_object() && ctr["Channel"] == "VOICE" && ctr["Recording"].is_null())
            > 50
    );
    let agents: BTreeSet<_> = all.iter().filter_map(|ctr| ctr["Agent"]["Username"].as_str()).collect();
    assert!(agents.len() > 50, "{}", agents.len());
}

#[test]
fn most_contacts_begin_in_office_hours() {
    let in_office = |ctr: &&Value| {
        let hour = (seconds(ctr, "InitiationTimestamp").unwrap() / 3600 + 10) % 24;
        (9..17).contains(&hour)
    };
    assert!(DAY.iter().filter(in_office).count() * 10 > DAY.len() * 6);
}

#[test]
fn transfers_are_two_records_that_name_each_other() {
    let all = by_id();
    let mut pairs = 0;
    for second in all.values().filter(|ctr| ctr["InitiationMethod"] == "TRANSFER") {
        let Some(first) = all.get(second["PreviousContactId"].as_str().unwrap()) else { continue };
        assert_eq!(first["CustomerEndpoint"], second["CustomerEndpoint"]);
        // A colleague who was only asked is nobody's next.
        if first["NextContactId"] == second["ContactId"] {
            assert!(first["TransferCompletedTimestamp"].is_string(), "{first}");
            pairs += 1;
        }
    }
    assert!(pairs > 60, "{pairs}");
}

#[test]
fn who_is_called_back_or_moved_to_another_queue_is_two_records_of_one_chain() {
    let all = by_id();
    for (method, reason) in [("CALLBACK", "CONTACT_FLOW_DISCONNECT"), ("QUEUE_TRANSFER", "OTHER")] {
        let of_method = all.values().filter(|ctr| ctr["InitiationMethod"] == method);
        let second_legs: Vec<_> = of_method
            .filter_map(|second| Some((second, all.get(second["PreviousContactId"].as_str()?)?)))
            .filter(|(_, first)| first["InitiationMethod"] == "INBOUND")
            .collect();
        assert!(second_legs.len() > 10, "{method}: {}", second_legs.len());
        for (second, first) in second_legs {
            assert_eq!(first["NextContactId"], second["ContactId"]);
            assert_eq!(first["DisconnectReason"], reason);
            assert_eq!(first["CustomerEndpoint"], second["CustomerEndpoint"]);
            // It waited, nobody took it, no agent passed it on, and the other begins as it ends.
            assert!(first["Queue"].is_object() && first["Agent"].is_null());
            assert!(
                first["TransferCompletedTimestamp"].is_null() && first["TransferredToEndpoint"].is_null()
            );
            assert_eq!(first["DisconnectTimestamp"], second["InitiationTimestamp"]);
            assert!(method == "CALLBACK" || first["Queue"]["ARN"] != second["Queue"]["ARN"]);
        }
    }
    // Some whom we call back do not answer: nobody talked with them, and it was not they who ended it.
    let missed = |ctr: &&&Value| ctr["InitiationMethod"] == "CALLBACK" && ctr["Agent"].is_null();
    assert!(all.values().filter(missed).count() > 5);
    let reasons: BTreeSet<_> =
        all.values().filter(missed).map(|ctr| ctr["DisconnectReason"].as_str().unwrap()).collect();
    assert!(
        reasons.contains("TELECOM_UNANSWERED") && !reasons.contains("CUSTOMER_DISCONNECT"),
        "{reasons:?}"
    );
}

#[test]
fn a_record_delivered_again_is_newer_and_changed() {
    let mut first: HashMap<&str, &Value> = HashMap::new();
    let mut again = 0;
    for ctr in &*DAY {
        if let Some(before) = first.insert(ctr["ContactId"].as_str().unwrap(), ctr) {
            again += 1;
            assert!(seconds(ctr, "LastUpdateTimestamp") > seconds(before, "LastUpdateTimestamp"));
            let added: Vec<_> = ["Attributes", "Recordings", "ContactEvaluations"]
                .into_iter()
                .filter(|name| ctr[*name] != before[*name])
                .collect();
            assert_eq!(added.len(), 1, "{added:?}");
            assert_eq!(
                added == ["Attributes"],
                ctr["Attributes"]["surveyScore"] != before["Attributes"]["surveyScore"]
            );
            assert_eq!(ctr["InitiationTimestamp"], before["InitiationTimestamp"]);
        }
    }
    assert!((50..500).contains(&again), "{again}");
}
