//! The function, called; and whether it took what it was given.

use std::time::Duration;

use anyhow::Result;
use aws_sdk_lambda::{
    Client,
    config::{Builder, timeout::TimeoutConfig},
    primitives::Blob,
};
use serde::Deserialize;
use serde_json::Value;

use crate::redrive::redacted_error;

/// No function runs longer than 15 minutes.
const LONGEST: Duration = Duration::from_mins(16);

/// Nothing if the function took it, or why not, without a word of what it was.
pub(super) type CallResult = std::result::Result<(), String>;

/// A function.
#[derive(Debug)]
pub(super) struct Function {
    client: Client,
    pub(super) name: String,
}

impl Function {
    /// The function of this name, or ARN, with these settings for the rest.
    pub(super) fn new(config: Builder, name: String) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(2))
            .operation_attempt_timeout(LONGEST);
        Self { client: Client::from_conf(config.timeout_config(timeouts.build()).build()), name }
    }

    /// Whether this is its name.
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.split(':').any(|part| part == name)
    }

    /// Calls it with an event, and waits for its response.
    ///
    /// # Errors
    /// When it can't be called at all.
    pub(super) async fn call(&self, event: String) -> Result<CallResult> {
        let request = self.client.invoke().function_name(&self.name).payload(Blob::new(event));
        let response = request.send().await.map_err(|error| redacted_error(&error))?;
        let payload = response.payload.map(Blob::into_inner).unwrap_or_default();
        Ok(judge(response.function_error.is_some(), &payload))
    }
}

/// What a response means.
fn judge(failed: bool, payload: &[u8]) -> CallResult {
    #[derive(Default, Deserialize)]
    struct Members {
        #[serde(rename = "errorType")]
        error: Option<Value>,
        /// Of a batch, what of it is to come again.
        #[serde(rename = "batchItemFailures")]
        again: Option<Vec<Value>>,
    }
    // Whatever is no object says nothing against it.
    let members: Members = serde_json::from_slice(payload).unwrap_or_default();
    if failed {
        let kind = members.error.as_ref().and_then(Value::as_str).filter(|kind| is_plain(kind));
        return Err(format!("the function failed with {}", kind.unwrap_or("an error")));
    }
    match members.again.unwrap_or_default().len() {
        0 => Ok(()),
        _ => Err("the function could not take all of it".to_owned()),
    }
}

/// Whether it is the name of an error, and can't be a part of an event.
fn is_plain(kind: &str) -> bool {
    kind.len() <= 100
        && kind.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '.' | ':' | '_' | '<' | '>' | '&'))
}

#[cfg(test)]
mod tests {
    use aws_sdk_lambda::config::BehaviorVersion;

    use super::*;

    #[test]
    fn a_response_shows_whether_all_was_accepted() {
        for payload in ["null", "", "{}", r#"{"batchItemFailures":[]}"#, r#"{"result":"complete"}"#, "[]"] {
            assert_eq!(judge(false, payload.as_bytes()), Ok(()), "{payload}");
        }
        let some = br#"{"batchItemFailures":[{"itemIdentifier":"495"}]}"#;
        assert_eq!(judge(false, some), Err("the function could not take all of it".to_owned()));
    }

    #[test]
    fn a_failure_is_reported_by_its_kind_alone() {
        let failed = |payload: &str| judge(true, payload.as_bytes()).unwrap_err();
        let payload = r#"{"errorType":"Sandbox.Timedout","errorMessage":"+61491570156"}"#;
        assert_eq!(failed(payload), "the function failed with Sandbox.Timedout");
        for payload in [r#"{"errorType":"+61491570156"}"#, r#"{"errorType":5}"#, "not JSON", ""] {
            assert_eq!(failed(payload), "the function failed with an error", "{payload}");
        }
    }

    #[test]
    fn a_function_goes_by_its_name_or_its_arn() {
        let config = Builder::new().behavior_version(BehaviorVersion::latest());
        let is = |known: &str, name: &str| Function::new(config.clone(), known.to_owned()).is(name);
        assert!(is("rta-feed", "rta-feed"));
        assert!(is("arn:aws:lambda:eu-west-1:111122223333:function:rta-feed", "rta-feed"));
        assert!(!is("rta-feed", "rta"));
        assert!(!is("switchboard-dev-rta-feed", "rta-feed"));
    }
}
