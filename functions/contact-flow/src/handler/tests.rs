use std::{fs, path::PathBuf};

use serde_json::{Value, json};
use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
use switchboard_contacts::attribute::SystemAttribute;
use switchboard_core::contact_event::ContactEvent;
use tempfile::TempDir;

use super::*;

mod looked_up;
mod recorded;

const NUMBER: &str = "+61491570156";

/// A centre's flows over an SQLite file of their own.
struct Centre {
    flows: Handler,
    file: PathBuf,
    _folder: TempDir,
}

impl Centre {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("contacts.db");
        let store = Store::sqlite(&file, 1440).await.unwrap();
        Self { flows: Handler::new(store), file, _folder: folder }
    }

    /// Lets Connect tell something of a contact.
    async fn event(&self, contact: &str, kind: &str, time: &str, more: &Value) {
        let mut detail = json!({"contactId": contact, "eventType": kind});
        detail.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let time = format!("2026-11-02T{time}Z");
        let event = json!({"id": format!("{contact}{kind}"), "time": time, "detail": detail}).to_string();
        let said = Observation::of_contact_event(&ContactEvent::parse(&event).unwrap(), &event, now().now);
        let said = said.unwrap();
        assert_eq!(self.flows.store.write(fold([said]).into_values(), now()).await.failed, []);
    }

    /// Lets a customer's call begin: it is known whose it is once its flow has asked anything.
    async fn call(&self, contact: &str, channel: &str, time: &str) {
        let more = json!({"channel": channel, "initiationMethod": "INBOUND"});
        self.event(contact, "INITIATED", time, &more).await;
        let asked = call(contact, &json!({"Action": "Lookup"}));
        let context = CallContext { now: format!("2026-11-02T{time}Z").parse().unwrap(), ..now() };
        assert_eq!(self.flows.handle(&asked, context).await.answer["Result"], "Ok");
    }

    async fn end(&self, contact: &str, time: &str) {
        let more = json!({"disconnectTimestamp": format!("2026-11-02T{time}Z")});
        self.event(contact, "DISCONNECTED", time, &more).await;
    }

    async fn answer(&self, call: &str) -> FlowResponse {
        self.flows.handle(call, now()).await.answer
    }

    async fn ask(&self, contact: &str) -> FlowResponse {
        self.answer(&call(contact, &json!({"Action": "Lookup"}))).await
    }

    async fn status(&self, contact: &str) -> Status {
        self.flows.store.status(contact, now()).await.unwrap().expect("a contact")
    }
}

fn now() -> CallContext {
    CallContext::new("2026-11-02T06:00:00Z".parse().unwrap(), Instant::now() + Duration::from_mins(1))
}

/// What a flow of this contact sends.
fn call(contact: &str, parameters: &Value) -> String {
    json!({"Name": "ContactFlowEvent", "Details": {"Parameters": parameters, "ContactData": {
        "ContactId": contact, "InitialContactId": contact, "Channel": "VOICE", "InitiationMethod": "INBOUND",
        "CustomerEndpoint": {"Address": NUMBER, "Type": "TELEPHONE_NUMBER"}, "Attributes": {},
    }}})
    .to_string()
}

fn sample(name: &str) -> String {
    let path = format!("{}/../../events/contact-flow/{name}.json", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[track_caller]
fn assert_says(answer: &FlowResponse, expected: &[(&str, &str)]) {
    for (name, value) in expected {
        assert_eq!(answer.get(*name).map(String::as_str), Some(*value), "{name} in {answer:?}");
    }
}

#[track_caller]
fn assert_fails(answer: &FlowResponse, reason: &str) {
    let expected =
        [("Result", "Error"), ("Reason", reason)].map(|(name, value)| (name.into(), value.to_owned()));
    assert_eq!(*answer, FlowResponse::from(expected));
}
