//! What a rejected record looks like in S3, one JSON document each.
//!
//! - `ctr-sftp` writes `{"reason", "start", "end", "data" | "data_base64"}` below `rejected/`.
//! - Firehose writes `{"rawData", "attemptsMade", "errorCode", …}`, below `processing-failed/` with `lambdaArn`
//!   <https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-failure-handling.html>, and below
//!   `AmazonOpenSearchService_failed/` with `esIndexName` (`osIndexName` from OpenSearch Serverless)
//!   <https://docs.aws.amazon.com/firehose/latest/dev/retry.html>. `rawData` is the record in base64.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::Value;

/// A document in an object of rejected records.
#[derive(PartialEq, Eq)]
pub(crate) enum RejectedRecord {
    /// A record that was rejected, as it came.
    Record(Vec<u8>),
    /// A copy of a contact record that the index rejected because it holds a newer one: there is nothing to repair.
    Superseded,
    /// A place where data was damaged, without the data: `ctr-sftp` marks the end of a gzip stream that is cut off.
    DamageMark,
    /// None of the known forms.
    Unknown,
}

/// Every member that is looked at, whatever its type.
#[derive(Deserialize)]
struct Members {
    reason: Option<Value>,
    data: Option<Value>,
    data_base64: Option<Value>,
    #[serde(rename = "rawData")]
    raw_data: Option<Value>,
    #[serde(rename = "errorCode")]
    error_code: Option<Value>,
    #[serde(rename = "esIndexName", alias = "osIndexName")]
    index: Option<Value>,
}

impl RejectedRecord {
    /// Reads one document.
    pub(crate) fn read(document: &str) -> Self {
        let Ok(members) = serde_json::from_str::<Members>(document) else { return Self::Unknown };
        if members.index.is_some() && members.error_code.is_some_and(|code| is_conflict(&code)) {
            return Self::Superseded;
        }
        let record = match members {
            Members { raw_data: Some(Value::String(data)), .. }
            | Members { reason: Some(_), data_base64: Some(Value::String(data)), .. } => {
                STANDARD.decode(data).ok()
            }
            Members { reason: Some(_), data: Some(Value::String(data)), .. } => Some(data.into_bytes()),
            _ => None,
        };
        match record {
            Some(data) if data.is_empty() => Self::DamageMark,
            Some(data) => Self::Record(data),
            None => Self::Unknown,
        }
    }
}

/// 409, the status of an older version.
fn is_conflict(code: &Value) -> bool {
    code.as_u64() == Some(409) || code.as_str() == Some("409")
}

/// The most characters of a partition key.
const MAX_PARTITION_KEY: usize = 256;

/// Which shard a record belongs to: its contact's or its agent's, as Connect puts it. [`None`] for a record that is
/// neither, which may go anywhere.
pub(crate) fn partition_key(record: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Whose {
        #[serde(rename = "ContactId")]
        contact: Option<Value>,
        #[serde(rename = "AgentARN")]
        agent: Option<Value>,
    }
    let whose: Whose = serde_json::from_slice(record).ok()?;
    let key = whose.contact.as_ref().and_then(Value::as_str).or_else(|| whose.agent.as_ref()?.as_str())?;
    (1..=MAX_PARTITION_KEY).contains(&key.chars().count()).then(|| key.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn record(line: &Value) -> Option<Vec<u8>> {
        match RejectedRecord::read(&line.to_string()) {
            RejectedRecord::Record(bytes) => Some(bytes),
            RejectedRecord::Superseded | RejectedRecord::DamageMark | RejectedRecord::Unknown => None,
        }
    }

    #[test]
    fn every_known_form_gives_the_record_back() {
        let sftp = json!({"reason": "the document is cut off", "start": 7, "end": 11, "data": "{\"é"});
        assert_eq!(record(&sftp).as_deref(), Some("{\"é".as_bytes()));
        let sftp = json!({"reason": "not valid UTF-8", "start": 20, "end": 22, "data_base64": "e/8="});
        assert_eq!(record(&sftp).as_deref(), Some(b"{\xff".as_slice()));
        let lambda = json!({
            "attemptsMade": 4, "arrivalTimestamp": 1_793_602_931_000_u64, "errorCode": "Lambda.FunctionError",
            "errorMessage": "the function failed", "attemptEndingTimestamp": 1_793_602_941_000_u64,
            "rawData": "e30=", "lambdaArn": "arn:aws:lambda:eu-west-1:111122223333:function:ctr-enrich",
        });
        assert_eq!(record(&lambda).as_deref(), Some(b"{}".as_slice()));
        let index =
            json!({"errorCode": "400", "esIndexName": "connect", "esDocumentId": "x", "rawData": "e30="});
        assert_eq!(record(&index).as_deref(), Some(b"{}".as_slice()));
    }

    #[test]
    fn a_copy_that_a_newer_one_beat_is_left_out() {
        for code in [json!("409"), json!(409)] {
            for name in ["esIndexName", "osIndexName"] {
                let line = json!({"errorCode": code, (name): "connect", "rawData": "e30="});
                assert!(RejectedRecord::read(&line.to_string()) == RejectedRecord::Superseded);
            }
            // Of a transformation, it is just another failure.
            assert!(record(&json!({"errorCode": code, "lambdaArn": "a", "rawData": "e30="})).is_some());
        }
    }

    #[test]
    fn anything_else_is_not_understood() {
        for line in [
            json!({}),
            json!({"ContactId": "c", "InitiationMethod": "INBOUND"}),
            json!({"data": "without a reason"}),
            json!({"reason": "x", "data": 5}),
            json!({"rawData": "not base64!"}),
            json!({"rawData": null}),
        ] {
            assert!(RejectedRecord::read(&line.to_string()) == RejectedRecord::Unknown, "{line}");
        }
        assert!(RejectedRecord::read("[]") == RejectedRecord::Unknown);
        assert!(RejectedRecord::read("{") == RejectedRecord::Unknown);
    }

    #[test]
    fn a_record_stays_with_its_contact_or_agent() {
        for (record, key) in [
            (r#"{"ContactId":"c","AgentARN":"a"}"#, Some("c")),
            (r#" {"AgentARN":"a","ContactId":null} "#, Some("a")),
            (r#"{"ContactId":5}"#, None),
            (r#"{"ContactId":""}"#, None),
            (r#"{"ContactId":"c""#, None),
            ("", None),
        ] {
            assert_eq!(partition_key(record.as_bytes()).as_deref(), key, "{record}");
        }
        assert_eq!(partition_key(json!({"ContactId": "x".repeat(257)}).to_string().as_bytes()), None);
    }

    proptest! {
        #[test]
        fn any_bytes_come_back_from_either_writer(bytes in prop::collection::vec(any::<u8>(), 1..100), text in ".+") {
            let encoded = STANDARD.encode(&bytes);
            prop_assert_eq!(record(&json!({"rawData": encoded})), Some(bytes.clone()));
            prop_assert_eq!(record(&json!({"reason": "r", "data_base64": encoded})), Some(bytes));
            prop_assert_eq!(record(&json!({"reason": "r", "data": text})), Some(text.into_bytes()));
        }
    }
}
