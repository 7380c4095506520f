//! The documents of an object in S3, in batches, as what they say about contacts.

use jiff::Timestamp;
use switchboard_core::payload::PartFault;
use switchboard_objects::{
    pieces::for_each_document,
    reader::{ObjectAccess, ReadError},
};
use switchboard_runtime::{intake::Intake, records::Unreadable};
use tokio::{
    sync::mpsc::{self, Receiver, Sender},
    task::{JoinHandle, spawn_blocking},
};

use crate::parse::{self, Rejection, SourceDocument};

/// The most documents of a batch: as many as a shard's batch of contact records has, several times.
const BATCH: usize = 500;
/// Batches that are read while one is stored.
const AHEAD: usize = 1;

/// What documents say, or why one was not read.
pub type DocumentBatch = Vec<Result<SourceDocument, Rejection>>;

/// Why not all of an object was read.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// It can't be read.
    #[error("it can't be read: {0}")]
    Read(#[from] ReadError),
    /// Something of it could not be stored, so that the rest was not read.
    #[error("not all contacts of it could be stored")]
    NotStored,
    /// A defect of this program.
    #[error("the handler panicked on it")]
    Panic,
}

/// An object that is being read.
#[derive(Debug)]
pub struct ObjectBatches {
    /// Its batches. When this is dropped, reading ends.
    pub batches: Receiver<DocumentBatch>,
    /// How it ended.
    pub ended: JoinHandle<Result<(), ObjectError>>,
}

/// Begins to read an object, on a blocking thread. Memory holds few batches.
pub fn read(access: ObjectAccess, intake: Intake, now: Timestamp) -> ObjectBatches {
    let (sender, batches) = mpsc::channel(AHEAD);
    let ended = spawn_blocking(move || ObjectPass { intake, now, sender, batch: Vec::new() }.run(&access));
    ObjectBatches { batches, ended }
}

/// One pass over an object.
struct ObjectPass {
    intake: Intake,
    now: Timestamp,
    sender: Sender<DocumentBatch>,
    batch: DocumentBatch,
}

impl ObjectPass {
    fn run(mut self, access: &ObjectAccess) -> Result<(), ObjectError> {
        for_each_document(access, |document| self.take(document))?;
        self.send()
    }

    fn take(&mut self, document: Result<&str, PartFault>) -> Result<(), ObjectError> {
        match document {
            Ok(text) => self.batch.extend(parse::parse_source(text, &self.intake, self.now)),
            Err(fault) => self.batch.push(Err(Unreadable::from(fault).into())),
        }
        if self.batch.len() < BATCH { Ok(()) } else { self.send() }
    }

    fn send(&mut self) -> Result<(), ObjectError> {
        let batch = std::mem::take(&mut self.batch);
        self.sender.blocking_send(batch).map_err(|_| ObjectError::NotStored)
    }
}
