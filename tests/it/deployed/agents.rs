//! Agents' states, from their stream to the WFM.

use aws_sdk_kinesis::primitives::Blob;
use jiff::Timestamp;
use serde_json::{Value, json};
use switchboard_tests::wait::until;

use super::{
    calls::invoke,
    world::{PATIENCE, World, stream},
};
use crate::rta_feed::events::event;

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_state_reaches_the_wfm() {
    let world = World::shared();
    let kinesis = aws_sdk_kinesis::Client::new(&world.aws().await);
    let stream = stream(&kinesis, "agentevents").await;
    let put = async |event: Value| {
        let put = kinesis.put_record().stream_name(&stream).partition_key("avery");
        put.data(Blob::new(event.to_string())).send().await.expect("a record");
    };
    put(event("deployed-avery", "LOGIN", "Available", Timestamp::now())).await;
    shown(world, "Available");
    put(event("deployed-avery", "STATE_CHANGE", "Lunch", Timestamp::now())).await;
    shown(world, "Lunch");
    assert!(world.rta.repeats().is_empty(), "nothing is told twice: {:?}", world.rta.repeats());

    // As the schedule does it every hour.
    let before = world.rta.calls().closed_snapshots;
    invoke(&world.emulator, "switchboard-dev-rta-feed", &json!({"rta": "snapshot"}));
    assert_eq!(world.rta.calls().closed_snapshots, before + 1);
    shown(world, "Lunch");
}

fn shown(world: &World, status: &str) {
    until(status, PATIENCE, || {
        let picture = world.rta.picture();
        picture.get("deployed-avery").filter(|shown| shown.description == status).map(drop)
    });
}
