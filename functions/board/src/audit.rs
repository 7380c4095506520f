//! The audit log in a delivery stream, which puts it into S3.

use std::{pin::Pin, time::Duration};

use switchboard_board::access::{AuditError, AuditSink};
use switchboard_runtime::streams::{Stream, StreamRecord, Streams};
use tokio::time::Instant;

/// The stream has so long to take a record; nothing is shown before.
const TIME_TO_TAKE: Duration = Duration::from_secs(4);

/// The delivery stream of an audit log.
#[derive(Debug)]
pub struct AuditStream {
    streams: Streams,
    stream: Stream,
}

impl AuditStream {
    /// The delivery stream of that name.
    pub fn new(streams: Streams, name: String) -> Self {
        Self { streams, stream: Stream::Delivery(name) }
    }
}

impl AuditSink for AuditStream {
    fn keep(&self, line: String) -> Pin<Box<dyn Future<Output = Result<(), AuditError>> + Send + '_>> {
        Box::pin(async move {
            let record = StreamRecord { data: line.into_bytes(), partition_key: String::new() };
            let left = self.streams.put_all(&self.stream, &[record], Instant::now() + TIME_TO_TAKE).await;
            if left.is_empty() { Ok(()) } else { Err(AuditError("the stream did not take it".into())) }
        })
    }
}
