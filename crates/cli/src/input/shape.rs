//! What a JSON document is, told by its members and never by a file's name. Pure.

use switchboard_core::{
    ctr::{Ctr, NotACtr},
    framing::{self, Piece},
    json::{self, Raw},
    kind::Kind,
};
use switchboard_runtime::batch::SqsEvent;

/// What a JSON document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
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
    /// Something else, and why it is no contact record.
    Other(NotACtr),
}

impl Shape {
    /// The shape of one JSON object.
    pub(crate) fn of(document: &str) -> Self {
        let mut marks = Marks::default();
        if json::members(document, |member| marks.note(&member.name, member.value)).is_err() {
            return Self::Other(NotACtr::NotAnObject);
        }
        match marks.shape() {
            Some(Self::SqsEvent) if has_contact_event(document) => return Self::ContactMessages,
            Some(shape) => return shape,
            None => {}
        }
        match Kind::of(document) {
            Ok(Kind::ContactEvent) => Self::ContactEvent,
            Ok(Kind::AgentEvent) => Self::AgentEvent,
            Ok(Kind::FlowLog) => Self::FlowLog,
            Ok(Kind::LogBatch) => Self::LogBatch,
            Ok(Kind::ContactRecord | Kind::Other) | Err(_) => match Ctr::parse(document) {
                Ok(_) => Self::ContactRecord,
                Err(reason) => Self::Other(reason),
            },
        }
    }
}

/// True if a batch of messages is one of contact events, of which any may be damaged.
fn has_contact_event(batch: &str) -> bool {
    let messages = serde_json::from_str::<SqsEvent>(batch).map(|batch| batch.records).unwrap_or_default();
    messages.iter().any(|message| Kind::of(message.body.trim()) == Ok(Kind::ContactEvent))
}

/// The members that give a batch away.
#[derive(Default)]
struct Marks<'a> {
    firehose_records: Option<Raw<'a>>,
    records: Option<Raw<'a>>,
    invocation: bool,
    test_event: bool,
    flow_call: bool,
}

impl<'a> Marks<'a> {
    fn note(&mut self, name: &str, value: Raw<'a>) {
        match name {
            "records" => self.firehose_records = Some(value),
            "Records" => self.records = Some(value),
            "invocationId" | "deliveryStreamArn" => self.invocation = true,
            "Details" => value.members(|member| self.flow_call |= member.name == "ContactData"),
            "Event" => self.test_event = value.text().is_some_and(|event| event == "s3:TestEvent"),
            _ => {}
        }
    }

    fn shape(&self) -> Option<Shape> {
        if let Some(records) = self.firehose_records {
            let is_batch = match first_of(records) {
                Some(first) => has_all(first, ["recordId", "data"]),
                None => self.invocation && records.json().starts_with('['),
            };
            if is_batch {
                return Some(Shape::FirehoseEvent);
            }
        }
        let first = self.records.and_then(first_of);
        match first {
            Some(first) if has_all(first, ["messageId", "body"]) => Some(Shape::SqsEvent),
            Some(first) if has_all(first, ["eventSource", "s3"]) => Some(Shape::S3Notification),
            Some(first) if has_all(first, ["kinesis"]) => Some(Shape::KinesisEvent),
            _ if self.flow_call => Some(Shape::FlowCall),
            _ => self.test_event.then_some(Shape::S3Notification),
        }
    }
}

/// The first object of an array; [`None`] if it holds none or something else comes first.
fn first_of(array: Raw<'_>) -> Option<&str> {
    let elements = array.json().strip_prefix('[')?.trim_start();
    // Found as in a file, so that an array of megabytes is not parsed for its first element.
    let first = elements.starts_with('{').then(|| framing::pieces(elements.as_bytes()).next())?;
    match first? {
        Piece::Document { text, .. } => Some(text),
        Piece::Damage { .. } => None,
    }
}

fn has_all<const N: usize>(object: &str, names: [&str; N]) -> bool {
    let mut seen = [false; N];
    let read = json::members(object, |member| {
        for (name, seen) in names.iter().zip(&mut seen) {
            *seen |= member.name == *name;
        }
    });
    read.is_ok() && seen.iter().all(|seen| *seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_told_by_its_first_element() {
        for (document, shape) in [
            (r#"{"records":[{"recordId":"1","data":"e30="}]}"#, Shape::FirehoseEvent),
            (r#"{"invocationId":"i","records": [ ]}"#, Shape::FirehoseEvent),
            (r#"{"Records":[{"messageId":"m","body":"{}"}]}"#, Shape::SqsEvent),
            (r#"{"Records":[{"eventSource":"aws:s3","s3":{}}]}"#, Shape::S3Notification),
            (r#"{"Service":"Amazon S3","Event":"s3:TestEvent"}"#, Shape::S3Notification),
            (r#"{"Records":[{"eventSource":"aws:kinesis","kinesis":{}}]}"#, Shape::KinesisEvent),
        ] {
            assert_eq!(Shape::of(document), shape, "{document}");
        }
    }

    #[test]
    fn what_only_resembles_a_batch_is_none() {
        for document in [
            r#"{"records":[{"recordId":"1"}]}"#,
            r#"{"records":[]}"#,
            r#"{"records":{"recordId":"1","data":""}}"#,
            r#"{"records":[7,{"recordId":"1","data":""}]}"#,
            r#"{"Records":[{"eventSource":"aws:dynamodb","dynamodb":{}}]}"#,
            r#"{"Details":{"Parameters":{}}}"#,
            r#"{"Event":"s3:ObjectCreated:Put"}"#,
        ] {
            assert_eq!(Shape::of(document), Shape::Other(NotACtr::Other), "{document}");
        }
    }

    #[test]
    fn a_contact_record_may_have_any_members_besides() {
        let document = r#"{"ContactId":"c","InitiationMethod":"API","records":[1],"Records":null}"#;
        assert_eq!(Shape::of(document), Shape::ContactRecord);
        assert_eq!(Shape::of(r#"{"detail-type":"Other","detail":{}}"#), Shape::Other(NotACtr::Event));
        assert_eq!(Shape::of("[]"), Shape::Other(NotACtr::NotAnObject));
    }

    #[test]
    fn what_is_told_of_a_contact_is_told_apart() {
        for (document, shape) in [
            (r#"{"detail-type":"Amazon Connect Contact Event","detail":{}}"#, Shape::ContactEvent),
            (r#"{"contactId":"c","eventType":"QUEUED"}"#, Shape::ContactEvent),
            (r#"{"AgentARN":"a","EventType":"LOGIN"}"#, Shape::AgentEvent),
            (r#"{"ContactId":"c","ContactFlowModuleType":"PlayPrompt"}"#, Shape::FlowLog),
            (r#"{"awslogs":{"data":""}}"#, Shape::LogBatch),
            (r#"{"Details":{"ContactData":{},"Parameters":{}},"Name":"ContactFlowEvent"}"#, Shape::FlowCall),
        ] {
            assert_eq!(Shape::of(document), shape, "{document}");
        }
    }

    #[test]
    fn a_batch_of_messages_is_of_contact_events_if_any_is_one() {
        let batch = |bodies: &[&str]| {
            let message = |body: &&str| serde_json::json!({"messageId": "m", "body": body});
            let records: Vec<_> = bodies.iter().map(message).collect();
            Shape::of(&serde_json::json!({ "Records": records }).to_string())
        };
        let event = r#"{"detail-type":"Amazon Connect Contact Event","detail":{}}"#;
        assert_eq!(batch(&["no JSON", event]), Shape::ContactMessages);
        assert_eq!(batch(&["no JSON", r#"{"Records":[{"s3":{}}]}"#]), Shape::SqsEvent);
    }
}
