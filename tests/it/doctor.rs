//! `switchboard doctor` against the emulator and the invented Connect API.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use switchboard_simulator::connect_api::{Associations, ConnectApi, Options};
use switchboard_simulator::model::Config;
use switchboard_tests::{emulator::Emulator, workspace};
use tempfile::TempDir;

/// The account and Region of the invented instance.
const ACCOUNT: &str = "012345678910";
const REGION: &str = "ap-southeast-2";

/// What the program printed, whether nothing collided, and what it wrote.
struct Doctor {
    text: String,
    errors: String,
    status: Option<i32>,
}

impl Doctor {
    async fn run(associations: Associations, arguments: &[&str]) -> Self {
        let config = Config { queues: 12, agents: 30, contacts_per_day: 10, ..Config::default() };
        let api =
            ConnectApi::start(Options { associations, ..Options::new(config) }).await.expect("a free port");
        let mut program = Command::new(workspace::program());
        program.args(["doctor", "--instance", api.instance_arn()]).args(arguments);
        program.envs(Emulator::shared().env());
        program.envs([
            ("AWS_ACCESS_KEY_ID", ACCOUNT),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            // The instance's own Region counts.
            ("AWS_REGION", "us-east-1"),
            ("AWS_ENDPOINT_URL_CONNECT", &api.endpoint()),
            // It knows no quotas, and says so.
            ("AWS_ENDPOINT_URL_SERVICE_QUOTAS", &api.endpoint()),
        ]);
        let ran = tokio::task::spawn_blocking(move || program.output()).await.expect("it ends");
        let ran = ran.expect("the program runs");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        Self { text: text(ran.stdout), errors: text(ran.stderr), status: ran.status.code() }
    }

    /// Whether a finding has this word and holds this text.
    fn found(&self, verdict: &str, text: &str) -> bool {
        self.text.lines().any(|line| line.starts_with(verdict) && line.contains(text))
    }
}

fn call(service: &str, operation: &str, parameters: &Value) -> Value {
    Emulator::shared().call_in((ACCOUNT, REGION), service, operation, parameters)
}

fn written(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).expect("a config file")).expect("JSON")
}

/// The instance's log group, which a delivery stream and this data stream have subscribed to.
fn subscribe_twice(flows: &str) {
    let group = "/aws/connect/example";
    call("logs", "create_log_group", &json!({ "logGroupName": group }));
    for (name, target) in
        [("first", "arn:aws:firehose:ap-southeast-2:012345678910:deliverystream/theirs"), ("second", flows)]
    {
        let role = "arn:aws:iam::012345678910:role/theirs";
        let filter = json!({ "logGroupName": group, "filterName": name, "filterPattern": "", "destinationArn": target, "roleArn": role });
        call("logs", "put_subscription_filter", &filter);
    }
}

/// One test, in order: the instance has one alias, and the account one log group of that name.
#[tokio::test]
async fn an_instance_without_and_with_streams_is_looked_at_and_nothing_is_changed() {
    let folder = TempDir::new().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();

    let nothing = Doctor::run(Associations::default(), &["--write", &path("nothing.json")]).await;
    assert!(
        nothing.found("there", "contact records of example go nowhere"),
        "{}{}",
        nothing.text,
        nothing.errors
    );
    assert!(nothing.found("there", " queues and 30 users."), "{}", nothing.text);
    assert!(nothing.found("note", "/aws/connect/example is not there"), "{}", nothing.text);
    assert!(
        nothing.found(
            "unknown",
            "quotas of Connect's API, taken for AWS's defaults: could not look: 404 UnknownOperationException"
        ),
        "{}",
        nothing.text
    );
    assert_eq!(nothing.status, Some(1), "something is unknown");
    assert!(nothing.text.contains("\nSet-up: nothing there"), "{}", nothing.text);
    let config = written(folder.path().join("nothing.json").as_path());
    assert_eq!((&config["account"], &config["region"]), (&json!(ACCOUNT), &json!(REGION)));
    assert_eq!(config["sources"], json!({ "flowLogs": "off" }));

    let again = Doctor::run(Associations::default(), &["--write", &path("nothing.json")]).await;
    assert_eq!(again.status, Some(2), "a file that is there stays");

    let key = call("kms", "create_key", &json!({}))["KeyMetadata"]["Arn"].clone();
    let arns = ["doctor-contacts", "doctor-agents", "doctor-flows"].map(|name| {
        call("kinesis", "create_stream", &json!({ "StreamName": name, "ShardCount": 2 }));
        let described = call("kinesis", "describe_stream_summary", &json!({ "StreamName": name }));
        described["StreamDescriptionSummary"]["StreamARN"].as_str().expect("an ARN").to_owned()
    });
    let [contacts, agents, flows] = &arns;
    let encryption = json!({ "StreamName": "doctor-contacts", "EncryptionType": "KMS", "KeyId": key });
    call("kinesis", "start_stream_encryption", &encryption);
    for consumer in 0..19 {
        let consumer = json!({ "StreamARN": agents, "ConsumerName": format!("theirs-{consumer}") });
        call("kinesis", "register_stream_consumer", &consumer);
    }
    subscribe_twice(flows);
    let pattern = r#"{"source":["aws.connect"]}"#;
    call(
        "events",
        "put_rule",
        &json!({ "Name": "switchboard-prod-contact-events", "EventPattern": pattern }),
    );

    read_by_a_delivery_stream(contacts);

    let associations =
        Associations { contact_records: Some(contacts.clone()), agent_events: Some(agents.clone()) };
    let before = everything();
    let streams = Doctor::run(associations, &["--write", &path("streams.json")]).await;
    assert_eq!(everything(), before, "it reads, and changes nothing");
    let Doctor { text, errors, .. } = &streams;
    assert!(
        streams.found("there", &format!("contact records of example go to the data stream {contacts}")),
        "{text}{errors}"
    );
    assert!(
        streams
            .found("there", "doctor-contacts has 2 open shards (provisioned) and keeps records for 24 hours"),
        "{text}"
    );
    assert!(streams.found("note", key.as_str().expect("an ARN")), "{text}");
    assert!(streams.found("note", "doctor-agents has 19 of 20 consumers"), "{text}");
    for polled in [
        "0 functions and 1 delivery streams poll doctor-contacts",
        "0 functions and 0 delivery streams poll doctor-agents",
    ] {
        assert!(streams.found("there", polled), "{polled}: {text}");
    }
    assert!(text.contains("; firehose ListDeliveryStreams KinesisStreamAsSource, "), "{text}");
    assert!(streams.found("there", &format!("one of them fills the data stream {flows}")), "{text}");
    assert!(streams.found("collides", "1 rules have names that begin with switchboard-prod-"), "{text}");
    assert!(text.contains("[kinesis ListStreamConsumers arn:aws:kinesis:"), "{text}");
    assert!(text.contains("\nSet-up: streams there"), "{text}");
    let sources = json!({
        "contactRecords": { "streamArn": contacts, "keyArn": key },
        "agentEvents": { "streamArn": agents, "reading": "shared" },
        "flowLogs": { "streamArn": flows },
    });
    assert_eq!(written(folder.path().join("streams.json").as_path())["sources"], sources);

    // A stream that nobody may describe, or that is gone, is not taken for a new one.
    let gone = contacts.replace("doctor-contacts", "doctor-gone");
    let associations = Associations { contact_records: Some(gone.clone()), agent_events: None };
    let gone = Doctor::run(associations, &["--name", "second"]).await;
    assert!(
        gone.found("unknown", "the data stream doctor-gone: could not look: 400 ResourceNotFoundException"),
        "{}",
        gone.text
    );
    assert!(
        gone.found("there", "No rules have names that begin with switchboard-prod-second-"),
        "{}",
        gone.text
    );
}

#[tokio::test]
async fn a_delivery_stream_and_its_bucket_are_looked_at() {
    call(
        "s3",
        "create_bucket",
        &json!({ "Bucket": "doctor-records", "CreateBucketConfiguration": { "LocationConstraint": REGION } }),
    );
    let to_s3 = json!({
        "RoleARN": "arn:aws:iam::012345678910:role/theirs", "BucketARN": "arn:aws:s3:::doctor-records", "Prefix": "ctr/", "CompressionFormat": "GZIP",
    });
    let stream =
        json!({ "DeliveryStreamName": "doctor-records", "ExtendedS3DestinationConfiguration": to_s3 });
    let arn = call("firehose", "create_delivery_stream", &stream)["DeliveryStreamARN"]
        .as_str()
        .expect("an ARN")
        .to_owned();
    let key = call("kms", "create_key", &json!({}))["KeyMetadata"]["Arn"].clone();
    let default = json!({ "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key });
    let rules = json!({ "Rules": [{ "ApplyServerSideEncryptionByDefault": default }] });
    let encryption = json!({ "Bucket": "doctor-records", "ServerSideEncryptionConfiguration": rules });
    call("s3", "put_bucket_encryption", &encryption);
    call("sqs", "create_queue", &json!({ "QueueName": "switchboard-sit-contact-events" }));
    let associations = Associations { contact_records: Some(arn.clone()), agent_events: None };
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("left.json");
    let arguments = ["--environment", "sit", "--write", path.to_str().expect("UTF-8")];
    let bucket = Doctor::run(associations, &arguments).await;
    assert!(path.is_file(), "{}{}", bucket.text, bucket.errors);
    let records = json!({ "bucket": "doctor-records", "prefix": "ctr/", "keyArn": key });
    assert_eq!(written(&path)["sources"]["contactRecords"], records, "{}{}", bucket.text, bucket.errors);
    assert!(
        bucket.found("collides", "queues have names of this deployment's (switchboard-sit-contact-events)"),
        "{}",
        bucket.text
    );
    assert!(
        bucket.found("there", &format!("contact records of example go to the delivery stream {arn}")),
        "{}{}",
        bucket.text,
        bucket.errors
    );
    assert!(
        bucket.found("there", "fills arn:aws:s3:::doctor-records below \"ctr/\": JSON, compression GZIP"),
        "{}",
        bucket.text
    );
    assert!(
        bucket.found("collides", "arn:aws:s3:::doctor-records does not notify EventBridge"),
        "{}",
        bucket.text
    );
    assert_eq!(bucket.status, Some(1));
}

/// Has a delivery stream of somebody else read a data stream.
fn read_by_a_delivery_stream(source: &str) {
    let role = "arn:aws:iam::012345678910:role/theirs";
    let stream = json!({
        "DeliveryStreamName": "doctor-reader",
        "DeliveryStreamType": "KinesisStreamAsSource",
        "KinesisStreamSourceConfiguration": { "KinesisStreamARN": source, "RoleARN": role },
        "ExtendedS3DestinationConfiguration": { "RoleARN": role, "BucketARN": "arn:aws:s3:::doctor-reads" },
    });
    call("firehose", "create_delivery_stream", &stream);
}

/// What the first test's things are like, as their own services list them.
fn everything() -> Vec<Value> {
    let group = json!({ "logGroupName": "/aws/connect/example" });
    let stream = |name: &str| call("kinesis", "describe_stream_summary", &json!({ "StreamName": name }));
    vec![
        stream("doctor-contacts"),
        stream("doctor-agents"),
        stream("doctor-flows"),
        call("logs", "describe_subscription_filters", &group),
        call("events", "list_rules", &json!({})),
    ]
}
