//! Records into a delivery stream or a data stream, all of them.
//!
//! `PutRecordBatch` and `PutRecords` respond with HTTP 200 even when they took only some of the records; the
//! rest is sent again here until it is taken or the time is up.

use std::{ops::Range, time::Duration};

use aws_sdk_firehose::{primitives::Blob, types::Record};
use aws_sdk_kinesis::types::PutRecordsRequestEntry;
use backon::{BackoffBuilder, ExponentialBuilder};
use switchboard_aws::Failure;
use tokio::time::{Instant, sleep, timeout_at};

/// The most records one request may hold, of both services.
const MAX_RECORDS: usize = 500;
/// The most bytes one request may hold: Firehose's 4 MiB, less room for names around the data.
const MAX_BYTES: usize = 4 * 1024 * 1024 - 64 * 1024;

/// A stream that records are put into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stream {
    /// A Firehose delivery stream that takes records directly, by name.
    Delivery(String),
    /// A Kinesis data stream, by ARN or by name. A delivery stream that reads from one refuses direct
    /// puts, so what goes back goes to its source.
    Data(String),
}

/// One record to put.
#[derive(Clone)]
pub struct StreamRecord {
    /// Its bytes.
    pub data: Vec<u8>,
    /// Which shard of a data stream it belongs to; a delivery stream has none.
    pub partition_key: String,
}

impl std::fmt::Debug for StreamRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StreamRecord({} bytes)", self.data.len())
    }
}

/// Clients of both kinds of stream.
#[derive(Debug, Clone)]
pub struct Streams {
    firehose: aws_sdk_firehose::Client,
    kinesis: aws_sdk_kinesis::Client,
}

impl Streams {
    /// Clients with the SDK's configuration. Connects when first used.
    pub fn new(config: &aws_config::SdkConfig) -> Self {
        Self {
            firehose: aws_sdk_firehose::Client::new(config),
            kinesis: aws_sdk_kinesis::Client::new(config),
        }
    }

    /// Puts all entries into the stream and returns the indexes of those that could not be put by the
    /// deadline, in order.
    pub async fn put_all(&self, stream: &Stream, entries: &[StreamRecord], deadline: Instant) -> Vec<usize> {
        let mut left: Vec<usize> = (0..entries.len()).collect();
        let mut waits = back_off().build();
        loop {
            let mut refused = Vec::new();
            let mut fault = None;
            for chunk in chunks(&left, |index| entries.get(*index).map_or(0, |entry| entry.data.len())) {
                let chunk = left.get(chunk).unwrap_or_default();
                match timeout_at(deadline, self.put(stream, entries, chunk)).await {
                    Ok(Ok(not_taken)) => refused.extend(not_taken),
                    Ok(Err(error)) => {
                        fault = Some(error);
                        refused.extend(chunk);
                    }
                    Err(_) => {
                        fault = Some("no time left".to_owned());
                        refused.extend(chunk);
                    }
                }
            }
            left = refused;
            let wait = waits.next().filter(|wait| Instant::now() + *wait < deadline);
            match wait {
                _ if left.is_empty() => return left,
                Some(wait) => sleep(wait).await,
                None => {
                    let reason = fault.unwrap_or_else(|| "the stream took only some".to_owned());
                    tracing::warn!(
                        event = "records_not_put",
                        records = left.len(),
                        error = reason,
                        "records could not be put into their stream"
                    );
                    return left;
                }
            }
        }
    }

    /// One request; returns which of the chunk were not taken.
    async fn put(
        &self,
        stream: &Stream,
        entries: &[StreamRecord],
        chunk: &[usize],
    ) -> Result<Vec<usize>, String> {
        let chosen = chunk.iter().filter_map(|index| entries.get(*index));
        let taken: Vec<bool> = match stream {
            Stream::Delivery(name) => {
                let records = chosen
                    .map(|entry| Record::builder().data(Blob::new(entry.data.clone())).build())
                    .collect::<Result<_, _>>()
                    .map_err(|error| error.to_string())?;
                let request = self.firehose.put_record_batch().delivery_stream_name(name);
                let response = request
                    .set_records(Some(records))
                    .send()
                    .await
                    .map_err(|error| Failure::from(&error).to_string())?;
                response.request_responses.iter().map(|one| one.error_code.is_none()).collect()
            }
            Stream::Data(stream) => {
                let records = chosen
                    .map(|entry| {
                        PutRecordsRequestEntry::builder()
                            .data(Blob::new(entry.data.clone()))
                            .partition_key(&entry.partition_key)
                            .build()
                    })
                    .collect::<Result<_, _>>()
                    .map_err(|error| error.to_string())?;
                let request = self.kinesis.put_records().set_records(Some(records));
                let request = if stream.starts_with("arn:") {
                    request.stream_arn(stream)
                } else {
                    request.stream_name(stream)
                };
                let response = request.send().await.map_err(|error| Failure::from(&error).to_string())?;
                response.records.iter().map(|one| one.error_code.is_none()).collect()
            }
        };
        // A response shorter than the request leaves the rest untaken.
        let taken = taken.into_iter().chain(std::iter::repeat(false));
        Ok(chunk.iter().zip(taken).filter_map(|(index, taken)| (!taken).then_some(*index)).collect())
    }
}

/// The waits between tries, growing, with jitter, and without end: the deadline ends them.
fn back_off() -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(100))
        .with_max_delay(Duration::from_secs(5))
        .without_max_times()
        .with_jitter()
}

/// Cuts a list into requests within both limits.
fn chunks<T>(items: &[T], bytes_of: impl Fn(&T) -> usize) -> Vec<Range<usize>> {
    let mut chunks = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (at, item) in items.iter().enumerate() {
        let more = bytes_of(item);
        if at > start && (at - start == MAX_RECORDS || bytes + more > MAX_BYTES) {
            chunks.push(start..at);
            (start, bytes) = (at, 0);
        }
        bytes += more;
    }
    if start < items.len() {
        chunks.push(start..items.len());
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_keep_both_limits() {
        assert_eq!(chunks(&[0; 1001], |_| 1), [0..500, 500..1000, 1000..1001]);
        let mega = 1024 * 1024;
        assert_eq!(chunks(&[mega, mega, mega, mega, 1], |bytes| *bytes), [0..3, 3..5]);
        assert_eq!(chunks(&[9 * mega, 1], |bytes| *bytes), [0..1, 1..2]);
        assert!(chunks(&[0; 0], |_| 1).is_empty());
    }

    #[test]
    fn debug_shows_no_data() {
        let entry = StreamRecord { data: b"secret".to_vec(), partition_key: "k".into() };
        assert_eq!(format!("{entry:?}"), "StreamRecord(6 bytes)");
    }
}
