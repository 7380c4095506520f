//! Metrics of the invented Connect API, by ticks through the queue, in a real PostgreSQL; and a message that fails until the
//! fault is gone.

use serde_json::json;
use switchboard_tests::wait::until;

use super::{
    calls::{hurry, invoke, queue, redrive, until_put_aside},
    world::{DATABASE, PATIENCE, World},
};

const POLLER: &str = "switchboard-dev-metrics-poller";
const TICKS: &str = "switchboard-dev-metrics-ticks";
const DEAD: &str = "switchboard-dev-metrics-ticks-dlq";

#[test]
fn ticks_fill_the_tables_and_what_failed_comes_back() {
    let world = World::shared();
    let emulator = &world.emulator;
    // There are no tables yet, so whatever is polled can't be saved.
    let (ticks, dead) = (queue(emulator, TICKS), queue(emulator, DEAD));
    hurry(emulator, &ticks);
    let names = json!({"QueueUrl": ticks, "MessageBody": r#"{"poll":"metadata"}"#});
    emulator.call("sqs", "send_message", &names);
    until_put_aside(emulator, &dead);

    // As the deployment does it on AWS.
    let migrated = invoke(emulator, POLLER, &json!({}));
    assert_eq!(migrated["result"], "complete", "{migrated}");
    redrive(emulator, &["queue", "--from", &dead, "--to", &ticks]);
    until("the names", PATIENCE, || (count(world, "connect_metadata") > 30).then_some(()));

    let ticked = invoke(emulator, POLLER, &json!({"poll": "tick"}));
    assert_eq!(ticked["result"], "complete", "{ticked}");
    until("the queues", PATIENCE, || (count(world, "current_metric_data") > 0).then_some(()));
    until("the agents", PATIENCE, || (count(world, "current_user_data") > 0).then_some(()));
    let history = invoke(emulator, POLLER, &json!({"poll": "history"}));
    assert_eq!(history["result"], "complete", "{history}");
    assert!(count(world, "historical_metric_data") > 0 && count(world, "interval_metric_data") > 0);

    let [(unsigned, _), (status, checked)] = emulator.get(world.api(), "/data-check");
    assert_eq!(unsigned, 403, "nobody may ask who does not sign");
    assert_eq!(status, 200, "{checked}");
    assert!(checked.contains("current_metric_data"), "{checked}");
}

fn count(world: &World, table: &str) -> u64 {
    let rows = world.postgres.sql(DATABASE, &format!("SELECT count(*) FROM {table}"));
    rows.parse().expect("a number")
}
