//! Records into a stream.

use std::{
    io::{self, Write},
    time::Duration,
};

use switchboard_runtime::streams::{Stream, StreamRecord, Streams};
use tokio::time::Instant;

use super::Record;
use crate::{aws, outcome::CommandOutcome};

/// How long one batch may take, repetitions included.
const TIME_FOR_A_BATCH: Duration = Duration::from_secs(30);

/// A stream and how much went into it.
pub(super) struct Target {
    streams: Streams,
    stream: Stream,
    put: usize,
    not_put: usize,
}

impl Target {
    /// The delivery stream of that name, with the environment's credentials. Connects when first used.
    pub(super) async fn delivery(name: &str) -> anyhow::Result<Self> {
        Self::open(Stream::Delivery(name.to_owned())).await
    }

    /// The data stream of that name or ARN, with the environment's credentials. Connects when first used.
    pub(super) async fn data(name: &str) -> anyhow::Result<Self> {
        Self::open(Stream::Data(name.to_owned())).await
    }

    async fn open(stream: Stream) -> anyhow::Result<Self> {
        Ok(Self { streams: Streams::new(&aws::config().await?), stream, put: 0, not_put: 0 })
    }

    /// Puts records; counts those that could not be put. In a delivery stream each is a line, as Connect's
    /// records come through one; in a data stream it has none.
    pub(super) async fn put(&mut self, records: &[Record]) {
        let line_end = if matches!(self.stream, Stream::Delivery(_)) { "\n" } else { "" };
        let entry = |record: &Record| StreamRecord {
            data: format!("{}{line_end}", record.json).into_bytes(),
            partition_key: record.key.clone(),
        };
        let entries: Vec<_> = records.iter().map(entry).collect();
        let deadline = Instant::now() + TIME_FOR_A_BATCH;
        let not_put = self.streams.put_all(&self.stream, &entries, deadline).await.len();
        self.not_put += not_put;
        self.put += entries.len() - not_put;
    }

    /// Tells how many were put.
    pub(super) fn finish(self) -> anyhow::Result<CommandOutcome> {
        writeln!(io::stdout(), "{} records put, {} not put", self.put, self.not_put)?;
        Ok(CommandOutcome::of(self.not_put as u64))
    }
}
