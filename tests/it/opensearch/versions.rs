//! A contact is one document, and its newest copy wins in whatever order the copies arrive.

use super::*;

/// The three copies of events/ctr/redelivered-versions.ndjson, enriched, the oldest first.
async fn copies() -> Vec<Value> {
    let bytes = fs::read(workspace::root().join("events/ctr/redelivered-versions.ndjson")).expect("a sample");
    let mut copies = enriched([bytes]).await;
    copies.sort_by_key(|copy| text(copy, "/LastUpdateTimestamp"));
    assert_eq!(copies.len(), 3);
    copies
}

/// The one document there is, with its version.
async fn only(server: &OpenSearch, index: &str) -> (Value, i64) {
    let answer = server.call("GET", &format!("/{index}/_search?version=true"), "").await.body;
    let hits = answer["hits"]["hits"].as_array().expect("hits");
    assert_eq!(hits.len(), 1, "{hits:?}");
    (hits[0]["_source"].clone(), hits[0]["_version"].as_i64().expect("a version"))
}

#[tokio::test]
async fn the_newest_copy_wins_in_every_order() {
    let (server, copies) = (prepared().await, copies().await);
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    for (n, order) in orders.into_iter().enumerate() {
        let name = format!("connect-order{n}");
        let mut greatest = 0;
        for place in order {
            let status = index(server, &name, &copies[place..=place]).await[0].0;
            // 409 is what tells Firehose that it was refused.
            let expected = if place < greatest { 409 } else { status.clamp(200, 201) };
            assert_eq!(status, expected, "{order:?}, {place}");
            greatest = greatest.max(place);
        }
        let (document, version) = only(server, &name).await;
        assert_eq!(document, copies[2], "{order:?}");
        let updated: jiff::Timestamp =
            text(&copies[2], "/LastUpdateTimestamp").expect("a time").parse().expect("a time");
        assert_eq!(version, updated.as_millisecond());
    }
}

#[tokio::test]
async fn one_request_with_all_copies_ends_the_same() {
    let (server, mut copies) = (prepared().await, copies().await);
    copies.reverse();
    let statuses: Vec<_> =
        index(server, "connect-at-once", &copies).await.iter().map(|(status, _)| *status).collect();
    assert_eq!(statuses, [201, 409, 409]);
    assert_eq!(only(server, "connect-at-once").await.0, copies[0]);
}

#[tokio::test]
async fn the_same_copy_again_is_welcome() {
    let (server, copies) = (prepared().await, copies().await);
    for expected in [201, 200, 200] {
        let (status, error) = index(server, "connect-again", &copies[..1]).await.remove(0);
        assert_eq!(status, expected, "{error}");
    }
    assert_eq!(only(server, "connect-again").await.0, copies[0]);
}

#[tokio::test]
async fn a_copy_without_a_readable_version_is_older_than_any_other() {
    let server = prepared().await;
    let copy = |member: Value| json!({"ContactId": "c", "LastUpdateTimestamp": member});
    let unreadable =
        [copy(Value::Null), copy("soon".into()), copy(5.into()), copy("1969-12-31T23:59:59Z".into())];
    index_all(server, "connect-unversioned", &unreadable).await;
    assert_eq!(only(server, "connect-unversioned").await.1, 0);
    let versioned = copy("2026-11-02T07:02:11.250Z".into());
    assert_eq!(index(server, "connect-unversioned", std::slice::from_ref(&versioned)).await[0].0, 200);
    assert_eq!(index(server, "connect-unversioned", &unreadable[..1]).await[0].0, 409);
    assert_eq!(only(server, "connect-unversioned").await, (versioned, 1_793_602_931_250));
}

#[tokio::test]
async fn an_id_of_firehoses_own_gives_way_to_the_contacts() {
    let (server, copies) = (prepared().await, copies().await);
    for (n, copy) in copies.iter().enumerate() {
        let action =
            json!({"index": {"_index": "connect-ids", "_id": format!("49546986683135544286507457936.{n}")}});
        let answer = server.call("POST", "/_bulk?refresh=true", format!("{action}\n{copy}\n")).await;
        assert_eq!(answer.body["errors"], false, "{}", answer.body);
    }
    assert_eq!(only(server, "connect-ids").await.0, copies[2]);
}

#[tokio::test]
async fn documents_without_a_contact_stand_alone() {
    let server = prepared().await;
    let documents =
        [json!({"Channel": "VOICE"}), json!({"ContactId": ""}), json!({"ContactId": 7}), json!({})];
    index_all(server, "connect-nameless", &documents).await;
    assert_eq!(count(server, "connect-nameless").await, 4);
}
