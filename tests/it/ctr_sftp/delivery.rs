//! What arrives.

use aws_sdk_s3::types::{Event, NotificationConfiguration, QueueConfiguration};
use switchboard_tests::{sshd::RSA_PASSPHRASE, wait::until_async, workspace};

use super::*;

const HEADER: &str = "Agent_ARN,Agent_AfterContactWorkDuration,Agent_AgentInteractionDuration,Agent_Username,Channel,ContactID,\
InitiationMethod,Queue_ARN,Queue_Duration,Queue_EnqueueTimestamp,Queue_Name,SystemEndpoint_Address,\
TransferCompletedTimestamp,TransferredToEndpoint,LastUpdateTimestamp";

#[tokio::test]
async fn contact_records_arrive_as_csv_and_reports_as_they_are() {
    let bucket = Bucket::make("sftp-arrives").await;
    let sshd = Sshd::start();
    let records = [
        ctr("c1", "2026-11-02T01:00:00Z"),
        ctr("c2", "2026-11-02T01:00:00Z"),
        ctr("c1", "2026-11-02T02:00:00Z"),
    ];
    bucket.put("ctr/feed-1 2026:11", records.concat()).await;
    let report = "Agent,StartInterval\r\n\"a\nb\",é\r\n";
    bucket.put("reports/Agent Performance-2026-11-02T00:30:00Z.csv", report).await;
    let function = Function::start(&account(&sshd, sshd.port()), &[]);
    let event =
        of_each(&bucket, &["ctr/feed-1 2026:11", "reports/Agent Performance-2026-11-02T00:30:00Z.csv"]);
    // Twice: a redelivered message leaves the same.
    for _ in 0..2 {
        assert!(failed(&function.lambda, &event, MINUTE).is_empty());
        let files = delivered(&sshd);
        let names: Vec<_> = files.keys().map(String::as_str).collect();
        assert_eq!(names, ["Agent Performance-2026-11-02T00_30_00Z.csv", "feed-1 2026_11.csv"]);
        assert_eq!(files["Agent Performance-2026-11-02T00_30_00Z.csv"], report.as_bytes());
        let row = |id, last_update| {
            format!(
                ",,,,VOICE,{id},INBOUND,q1,7,,\"Sales, \"\"North\"\"\",,,TELEPHONE_NUMBER,{last_update}\n"
            )
        };
        let expected =
            format!("{HEADER}\n{}{}", row("c2", "2026-11-02T01:00:00Z"), row("c1", "2026-11-02T02:00:00Z"));
        assert_eq!(String::from_utf8_lossy(&files["feed-1 2026_11.csv"]), expected);
    }
    let said = function.lambda.logs().concat();
    for hidden in ["61491570006", "OPENSSH PRIVATE", "Sales"] {
        assert!(!said.contains(hidden), "{hidden} in {said}");
    }
}

#[tokio::test]
async fn a_day_of_sample_objects_arrives_by_way_of_s3_and_sqs() {
    let bucket = Bucket::make("contact-records").await;
    let sqs = aws_sdk_sqs::Client::new(&Emulator::shared().sdk_config().await);
    let queue = sqs
        .create_queue()
        .queue_name("workforce-feed")
        .send()
        .await
        .expect("a queue")
        .queue_url
        .expect("a URL");
    let to_queue = QueueConfiguration::builder()
        .queue_arn("arn:aws:sqs:us-east-1:000000000000:workforce-feed")
        .events(Event::S3ObjectCreated)
        .build()
        .expect("a whole configuration");
    let notify = NotificationConfiguration::builder().queue_configurations(to_queue).build();
    let configured = bucket.s3.put_bucket_notification_configuration().bucket(bucket.name);
    configured.notification_configuration(notify).send().await.expect("notifications");

    let root = workspace::root().join("events/s3/objects/contact-records");
    let mut keys = Vec::new();
    for folder in ["ctr/2026/11/02/00", "ctr/2026/11/02/02", "ctr/2026/11/02/03", "reports"] {
        for entry in fs::read_dir(root.join(folder)).expect("a folder") {
            let path = entry.expect("an entry").path();
            let key = path.strip_prefix(&root).expect("a key").to_str().expect("UTF-8").to_owned();
            bucket.put(&key, fs::read(&path).expect("an object")).await;
            keys.push(key);
        }
    }
    let mut bodies = Vec::new();
    until_async("a message for each object", MINUTE, async || {
        let received = sqs.receive_message().queue_url(&queue).max_number_of_messages(10).send().await;
        let received = received.expect("messages").messages.unwrap_or_default();
        bodies.extend(received.into_iter().filter_map(|message| message.body));
        (bodies.iter().filter(|body| body.contains("ObjectCreated")).count() >= keys.len()).then_some(())
    })
    .await;

    let sshd = Sshd::start();
    let secret = json!({
        "host": "127.0.0.1", "port": sshd.port(), "username": USER, "directory": sshd.uploads(),
        "privateKey": fs::read_to_string(sshd.rsa_key()).expect("a key"), "passphrase": RSA_PASSPHRASE,
        "hostKey": sshd.known_hosts_line(),
    });
    let function = Function::start(&secret, &[("CSV_LAYOUT", "extended")]);
    assert!(failed(&function.lambda, &messages(bodies), MINUTE).is_empty());
    let files = delivered(&sshd);
    assert_eq!(files.len(), keys.len());
    for key in keys.iter().filter(|key| key.starts_with("reports/")) {
        let name = key.rsplit('/').next().expect("a name").replace(':', "_");
        assert_eq!(files[&name], fs::read(root.join(key)).expect("a report"), "{key}");
    }
    let cut = keys.iter().find(|key| key.contains("/03/")).expect("the object with its tail cut off");
    let rejected = bucket.get(&format!("rejected/{cut}.ndjson")).await.expect("the rejected record");
    let rejected: Value = serde_json::from_slice(&rejected).expect("one line");
    assert!(
        rejected["start"].as_u64() < rejected["end"].as_u64() && rejected["reason"].is_string(),
        "{rejected}"
    );
    let name = |key: &str| format!("{}.csv", key.rsplit('/').next().expect("a name"));
    let of_hour = rows(&files[&name(cut)]);
    assert!(!of_hour.is_empty() && of_hour.iter().all(|row| !row["LastUpdateTimestamp"].is_empty()));
}

#[tokio::test]
async fn one_session_serves_every_invocation_with_a_password_from_secrets_manager() {
    let bucket = Bucket::make("sftp-session").await;
    let sshd = Sshd::start();
    let mut secret = account(&sshd, sshd.port());
    secret.as_object_mut().expect("an object").remove("privateKey");
    secret["password"] = Sshd::password().into();
    let secrets = aws_sdk_secretsmanager::Client::new(&Emulator::shared().sdk_config().await);
    let made = secrets.create_secret().name("wfm-sftp").secret_string(secret.to_string()).send().await;
    let place = format!("secretsmanager://{}", made.expect("a secret").arn.expect("its ARN"));
    let mut env = Emulator::shared().env();
    env.extend([("WFM_SFTP", place.as_str()), ("AWS_LAMBDA_LOG_LEVEL", "TRACE")]);
    let lambda = Lambda::start(NAME, &env);
    for n in 0..3 {
        let key = format!("feed-{n}");
        bucket.put(&key, ctr("c", "2026-11-02T01:00:00Z")).await;
        assert!(failed(&lambda, &of_each(&bucket, &[&key]), MINUTE).is_empty());
    }
    assert_eq!(delivered(&sshd).len(), 3);
    assert_eq!(sshd.log().matches("Accepted password").count(), 1, "{}", sshd.log());
    assert!(!lambda.logs().concat().contains(&Sshd::password()));
}
