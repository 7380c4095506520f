//! Batches of queue messages, answered message by message.
//!
//! With `ReportBatchItemFailures`, the answer lists the messages that are to come again; an error
//! instead of an answer would bring them all again.
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>

use serde::{Deserialize, Serialize};

/// A batch of SQS messages.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SqsEvent {
    /// The messages; of a standard queue in no order.
    #[serde(rename = "Records")]
    pub records: Vec<SqsMessage>,
}

/// One message.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SqsMessage {
    /// Its id, by which the answer names it.
    pub message_id: String,
    /// What was sent.
    #[serde(default)]
    pub body: String,
}

impl std::fmt::Debug for SqsMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SqsMessage({}, {} bytes)", self.message_id, self.body.len())
    }
}

/// The answer to a batch.
///
/// ```
/// use switchboard_runtime::batch::{BatchResponse, SqsEvent};
/// let event = r#"{"Records":[{"messageId":"m1","body":"good"},{"messageId":"m2","body":"bad"}]}"#;
/// let event: SqsEvent = serde_json::from_str(event)?;
/// let failed = event.records.into_iter().filter(|message| message.body == "bad");
/// let answer = BatchResponse::failed(failed.map(|message| message.message_id));
/// assert_eq!(serde_json::to_string(&answer)?, r#"{"batchItemFailures":[{"itemIdentifier":"m2"}]}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchResponse {
    /// What is to come again. With none, the whole batch is done.
    pub batch_item_failures: Vec<BatchItemFailure>,
}

/// A message that is to come again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchItemFailure {
    /// Its id. An empty one would bring the whole batch again.
    pub item_identifier: String,
}

impl BatchResponse {
    /// Brings these messages again.
    pub fn failed(message_ids: impl IntoIterator<Item = String>) -> Self {
        let failures = message_ids.into_iter().map(|item_identifier| BatchItemFailure { item_identifier });
        Self { batch_item_failures: failures.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_list_says_that_all_are_done() {
        let answer = serde_json::to_string(&BatchResponse::default()).unwrap();
        assert_eq!(answer, r#"{"batchItemFailures":[]}"#);
    }

    #[test]
    fn what_is_no_batch_of_messages_is_refused() {
        // An answer of "all done" to it would lose it.
        for event in ["{}", r#"{"Records":null}"#, r#"{"Records":[{"body":"x"}]}"#] {
            assert!(serde_json::from_str::<SqsEvent>(event).is_err(), "{event}");
        }
    }

    #[test]
    fn debug_shows_no_message() {
        let message = SqsMessage { message_id: "m".into(), body: "+61491570006".into() };
        assert_eq!(format!("{message:?}"), "SqsMessage(m, 12 bytes)");
    }
}
