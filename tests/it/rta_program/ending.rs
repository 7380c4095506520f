//! The program told to end while the service says nothing; and a shift that the program itself puts onto a stream.

use aws_sdk_kinesis::types::ShardIteratorType;
use jiff::tz::TimeZone;
use switchboard_tests::emulator::Emulator;
use switchboard_tests::kinesis::Kinesis;
use switchboard_tests::rta_service::Habit;

use super::reshard::put;
use super::*;

#[test]
fn it_ends_while_the_service_hangs_and_loses_nothing() {
    let kinesis = Kinesis::start(1);
    let site = Site::new(&kinesis.url());
    // So many that somebody changes in each part.
    let (mut events, [second, third]) = shift(33, 30);
    put(&kinesis, &events);
    let running = site.start("agent-events");
    site.waits_for(&events);
    site.service.behave(Habit::Hang);
    put(&kinesis, &second);
    events.extend(second);
    until("a call", PATIENCE, || (site.service.calls().failed > 0).then_some(()));
    assert!(running.terminate().success(), "by the batch's own deadline");
    assert!(site.folder.path().join("rta-checkpoints.db").exists());

    site.service.behave(Habit::Good);
    put(&kinesis, &third);
    events.extend(third);
    let running = site.start("agent-events");
    site.waits_for(&events);
    assert!(running.terminate().success());
    assert!(
        kinesis.asked().records < events.len() * 2,
        "it went on from where it was: {:?}",
        kinesis.asked()
    );
}

#[test]
fn where_what_was_known_of_agents_is_gone_it_begins_anew_whatever_the_checkpoints_say() {
    let kinesis = Kinesis::start(1);
    let site = Site::new(&kinesis.url());
    let (events, [_]) = shift(35, 6);
    put(&kinesis, &events);
    let running = site.start("agent-events");
    site.waits_for(&events);
    assert!(running.terminate().success());
    assert!(kinesis.asked().records < events.len() * 2);

    for end in ["", "-wal", "-shm"] {
        drop(std::fs::remove_file(site.folder.path().join(format!("agents.db{end}"))));
    }
    let running = site.start("agent-events");
    until("all events a second time", PATIENCE, || {
        (kinesis.asked().records >= events.len() * 2).then_some(())
    });
    site.waits_for(&events);
    assert!(running.terminate().success());
}

#[tokio::test]
async fn a_simulated_shift_is_put_onto_a_stream() {
    let emulator = Emulator::shared();
    let kinesis = aws_sdk_kinesis::Client::new(&emulator.sdk_config().await);
    let stream = "rta-simulated";
    kinesis.create_stream().stream_name(stream).shard_count(1).send().await.expect("a stream");
    let from = "2026-11-02";
    let ended = Command::new(workspace::program())
        .args(["simulate", "agents", "--agents", "3", "--seed", "7", "--from", from, "--stream", stream])
        .env_clear()
        .envs(emulator.env())
        .envs([("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test"), ("AWS_REGION", "us-east-1")])
        .status();
    assert!(ended.expect("the program runs").success());
    let shards = kinesis.list_shards().stream_name(stream).send().await.expect("shards");
    let iterator = kinesis
        .get_shard_iterator()
        .stream_name(stream)
        .shard_id(shards.shards()[0].shard_id())
        .shard_iterator_type(ShardIteratorType::TrimHorizon);
    let mut iterator = iterator.send().await.expect("an iterator").shard_iterator;
    let from = "2026-11-02T00:00:00Z".parse().expect("a time");
    let config =
        Config { seed: 7, agents: 3, contacts_per_day: 210, from, zone: TimeZone::UTC, ..Config::default() };
    let mut wanted: Vec<_> = View::new(config, EmittedKind::AgentEvent).expect("a centre").collect();
    let mut found = Vec::new();
    while found.len() < wanted.len() {
        let page = kinesis.get_records().shard_iterator(iterator.expect("more"));
        let page = page.send().await.expect("records");
        assert!(!page.records.is_empty(), "{} of {}", found.len(), wanted.len());
        found.extend(page.records);
        iterator = page.next_shard_iterator;
    }
    // Each agent's events are in order; those of several within a batch need not be.
    found.sort_by(|one, other| one.partition_key().cmp(&other.partition_key()));
    wanted.sort_by(|one, other| one.key.cmp(&other.key));
    for (found, wanted) in found.iter().zip(&wanted) {
        assert_eq!(found.partition_key(), Some(wanted.key.as_str()));
        assert_eq!(found.data().as_ref(), wanted.text.as_bytes());
    }
}
