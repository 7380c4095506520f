//! The compiled `reconcile` behind the Runtime API, over the invented Connect API, with a real PostgreSQL server.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use switchboard_tests::clock::Clock as ProcessClock;
use switchboard_tests::lambda::Lambda;
use switchboard_tests::postgres::Postgres;
use switchboard_tests::wait::until;

use super::*;

const NAME: &str = "reconcile";
const MINUTE: Duration = Duration::from_mins(1);

/// What a run answers.
fn run(lambda: &Lambda, time_left: Duration) -> Value {
    let event = json!({ "task": "reconcile" }).to_string();
    serde_json::from_slice(&lambda.invoke(event, time_left).result.expect("an answer")).expect("JSON")
}

/// A metric of all invocations so far, once there are so many.
fn sum(lambda: &Lambda, invocations: usize, name: &str) -> u64 {
    until("the metrics of every invocation", MINUTE, || {
        let lines = lambda.logs();
        let parsed = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let records: Vec<Value> = parsed.filter(|line| line["Function"] == NAME).collect();
        let sum = records.iter().filter_map(|record| record[name].as_u64()).sum();
        (records.len() >= invocations).then_some(sum)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_names_what_is_missing_fetches_it_and_the_next_has_nothing_to_do() {
    // The centre is long after its day; the function lives through it.
    let api = centre().await;
    let withheld = one_in(41);
    let place = Place::postgres();
    let tables = tables_without(&place, &withheld).await;
    let Place::Postgres(database) = &place else { panic!("a database") };
    let (endpoint, url) = (api.endpoint(), Postgres::shared().url(database));
    let clock = Arc::new(ProcessClock::starting_at(DAY.from + SignedDuration::from_mins(1)));
    let env = [
        ("AWS_ENDPOINT_URL_CONNECT", endpoint.as_str()),
        ("CONNECT_INSTANCE_ARN", api.instance_arn()),
        ("METRICS_DB", &url),
        ("SEARCH_CONTACTS_PER_SECOND", "100"),
        // What the invented day is too old for is not what is tested here.
        ("RECORD_RETENTION_DAYS", "60000"),
    ];
    let lambda = Lambda::start_on(&clock, NAME, &env);
    let first = run(&lambda, MINUTE * 5);
    assert_eq!((&first["hoursCompared"], &first["hoursLeft"]), (&json!(0), &json!(0)), "{first}");
    clock.set(DAY.to + SignedDuration::from_hours(4));
    let second = run(&lambda, MINUTE * 5);
    assert_eq!(second["hoursLeft"], 0, "{second}");
    assert_eq!((&second["missing"], &second["healed"]), (&json!(withheld.len()), &json!(withheld.len())));
    assert_eq!(second["unnamed"], 0);
    let third = run(&lambda, MINUTE * 5);
    assert_eq!(third["hoursCompared"], 0, "{third}");
    assert_eq!(sum(&lambda, 3, "ContactsMissing"), withheld.len() as u64);
    assert_eq!(sum(&lambda, 3, "ContactsHealed"), withheld.len() as u64);
    assert_eq!(json!(sum(&lambda, 3, "HoursReconciled")), second["hoursCompared"]);
    let sources = "SELECT COUNT(*) FROM contact_record WHERE source = 'describe_contact'";
    assert_eq!(place.sql(sources).await, [withheld.len().to_string()]);
    assert_eq!(tables.changes(soon()).await, Ok(0), "sums have what was fetched");
    // The log names hours and numbers.
    let logs = lambda.logs();
    assert!(logs.iter().any(|line| line.contains("\"contacts_missing\"")), "{logs:?}");
}
