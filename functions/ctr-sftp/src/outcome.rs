//! What became of an object.

use std::{io, ops::Range};

use switchboard_core::{ctr::NotACtr, framing::Fault, gzip::GzipError};
use switchboard_wfm::sftp::SftpError;

use crate::store::StoreError;

/// How many rejected records an outcome names; it counts them all.
pub const MAX_NAMED_REJECTS: usize = 100;

/// What became of an object.
#[derive(Debug)]
pub struct ObjectOutcome {
    /// Its bucket.
    pub bucket: String,
    /// Its key, as it is in the bucket.
    pub key: String,
    /// What was found in it; nothing of a report, and incomplete if it could not be read to its end.
    pub tally: Tally,
    /// The first [`MAX_NAMED_REJECTS`] records that were rejected.
    pub rejects: Vec<Rejected>,
    /// Why not all that was rejected is put aside, where that is so. What is good was delivered all the same, and is
    /// not delivered again for it.
    pub rejects_lost: Option<ObjectError>,
    /// How it ended.
    pub result: Result<Fate, ObjectError>,
}

/// What is in an object of contact records. If it was delivered, rows, duplicates and rejected are all
/// there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows written, one per contact.
    pub rows: u64,
    /// Copies of a contact's record that a newer one beat.
    pub duplicates: u64,
    /// What is no contact record.
    pub rejected: u64,
}

/// How an object ended well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
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
    pub reason: Reason,
    /// Where it stands in the object, unpacked, in bytes.
    pub range: Range<u64>,
}

/// What is wrong with something in an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
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

/// Why an object was not delivered. Its message comes again, and ends in the dead-letter queue.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// It can't be read.
    #[error("it can't be read: {0}")]
    Source(#[from] SourceError),
    /// The WFM's server did not take it.
    #[error("{0}")]
    Delivery(#[source] SftpError),
    /// What was rejected could not be put in its place.
    #[error("its rejected records can't be kept at {key}: {source}")]
    RejectsNotKept {
        /// Where they were to be.
        key: String,
        /// Why.
        source: SourceError,
    },
    /// The local disk, where rejected records wait, failed.
    #[error("its rejected records can't be kept on the local disk: {0}")]
    Disk(#[source] io::Error),
    /// A defect of ours.
    #[error("the handler panicked on it")]
    Panic,
}

/// Why an object can't be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The store does not give it.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// It is gzip and can't be unpacked.
    #[error("{0}")]
    Gzip(#[from] GzipError),
    /// The time was up.
    #[error("the deadline passed")]
    Deadline,
}

impl From<SourceError> for io::Error {
    fn from(error: SourceError) -> Self {
        Self::other(error)
    }
}

impl From<SftpError> for ObjectError {
    /// Tells a source that failed while it was delivered from a server that did.
    fn from(error: SftpError) -> Self {
        match error {
            SftpError::Source(error) => match error.downcast::<SourceError>() {
                Ok(source) => Self::Source(source),
                Err(other) => Self::Delivery(SftpError::Source(other)),
            },
            error => Self::Delivery(error),
        }
    }
}
