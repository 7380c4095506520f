//! Records into a stream, in order for each key.

use std::{
    collections::HashMap,
    io::{self, Write},
    time::Duration,
};

use switchboard_runtime::streams::{Stream, StreamRecord, Streams};
use switchboard_simulator::Item;
use tokio::time::Instant;

use crate::{aws, outcome::CommandOutcome};

/// How long one batch may take, repetitions included.
pub(super) const TIME_FOR_A_BATCH: Duration = Duration::from_secs(30);

/// A stream and how much went into it.
pub(super) struct Target {
    streams: Streams,
    stream: Stream,
    pub(super) put: usize,
    pub(super) not_put: usize,
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

    /// Puts records, tries again those that are refused, and counts those that could not be put. In a delivery stream each
    /// is a line, as Connect's records come through one; in a data stream it has none, and no record overtakes an earlier
    /// one of its key.
    pub(super) async fn put(&mut self, records: &[Item]) {
        match self.stream {
            Stream::Delivery(_) => self.put_all(records.iter(), "\n").await,
            Stream::Data(_) => {
                for wave in waves(records) {
                    self.put_all(wave.into_iter(), "").await;
                }
            }
        }
    }

    async fn put_all(&mut self, records: impl Iterator<Item = &Item>, line_end: &str) {
        let entry = |record: &Item| StreamRecord {
            data: format!("{}{line_end}", record.text).into_bytes(),
            partition_key: record.key.clone(),
        };
        let entries: Vec<_> = records.map(entry).collect();
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

/// Records in parts that are put one after the other. A part has each key once, so that a record that is refused and put
/// again is not behind a later one.
fn waves(records: &[Item]) -> Vec<Vec<&Item>> {
    let mut waves: Vec<Vec<&Item>> = Vec::new();
    let mut next: HashMap<&str, usize> = HashMap::new();
    for record in records {
        let at = next.entry(&record.key).or_default();
        match waves.get_mut(*at) {
            Some(wave) => wave.push(record),
            None => waves.push(vec![record]),
        }
        *at += 1;
    }
    waves
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_of_a_key_are_put_one_after_the_other() {
        let item = |text: &str| Item {
            key: text.split(' ').next().unwrap().to_owned(),
            at: jiff::Timestamp::UNIX_EPOCH,
            text: text.to_owned(),
        };
        let items = ["a 1", "b 1", "a 2", "c 1", "a 3", "b 2"].map(item);
        let texts: Vec<Vec<_>> = waves(&items)
            .into_iter()
            .map(|wave| wave.into_iter().map(|item| &*item.text).collect())
            .collect();
        assert_eq!(texts, [vec!["a 1", "b 1", "c 1"], vec!["a 2", "b 2"], vec!["a 3"]]);
    }
}
