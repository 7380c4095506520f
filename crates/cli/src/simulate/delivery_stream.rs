//! Records into a Firehose delivery stream.

use std::{
    io::{self, Write},
    time::Duration,
};

use switchboard_runtime::{
    aws,
    streams::{Entry, Stream, Streams},
};
use switchboard_simulator::SimulatedCtr;
use tokio::time::Instant;

use crate::outcome::Outcome;

/// How long one batch may take, repetitions included.
const TIME_FOR_A_BATCH: Duration = Duration::from_secs(30);

/// A delivery stream and how much went into it.
pub(crate) struct DeliveryStream {
    streams: Streams,
    stream: Stream,
    put: usize,
    not_put: usize,
}

impl DeliveryStream {
    /// The stream of that name, with the environment's credentials. Connects when first used.
    pub(crate) async fn open(name: &str) -> Self {
        let streams = Streams::new(&aws::config().await);
        Self { streams, stream: Stream::Delivery(name.to_owned()), put: 0, not_put: 0 }
    }

    /// Puts records, a line each; counts those that could not be put.
    pub(crate) async fn put(&mut self, records: &[SimulatedCtr]) {
        let entry = |record: &SimulatedCtr| Entry {
            data: format!("{}\n", record.json).into_bytes(),
            partition_key: record.contact_id.clone(),
        };
        let entries: Vec<_> = records.iter().map(entry).collect();
        let deadline = Instant::now() + TIME_FOR_A_BATCH;
        let not_put = self.streams.put_all(&self.stream, &entries, deadline).await.len();
        self.not_put += not_put;
        self.put += entries.len() - not_put;
    }

    /// Tells how many were put.
    pub(crate) fn finish(self) -> anyhow::Result<Outcome> {
        writeln!(io::stdout(), "{} records put, {} not put", self.put, self.not_put)?;
        Ok(Outcome::of(self.not_put as u64))
    }
}
