//! Messages from one queue into another: received, sent, and deleted once the other queue has them.

use std::{collections::HashSet, ops::Range};

use anyhow::Context;
use aws_sdk_sqs::{
    Client,
    types::{Message, SendMessageBatchRequestEntry},
};

use crate::redrive::dead_letters::DeadLetters;

/// The most bytes of one request that any queue accepts, attributes included.
const MAX_BYTES: usize = 256 * 1024;

/// How long a received message is hidden from others, in seconds: enough for sending and deleting it.
const HIDDEN_SECONDS: i32 = 60;

/// The two queues, and what was done so far.
#[derive(Debug)]
pub(super) struct Transfer {
    client: Client,
    from: DeadLetters,
    /// Where messages go.
    pub(super) to: String,
    /// The counts so far.
    pub(super) done: Transferred,
}

/// Messages by what became of them.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Transferred {
    /// Acknowledged by the other queue.
    pub(super) moved: u64,
    /// Rejected by it: they stay.
    pub(super) rejected: u64,
    /// Moved, but not deleted.
    pub(super) not_deleted: u64,
}

impl Transfer {
    /// A transfer at its start.
    pub(super) fn new(client: Client, from: String, to: String) -> Self {
        let from = DeadLetters::new(client.clone(), from);
        Self { client, from, to, done: Transferred::default() }
    }

    /// Moves messages until there are no more, or `max` were received.
    ///
    /// # Errors
    /// When a queue can't be used; what was moved by then is in [`done`](Self::done).
    pub(super) async fn run(&mut self, max: u64) -> anyhow::Result<()> {
        let mut left = max;
        while left > 0 {
            let messages = self.from.receive(left, HIDDEN_SECONDS).await?;
            if messages.is_empty() {
                return Ok(());
            }
            left = left.saturating_sub(messages.len() as u64);
            for chunk in chunks(&messages) {
                self.move_all(messages.get(chunk).unwrap_or_default()).await?;
            }
        }
        Ok(())
    }

    /// Sends the messages, and deletes those that were acknowledged.
    async fn move_all(&mut self, messages: &[Message]) -> anyhow::Result<()> {
        let entries = messages.iter().enumerate().map(|(n, message)| {
            SendMessageBatchRequestEntry::builder()
                .id(n.to_string())
                .message_body(message.body().unwrap_or_default())
                .set_message_attributes(message.message_attributes.clone())
                .build()
        });
        let entries = entries.collect::<Result<Vec<_>, _>>()?;
        let request = self.client.send_message_batch().queue_url(&self.to).set_entries(Some(entries));
        let response = request.send().await.map_err(|error| crate::redrive::redacted_error(&error));
        let response = response.with_context(|| format!("{} can't be sent to", self.to))?;
        let accepted: HashSet<&str> = response.successful.iter().map(|one| one.id.as_str()).collect();
        let receipts: Vec<_> = messages
            .iter()
            .enumerate()
            .filter(|(n, _)| accepted.contains(n.to_string().as_str()))
            .filter_map(|(_, message)| message.receipt_handle.clone())
            .collect();
        let moved = receipts.len() as u64;
        self.done.moved += moved;
        self.done.rejected += messages.len() as u64 - moved;
        self.done.not_deleted += self.from.delete(receipts).await;
        Ok(())
    }
}

/// Cuts messages into requests within the limit of bytes. A message over it goes alone.
fn chunks(messages: &[Message]) -> Vec<Range<usize>> {
    let mut chunks = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (at, message) in messages.iter().enumerate() {
        let more = size(message);
        if at > start && bytes + more > MAX_BYTES {
            chunks.push(start..at);
            (start, bytes) = (at, 0);
        }
        bytes += more;
    }
    if start < messages.len() {
        chunks.push(start..messages.len());
    }
    chunks
}

/// What counts towards the limit: the body, and each attribute's name, type and value.
fn size(message: &Message) -> usize {
    let attributes = message.message_attributes.iter().flatten().map(|(name, value)| {
        let text = value.string_value().map_or(0, str::len);
        let bytes = value.binary_value().map_or(0, |bytes| bytes.as_ref().len());
        name.len() + value.data_type().len() + text + bytes
    });
    message.body().map_or(0, str::len) + attributes.sum::<usize>()
}

#[cfg(test)]
mod tests;
