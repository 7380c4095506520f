//! One document, line or record into what it says about contacts. Pure.

use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::Timestamp;
use switchboard_contacts::observation::Observation;
use switchboard_core::{
    agent_event::AgentEvent,
    contact_event::ContactEvent,
    ctr::Ctr,
    flow_log::FlowLog,
    framing::{self, Fault, Piece},
    kind::Kind,
    log_batch::LogEvent,
    payload::{Budget, PayloadError},
};

/// What a compressed record may unpack to, in bytes. A stream takes records of 1 MiB.
const MAX_UNPACKED_BYTES: u64 = 16 * 1024 * 1024;

/// What all compressed records of a batch may unpack to, in bytes. Lambda takes 6 MB of them.
const MAX_BATCH_UNPACKED_BYTES: u64 = 64 * 1024 * 1024;

/// What one batch of records may unpack.
pub fn budget() -> Budget {
    Budget::new(MAX_BATCH_UNPACKED_BYTES, MAX_UNPACKED_BYTES)
}

/// Why a record, a message or a line is not read. It would not be the next time either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Its data can't be unpacked.
    #[error("{0}")]
    Payload(#[from] PayloadError),
    /// It is not JSON, or not all of it.
    #[error("{0}")]
    NotJson(Fault),
    /// It is of a kind that does not come this way, or says nothing of a contact's.
    #[error("{0}, which is not read here")]
    OtherKind(Kind),
    /// It is of the kind that comes this way, and names no contact.
    #[error("nothing of a contact's, or without a contact id")]
    NotAnEvent,
    /// A defect of ours.
    #[error("the handler panicked on it")]
    Panic,
}

/// What one document says: about no contact, as a heartbeat does, or about several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedDocument {
    /// What it is.
    pub kind: Kind,
    /// What it says, contact by contact.
    pub observations: Vec<Observation>,
}

/// Reads a document of one of these kinds.
///
/// # Errors
/// When it is of another kind or names no contact.
pub fn parse_document(text: &str, kinds: &[Kind], now: Timestamp) -> Result<ParsedDocument, Rejection> {
    catch_panic(|| {
        let kind = Kind::of(text).map_err(|_| Rejection::NotJson(Fault::NotAnObject))?;
        if !kinds.contains(&kind) {
            return Err(Rejection::OtherKind(kind));
        }
        let observations = of_kind(text, kind, now).ok_or(Rejection::NotAnEvent)?;
        Ok(ParsedDocument { kind, observations })
    })
}

/// [`None`] where the document is not of this kind after all, or its contact id is none.
fn of_kind(text: &str, kind: Kind, now: Timestamp) -> Option<Vec<Observation>> {
    let (own, of_the_one_before) = match kind {
        Kind::AgentEvent => {
            return Some(Observation::of_agent_event(&AgentEvent::parse(text).ok()?, text, now));
        }
        Kind::ContactEvent => {
            let event = ContactEvent::parse(text).ok()?;
            let own = Observation::of_contact_event(&event, text, now)?;
            (own, Observation::of_successors_event(&event, now))
        }
        Kind::ContactRecord => {
            let ctr = Ctr::parse(text).ok()?;
            let own = Observation::of_contact_record(&ctr, text, now)?;
            (own, Observation::of_successors_record(&ctr, now))
        }
        Kind::FlowLog => {
            (Observation::of_flow_log(&FlowLog::parse(text).ok()?, text, None, None, now)?, None)
        }
        _ => return None,
    };
    Some(std::iter::once(own).chain(of_the_one_before).collect())
}

/// Reads one line of a flow's log.
///
/// # Errors
/// When it is not JSON, as other things are written to the log group too, or names no contact.
pub fn parse_line(event: &LogEvent<'_>, now: Timestamp) -> Result<ParsedDocument, Rejection> {
    catch_panic(|| {
        let line = event.message.text().ok_or(Rejection::NotAnEvent)?;
        let log = match FlowLog::parse(&line) {
            Ok(log) => log,
            Err(switchboard_core::flow_log::NotAFlowLog::NotJson) => {
                return Err(Rejection::NotJson(Fault::NotAnObject));
            }
            Err(switchboard_core::flow_log::NotAFlowLog::NoContact) => return Err(Rejection::NotAnEvent),
        };
        let observation = Observation::of_flow_log(&log, &line, event.id.text().as_deref(), event.at(), now);
        let observation = observation.ok_or(Rejection::NotAnEvent)?;
        Ok(ParsedDocument { kind: Kind::FlowLog, observations: vec![observation] })
    })
}

/// Reads the data of one record of a stream: any number of agent events, contact records and contact events, one after the
/// other, compressed or not. Each has its own result, and so has damage in what was compressed; data that can't be read at
/// all has one.
pub fn parse_record(
    data: &str,
    budget: &mut Budget,
    now: Timestamp,
) -> Vec<Result<ParsedDocument, Rejection>> {
    let unpacked = match catch_panic(|| Ok(budget.unpack(data)?)) {
        Ok(unpacked) => unpacked,
        Err(rejection) => return vec![Err(rejection)],
    };
    let mut read: Vec<_> = framing::pieces(&unpacked.bytes)
        .map(|piece| match piece {
            Piece::Document { text, .. } => {
                parse_document(text, &[Kind::AgentEvent, Kind::ContactRecord, Kind::ContactEvent], now)
            }
            Piece::Damage { fault, .. } => Err(Rejection::NotJson(fault)),
        })
        .collect();
    read.extend(unpacked.fault.map(|fault| Err(PayloadError::from(fault).into())));
    if read.is_empty() {
        read.push(Err(Rejection::NotJson(Fault::NotAnObject)));
    }
    read
}

/// Runs the work on one record so that a defect in it costs this record alone.
fn catch_panic<T>(work: impl FnOnce() -> Result<T, Rejection>) -> Result<T, Rejection> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(Rejection::Panic))
}
