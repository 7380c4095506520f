//! Our own sample events come out as their README says.

use std::path::Path;

use switchboard_tests::workspace;

use super::*;

fn handled(file: &str) -> Vec<Answered> {
    let events = workspace::root().join("events");
    let callers = format!("file://{}", events.join("callers.csv").display());
    let lambda = Lambda::start(NAME, &[("CALLERS", &callers)]);
    answers(&lambda, &sample(&events, file), MINUTE)
}

fn sample(events: &Path, file: &str) -> Value {
    let text = std::fs::read_to_string(events.join("firehose").join(file)).expect("a sample event");
    serde_json::from_str(&text).expect("JSON")
}

/// The results and names of a sample's records, a line of each.
fn shown(file: &str) -> Vec<String> {
    let line = |one: &Answered| {
        let names = one.text.lines().map(|line| match serde_json::from_str::<Value>(line) {
            Ok(document) => document["CustomerEndpoint"]["Name"].as_str().unwrap_or("-").to_owned(),
            Err(_) => "?".to_owned(),
        });
        format!("{} {}", one.result, names.collect::<Vec<_>>().join(" | "))
    };
    handled(file).iter().map(line).collect()
}

#[test]
fn the_workshops_own_event_gets_its_callers_name() {
    let all = handled("add-name-test.json");
    assert_eq!(all[0].result, "Ok");
    assert_eq!(all[0].endpoint()["Name"], "Avery Quill");
    assert_eq!(all[0].document()["@timestamp"], "2018-11-02T07:00:12");
}

#[test]
fn every_other_sample_comes_out_as_told() {
    for (file, expected) in [
        ("caller-known.json", &["Ok Maren Holloway"][..]),
        ("caller-unknown.json", &["Ok -"]),
        ("anonymous-caller.json", &["Ok -"]),
        ("chat.json", &["Ok -"]),
        ("task.json", &["Ok -"]),
        ("email.json", &["Ok -"]),
        ("replayed.json", &["Ok Maren Holloway", "Ok Maren Holloway", "Ok -"]),
        ("workshop-simulator.json", &["Ok Priya Raghunathan", "Ok -"]),
    ] {
        assert_eq!(shown(file), expected, "{file}");
    }
}

#[test]
fn what_goes_out_is_one_line_and_of_several_documents_none_does() {
    let results = |file| {
        handled(file)
            .iter()
            .map(|one| (one.result.clone(), one.text.matches('\n').count()))
            .collect::<Vec<_>>()
    };
    let several = results("several-in-one-record.json");
    assert!(several.iter().all(|(result, _)| result == "ProcessingFailed"), "{several:?}");
    let gzip = results("gzip.json");
    assert_eq!((gzip[0].0.as_str(), gzip[0].1, gzip[1].0.as_str()), ("Ok", 1, "ProcessingFailed"));
}

#[test]
fn what_is_refused_comes_back_as_it_came() {
    let before = sample(&workspace::root().join("events"), "rejected.json");
    let all = handled("rejected.json");
    let results: Vec<_> = all.iter().map(|one| one.result.as_str()).collect();
    // An agent event and a line of a flow log are nobody's loss: others read them.
    let [failed, dropped] = ["ProcessingFailed", "Dropped"];
    assert_eq!(results, [failed, failed, failed, dropped, dropped, failed, "Ok"]);
    for (one, before) in all.iter().zip(before["records"].as_array().expect("records")).take(6) {
        if one.result == dropped {
            continue;
        }
        let data = before["data"].as_str().expect("data");
        let bytes = STANDARD.decode(data).unwrap_or_else(|_| data.as_bytes().to_vec());
        assert_eq!(one.text, String::from_utf8_lossy(&bytes), "{}", one.id);
    }
}
