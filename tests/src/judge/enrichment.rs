//! Enriched records: each as it came, with the caller's name and the time, and nothing else.

use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::day::Item;
use super::delivery::{DeliveryCounts, append_base64};
use super::function::Function;
use super::report::Report;
use crate::loopback::{Loopback, plain, serve_or_close};

/// How many records an event has at most.
const BATCH: usize = 200;
/// How often a record is tried.
const TRIES: u32 = 60;
/// What a directory's addresses begin with.
pub(super) const PATH: &str = "/api/user/";

/// A directory whose answers are those of `caller-api`, behind HTTP as API Gateway has it there: one question after another.
pub(super) fn start_directory(function: &Arc<Function>, counts: &Arc<DeliveryCounts>) -> Loopback {
    let (function, counts) = (Arc::clone(function), Arc::clone(counts));
    let turn = Arc::new(Mutex::new(()));
    serve_or_close(move |request| {
        let (function, turn) = (Arc::clone(&function), Arc::clone(&turn));
        counts.add_sent(1);
        let path = request.uri().path().to_owned();
        let ask = move || {
            let _turn = turn.lock().expect("no panic while it is held");
            function.invoke(question(&path)).ok()
        };
        async move {
            let answer = tokio::task::spawn_blocking(ask).await.ok()??;
            let status = u16::try_from(answer["statusCode"].as_u64()?).ok()?;
            let body = answer["body"].as_str()?.to_owned();
            Some(plain(status, "application/json", body))
        }
    })
}

fn question(path: &str) -> Vec<u8> {
    let context = json!({"http": {"method": "GET", "path": path}});
    json!({"version": "2.0", "rawPath": path, "rawQueryString": "", "headers": {}, "requestContext": context,
        "isBase64Encoded": false})
    .to_string()
    .into_bytes()
}

/// The table of callers' names.
#[derive(Debug)]
pub(super) struct Names(Client);

impl Names {
    pub(super) const TABLE: &str = "judge-callers";

    pub(super) async fn create(client: Client) -> Self {
        let key = KeySchemaElement::builder().attribute_name("Phone").key_type(KeyType::Hash).build();
        let phone = AttributeDefinition::builder().attribute_name("Phone");
        let phone = phone.attribute_type(ScalarAttributeType::S).build();
        let table = client.create_table().table_name(Self::TABLE).billing_mode(BillingMode::PayPerRequest);
        let table = table.key_schema(key.expect("a key")).attribute_definitions(phone.expect("an attribute"));
        table.send().await.expect("a table");
        Self(client)
    }

    /// Adds those of these numbers that are known: every other one, whose last digit is even.
    pub(super) async fn add(&self, numbers: Vec<String>) {
        for number in numbers {
            let Some(name) = name_of(&number) else { continue };
            let item = self.0.put_item().table_name(Self::TABLE).item("Phone", AttributeValue::S(number));
            item.item("Name", AttributeValue::S(name)).send().await.expect("an item");
        }
    }
}

fn name_of(number: &str) -> Option<String> {
    let last = number.chars().last().and_then(|digit| digit.to_digit(10))?;
    last.is_multiple_of(2).then(|| format!("Customer {}", number.trim_start_matches('+')))
}

/// Puts records through the transformation, as a delivery stream does, and compares what comes back. A record whose look-up
/// failed is put back, as an operator would do it.
pub(super) fn transform(
    items: &[&Item],
    (function, counts): (&Function, &DeliveryCounts),
    invocation: &AtomicU64,
    report: &mut Report,
) {
    counts.add_sent(items.len());
    let mut waiting: VecDeque<(&Item, Vec<u8>, u32)> =
        items.iter().map(|item| (*item, item.bytes.clone(), 0)).collect();
    while !waiting.is_empty() {
        let batch: Vec<_> = waiting.drain(..waiting.len().min(BATCH)).collect();
        let number = invocation.fetch_add(1, Ordering::SeqCst);
        let answered = match function.invoke(event(number, &batch)) {
            Ok(answer) => answer.get("records").and_then(Value::as_array).cloned().unwrap_or_default(),
            Err(_) => Vec::new(),
        };
        let ids = answered.iter().map(|answer| answer["recordId"].as_str().unwrap_or_default());
        let twice = answered.len() - ids.collect::<BTreeSet<_>>().len();
        report.compare_count("enriched record", number, "the number that came back twice", (twice, 0));
        for (place, (item, bytes, tries)) in batch.into_iter().enumerate() {
            let id = place.to_string();
            let answer = answered.iter().find(|answer| answer["recordId"] == id);
            let text = |name: &str| answer?.get(name)?.as_str();
            let data = text("data").and_then(|data| STANDARD.decode(data).ok()).unwrap_or_default();
            let enriched: Value = serde_json::from_slice(&data).unwrap_or_default();
            let is_done =
                text("result") == Some("Ok") && enriched.pointer("/CustomerEndpoint/NameLookup").is_none();
            if is_done {
                let truth = expected(&item.bytes);
                report.compare(
                    "enriched record",
                    &truth["ContactId"],
                    "the whole",
                    (enriched, truth.clone()),
                );
            } else if tries < TRIES {
                counts.add_retried(1);
                let again = if data.is_empty() { bytes } else { data };
                waiting.push_back((item, again, tries + 1));
            } else {
                counts.add_lost(1);
            }
        }
    }
}

fn event(number: u64, batch: &[(&Item, Vec<u8>, u32)]) -> Vec<u8> {
    let mut event = format!(
        r#"{{"invocationId":"{number}","deliveryStreamArn":"arn:aws:firehose:us-east-1:000000000000:deliverystream/contact-records","region":"us-east-1","records":["#
    )
    .into_bytes();
    for (place, (item, bytes, _)) in batch.iter().enumerate() {
        let comma = if place == 0 { "" } else { "," };
        let at = item.at;
        let head = format!(r#"{comma}{{"recordId":"{place}","approximateArrivalTimestamp":{at},"data":""#);
        event.extend_from_slice(head.as_bytes());
        append_base64(&mut event, bytes);
        event.extend_from_slice(br#""}"#);
    }
    event.extend_from_slice(b"]}");
    event
}

/// The record as it is to be: by what its document says.
fn expected(record: &[u8]) -> Value {
    let mut record: Value = serde_json::from_slice(record).expect("a record of the model");
    let reached = record["ConnectedToSystemTimestamp"].as_str();
    let time =
        reached.or(record["InitiationTimestamp"].as_str()).map(|time| time.trim_end_matches('Z').to_owned());
    if let Some(time) = time {
        record["@timestamp"] = json!(time);
    }
    let is_number = record.pointer("/CustomerEndpoint/Type") == Some(&json!("TELEPHONE_NUMBER"));
    let name = record.pointer("/CustomerEndpoint/Address").and_then(Value::as_str).and_then(name_of);
    if let Some(name) = name.filter(|_| is_number) {
        record["CustomerEndpoint"]["Name"] = json!(name);
    }
    record
}
