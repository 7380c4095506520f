//! What became of an object.

use std::{io, ops::Range};

use switchboard_core::{ctr::NotACtr, framing::Fault, gzip::GzipError};
use switchboard_objects::reader::ReadError;
use switchboard_runtime::metrics::Metrics;
use switchboard_wfm::history::sftp::SftpError;

/// How many rejected records an outcome lists; it counts them all.
pub const MAX_LISTED_REJECTS: usize = 100;

/// What became of an object.
#[derive(Debug)]
pub struct ObjectOutcome {
    /// Its bucket.
    pub bucket: String,
    /// Its key, as it is in the bucket.
    pub key: String,
    /// The counts of its records; zero for a report, and incomplete if it could not be read to its end.
    pub counts: ObjectCounts,
    /// The counts of its documents that were passed over, by the reason's metric.
    pub passed_over: Metrics,
    /// The first [`MAX_LISTED_REJECTS`] records that were rejected.
    pub rejects: Vec<Rejected>,
    /// Why not all rejected records are stored, where that is so. The rows were delivered all the same, and are
    /// not delivered again for it.
    pub rejects_error: Option<ObjectError>,
    /// How it ended.
    pub result: Result<Delivery, ObjectError>,
}

/// The counts of an object of contact records. If it was delivered, rows, duplicates and rejected are all
/// there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ObjectCounts {
    /// Rows written, one per contact.
    pub rows: u64,
    /// Copies of a contact's record that a newer one supersedes.
    pub duplicates: u64,
    /// What is no contact record.
    pub rejected: u64,
}

/// The delivery of an object that did not fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// It is at the WFM.
    Delivered {
        /// The file's name.
        name: String,
        /// The file's size.
        bytes: u64,
    },
    /// There is nothing in it that the WFM could use.
    NothingToDeliver,
    /// It is one of the objects of rejected records that are written here.
    Ignored,
}

/// Something in an object that is no contact record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// What is wrong with it.
    pub reason: RejectReason,
    /// Its bytes in the unpacked object.
    pub range: Range<u64>,
}

/// What is wrong with something in an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RejectReason {
    /// It is no JSON object.
    #[error("{0}")]
    Damage(Fault),
    /// It is another kind of record.
    #[error("{0}")]
    NotACtr(NotACtr),
    /// The gzip ends in damage, and what comes after it can't be had.
    #[error("{0}")]
    Gzip(GzipError),
}

/// Why an object was not delivered. Its message is delivered again, and ends in the dead-letter queue.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// It can't be read.
    #[error("it can't be read: {0}")]
    Read(#[from] ReadError),
    /// The upload to the WFM's server failed.
    #[error("{0}")]
    Delivery(#[source] SftpError),
    /// The rejected records could not be stored.
    #[error("its rejected records can't be stored at {key}: {source}")]
    RejectsNotStored {
        /// The key of their object.
        key: String,
        /// Why.
        source: ReadError,
    },
    /// The local disk, which holds the rejected records first, failed.
    #[error("its rejected records can't be stored on the local disk: {0}")]
    Disk(#[source] io::Error),
    /// A defect of this program.
    #[error("the handler panicked on it")]
    Panic,
}

impl From<SftpError> for ObjectError {
    /// Separates an object that could not be read from a server that failed.
    fn from(error: SftpError) -> Self {
        match error {
            SftpError::Source(error) => match error.downcast::<ReadError>() {
                Ok(error) => Self::Read(error),
                Err(other) => Self::Delivery(SftpError::Source(other)),
            },
            error => Self::Delivery(error),
        }
    }
}
