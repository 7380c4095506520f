//! How fast and how lean the release binary is: printed, not asserted, since machines differ.

use std::collections::HashMap;
use std::io::Write;
use std::time::Instant;

use flate2::{Compression, write::GzEncoder};
use switchboard_tests::directory::{Behaviour, Directory, Instead};
use switchboard_tests::figures::figure;

use super::*;

#[test]
fn five_hundred_callers_are_looked_up_side_by_side() {
    let names: HashMap<_, _> = (0..500).map(|n| (number(n), format!("Caller {n}"))).collect();
    let delay = Duration::from_millis(5);
    let directory = Directory::start(Behaviour { names, delay, ..Behaviour::default() });
    let lambda = Lambda::start(NAME, &[("CALLERS", &directory.url())]);
    let start = lambda.first_poll_after();
    let batch = event((0..500).map(|n| call(&number(n))));
    let cold = lambda.invoke(batch.to_string(), MINUTE);
    let answer: Value = serde_json::from_slice(&cold.result.expect("an answer")).expect("JSON");
    assert_eq!(answer["records"].as_array().map(Vec::len), Some(500));
    assert_eq!(directory.requests(), 500);
    let warm = lambda.invoke(batch.to_string(), MINUTE);
    assert!(warm.result.is_ok());
    assert_eq!(directory.requests(), 500);
    figure("ctr-enrich: start to first poll", format!("{start:.1?} (goal 20 ms)"));
    figure(
        "ctr-enrich: 500 distinct callers, 5 ms each",
        format!("{:.0?} (goal 150 ms; one by one they take 6 s)", cold.took),
    );
    figure("ctr-enrich: the same with a warm cache", format!("{:.1?}", warm.took));
}

/// A record of a call as Connect writes one, of 1.6 KB: [`call`] has only what tests look at, a fifth of that.
fn ordinary(number: &str) -> String {
    const AT: &str = "2026-11-02T07:00:12Z";
    const INSTANCE: &str =
        "arn:aws:connect:us-east-1:000000000000:instance/5a2f3b68-24d7-46c5-ba70-b70cd6918286";
    let mut record: Value = serde_json::from_str(&call(number)).expect("JSON");
    for (name, value) in [
        (
            "Agent",
            json!({
                "ARN": format!("{INSTANCE}/agent/e7c9afb6-b1e1-4afa-b5b5-3d4c0e8b7a11"), "Username": "rosa",
                "AfterContactWorkDuration": 5, "AfterContactWorkEndTimestamp": AT,
                "AfterContactWorkStartTimestamp": AT, "AgentInteractionDuration": 239,
                "ConnectedToAgentTimestamp": AT, "CustomerHoldDuration": 221, "HierarchyGroups": null,
                "LongestHoldDuration": 204, "NumberOfHolds": 2,
                "RoutingProfile": {
                    "ARN": format!("{INSTANCE}/routing-profile/304e0036-2322-45fd-80c4-c97e184c388b"), "Name": "All",
                },
            }),
        ),
        (
            "Queue",
            json!({
                "ARN": format!("{INSTANCE}/queue/078ccbaa-ae69-4bf9-84bc-5c60ca9b1478"), "Name": "Sales",
                "DequeueTimestamp": AT, "Duration": 31, "EnqueueTimestamp": AT,
            }),
        ),
        ("InstanceARN", json!(INSTANCE)),
        ("Channel", json!("VOICE")),
        ("DisconnectReason", json!("CUSTOMER_DISCONNECT")),
        ("DisconnectTimestamp", json!(AT)),
        ("InitialContactId", Value::Null),
        ("InitiationTimestamp", json!(AT)),
        ("LastUpdateTimestamp", json!(AT)),
        ("MediaStreams", json!([{"Type": "AUDIO"}])),
        ("NextContactId", Value::Null),
        ("PreviousContactId", Value::Null),
        ("Recordings", Value::Null),
        ("References", json!([])),
        ("SystemEndpoint", json!({"Address": "+12025550100", "Type": "TELEPHONE_NUMBER"})),
        ("TransferredToEndpoint", Value::Null),
    ] {
        record[name] = value;
    }
    record.to_string()
}

/// Beside a function that gives the event back: what the runtime itself takes. Both take turns.
#[test]
fn enrichment_beside_an_echo() {
    const ROUNDS: usize = 15;
    let names: HashMap<_, _> = (0..500).map(|n| (number(n), format!("Caller {n}"))).collect();
    let directory = Directory::start(Behaviour { names, ..Behaviour::default() });
    let enrich = Lambda::start(NAME, &[("CALLERS", &directory.url())]);
    let echo = Lambda::start("ctr-enrich-echo", &[]);
    for records in [500, 1_500] {
        let batch = event((0..records).map(|n| ordinary(&number(n % 500)))).to_string();
        let mut took = [Vec::new(), Vec::new()];
        for _ in 0..=ROUNDS {
            for (lambda, took) in [&enrich, &echo].into_iter().zip(&mut took) {
                let answered = lambda.invoke(batch.clone(), MINUTE);
                assert!(answered.result.expect("an answer").len() > batch.len() / 2);
                took.push(answered.took);
            }
        }
        // The first fills the cache of callers.
        let medians = took.map(|took| {
            let mut warm = took[1..].to_vec();
            warm.sort_unstable();
            warm[ROUNDS / 2]
        });
        let ratio = medians[0].as_secs_f64() / medians[1].as_secs_f64();
        figure(
            &format!("ctr-enrich: {records} records, {} kB, beside an echo", batch.len() / 1000),
            format!("{:.1?} and {:.1?}: {ratio:.2} times (goal 1.5)", medians[0], medians[1]),
        );
    }
}

#[test]
fn a_large_event_takes_little_memory() {
    let lambda = Lambda::start(NAME, &[]);
    lambda.first_poll_after();
    let idle = lambda.peak_memory_kb();
    let padding = "x".repeat(2_000);
    let records = (0..1_400).map(|n| call(&number(n)).replace("}{", &padding));
    let batch = event(records).to_string();
    let answer = lambda.invoke(batch.clone(), MINUTE).result.expect("an answer");
    assert!(answer.len() > batch.len(), "nothing is lost");
    let megabytes = |kilobytes: u64| kilobytes / 1024;
    figure(
        "ctr-enrich: peak memory",
        format!(
            "{} MB for an event of {} kB (goal 40 MB), {} MB idle",
            megabytes(lambda.peak_memory_kb()),
            batch.len() / 1000,
            megabytes(idle)
        ),
    );
}

#[test]
fn packed_records_that_unpack_to_much_are_all_answered_in_little_memory() {
    let lambda = Lambda::start(NAME, &[]);
    lambda.first_poll_after();
    // 10 KB that are 8 MB when they are unpacked.
    let padding = "x".repeat(8_000_000);
    let packed = STANDARD.encode(gzip(call(&number(0)).replace("}{", &padding).as_bytes()));
    let records: Vec<_> = (0..300)
        .map(|n| json!({"recordId": n.to_string(), "approximateArrivalTimestamp": 1, "data": packed}))
        .collect();
    let mut event = event([]);
    event["records"] = records.into();
    let began = Instant::now();
    assert_eq!(answers(&lambda, &event, MINUTE).len(), 300);
    let megabytes = lambda.peak_memory_kb() / 1024;
    assert!(megabytes < 256, "{megabytes} MB");
    figure(
        "ctr-enrich: 300 packed records of 8 MB",
        format!("{megabytes} MB (limit 256 MB) in {:.1?}", began.elapsed()),
    );
}

#[test]
fn a_silent_directory_ends_within_seconds_at_default_settings() {
    let directory = Directory::start(Behaviour { instead: Some(Instead::Hang), ..Behaviour::default() });
    let lambda = Lambda::start(NAME, &[("CALLERS", &directory.url())]);
    let began = Instant::now();
    let all = answers(&lambda, &event((0..500).map(|n| call(&number(n)))), MINUTE);
    assert!(all.iter().all(|one| one.result == "Ok" && one.endpoint()["NameLookup"] == "failed"));
    figure("ctr-enrich: 500 callers of a silent directory", format!("{:.1?} (goal 15 s)", began.elapsed()));
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}
