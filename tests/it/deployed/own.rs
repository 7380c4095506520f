//! A deployment of its own, for what no other test could stand beside: a right is taken away, and the stack is destroyed. It joins
//! streams that were there, and serves two instances, from a config that `switchboard doctor` wrote.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_kinesis::primitives::Blob;
use jiff::Timestamp;
use serde_json::{Value, json};
use switchboard_contacts::store::Store;
use switchboard_simulator::connect_api::Associations;
use switchboard_store::call::CallContext;
use switchboard_tests::{
    deployment::{ACCOUNT, Deployment},
    emulator::Emulator,
    wait::{until, until_async},
};
use tokio::time::Instant;

use super::{
    calls::{hurry, queue, redrive, send_contact_events, until_done_with, until_put_aside},
    contacts::{CONTACT, SAMPLE_INSTANCE, sample},
    existing::{Centre, SECOND, contact_record},
    world::{PATIENCE, SIMULATED, table},
};

const STATUS: &str = "switchboard-dev-contact-status";
const EVENTS: &str = "switchboard-dev-contact-events";
const DEAD: &str = "switchboard-dev-contact-events-dlq";

/// The streams that were there before, each with all but one of the consumers that it may have.
const CONTACT_RECORDS: &str = "centre-contact-records";
const AGENT_EVENTS: &str = "centre-agent-events";
const FLOW_LOGS: &str = "centre-flow-logs";
const CONSUMERS: usize = 20;

/// Everything of a stack that a contact centre pays for or that acts, but where data is kept: a service, how boto3 lists
/// it, and where the list is.
const GOES: [[&str; 3]; 8] = [
    ["lambda", "list_functions", "Functions"],
    ["lambda", "list_event_source_mappings", "EventSourceMappings"],
    ["sqs", "list_queues", "QueueUrls"],
    ["kinesis", "list_streams", "StreamNames"],
    ["firehose", "list_delivery_streams", "DeliveryStreamNames"],
    ["events", "list_rules", "Rules"],
    ["scheduler", "list_schedules", "Schedules"],
    ["logs", "describe_log_groups", "logGroups"],
];

/// What stays of these, as it holds what was not read yet or is Connect's.
const STAYS: [&str; 9] = [
    CONTACT_RECORDS,
    AGENT_EVENTS,
    FLOW_LOGS,
    "/aws/connect/example\"",
    "/aws/connect/example-north\"",
    "switchboard-dev-contact-events\"",
    "switchboard-dev-contact-events-dlq",
    "switchboard-dev-record-tables\"",
    "switchboard-dev-record-tables-dlq",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_right_taken_away_puts_events_aside_and_destroying_leaves_the_data() {
    let centre = centre().await;
    let [first, second] = centre.instances();
    let before = streams_there(&centre.emulator);
    let (told, config) = centre.config(&[first.clone(), second.clone()]).await;
    assert!(told.contains("Set-up: streams there"), "{told}");
    assert_eq!(config["sources"], sources(&before), "{told}");
    assert_eq!(config["connect"]["instances"][0]["instance"], second.as_str(), "{told}");
    // A thread of its own, since nothing in it may block the runtime's.
    let made = tokio::task::spawn_blocking(move || {
        let deployment = Deployment::deploy(&centre.emulator, &with_more(config));
        centre.make_tables();
        assert_eq!(
            streams_there(&centre.emulator),
            before,
            "a deployment that reads them changes nothing of them"
        );
        (centre, deployment, before)
    });
    let (centre, deployment, streams) = made.await.expect("a deployment");
    let dynamodb = Client::new(&centre.emulator.sdk_config().await);
    let contacts = table(&dynamodb, "contactstable").await;
    let store = Store::dynamodb(&dynamodb, contacts.clone(), 1440);

    // A stream of others carries several kinds of records; of flow logs, whole batches of lines.
    let kinesis = aws_sdk_kinesis::Client::new(&centre.emulator.sdk_config().await);
    for (stream, contact, record) in [
        (CONTACT_RECORDS, "by-record", contact_record("by-record", &first)),
        (AGENT_EVENTS, "beside-agents", contact_record("beside-agents", &second)),
        (FLOW_LOGS, "by-flow-log", flow_log_lines(&second)),
    ] {
        let put = kinesis.put_record().stream_name(stream).partition_key(contact);
        put.data(Blob::new(record.to_string())).send().await.expect("a record put");
        let told =
            until_async(contact, PATIENCE, async || store.status(contact, now()).await.expect("an answer"));
        told.await;
    }
    until("a row", PATIENCE, || (centre.rows("by-record") == 1).then_some(()));

    let emulator = &centre.emulator;
    let right = Right::of(emulator, STATUS);
    right.take();
    let (events, dead) = (queue(emulator, EVENTS), queue(emulator, DEAD));
    hurry(emulator, &events);
    // Beside streams that were there, a simulator's contacts have to be of an instance that the config names.
    let events_of_ours = sample("contact-events/answered-call.ndjson").replace(SAMPLE_INSTANCE, &first);
    send_contact_events(emulator, events_of_ours.lines());
    until_put_aside(emulator, &dead);
    assert!(store.status(CONTACT, now()).await.expect("an answer").is_none(), "nothing may be written");

    right.give_back();
    redrive(emulator, &["queue", "--from", &dead, "--to", &events]);
    let told =
        until_async("the status", PATIENCE, async || store.status(CONTACT, now()).await.expect("an answer"));
    told.await;

    // Nothing is at work when the stack goes.
    until_done_with(emulator, &events);
    let before: Vec<_> = GOES.iter().filter(|what| listed(emulator, what).is_empty()).collect();
    assert!(before.is_empty(), "the stack has some of each, so that it can be missed: {before:?}");
    let ended = tokio::task::spawn_blocking(move || {
        deployment.destroy();
        let emulator = &centre.emulator;
        until("the functions to end", PATIENCE, || listed(emulator, &GOES[0]).is_empty().then_some(()));
        // A function or a reader stays in no case, though it names what does.
        let stays = |service: &str, one: &Value| {
            service != "lambda" && STAYS.iter().any(|name| one.to_string().contains(name))
        };
        let listed_once: Vec<_> = GOES.iter().map(|what| (what[0], listed(emulator, what))).collect();
        let there =
            || listed_once.iter().flat_map(|(service, all)| all.iter().map(move |one| (*service, one)));
        let left: Vec<_> = there().filter(|(service, one)| !stays(service, one)).collect();
        assert!(left.is_empty(), "left behind: {left:?}");
        for name in STAYS {
            assert!(
                there().any(|(_, one)| one.to_string().contains(name)),
                "{name} is gone, and what nobody has read with it"
            );
        }
        assert_eq!(streams_there(emulator), streams, "they are as they were");
        (listed(emulator, &["dynamodb", "list_tables", "TableNames"]), centre)
    });
    let (kept, centre) = ended.await.expect("an end");
    assert_eq!(kept.len(), 2, "of tables, those of contacts and callers: {kept:?}");
    assert!(kept.iter().any(|name| name == contacts.as_str()), "{contacts} among {kept:?}");
    assert!(store.status(CONTACT, now()).await.expect("an answer").is_some(), "and what is in it");
    let buckets = listed(&centre.emulator, &["s3", "list_buckets", "Buckets"]);
    let ours = buckets.iter().filter_map(|one| one["Name"].as_str()).filter(|name| !name.starts_with("cdk-"));
    assert_eq!(ours.count(), 3, "records, archive and access logs: {buckets:?}");
}

/// What a subscription puts into a stream, of a flow of an instance.
fn flow_log_lines(instance: &str) -> Value {
    let at = Timestamp::now();
    let line = json!({
        "ContactId": "by-flow-log", "ContactFlowId": format!("{instance}/contact-flow/f"), "ContactFlowName": "Main",
        "ContactFlowModuleType": "PlayPrompt", "Timestamp": at.to_string(),
    });
    let event = json!({"id": "1", "timestamp": at.as_millisecond(), "message": line.to_string()});
    json!({"messageType": "DATA_MESSAGE", "logGroup": format!("/aws/connect/{}", SECOND.1), "logEvents": [event]})
}

/// A centre of two instances that send to the streams that were there. The streams are crowded: the emulator knows no consumers in
/// templates, and on a stream without room for more functions share reads.
async fn centre() -> Centre {
    let emulator = Emulator::enforcing();
    let kinesis = aws_sdk_kinesis::Client::new(&emulator.sdk_config().await);
    for name in [CONTACT_RECORDS, AGENT_EVENTS, FLOW_LOGS] {
        kinesis.create_stream().stream_name(name).shard_count(1).send().await.expect("a stream");
        for consumer in 0..CONSUMERS {
            let registered = kinesis.register_stream_consumer().stream_arn(stream_arn(name));
            registered.consumer_name(format!("theirs-{consumer}")).send().await.expect("a consumer");
        }
    }
    let key = emulator.call("kms", "create_key", &json!({}))["KeyMetadata"]["Arn"].clone();
    let encryption = json!({"StreamName": CONTACT_RECORDS, "EncryptionType": "KMS", "KeyId": key});
    emulator.call("kinesis", "start_stream_encryption", &encryption);
    let longer = json!({"StreamName": AGENT_EVENTS, "RetentionPeriodHours": 72});
    emulator.call("kinesis", "increase_stream_retention_period", &longer);
    for alias in ["example", SECOND.1] {
        let group = format!("/aws/connect/{alias}");
        emulator.call("logs", "create_log_group", &json!({ "logGroupName": group }));
        let other = format!("arn:aws:firehose:us-east-1:{ACCOUNT}:deliverystream/theirs");
        for (name, target) in [("first", other), ("second", stream_arn(FLOW_LOGS))] {
            let role = format!("arn:aws:iam::{ACCOUNT}:role/theirs");
            let filter = json!({"logGroupName": group, "filterName": name, "filterPattern": "", "destinationArn": target, "roleArn": role});
            emulator.call("logs", "put_subscription_filter", &filter);
        }
    }
    let associations = Associations {
        contact_records: Some(stream_arn(CONTACT_RECORDS)),
        agent_events: Some(stream_arn(AGENT_EVENTS)),
    };
    Centre::of(emulator, associations).await
}

fn stream_arn(name: &str) -> String {
    format!("arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/{name}")
}

/// What the streams that were there before are like: each one's summary and consumers, and the subscriptions of the log groups.
fn streams_there(emulator: &Emulator) -> BTreeMap<&'static str, Value> {
    let of_stream = |name| {
        let summary = emulator.call("kinesis", "describe_stream_summary", &json!({ "StreamName": name }));
        let consumers =
            emulator.call("kinesis", "list_stream_consumers", &json!({ "StreamARN": stream_arn(name) }));
        let there =
            json!({"summary": summary["StreamDescriptionSummary"], "consumers": consumers["Consumers"]});
        (name, there)
    };
    let of_group = |name| {
        let told = emulator.call("logs", "describe_subscription_filters", &json!({ "logGroupName": name }));
        (name, told["subscriptionFilters"].clone())
    };
    let streams = [CONTACT_RECORDS, AGENT_EVENTS, FLOW_LOGS].map(of_stream);
    streams.into_iter().chain(["/aws/connect/example", "/aws/connect/example-north"].map(of_group)).collect()
}

/// The section `sources` that names the streams, with the key of the one that is encrypted.
fn sources(there: &BTreeMap<&str, Value>) -> Value {
    let key = &there[CONTACT_RECORDS]["summary"]["KeyId"];
    let stream = |name| json!({"streamArn": stream_arn(name), "reading": "shared"});
    let mut contact_records = stream(CONTACT_RECORDS);
    contact_records["keyArn"] = key.clone();
    json!({"contactRecords": contact_records, "agentEvents": stream(AGENT_EVENTS), "flowLogs": stream(FLOW_LOGS)})
}

/// A config with more capabilities, as people add them: callers, and a WFM that nobody calls.
fn with_more(mut config: Value) -> Value {
    let secret = |name| format!("arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:{name}-AbCdEf");
    // The samples are of some day: they stay for twenty years.
    config["contacts"] = json!({"simulatedSource": SIMULATED, "retentionMinutes": 20 * 366 * 24 * 60});
    config["enrichment"] = json!({"callers": "table"});
    config["rta"] = json!({ "secretArn": secret("wfm") });
    config["connect"]["instances"][0]["rtaSecretArn"] = secret("wfm-second").into();
    config
}

fn listed(emulator: &Emulator, [service, operation, list]: &[&str; 3]) -> Vec<Value> {
    let answer = emulator.call(service, operation, &json!({}));
    answer[list].as_array().cloned().unwrap_or_default()
}

fn now() -> CallContext {
    CallContext::new(Timestamp::now(), Instant::now() + PATIENCE)
}

/// What the role of a function permits.
#[derive(Debug)]
struct Right<'a> {
    emulator: &'a Emulator,
    role: String,
    policies: Vec<(String, String)>,
}

impl<'a> Right<'a> {
    fn of(emulator: &'a Emulator, function: &str) -> Self {
        let called = json!({ "FunctionName": function });
        let known = emulator.call("lambda", "get_function_configuration", &called);
        let role = known["Role"].as_str().expect("a role").rsplit('/').next().expect("its name").to_owned();
        let listed = emulator.call("iam", "list_role_policies", &json!({ "RoleName": role }));
        let names = listed["PolicyNames"].as_array().expect("names").iter().filter_map(Value::as_str);
        let policies = names.map(|name| {
            let asked = json!({"RoleName": role, "PolicyName": name});
            let told = emulator.call("iam", "get_role_policy", &asked);
            (name.to_owned(), told["PolicyDocument"].to_string())
        });
        let policies: Vec<_> = policies.collect();
        assert!(!policies.is_empty(), "{role} permits something");
        Self { emulator, role, policies }
    }

    fn take(&self) {
        for (name, _) in &self.policies {
            let named = json!({"RoleName": self.role, "PolicyName": name});
            self.emulator.call("iam", "delete_role_policy", &named);
        }
    }

    fn give_back(&self) {
        for (name, document) in &self.policies {
            let policy = json!({"RoleName": self.role, "PolicyName": name, "PolicyDocument": document});
            self.emulator.call("iam", "put_role_policy", &policy);
        }
    }
}
