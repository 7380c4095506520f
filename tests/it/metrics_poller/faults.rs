//! Throttling, slowness, failing pages and tokens that lead nowhere: the tables are consistent or as they were, and the
//! answer and the log say which.

use std::time::Duration;

use serde_json::{Value, json};
use switchboard_simulator::connect_api::{Faults, Operation};
use switchboard_tests::lambda::Lambda;
use switchboard_tests::wait::until;

use super::{MINUTE, World, answer, metrics, poll, sum};

/// All that a reader sees of the tables of the moment.
const TABLES: &str = "SELECT md5((SELECT string_agg(q::text, ',' ORDER BY queue_id, channel) FROM current_metric_data q) \
    || (SELECT string_agg(u::text, ',' ORDER BY user_id) FROM current_user_data u))";

/// A line of the log that says that a poll is incomplete, and why.
fn told(lambda: &Lambda, table: &str, why: &str) {
    let parts = ["poll incomplete", table, why];
    let is_told = |line: &String| parts.iter().all(|part| line.contains(part));
    assert!(lambda.logs().iter().any(is_told), "{parts:?}: {:?}", lambda.logs());
}

fn first_error(report: &Value, table: usize) -> String {
    report["tables"][table]["error"].as_str().expect("an error").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_third_of_the_calls_throttled_is_waited_out() {
    let world = World::new(250, 300).await;
    let lambda = world.start(&[]);
    world.api.set_faults(Faults { throttle_every: Some(3), ..Faults::default() });
    for one in ["metadata", "current", "users"] {
        let report = poll(&lambda, one);
        assert_eq!(report["result"], "complete", "{report}");
    }
    let counted = metrics(&lambda, 4);
    assert!(sum(&counted, "ConnectRetries") >= 3);
    let throttled = world.api.calls().iter().filter(|call| call.status == 429).count() as u64;
    assert_eq!(sum(&counted, "ConnectRetries"), throttled);
    assert_eq!(world.count("SELECT count(*) FROM connect_metadata WHERE kind = 'QUEUE'"), 250);
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_answers_end_with_the_time_and_change_nothing() {
    let world = World::new(250, 300).await;
    let lambda = world.start(&[]);
    for one in ["metadata", "current", "users"] {
        assert_eq!(poll(&lambda, one)["result"], "complete");
    }
    let before = world.sql(TABLES);
    world.api.set_faults(Faults { delay: Duration::from_mins(1), ..Faults::default() });
    for one in ["current", "users"] {
        let event = json!({ "poll": one }).to_string();
        let ended = lambda.invoke(event, Duration::from_secs(6)).result.expect("an answer in time");
        let report: Value = serde_json::from_slice(&ended).expect("JSON");
        assert_eq!(report["result"], "unchanged", "{report}");
    }
    assert_eq!(world.sql(TABLES), before);
    told(&lambda, "current_metric_data", "unchanged");
    told(&lambda, "current_user_data", "unchanged");
    // Slow is not silent.
    world.api.set_faults(Faults { delay: Duration::from_millis(300), ..Faults::default() });
    assert_eq!(poll(&lambda, "current")["result"], "complete");
    assert_ne!(world.sql(TABLES), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_page_and_a_repeated_token_zero_nothing() {
    let world = World::new(250, 1200).await;
    let lambda = world.start(&[]);
    for one in ["metadata", "current", "users"] {
        assert_eq!(poll(&lambda, one)["result"], "complete");
    }
    let stood = "SELECT count(*) FROM current_user_data WHERE status_name <> 'Signed out'";
    let online = world.count(stood);
    let faults = [
        (Faults { fail_page: Some(2), ..Faults::default() }, "InternalServiceException"),
        (Faults { repeat_token: true, ..Faults::default() }, "token"),
    ];
    for (faults, why) in faults {
        world.api.set_faults(faults);
        for (one, table) in [("current", "current_metric_data"), ("users", "current_user_data")] {
            let report = poll(&lambda, one);
            assert!(
                ["partial", "unchanged"].contains(&report["result"].as_str().expect("a word")),
                "{report}"
            );
            assert!(first_error(&report, 0).contains(why), "{report}");
            assert_eq!(report["tables"][0]["reset"], 0, "{report}");
            told(&lambda, table, why);
        }
    }
    // Nobody went offline for want of a page: at most those went who were told to be.
    assert!(world.count(stood) * 10 >= online * 9, "{} of {online}", world.count(stood));
    world.api.set_faults(Faults::default());
    assert_eq!(poll(&lambda, "users")["result"], "complete");
}

#[tokio::test(flavor = "multi_thread")]
async fn history_that_failed_is_a_gap_and_healed() {
    let world = World::new(30, 60).await;
    let lambda = world.start(&[]);
    assert_eq!(poll(&lambda, "metadata")["result"], "complete");
    for operation in [Operation::GetMetricData, Operation::GetMetricDataV2] {
        world.api.set_faults(Faults { only: Some(operation), unreadable: true, ..Faults::default() });
        let report = poll(&lambda, "history");
        assert_eq!(report["result"], "partial");
    }
    world.api.set_faults(Faults::default());
    until("all gaps of a day to be healed", MINUTE, || {
        let report = poll(&lambda, "history");
        let tables = report["tables"].as_array().expect("tables");
        tables.iter().all(|table| table["intervals_left"] == 0).then_some(())
    });
    // Each interval of five minutes of a day, but for the one that the API forgets while it is asked.
    let read = world
        .count("SELECT count(*) FROM connect_interval_reads WHERE table_name = 'historical_metric_data'");
    assert!((286..=290).contains(&read), "{read}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_that_are_not_there_bring_the_message_again() {
    let world = World::new(3, 5).await;
    let lambda = world.start(&[]);
    world.sql("DROP TABLE current_user_data CASCADE");
    let record = json!({ "messageId": "m1", "body": r#"{"poll":"users"}"# });
    let failed = answer(&lambda, &json!({ "Records": [record] }));
    assert_eq!(failed["batchItemFailures"][0]["itemIdentifier"], "m1");
}
