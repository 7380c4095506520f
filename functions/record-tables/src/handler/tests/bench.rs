//! A handler over an SQLite file of its own, and a folder in S3's place.

use std::{fs, io::Write as _, path::PathBuf, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
use switchboard_runtime::settings::Settings;
use switchboard_sql::database::Database;
use tempfile::TempDir;

use super::super::*;

pub(super) const INSTANCE: &str =
    "arn:aws:connect:eu-central-1:111122223333:instance/00000000-0000-4000-8000-000000000001";
pub(super) const OTHER_INSTANCE: &str =
    "arn:aws:connect:eu-west-2:111122223333:instance/00000000-0000-4000-8000-000000000001";
pub(super) const BUCKET: &str = "records";

pub(super) struct Bench {
    pub(super) handler: Handler,
    pub(super) file: PathBuf,
    folder: TempDir,
}

impl Bench {
    /// With tables.
    pub(super) async fn new() -> Self {
        let bench = Self::with(&[]).await;
        bench.done("{}").await;
        bench
    }

    /// With these settings, and no tables yet.
    pub(super) async fn with(settings: &[(&'static str, &'static str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("metrics.db");
        let pairs = [("CONNECT_INSTANCES", INSTANCE), ("METRICS_DB", "sqlite:///not-used.db")];
        let settings = Settings::from_pairs(pairs.into_iter().chain(settings.iter().copied()));
        let config = settings.complete(Config::read).unwrap();
        let tables = RecordTables::new(Database::sqlite(&file).await.unwrap());
        let handler = Handler::new(tables, Store::folder(folder.path()), config);
        Self { handler, file, folder }
    }

    pub(super) async fn handle(&self, event: &str) -> Handled {
        self.handler.handle(event, now(), soon()).await.unwrap()
    }

    /// Handles what must be done wholly.
    pub(super) async fn done(&self, event: &str) -> Metrics {
        let handled = self.handle(event).await;
        let done = [Reply::Done(()), Reply::Batch(BatchResponse::default())];
        assert!(done.contains(&handled.reply), "{:?}", handled.reply);
        handled.metrics
    }

    /// The ids that come again.
    pub(super) async fn failures(&self, event: &str) -> (Vec<String>, Metrics) {
        let handled = self.handle(event).await;
        let Reply::Batch(response) = handled.reply else { panic!("{:?}", handled.reply) };
        let ids = response.batch_item_failures.into_iter().map(|failure| failure.item_identifier);
        (ids.collect(), handled.metrics)
    }

    pub(super) fn put(&self, key: &str, content: impl AsRef<[u8]>) {
        let path = self.folder.path().join(BUCKET).join(key);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(super) async fn connection(&self) -> SqliteConnection {
        SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&self.file)).await.unwrap()
    }

    /// The first column of each row, as text.
    pub(super) async fn query(&self, sql: &str) -> Vec<String> {
        let sql = format!("SELECT CAST(shown AS text) FROM ({sql})");
        let query = sqlx::query_scalar(AssertSqlSafe(sql));
        query.fetch_all(&mut self.connection().await).await.unwrap()
    }

    pub(super) async fn execute(&self, sql: &str) {
        sqlx::query(AssertSqlSafe(sql.to_owned())).execute(&mut self.connection().await).await.unwrap();
    }

    pub(super) async fn contacts(&self) -> Vec<String> {
        self.query("SELECT contact_id AS shown FROM contact_record ORDER BY 1").await
    }
}

pub(super) fn now() -> Timestamp {
    "2026-11-02T12:00:00Z".parse().unwrap()
}

pub(super) fn soon() -> Instant {
    Instant::now() + Duration::from_mins(1)
}

/// A contact that was answered after a wait of ten seconds.
pub(super) fn record(contact_id: &str, second: u32, instance: &str) -> String {
    json!({
        "ContactId": contact_id,
        "AWSContactTraceRecordFormatVersion": "2017-03-10",
        "InstanceARN": instance,
        "Channel": "VOICE",
        "InitiationMethod": "INBOUND",
        "InitiationTimestamp": "2026-11-02T10:00:00Z",
        "ConnectedToSystemTimestamp": "2026-11-02T10:00:00Z",
        "DisconnectTimestamp": "2026-11-02T10:03:00Z",
        "LastUpdateTimestamp": format!("2026-11-02T10:04:{second:02}Z"),
        "Attributes": {"language": "sv", "pin": "1234"},
        "CustomerEndpoint": {"Address": "+61491570006", "Type": "TELEPHONE_NUMBER"},
        "Queue": {"ARN": format!("{instance}/queue/q"), "Name": "Sales", "EnqueueTimestamp": "2026-11-02T10:00:01Z",
                  "DequeueTimestamp": "2026-11-02T10:00:11Z", "Duration": 10},
        "Agent": {"ARN": format!("{instance}/agent/a"), "Username": "rachel", "ConnectedToAgentTimestamp": "2026-11-02T10:00:11Z",
                  "AgentInteractionDuration": 100, "AfterContactWorkDuration": 9},
    })
    .to_string()
}

/// One of the configured instance.
pub(super) fn ours(contact_id: &str) -> String {
    record(contact_id, 0, INSTANCE)
}

/// A batch of a shard: the numbers of its records begin at 100.
pub(super) fn shard(records: &[impl AsRef<[u8]>]) -> String {
    let records = records.iter().enumerate().map(|(at, data)| {
        json!({"kinesis": {"sequenceNumber": (100 + at).to_string(), "data": STANDARD.encode(data)}})
    });
    json!({"Records": records.collect::<Vec<Value>>()}).to_string()
}

/// A batch of a queue: the messages are `m0`, `m1` and so on.
pub(super) fn queue(bodies: &[impl AsRef<str>]) -> String {
    let messages = bodies
        .iter()
        .enumerate()
        .map(|(at, body)| json!({"messageId": format!("m{at}"), "body": body.as_ref()}));
    json!({"Records": messages.collect::<Vec<Value>>()}).to_string()
}

pub(super) fn created(key: &str) -> String {
    let object = json!({"bucket": {"name": BUCKET}, "object": {"key": key}});
    json!({"Records": [{"eventName": "ObjectCreated:Put", "s3": object}]}).to_string()
}

pub(super) fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}
