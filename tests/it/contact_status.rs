//! The compiled `contact-status` behind the Runtime API, over SQLite and over DynamoDB Local.

mod faults;
mod privacy;
mod samples;

use std::{fs, time::Duration};

use jiff::Timestamp;
use serde_json::{Value, json};
use switchboard_contacts::dynamodb::create_table;
use switchboard_contacts::status::Status;
use switchboard_contacts::store::Store;
use switchboard_store::call::CallContext;
use switchboard_tests::dynamodb_local::DynamoDbLocal;
use switchboard_tests::lambda::Lambda;
use switchboard_tests::workspace;
use tempfile::TempDir;
use tokio::time::Instant;

const NAME: &str = "contact-status";
const MINUTE: Duration = Duration::from_mins(1);

/// All that tells of contacts, file by file.
const SAMPLES: [&str; 15] = [
    "contact-events/answered-call.ndjson",
    "contact-events/abandoned-call.ndjson",
    "contact-events/callback-waiting.ndjson",
    "contact-events/pascal-case.json",
    "contact-events/times-not-set.json",
    "contact-events/disconnected-without-times.json",
    "contact-events/out-of-order-and-repeated.json",
    "flow-logs/answered-call.json",
    "flow-logs/unreadable-lines.json",
    "flow-logs/control-message.json",
    "agents/answered-call.json",
    "agents/chat-transferred-twice.json",
    "agents/task.json",
    "agents/contact-records.json",
    "agents/unreadable-records.json",
];

/// Where contacts are kept, empty at first.
pub(crate) struct Place {
    env: Vec<(&'static str, String)>,
    store: Store,
    _folder: TempDir,
}

/// The samples' contacts are of some day, and go a retention after their last event.
fn kept_for_years() -> (&'static str, String) {
    ("CONTACT_RETENTION_MINUTES", (20 * 366 * 24 * 60).to_string())
}

impl Place {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("contacts.db");
        let env = vec![("CONTACTS", format!("sqlite://{}", path.display())), kept_for_years()];
        Self { env, store: Store::sqlite(&path, 1440).await.expect("a file"), _folder: folder }
    }

    pub(crate) async fn dynamodb(table: &str) -> Self {
        let client = client().await;
        create_table(&client, table).await.expect("a table");
        let mut env = vec![("CONTACTS", format!("dynamodb://{table}")), kept_for_years()];
        env.extend(DynamoDbLocal::shared().env().into_iter().map(|(name, value)| (name, value.to_owned())));
        let store = Store::dynamodb(&client, table.to_owned(), 1440);
        Self { env, store, _folder: tempfile::tempdir().expect("a folder") }
    }

    /// A function over it.
    pub(crate) fn start(&self, function: &str) -> Lambda {
        self.start_with(function, &[])
    }

    /// A function over it with more settings.
    pub(crate) fn start_with(&self, function: &str, more: &[(&str, &str)]) -> Lambda {
        let mut env: Vec<_> = self.env.iter().map(|(name, value)| (*name, value.as_str())).collect();
        env.extend(more);
        Lambda::start(function, &env)
    }

    async fn status(&self, contact_id: &str) -> Status {
        self.store.status(contact_id, soon()).await.expect("an answer").expect("a contact")
    }
}

async fn client() -> aws_sdk_dynamodb::Client {
    aws_sdk_dynamodb::Client::new(&DynamoDbLocal::shared().sdk_config().await)
}

fn soon() -> CallContext {
    CallContext::new(Timestamp::now(), Instant::now() + MINUTE)
}

/// The events of a sample: each line of a file of lines.
pub(crate) fn events(sample: &str) -> Vec<String> {
    let path = workspace::root().join("events").join(sample);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let is_of_lines = path.extension().is_some_and(|extension| extension == "ndjson");
    if is_of_lines { text.lines().map(str::to_owned).collect() } else { vec![text] }
}

/// Hands over a sample, all of which must be done.
pub(crate) fn hand_over(lambda: &Lambda, sample: &str) {
    for event in events(sample) {
        let done = answer(lambda, &event).expect("an answer");
        assert!(done.is_null() || done == json!({"batchItemFailures": []}), "{sample}: {done}");
    }
}

/// The answer to an event, or the type of the error.
fn answer(lambda: &Lambda, event: &str) -> Result<Value, String> {
    match lambda.invoke(event, MINUTE).result {
        Ok(answer) => Ok(serde_json::from_slice(&answer).expect("JSON")),
        Err(error) => Err(error["errorType"].as_str().expect("a type").to_owned()),
    }
}
