//! The result depends on the set of events alone.

use proptest::{prelude::*, sample::subsequence};

use super::*;
use crate::fold::ContactChange;

/// Another contact's events, flow data, repeats of one id with other text, and odd times.
fn trouble() -> Vec<Observation> {
    let call = FlowCall::parse(
        r#"{"Details":{"ContactData":{"ContactId":"c","InitialContactId":"c0",
        "CustomerEndpoint":{"Address":"+61491570156","Type":"TELEPHONE_NUMBER"}},
        "Parameters":{"menu":"2","Status":"x"}}}"#,
    )
    .unwrap();
    let recorded = |menu: &str, id: &str| {
        let data = format!(r#"{{"menu":"{menu}"}}"#);
        let mut pairs = Vec::new();
        switchboard_core::json::members(&data, |member| pairs.push((member.name.into_owned(), member.value)))
            .unwrap();
        let pairs = pairs.iter().map(|(name, value)| (name.as_str(), *value));
        Observation::of_flow_call(&call, time("03.000"), id, pairs).unwrap()
    };
    vec![
        recorded("2", "r1"),
        recorded("3", "r2"),
        recorded("4", "r2"),
        event("CONTACT_DATA_UPDATED", "10", &json!({"initialContactId": "c0"})),
        event("DISCONNECTED", "40", &json!({})),
        contact_event("other", "07", &json!({"eventType": "INITIATED", "contactId": "d"})),
        flow_log(
            "3",
            &json!({"ContactId": "c", "ContactFlowName": "B", "Timestamp": format!("{DAY}03.899Z")}),
        ),
        flow_log(
            "3",
            &json!({"ContactId": "c", "ContactFlowName": "C", "Timestamp": format!("{DAY}03.899Z")}),
        ),
        flow_log("4", &json!({"ContactId": "d", "Timestamp": "2017-11-09T12:17.898Z"})),
        contact_record(&json!({"ContactId": "c", "InitiationMethod": "INBOUND",
            "LastUpdateTimestamp": "2024-05-01T10:01:40Z", "Agent": "Ann"})),
    ]
}

fn all() -> Vec<Observation> {
    answered_call().into_iter().chain(trouble()).collect()
}

proptest! {
    #[test]
    fn order_and_repetition_do_not_matter(
        set in subsequence(all(), 1..=all().len()),
        repeats in subsequence(all(), 0..8),
        seed in any::<u64>(),
    ) {
        let whole = fold(set.clone());
        // Only what is in the set may come twice.
        let repeats: Vec<_> = repeats.into_iter().filter(|again| set.contains(again)).collect();
        let mut mixed: Vec<_> = set.iter().cloned().chain(repeats).collect();
        let mut state = seed | 1;
        for at in (1..mixed.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            mixed.swap(at, usize::try_from(state >> 33).unwrap() % (at + 1));
        }
        prop_assert_eq!(&fold(mixed.clone()), &whole);
        // Each alone, and then merged as a tree of any shape.
        let mut parts: Vec<ContactChange> = mixed.into_iter().flat_map(|one| fold([one]).into_values()).collect();
        while let Some(part) = parts.pop() {
            let at = parts.iter().position(|other| other.contact_id() == part.contact_id());
            if let Some(at) = at {
                parts[at].merge(part);
            } else {
                prop_assert_eq!(&part, &whole[part.contact_id()]);
            }
        }
    }

    #[test]
    fn a_store_that_writes_only_what_is_newer_comes_to_the_same(
        set in Just(all()).prop_shuffle(),
    ) {
        let mut stored = Status::new("c");
        for one in set.iter().filter(|one| one.contact_id() == "c") {
            let news = one.status().newer_than(&stored);
            let written: Vec<_> = news.registers().map(|(name, register)| (name.name(), register.clone())).collect();
            stored.merge(Status::from_registers("c", written));
        }
        prop_assert_eq!(stored, of(set));
    }
}
