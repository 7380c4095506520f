//! A key of KMS.

use serde_json::{Value, json};

use super::services::{Services, lacking, observed, text};
use crate::doctor::observation::Observation;

/// The ARN of a key that is named by id, ARN or alias; [`None`] for one that AWS manages, whose policy nobody changes.
pub(super) async fn own(services: &Services, key: &str) -> Observation<Option<String>> {
    let described = services.kms.post("DescribeKey", &json!({ "KeyId": key })).await;
    let found = described.and_then(|answer| {
        let metadata = answer.get("KeyMetadata").unwrap_or(&Value::Null);
        let arn = text(metadata, "Arn").ok_or_else(|| lacking("Arn"))?;
        Ok((text(metadata, "KeyManager").as_deref() != Some("AWS")).then_some(arn))
    });
    observed(services.kms.call("DescribeKey", key), found)
}
