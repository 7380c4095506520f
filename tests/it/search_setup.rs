//! The compiled `search-setup` behind the Runtime API, and a real OpenSearch.

use std::time::Duration;

use serde_json::{Value, json};
use switchboard_tests::{
    lambda::Lambda,
    opensearch::OpenSearch,
    wait::{until, until_async},
};

const MINUTE: Duration = Duration::from_mins(1);

fn set_up(url: &str, within: Duration) -> Result<Value, Value> {
    let lambda = Lambda::start("search-setup", &[("SEARCH_URL", url)]);
    let result = lambda.invoke("{}", within).result;
    let is_logged =
        lambda.logs().iter().any(|line| line.contains(r#""level":"INFO""#) && line.contains("document_put"));
    assert_eq!(is_logged, result.is_ok(), "{:?}", lambda.logs());
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

#[tokio::test]
async fn the_index_is_behind_an_alias_and_what_is_old_goes() {
    let server = OpenSearch::start();
    assert_eq!(set_up(&server.endpoint(), MINUTE), Ok(json!({"put": 2})));
    let alias = server.call("GET", "/_alias/connect", "").await.body;
    assert_eq!(
        alias.pointer("/connect-000001/aliases/connect/is_write_index"),
        Some(&true.into()),
        "{alias}"
    );
    let today = jiff::Timestamp::now().to_string();
    for (id, timestamp, changed) in [
        ("new", Some(today.as_str()), today.as_str()),
        ("old", Some("2020-01-01T00:00:00Z"), today.as_str()),
        ("old, without a time", None, "2020-01-01T00:00:00Z"),
        ("new, without a time", None, today.as_str()),
    ] {
        let mut record = json!({"ContactId": id, "LastUpdateTimestamp": changed});
        if let Some(timestamp) = timestamp {
            record["@timestamp"] = timestamp.into();
        }
        assert_eq!(server.call("POST", "/connect/_doc?refresh=true", record.to_string()).await.status, 201);
    }
    let endpoint = server.endpoint();
    let lambda = Lambda::start("search-setup", &[("SEARCH_URL", &endpoint)]);
    let answer = lambda.invoke(r#"{"expire_after_days":400}"#, MINUTE).result.expect("taken");
    assert_eq!(serde_json::from_slice::<Value>(&answer).expect("JSON"), json!({"expire_after_days": 400}));
    let left = async || {
        server.call("POST", "/connect/_refresh", "").await;
        let found = server.call("GET", "/connect/_search?_source=false", "").await.body;
        let hits = found.pointer("/hits/hits").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut ids: Vec<_> = hits.iter().filter_map(|hit| hit["_id"].as_str().map(str::to_owned)).collect();
        ids.sort();
        (ids.len() == 2).then_some(ids)
    };
    let left = until_async("the old ones to go", MINUTE, left).await;
    assert_eq!(left, ["new", "new, without a time"]);
}

#[test]
fn a_domain_that_cannot_be_reached_is_told_by_its_reason() {
    let error = set_up("http://127.0.0.1:9/", Duration::from_secs(8)).expect_err("nobody listens there");
    assert_eq!(error["errorType"], "Failed");
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
