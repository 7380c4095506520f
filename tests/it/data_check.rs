//! The compiled `data-check` behind the Runtime API, on a real PostgreSQL server and behind the Data API's stand-in.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use switchboard_metrics::rows::{CurrentUser, Sample};
use switchboard_metrics::store::Store;
use switchboard_sql::database::Database;
use switchboard_sql::url::SqlUrl;
use switchboard_tests::cut::Refusing;
use switchboard_tests::data_api::DataApi;
use switchboard_tests::figures::figure;
use switchboard_tests::lambda::Lambda;
use switchboard_tests::postgres::{PASSWORD, Postgres, USER};
use switchboard_tests::wait::until;
use tokio::time::Instant;

const INSTANCE: &str =
    "arn:aws:connect:ap-southeast-2:111122223333:instance/00000000-0000-4000-8000-000000000001";
const MINUTE: Duration = Duration::from_mins(1);

fn start(more: &[(&str, &str)]) -> Lambda {
    Lambda::start("data-check", &[&[("CONNECT_INSTANCE_ARN", INSTANCE)], more].concat())
}

fn asked(lambda: &Lambda) -> (Value, Value) {
    asked_within(lambda, MINUTE)
}

fn asked_within(lambda: &Lambda, time_left: Duration) -> (Value, Value) {
    let event = json!({"version": "2.0", "rawPath": "/", "rawQueryString": "", "headers": {},
        "requestContext": {"http": {"method": "GET", "path": "/"}}, "isBase64Encoded": false});
    let answer = lambda.invoke(event.to_string(), time_left).result.expect("an answer");
    let answer: Value = serde_json::from_slice(&answer).expect("JSON");
    let body = serde_json::from_str(answer["body"].as_str().expect("a body")).expect("a JSON body");
    (answer["statusCode"].clone(), body)
}

fn soon() -> Instant {
    Instant::now() + MINUTE
}

async fn tables(url: &str) -> Store {
    let Ok(SqlUrl::Postgres(place)) = url.parse() else { panic!("a server's URL") };
    let database = Database::postgres(&place, None).expect("a server");
    let store = Store::new(database, INSTANCE.parse().expect("an instance"));
    store.migrate(soon()).await.expect("tables");
    store
}

/// Saves a complete sample without rows into every table.
async fn poll(store: &Store, now: Timestamp) {
    fn sample<T>(now: Timestamp) -> Sample<T> {
        Sample { sampled_at: now, complete: true, rows: Vec::new() }
    }
    store.save_metadata(&sample(now), &[], soon()).await.expect("saved");
    store.save_current_metrics(&sample(now), soon()).await.expect("saved");
    store.save_current_users(&sample::<CurrentUser>(now), soon()).await.expect("saved");
    store.save_history(&sample(now), &[], soon()).await.expect("saved");
    store.save_intervals(&sample(now), &[], soon()).await.expect("saved");
}

#[tokio::test(flavor = "multi_thread")]
async fn fresh_tables_are_200_and_stale_ones_503() {
    let server = Postgres::shared();
    let database = server.database();
    let store = tables(&server.url(&database)).await;
    let secret = tempfile::NamedTempFile::new().expect("a file");
    let text = format!(
        r#"{{"username": "{USER}", "password": "{PASSWORD}", "host": "127.0.0.1", "port": {}}}"#,
        server.port()
    );
    std::fs::write(secret.path(), text).expect("the secret");
    let url = format!("postgres:///{database}?secret=file://{}", secret.path().display());
    let lambda = start(&[("METRICS_DB", &url), ("AWS_LAMBDA_LOG_LEVEL", "TRACE")]);

    let (status, report) = asked(&lambda);
    assert_eq!((status, &report["fresh"]), (503.into(), &false.into()), "nothing yet: {report}");
    poll(&store, Timestamp::now()).await;
    let (status, report) = asked(&lambda);
    assert_eq!((status, &report["fresh"]), (200.into(), &true.into()), "{report}");
    assert_eq!(report["tables"].as_array().map(Vec::len), Some(7));

    // Of a table too large to count, the server's estimate is told.
    server.sql(&database, "INSERT INTO current_user_samples (instance_arn, user_id, sampled_at) SELECT instance_arn, n, now() FROM connect_table_status, generate_series(1, 20000) AS n WHERE table_name = 'current_user_data'");
    server.sql(&database, "ANALYZE current_user_samples");
    let (_, report) = asked(&lambda);
    let samples = report["tables"]
        .as_array()
        .and_then(|tables| tables.iter().find(|table| table["table"] == "current_user_samples"));
    let samples = samples.expect("the table");
    assert_eq!((&samples["rows"], &samples["rowCountKind"]), (&20_000.into(), &"estimated".into()));
    server
        .sql(&database, "UPDATE connect_table_status SET complete_at = complete_at - interval '61 seconds'");
    assert_eq!(asked(&lambda).0, 503, "stale");
    let said = lambda.logs().concat();
    assert!(!said.contains(PASSWORD), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_data_api_serves_as_well() {
    let server = Postgres::shared();
    let database = server.database();
    poll(&tables(&server.url(&database)).await, Timestamp::now()).await;
    let api = DataApi::start(server);
    let url = format!(
        "rds-data://{database}?cluster=arn:aws:rds:us-east-1:111122223333:cluster:m\
         &secret=arn:aws:secretsmanager:us-east-1:111122223333:secret:m"
    );
    let lambda = start(&[("METRICS_DB", &url), ("AWS_ENDPOINT_URL_RDS_DATA", &api.endpoint())]);
    let (status, report) = asked(&lambda);
    assert_eq!(status, 200, "{report}");
    api.resume_for(2);
    assert_eq!(asked(&lambda).0, 200, "once the cluster is awake");
    figure("data-check: peak memory", format!("{} MB", lambda.peak_memory_kb() / 1024));
}

#[test]
fn a_server_that_is_not_there_is_503() {
    let nobody = Refusing::start();
    let url = format!("postgres://{USER}:{PASSWORD}@127.0.0.1:{}/metrics", nobody.port());
    let lambda = start(&[("METRICS_DB", &url)]);
    let (status, report) = asked_within(&lambda, Duration::from_secs(3));
    assert_eq!((status, &report["fresh"]), (503.into(), &false.into()));
    let error = report["error"].as_str().expect("an error");
    assert!(error.contains("unavailable") || error.contains("deadline"), "{error}");
}

#[test]
fn the_tables_must_be_named() {
    let lambda = start(&[("METRICS_DB", "postgres://user:hunter2@db.example.com/m")]);
    assert!(!until("the end", MINUTE, || lambda.exited()).success());
    let said = lambda.logs().concat();
    assert!(said.contains("METRICS_DB is invalid") && !said.contains("hunter2"), "{said}");
}
