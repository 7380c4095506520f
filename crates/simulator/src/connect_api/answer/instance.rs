//! `DescribeInstance`, `ListInstances`, `ListInstanceStorageConfigs`.

use serde_json::{Value, json};
use switchboard_core::arn::last_segment;

use super::Answer;
use crate::{
    connect_api::{
        associations::{Account, Associations, SecondInstance},
        error::ApiError,
    },
    fixtures::{INSTANCE_ARN, LOG_GROUP},
};

/// Every kind of data that an instance may have a place for, as the API's model has it (`InstanceStorageResourceType`).
const RESOURCE_TYPES: [&str; 13] = [
    "CHAT_TRANSCRIPTS",
    "CALL_RECORDINGS",
    "SCHEDULED_REPORTS",
    "MEDIA_STREAMS",
    "CONTACT_TRACE_RECORDS",
    "AGENT_EVENTS",
    "REAL_TIME_CONTACT_ANALYSIS_SEGMENTS",
    "ATTACHMENTS",
    "CONTACT_EVALUATIONS",
    "SCREEN_RECORDINGS",
    "REAL_TIME_CONTACT_ANALYSIS_CHAT_SEGMENTS",
    "REAL_TIME_CONTACT_ANALYSIS_VOICE_SEGMENTS",
    "EMAIL_MESSAGES",
];

/// The first instance, or the second.
pub(super) fn description(second: Option<&SecondInstance>) -> Answer {
    Answer::single("Instance", second.map_or_else(first_summary, second_summary))
}

/// All instances of the account and Region.
pub(super) fn list(account: &Account) -> Answer {
    let second = account.second.as_ref().map(second_summary);
    Answer::new("InstanceSummaryList", std::iter::once(first_summary()).chain(second).collect())
}

/// Where the data of one kind goes.
pub(super) fn storage(associations: &Associations, query: &[(String, String)]) -> Result<Answer, ApiError> {
    let kind = query.iter().find(|(name, _)| name == "resourceType").map(|(_, kind)| kind.as_str());
    let kind = kind.filter(|kind| RESOURCE_TYPES.contains(kind));
    let kind = kind.ok_or_else(|| ApiError::parameter("resourceType is none of the API's"))?;
    let stream = match kind {
        "CONTACT_TRACE_RECORDS" => associations.contact_records.as_deref(),
        "AGENT_EVENTS" => associations.agent_events.as_deref(),
        _ => None,
    };
    Ok(Answer::new("StorageConfigs", stream.map(|arn| configuration(kind, arn)).into_iter().collect()))
}

fn configuration(kind: &str, stream: &str) -> Value {
    let id = format!("{:0>64}", kind.to_ascii_lowercase());
    if stream.split(':').nth(2) == Some("firehose") {
        let to = json!({ "FirehoseArn": stream });
        return json!({ "AssociationId": id, "StorageType": "KINESIS_FIREHOSE", "KinesisFirehoseConfig": to });
    }
    let to = json!({ "StreamArn": stream });
    json!({ "AssociationId": id, "StorageType": "KINESIS_STREAM", "KinesisStreamConfig": to })
}

fn first_summary() -> Value {
    summary(INSTANCE_ARN, last_segment(LOG_GROUP))
}

fn second_summary(second: &SecondInstance) -> Value {
    let arn = INSTANCE_ARN.replace(last_segment(INSTANCE_ARN), &second.id);
    summary(&arn, &second.alias)
}

fn summary(arn: &str, alias: &str) -> Value {
    json!({
        "Id": last_segment(arn),
        "Arn": arn,
        "IdentityManagementType": "CONNECT_MANAGED",
        "InstanceAlias": alias,
        "CreatedTime": 1_767_225_600.0,
        "InstanceStatus": "ACTIVE",
        "InboundCallsEnabled": true,
        "OutboundCallsEnabled": true,
    })
}
