//! Nothing that a contact centre may write is refused, or makes the index grow.

use super::*;

/// How many fields the index has.
async fn fields(server: &OpenSearch, index: &str) -> usize {
    let mapping = server.call("GET", &format!("/{index}/_mapping"), "").await.body;
    count_fields(&mapping[index]["mappings"]["properties"])
}

fn count_fields(properties: &Value) -> usize {
    properties.as_object().map_or(0, |all| {
        all.values()
            .map(|field| 1 + count_fields(&field["properties"]) + count_fields(&field["fields"]))
            .sum()
    })
}

/// The document of a contact, as it is kept.
async fn kept(server: &OpenSearch, index: &str, contact: &str) -> Value {
    let answer = server.call("GET", &format!("/{index}/_doc/{contact}"), "").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["_source"].clone()
}

async fn hits(server: &OpenSearch, index: &str, query: Value) -> u64 {
    let answer = server.call("POST", &format!("/{index}/_count"), json!({"query": query}).to_string()).await;
    answer.body["count"].as_u64().expect("a count")
}

#[tokio::test]
async fn every_sample_and_simulated_record_is_indexed_by_the_template() {
    let server = prepared().await;
    server.call("PUT", "/connect-samples", "").await;
    let before = fields(server, "connect-samples").await;
    let mut documents = samples().await;
    assert!(documents.len() > 50, "{} samples", documents.len());
    documents.extend(simulated(600).await);
    index_all(server, "connect-samples", &documents).await;
    assert_eq!(count(server, "connect-samples").await, newest(&documents).len() as u64);
    // The template knows every member but one: `UnknownMember` of events/firehose/unusual-spelling.json, which
    // became a field by itself.
    assert_eq!(fields(server, "connect-samples").await, before + 1);
    let exists = json!({"exists": {"field": "UnknownMember.Escaped"}});
    assert_eq!(hits(server, "connect-samples", exists).await, 1);
}

#[tokio::test]
async fn an_agent_that_is_a_plain_string_is_found_like_any_other() {
    let server = prepared().await;
    let document = json!({"ContactId": "a", "Agent": "Taylor", "Queue": {"Name": "Members"}});
    index_all(server, "connect-agent", &[document]).await;
    assert_eq!(hits(server, "connect-agent", json!({"term": {"Agent.Username": "Taylor"}})).await, 1);
}

#[tokio::test]
async fn what_does_not_fit_is_kept() {
    let server = prepared().await;
    let odd = json!({
        "ContactId": "odd", "Queue": "Members", "MediaStreams": ["AUDIO"], "CustomerEndpoint": 5, "Attributes": "none",
        "Agent": {"ARN": {"deep": true}, "RoutingProfile": "Basic", "AgentInteractionDuration": "long"},
        "AgentConnectionAttempts": 1.5, "LastUpdateTimestamp": "yesterday", "ConnectedToSystemTimestamp": {"at": 1},
        "DisconnectTimestamp": false, "Recordings": [null], "Channel": {"Name": "VOICE"}, "Tags": [1, {"a": 2}],
    });
    index_all(server, "connect-odd", std::slice::from_ref(&odd)).await;
    let kept = kept(server, "connect-odd", "odd").await;
    assert_eq!(kept["Unindexed"]["Queue"], "Members");
    assert_eq!(kept["Unindexed"]["Agent.RoutingProfile"], "Basic");
    assert_eq!(kept["Unindexed"]["MediaStreams"], json!(["AUDIO"]));
    assert_eq!(kept["Unindexed"]["CustomerEndpoint"], 5);
    for member in
        ["Attributes", "AgentConnectionAttempts", "LastUpdateTimestamp", "Recordings", "Channel", "Tags"]
    {
        assert_eq!(kept[member], odd[member], "{member}");
    }
}

#[tokio::test]
async fn a_centres_own_keys_make_no_fields_and_are_found() {
    let server = prepared().await;
    let documents: Vec<_> = (0..2_000)
        .map(|n| {
            let key = format!("key {n}.of=the {{centre}}");
            json!({
                "ContactId": format!("c{n}"),
                // The same key with values of every type.
                "Attributes": {"greetingPlayed": "true", "GreetingPlayed": [n], (key.clone()): n, "": null},
                "SegmentAttributes": {(key.clone()): {"ValueString": "x"}},
                "ContactDetails": {(key.clone()): {"nested": {"deeply": n}}},
                "Tags": {(key.clone()): "x"},
                "ContactEvaluations": {(key): {"Status": "COMPLETE", "StartTimestamp": "2026-11-02T07:00:12Z"}},
            })
        })
        .collect();
    server.call("PUT", "/connect-keys", "").await;
    let before = fields(server, "connect-keys").await;
    index_all(server, "connect-keys", &documents).await;
    assert_eq!(fields(server, "connect-keys").await, before);
    assert_eq!(count(server, "connect-keys").await, 2_000);
    assert_eq!(
        hits(server, "connect-keys", json!({"term": {"Attributes.greetingPlayed": "true"}})).await,
        2_000
    );
    assert_eq!(hits(server, "connect-keys", json!({"term": {"Attributes.GreetingPlayed": "7"}})).await, 1);
}

#[tokio::test]
async fn a_value_too_long_to_be_a_term_is_kept_beside() {
    let server = prepared().await;
    for letters in [1, 7_990, 8_001, 10_800, 32_000] {
        let (long, id) = ("文".repeat(letters), format!("long{letters}"));
        let document = json!({"ContactId": id, "Attributes": {"long": long, "short": "x"}});
        index_all(server, "connect-long", &[document]).await;
        let kept = kept(server, "connect-long", &id).await;
        let (inside, beside) = (&kept["Attributes"]["long"], &kept["Unindexed"]["Attributes.long"]);
        assert_eq!(if letters > 8_000 { beside } else { inside }, &Value::from(long), "{letters}");
        assert_eq!(kept["Attributes"]["short"], "x");
    }
}

#[tokio::test]
async fn a_member_that_nobody_knows_yet_is_indexed_by_its_first_look_and_refuses_no_later_one() {
    let server = prepared().await;
    let first = json!({
        "ContactId": "1", "BrandNewTimestamp": "2026-11-02T07:00:12Z", "BrandNewText": "blue", "BrandNewCount": 3,
        "BrandNewFlag": true, "BrandNewThing": {"Depth": {"Of": 2}}, "BrandNewList": [{"A": 1}],
    });
    let second = json!({
        "ContactId": "2", "BrandNewTimestamp": {"at": 1}, "BrandNewText": {"is": 1}, "BrandNewCount": 3.75,
        "BrandNewFlag": "maybe", "BrandNewThing": "flat", "BrandNewList": ["x"],
    });
    let third = json!({"ContactId": "3", "BrandNewCount": "many", "BrandNewTimestamp": "soon"});
    index_all(server, "connect-new", &[first, second, third]).await;
    assert_eq!(count(server, "connect-new").await, 3);
    let days = json!({"range": {"BrandNewTimestamp": {"gte": "2026-11-02", "lt": "2026-11-03"}}});
    assert_eq!(hits(server, "connect-new", days).await, 1);
    assert_eq!(hits(server, "connect-new", json!({"range": {"BrandNewCount": {"gt": 3.5}}})).await, 1);
    assert_eq!(hits(server, "connect-new", json!({"term": {"BrandNewThing.Depth.Of": "2"}})).await, 1);
}

#[tokio::test]
async fn one_document_that_is_refused_costs_itself_alone() {
    let server = prepared().await;
    let quality = |n: u8, audio: Value| json!({"ContactId": n.to_string(), "QualityMetrics": {"Agent": {"Audio": audio}}});
    let score = |score: f64| json!({"QualityScore": score});
    let all = [quality(1, score(4.5)), quality(2, "good".into()), quality(3, score(5.0))];
    let all = index(server, "connect-refused", &all).await;
    assert_eq!(all.iter().map(|(status, _)| *status).collect::<Vec<_>>(), [201, 400, 201]);
    assert_eq!(count(server, "connect-refused").await, 2);
}
