//! Which messages fail, and which are done.

use std::time::Duration;

use switchboard_wfm::history::sftp::{FileUploader, SftpError, Target};

use super::{super::*, bench::*};
use switchboard_objects::{reader::ReadError, store::StoreError};

#[tokio::test]
async fn every_object_of_every_message_is_delivered_under_its_decoded_key() {
    let bench = Bench::new();
    bench.put("in/feed 10:00", ctr("c1", 1, "Sales"));
    bench.put("in/1+1", ctr("c2", 1, "Sales"));
    bench.put("in/café", ctr("c3", 1, "Sales"));
    let messages = [("m1", created(&["in/feed+10%3A00", "in/1%2B1"])), ("m2", created(&["in/caf%C3%A9"]))];
    let handled = bench.handle(&messages).await;
    assert_eq!(failed_ids(&handled), [""; 0]);
    assert_eq!(bench.files(), ["1+1.csv", "café.csv", "feed 10_00.csv"]);
    let keys: Vec<_> = handled.outcomes.iter().map(|outcome| outcome.key.as_str()).collect();
    assert_eq!(keys, ["in/feed 10:00", "in/1+1", "in/café"]);
    assert_eq!(handled.metrics.get(Metric::Objects), 3);
    assert_eq!(handled.metrics.get(Metric::FilesDelivered), 3);
    assert_eq!(handled.metrics.get(Metric::RowsDelivered), 3);
    let bytes: usize = bench.files().iter().map(|name| bench.bytes(name).len()).sum();
    assert_eq!(handled.metrics.get(Metric::BytesDelivered), bytes as u64);
}

#[tokio::test]
async fn a_message_that_cannot_be_read_and_a_missing_object_fail_alone() {
    let bench = Bench::new();
    bench.put("a", ctr("c1", 1, "Sales"));
    bench.put("b", ctr("c2", 1, "Sales"));
    let messages = [
        ("good", created(&["a"])),
        ("broken", "{\"Records\":[".to_owned()),
        ("half", created(&["missing", "b"])),
    ];
    let handled = bench.handle(&messages).await;
    assert_eq!(failed_ids(&handled), ["broken", "half"]);
    assert_eq!(bench.files(), ["a.csv", "b.csv"]);
    let Err(ObjectError::Read(ReadError::Store(StoreError::Missing))) = &handled.outcomes[1].result else {
        panic!("{:?}", handled.outcomes[1]);
    };
    assert_eq!(handled.metrics.get(Metric::MessagesFailed), 2);
}

#[tokio::test]
async fn a_message_without_a_new_object_is_done() {
    let bench = Bench::new();
    bench.put("a", ctr("c1", 1, "Sales"));
    let test = r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"landing"}"#;
    let messages = [
        ("test", test.to_owned()),
        ("empty", String::new()),
        ("none", created(&[])),
        ("removed", happened("ObjectRemoved:Delete", &["a"])),
        ("tagged", happened("ObjectTagging:Put", &["a"])),
    ];
    let handled = bench.handle(&messages).await;
    assert_eq!(handled.response, BatchResponse::default());
    assert!(handled.outcomes.is_empty());
    assert!(bench.files().is_empty());
    assert_eq!(handled.metrics.get(Metric::MessagesFailed), 0);
}

#[tokio::test]
async fn what_was_rejected_does_not_come_back_as_an_object() {
    let bench = Bench::new();
    bench.put("a", format!("{}{{\"no\":\"ctr\"}}", ctr("c1", 1, "Sales")));
    let handled = bench.handle(&[("first", created(&["a"]))]).await;
    assert_eq!(bench.rejected("a").len(), 1);
    assert_eq!(handled.metrics.get(Metric::RecordsRejected), 1);

    let handled = bench.handle(&[("second", created(&["rejected/a.ndjson"]))]).await;
    assert_eq!(failed_ids(&handled), [""; 0]);
    assert_eq!(handled.outcomes[0].result.as_ref().unwrap(), &Delivery::Ignored);
    assert_eq!(bench.files(), ["a.csv"]);
    assert!(!bench.path("rejected/rejected").exists());
}

#[tokio::test]
async fn a_redelivered_message_leaves_the_same_bytes() {
    let bench = Bench::new();
    let parts = [ctr("c1", 1, "q"), "junk".into(), ctr("c1", 2, "q"), ctr("c2", 1, "q")];
    bench.put("a", parts.concat());
    let messages = [("m", created(&["a"])), ("twin", created(&["a"]))];
    bench.handle(&messages).await;
    let rejected = || std::fs::read(bench.path("rejected/a.ndjson")).unwrap();
    let (file, before) = (bench.bytes("a.csv"), rejected());
    let handled = bench.handle(&messages).await;
    assert_eq!(failed_ids(&handled), [""; 0]);
    assert_eq!(handled.metrics.get(Metric::DuplicatesSuperseded), 2);
    assert_eq!(bench.files(), ["a.csv"]);
    assert_eq!(bench.bytes("a.csv"), file);
    assert_eq!(rejected(), before);
}

#[tokio::test]
async fn what_an_object_is_does_not_depend_on_those_before_it() {
    let bench = Bench::new();
    let report = "Agent,Logins\r\n{\"ContactId\":1},2\r\n";
    for (at, is_report) in [false, true, true, false, false, true, false].into_iter().enumerate() {
        let key = if is_report { format!("{at}.csv") } else { at.to_string() };
        bench.put(&key, if is_report { report.to_owned() } else { ctr("c1", 1, "Sales") });
        let handled = bench.handle(&[("m", created(&[&key]))]).await;
        assert_eq!(failed_ids(&handled), [""; 0]);
        if is_report {
            assert_eq!(bench.file(&key), report);
        } else {
            assert_eq!(bench.contacts(&format!("{key}.csv")), ["c1"]);
        }
    }
    assert_eq!(bench.files(), ["0.csv", "1.csv", "2.csv", "3.csv", "4.csv", "5.csv", "6.csv"]);
    assert!(bench.rejected_nothing());
}

#[tokio::test]
async fn more_objects_than_run_at_once_all_arrive_and_are_listed_in_order() {
    let bench = Bench::new();
    let keys: Vec<_> = (0..25).map(|at| format!("o{at:02}")).collect();
    for key in &keys {
        bench.put(key, ctr(key, 1, "Sales"));
    }
    let messages: Vec<_> = keys.iter().map(|key| (key.as_str(), created(&[key]))).collect();
    let handled = bench.handle(&messages).await;
    let listed: Vec<_> = handled.outcomes.iter().map(|outcome| outcome.key.clone()).collect();
    assert_eq!(listed, keys);
    assert_eq!(bench.files().len(), 25);
    assert_eq!(bench.contacts("o24.csv"), ["o24"]);
}

#[tokio::test]
async fn what_the_deadline_cuts_off_fails_alone_and_leaves_nothing_behind() {
    let bench = Bench::new();
    bench.put("a", ctr("c1", 1, "Sales"));
    let over = Instant::now().checked_sub(Duration::from_millis(1)).unwrap();
    let messages = [("late", created(&["a"])), ("test", r#"{"Event":"s3:TestEvent"}"#.to_owned())];
    let handled = bench.handler.handle(event(&messages), over).await;
    assert_eq!(failed_ids(&handled), ["late"]);
    assert!(matches!(handled.outcomes[0].result, Err(ObjectError::Read(ReadError::Deadline))));
    assert!(bench.files().is_empty());
}

#[tokio::test]
async fn a_key_that_is_no_file_name_arrives_under_one_that_is() {
    let bench = Bench::new();
    let long = "x".repeat(250);
    bench.put("b\\c", ctr("c1", 1, "Sales"));
    bench.put("b\nc", ctr("c2", 1, "Sales"));
    bench.put(&long, ctr("c3", 1, "Sales"));
    let messages = [("m1", created(&["b%5Cc", "b%0Ac"])), ("m2", created(&[&long]))];
    let handled = bench.handle(&messages).await;
    assert_eq!(failed_ids(&handled), [""; 0]);
    let mut contacts: Vec<_> = bench.files().iter().flat_map(|name| bench.contacts(name)).collect();
    contacts.sort();
    assert_eq!(contacts, ["c1", "c2", "c3"]);
}

#[tokio::test]
async fn what_the_wfm_rejects_is_retried() {
    let bench = Bench::new();
    bench.put("a", ctr("c1", 1, "Sales"));
    // A file in the folder's place: nothing can be put into it.
    let blocked = tempfile::NamedTempFile::new().unwrap();
    let uploader = FileUploader::new(Target::Folder(blocked.path().join("wfm")));
    let store = Store::folder(bench.path("").parent().unwrap());
    let handled = Handler::new(store, uploader, Layout::Teleopti)
        .handle(event(&[("m", created(&["a"]))]), in_a_minute())
        .await;
    assert_eq!(failed_ids(&handled), ["m"]);
    let Err(ObjectError::Delivery(SftpError::Rejected { .. })) = handled.outcomes[0].result else {
        panic!("{:?}", handled.outcomes[0]);
    };
    assert_eq!(handled.metrics.get(Metric::FilesDelivered), 0);
}
