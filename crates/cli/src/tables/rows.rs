//! Documents on their way into the record tables, saved in batches.

use std::collections::VecDeque;

use anyhow::Context;
use jiff::Timestamp;
use switchboard_core::kind::RecordKind;
use switchboard_records::{
    AgentEventRows, BATCH_MAX_BYTES, DocumentRows, EventRow, NotAgentTime, NotRows, RecordTables, SaveReport,
    contact::{AttributeSelection, ContactRow, NotARow},
};
use switchboard_sql::SqlError;
use tokio::{task::JoinHandle, time::Instant};

use super::SUMS;
use crate::database::deadline;

/// How many bytes of documents fill a batch. The keys of contacts come in no order, so that each contact of a small batch changes a
/// page of its own; the rows of one batch are in memory while the next is gathered. PostgreSQL gets a batch in statements of at most
/// [`BATCH_MAX_BYTES`] each.
const BATCH_BYTES: usize = 2 * BATCH_MAX_BYTES;

/// How many batches are being saved while the next is read: one is written, and the statements of the other are made.
const BATCHES_AT_ONCE: usize = 2;

/// What became of a document.
pub(crate) enum DocumentUse {
    /// Its rows are saved, or will be with the next batch.
    Taken,
    /// It is nothing that the tables hold.
    PassedOver,
    /// It can't be a row, for this reason.
    Rejected(String),
}

/// How much came into the tables.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct RowCounts {
    /// Contact records that were read.
    pub(crate) contact_records: u64,
    /// Contact events that were read.
    pub(crate) contact_events: u64,
    /// Agent events that were read.
    pub(crate) agent_events: u64,
    /// Rows of contacts.
    pub(crate) contacts: SaveReport,
    /// Rows of agents' time.
    pub(crate) agent_time: SaveReport,
}

/// What a save wrote of each.
struct Saved {
    contacts: SaveReport,
    agent_time: SaveReport,
}

/// Contact records, contact events and agent events, gathered until they fill a batch. It is saved while the next is gathered.
pub(crate) struct TableRows {
    pub(crate) tables: RecordTables,
    attributes: AttributeSelection,
    /// Whether agent events are taken.
    pub(crate) with_agent_time: bool,
    /// When the first was taken.
    now: Timestamp,
    contacts: Vec<ContactRow>,
    contact_events: Vec<EventRow>,
    agent_events: Vec<AgentEventRows>,
    bytes: usize,
    saving: VecDeque<JoinHandle<Result<Saved, SqlError>>>,
    pub(crate) counts: RowCounts,
}

impl RowCounts {
    /// How many documents were read.
    pub(crate) fn documents(&self) -> u64 {
        self.contact_records + self.contact_events + self.agent_events
    }
}

impl TableRows {
    /// None so far. Of contacts' attributes those that are selected are kept.
    pub(crate) fn new(tables: RecordTables, attributes: AttributeSelection, with_agent_time: bool) -> Self {
        Self {
            tables,
            attributes,
            with_agent_time,
            now: Timestamp::now(),
            contacts: Vec::new(),
            contact_events: Vec::new(),
            agent_events: Vec::new(),
            bytes: 0,
            saving: VecDeque::new(),
            counts: RowCounts::default(),
        }
    }

    /// Takes a document, and saves what was gathered if it fills a batch.
    ///
    /// # Errors
    /// When rows can't be written.
    pub(crate) async fn take(&mut self, text: &str) -> anyhow::Result<DocumentUse> {
        let Ok(kind) = RecordKind::of(text) else { return Ok(DocumentUse::PassedOver) };
        if kind == RecordKind::AgentEvent && !self.with_agent_time {
            return Ok(DocumentUse::PassedOver);
        }
        match DocumentRows::read(text, kind, &self.attributes, self.now) {
            Ok(rows) => self.add(rows),
            Err(
                NotRows::OtherKind(_)
                | NotRows::Contact(NotARow::Record(_) | NotARow::Event(_))
                | NotRows::AgentEvent(NotAgentTime::Event(_)),
            ) => return Ok(DocumentUse::PassedOver),
            Err(error) => return Ok(DocumentUse::Rejected(error.to_string())),
        }
        self.bytes += text.len();
        // Rows are shorter than their document.
        if self.bytes > BATCH_BYTES {
            self.save().await?;
        }
        Ok(DocumentUse::Taken)
    }

    fn add(&mut self, rows: DocumentRows) {
        match rows {
            DocumentRows::Contact(row) => {
                self.counts.contact_records += 1;
                self.contacts.push(*row);
            }
            DocumentRows::ContactEvent(row) => {
                self.counts.contact_events += 1;
                self.contact_events.push(row);
            }
            DocumentRows::AgentEvent(rows) => {
                self.counts.agent_events += 1;
                self.agent_events.push(rows);
            }
        }
    }

    /// Begins to save what was gathered, once what was gathered before is saved.
    ///
    /// # Errors
    /// When what was gathered before can't be written.
    async fn save(&mut self) -> anyhow::Result<()> {
        self.settle(BATCHES_AT_ONCE - 1).await?;
        self.bytes = 0;
        let contacts = std::mem::take(&mut self.contacts);
        let contact_events = std::mem::take(&mut self.contact_events);
        let agent_events = std::mem::take(&mut self.agent_events);
        let (tables, now) = (self.tables.clone(), self.now);
        self.saving.push_back(tokio::spawn(async move {
            let mut saved = tables.save_contacts(contacts, now, deadline()).await?;
            add(&mut saved, tables.save_contact_events(contact_events, now, deadline()).await?);
            let agent_time = tables.save_agent_events(agent_events, now, deadline()).await?;
            Ok(Saved { contacts: saved, agent_time })
        }));
        Ok(())
    }

    /// Waits until no more than so many batches are being saved.
    async fn settle(&mut self, batches: usize) -> anyhow::Result<()> {
        while self.saving.len() > batches {
            let Some(saving) = self.saving.pop_front() else { break };
            let saved = saving.await.context("the saving stopped")?.context("rows can't be written")?;
            add(&mut self.counts.contacts, saved.contacts);
            add(&mut self.counts.agent_time, saved.agent_time);
        }
        Ok(())
    }

    /// Saves the rest, presumes contacts over that have lasted too long, and computes the sums.
    ///
    /// # Errors
    /// When rows or sums can't be written.
    pub(crate) async fn finish(&mut self) -> anyhow::Result<()> {
        self.save().await?;
        self.settle(0).await?;
        self.tables.presume_over(self.now, deadline()).await.context("rows can't be written")?;
        let sums = self.tables.recompute(Instant::now() + SUMS).await;
        sums.context("the sums can't be computed; what is loaded stays, and the next load goes on")
    }
}

fn add(sum: &mut SaveReport, saved: SaveReport) {
    sum.written += saved.written;
    sum.unchanged += saved.unchanged;
}
