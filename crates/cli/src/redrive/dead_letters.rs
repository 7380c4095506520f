//! A dead-letter queue: messages are received, and deleted once they are where they belong.

use std::collections::HashSet;

use anyhow::Context;
use aws_sdk_sqs::{
    Client,
    types::{
        ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, Message, QueueAttributeName,
    },
};

use super::redacted_error;

/// The most messages of one request.
pub(super) const MAX_MESSAGES: usize = 10;

/// How long to wait for a message before the queue counts as empty, in seconds. Any wait asks all of its servers;
/// without one a message may be missed. Below the SDK's time for one try.
const WAIT_SECONDS: i32 = 3;

/// A deletion is tried so often.
pub(super) const DELETE_TRIES: usize = 3;

/// The queue, by its URL.
#[derive(Debug)]
pub(super) struct DeadLetters {
    client: Client,
    url: String,
}

impl DeadLetters {
    /// The queue of this URL.
    pub(super) fn new(client: Client, url: String) -> Self {
        Self { client, url }
    }

    /// How many messages there are, more or less: SQS does not know it better.
    ///
    /// # Errors
    /// When the queue can't be read.
    pub(super) async fn waiting(&self) -> anyhow::Result<u64> {
        let names = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        ];
        let request = self.client.get_queue_attributes().queue_url(&self.url);
        let response = request
            .set_attribute_names(Some(names.to_vec()))
            .send()
            .await
            .map_err(|error| redacted_error(&error));
        let response = response.with_context(|| format!("{} can't be read", self.url))?;
        let counts = response.attributes.unwrap_or_default();
        Ok(names.iter().filter_map(|name| counts.get(name)?.parse::<u64>().ok()).sum())
    }

    /// Takes at most so many messages in hand, which hides them from others for a while; none if there are none.
    ///
    /// # Errors
    /// When the queue can't be received from.
    pub(super) async fn receive(&self, most: u64, hidden_seconds: i32) -> anyhow::Result<Vec<Message>> {
        let most = most.min(MAX_MESSAGES as u64);
        let request = self.client.receive_message().queue_url(&self.url);
        let request = request
            .max_number_of_messages(i32::try_from(most).unwrap_or(1))
            .wait_time_seconds(WAIT_SECONDS)
            .visibility_timeout(hidden_seconds)
            .message_attribute_names("All");
        let response = request.send().await.map_err(|error| redacted_error(&error));
        let response = response.with_context(|| format!("{} can't be received from", self.url))?;
        Ok(response.messages.unwrap_or_default())
    }

    /// Deletes at most [`MAX_MESSAGES`] messages; returns how many could not be. They are where they belong by now, so
    /// this ends nothing.
    pub(super) async fn delete(&self, mut handles: Vec<String>) -> u64 {
        for _ in 0..DELETE_TRIES {
            if handles.is_empty() {
                break;
            }
            let entries = handles.iter().enumerate().map(|(n, handle)| {
                DeleteMessageBatchRequestEntry::builder().id(n.to_string()).receipt_handle(handle).build()
            });
            let Ok(entries) = entries.collect::<Result<Vec<_>, _>>() else { break };
            let request = self.client.delete_message_batch().queue_url(&self.url).set_entries(Some(entries));
            // The SDK has waited and tried again where that may help.
            let Ok(response) = request.send().await else { break };
            let gone: HashSet<String> = response.successful.into_iter().map(|one| one.id).collect();
            let remaining = handles.into_iter().enumerate().filter(|(n, _)| !gone.contains(&n.to_string()));
            handles = remaining.map(|(_, handle)| handle).collect();
        }
        handles.len() as u64
    }

    /// Makes received messages that stay visible again. Where that fails, they become visible at the end of their
    /// visibility time-out.
    pub(super) async fn make_visible(&self, handles: &[String]) {
        for some in handles.chunks(MAX_MESSAGES) {
            let entries = some.iter().enumerate().map(|(n, handle)| {
                ChangeMessageVisibilityBatchRequestEntry::builder()
                    .id(n.to_string())
                    .receipt_handle(handle)
                    .visibility_timeout(0)
                    .build()
            });
            let Ok(entries) = entries.collect::<Result<Vec<_>, _>>() else { continue };
            let request = self.client.change_message_visibility_batch().queue_url(&self.url);
            if request.set_entries(Some(entries)).send().await.is_err() {
                return;
            }
        }
    }
}
