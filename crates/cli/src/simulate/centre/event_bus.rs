//! Contact events onto an EventBridge bus.

use aws_config::SdkConfig;
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};
use switchboard_simulator::Item;

use super::retry::until_taken;
use crate::aws::signed_api::{Service, SignedApi};

const EVENT_BRIDGE: Service =
    Service { name: "events", target: "AWSEvents", endpoint: "AWS_ENDPOINT_URL_EVENTBRIDGE" };
/// The most entries of one request; of this many contact events the bytes are far below the limit.
const MAX_ENTRIES: usize = 10;

/// A bus and how much went onto it.
#[derive(Debug)]
pub(super) struct EventBus {
    service: SignedApi,
    bus: String,
    source: String,
    pub(super) put: usize,
    pub(super) not_put: usize,
}

/// What an event is made of.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Envelope<'a> {
    detail_type: &'a str,
    resources: Vec<&'a str>,
    #[serde(borrow)]
    detail: &'a RawValue,
}

impl EventBus {
    /// The bus of that name or ARN.
    ///
    /// # Errors
    /// When the service can't be called.
    pub(super) fn new(config: &SdkConfig, bus: &str, source: &str) -> anyhow::Result<Self> {
        let service = SignedApi::new(config, EVENT_BRIDGE)?;
        Ok(Self { service, bus: bus.to_owned(), source: source.to_owned(), put: 0, not_put: 0 })
    }

    /// Puts events. One that is cut short can't be put onto a bus.
    pub(super) async fn put(&mut self, events: &[Item]) {
        let entries: Vec<_> = events.iter().filter_map(|event| self.entry(event)).collect();
        self.not_put += events.len() - entries.len();
        for entries in entries.chunks(MAX_ENTRIES) {
            let left = until_taken("events_not_put", entries.to_vec(), async |left| {
                let answer = self.service.call("PutEvents", &json!({"Entries": left})).await?;
                let results = answer.get("Entries").and_then(Value::as_array);
                let is_taken = |at: usize| {
                    results
                        .and_then(|results| results.get(at))
                        .is_some_and(|result| result.get("ErrorCode").is_none_or(Value::is_null))
                };
                Ok((0..left.len()).filter(|at| !is_taken(*at)).collect())
            });
            let left = left.await;
            self.not_put += left;
            self.put += entries.len() - left;
        }
    }

    /// Nobody but AWS may put events of `aws.connect`, so they have a source of their own.
    fn entry(&self, event: &Item) -> Option<Value> {
        let envelope: Envelope<'_> = serde_json::from_str(&event.text).ok()?;
        Some(json!({
            "EventBusName": self.bus,
            "Source": self.source,
            "DetailType": envelope.detail_type,
            "Resources": envelope.resources,
            "Time": event.at.as_second(),
            "Detail": envelope.detail.get(),
        }))
    }
}
