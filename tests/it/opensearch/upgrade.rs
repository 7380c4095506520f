//! The program `search/upgrade`, on a server of its own: no document is lost, whatever the old index is.

use std::process::Command;

use super::*;

fn upgrade(server: &OpenSearch) -> String {
    let program = workspace::root().join("search/upgrade");
    let domain = server.endpoint();
    let mut command = Command::new(program);
    for signs in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
        command.env_remove(signs);
    }
    let output = command.arg(domain.trim_end_matches('/')).output().expect("bash, curl and jq");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("a text")
}

fn record(n: usize, second: u8) -> Value {
    json!({"ContactId": format!("c{n}"), "LastUpdateTimestamp": format!("2026-11-06T05:00:0{second}Z"), "Number": n,
        "CustomerEndpoint": {"Name": format!("Name {n}")}})
}

#[tokio::test]
async fn an_index_with_wrong_types_gets_the_right_ones_and_keeps_every_document() {
    let server = OpenSearch::start();
    // Made before the template was loaded: texts have `.keyword` beside them.
    let pipeline =
        server.call("PUT", "/_ingest/pipeline/contact-records", asset("ingest-pipeline.json")).await;
    assert_eq!(pipeline.status, 200, "{}", pipeline.body);
    let settings = json!({"settings": {"index.default_pipeline": "contact-records"}});
    assert_eq!(server.call("PUT", "/connect", settings.to_string()).await.status, 200);
    let records: Vec<_> = (0..1_500).map(|n| record(n, 1)).collect();
    index_all(&server, "connect", &records).await;
    load(&server).await;

    // The first moves the index behind an alias, the second finds it there.
    for name in ["connect-000002", "connect-000003"] {
        assert!(upgrade(&server).contains(&format!("connect leads to {name}, which has 1500 documents")));
        let alias = server.call("GET", "/_alias/connect", "").await.body;
        assert_eq!(
            alias.as_object().map(|found| found.keys().collect::<Vec<_>>()),
            Some(vec![&name.to_owned()])
        );
        assert_eq!(count(&server, "connect").await, 1_500);
    }
    let mapping = server.call("GET", "/connect/_mapping", "").await.body;
    let kind = mapping.pointer("/connect-000003/mappings/properties/CustomerEndpoint/properties/Name/type");
    assert_eq!(kind, Some(&"keyword".into()), "{mapping}");

    // Each document kept its version: an older copy is still refused, a newer one taken.
    let [(old, _), (new, _)] =
        index(&server, "connect", &[record(7, 0), record(7, 2)]).await.try_into().expect("two answers");
    assert_eq!((old, new), (409, 200));
}
