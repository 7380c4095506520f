//! What is done to the domain, and in which order.

use std::num::NonZeroU16;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::domain::{Domain, Failure};

/// What the function is for, as an error says it.
pub const EXPECTED: &str = r#"{"expire_after_days":400}, or nothing, which sets the domain up"#;

/// Paths and documents. The pipeline first: the template names it.
const ASSETS: [(&str, &str); 2] = [
    ("_ingest/pipeline/contact-records", include_str!("../../../search/ingest-pipeline.json")),
    ("_index_template/contact-records", include_str!("../../../search/index-template.json")),
];
/// What records are written to: an alias, so that another index can take the place of the one behind it.
const ALIAS: &str = "connect";
/// The first index behind it.
const FIRST_INDEX: &str = "connect-000001";

/// What an event asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub enum Request {
    /// To make the domain ready.
    SetUp,
    /// To delete the documents of contacts of more than so many days ago.
    Expire(NonZeroU16),
}

impl TryFrom<Value> for Request {
    type Error = &'static str;

    /// A deployment says nothing of its own.
    fn try_from(event: Value) -> Result<Self, Self::Error> {
        let Some(days) = event.get("expire_after_days") else { return Ok(Self::SetUp) };
        let days = days.as_u64().and_then(|days| u16::try_from(days).ok()).and_then(NonZeroU16::new);
        days.map(Self::Expire).ok_or("days are a number from 1 to 65535")
    }
}

/// Makes one domain ready for contact records, and expires old ones.
#[derive(Debug)]
pub struct Handler {
    domain: Domain,
}

impl Handler {
    /// For this domain.
    pub fn new(domain: Domain) -> Self {
        Self { domain }
    }

    /// Handles a request. A repetition does no harm.
    ///
    /// # Errors
    /// That of the first request which the domain did not accept before the deadline.
    pub async fn handle(&self, request: Request, deadline: Instant) -> Result<Value, Failure> {
        match request {
            Request::SetUp => self.set_up(deadline).await,
            Request::Expire(days) => self.expire(days, deadline).await,
        }
    }

    /// Puts all documents. Where there is neither index nor alias, an index is made behind the alias.
    async fn set_up(&self, deadline: Instant) -> Result<Value, Failure> {
        for (path, document) in ASSETS {
            self.domain.put(path, document, deadline).await?;
            tracing::info!(event = "document_put", path, "document put into the domain");
        }
        if !self.domain.has(ALIAS, deadline).await? {
            let alias = json!({"aliases": {ALIAS: {"is_write_index": true}}}).to_string();
            self.domain.put(FIRST_INDEX, &alias, deadline).await?;
            tracing::info!(event = "index_created", index = FIRST_INDEX, "index created behind its alias");
        }
        Ok(json!({ "put": ASSETS.len() }))
    }

    /// Starts the deletion of the documents that are old enough. OpenSearch completes it in the background: it may take
    /// longer than a function lives. The age of a document without a time of its own counts from the contact's last
    /// update.
    async fn expire(&self, days: NonZeroU16, deadline: Instant) -> Result<Value, Failure> {
        let old = json!({"lt": format!("now-{days}d/d")});
        let query = json!({"query": {"bool": {"should": [
            {"range": {"@timestamp": old}},
            {"bool": {"must_not": {"exists": {"field": "@timestamp"}}, "filter": {"range": {"LastUpdateTimestamp": old}}}},
        ]}}});
        let path = format!("{ALIAS}/_delete_by_query?conflicts=proceed&wait_for_completion=false");
        self.domain.post(&path, &query.to_string(), deadline).await?;
        tracing::info!(event = "expiry_started", days, "deletion of old documents started");
        Ok(json!({ "expire_after_days": days }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(event: &str) -> Option<Request> {
        serde_json::from_str(event).ok()
    }

    #[test]
    fn a_deployment_sets_up_and_a_schedule_expires() {
        for event in ["{}", "null", r#"{"RequestType":"Create"}"#] {
            assert_eq!(read(event), Some(Request::SetUp), "{event}");
        }
        let days = NonZeroU16::new(400).map(Request::Expire);
        assert_eq!(read(r#"{"expire_after_days":400}"#), days);
    }

    #[test]
    fn days_that_are_none_delete_nothing() {
        for days in ["0", "-1", "1.5", "\"400\"", "null", "65536"] {
            assert_eq!(read(&format!(r#"{{"expire_after_days":{days}}}"#)), None, "{days}");
        }
    }
}
