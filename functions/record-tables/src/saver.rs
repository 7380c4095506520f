//! Rows into the tables. A row that the database refuses for what it says is found, and costs itself alone.

use std::collections::BTreeSet;

use jiff::Timestamp;
use switchboard_records::{AgentEventRows, EventRow, RecordTables, SaveReport, contact::ContactRow};
use switchboard_runtime::metrics::{Metric, Metrics};
use switchboard_sql::SqlError;
use tokio::time::Instant;

use crate::rows::EventRows;

/// What saves rows.
#[derive(Debug, Clone)]
pub struct Saver {
    tables: RecordTables,
}

/// What became of rows, by the items that they came in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SavedRows {
    /// The items of which a row could not be saved for now.
    pub failed: BTreeSet<usize>,
    /// The items of which the database refuses a row for good.
    pub refused: BTreeSet<usize>,
    /// The counts.
    pub metrics: Metrics,
}

impl Saver {
    /// Into these tables.
    pub fn new(tables: RecordTables) -> Self {
        Self { tables }
    }

    /// The tables.
    pub fn tables(&self) -> &RecordTables {
        &self.tables
    }

    /// Saves the rows of an event, and counts its documents.
    pub async fn save(&self, rows: EventRows, now: Timestamp, deadline: Instant) -> SavedRows {
        let mut saved = SavedRows::default();
        let metrics = &mut saved.metrics;
        metrics.merge(&rows.passed_over);
        // An alarm watches it, so it is there when nothing happened, too.
        metrics.add(Metric::RecordsRejected, rows.rejected.len() as u64);
        for (_, rejection) in &rows.rejected {
            metrics.add(rejection.metric(), 1);
        }
        self.rows(rows.contacts, now, deadline, &mut saved).await;
        self.rows(rows.events, now, deadline, &mut saved).await;
        self.rows(rows.agents, now, deadline, &mut saved).await;
        saved
    }

    /// A batch that is refused is halved until the row is alone, which takes the logarithm of its size in statements.
    async fn rows<R: TableRow>(
        &self,
        rows: Vec<(usize, R)>,
        now: Timestamp,
        deadline: Instant,
        saved: &mut SavedRows,
    ) {
        saved.metrics.add(R::READ, rows.len() as u64);
        let mut batches = vec![rows];
        while let Some(mut batch) = batches.pop().filter(|batch| !batch.is_empty()) {
            let rows = batch.iter().map(|(_, row)| row.clone()).collect();
            match R::save(&self.tables, rows, now, deadline).await {
                Ok(SaveReport { written, unchanged }) => {
                    saved.metrics.add(Metric::RowsSaved, written);
                    saved.metrics.add(Metric::RowsUnchanged, unchanged);
                }
                Err(SqlError::Value(_)) if batch.len() > 1 => {
                    let second = batch.split_off(batch.len() / 2);
                    batches.extend([second, batch]);
                }
                Err(error @ SqlError::Value(_)) => {
                    let id = batch.first().map(|(_, row)| row.id());
                    let error = error.to_string();
                    tracing::error!(
                        event = "row_refused",
                        id,
                        error,
                        "the database refuses a row for what it says; it is not saved"
                    );
                    saved.metrics.add(Metric::RecordsRejected, 1);
                    saved.refused.extend(batch.iter().map(|(item, _)| *item));
                }
                Err(error) => {
                    let (rows, error) = (batch.len(), error.to_string());
                    tracing::error!(
                        event = "rows_not_saved",
                        rows,
                        error,
                        "rows could not be saved; they come again"
                    );
                    saved.failed.extend(batch.iter().map(|(item, _)| *item));
                }
            }
        }
    }
}

/// A row that one document makes, or several that are saved together.
trait TableRow: Clone {
    /// The metric that counts the documents.
    const READ: Metric;

    /// The id of the contact or agent.
    fn id(&self) -> &str;

    async fn save(
        tables: &RecordTables,
        rows: Vec<Self>,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<SaveReport, SqlError>;
}

impl TableRow for ContactRow {
    const READ: Metric = Metric::ContactRecords;

    fn id(&self) -> &str {
        &self.key().contact_id
    }

    async fn save(
        tables: &RecordTables,
        rows: Vec<Self>,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<SaveReport, SqlError> {
        tables.save_contacts(rows, now, deadline).await
    }
}

impl TableRow for EventRow {
    const READ: Metric = Metric::ContactEvents;

    fn id(&self) -> &str {
        &self.key().contact_id
    }

    async fn save(
        tables: &RecordTables,
        rows: Vec<Self>,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<SaveReport, SqlError> {
        tables.save_contact_events(rows, now, deadline).await
    }
}

impl TableRow for AgentEventRows {
    const READ: Metric = Metric::AgentEvents;

    fn id(&self) -> &str {
        self.agent_id()
    }

    async fn save(
        tables: &RecordTables,
        rows: Vec<Self>,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<SaveReport, SqlError> {
        tables.save_agent_events(rows, now, deadline).await
    }
}
