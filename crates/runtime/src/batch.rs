//! Batches of queue messages, acknowledged message by message, and of a stream's records, acknowledged by the place
//! to go on from.
//!
//! With `ReportBatchItemFailures`, the response to a queue lists the messages that are to come again; an error
//! instead of a response would bring them all again.
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>
//!
//! A stream goes on from the lowest sequence number that the response names: that record and all behind it come
//! again. <https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html>

use serde::{Deserialize, Serialize};
use switchboard_core::arn;

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
    /// Its id, by which the response names it.
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

/// A batch of a Kinesis data stream's records, all of one shard.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct KinesisEvent {
    /// The records in the shard's order.
    #[serde(rename = "Records")]
    pub records: Vec<KinesisEventRecord>,
}

/// One record of a shard, as Lambda wraps it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct KinesisEventRecord {
    /// The shard and the sequence number, with a colon between them.
    #[serde(default, rename = "eventID")]
    pub event_id: String,
    /// The ARN of the stream.
    #[serde(default, rename = "eventSourceARN")]
    pub event_source_arn: String,
    /// The record itself.
    pub kinesis: KinesisRecord,
}

/// One record of a shard.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KinesisRecord {
    /// Its place in the shard, by which the response names it: a whole number of up to 128 digits.
    pub sequence_number: String,
    /// Its bytes in base64.
    #[serde(default)]
    pub data: String,
}

impl KinesisEvent {
    /// The shard that the records are of, with its stream: `REGION/ACCOUNT/STREAM/SHARD-ID`. A shard id is unique only within a
    /// stream. What the records don't say is empty.
    ///
    /// ```
    /// use switchboard_runtime::batch::KinesisEvent;
    /// let event = r#"{"Records":[{"eventID":"shardId-000000000006:4959","kinesis":{"sequenceNumber":"4959"},
    ///     "eventSourceARN":"arn:aws:kinesis:eu-central-1:111122223333:stream/agents"}]}"#;
    /// let event = serde_json::from_str::<KinesisEvent>(event)?;
    /// assert_eq!(event.shard(), "eu-central-1/111122223333/agents/shardId-000000000006");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn shard(&self) -> String {
        let (shard, stream) = self.records.first().map_or(("", ""), |record| {
            let shard = record.event_id.split_once(':').map_or("", |(shard, _)| shard);
            (shard, record.event_source_arn.as_str())
        });
        let (region, account) = (arn::region(stream), arn::account(stream));
        let (region, account) = (region.unwrap_or_default(), account.unwrap_or_default());
        format!("{region}/{account}/{}/{shard}", arn::last_segment(stream))
    }
}

impl std::fmt::Debug for KinesisRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KinesisRecord({}, {} bytes of base64)", self.sequence_number, self.data.len())
    }
}

/// The response to a batch.
///
/// ```
/// use switchboard_runtime::batch::{BatchResponse, SqsEvent};
/// let event = r#"{"Records":[{"messageId":"m1","body":"good"},{"messageId":"m2","body":"bad"}]}"#;
/// let event: SqsEvent = serde_json::from_str(event)?;
/// let failed = event.records.into_iter().filter(|message| message.body == "bad");
/// let response = BatchResponse::failed(failed.map(|message| message.message_id));
/// assert_eq!(serde_json::to_string(&response)?, r#"{"batchItemFailures":[{"itemIdentifier":"m2"}]}"#);
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

    /// Brings a stream's records again from the lowest of these sequence numbers on. With none, the whole batch
    /// is done.
    ///
    /// ```
    /// use switchboard_runtime::batch::BatchResponse;
    /// let response = BatchResponse::retry_from_lowest(["100".to_owned(), "99".to_owned()]);
    /// assert_eq!(serde_json::to_string(&response)?, r#"{"batchItemFailures":[{"itemIdentifier":"99"}]}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn retry_from_lowest(sequence_numbers: impl IntoIterator<Item = String>) -> Self {
        // Numbers of too many digits for an integer: the one with fewer digits is the lower.
        let digits = |number: &String| {
            let digits = number.trim_start_matches('0').to_owned();
            (digits.len(), digits)
        };
        Self::failed(sequence_numbers.into_iter().min_by_key(digits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_list_says_that_all_are_done() {
        let response = serde_json::to_string(&BatchResponse::default()).unwrap();
        assert_eq!(response, r#"{"batchItemFailures":[]}"#);
    }

    #[test]
    fn what_is_no_batch_of_messages_is_refused() {
        // A response of "all done" to it would lose it.
        for event in ["{}", r#"{"Records":null}"#, r#"{"Records":[{"body":"x"}]}"#] {
            assert!(serde_json::from_str::<SqsEvent>(event).is_err(), "{event}");
        }
    }

    #[test]
    fn a_stream_goes_on_from_the_lowest_number() {
        let lowest = |numbers: &[&str]| {
            let response =
                BatchResponse::retry_from_lowest(numbers.iter().map(|number| (*number).to_owned()));
            let failures = response.batch_item_failures.into_iter();
            failures.map(|failure| failure.item_identifier).collect::<Vec<_>>()
        };
        let long = "49590338271490256608559692538361571095921575989136580002";
        let longer = "149590338271490256608559692538361571095921575989136580001";
        assert_eq!(lowest(&[longer, long]), [long]);
        assert_eq!(lowest(&["00012", "9"]), ["9"]);
        assert!(lowest(&[]).is_empty());
    }

    #[test]
    fn a_record_without_a_place_is_refused() {
        for event in ["{}", r#"{"Records":[{"kinesis":{"data":""}}]}"#, r#"{"Records":[{"messageId":"m"}]}"#]
        {
            assert!(serde_json::from_str::<KinesisEvent>(event).is_err(), "{event}");
        }
    }

    #[test]
    fn debug_shows_no_message() {
        let message = SqsMessage { message_id: "m".into(), body: "+61491570006".into() };
        assert_eq!(format!("{message:?}"), "SqsMessage(m, 12 bytes)");
        let record = KinesisRecord { sequence_number: "7".into(), data: "KzYxNDkx".into() };
        assert_eq!(format!("{record:?}"), "KinesisRecord(7, 8 bytes of base64)");
    }
}
