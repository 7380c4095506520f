//! Records of a data stream: each holds any number of JSON documents, compressed or not.

use switchboard_core::{
    framing::{self, Fault, Piece},
    payload::{Budget, PartFault, PayloadError},
};

use crate::{handler::catch_panic, metrics::Metric};

/// The most bytes that one compressed record may unpack to. A stream takes records of 1 MiB.
const MAX_UNPACKED_BYTES: u64 = 16 * 1024 * 1024;

/// The most bytes that all compressed records of a batch may unpack to. Lambda takes 6 MB of them.
const MAX_BATCH_UNPACKED_BYTES: u64 = 64 * 1024 * 1024;

/// The limit on the bytes that one batch of records may unpack to.
pub fn budget() -> Budget {
    Budget::new(MAX_BATCH_UNPACKED_BYTES, MAX_UNPACKED_BYTES)
}

/// The reason why a record, or a document in it, can't be read. A retry would meet it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// The data can't be unpacked.
    #[error("{0}")]
    Payload(#[from] PayloadError),
    /// It is not JSON, or not all of it.
    #[error("{0}")]
    NotJson(Fault),
    /// A defect of ours.
    #[error("the handler panicked on it")]
    Panic,
}

impl From<PartFault> for Unreadable {
    fn from(fault: PartFault) -> Self {
        match fault {
            PartFault::NotJson(fault) => Self::NotJson(fault),
            PartFault::Gzip(fault) => Self::Payload(fault.into()),
        }
    }
}

impl Unreadable {
    /// The metric that counts it.
    pub fn metric(self) -> Metric {
        match self {
            Self::Payload(PayloadError::NotBase64) => Metric::RejectedNotBase64,
            Self::Payload(PayloadError::Gzip(_) | PayloadError::OverBudget) => Metric::RejectedGzip,
            Self::NotJson(_) => Metric::RejectedNotJson,
            Self::Panic => Metric::RejectedPanic,
        }
    }
}

/// Reads the documents in one record's base64 data, one after the other.
///
/// Each document has its own result, and so has damage in what was compressed. Data that can't be read at all has one
/// result.
///
/// ```
/// use switchboard_runtime::records::{self, Unreadable};
/// let read = |data| records::documents(data, &mut records::budget(), |text| Ok::<_, Unreadable>(text.len()));
/// assert_eq!(read("e30ge30="), [Ok(2), Ok(2)]);
/// assert!(matches!(read("!")[..], [Err(Unreadable::Payload(_))]));
/// assert!(matches!(read("")[..], [Err(Unreadable::NotJson(_))]));
/// ```
pub fn documents<T, E: From<Unreadable>>(
    data: &str,
    budget: &mut Budget,
    read: impl Fn(&str) -> Result<T, E>,
) -> Vec<Result<T, E>> {
    let unpacked = match catch_panic(Unreadable::Panic, || Ok(budget.unpack(data)?)) {
        Ok(unpacked) => unpacked,
        Err(unreadable) => return vec![Err(unreadable.into())],
    };
    let mut documents: Vec<_> = framing::pieces(&unpacked.bytes)
        .map(|piece| match piece {
            Piece::Document { text, .. } => catch_panic(Unreadable::Panic.into(), || read(text)),
            Piece::Damage { fault, .. } => Err(Unreadable::NotJson(fault).into()),
        })
        .collect();
    documents.extend(unpacked.fault.map(|fault| Err(Unreadable::from(PayloadError::from(fault)).into())));
    if documents.is_empty() {
        documents.push(Err(Unreadable::NotJson(Fault::NotAnObject).into()));
    }
    documents
}
