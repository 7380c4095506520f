//! The compiled `search-setup` behind the Runtime API, and a real OpenSearch.

use std::time::Duration;

use serde_json::{Value, json};
use switchboard_tests::{lambda::Lambda, opensearch::OpenSearch, wait::until};

const MINUTE: Duration = Duration::from_mins(1);

fn set_up(url: &str, within: Duration) -> Result<Value, Value> {
    let lambda = Lambda::start("search-setup", &[("SEARCH_URL", url)]);
    let result = lambda.invoke("{}", within).result;
    result.map(|answer| serde_json::from_slice(&answer).expect("JSON"))
}

#[tokio::test]
async fn the_first_record_finds_its_types_and_its_pipeline() {
    // A server of its own: others load the assets by themselves.
    let server = OpenSearch::start();
    // Twice, as each deployment does it.
    for _ in 0..2 {
        assert_eq!(set_up(&server.endpoint(), MINUTE), Ok(json!({"put": 2})));
    }
    for version in [1, 2] {
        let record = json!({"ContactId": "a", "LastUpdateTimestamp": format!("2026-11-06T05:00:0{version}Z"),
            "Agent": "plain", "Attributes": {"version": version.to_string()}});
        let indexed = server.call("POST", "/connect/_doc?refresh=true", record.to_string()).await;
        assert!(matches!(indexed.status, 200 | 201), "{}", indexed.body);
    }
    let found = server.call("GET", "/connect/_search", "").await.body;
    assert_eq!(found.pointer("/hits/total/value"), Some(&1.into()), "a contact is one document: {found}");
    assert_eq!(found.pointer("/hits/hits/0/_source/Agent/Username"), Some(&"plain".into()), "{found}");
    let mapping = server.call("GET", "/connect/_mapping/field/Attributes", "").await.body;
    assert!(mapping.to_string().contains("flat_object"), "{mapping}");
}

#[test]
fn a_domain_that_cannot_be_reached_is_told_by_its_reason() {
    let error = set_up("http://127.0.0.1:9/", Duration::from_secs(8)).expect_err("nobody listens there");
    assert_eq!(error["errorType"], "NotDone");
    let told = error["errorMessage"].as_str().unwrap_or_default();
    assert!(told.contains("_ingest/pipeline/contact-records: no connection to the domain"), "{told}");
}

#[test]
fn a_wrong_address_stops_it_at_its_start() {
    for (url, reason) in
        [("", "SEARCH_URL is not set"), ("http://search.example/", "has to begin with https://")]
    {
        let lambda = Lambda::start("search-setup", &[("SEARCH_URL", url)]);
        assert!(!until("the end", MINUTE, || lambda.exited()).success());
        let said = lambda.logs().concat();
        assert!(said.contains(reason), "{said}");
    }
}
