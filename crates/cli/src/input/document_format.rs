//! The format of a JSON document: its [`RecordKind`], and which system reads it.

use switchboard_core::kind::RecordKind;
use switchboard_runtime::batch::SqsEvent;

/// The format of a JSON document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DocumentFormat {
    /// What Firehose sends to a transformation: `records`, each with `recordId` and `data`.
    FirehoseEvent,
    /// A contact trace record.
    ContactRecord,
    /// What S3 sends about its objects: `Records` with `s3`, or its test event.
    S3Notification,
    /// What SQS sends to a function: `Records` with `messageId` and `body`.
    SqsEvent,
    /// The same with a contact event in one of the messages at least.
    ContactMessages,
    /// What Kinesis sends to a function: `Records` with `kinesis`.
    KinesisEvent,
    /// What CloudWatch Logs sends to a function: lines of a flow's log, packed.
    LogBatch,
    /// A contact event, in EventBridge's envelope or bare.
    ContactEvent,
    /// An agent event.
    AgentEvent,
    /// A line of a flow's log.
    FlowLog,
    /// What a contact flow sends to a function: `Details` with `ContactData`.
    FlowCall,
    /// Something else.
    Other(RecordKind),
}

impl DocumentFormat {
    /// The format of one JSON object.
    pub(crate) fn of(document: &str) -> Self {
        let kind = RecordKind::of(document).unwrap_or(RecordKind::Other);
        match kind {
            RecordKind::SqsEvent if has_contact_event(document) => Self::ContactMessages,
            RecordKind::SqsEvent => Self::SqsEvent,
            RecordKind::FirehoseEvent => Self::FirehoseEvent,
            RecordKind::ContactRecord => Self::ContactRecord,
            RecordKind::S3Notification => Self::S3Notification,
            RecordKind::KinesisEvent => Self::KinesisEvent,
            RecordKind::LogBatch => Self::LogBatch,
            RecordKind::ContactEvent => Self::ContactEvent,
            RecordKind::AgentEvent => Self::AgentEvent,
            RecordKind::FlowLog => Self::FlowLog,
            RecordKind::FlowCall => Self::FlowCall,
            RecordKind::ContactAnalysis | RecordKind::OtherEvent | RecordKind::Other => Self::Other(kind),
        }
    }

    /// True if one of the systems reads it.
    pub(crate) fn is_known(self) -> bool {
        !matches!(self, Self::Other(_))
    }
}

/// True if a batch of messages holds a contact event; any of the others may be damaged.
fn has_contact_event(batch: &str) -> bool {
    let messages = serde_json::from_str::<SqsEvent>(batch).map(|batch| batch.records).unwrap_or_default();
    messages.iter().any(|message| RecordKind::of(message.body.trim()) == Ok(RecordKind::ContactEvent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_of_messages_is_of_contact_events_if_any_is_one() {
        let batch = |bodies: &[&str]| {
            let message = |body: &&str| serde_json::json!({"messageId": "m", "body": body});
            let records: Vec<_> = bodies.iter().map(message).collect();
            DocumentFormat::of(&serde_json::json!({ "Records": records }).to_string())
        };
        let event = r#"{"detail-type":"Amazon Connect Contact Event","detail":{}}"#;
        assert_eq!(batch(&["no JSON", event]), DocumentFormat::ContactMessages);
        assert_eq!(
            DocumentFormat::of(r#"{"ContactId":"c","EventType":"STARTED","InstanceId":"i"}"#),
            DocumentFormat::Other(RecordKind::ContactAnalysis)
        );
        assert_eq!(batch(&["no JSON", r#"{"Records":[{"s3":{}}]}"#]), DocumentFormat::SqsEvent);
    }
}
