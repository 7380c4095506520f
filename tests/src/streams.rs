//! A stand-in for Firehose's `PutRecordBatch`, with habits that the emulator lacks: it takes only some records of a
//! request, and says so in an answer of status 200, as the real one does under load.

use std::sync::{Arc, Mutex};

use base64::{Engine, engine::general_purpose::STANDARD};
use http_body_util::BodyExt;
use serde_json::{Value, json};

use crate::loopback::{Loopback, plain, serve};

/// What is taken of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Habit {
    /// Every other record, beginning with the first.
    TakesHalf,
    /// None.
    TakesNothing,
}

/// A running stand-in; stopped on drop.
#[derive(Debug)]
pub struct Streams {
    server: Loopback,
    taken: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Habit {
    /// The answer to the `n`th record of a request; keeps the bytes of one that is taken.
    fn answer(self, n: usize, record: &Value, keep: &Mutex<Vec<Vec<u8>>>) -> Value {
        if self == Self::TakesNothing || n % 2 == 1 {
            return json!({"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "Slow down."});
        }
        let bytes =
            STANDARD.decode(record.get("Data").and_then(Value::as_str).expect("data")).expect("base64");
        keep.lock().expect("no panic while it is held").push(bytes);
        json!({"RecordId": n.to_string()})
    }
}

impl Streams {
    /// Starts it on a free loopback port.
    pub fn start(habit: Habit) -> Self {
        let taken = Arc::new(Mutex::new(Vec::new()));
        let keep = Arc::clone(&taken);
        let server = serve(move |request| {
            let keep = Arc::clone(&keep);
            async move {
                let body = request.into_body().collect().await.map(http_body_util::Collected::to_bytes);
                let asked: Value = serde_json::from_slice(&body.unwrap_or_default()).expect("a JSON request");
                let records = asked.get("Records").and_then(Value::as_array).expect("records");
                let answers: Vec<_> =
                    records.iter().enumerate().map(|(n, record)| habit.answer(n, record, &keep)).collect();
                let failed = answers.iter().filter(|one| one.get("ErrorCode").is_some()).count();
                let answer =
                    json!({"FailedPutCount": failed, "Encrypted": false, "RequestResponses": answers});
                plain(200, "application/x-amz-json-1.1", answer.to_string())
            }
        });
        Self { server, taken }
    }

    /// `http://127.0.0.1:PORT`: what `AWS_ENDPOINT_URL` is set to.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address)
    }

    /// The bytes of the records taken so far, in order.
    pub fn taken(&self) -> Vec<Vec<u8>> {
        self.taken.lock().expect("no panic while it is held").clone()
    }
}
