use serde_json::{Value, json};
use switchboard_metrics::rows::Sample;
use switchboard_sql::database::Database;
use tempfile::TempDir;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(30)
}

fn empty<T>(second: i64, complete: bool) -> Sample<T> {
    Sample { sampled_at: at(second), complete, rows: Vec::new() }
}

const INSTANCE: &str =
    "arn:aws:connect:ap-southeast-2:111122223333:instance/00000000-0000-4000-8000-000000000001";
/// Its replica: the same id in another Region.
const REPLICA: &str = "arn:aws:connect:us-east-1:111122223333:instance/00000000-0000-4000-8000-000000000001";

async fn store_of(folder: &TempDir, instance: &str) -> Store {
    let database = Database::sqlite(&folder.path().join("metrics.db")).await.unwrap();
    Store::new(database, instance.parse().unwrap())
}

async fn store(folder: &TempDir) -> Store {
    let store = store_of(folder, INSTANCE).await;
    store.migrate(soon()).await.unwrap();
    store
}

/// Every table, polled at these seconds.
async fn polled(store: &Store, current: i64, history: i64, metadata: i64) {
    store.save_current_metrics(&empty(current, true), soon()).await.unwrap();
    store.save_current_users(&empty(current, true), soon()).await.unwrap();
    store.save_history(&empty(history, true), &[], soon()).await.unwrap();
    store.save_intervals(&empty(history, true), &[], soon()).await.unwrap();
    store.save_metadata(&empty(metadata, true), &[], soon()).await.unwrap();
}

async fn asked(store: &Store, method: &str, second: i64) -> (u16, Value) {
    let event = json!({"version": "2.0", "rawPath": "/", "requestContext": {"http": {"method": method, "path": "/"}}});
    let request: HttpRequest = serde_json::from_value(event).unwrap();
    let response = Handler::new(store.clone()).handle(&request, at(second), soon()).await;
    assert_eq!(response.headers["content-type"], "application/json");
    (response.status_code, serde_json::from_str(&response.body).unwrap())
}

/// The tables that a report calls stale.
fn stale(report: &Value) -> Vec<&str> {
    let tables = report["tables"].as_array().unwrap();
    tables
        .iter()
        .filter(|table| table["fresh"] == false)
        .map(|table| table["table"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn tables_that_were_never_filled_are_stale() {
    let folder = TempDir::new().unwrap();
    let (status, report) = asked(&store(&folder).await, "GET", 0).await;
    assert_eq!((status, &report["fresh"]), (503, &json!(false)));
    assert_eq!(stale(&report).len(), 7);
    assert_eq!(report["tables"][0]["lastUpdate"], Value::Null);
    assert_eq!(report["tables"][0]["ageSeconds"], Value::Null);
}

#[tokio::test]
async fn an_idle_centre_is_fresh_as_long_as_it_is_polled() {
    let folder = TempDir::new().unwrap();
    let store = store(&folder).await;
    polled(&store, 0, 0, 0).await;
    let (status, report) = asked(&store, "GET", 60).await;
    assert_eq!((status, stale(&report)), (200, vec![]), "{report}");
    let current =
        report["tables"].as_array().unwrap().iter().find(|table| table["table"] == "current_metric_data");
    assert_eq!(
        current.unwrap(),
        &json!({"table": "current_metric_data", "rows": 0, "rowCountKind": "exact", "lastUpdate": at(0), "lastComplete": at(0),
            "ageSeconds": 60, "expectedWithinSeconds": 60, "fresh": true})
    );
}

#[tokio::test]
async fn each_table_is_stale_by_its_own_measure() {
    let folder = TempDir::new().unwrap();
    let store = store(&folder).await;
    polled(&store, 0, 0, 0).await;
    let current =
        vec!["current_metric_data", "current_metric_samples", "current_user_data", "current_user_samples"];
    let history = vec!["historical_metric_data", "interval_metric_data"];
    let (status, report) = asked(&store, "GET", 61).await;
    assert_eq!((status, stale(&report)), (503, current));
    polled(&store, 901, 0, 0).await;
    assert_eq!(stale(&asked(&store, "GET", 901).await.1), history);
    polled(&store, 2701, 2701, 0).await;
    assert_eq!(stale(&asked(&store, "GET", 2701).await.1), ["connect_metadata"]);
}

#[tokio::test]
async fn a_table_of_the_future_is_not_fresh() {
    let folder = TempDir::new().unwrap();
    let store = store(&folder).await;
    polled(&store, 0, 0, 0).await;
    for (second, status) in [(0, 200), (-60, 200), (-61, 503), (-24 * 3600, 503)] {
        let (told, report) = asked(&store, "GET", second).await;
        assert_eq!(told, status, "{second}: {report}");
        assert_eq!(report["tables"][0]["ageSeconds"], second, "{report}");
    }
}

#[tokio::test]
async fn partial_polls_keep_nothing_fresh() {
    let folder = TempDir::new().unwrap();
    let store = store(&folder).await;
    polled(&store, 0, 0, 0).await;
    store.save_current_users(&empty(100, false), soon()).await.unwrap();
    store.save_current_metrics(&empty(100, true), soon()).await.unwrap();
    let report = asked(&store, "GET", 100).await.1;
    assert_eq!(stale(&report), ["current_user_data", "current_user_samples"], "{report}");
    let users =
        report["tables"].as_array().unwrap().iter().find(|table| table["table"] == "current_user_data");
    assert_eq!(users.unwrap()["lastUpdate"], json!(at(100)));
    assert_eq!(users.unwrap()["lastComplete"], json!(at(0)));
}

#[tokio::test]
async fn polls_of_another_instance_keep_nothing_fresh() {
    let folder = TempDir::new().unwrap();
    let store = store(&folder).await;
    let replica = store_of(&folder, REPLICA).await;
    polled(&replica, 0, 0, 0).await;
    let (status, report) = asked(&store, "GET", 0).await;
    assert_eq!((status, stale(&report).len(), &report["instanceArn"]), (503, 7, &json!(INSTANCE)));
    let (status, report) = asked(&replica, "GET", 0).await;
    assert_eq!((status, &report["instanceArn"]), (200, &json!(REPLICA)), "{report}");
}

#[tokio::test]
async fn tables_that_cant_be_read_are_not_fresh() {
    let folder = TempDir::new().unwrap();
    let store = store_of(&folder, INSTANCE).await;
    let (status, report) = asked(&store, "GET", 0).await;
    assert_eq!((status, &report["fresh"]), (503, &json!(false)));
    let error = SqlError::NotMigrated.to_string();
    assert_eq!(report["error"], error);
    assert_eq!(report.get("tables"), None);
}

#[tokio::test]
async fn another_method_is_told_what_is_right() {
    let folder = TempDir::new().unwrap();
    assert_eq!(asked(&store(&folder).await, "POST", 0).await.0, 405);
}
