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

/// Puts all of it, and says how much that was. Where neither index nor alias is there, an index is made behind the alias.
///
/// # Errors
/// That of the first that could not be put before the deadline. To begin anew does no harm.
pub async fn set_up(domain: &Domain, deadline: Instant) -> Result<usize, Failure> {
    for (path, document) in ASSETS {
        domain.put(path, document, deadline).await?;
        tracing::info!(path, "put into the domain");
    }
    if !domain.has(ALIAS, deadline).await? {
        let alias = json!({"aliases": {ALIAS: {"is_write_index": true}}}).to_string();
        domain.put(FIRST_INDEX, &alias, deadline).await?;
        tracing::info!(index = FIRST_INDEX, "made behind its alias");
    }
    Ok(ASSETS.len())
}

/// Has the documents deleted that are old enough. OpenSearch does it by itself from then on: it may take longer than a
/// function lives. One without a time of its own counts from when its contact last changed.
///
/// # Errors
/// When the domain does not take the request before the deadline. To ask again does no harm.
pub async fn expire(domain: &Domain, days: NonZeroU16, deadline: Instant) -> Result<(), Failure> {
    let old = json!({"lt": format!("now-{days}d/d")});
    let query = json!({"query": {"bool": {"should": [
        {"range": {"@timestamp": old}},
        {"bool": {"must_not": {"exists": {"field": "@timestamp"}}, "filter": {"range": {"LastUpdateTimestamp": old}}}},
    ]}}});
    let path = format!("{ALIAS}/_delete_by_query?conflicts=proceed&wait_for_completion=false");
    domain.post(&path, &query.to_string(), deadline).await?;
    tracing::info!(days, "the domain deletes what is older");
    Ok(())
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
