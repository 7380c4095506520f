//! What a message in the dead-letter queue of a function is.
//!
//! - A dead-letter queue has the event as it came; an on-failure destination has it in an envelope, as `requestPayload`
//!   <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>.
//! - Of records of a data stream, the message has only their position
//!   <https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html>.

use serde::{Deserialize, de::IgnoredAny};
use serde_json::value::RawValue;

/// A message, read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DeadLetter {
    /// The name of the function that failed, where the message names it.
    pub(super) function: Option<String>,
    pub(super) payload: Payload,
}

/// What it holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Payload {
    /// An event, byte for byte.
    Event(String),
    /// Where records are.
    Records(RecordRange),
    /// None of the known forms.
    Unknown,
}

/// A run of records in a shard of a data stream.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RecordRange {
    /// The stream's ARN.
    #[serde(rename = "streamArn")]
    pub(super) stream: String,
    #[serde(rename = "shardId")]
    pub(super) shard: String,
    /// The first record's sequence number.
    #[serde(rename = "startSequenceNumber")]
    pub(super) first: String,
    /// The last record's.
    #[serde(rename = "endSequenceNumber")]
    pub(super) last: String,
    /// How many records there were.
    #[serde(rename = "batchSize")]
    pub(super) count: usize,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "requestContext")]
    context: Option<Context>,
    #[serde(rename = "requestPayload", borrow)]
    payload: Option<&'a RawValue>,
    #[serde(rename = "KinesisBatchInfo", borrow)]
    kinesis: Option<&'a RawValue>,
    /// Records of a table's stream, as a pipe puts them aside.
    #[serde(rename = "DDBStreamBatchInfo")]
    table: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Context {
    #[serde(rename = "functionArn")]
    function_arn: String,
}

impl DeadLetter {
    /// Reads a message's body.
    pub(super) fn read(body: &str) -> Self {
        let Ok(envelope) = serde_json::from_str::<Envelope<'_>>(body) else {
            // Not the members of an envelope, but an event may have others of their names.
            let is_json = serde_json::from_str::<IgnoredAny>(body).is_ok();
            let payload = if is_json { Payload::Event(body.to_owned()) } else { Payload::Unknown };
            return Self { function: None, payload };
        };
        let function = envelope.context.and_then(|context| name(&context.function_arn));
        let payload = match envelope {
            Envelope { kinesis: Some(place), .. } => {
                serde_json::from_str(place.get()).map_or(Payload::Unknown, Payload::Records)
            }
            Envelope { table: Some(_), .. } => Payload::Unknown,
            Envelope { payload: Some(event), .. } if function.is_some() => {
                Payload::Event(event.get().to_owned())
            }
            _ => Payload::Event(body.to_owned()),
        };
        Self { function, payload }
    }
}

/// The name in the ARN of a function, which may end with a version or an alias.
fn name(arn: &str) -> Option<String> {
    let mut parts = arn.split(':').skip(5);
    (parts.next()? == "function").then(|| parts.next().map(str::to_owned))?
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ARN: &str = "arn:aws:lambda:eu-west-1:111122223333:function:contact-status:$LATEST";

    fn read(body: &Value) -> DeadLetter {
        DeadLetter::read(&body.to_string())
    }

    #[test]
    fn an_event_comes_out_of_its_envelope_byte_for_byte() {
        let event = r#"{"awslogs": {"data": "H4sI"}, "n": 1.50e2}"#;
        let context = json!({"requestId": "r", "functionArn": ARN, "condition": "RetriesExhausted"});
        let body = format!(r#"{{"version":"1.0","requestContext":{context},"requestPayload":{event}}}"#);
        let expected =
            DeadLetter { function: Some("contact-status".into()), payload: Payload::Event(event.into()) };
        assert_eq!(DeadLetter::read(&body), expected);
        assert_eq!(
            DeadLetter::read(event),
            DeadLetter { function: None, payload: Payload::Event(event.into()) }
        );
    }

    #[test]
    fn an_event_that_resembles_an_envelope_is_an_event() {
        for event in [
            json!({"requestContext": {"http": {"method": "GET"}}, "rawPath": "/"}),
            json!({"requestContext": "text", "requestPayload": {}}),
            json!({"requestPayload": {"rta": "snapshot"}}),
            json!({"rta": "snapshot"}),
        ] {
            assert_eq!(
                read(&event),
                DeadLetter { function: None, payload: Payload::Event(event.to_string()) }
            );
        }
    }

    #[test]
    fn records_are_named_by_their_place() {
        let body = json!({
            "requestContext": {"requestId": "r", "functionArn": ARN, "condition": "RetryAttemptsExhausted"},
            "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
            "version": "1.0",
            "timestamp": "2026-11-14T00:38:06.021Z",
            "KinesisBatchInfo": {
                "shardId": "shardId-000000000001",
                "startSequenceNumber": "495",
                "endSequenceNumber": "496",
                "approximateArrivalOfFirstRecord": "2026-11-14T00:38:04.835Z",
                "batchSize": 2,
                "streamArn": "arn:aws:kinesis:eu-west-1:111122223333:stream/agents",
            },
        });
        let place = RecordRange {
            stream: "arn:aws:kinesis:eu-west-1:111122223333:stream/agents".into(),
            shard: "shardId-000000000001".into(),
            first: "495".into(),
            last: "496".into(),
            count: 2,
        };
        let expected =
            DeadLetter { function: Some("contact-status".into()), payload: Payload::Records(place) };
        assert_eq!(read(&body), expected);
    }

    #[test]
    fn anything_else_is_not_understood() {
        let pipe = json!({
            "context": {"partnerResourceArn": "arn:aws:pipes:eu-west-1:111122223333:pipe/archive"},
            "DDBStreamBatchInfo": {"shardId": "s", "startSequenceNumber": "1"},
        });
        for body in [pipe, json!({"KinesisBatchInfo": {"shardId": "s"}})] {
            assert_eq!(read(&body).payload, Payload::Unknown, "{body}");
        }
        assert_eq!(DeadLetter::read("{\"cut").payload, Payload::Unknown);
        assert_eq!(DeadLetter::read("").payload, Payload::Unknown);
    }
}
