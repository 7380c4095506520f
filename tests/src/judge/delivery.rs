//! How items come to functions: in AWS's own ways, and again when they failed.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::{Engine, engine::general_purpose::STANDARD};

use super::day::Item;
use super::function::{Function, failed_ids};

/// How often an item is tried before it counts as lost: far more than Lambda would, and than a tenth of failures needs.
const TRIES: u32 = 60;
/// Lambda's limit for an event is 6 MB.
const MAX_EVENT_BYTES: usize = 5_500_000;

/// What became of what was sent to a function.
#[derive(Debug, Default)]
pub(super) struct DeliveryCounts {
    /// Items, each once.
    pub(super) sent: AtomicU64,
    /// Items that came again after they had failed, each time.
    pub(super) retried: AtomicU64,
    /// Items that failed each time.
    pub(super) lost: AtomicU64,
}

impl DeliveryCounts {
    pub(super) fn add_sent(&self, number: usize) {
        Self::add(&self.sent, number);
    }

    pub(super) fn add_retried(&self, number: usize) {
        Self::add(&self.retried, number);
    }

    pub(super) fn add_lost(&self, number: usize) {
        Self::add(&self.lost, number);
    }

    fn add(counter: &AtomicU64, number: usize) {
        counter.fetch_add(u64::try_from(number).unwrap_or(u64::MAX), Ordering::SeqCst);
    }
}

/// A shard of a data stream, and how far a function has read it.
#[derive(Debug)]
pub(super) struct Shard {
    stream: &'static str,
    number: usize,
    batch_size: usize,
    next_number: u64,
}

impl Shard {
    /// A shard of which nothing was read yet.
    pub(super) fn new(stream: &'static str, number: usize, batch_size: usize) -> Self {
        Self { stream, number, batch_size, next_number: 1 }
    }

    /// Delivers records in order: what failed again from its lowest on, and all that follows it. A batch without an answer is
    /// cut in two.
    pub(super) fn deliver(&mut self, items: &[&Item], function: &Function, counts: &DeliveryCounts) {
        counts.add_sent(items.len());
        let mut waiting: VecDeque<(u64, &Item)> = VecDeque::with_capacity(items.len());
        for item in items {
            waiting.push_back((self.next_number, item));
            self.next_number += 1;
        }
        let (mut tries, mut at_most) = (0, self.batch_size);
        while !waiting.is_empty() {
            let (event, in_batch) = self.event(&waiting, at_most);
            let done = if let Ok(answer) = function.invoke(event) {
                at_most = self.batch_size;
                let lowest = failed_ids(&answer).iter().filter_map(|id| id.parse::<u64>().ok()).min();
                let is_done = |(number, _): &&(u64, &Item)| lowest.is_none_or(|lowest| *number < lowest);
                waiting.iter().take(in_batch).take_while(is_done).count()
            } else {
                at_most = (in_batch / 2).max(1);
                0
            };
            waiting.drain(..done);
            tries = if done > 0 { 0 } else { tries + 1 };
            if done < in_batch {
                counts.add_retried(in_batch - done);
            }
            if tries > TRIES {
                waiting.pop_front();
                counts.add_lost(1);
                tries = 0;
            }
        }
    }

    /// The event of the first records, and how many they are.
    fn event(&self, waiting: &VecDeque<(u64, &Item)>, at_most: usize) -> (Vec<u8>, usize) {
        let mut event = br#"{"Records":["#.to_vec();
        let mut count = 0;
        for (number, item) in waiting.iter().take(at_most) {
            if count > 0 && event.len() + item.bytes.len() * 4 / 3 + 500 > MAX_EVENT_BYTES {
                break;
            }
            let Self { stream, number: shard, .. } = self;
            let arrived = item.at / 1000;
            let head = format!(
                r#"{}{{"eventSource":"aws:kinesis","eventID":"shardId-{shard:012}:{number:056}","eventSourceARN":"arn:aws:kinesis:us-east-1:000000000000:stream/{stream}","kinesis":{{"approximateArrivalTimestamp":{arrived},"partitionKey":"{}","sequenceNumber":"{number:056}","data":""#,
                if count == 0 { "" } else { "," },
                item.key,
            );
            event.extend_from_slice(head.as_bytes());
            append_base64(&mut event, &item.bytes);
            event.extend_from_slice(br#""}}"#);
            count += 1;
        }
        event.extend_from_slice(b"]}");
        (event, count)
    }
}

/// Delivers messages of a queue: those that failed come again, by themselves and in no order.
pub(super) fn deliver_messages(
    bodies: &[&[u8]],
    batch_size: usize,
    function: &Function,
    counts: &DeliveryCounts,
) {
    counts.add_sent(bodies.len());
    let mut waiting: VecDeque<(usize, u32)> = (0..bodies.len()).map(|place| (place, 0)).collect();
    while !waiting.is_empty() {
        let mut batch = Vec::new();
        let mut event = br#"{"Records":["#.to_vec();
        while let Some((place, tries)) = waiting.pop_front() {
            let body = bodies.get(place).copied().unwrap_or_default();
            if !batch.is_empty() && (batch.len() >= batch_size || event.len() + body.len() > MAX_EVENT_BYTES)
            {
                waiting.push_front((place, tries));
                break;
            }
            let text = serde_json::to_string(&String::from_utf8_lossy(body)).expect("a string");
            let comma = if batch.is_empty() { "" } else { "," };
            let message =
                format!(r#"{comma}{{"messageId":"{place}","eventSource":"aws:sqs","body":{text}}}"#);
            event.extend_from_slice(message.as_bytes());
            batch.push((place, tries));
        }
        event.extend_from_slice(b"]}");
        let failed = function.invoke(event).map(|answer| failed_ids(&answer));
        for (place, tries) in batch {
            let has_failed = failed.as_ref().map_or(true, |failed| failed.contains(&place.to_string()));
            if !has_failed {
                continue;
            }
            let counter = if tries < TRIES { &counts.retried } else { &counts.lost };
            DeliveryCounts::add(counter, 1);
            if tries < TRIES {
                waiting.push_back((place, tries + 1));
            }
        }
    }
}

/// Delivers events of their own, each as a whole until it is done.
pub(super) fn deliver_events(items: &[&Item], function: &Function, counts: &DeliveryCounts) {
    counts.add_sent(items.len());
    for item in items {
        let mut tries = 0;
        while function.invoke(item.bytes.clone()).is_err() {
            tries += 1;
            let counter = if tries < TRIES { &counts.retried } else { &counts.lost };
            DeliveryCounts::add(counter, 1);
            if tries >= TRIES {
                break;
            }
        }
    }
}

/// Puts these bytes in base64 at the end.
pub(super) fn append_base64(to: &mut Vec<u8>, bytes: &[u8]) {
    let begin = to.len();
    to.resize(begin + bytes.len().div_ceil(3) * 4, b'=');
    let place = to.get_mut(begin..).unwrap_or_default();
    STANDARD.encode_slice(bytes, place).expect("room for all of it");
}
