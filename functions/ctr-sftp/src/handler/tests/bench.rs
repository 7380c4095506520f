//! A store, a WFM and a feed between them, in temporary folders.

use std::{fs, io::Write, path::PathBuf, time::Duration};

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use switchboard_wfm::history::sftp::{FileUploader, Target};
use tempfile::TempDir;

use super::super::*;

pub(super) const BUCKET: &str = "landing";

pub(super) struct Bench {
    store: TempDir,
    wfm: TempDir,
    pub(super) handler: Handler,
}

impl Bench {
    pub(super) fn new() -> Self {
        Self::with(Layout::Teleopti)
    }

    pub(super) fn with(layout: Layout) -> Self {
        let (store, wfm) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let uploader = FileUploader::new(Target::Folder(wfm.path().into()));
        let handler = Handler::new(Store::folder(store.path()), uploader, layout);
        Self { store, wfm, handler }
    }

    /// The same, for the contact records of these instances alone.
    pub(super) fn serving(self, instances: ServedInstances) -> Self {
        Self { handler: self.handler.serving(instances), ..self }
    }

    /// The same, with rejected records in this bucket.
    pub(super) fn rejecting_into(self, bucket: &str) -> Self {
        Self { handler: self.handler.rejecting_into(Some(bucket.to_owned())), ..self }
    }

    /// Where an object lies.
    pub(super) fn path(&self, key: &str) -> PathBuf {
        self.store.path().join(BUCKET).join(key)
    }

    pub(super) fn put(&self, key: &str, content: impl AsRef<[u8]>) {
        let path = self.path(key);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(super) async fn object(&self, key: &str) -> ObjectOutcome {
        self.handler.object(BUCKET, key, in_a_minute()).await
    }

    /// Puts an object and delivers it.
    pub(super) async fn process(&self, key: &str, content: impl AsRef<[u8]>) -> ObjectOutcome {
        self.put(key, content);
        self.object(key).await
    }

    /// Handles messages of these ids and bodies.
    pub(super) async fn handle(&self, messages: &[(&str, String)]) -> Handled {
        self.handler.handle(event(messages), in_a_minute()).await
    }

    /// The files at the WFM, in the order of their names.
    pub(super) fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.wfm.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    pub(super) fn file(&self, name: &str) -> String {
        String::from_utf8(self.bytes(name)).unwrap()
    }

    pub(super) fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.wfm.path().join(name)).unwrap()
    }

    /// The contacts of a file's rows.
    pub(super) fn contacts(&self, name: &str) -> Vec<String> {
        let file = self.file(name);
        file.lines().skip(1).map(|row| row.split(',').nth(5).unwrap().to_owned()).collect()
    }

    /// The lines of what was rejected in an object.
    pub(super) fn rejected(&self, key: &str) -> Vec<Value> {
        let text = fs::read_to_string(self.path(&format!("rejected/{key}.ndjson"))).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub(super) fn rejected_nothing(&self) -> bool {
        !self.path("rejected").exists()
    }
}

pub(super) fn in_a_minute() -> Instant {
    Instant::now() + Duration::from_mins(1)
}

pub(super) fn event(messages: &[(&str, String)]) -> SqsEvent {
    let records: Vec<_> = messages
        .iter()
        .map(|(id, body)| json!({"messageId": id, "body": body, "eventSource": "aws:sqs"}))
        .collect();
    serde_json::from_value(json!({"Records": records})).unwrap()
}

/// The body of a message on new objects with these keys, as S3 encodes them.
pub(super) fn created(encoded_keys: &[&str]) -> String {
    happened("ObjectCreated:Put", encoded_keys)
}

pub(super) fn happened(event_name: &str, encoded_keys: &[&str]) -> String {
    let records: Vec<_> = encoded_keys
        .iter()
        .map(|key| {
            json!({"eventVersion": "2.1", "eventSource": "aws:s3", "eventName": event_name,
                   "s3": {"bucket": {"name": BUCKET}, "object": {"key": key, "size": 1}}})
        })
        .collect();
    json!({"Records": records}).to_string()
}

/// A contact record of this contact, updated at this second, with this text as its queue's name.
pub(super) fn ctr(contact: &str, second: u32, queue: &str) -> String {
    json!({
        "AWSContactTraceRecordFormatVersion": "2017-03-10",
        "ContactId": contact,
        "Channel": "VOICE",
        "InitiationMethod": "INBOUND",
        "LastUpdateTimestamp": format!("2024-05-01T10:00:{second:02}Z"),
        "Queue": {"Name": queue, "Duration": second},
    })
    .to_string()
}

pub(super) fn gzip(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes.as_ref()).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn failed_ids(handled: &Handled) -> Vec<&str> {
    handled.response.batch_item_failures.iter().map(|failure| failure.item_identifier.as_str()).collect()
}

#[track_caller]
pub(super) fn assert_delivered(outcome: &ObjectOutcome, to: &str) {
    match &outcome.result {
        Ok(Delivery::Delivered { name, .. }) => assert_eq!(name, to),
        other => panic!("not delivered: {other:?}"),
    }
}
