//! What an event is, by its shape.

use serde::Deserialize;
use switchboard_core::{json, kind::RecordKind};
use switchboard_runtime::{
    batch::{KinesisEvent, SqsEvent},
    handler::UnsupportedEvent,
};

/// The error of an event that is nothing the function is for.
pub const UNSUPPORTED: UnsupportedEvent = UnsupportedEvent {
    expected: r#"a batch of Kinesis records or SQS messages, a contact record, contact event or agent event, or {"task":"migrate|upkeep"}"#,
};

/// A task on the tables themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Makes the tables, or brings them up to date.
    Migrate,
    /// Brings sums and calendar up to date.
    Upkeep,
}

/// The request for a task.
#[derive(Deserialize)]
struct Request {
    task: Task,
}

/// An event of the function.
#[derive(Debug)]
pub enum Event<'a> {
    /// Records of a shard, answered by the place to go on from.
    Records(KinesisEvent),
    /// Messages of a queue, answered one by one.
    Messages(SqsEvent),
    /// One document of a kind that makes rows.
    Document(RecordKind, &'a str),
    /// A task.
    Task(Task),
}

impl<'a> Event<'a> {
    /// Tells what an event is. An empty one is what a CDK trigger sends while it deploys: it asks for the tables.
    ///
    /// # Errors
    /// When it is nothing the function is for.
    pub fn read(event: &'a str) -> Result<Self, UnsupportedEvent> {
        let event = event.trim();
        if event == "null" {
            return Ok(Self::Task(Task::Migrate));
        }
        let (mut has_records, mut is_empty) = (false, true);
        json::members(event, |member| {
            has_records |= member.name == "Records";
            is_empty = false;
        })
        .map_err(|_| UNSUPPORTED)?;
        if is_empty {
            return Ok(Self::Task(Task::Migrate));
        }
        if has_records {
            let records = serde_json::from_str(event).map(Self::Records);
            return records
                .or_else(|_| serde_json::from_str(event).map(Self::Messages))
                .map_err(|_| UNSUPPORTED);
        }
        if let Ok(Request { task }) = serde_json::from_str(event) {
            return Ok(Self::Task(task));
        }
        kind_of_document(event).map(|kind| Self::Document(kind, event)).ok_or(UNSUPPORTED)
    }
}

/// The kind of a document that makes rows; [`None`] if it makes none.
pub(crate) fn kind_of_document(text: &str) -> Option<RecordKind> {
    let makes_rows = |kind: &RecordKind| {
        matches!(kind, RecordKind::ContactRecord | RecordKind::ContactEvent | RecordKind::AgentEvent)
    };
    RecordKind::of(text).ok().filter(makes_rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(event: &str) -> &'static str {
        match Event::read(event) {
            Ok(Event::Records(_)) => "records",
            Ok(Event::Messages(_)) => "messages",
            Ok(Event::Document(..)) => "document",
            Ok(Event::Task(Task::Migrate)) => "migrate",
            Ok(Event::Task(Task::Upkeep)) => "upkeep",
            Err(_) => "unsupported",
        }
    }

    #[test]
    fn events_are_told_by_their_shape() {
        for (event, expected) in [
            (r#"{"Records":[{"messageId":"m","body":"{}"}]}"#, "messages"),
            (r#"{"Records":[{"kinesis":{"sequenceNumber":"1","data":""}}]}"#, "records"),
            (r#"{"Records":[]}"#, "records"),
            (r#" {"ContactId":"c","InitiationMethod":"API"} "#, "document"),
            (r#"{"detail-type":"Amazon Connect Contact Event","detail":{}}"#, "document"),
            (r#"{"AgentARN":"a","EventType":"LOGIN"}"#, "document"),
            ("{}", "migrate"),
            (" { } ", "migrate"),
            ("null", "migrate"),
            (r#"{"task":"migrate"}"#, "migrate"),
            (r#"{"task":"upkeep","due":"2026-11-20T01:02:53Z"}"#, "upkeep"),
            (r#"{"task":"sleep"}"#, "unsupported"),
            (r#"{"Records":[{"eventSource":"aws:s3","s3":{}}]}"#, "unsupported"),
            (r#"{"Records":null}"#, "unsupported"),
            (r#"{"detail-type":"EC2 Instance State-change","detail":{}}"#, "unsupported"),
            ("[]", "unsupported"),
            ("", "unsupported"),
        ] {
            assert_eq!(shape(event), expected, "{event}");
        }
    }
}
