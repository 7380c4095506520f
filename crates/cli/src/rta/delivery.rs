//! Delivery of records to the handler of `rta-feed`, as Lambda does it.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use aws_sdk_kinesis::types::Record;
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use rta_feed::handler::Handler;
use switchboard_runtime::{
    batch::{KinesisEvent, KinesisEventRecord, KinesisRecord},
    handler::{Handled, Reply},
};
use switchboard_store::call::CallContext;
use tokio::time::Instant;

use super::agent_table::AgentTable;

/// How long a batch or a snapshot may take, repeated calls of the service included.
const TIME: Duration = Duration::from_secs(30);

/// The handler, and the table of its agents.
#[derive(Debug)]
pub(super) struct Delivery {
    handler: Handler,
    table: Option<Mutex<AgentTable>>,
}

impl Delivery {
    pub(super) fn new(handler: Handler, table: Option<AgentTable>) -> Self {
        Self { handler, table: table.map(Mutex::new) }
    }

    /// Takes the records of a stream's shard, in order; returns how many from the first on are done. Those behind are to
    /// come again.
    pub(super) async fn take(&self, stream_arn: &str, shard: &str, records: &[Record]) -> usize {
        let event = |record: &Record| KinesisEventRecord {
            event_id: format!("{shard}:{}", record.sequence_number()),
            event_source_arn: stream_arn.to_owned(),
            kinesis: KinesisRecord {
                sequence_number: record.sequence_number().to_owned(),
                data: STANDARD.encode(record.data()),
            },
        };
        let batch = KinesisEvent { records: records.iter().map(event).collect() };
        let Handled { reply, .. } = self.handler.records(batch.clone(), context()).await;
        let done = match reply {
            Reply::Batch(response) => match response.batch_item_failures.first() {
                Some(failure) => {
                    let failed = |record: &Record| record.sequence_number() == failure.item_identifier;
                    records.iter().position(failed).unwrap_or(0)
                }
                None => records.len(),
            },
            Reply::Done(()) => records.len(),
            Reply::Retry => 0,
        };
        self.with_table(|table| table.apply(batch.records.get(..done).unwrap_or_default()));
        done
    }

    /// Pauses snapshots while a shard can't be read: its agents would time out.
    pub(super) fn pause_snapshots(&self, are_paused: bool) {
        self.handler.pause_snapshots(are_paused);
    }

    /// Draws the table as it is by now.
    pub(super) fn draw(&self) {
        self.with_table(|table| table.draw(Timestamp::now()));
    }

    fn with_table(&self, change: impl FnOnce(&mut AgentTable)) {
        if let Some(table) = &self.table {
            change(&mut table.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// Sends a full snapshot. A failure is logged; the next snapshot makes up for it.
    pub(super) async fn snapshot(&self) {
        drop(self.handler.snapshot(context()).await);
    }
}

fn context() -> CallContext {
    CallContext::new(Timestamp::now(), Instant::now() + TIME)
}
