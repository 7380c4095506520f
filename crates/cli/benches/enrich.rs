//! Enriching contact records, beside the plain way: parse into `serde_json::Value`, change, print.
//!
//! Both ways take turns in one run, so that a busy machine slows both; medians are printed. The whole
//! handler, with a warm cache, stands beside its floor: base64 off and on again, and nothing else.

use std::{
    hint::black_box,
    io::Write,
    path::Path,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use ctr_enrich::{event::FirehoseEvent, handler::Handler, record, requeue::Requeue};
use serde_json::{Value, json};
use switchboard_callers::{Directory, Limits};
use switchboard_core::{enrich::LookUp, phone::PhoneNumber, served_instances::ServedInstances};
use switchboard_simulator::{
    View,
    model::{Config, emit::EmittedKind},
};

const RECORDS: usize = 500;
const ROUNDS: usize = 101;

fn main() {
    let records = simulated();
    let size: usize = records.iter().map(String::len).sum();
    print(&format!("{RECORDS} records of {} bytes, medians of {ROUNDS} rounds", size / RECORDS));

    let [spliced, plain] = medians([&|| spliced(&records), &|| through_value(&records)]);
    print(&line("enrich, spliced", spliced, size));
    print(&line("enrich, serde_json::Value", plain, size));
    print(&format!("  ratio {:.1} (goal 5)", plain.as_secs_f64() / spliced.as_secs_f64()));

    let event = event(&records);
    let directory = tempfile_directory();
    let enricher = Handler::new(Some(directory), Requeue::Nowhere);
    let [handler, floor] = medians([&|| handled(&enricher, &event), &|| decoded_and_encoded(&event)]);
    print(&line("whole handler, warm cache", handler, size));
    print(&line("floor: base64 off and on", floor, size));
    print(&format!("  ratio {:.1}", handler.as_secs_f64() / floor.as_secs_f64()));
}

#[expect(clippy::print_stdout, reason = "a bench's answer")]
fn print(line: &str) {
    println!("{line}");
}

fn line(what: &str, took: Duration, size: usize) -> String {
    let per_second =
        |amount: usize| f64::from(u32::try_from(amount).unwrap_or(u32::MAX)) / took.as_secs_f64();
    let (records, megabytes) = (per_second(RECORDS), per_second(size) / 1e6);
    format!("{what:<28} {records:>9.0} records/s {megabytes:>6.0} MB/s {took:>8.1?}")
}

/// The medians of two ways of doing a thing, which take turns.
fn medians(ways: [&dyn Fn() -> usize; 2]) -> [Duration; 2] {
    let mut took = ways.map(|_| Vec::with_capacity(ROUNDS));
    for _ in 0..ROUNDS {
        for (way, took) in ways.iter().zip(&mut took) {
            let start = Instant::now();
            assert!(black_box(way()) > 0);
            took.push(start.elapsed());
        }
    }
    took.map(|mut all| {
        all.sort_unstable();
        all.get(ROUNDS / 2).copied().unwrap_or_default()
    })
}

fn simulated() -> Vec<String> {
    let callers = (0..200).filter_map(|n| PhoneNumber::parse(&format!("+1202555{n:04}"))).collect();
    let config = Config { callers, ..Config::default() };
    let records = View::new(config, EmittedKind::ContactRecord).into_iter().flatten();
    records.take(RECORDS).map(|record| record.text).collect()
}

/// From a record's bytes to its new ones.
fn spliced(records: &[String]) -> usize {
    let mut out = Vec::new();
    let mut size = 0;
    for text in records {
        out.clear();
        if let Ok(documents) = record::read(text.as_bytes(), &record::intake(ServedInstances::default())) {
            record::write(&documents, |_| LookUp::Known("Avery Quill"), &mut out);
        }
        size += black_box(&out).len();
    }
    size
}

/// The same through a tree of values, as the workshop's function and most others do it.
fn through_value(records: &[String]) -> usize {
    let mut size = 0;
    for text in records {
        let Ok(mut ctr) = serde_json::from_slice::<Value>(text.as_bytes()) else { continue };
        let time = ctr.get("ConnectedToSystemTimestamp").or_else(|| ctr.get("InitiationTimestamp"));
        let stamp = time.and_then(Value::as_str).map(|time| time.trim_end_matches('Z').to_owned());
        let endpoint = ctr.get_mut("CustomerEndpoint").and_then(Value::as_object_mut);
        if let Some(endpoint) = endpoint.filter(|it| it.get("Type") == Some(&json!("TELEPHONE_NUMBER"))) {
            endpoint.insert("Name".to_owned(), "Avery Quill".into());
        }
        if let (Some(stamp), Some(ctr)) = (stamp, ctr.as_object_mut()) {
            ctr.insert("@timestamp".to_owned(), stamp.into());
        }
        let mut out = serde_json::to_vec(&ctr).unwrap_or_default();
        out.push(b'\n');
        size += black_box(&out).len();
    }
    size
}

fn event(records: &[String]) -> String {
    let records: Vec<_> = records
        .iter()
        .enumerate()
        .map(|(n, text)| json!({"recordId": n.to_string(), "data": STANDARD.encode(text)}))
        .collect();
    json!({"deliveryStreamArn": "arn:aws:firehose:r:1:deliverystream/s", "records": records}).to_string()
}

fn tempfile_directory() -> Directory {
    let mut file = tempfile::NamedTempFile::new().unwrap_or_else(|error| fail(&error));
    let rows: Vec<_> = (0..200).map(|n| format!("+1202555{n:04},Caller {n}")).collect();
    file.write_all(format!("Phone,Name\n{}", rows.join("\n")).as_bytes())
        .unwrap_or_else(|error| fail(&error));
    let path: &Path = file.path();
    Directory::file(path, Limits::default()).unwrap_or_else(|error| fail(&error))
}

#[expect(clippy::panic, reason = "a bench without its directory measures nothing")]
fn fail(error: &dyn std::error::Error) -> ! {
    panic!("{error}")
}

fn handled(enricher: &Handler, event: &str) -> usize {
    let Ok(event) = FirehoseEvent::read(event) else { return 0 };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let Ok(runtime) = runtime else { return 0 };
    let deadline = tokio::time::Instant::now() + Duration::from_mins(1);
    let handled = runtime.block_on(enricher.handle(&event, deadline));
    handled.response.to_json().len()
}

fn decoded_and_encoded(event: &str) -> usize {
    let Ok(event) = FirehoseEvent::read(event) else { return 0 };
    let recoded = event.records.iter().map(|one| {
        STANDARD.decode(one.data.as_deref().unwrap_or_default()).map(|bytes| STANDARD.encode(bytes))
    });
    recoded.flatten().map(|data| data.len()).sum()
}
