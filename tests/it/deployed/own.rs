//! A deployment of its own, for what no other test could stand beside: a right is taken away, and the stack is destroyed. It joins
//! streams that were there, and serves two instances.

use aws_sdk_dynamodb::Client;
use aws_sdk_kinesis::primitives::Blob;
use jiff::Timestamp;
use serde_json::{Value, json};
use switchboard_contacts::store::Store;
use switchboard_store::call::CallContext;
use switchboard_tests::{
    deployment::{ACCOUNT, Deployment},
    emulator::Emulator,
    wait::{until, until_async},
};
use tokio::time::Instant;

use super::{
    calls::{hurry, queue, redrive, until_done_with, until_put_aside},
    contacts::{CONTACT, contact_events},
    world::{PATIENCE, SIMULATED, table},
};

const STATUS: &str = "switchboard-dev-contact-status";
const EVENTS: &str = "switchboard-dev-contact-events";
const DEAD: &str = "switchboard-dev-contact-events-dlq";

/// The streams that were there before.
const AGENT_EVENTS: &str = "centre-agent-events";
const FLOW_LOGS: &str = "centre-flow-logs";

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
const STAYS: [&str; 5] = [
    "contactrecordsstream",
    AGENT_EVENTS,
    FLOW_LOGS,
    "switchboard-dev-contact-events\"",
    "switchboard-dev-contact-events-dlq",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_right_taken_away_puts_events_aside_and_destroying_leaves_the_data() {
    // A thread of its own, since nothing in it may block the runtime's.
    let made = tokio::task::spawn_blocking(|| {
        let emulator = Emulator::enforcing();
        for name in [AGENT_EVENTS, FLOW_LOGS] {
            emulator.call("kinesis", "create_stream", &json!({"StreamName": name, "ShardCount": 1}));
        }
        let before = streams_there(&emulator);
        let deployment = Deployment::deploy(&emulator, &settings());
        assert_eq!(streams_there(&emulator), before, "a deployment that reads them changes nothing of them");
        (emulator, deployment, before)
    });
    let (emulator, deployment, streams) = made.await.expect("a deployment");
    let dynamodb = Client::new(&emulator.sdk_config().await);
    let contacts = table(&dynamodb, "contactstable").await;
    let store = Store::dynamodb(&dynamodb, contacts.clone(), 1440);

    // A stream of others carries several kinds of records; of flow logs, whole batches of lines.
    let kinesis = aws_sdk_kinesis::Client::new(&emulator.sdk_config().await);
    for (stream, contact, record) in
        [(AGENT_EVENTS, "by-record", contact_record()), (FLOW_LOGS, "by-flow-log", flow_log_lines())]
    {
        let put = kinesis.put_record().stream_name(stream).partition_key(contact);
        put.data(Blob::new(record.to_string())).send().await.expect("a record put");
        let told =
            until_async(contact, PATIENCE, async || store.status(contact, now()).await.expect("an answer"));
        told.await;
    }

    let right = Right::of(&emulator, STATUS);
    right.take();
    let (events, dead) = (queue(&emulator, EVENTS), queue(&emulator, DEAD));
    hurry(&emulator, &events);
    contact_events(&emulator, "contact-events/answered-call.ndjson");
    until_put_aside(&emulator, &dead);
    assert!(store.status(CONTACT, now()).await.expect("an answer").is_none(), "nothing may be written");

    right.give_back();
    redrive(&emulator, &["queue", "--from", &dead, "--to", &events]);
    let told =
        until_async("the status", PATIENCE, async || store.status(CONTACT, now()).await.expect("an answer"));
    told.await;

    // Nothing is at work when the stack goes.
    until_done_with(&emulator, &events);
    let before: Vec<_> = GOES.iter().filter(|what| listed(&emulator, what).is_empty()).collect();
    assert!(before.is_empty(), "the stack has some of each, so that it can be missed: {before:?}");
    let (kept, emulator) = tokio::task::spawn_blocking(move || {
        deployment.destroy();
        until("the functions to end", PATIENCE, || listed(&emulator, &GOES[0]).is_empty().then_some(()));
        let left = GOES.iter().flat_map(|what| listed(&emulator, what));
        let left: Vec<_> =
            left.filter(|one| !STAYS.iter().any(|name| one.to_string().contains(name))).collect();
        assert!(left.is_empty(), "left behind: {left:?}");
        for name in STAYS {
            let mut all = GOES.iter().flat_map(|what| listed(&emulator, what));
            assert!(
                all.any(|one| one.to_string().contains(name)),
                "{name} is gone, and what nobody has read with it"
            );
        }
        assert_eq!(streams_there(&emulator), streams, "they are as they were");
        (listed(&emulator, &["dynamodb", "list_tables", "TableNames"]), emulator)
    })
    .await
    .expect("an end");
    assert_eq!(kept.len(), 2, "of tables, those of contacts and callers: {kept:?}");
    assert!(kept.iter().any(|name| name == contacts.as_str()), "{contacts} among {kept:?}");
    assert!(store.status(CONTACT, now()).await.expect("an answer").is_some(), "and what is in it");
    let buckets = listed(&emulator, &["s3", "list_buckets", "Buckets"]);
    let ours = buckets.iter().filter_map(|one| one["Name"].as_str()).filter(|name| !name.starts_with("cdk-"));
    assert_eq!(ours.count(), 3, "records, archive and access logs: {buckets:?}");
}

/// A contact record of the first instance.
fn contact_record() -> Value {
    json!({
        "ContactId": "by-record", "Channel": "VOICE", "InitiationMethod": "INBOUND", "InstanceARN": instance('1'),
        "AWSContactTraceRecordFormatVersion": "2017-03-10", "InitiationTimestamp": "2026-11-02T01:00:00Z",
        "DisconnectTimestamp": "2026-11-02T01:05:00Z", "LastUpdateTimestamp": "2026-11-02T01:06:00Z",
    })
}

/// What a subscription puts into a stream, of a flow of the second instance.
fn flow_log_lines() -> Value {
    let line = json!({
        "ContactId": "by-flow-log", "ContactFlowId": format!("{}/contact-flow/f", instance('2')), "ContactFlowName": "Main",
        "ContactFlowModuleType": "PlayPrompt", "Timestamp": "2026-11-02T01:00:00.000Z",
    });
    let event = json!({"id": "1", "timestamp": 1_793_581_200_000_i64, "message": line.to_string()});
    json!({"messageType": "DATA_MESSAGE", "logGroup": "/aws/connect/example", "logEvents": [event]})
}

/// What the streams that were there before are like.
fn streams_there(emulator: &Emulator) -> [Value; 2] {
    [AGENT_EVENTS, FLOW_LOGS].map(|name| {
        let mut told = emulator.call("kinesis", "describe_stream_summary", &json!({"StreamName": name}));
        told["StreamDescriptionSummary"].take()
    })
}

/// The ARN of an instance, by the first digit of its id.
fn instance(digit: char) -> String {
    format!("arn:aws:connect:us-east-1:{ACCOUNT}:instance/{digit}2345678-1234-1234-1234-123456789012")
}

/// What keeps contacts, callers and agents, and a WFM that nobody calls, for two instances: agent events and flow logs come in streams that
/// are there.
fn settings() -> Value {
    let stream = |name: &str| json!({"streamArn": format!("arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/{name}"), "reading": "shared"});
    let secret = format!("arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:wfm-AbCdEf");
    json!({
        "environment": "Dev",
        "account": ACCOUNT,
        "region": "us-east-1",
        "emulator": {"endpoints": {"connect": "http://127.0.0.1:1", "rdsData": "http://127.0.0.1:1"}},
        "connect": {
            "instance": instance('1'),
            "alias": "example",
            "instances": [{"name": "north", "instance": instance('2'), "alias": "example-north"}],
        },
        "sources": {"agentEvents": stream(AGENT_EVENTS), "flowLogs": stream(FLOW_LOGS)},
        // The samples are of some day: they stay for twenty years.
        "contacts": {"simulatedSource": SIMULATED, "retentionMinutes": 20 * 366 * 24 * 60},
        "enrichment": {"callers": "table"},
        "rta": {"secretArn": secret},
    })
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
