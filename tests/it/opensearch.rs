//! The assets of search/, on a real OpenSearch: what the enrichment writes is indexed, replaced and found.

mod saved;
mod server;
mod tolerance;
mod upgrade;
mod versions;
mod views;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use ctr_enrich::{
    event::{FirehoseEvent, ResponseData, Verdict},
    handler::Handler,
    requeue::Requeue,
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use switchboard_callers::{Directory, Limits};
use switchboard_core::framing::{self, Piece};
use switchboard_core::gzip;
use switchboard_core::phone::PhoneNumber;
use switchboard_simulator::View;
use switchboard_simulator::model::{Config, emit::EmittedKind};
use switchboard_tests::{opensearch::OpenSearch, workspace};
use tokio::time::Instant;

/// An asset's text.
fn asset(name: &str) -> String {
    fs::read_to_string(workspace::root().join("search").join(name)).expect("an asset")
}

/// The shared server, with template and pipeline loaded; indexes whose names begin with `connect-` are a test's own.
async fn prepared() -> &'static OpenSearch {
    let server = OpenSearch::shared();
    load(server).await;
    server
}

/// Loads the pipeline and the template, as search/README.md says.
async fn load(server: &OpenSearch) {
    for (path, name) in [
        ("/_ingest/pipeline/contact-records", "ingest-pipeline.json"),
        ("/_index_template/contact-records", "index-template.json"),
    ] {
        let answer = server.call("PUT", path, asset(name)).await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.body);
    }
}

/// Indexes the documents as Firehose does, in bulk and without an id; the status of each, and its error.
async fn index(server: &OpenSearch, index: &str, documents: &[Value]) -> Vec<(u64, Value)> {
    let lines = documents.iter().map(|one| format!("{}\n{one}\n", json!({"index": {"_index": index}})));
    let answer = server.call("POST", "/_bulk?refresh=true", lines.collect::<String>()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let items = answer.body["items"].as_array().expect("items");
    assert_eq!(items.len(), documents.len());
    items
        .iter()
        .map(|item| (item["index"]["status"].as_u64().expect("a status"), item["index"]["error"].clone()))
        .collect()
}

/// Indexes documents of which none may be refused, but for an older copy of a contact (409).
async fn index_all(server: &OpenSearch, name: &str, documents: &[Value]) {
    for ((status, error), document) in index(server, name, documents).await.iter().zip(documents) {
        assert!(matches!(status, 200 | 201 | 409), "{status} {error} for {document}");
    }
}

/// How many documents there are.
async fn count(server: &OpenSearch, index: &str) -> u64 {
    let answer = server.call("GET", &format!("/{index}/_count"), "").await;
    answer.body["count"].as_u64().expect("a count")
}

/// The documents that the enrichment makes of what is in these payloads, each in a Firehose record of its own; refused ones
/// left out.
async fn enriched(payloads: impl IntoIterator<Item = Vec<u8>>) -> Vec<Value> {
    let records: Vec<_> = payloads
        .into_iter()
        .flat_map(|payload| documents(&payload))
        .enumerate()
        .map(|(n, bytes)| json!({"recordId": n.to_string(), "data": STANDARD.encode(bytes)}))
        .collect();
    let event = json!({"deliveryStreamArn": "", "records": records}).to_string();
    let event = FirehoseEvent::read(&event).expect("an event");
    let callers = workspace::root().join("events/callers.csv");
    let directory = Directory::file(&callers, Limits::default()).expect("a directory of callers");
    let enricher = Handler::new(Some(directory), Requeue::Nowhere);
    let handled = enricher.handle(&event, Instant::now() + Duration::from_mins(1)).await;
    let good = handled.response.records.iter().filter(|one| one.result == Verdict::Ok);
    good.flat_map(|one| {
        let ResponseData::New(bytes) = &one.data else { unreachable!("a record that is Ok has new bytes") };
        let documents = serde_json::Deserializer::from_slice(bytes).into_iter::<Value>();
        documents.map(|one| one.expect("a document")).collect::<Vec<_>>()
    })
    .collect()
}

/// The JSON documents in a payload, packed or not.
fn documents(payload: &[u8]) -> Vec<Vec<u8>> {
    let unpacked = gzip::is_gzip(payload).then(|| gzip::gunzip(payload, 1 << 24).bytes);
    let pieces = framing::pieces(unpacked.as_deref().unwrap_or(payload));
    pieces
        .filter_map(|piece| match piece {
            Piece::Document { text, .. } => Some(text.as_bytes().to_vec()),
            Piece::Damage { .. } => None,
        })
        .collect()
}

/// All contact records below events/, enriched.
async fn samples() -> Vec<Value> {
    let events = workspace::root().join("events");
    let mut payloads: Vec<Vec<u8>> =
        files(&events.join("ctr")).iter().map(|path| fs::read(path).expect("a sample")).collect();
    for path in files(&events.join("firehose")) {
        let event: Value = serde_json::from_slice(&fs::read(path).expect("a sample")).expect("JSON");
        let records = event["records"].as_array().expect("records");
        payloads.extend(records.iter().filter_map(|one| STANDARD.decode(one["data"].as_str()?).ok()));
    }
    enriched(payloads).await
}

/// Simulated records, some contacts more than once, enriched.
async fn simulated(records: usize) -> Vec<Value> {
    let callers = fs::read_to_string(workspace::root().join("events/callers.csv")).expect("callers");
    let numbers = callers.lines().filter_map(|line| PhoneNumber::parse(line.split(',').next()?)).collect();
    // A contact has two records and more: they are some days' contacts.
    let contacts_per_day = u32::try_from(records / 5).expect("a number of records");
    let config = Config {
        seed: 11,
        agents: 20,
        contacts_per_day,
        duration: SignedDuration::from_hours(8 * 24),
        callers: numbers,
        ..Config::default()
    };
    let centre = View::new(config, EmittedKind::ContactRecord).expect("a centre");
    enriched(centre.take(records).map(|record| record.text.into_bytes())).await
}

/// The copy of each contact with the greatest `LastUpdateTimestamp`, by contact.
fn newest(documents: &[Value]) -> BTreeMap<String, &Value> {
    let mut newest = BTreeMap::<String, &Value>::new();
    for document in documents {
        let id = text(document, "/ContactId").expect("a contact's id");
        let newer = newest
            .get(&id)
            .is_none_or(|kept| text(document, "/LastUpdateTimestamp") >= text(kept, "/LastUpdateTimestamp"));
        if newer {
            newest.insert(id, document);
        }
    }
    newest
}

fn text(document: &Value, pointer: &str) -> Option<String> {
    document.pointer(pointer)?.as_str().map(str::to_owned)
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("a folder of samples")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    files
}
