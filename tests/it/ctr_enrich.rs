//! The compiled `ctr-enrich` behind the Runtime API.

mod directories;
mod events;
mod figures;
mod privacy;
pub(crate) mod put_back;
mod refusals;

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use switchboard_tests::lambda::Lambda;

const NAME: &str = "ctr-enrich";
const MINUTE: Duration = Duration::from_mins(1);

/// A contact record of a call from this number.
fn call(number: &str) -> String {
    json!({
        "AWSContactTraceRecordFormatVersion": "2017-03-10",
        "Attributes": {"greeting": "}{"},
        "ConnectedToSystemTimestamp": "2026-11-02T07:00:12Z",
        "ContactId": "c54d7b3a-581d-45ce-9a3c-e4cbb62eca3f",
        "CustomerEndpoint": {"Address": number, "Type": "TELEPHONE_NUMBER"},
        "InitiationMethod": "INBOUND",
    })
    .to_string()
}

/// An event of these records.
fn event(records: impl IntoIterator<Item = String>) -> Value {
    let records: Vec<_> = records
        .into_iter()
        .enumerate()
        .map(|(n, text)| json!({"recordId": n.to_string(), "approximateArrivalTimestamp": 1, "data": STANDARD.encode(text)}))
        .collect();
    let stream = "arn:aws:firehose:us-east-1:000000000000:deliverystream/contact-records";
    json!({"invocationId": "i", "deliveryStreamArn": stream, "region": "us-east-1", "records": records})
}

/// One record of an answer.
struct Answered {
    id: String,
    result: String,
    text: String,
}

impl Answered {
    /// The record, if it is one document.
    fn document(&self) -> Value {
        serde_json::from_str(&self.text).expect("one JSON document")
    }

    fn endpoint(&self) -> Value {
        self.document()["CustomerEndpoint"].clone()
    }
}

/// The answer to an event; each record answered once, in order.
fn answers(lambda: &Lambda, event: &Value, time_left: Duration) -> Vec<Answered> {
    let answer = lambda.invoke(event.to_string(), time_left).result;
    let answer: Value = serde_json::from_slice(&answer.expect("an answer")).expect("JSON");
    let records = answer["records"].as_array().expect("records");
    let ids: Vec<_> = records.iter().map(|one| one["recordId"].clone()).collect();
    let asked: Vec<_> =
        event["records"].as_array().expect("records").iter().map(|one| one["recordId"].clone()).collect();
    assert_eq!(ids, asked);
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    records
        .iter()
        .map(|one| {
            let data = text(&one["data"]);
            let bytes = STANDARD.decode(&data).unwrap_or_else(|_| data.into_bytes());
            Answered {
                id: text(&one["recordId"]),
                result: text(&one["result"]),
                text: String::from_utf8_lossy(&bytes).into_owned(),
            }
        })
        .collect()
}

/// The numbers kept free for fiction that these tests call from: `+12025550100` and on.
fn number(n: usize) -> String {
    format!("+1202555{n:04}")
}
