use std::{fs, io::Write as _, path::PathBuf, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
use switchboard_contacts::{attribute::SystemAttribute, history::HistoryEntry, status::Status};
use tempfile::TempDir;
use tokio::time::Instant;

use super::*;

mod defects;
mod faults;
mod intake;
mod objects;
mod samples;

const ANSWERED: &str = "4fab6e40-99d5-43ce-8a75-e058ee62b1b4";
const ABANDONED: &str = "fddd4fc1-2afc-4fe2-86c1-5020ef472d5d";
const CHAT: [&str; 3] = [
    "156c83a3-4d7c-4f43-835a-a64dc56f12ac",
    "fa8c2067-1409-4302-800d-d967746bc02b",
    "c681aed4-374f-4f49-86d8-6d3d78385eba",
];
const CALLBACK: [&str; 2] = ["269741b2-527e-4274-872a-5912fa1a2a28", "e301aa9f-e6b8-4bc1-8cb6-da40eb86dc90"];
const TASK: &str = "9dd2c7c0-84b4-4831-8933-904755d39905";

/// A tracker over an SQLite file of its own.
struct Centre {
    tracker: Handler,
    file: PathBuf,
    _folder: TempDir,
}

impl Centre {
    async fn open() -> Self {
        Self::keeping(7 * 24 * 60).await
    }

    async fn keeping(retention_minutes: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("contacts.db");
        let store = Store::sqlite(&file, retention_minutes).await.unwrap();
        Self { tracker: Handler::new(store), file, _folder: folder }
    }

    async fn handle(&self, event: &str) -> Handled {
        self.tracker.handle(event, soon()).await.unwrap()
    }

    /// Handles a sample: each line of a file of lines by itself.
    async fn sample(&self, name: &str) {
        let text = sample(name);
        let events = if is_of_lines(name) { text.lines().collect() } else { vec![&*text] };
        for event in events {
            let handled = self.handle(event).await;
            let all_done = [Reply::Done(()), Reply::Batch(BatchResponse::default())];
            assert!(all_done.contains(&handled.reply), "{name}: {:?}", handled.reply);
        }
    }

    async fn status(&self, contact_id: &str) -> Status {
        self.tracker.store.status(contact_id, soon()).await.unwrap().expect("a contact")
    }

    async fn view(&self, contact_id: &str) -> Value {
        self.status(contact_id).await.view().into()
    }

    async fn history(&self, contact_id: &str) -> Vec<HistoryEntry> {
        self.tracker.store.history(contact_id, soon()).await.unwrap()
    }

    /// Makes SQLite refuse everything about this contact, as long as nobody changes the file.
    async fn refuse(&self, contact_id: &str) {
        self.trigger("refuse", contact_id, "RAISE(ABORT, 'refused')").await;
    }

    /// Makes SQLite refuse what is told of this contact for its size: a blob can't have so many bytes.
    async fn is_too_large(&self, contact_id: &str) {
        self.trigger("too_large", contact_id, "zeroblob(2147483647)").await;
    }

    async fn trigger(&self, name: &str, contact_id: &str, select: &str) {
        let options = SqliteConnectOptions::new().filename(&self.file);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        let trigger = format!(
            "CREATE TRIGGER {name} BEFORE INSERT ON history WHEN NEW.contact_id = '{contact_id}'
             BEGIN SELECT {select}; END"
        );
        sqlx::raw_sql(AssertSqlSafe(trigger)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }
}

fn is_of_lines(name: &str) -> bool {
    name.rsplit('.').next() == Some("ndjson")
}

fn sample(name: &str) -> String {
    let path = format!("{}/../../events/{name}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn soon() -> CallContext {
    CallContext::new("2026-11-02T06:00:00Z".parse().unwrap(), Instant::now() + Duration::from_mins(1))
}

fn failures(handled: &Handled) -> Vec<&str> {
    let Reply::Batch(response) = &handled.reply else { panic!("an answer to a batch") };
    response.batch_item_failures.iter().map(|one| one.item_identifier.as_str()).collect()
}

/// A contact event in its envelope.
fn contact_event(contact: &str, kind: &str, more: &Value) -> Value {
    let mut detail = json!({"contactId": contact, "eventType": kind, "channel": "VOICE", "initiationMethod": "INBOUND", "instanceArn": "i"});
    detail.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({
        "id": format!("{contact}-{kind}"), "detail-type": "Amazon Connect Contact Event", "source": "aws.connect",
        "time": "2026-11-02T01:00:02Z", "detail": detail,
    })
}

/// A batch of messages of these bodies, by the ids `m0` and on.
fn messages<'a>(bodies: impl IntoIterator<Item = &'a Value>) -> String {
    let records = bodies.into_iter().enumerate();
    let records =
        records.map(|(n, body)| json!({"messageId": format!("m{n}"), "body": body.to_string()})).collect();
    json!({"Records": Value::Array(records)}).to_string()
}

/// A batch of a shard's records with these bytes, by the numbers 8 and on: 8, 9, 10 …
fn records<B: AsRef<[u8]>>(data: impl IntoIterator<Item = B>) -> String {
    let records = data.into_iter().enumerate();
    let records = records.map(|(n, bytes)| {
        json!({"eventSource": "aws:kinesis", "kinesis": {
            "sequenceNumber": (8 + n).to_string(), "partitionKey": "k", "data": STANDARD.encode(bytes),
        }})
    });
    json!({"Records": records.collect::<Value>()}).to_string()
}

fn contact_record(contact: &str) -> String {
    json!({
        "ContactId": contact, "Channel": "VOICE", "InitiationMethod": "INBOUND",
        "CustomerEndpoint": {"Address": "+61491570156", "Type": "TELEPHONE_NUMBER"},
        "DisconnectTimestamp": "2026-11-02T01:05:00Z", "LastUpdateTimestamp": "2026-11-02T01:06:00Z",
    })
    .to_string()
}

/// A CloudWatch Logs payload of these lines.
fn log_payload(lines: &[Value]) -> String {
    let events = lines.iter().enumerate().map(|(n, line)| {
        let message = line.as_str().map_or_else(|| line.to_string(), str::to_owned);
        json!({"id": n.to_string(), "timestamp": 1_793_581_200_000_i64, "message": message})
    });
    let inner = json!({"messageType": "DATA_MESSAGE", "logEvents": events.collect::<Value>()}).to_string();
    json!({"awslogs": {"data": STANDARD.encode(gzip(inner.as_bytes()))}}).to_string()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
