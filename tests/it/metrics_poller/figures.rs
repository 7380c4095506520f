//! What a tick costs: 250 queues, 1,200 users.

use serde_json::{Value, json};
use switchboard_simulator::connect_api::{Call, Operation, Options};
use switchboard_tests::centre::around_the_clock;
use switchboard_tests::data_api::DataApi;
use switchboard_tests::figures::figure;
use switchboard_tests::lambda::Lambda;
use switchboard_tests::postgres::Postgres;

use super::{MINUTE, World, metrics, poll, sum};

/// The most of each for a tick of current metrics, users and history.
const MAX_CALLS: usize = 30;
const MAX_ROUND_TRIPS: u64 = 10;
const TICK: [&str; 3] = ["current", "users", "history"];

/// The calls that no paging needs.
fn questions(calls: &[Call]) -> usize {
    calls.iter().filter(|call| call.page == 1).count()
}

/// The metrics of the three polls of a tick like any other: names and channels are known, and no interval is missing.
async fn tick(world: &World, lambda: &Lambda) -> Vec<Value> {
    // After the tables were made.
    let warm = ["metadata", "current", "users"];
    for one in warm {
        assert_eq!(poll(lambda, one)["result"], "complete", "{one}");
    }
    world.note_all_as_read().await;
    // What the newest interval of all needs is not counted.
    assert_eq!(poll(lambda, "history")["result"], "complete");
    let before = 1 + warm.len() + 1;
    metrics(lambda, before);
    world.api.forget_calls();
    for one in TICK {
        let report = poll(lambda, one);
        assert_eq!(report["result"], "complete", "{report}");
        // Two polls may fall into one moment of the API's, and intervals that stayed the same are not written.
        let rows = |table: &Value| {
            table["written"].as_u64().zip(table["stale"].as_u64()).map(|(new, old)| new + old)
        };
        assert!(
            report["tables"].as_array().expect("tables").iter().all(|table| rows(table) > Some(0)),
            "{report}"
        );
    }
    metrics(lambda, before + TICK.len()).split_off(before)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_tick_of_250_queues_and_1200_users_is_cheap() {
    let world = World::new(250, 1200).await;
    let lambda = world.start(&[]);
    let idle = lambda.peak_memory_kb() / 1024;
    let counted = tick(&world, &lambda).await;
    for (one, record) in TICK.iter().zip(&counted) {
        figure(&format!("metrics: database round trips of {one}"), &record["DatabaseRoundTrips"]);
    }
    let calls = world.api.calls();
    let of = |operation| {
        questions(&calls.iter().filter(|call| call.operation == operation).copied().collect::<Vec<_>>())
    };
    let round_trips = sum(&counted, "DatabaseRoundTrips");
    figure("metrics: questions to Connect, full tick, 250 queues and 1,200 users", questions(&calls));
    figure("metrics: of them GetMetricData", of(Operation::GetMetricData));
    figure("metrics: of them GetMetricDataV2", of(Operation::GetMetricDataV2));
    figure("metrics: requests to Connect with all further pages", calls.len());
    figure("metrics: database round trips of the same tick", round_trips);
    let peak = lambda.peak_memory_kb() / 1024;
    figure("metrics: peak memory", format_args!("{peak} MB, {idle} MB before the first poll"));
    assert_eq!(sum(&counted, "ConnectRequests"), calls.len() as u64);
    assert!(questions(&calls) < MAX_CALLS, "{} calls beyond paging", questions(&calls));
    assert!(round_trips <= MAX_ROUND_TRIPS, "{round_trips} round trips");
    // Queues and names are not listed anew for any of it, and no call has more values than a filter takes.
    let lists = [Operation::ListQueues, Operation::ListUsers];
    assert!(!calls.iter().any(|call| lists.contains(&call.operation)));
    assert_eq!(of(Operation::ListRoutingProfiles), 1, "once, so that no agent is missing");
    assert!(calls.iter().all(|call| call.filter_values <= 104), "100 values and 4 channels");
    let of_v2 = calls.iter().filter(|call| call.operation == Operation::GetMetricDataV2);
    assert!(of_v2.into_iter().all(|call| call.filter_values <= 100));
    assert_eq!(world.count("SELECT count(*) FROM connect_metadata"), 250 + 84 + 5 + 1200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_tick_is_as_cheap_over_the_data_api() {
    let world = World::new(250, 1200).await;
    let api = DataApi::start(Postgres::shared());
    let tables = format!(
        "rds-data://{}?cluster=arn:aws:rds:us-east-1:111122223333:cluster:m\
         &secret=arn:aws:secretsmanager:us-east-1:111122223333:secret:m",
        world.database
    );
    let endpoint = api.endpoint();
    let lambda = world.start(&[("METRICS_DB", &tables), ("AWS_ENDPOINT_URL_RDS_DATA", &endpoint)]);
    let counted = tick(&world, &lambda).await;
    for (one, record) in TICK.iter().zip(&counted) {
        figure(&format!("metrics: Data API requests of {one}"), &record["DatabaseRoundTrips"]);
    }
    let round_trips = sum(&counted, "DatabaseRoundTrips");
    figure("metrics: Data API requests of the same tick", round_trips);
    assert!(round_trips <= MAX_ROUND_TRIPS, "{round_trips} round trips");
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_default_rate_an_account_with_the_default_quotas_is_not_throttled() {
    let world = World::of(Options::new(around_the_clock(250, 1200, 26))).await;
    let lambda = world.start(&[("CONNECT_REQUESTS_PER_SECOND", "")]);
    assert_eq!(poll(&lambda, "metadata")["result"], "complete");
    world.note_all_as_read().await;
    // Whether ten seconds are enough, the figure tells: a test that asserted it would be one of the machine.
    for one in ["current", "users", "history"] {
        let polled = lambda.invoke(json!({ "poll": one }).to_string(), MINUTE);
        let report: Value = serde_json::from_slice(&polled.result.expect("an answer")).expect("JSON");
        assert_eq!(report["result"], "complete", "{report}");
        figure(&format!("metrics: {one} at the default rate"), format_args!("{:.1?}", polled.took));
    }
    let calls = world.api.calls();
    assert!(calls.len() > 30, "{}", calls.len());
    assert!(calls.iter().all(|call| call.status != 429), "{calls:?}");
}
