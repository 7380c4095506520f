//! A large object, through a real server.

use switchboard_core::phone::PhoneNumber;
use switchboard_simulator::View;
use switchboard_simulator::model::Config;
use switchboard_simulator::model::emit::EmittedKind;
use switchboard_tests::figures::figure;

use super::*;

const OBJECT_BYTES: usize = 128 * 1024 * 1024;
const MEMORY_MB: u64 = 64;

#[tokio::test]
async fn a_large_object_streams_in_little_memory() {
    let bucket = Bucket::make("sftp-large").await;
    let sshd = Sshd::start();
    let caller = PhoneNumber::parse("+61491570006").expect("a number");
    let duration = jiff::SignedDuration::from_hours(30 * 24);
    let config = Config {
        seed: 7,
        agents: 300,
        contacts_per_day: 21_000,
        duration,
        callers: vec![caller],
        ..Config::default()
    };
    let records = View::new(config, EmittedKind::ContactRecord).expect("a centre");
    let mut object = String::with_capacity(OBJECT_BYTES + 8192);
    let mut contacts = std::collections::HashSet::new();
    for record in records {
        object.push_str(&record.text);
        contacts.insert(record.key);
        if object.len() >= OBJECT_BYTES {
            break;
        }
    }
    bucket.put("large", object).await;
    let function = Function::start(&account(&sshd, sshd.port()), &[]);
    let invocation = function.lambda.invoke(of_each(&bucket, &["large"]), 5 * MINUTE);
    assert_eq!(invocation.result, Ok(br#"{"batchItemFailures":[]}"#.to_vec()));
    let files = delivered(&sshd);
    assert_eq!(rows(&files["large.csv"]).len(), contacts.len());
    let peak_mb = function.lambda.peak_memory_kb() / 1024;
    figure("ctr-sftp: 128 MB object", format!("{:.1?}, {} contacts", invocation.took, contacts.len()));
    figure("ctr-sftp: peak memory", format!("{peak_mb} MB (goal {MEMORY_MB} MB)"));
    assert!(peak_mb < MEMORY_MB, "{peak_mb} MB");
}
