//! What an event is, by its shape.

use switchboard_core::{
    json,
    kind::Kind,
    log_batch::{LogBatch, NotALogBatch},
};
use switchboard_runtime::batch::{KinesisEvent, SqsEvent};

/// What the function is for, as an error says it.
pub const EXPECTED: &str =
    "a batch of SQS messages or Kinesis records, a contact event, or lines of flow logs that can be unpacked";

/// What the lines of one delivery may unpack to, in bytes. Lambda takes 1 MB, which is 750 KB of gzip and
/// seldom a tenth of this when it is unpacked.
const MAX_UNPACKED_BYTES: u64 = 32 * 1024 * 1024;

/// What the function was given.
#[derive(Debug)]
pub enum Event<'a> {
    /// Messages of a queue, answered one by one.
    Messages(SqsEvent),
    /// Records of a shard, answered by the place to go on from.
    Records(KinesisEvent),
    /// Lines of flow logs.
    Lines(LogBatch),
    /// One document of a kind that says something about contacts.
    Document(&'a str),
}

/// Why an event as a whole is not for this function. No variant holds anything of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotForUs {
    /// It is nothing that says something about contacts.
    #[error("the event is nothing that this function is for")]
    Other,
    /// It is of a known kind that says nothing of a contact's way.
    #[error("the event is {0}, which this function is not for")]
    OtherKind(Kind),
    /// It holds lines of a log, and can't be read.
    #[error(transparent)]
    Lines(#[from] NotALogBatch),
}

impl<'a> Event<'a> {
    /// Tells what an event is. Unpacks lines of logs.
    ///
    /// # Errors
    /// When it is not for this function, or can't be read at all.
    pub fn read(event: &'a str) -> Result<Self, NotForUs> {
        let mut has_records = false;
        json::members(event.trim(), |member| has_records |= member.name == "Records")
            .map_err(|_| NotForUs::Other)?;
        if has_records && let Ok(batch) = serde_json::from_str(event) {
            return Ok(Self::Records(batch));
        }
        if has_records && let Ok(batch) = serde_json::from_str(event) {
            return Ok(Self::Messages(batch));
        }
        match Kind::of(event.trim()) {
            Ok(Kind::LogBatch) => Ok(Self::Lines(LogBatch::unpack(event, MAX_UNPACKED_BYTES)?)),
            Ok(Kind::ContactEvent | Kind::AgentEvent | Kind::ContactRecord | Kind::FlowLog) => {
                Ok(Self::Document(event.trim()))
            }
            Ok(Kind::Other) | Err(_) => Err(NotForUs::Other),
            Ok(other) => Err(NotForUs::OtherKind(other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(event: &str) -> &'static str {
        match Event::read(event) {
            Ok(Event::Messages(_)) => "messages",
            Ok(Event::Records(_)) => "records",
            Ok(Event::Lines(_)) => "lines",
            Ok(Event::Document(_)) => "document",
            Err(NotForUs::Other) => "other",
            Err(NotForUs::OtherKind(_)) => "other kind",
            Err(NotForUs::Lines(_)) => "unreadable lines",
        }
    }

    #[test]
    fn events_are_told_by_their_shape() {
        for (event, expected) in [
            (r#"{"Records":[{"messageId":"m","body":"{}"}]}"#, "messages"),
            (r#"{"Records":[{"kinesis":{"sequenceNumber":"1","data":""}}]}"#, "records"),
            (r#"{"Records":[]}"#, "records"),
            (r#" {"detail-type":"Amazon Connect Contact Event","detail":{}} "#, "document"),
            (r#"{"AgentARN":"a","EventType":"LOGIN"}"#, "document"),
            (r#"{"ContactId":"c","InitiationMethod":"API"}"#, "document"),
            (r#"{"awslogs":{"data":"AAAA"}}"#, "unreadable lines"),
            (r#"{"Records":[{"eventSource":"aws:s3","s3":{}}]}"#, "other kind"),
            (r#"{"Records":null}"#, "other"),
            (r#"{"detail-type":"EC2 Instance State-change","detail":{}}"#, "other kind"),
            (r#"{"ContactId":"c","EventType":"STARTED","InstanceId":"i"}"#, "other kind"),
            ("[]", "other"),
            ("null", "other"),
        ] {
            assert_eq!(shape(event), expected, "{event}");
        }
    }
}
