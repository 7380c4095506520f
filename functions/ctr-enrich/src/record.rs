//! One record of a batch: bytes in, enriched bytes out. Pure.

use switchboard_core::{
    ctr::NotACtr,
    enrich::{Enrichable, LookUp},
    framing::{self, Piece},
    gzip::GzipError,
    kind::RecordKind,
    payload::{Budget, PayloadError},
    phone::PhoneNumber,
    served_instances::ServedInstances,
};
use switchboard_runtime::intake::{Intake, PassedOver};

/// What a compressed record may unpack to. Firehose takes records of 1,000 KiB, and the response to a
/// whole batch has 6 MB.
const MAX_UNPACKED_BYTES: u64 = 8 * 1024 * 1024;

/// What all compressed records of a batch may unpack to: several times what a response could hold of it.
const MAX_BATCH_UNPACKED_BYTES: u64 = 32 * 1024 * 1024;

/// Why a record is refused. It then goes to the delivery stream's error prefix as it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// It has no data.
    #[error("without data")]
    NoData,
    /// Its data can't be unpacked.
    #[error("{0}")]
    Payload(#[from] PayloadError),
    /// There is nothing in it.
    #[error("empty")]
    Empty,
    /// It is not one JSON document after another.
    #[error("{fault} (bytes {start} to {end})")]
    NotJson {
        /// What is wrong.
        fault: framing::Fault,
        /// Where the damage begins, in bytes.
        start: u64,
        /// Where it ends.
        end: u64,
    },
    /// It holds something that is no contact record.
    #[error("{0}")]
    NotACtr(NotACtr),
    /// It holds more than one contact record. Firehose delivers a record as one line, and what OpenSearch gets is one
    /// bulk request, in which a second line spoils the lines of others.
    #[error("several contact records in one record")]
    Several,
    /// Enriched, it alone would be more than a response may hold.
    #[error("too large for a response of its own")]
    TooLarge,
    /// The response was full and the record could not be requeued on its stream.
    #[error("the response is full, and the record could not be requeued")]
    NotRequeued,
    /// A defect of ours.
    #[error("the handler panicked on it")]
    Panic,
}

/// Why a record is not enriched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotEnriched {
    /// It is not taken, and delivered nowhere.
    PassedOver(PassedOver),
    /// It is refused.
    Rejected(Rejection),
}

impl From<Rejection> for NotEnriched {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

/// What is taken: contact records of these instances.
pub fn intake(instances: ServedInstances) -> Intake {
    Intake::new(&[RecordKind::ContactRecord], instances)
}

/// How the look-ups of a record's contact records went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// With the caller's name.
    pub known: u64,
    /// Whose caller the directory does not know.
    pub unknown: u64,
    /// Whose caller could not be looked up in time.
    pub failed: u64,
    /// With no number to look up, or no directory.
    pub not_looked_up: u64,
}

/// What one batch may unpack.
pub fn budget() -> Budget {
    Budget::new(MAX_BATCH_UNPACKED_BYTES, MAX_UNPACKED_BYTES)
}

/// The bytes of a record, unpacked if they are gzip.
///
/// A record is accepted or rejected as a whole, so damaged gzip rejects it: delivered as far as it goes, the rest would be lost.
///
/// # Errors
/// When there are none, they are not base64, or damaged gzip, or pass the budget.
pub fn decode(data: Option<&str>, budget: &mut Budget) -> Result<Vec<u8>, Rejection> {
    let unpacked = budget.unpack(data.ok_or(Rejection::NoData)?)?;
    unpacked.fault.map_or(Ok(unpacked.bytes), |fault: GzipError| Err(PayloadError::from(fault).into()))
}

/// The contact record in a record's bytes. Documents that are not taken are passed over, beside it or alone.
///
/// # Errors
/// When something else in it is no contact record, or there are several: delivered without one of them, that one would be lost.
pub fn read<'a>(bytes: &'a [u8], intake: &Intake) -> Result<Enrichable<'a>, NotEnriched> {
    // Nearly every record is one document, and is then read in one pass.
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(one) = Enrichable::read(text.trim_ascii())
    {
        let is_taken = intake.takes(text.trim_ascii());
        return if is_taken { Ok(one) } else { Err(NotEnriched::PassedOver(PassedOver::OtherInstance)) };
    }
    let (mut taken, mut passed_over, mut rejection) = (Vec::new(), None, None);
    for piece in framing::pieces(bytes) {
        match piece {
            Piece::Document { text, .. } => match intake.passed_over(text) {
                Some(reason) => passed_over = Some(reason),
                None => match Enrichable::read(text) {
                    Ok(one) => taken.push(one),
                    Err(reason) => _ = rejection.get_or_insert(Rejection::NotACtr(reason)),
                },
            },
            Piece::Damage { fault, range, .. } => {
                rejection.get_or_insert(Rejection::NotJson { fault, start: range.start, end: range.end });
            }
        }
    }
    match (rejection, taken.pop(), passed_over) {
        (Some(rejection), ..) => Err(rejection.into()),
        (None, Some(one), _) if taken.is_empty() => Ok(one),
        (None, Some(_), _) => Err(Rejection::Several.into()),
        (None, None, Some(reason)) => Err(NotEnriched::PassedOver(reason)),
        (None, None, None) => Err(Rejection::Empty.into()),
    }
}

/// Appends the document to `out`, enriched, in one line, with a newline.
pub fn write<'n>(
    document: &Enrichable<'_>,
    caller: impl Fn(&PhoneNumber) -> LookUp<'n>,
    out: &mut Vec<u8>,
) -> Tally {
    let mut tally = Tally::default();
    let look_up = document.number().map_or(LookUp::NotMade, caller);
    *match look_up {
        LookUp::NotMade => &mut tally.not_looked_up,
        LookUp::Known(_) => &mut tally.known,
        LookUp::Unknown => &mut tally.unknown,
        LookUp::Failed => &mut tally.failed,
    } += 1;
    document.write(look_up, out);
    tally
}
