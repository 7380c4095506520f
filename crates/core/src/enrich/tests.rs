use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn enriched(document: &str, look_up: LookUp<'_>) -> String {
    let mut out = Vec::new();
    Enrichable::read(document).unwrap().write(look_up, &mut out);
    String::from_utf8(out).unwrap()
}

/// A record around the members given.
fn ctr(members: &str) -> String {
    format!(r#"{{"ContactId":"c","InitiationMethod":"INBOUND"{members}}}"#)
}

const CALL: &str = r#","CustomerEndpoint":{"Address":"+61491570006","Type":"TELEPHONE_NUMBER"}"#;

#[test]
fn name_and_timestamp_are_the_only_new_bytes() {
    let document = r#"{ "ContactId":"c", "AWSContactTraceRecordFormatVersion":"2017-03-10",
        "Big": 1234567890123456789012345678901234567890.10, "E":"\u00e9\/",
        "CustomerEndpoint": {"Address" : "+61491570006", "Type":"TELEPHONE_NUMBER" },
        "ConnectedToSystemTimestamp":"2018-11-02T07:00:12Z", "InitiationTimestamp":"2018-11-02T07:00:00Z" }"#;
    let expected = document
        .replace('\n', "")
        .replace(r#""TELEPHONE_NUMBER" }"#, r#""TELEPHONE_NUMBER","Name":"Zo\"ë" }"#)
        .replace(r#":00Z" }"#, r#":00Z","@timestamp":"2018-11-02T07:00:12" }"#);
    assert_eq!(enriched(document, LookUp::Known("Zo\"ë")), expected + "\n");
}

#[test]
fn the_timestamp_falls_back_to_initiation() {
    let both = |connected: &str| {
        let text = ctr(&format!(
            r#","ConnectedToSystemTimestamp":{connected},"InitiationTimestamp":"2018-11-02T07:00:00Z""#
        ));
        let value: Value = serde_json::from_str(&enriched(&text, LookUp::NotMade)).unwrap();
        value["@timestamp"].clone()
    };
    assert_eq!(both(r#""2018-11-02T07:00:12Z""#), "2018-11-02T07:00:12");
    for absent in ["null", "17", r#""soon""#, r#""Z""#, "{}", r#""2018-11-02T07:00:12+10:00""#] {
        assert_eq!(both(absent), "2018-11-02T07:00:00", "{absent}");
    }
}

#[test]
fn the_timestamp_is_written_in_the_form_of_the_index_alone() {
    let stamp = |time: &str| {
        let text = ctr(&format!(r#","InitiationTimestamp":"{time}""#));
        let value: Value = serde_json::from_str(&enriched(&text, LookUp::NotMade)).unwrap();
        value["@timestamp"].as_str().map(str::to_owned)
    };
    for time in ["2026-11-02T07:00:12", "2026-11-02T07:00:12.5", "2026-11-02T23:59:59.123456789"] {
        assert_eq!(stamp(&format!("{time}Z")).as_deref(), Some(time));
    }
    for other in [
        "20261102T070012Z",
        "2026-11-02T07Z",
        "2026-11-02T07:00Z",
        "2026-11-02T07:00:60Z",
        "2026-11-02 07:00:12Z",
        "2026-11-02t07:00:12Z",
        "2026-11-02T07:00:12z",
        "2026-11-02T07:00:12,5Z",
        "2026-11-02T07:00:12.Z",
        "2026-11-02T07:00:12.1234567890Z",
        "+002026-11-02T07:00:12Z",
        "2026-11-02T07:00:12[UTC]",
        "2026-11-02T07:00:12Z[UTC]",
        "2026-02-30T07:00:12Z",
        "1970-01-01T00:00:00.001Z",
    ] {
        assert_eq!(stamp(other), None, "{other}");
    }
}

#[test]
fn whatever_stands_on_several_lines_comes_out_in_one() {
    let pretty = "{\r\n  \"ContactId\": \"c\",\n  \"InitiationMethod\": \"API\",\n  \"Text\": \"a\\nb\",\r  \"CustomerEndpoint\": {\n    \"Address\":\n\"+61491570006\"\n  }\n}";
    let out = enriched(pretty, LookUp::Known("Ada"));
    assert_eq!(out.find(['\n', '\r']), Some(out.len() - 1), "{out}");
    let value: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&value["Text"], &value["CustomerEndpoint"]["Name"]), (&"a\nb".into(), &"Ada".into()));
}

#[test]
fn a_record_without_times_keeps_the_stamp_it_has() {
    assert_eq!(enriched(&ctr(""), LookUp::NotMade), ctr("") + "\n");
    let stamped = ctr(r#","@timestamp":"2018-11-02T07:00:12""#);
    assert_eq!(enriched(&stamped, LookUp::NotMade), stamped + "\n");
}

#[test]
fn each_outcome_leaves_its_mark() {
    let document = ctr(CALL);
    let with = |mark: &str| document.replace("NUMBER\"}", &format!("NUMBER\"{mark}}}")) + "\n";
    assert_eq!(enriched(&document, LookUp::Known("Ann")), with(r#","Name":"Ann""#));
    assert_eq!(enriched(&document, LookUp::Unknown), with(""));
    assert_eq!(enriched(&document, LookUp::Failed), with(r#","NameLookup":"failed""#));
    assert_eq!(enriched(&document, LookUp::NotMade), with(""));
}

#[test]
fn a_replayed_record_is_replaced_never_doubled() {
    let times = r#","InitiationTimestamp":"2018-11-02T07:00:00Z""#;
    let fresh = ctr(&format!("{times}{CALL}"));
    let once = enriched(&fresh, LookUp::Failed);
    let twice = enriched(once.trim_end(), LookUp::Known("Ann"));
    assert_eq!(twice, enriched(&fresh, LookUp::Known("Ann")));
    assert_eq!(enriched(twice.trim_end(), LookUp::Known("Ann")), twice);
    assert_eq!(enriched(twice.trim_end(), LookUp::Unknown), enriched(&fresh, LookUp::Unknown));
    let failed_later = enriched(twice.trim_end(), LookUp::Failed);
    assert!(failed_later.contains(r#""Name":"Ann","NameLookup":"failed""#), "{failed_later}");
}

#[test]
fn members_of_ours_may_stand_anywhere_and_often() {
    for endpoint in [
        r#"{"Name":"old","Address":"+61491570006"}"#,
        r#"{"Address":"+61491570006","Name":"old"}"#,
        r#"{"Name":1,"NameLookup":"failed","Address":"+61491570006","N\u0061me":[{}]}"#,
        r#"{ "Name" : {"x":"}"} , "Name":"b" ,"Address":"+61491570006" , "Name":null }"#,
    ] {
        let text = format!(
            r#"{{"@timestamp":1,"@timestamp":2,"ContactId":"c","CustomerEndpoint":{endpoint},"InitiationTimestamp":"2018-11-02T07:00:00Z","@timestamp":3}}"#
        );
        let out = enriched(&text, LookUp::Known("new"));
        assert_eq!(out.matches("@timestamp").count(), 1, "{out}");
        assert_eq!(out.matches(r#"me":"#).count(), 1, "{out}");
        let value: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(value["CustomerEndpoint"]["Name"], "new", "{out}");
        assert_eq!(value["@timestamp"], "2018-11-02T07:00:00", "{out}");
        let bare = enriched(&text, LookUp::Unknown);
        let value: Value = serde_json::from_str(&bare).unwrap();
        assert_eq!(value["CustomerEndpoint"], serde_json::json!({"Address": "+61491570006"}), "{bare}");
    }
}

#[test]
fn the_last_of_two_endpoints_is_the_one() {
    let text = ctr(
        r#","CustomerEndpoint":{"Address":"+61491570006"},"CustomerEndpoint":{"Address":"+61491570156"}"#,
    );
    assert_eq!(Enrichable::read(&text).unwrap().number().unwrap().as_str(), "+61491570156");
    let value: Value = serde_json::from_str(&enriched(&text, LookUp::Known("Ann"))).unwrap();
    assert_eq!(value["CustomerEndpoint"]["Name"], "Ann");
}

#[test]
fn debug_shows_no_number() {
    let text = ctr(CALL);
    let record = Enrichable::read(&text).unwrap();
    let _ = record.number().unwrap();
    assert!(!format!("{:?}", record.number()).contains("6149"));
}

/// Any JSON text: deep, escaped, with huge numbers, duplicate names and odd whitespace.
fn json_text() -> impl Strategy<Value = String> {
    let string = prop_oneof![
        any::<String>().prop_map(|s| Value::from(s).to_string()),
        r#"(\\u[0-9a-fA-F]{4}|\\n|\\"|[a-zA-Z{}\[\], :]){0,12}"#.prop_map(|s| format!("\"{s}\"")),
        Just(r#""Name""#.to_owned()),
        Just(r#""@timestamp""#.to_owned()),
    ];
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        "-?[1-9][0-9]{0,40}(\\.[0-9]{1,20})?([eE][-+]?[0-9]{1,4})?",
        string.clone(),
    ];
    let space = "[ \t\r\n]{0,2}";
    leaf.prop_recursive(6, 40, 6, move |inner| {
        let array = (prop::collection::vec(inner.clone(), 0..5), space)
            .prop_map(|(items, s)| format!("[{s}{}{s}]", items.join(&format!("{s},"))));
        let object = (prop::collection::vec((string.clone(), inner), 0..5), space)
            .prop_map(|(members, s)| format!("{{{s}{}{s}}}", join_members(&members, &s)));
        prop_oneof![array, object]
    })
}

fn join_members(members: &[(String, String)], space: &str) -> String {
    let members: Vec<_> =
        members.iter().map(|(name, value)| format!("{name}{space}:{space}{value}")).collect();
    members.join(&format!("{space},{space}"))
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>().prop_map(|s| Value::from(s).to_string()),
        Just(r#""@timestamp""#.to_owned()),
        Just(r#""\u0040timestamp""#.to_owned()),
        Just(r#""Name""#.to_owned()),
        Just(r#""CustomerEndpoint""#.to_owned()),
    ]
}

/// A record with arbitrary other members before, between and after the ones that matter.
fn record_text() -> impl Strategy<Value = String> {
    let members = || prop::collection::vec((key(), json_text()), 0..4);
    (members(), members(), members(), "[ \t\r\n]{0,2}").prop_map(|(first, inside, last, space)| {
        let mut endpoint = inside;
        endpoint.push((r#""Address""#.into(), r#""+61491570006""#.into()));
        endpoint.push((r#""Type""#.into(), r#""TELEPHONE_NUMBER""#.into()));
        let mut all = first;
        all.extend(last);
        for (name, value) in [
            ("ContactId", r#""c""#.to_owned()),
            ("AWSContactTraceRecordFormatVersion", r#""2017-03-10""#.to_owned()),
            ("InitiationTimestamp", r#""2018-11-02T07:00:00Z""#.to_owned()),
            ("CustomerEndpoint", format!("{{{space}{}{space}}}", join_members(&endpoint, &space))),
        ] {
            all.push((format!("\"{name}\""), value));
        }
        all.rotate_left(1);
        format!("{{{space}{}{space}}}", join_members(&all, &space))
    })
}

/// A value with its objects' members in order, duplicates and number spellings kept.
fn parsed(text: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    json::members(text, |m| all.push((m.name.into_owned(), m.value.json().to_owned()))).unwrap();
    all
}

proptest! {
    #[test]
    fn enriching_adds_the_two_members_and_changes_nothing_else(text in record_text(), name in any::<String>()) {
        let record = Enrichable::read(&text);
        prop_assume!(record.is_ok());
        let record = record.unwrap();
        prop_assume!(record.number().is_some());
        let mut out = Vec::new();
        record.write(LookUp::Known(&name), &mut out);
        let out = String::from_utf8(out).unwrap();

        let mut expected = parsed(&text.replace(['\n', '\r'], ""));
        expected.retain(|(key, _)| key != "@timestamp");
        expected.push(("@timestamp".into(), r#""2018-11-02T07:00:00""#.into()));
        let got = parsed(out.trim_end());
        prop_assert_eq!(got.len(), expected.len());
        let last_endpoint = expected.iter().rposition(|(key, _)| key == "CustomerEndpoint");
        for (at, (got, expected)) in got.iter().zip(&expected).enumerate() {
            if Some(at) == last_endpoint {
                let mut members = parsed(&expected.1);
                members.retain(|(key, _)| key != "Name" && key != "NameLookup");
                members.push(("Name".into(), Value::from(name.as_str()).to_string()));
                prop_assert_eq!(parsed(&got.1), members);
            } else {
                prop_assert_eq!(got, expected);
            }
        }
        // And again: the same bytes.
        prop_assert_eq!(enriched(out.trim_end(), LookUp::Known(&name)), out);
    }

    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        drop(Enrichable::read(&text));
    }
}
