//! The compiled `ctr-sftp` behind the Runtime API, with a real OpenSSH server and the emulator's S3 and SQS.

mod delivery;
mod faults;
mod figures;

use std::{collections::BTreeMap, fs, path::PathBuf, time::Duration};

use aws_sdk_s3::primitives::ByteStream;
use serde_json::{Value, json};
use switchboard_tests::{
    emulator::Emulator,
    lambda::Lambda,
    sshd::{Sshd, USER},
    wait::until,
};
use tempfile::TempDir;

const NAME: &str = "ctr-sftp";
const MINUTE: Duration = Duration::from_mins(1);

/// A bucket of the emulator's.
struct Bucket {
    name: &'static str,
    s3: aws_sdk_s3::Client,
}

impl Bucket {
    async fn make(name: &'static str) -> Self {
        let s3 = aws_sdk_s3::Client::new(&Emulator::shared().sdk_config().await);
        s3.create_bucket().bucket(name).send().await.expect("a bucket");
        Self { name, s3 }
    }

    async fn put(&self, key: &str, body: impl Into<Vec<u8>>) {
        let body = ByteStream::from(body.into());
        self.s3.put_object().bucket(self.name).key(key).body(body).send().await.expect("an object");
    }

    async fn get(&self, key: &str) -> Option<Vec<u8>> {
        let object = self.s3.get_object().bucket(self.name).key(key).send().await.ok()?;
        Some(object.body.collect().await.expect("a body").into_bytes().to_vec())
    }

    /// The notification of an object, as S3 words it.
    fn notification(&self, key: &str) -> Value {
        let key = key.replace(':', "%3A").replace(' ', "+");
        let s3 = json!({"bucket": {"name": self.name}, "object": {"key": key, "size": 1}});
        json!({"eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": s3})
    }
}

/// An event of messages with these bodies, of ids `0` and on.
fn messages(bodies: impl IntoIterator<Item = String>) -> String {
    let records: Vec<_> = bodies
        .into_iter()
        .enumerate()
        .map(|(n, body)| json!({"messageId": n.to_string(), "body": body, "eventSource": "aws:sqs"}))
        .collect();
    json!({ "Records": records }).to_string()
}

/// A message for each object.
fn of_each(bucket: &Bucket, keys: &[&str]) -> String {
    messages(keys.iter().map(|key| json!({"Records": [bucket.notification(key)]}).to_string()))
}

/// The ids of the messages that failed.
fn failed(lambda: &Lambda, event: &str, time_left: Duration) -> Vec<String> {
    let answer = lambda.invoke(event, time_left).result.expect("an answer");
    let answer: Value = serde_json::from_slice(&answer).expect("JSON");
    let failures = answer["batchItemFailures"].as_array().expect("failures").iter();
    failures.map(|one| one["itemIdentifier"].as_str().expect("an id").to_owned()).collect()
}

/// An account of the server's, as its secret has it.
fn account(sshd: &Sshd, port: u16) -> Value {
    json!({
        "host": "127.0.0.1",
        "port": port,
        "username": USER,
        "privateKey": fs::read_to_string(sshd.ed25519_key()).expect("a key"),
        "hostKey": sshd.fingerprint(),
        "directory": sshd.uploads(),
    })
}

/// The function with this secret in a file.
struct Function {
    lambda: Lambda,
    _folder: TempDir,
}

impl Function {
    fn start(secret: &Value, more: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("secret.json");
        fs::write(&path, secret.to_string()).expect("a secret");
        let place = format!("file://{}", path.display());
        let mut env = Emulator::shared().env();
        env.push(("WFM_SFTP", &place));
        env.extend(more);
        Self { lambda: Lambda::start(NAME, &env), _folder: folder }
    }
}

/// Every file in the server's folder, hidden ones too, by name.
fn delivered(sshd: &Sshd) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(sshd.uploads()).expect("the folder");
    let paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    let name = |path: &PathBuf| path.file_name().expect("a name").to_string_lossy().into_owned();
    paths.iter().map(|path| (name(path), fs::read(path).expect("a file"))).collect()
}

/// What the function has said once it has said something like this.
fn said(lambda: &Lambda, part: &str) -> String {
    until(part, MINUTE, || Some(lambda.logs().join("\n")).filter(|said| said.contains(part)))
}

/// A contact record with what the feed needs, of this version.
fn ctr(id: &str, last_update: &str) -> String {
    json!({
        "AWSContactTraceRecordFormatVersion": "2017-03-10",
        "Attributes": {"note": "}{\"\n"},
        "Channel": "VOICE",
        "ContactId": id,
        "CustomerEndpoint": {"Address": "+61491570006", "Type": "TELEPHONE_NUMBER"},
        "InitiationMethod": "INBOUND",
        "LastUpdateTimestamp": last_update,
        "Queue": {"ARN": "arn:aws:connect:r:1:instance/i/queue/q1", "Name": "Sales, \"North\"", "Duration": 7},
        "SystemEndpoint": null,
        "TransferredToEndpoint": {"Address": "+61491570156", "Type": "TELEPHONE_NUMBER"},
    })
    .to_string()
}

/// The rows of a CSV file, each cell by its column's name.
fn rows(csv: &[u8]) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_reader(csv).deserialize().map(|row| row.expect("a row")).collect()
}
