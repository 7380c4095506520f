//! What goes wrong, and what is left then.

use std::thread;

use switchboard_tests::cut::{Cut, Refusing};
use switchboard_tests::slow::Slow;

use super::*;

#[tokio::test]
async fn a_bad_message_or_object_fails_alone() {
    let bucket = Bucket::make("sftp-alone").await;
    let sshd = Sshd::start();
    bucket.put("good", ctr("c", "2026-11-02T01:00:00Z")).await;
    let function = Function::start(&account(&sshd, sshd.port()), &[]);
    let of = |keys: &[&str]| {
        let records: Vec<_> = keys.iter().map(|key| bucket.notification(key)).collect();
        json!({ "Records": records }).to_string()
    };
    let test_event = r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"sftp-alone"}"#;
    let event =
        messages([of(&["good"]), "not JSON".into(), test_event.into(), of(&["missing", "good"]), of(&[])]);
    assert_eq!(failed(&function.lambda, &event, MINUTE), ["1", "3"]);
    assert_eq!(delivered(&sshd).into_keys().collect::<Vec<_>>(), ["good.csv"]);
    assert!(said(&function.lambda, "missing").contains("sftp-alone"));
}

#[tokio::test]
async fn a_wrong_host_key_ends_in_no_login_and_a_clear_error() {
    let bucket = Bucket::make("sftp-host-key").await;
    let sshd = Sshd::start();
    bucket.put("feed", ctr("c", "2026-11-02T01:00:00Z")).await;
    for wrong in [sshd.wrong_fingerprint(), sshd.wrong_known_hosts_line()] {
        let mut secret = account(&sshd, sshd.port());
        secret["hostKey"] = wrong.into();
        let function = Function::start(&secret, &[]);
        assert_eq!(failed(&function.lambda, &of_each(&bucket, &["feed"]), MINUTE), ["0"]);
        assert!(said(&function.lambda, "host key").contains("ERROR"));
    }
    assert!(delivered(&sshd).is_empty());
    assert!(!sshd.log().contains("Accepted") && !sshd.log().contains("Failed"), "{}", sshd.log());
}

#[tokio::test]
async fn without_a_host_key_the_function_does_not_start() {
    let sshd = Sshd::start();
    let mut secret = account(&sshd, sshd.port());
    secret.as_object_mut().expect("an object").remove("hostKey");
    let function = Function::start(&secret, &[]);
    assert!(!until("the end", MINUTE, || function.lambda.exited()).success());
    assert!(said(&function.lambda, "hostKey").contains("stopped"));
}

#[tokio::test]
async fn a_connection_that_is_cut_leaves_one_whole_file_in_the_end() {
    let bucket = Bucket::make("sftp-cut").await;
    let sshd = Sshd::start();
    let records: String = (0..20_000).map(|n| ctr(&format!("contact-{n}"), "2026-11-02T01:00:00Z")).collect();
    bucket.put("feed", records).await;
    // In the midst of the file, whose rows are about 2 MB.
    let cut = Cut::start(sshd.port(), 1_500_000);
    let function = Function::start(&account(&sshd, cut.port()), &[]);
    assert_eq!(failed(&function.lambda, &of_each(&bucket, &["feed"]), MINUTE), ["0"]);
    assert!(cut.connections() >= 2, "it tried again on a new connection");
    assert!(!delivered(&sshd).contains_key("feed.csv"), "nothing half-written is visible");
    cut.mend();
    assert!(failed(&function.lambda, &of_each(&bucket, &["feed"]), MINUTE).is_empty());
    let files = delivered(&sshd);
    assert_eq!(files.keys().collect::<Vec<_>>(), ["feed.csv"]);
    assert_eq!(rows(&files["feed.csv"]).len(), 20_000);
}

#[tokio::test]
async fn a_server_that_rejects_costs_no_more_than_the_message() {
    let bucket = Bucket::make("sftp-refuses").await;
    let sshd = Sshd::start();
    bucket.put("feed", ctr("c", "2026-11-02T01:00:00Z")).await;
    let refusing = Refusing::start();
    let function = Function::start(&account(&sshd, refusing.port()), &[]);
    let time_left = Duration::from_secs(10);
    assert_eq!(failed(&function.lambda, &of_each(&bucket, &["feed"]), time_left), ["0"]);
    let mut secret = account(&sshd, sshd.port());
    secret["privateKey"] = fs::read_to_string(sshd.unknown_key()).expect("a key").into();
    let function = Function::start(&secret, &[]);
    assert_eq!(failed(&function.lambda, &of_each(&bucket, &["feed"]), time_left), ["0"]);
    assert!(delivered(&sshd).is_empty());
}

#[tokio::test]
async fn what_was_rejected_does_not_come_again() {
    let bucket = Bucket::make("sftp-rejected").await;
    let sshd = Sshd::start();
    let good = ctr("c", "2026-11-02T01:00:00Z");
    bucket.put("a/feed", format!("{good}\n{{\"ContactId\":\"of nothing\"}}\n{{\"cut\":")).await;
    let function = Function::start(&account(&sshd, sshd.port()), &[]);
    let keys = ["a/feed", "rejected/a/feed.ndjson"];
    assert!(failed(&function.lambda, &of_each(&bucket, &keys), MINUTE).is_empty());
    let lines = bucket.get(keys[1]).await.expect("the rejected records");
    let lines: Vec<Value> =
        lines.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["start"], good.len() + 1);
    assert_eq!(lines[1]["data"], "{\"cut\":");
    assert_eq!(delivered(&sshd).into_keys().collect::<Vec<_>>(), ["feed.csv"]);
    assert_eq!(bucket.get("rejected/rejected/a/feed.ndjson.ndjson").await, None);
}

/// How often two processes deliver one object at once. `ROUNDS=500 cargo test …` does it as often, by hand.
fn rounds() -> usize {
    option_env!("ROUNDS").map_or(10, |rounds| rounds.parse().expect("a number"))
}

#[tokio::test]
async fn two_processes_that_deliver_one_object_leave_one_whole_file() {
    let bucket = Bucket::make("sftp-rivals").await;
    let sshd = Sshd::start();
    let records: String = (0..50).map(|n| ctr(&format!("contact-{n}"), "2026-11-02T01:00:00Z")).collect();
    bucket.put("feed", records).await;
    let event = of_each(&bucket, &["feed"]);
    for delay in [Duration::ZERO, Duration::from_millis(20)] {
        let slow = Slow::start(sshd.port(), delay);
        let rivals = [(); 2].map(|()| Function::start(&account(&sshd, slow.port()), &[]));
        for round in 0..rounds() {
            let has_earlier = round % 2 == 1;
            for name in delivered(&sshd).into_keys() {
                fs::remove_file(sshd.uploads().join(name)).expect("a file less");
            }
            if has_earlier {
                fs::write(sshd.uploads().join("feed.csv"), "an earlier file").expect("a file");
            }
            thread::scope(|scope| {
                for rival in &rivals {
                    scope.spawn(|| assert!(failed(&rival.lambda, &event, MINUTE).is_empty()));
                }
            });
            let files = delivered(&sshd);
            let names: Vec<_> = files.keys().collect();
            assert_eq!(names, ["feed.csv"], "round {round}, {delay:?}");
            assert_eq!(rows(&files["feed.csv"]).len(), 50, "round {round}, {delay:?}");
        }
    }
}
