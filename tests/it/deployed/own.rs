//! A deployment of its own, for what no other test could stand beside: a right is taken away, and the stack is destroyed.

use aws_sdk_dynamodb::Client;
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
    calls::{hurry, queue, redrive, until_put_aside},
    contacts::{CONTACT, contact_events},
    world::{PATIENCE, SIMULATED, table},
};

const STATUS: &str = "switchboard-dev-contact-status";
const EVENTS: &str = "switchboard-dev-contact-events";
const DEAD: &str = "switchboard-dev-contact-events-dlq";

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
    "agenteventsstream",
    "switchboard-dev-contact-events\"",
    "switchboard-dev-contact-events-dlq",
    "/aws/connect/example",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_right_taken_away_puts_events_aside_and_destroying_leaves_the_data() {
    // A thread of its own, since nothing in it may block the runtime's.
    let made = tokio::task::spawn_blocking(|| {
        let emulator = Emulator::enforcing();
        let deployment = Deployment::deploy(&emulator, &settings());
        (emulator, deployment)
    });
    let (emulator, deployment) = made.await.expect("a deployment");
    let dynamodb = Client::new(&emulator.sdk_config().await);
    let contacts = table(&dynamodb, "contactstable").await;
    let store = Store::dynamodb(&dynamodb, contacts.clone(), 1440);

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

/// What keeps contacts, callers and agents, and a WFM that nobody calls.
fn settings() -> Value {
    let instance =
        format!("arn:aws:connect:us-east-1:{ACCOUNT}:instance/12345678-1234-1234-1234-123456789012");
    let secret = format!("arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:wfm-AbCdEf");
    json!({
        "environment": "Dev",
        "account": ACCOUNT,
        "region": "us-east-1",
        "emulator": {"endpoints": {"connect": "http://127.0.0.1:1", "rdsData": "http://127.0.0.1:1"}},
        "connect": {"instance": instance, "alias": "example"},
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
