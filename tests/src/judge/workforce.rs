//! The files of workforce management: what the SFTP server has, row by row.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_s3::primitives::ByteStream;
use jiff::Timestamp;
use serde_json::{Value, json};
use switchboard_simulator::model::emit::EmittedKind;
use tempfile::TempDir;

use super::cut_off::CutOff;
use super::day::Item;
use super::delivery::{DeliveryCounts, deliver_messages};
use super::failures::Failures;
use super::function::{Function, Server};
use super::remote::Refusal;
use super::report::Report;
use crate::clock::Clock;
use crate::emulator::Emulator;
use crate::sshd::{Sshd, USER};

/// Runs of one process share the emulator, and have a bucket each.
static BUCKETS: AtomicU64 = AtomicU64::new(0);

/// A row of a contact, by the columns' names.
pub(super) type Row = BTreeMap<String, String>;

/// The way of contact records and reports to the WFM's server.
pub(super) struct Workforce {
    pub(super) function: Function,
    pub(super) counts: DeliveryCounts,
    s3: aws_sdk_s3::Client,
    bucket: String,
    sshd: Sshd,
    _network: CutOff,
    _folder: TempDir,
    /// Contact records that are in no object yet.
    buffered: Vec<u8>,
    /// The contacts that they are of.
    buffered_ids: BTreeSet<String>,
    objects: u64,
    /// The rows of each contact that is not compared yet.
    rows: BTreeMap<String, ContactRows>,
}

/// What the server got of a contact.
#[derive(Debug, Default)]
pub(super) struct ContactRows {
    /// The newest row.
    newest: Option<Row>,
    /// How many came.
    count: usize,
    /// In how many objects that were delivered there is a record of it: of each object the newest is delivered.
    objects: usize,
}

impl Workforce {
    pub(super) async fn start(clock: &Arc<Clock>, failures: Failures) -> Self {
        let emulator = Emulator::shared();
        let s3 = aws_sdk_s3::Client::new(&emulator.sdk_config().await);
        let bucket = format!("judge-workforce-{}", BUCKETS.fetch_add(1, Ordering::SeqCst));
        s3.create_bucket().bucket(&bucket).send().await.expect("a bucket");
        let (sshd, folder) = (Sshd::start(), tempfile::tempdir().expect("a folder"));
        let network = CutOff::start("ctr-sftp SFTP", sshd.port(), failures, Arc::default());
        let account = json!({
            "host": "127.0.0.1",
            "port": network.port(),
            "username": USER,
            "privateKey": fs::read_to_string(sshd.ed25519_key()).expect("a key"),
            "hostKey": sshd.fingerprint(),
            "directory": sshd.uploads(),
        });
        let secret = folder.path().join("secret.json");
        fs::write(&secret, account.to_string()).expect("a secret");
        let env =
            vec![("WFM_SFTP", format!("file://{}", secret.display())), ("CSV_LAYOUT", "extended".to_owned())];
        let (_, port) = emulator.endpoint().rsplit_once(':').expect("an address with a port");
        let objects = Server {
            variable: "AWS_ENDPOINT_URL",
            port: port.parse().expect("a port"),
            path: "",
            refusal: Refusal::Unavailable,
        };
        let function = Function::new(("ctr-sftp", ""), env, &[objects], clock, failures);
        Self {
            function,
            counts: DeliveryCounts::default(),
            s3,
            bucket,
            sshd,
            _network: network,
            _folder: folder,
            buffered: Vec::new(),
            buffered_ids: BTreeSet::new(),
            objects: 0,
            rows: BTreeMap::new(),
        }
    }

    /// Takes what was emitted; with `is_due` what there is goes into objects, which are delivered, and what the server then
    /// has is read.
    pub(super) async fn deliver(&mut self, items: &[Item], is_due: bool, report: &mut Report) {
        let mut objects: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for item in items {
            match item.kind {
                EmittedKind::ContactRecord => {
                    self.buffered_ids.insert(item.key.clone());
                    self.buffered.extend_from_slice(&item.bytes);
                    self.buffered.push(b'\n');
                }
                EmittedKind::Report => drop(objects.insert(item.key.clone(), item.bytes.clone())),
                _ => {}
            }
        }
        let reports = objects.clone();
        if is_due && !self.buffered.is_empty() {
            self.objects += 1;
            let key = format!("contact-records/{:08}", self.objects);
            objects.insert(key, std::mem::take(&mut self.buffered));
            for id in std::mem::take(&mut self.buffered_ids) {
                self.rows.entry(id).or_default().objects += 1;
            }
        }
        if objects.is_empty() {
            return;
        }
        let keys: BTreeSet<String> = objects.keys().cloned().collect();
        for (key, bytes) in objects {
            let body = ByteStream::from(bytes);
            self.s3.put_object().bucket(&self.bucket).key(key).body(body).send().await.expect("an object");
        }
        let bodies: Vec<String> = keys.iter().map(|key| notification(&self.bucket, key)).collect();
        let bodies: Vec<&[u8]> = bodies.iter().map(String::as_bytes).collect();
        tokio::task::block_in_place(|| deliver_messages(&bodies, 10, &self.function, &self.counts));
        self.read_files(&reports, report);
        for key in &keys {
            drop(self.s3.delete_object().bucket(&self.bucket).key(key).send().await);
        }
    }

    /// Reads and removes every file that the server has.
    fn read_files(&mut self, reports: &BTreeMap<String, Vec<u8>>, report: &mut Report) {
        let mut arrived = BTreeSet::new();
        for entry in fs::read_dir(self.sshd.uploads()).expect("the folder of the uploads") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            if name.starts_with('.') {
                // Left by a process that died on its way: a later upload replaces or removes it.
                continue;
            }
            let bytes = fs::read(&path).expect("a file");
            fs::remove_file(&path).expect("a file of ours");
            let sent = reports.iter().find(|(key, _)| key.replace(':', "_") == name);
            if let Some((_, sent)) = sent {
                report.compare("agent report", &name, "the whole", (&bytes, sent));
                arrived.insert(name);
            } else {
                self.take_rows(&bytes, &name, report);
            }
        }
        for name in reports.keys().map(|key| key.replace(':', "_")) {
            if !arrived.contains(&name) {
                report.differ(format!("agent report {name} has not arrived"));
            }
        }
    }

    fn take_rows(&mut self, csv: &[u8], name: &str, report: &mut Report) {
        let mut lines = csv::Reader::from_reader(csv);
        for row in lines.deserialize::<Row>() {
            let Ok(row) = row else {
                report.differ(format!("the file {name} has a row that can't be read"));
                return;
            };
            let id = cell(&row, "ContactID").to_owned();
            let rows = self.rows.entry(id).or_default();
            rows.count += 1;
            let updated = |row: &Row| cell(row, "LastUpdateTimestamp").to_owned();
            if rows.newest.as_ref().is_none_or(|newest| updated(newest) <= updated(&row)) {
                rows.newest = Some(row);
            }
        }
    }

    /// The rows of a contact, once.
    pub(super) fn take_rows_of(&mut self, contact_id: &str) -> ContactRows {
        self.rows.remove(contact_id).unwrap_or_default()
    }

    /// How many rows are of no contact that was compared.
    pub(super) fn rows_left(&self) -> usize {
        self.rows.len()
    }
}

/// Compares a contact's row, with what happened and how often the customer was on hold; each object makes one.
pub(super) fn compare_row(id: &str, (truth, holds): (&Value, u32), rows: &ContactRows, report: &mut Report) {
    report.compare_count("WFM row", id, "the number of rows", (rows.count, rows.objects));
    let Some(row) = &rows.newest else {
        report.differ(format!("contact {id} has no row"));
        return;
    };
    let text = |member: &str| truth[member].as_str().unwrap_or_default().to_owned();
    let number = |member: &str| truth[member].as_i64().map(|number| number.to_string()).unwrap_or_default();
    let second = |member: &str| {
        let time = truth[member].as_str().and_then(|time| time.parse::<Timestamp>().ok());
        time.map(|time| format!("{:.0}", at_second(time))).unwrap_or_default()
    };
    let is_answered = !truth["answered"].is_null();
    for (column, expected) in [
        ("Agent_Username", text("agent")),
        ("Agent_AfterContactWorkDuration", number("acw_seconds")),
        ("Agent_ConnectedToAgentTimestamp", second("answered")),
        ("Agent_CustomerHoldDuration", number("hold_seconds")),
        ("Agent_NumberOfHolds", if is_answered { holds.to_string() } else { String::new() }),
        ("Channel", text("channel")),
        ("DisconnectReason", text("reason")),
        ("DisconnectTimestamp", second("ended")),
        ("InitiationMethod", text("initiation")),
        ("NextContactId", text("next_contact_id")),
        ("PreviousContactId", text("previous_contact_id")),
        ("InitialContactId", text("initial_contact_id")),
        ("Queue_EnqueueTimestamp", second("enqueued")),
    ] {
        report.compare("WFM row", id, column, (cell(row, column), expected.as_str()));
    }
    if truth["queue"].is_string() {
        report.compare("WFM row", id, "Queue_ARN", (cell(row, "Queue_ARN"), text("queue").as_str()));
    }
    let is_transferred = (!cell(row, "TransferCompletedTimestamp").is_empty(), truth["transferred"] == true);
    report.compare("WFM row", id, "transferred", is_transferred);
}

fn cell<'a>(row: &'a Row, column: &str) -> &'a str {
    row.get(column).map_or("", String::as_str)
}

fn at_second(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_millisecond().div_euclid(1000)).expect("a time of the history")
}

/// The notification of an object, as S3 words it.
fn notification(bucket: &str, key: &str) -> String {
    let key = key.replace(':', "%3A").replace(' ', "+");
    let s3 = json!({"bucket": {"name": bucket}, "object": {"key": key, "size": 1}});
    let record =
        json!({"eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": s3});
    json!({"Records": [record]}).to_string()
}
