//! Kinesis Data Streams, as far as it is read, and resharded.
//!
//! A stand-in, beside the emulator, which forgets a shard with all that is unread in it when it is split or merged,
//! has one page of shards, and no limit to reading. Here a parent can be read to its end after a reshard, and only its
//! end names the children; shards come in pages of two; who reads a shard more than five times or more than 2 MB in a
//! second is refused; iterators expire when told to. There is one stream, of any name. It is written to by calls here,
//! and where a key belongs is its own hash.

mod shards;

use std::sync::{Arc, Mutex, MutexGuard};

use http_body_util::BodyExt;
use serde_json::{Value, json};

use self::shards::Stream;
use crate::loopback::{Loopback, plain, serve};

/// How many shards one answer has.
const SHARDS_OF_A_PAGE: usize = 2;

/// A running stand-in; stopped on drop.
#[derive(Debug)]
pub struct Kinesis {
    server: Loopback,
    stream: Arc<Mutex<Stream>>,
}

/// What was asked for, and refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Asked {
    /// Pages of shards.
    pub pages: usize,
    /// Reads that were answered with records, or with none.
    pub reads: usize,
    /// Records in those.
    pub records: usize,
    /// Reads refused for coming too soon.
    pub too_soon: usize,
    /// Reads refused for an iterator that had expired.
    pub expired: usize,
}

/// An error as the service words it: its type and a message.
type Refusal = (&'static str, String);

impl Kinesis {
    /// Starts it on a free loopback port, with so many shards.
    pub fn start(shards: usize) -> Self {
        let stream = Arc::new(Mutex::new(Stream::of(shards)));
        let shared = Arc::clone(&stream);
        let server = serve(move |request| {
            let stream = Arc::clone(&shared);
            async move {
                let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
                let operation =
                    target.and_then(|target| target.split_once('.')).map(|(_, name)| name.to_owned());
                let body = request.into_body().collect().await.map(http_body_util::Collected::to_bytes);
                let asked: Value = serde_json::from_slice(&body.unwrap_or_default()).unwrap_or_default();
                match answer(&mut lock(&stream), operation.as_deref().unwrap_or_default(), &asked) {
                    Ok(answer) => plain(200, "application/x-amz-json-1.1", answer.to_string()),
                    Err((kind, message)) => {
                        let error = json!({"__type": kind, "message": message});
                        plain(400, "application/x-amz-json-1.1", error.to_string())
                    }
                }
            }
        });
        Self { server, stream }
    }

    /// `http://127.0.0.1:PORT`: what `AWS_ENDPOINT_URL_KINESIS` is set to.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address)
    }

    /// Appends a record to the shard that its key belongs to.
    pub fn put(&self, key: &str, data: &str) {
        self.stream().put(key, data);
    }

    /// Closes an open shard, and opens two in its place. Shards are numbered from 0, in the order of their opening.
    pub fn split(&self, shard: usize) {
        self.stream().split(shard);
    }

    /// Closes two open shards that are neighbours, and opens one in their place.
    pub fn merge(&self, lower: usize, upper: usize) {
        self.stream().merge(lower, upper);
    }

    /// Lets all iterators expire that were given so far.
    pub fn expire_iterators(&self) {
        self.stream().generation += 1;
    }

    /// How often it was asked for what.
    pub fn asked(&self) -> Asked {
        self.stream().asked
    }

    fn stream(&self) -> MutexGuard<'_, Stream> {
        lock(&self.stream)
    }
}

fn lock(stream: &Mutex<Stream>) -> MutexGuard<'_, Stream> {
    stream.lock().expect("no panic while the stream is held")
}

fn answer(stream: &mut Stream, operation: &str, asked: &Value) -> Result<Value, Refusal> {
    let text = |name: &str| asked.get(name).and_then(Value::as_str);
    match operation {
        "DescribeStreamSummary" => {
            let arn = format!(
                "arn:aws:kinesis:us-east-1:000000000000:stream/{}",
                text("StreamName").unwrap_or_default()
            );
            Ok(json!({"StreamDescriptionSummary": {"StreamName": text("StreamName"), "StreamARN": arn,
                "StreamStatus": "ACTIVE", "RetentionPeriodHours": 24, "StreamCreationTimestamp": 0,
                "EnhancedMonitoring": [], "OpenShardCount": 1}}))
        }
        "ListShards" => {
            stream.asked.pages += 1;
            let is_named = text("StreamName").is_some() || text("StreamARN").is_some();
            let from = match text("NextToken") {
                Some(_) if is_named => {
                    return Err(invalid("NextToken and StreamName cannot be provided together"));
                }
                Some(token) => token.parse().map_err(|_| invalid("NextToken is invalid"))?,
                None if is_named => 0,
                None => return Err(invalid("either NextToken or StreamName is needed")),
            };
            let (page, more) = stream.page(from, SHARDS_OF_A_PAGE);
            let next = more.then(|| (from + SHARDS_OF_A_PAGE).to_string());
            Ok(json!({"Shards": page, "NextToken": next}))
        }
        "GetShardIterator" => {
            let shard = text("ShardId").unwrap_or_default();
            let number = stream.number_of(shard).ok_or_else(|| {
                ("ResourceNotFoundException", format!("Shard {shard} in stream could not be found"))
            })?;
            let sequence_number = text("StartingSequenceNumber");
            let at = asked.get("Timestamp").and_then(Value::as_f64);
            let position = match (text("ShardIteratorType"), sequence_number, at) {
                (Some("TRIM_HORIZON"), ..) => 0,
                (Some("AT_TIMESTAMP"), _, Some(at)) => stream.position_at(number, at),
                (Some("AFTER_SEQUENCE_NUMBER"), Some(after), _) => {
                    stream.position_after(number, after).ok_or_else(|| invalid("no such sequence number"))?
                }
                _ => return Err(invalid("no such iterator here")),
            };
            Ok(json!({"ShardIterator": stream.iterator(number, position)}))
        }
        "GetRecords" => stream.read(text("ShardIterator").unwrap_or_default(), asked.get("Limit")),
        other => Err(("UnknownOperationException", format!("{other} is not done here"))),
    }
}

fn invalid(message: &str) -> Refusal {
    ("InvalidArgumentException", message.to_owned())
}
