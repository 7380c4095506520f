//! What an event is, by its shape.

use switchboard_core::{
    json,
    kind::RecordKind,
    log_batch::{LogBatch, NotALogBatch},
};
use switchboard_runtime::{
    batch::{KinesisEvent, SqsEvent},
    handler::UnsupportedEvent,
};

/// The error of an event that is nothing the function is for, or lines of a log that can't be unpacked.
pub const UNSUPPORTED: UnsupportedEvent = UnsupportedEvent {
    expected: "a batch of SQS messages or Kinesis records, a contact event, or lines of flow logs that can be unpacked",
};

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

/// The reason why an event can't be read. It holds nothing of the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableEvent {
    /// The event is nothing that the function is for.
    #[error(transparent)]
    Unsupported(#[from] UnsupportedEvent),
    /// The event holds lines of a log that can't be unpacked.
    #[error(transparent)]
    Lines(#[from] NotALogBatch),
}

impl From<UnreadableEvent> for UnsupportedEvent {
    fn from(_: UnreadableEvent) -> Self {
        UNSUPPORTED
    }
}

impl<'a> Event<'a> {
    /// Tells what an event is. Unpacks lines of logs.
    ///
    /// # Errors
    /// [`UnreadableEvent`].
    pub fn read(event: &'a str) -> Result<Self, UnreadableEvent> {
        let mut has_records = false;
        json::members(event.trim(), |member| has_records |= member.name == "Records")
            .map_err(|_| UNSUPPORTED)?;
        if has_records && let Ok(batch) = serde_json::from_str(event) {
            return Ok(Self::Records(batch));
        }
        if has_records && let Ok(batch) = serde_json::from_str(event) {
            return Ok(Self::Messages(batch));
        }
        match RecordKind::of(event.trim()) {
            Ok(RecordKind::LogBatch) => Ok(Self::Lines(LogBatch::unpack(event, MAX_UNPACKED_BYTES)?)),
            Ok(
                RecordKind::ContactEvent
                | RecordKind::AgentEvent
                | RecordKind::ContactRecord
                | RecordKind::FlowLog,
            ) => Ok(Self::Document(event.trim())),
            Ok(_) | Err(_) => Err(UNSUPPORTED.into()),
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
            Err(UnreadableEvent::Unsupported(_)) => "unsupported",
            Err(UnreadableEvent::Lines(_)) => "unreadable lines",
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
            (r#"{"Records":[{"eventSource":"aws:s3","s3":{}}]}"#, "unsupported"),
            (r#"{"Records":null}"#, "unsupported"),
            (r#"{"detail-type":"EC2 Instance State-change","detail":{}}"#, "unsupported"),
            (r#"{"ContactId":"c","EventType":"STARTED","InstanceId":"i"}"#, "unsupported"),
            ("[]", "unsupported"),
            ("null", "unsupported"),
        ] {
            assert_eq!(shape(event), expected, "{event}");
        }
    }
}
