//! How late changes are with 500 agents on one shard and 1,000 events a second: figures, no assertion on time.

use std::collections::HashMap;
use std::time::Instant;

use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::PutRecordsRequestEntry;
use serde_json::Value;
use switchboard_tests::emulator::Emulator;
use switchboard_tests::figures::figure;

use super::*;
use crate::rta_feed::events::event;

const AGENTS: usize = 500;
const EVENTS_PER_SECOND: usize = 1000;
const SECONDS: usize = 5;
/// Each agent changes status once in all; the other events are of agents who stay as they are.
const CHANGES_PER_SECOND: usize = AGENTS / SECONDS;

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_agents_at_a_thousand_events_a_second() {
    let emulator = Emulator::shared();
    let kinesis = aws_sdk_kinesis::Client::new(&emulator.sdk_config().await);
    let stream = "rta-lag";
    kinesis.create_stream().stream_name(stream).shard_count(1).send().await.expect("a stream");
    let site = Site::new(emulator.endpoint());
    let all: Vec<Value> = (0..AGENTS).map(|agent| told(agent, "Available")).collect();
    put(&kinesis, stream, &all).await;
    let running = site.start(stream);
    until("the first snapshot", PATIENCE, || (site.service.picture().len() == AGENTS).then_some(()));
    let before = site.service.taken().len();

    let mut changed = HashMap::new();
    let begin = Instant::now();
    for second in 0..SECONDS {
        let due = begin + Duration::from_secs(second as u64);
        tokio::time::sleep_until(due.into()).await;
        let changing = second * CHANGES_PER_SECOND..(second + 1) * CHANGES_PER_SECOND;
        let rest = (0..EVENTS_PER_SECOND - CHANGES_PER_SECOND).map(|filler| filler % AGENTS);
        let rest = rest.map(|agent| told(agent, if agent < changing.start { "Lunch" } else { "Available" }));
        let mut events: Vec<Value> = rest.collect();
        events.extend(changing.clone().map(|agent| told(agent, "Lunch")));
        changed.extend(changing.map(|agent| (name(agent), Instant::now())));
        put(&kinesis, stream, &events).await;
    }
    let put_seconds = begin.elapsed().as_secs_f64();
    until("all changes", PATIENCE, || {
        let shown = site.service.picture();
        shown.values().all(|agent| agent.description == "Lunch").then_some(())
    });
    assert!(running.terminate().success());
    site.was_told_once_and_in_order();

    let mut lags: Vec<f64> = Vec::new();
    for taken in site.service.taken().iter().skip(before).filter(|taken| taken.state.description == "Lunch") {
        lags.push(taken.at.duration_since(changed[&taken.state.user]).as_secs_f64());
    }
    assert_eq!(lags.len(), AGENTS, "each agent changed once");
    lags.sort_by(f64::total_cmp);
    let events = f64::from(u32::try_from(EVENTS_PER_SECOND * SECONDS).expect("a small number"));
    let at = |percent: usize| lags[(lags.len() - 1) * percent / 100];
    figure("switchboard rta, events put a second", format!("{:.0}", events / put_seconds));
    figure(
        "switchboard rta (unoptimised), lag of 500 changes among 1,000 events/s, seconds",
        format!("median {:.1}, 99 % {:.1}, longest {:.1}", at(50), at(99), at(100)),
    );
}

fn name(agent: usize) -> String {
    format!("agent{agent}")
}

/// An event of now, of fewer than 1,000 bytes, as a shard takes a thousand of them a second.
fn told(agent: usize, status: &str) -> Value {
    event(&name(agent), "STATE_CHANGE", status, Timestamp::now())
}

async fn put(kinesis: &aws_sdk_kinesis::Client, stream: &str, events: &[Value]) {
    for events in events.chunks(500) {
        let entry = |event: &Value| {
            let key = event["AgentARN"].as_str().expect("an ARN");
            let data = event.to_string();
            assert!(data.len() < 1000, "{} bytes", data.len());
            let entry = PutRecordsRequestEntry::builder().data(Blob::new(data));
            entry.partition_key(key).build().expect("an entry")
        };
        let records = events.iter().map(entry).collect();
        let request = kinesis.put_records().stream_name(stream).set_records(Some(records));
        assert_eq!(request.send().await.expect("an answer").failed_record_count, Some(0));
    }
}
