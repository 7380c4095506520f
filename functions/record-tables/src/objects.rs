//! The documents of an object in S3, into the tables.

use std::{mem, sync::Arc};

use jiff::Timestamp;
use switchboard_core::payload::PartFault;
use switchboard_objects::{
    pieces::for_each_document,
    reader::{ObjectAccess, ReadError},
    store::Store,
};
use switchboard_records::BATCH_MAX_BYTES;
use switchboard_runtime::{metrics::Metrics, records::Unreadable};
use tokio::{runtime::Handle, task::spawn_blocking, time::Instant};

use crate::{
    rows::{EventRows, RowReader},
    saver::{SavedRows, Saver},
};

/// Why not all of an object is saved.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// It can't be read.
    #[error("it can't be read: {0}")]
    Read(#[from] ReadError),
    /// Rows of it could not be saved.
    #[error("rows of it could not be saved")]
    NotSaved,
    /// A defect of this program.
    #[error("the handler panicked on it")]
    Panic,
}

/// A job: the documents of one object into the tables, to its end.
#[derive(Debug, Clone)]
pub struct ObjectJob {
    /// The store of the object.
    pub store: Arc<Store>,
    /// What reads its documents.
    pub reader: RowReader,
    /// What saves its rows.
    pub saver: Saver,
    /// When it came.
    pub now: Timestamp,
    /// When it must have ended.
    pub deadline: Instant,
}

impl ObjectJob {
    /// Saves all of an object, in batches, and says what there was. Memory holds one batch.
    pub async fn run(self, bucket: String, key: String) -> (Metrics, Result<(), ObjectError>) {
        let access = ObjectAccess {
            store: Arc::clone(&self.store),
            bucket: bucket.clone(),
            key: key.clone(),
            deadline: self.deadline,
            runtime: Handle::current(),
        };
        let job = spawn_blocking(move || {
            let mut pass = ObjectPass {
                access: &access,
                job: &self,
                rows: EventRows::default(),
                bytes: 0,
                metrics: Metrics::default(),
            };
            let ended = pass.run();
            (pass.metrics, ended)
        });
        let (metrics, ended) = job.await.unwrap_or_else(|_| (Metrics::default(), Err(ObjectError::Panic)));
        if let Err(error) = &ended {
            let error = error.to_string();
            tracing::error!(
                event = "object_failed",
                bucket,
                key,
                error,
                "an object was not saved, or not all of it"
            );
        }
        (metrics, ended)
    }
}

/// One pass over an object, on a blocking thread.
struct ObjectPass<'a> {
    access: &'a ObjectAccess,
    job: &'a ObjectJob,
    rows: EventRows,
    /// The text of the documents that wait.
    bytes: usize,
    metrics: Metrics,
}

impl ObjectPass<'_> {
    fn run(&mut self) -> Result<(), ObjectError> {
        let access = self.access;
        for_each_document(access, |document| self.take(document))?;
        self.save()
    }

    fn take(&mut self, document: Result<&str, PartFault>) -> Result<(), ObjectError> {
        match document {
            Ok(text) => {
                self.bytes += text.len();
                self.rows.add(0, self.job.reader.read(text, self.job.now));
            }
            Err(fault) => self.rows.add(0, Err(Unreadable::from(fault).into())),
        }
        // A row is shorter than its record.
        if self.bytes > BATCH_MAX_BYTES { self.save() } else { Ok(()) }
    }

    fn save(&mut self) -> Result<(), ObjectError> {
        self.bytes = 0;
        let rows = mem::take(&mut self.rows);
        if let Some((_, first)) = rows.rejected.first() {
            let (rejected, error) = (rows.rejected.len(), first.to_string());
            let ObjectAccess { bucket, key, .. } = self.access;
            tracing::warn!(
                event = "records_rejected",
                bucket,
                key,
                rejected,
                error,
                "parts of an object were skipped; the reason is the first one's"
            );
        }
        let saved = Box::pin(self.job.saver.save(rows, self.job.now, self.job.deadline));
        let SavedRows { failed, metrics, .. } = self.access.wait(saved)?;
        self.metrics.merge(&metrics);
        if failed.is_empty() { Ok(()) } else { Err(ObjectError::NotSaved) }
    }
}
