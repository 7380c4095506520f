//! One document, line or record into what it says about contacts. Pure.

use jiff::Timestamp;
use switchboard_contacts::observation::Observation;
use switchboard_core::{
    agent_event::AgentEvent,
    contact_event::ContactEvent,
    ctr::Ctr,
    flow_log::FlowLog,
    framing::Fault,
    kind::RecordKind,
    log_batch::{LogBatch, LogEvent},
    payload::Budget,
    served_instances::ServedInstances,
};
use switchboard_runtime::{
    handler::catch_panic,
    intake::{Intake, PassedOver},
    records::{self, Unreadable},
};

/// Why a record, a message or a line is not read. It would not be the next time either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// It can't be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// It is of a kind that does not come this way, or says nothing of a contact's.
    #[error("{0}, which is not read here")]
    OtherKind(RecordKind),
    /// It is of the kind that comes this way, and names no contact.
    #[error("nothing of a contact's, or without a contact id")]
    NotAnEvent,
}

/// The rejection of text that is no JSON object.
const NOT_JSON: Rejection = Rejection::Unreadable(Unreadable::NotJson(Fault::NotAnObject));

/// What one document says: about no contact, as a heartbeat does, or about several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedDocument {
    /// What it is.
    pub kind: RecordKind,
    /// What it says, contact by contact.
    pub observations: Vec<Observation>,
}

/// Reads a document of one of these kinds.
///
/// # Errors
/// When it is of another kind or names no contact.
pub fn parse_document(text: &str, kinds: &[RecordKind], now: Timestamp) -> Result<ParsedDocument, Rejection> {
    catch_panic(Unreadable::Panic.into(), || {
        let kind = RecordKind::of(text).map_err(|_| NOT_JSON)?;
        if !kinds.contains(&kind) {
            return Err(Rejection::OtherKind(kind));
        }
        let observations = of_kind(text, kind, now).ok_or(Rejection::NotAnEvent)?;
        Ok(ParsedDocument { kind, observations })
    })
}

/// [`None`] where the document is not of this kind after all, or its contact id is none.
fn of_kind(text: &str, kind: RecordKind, now: Timestamp) -> Option<Vec<Observation>> {
    let (own, of_the_one_before) = match kind {
        RecordKind::AgentEvent => {
            return Some(Observation::of_agent_event(&AgentEvent::parse(text).ok()?, text, now));
        }
        RecordKind::ContactEvent => {
            let event = ContactEvent::parse(text).ok()?;
            let own = Observation::of_contact_event(&event, text, now)?;
            (own, Observation::of_successors_event(&event, now))
        }
        RecordKind::ContactRecord => {
            let ctr = Ctr::parse(text).ok()?;
            let own = Observation::of_contact_record(&ctr, text, now)?;
            (own, Observation::of_successors_record(&ctr, now))
        }
        RecordKind::FlowLog => {
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
    catch_panic(Unreadable::Panic.into(), || {
        let line = event.message.text().ok_or(Rejection::NotAnEvent)?;
        let log = match FlowLog::parse(&line) {
            Ok(log) => log,
            Err(switchboard_core::flow_log::NotAFlowLog::NotJson) => {
                return Err(NOT_JSON);
            }
            Err(switchboard_core::flow_log::NotAFlowLog::NoContact) => return Err(Rejection::NotAnEvent),
        };
        let observation = Observation::of_flow_log(&log, &line, event.id.text().as_deref(), event.at(), now);
        let observation = observation.ok_or(Rejection::NotAnEvent)?;
        Ok(ParsedDocument { kind: RecordKind::FlowLog, observations: vec![observation] })
    })
}

/// The kinds that a stream or an object may hold.
const OF_A_SOURCE: [RecordKind; 4] =
    [RecordKind::AgentEvent, RecordKind::ContactRecord, RecordKind::ContactEvent, RecordKind::LogBatch];

/// What is taken of a source: what says something about contacts of these instances.
pub fn intake(instances: ServedInstances) -> Intake {
    Intake::new(&OF_A_SOURCE, instances)
}

/// A document of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceDocument {
    /// What it says.
    Parsed(ParsedDocument),
    /// It is not taken.
    PassedOver(PassedOver),
}

/// Reads the data of one record of a stream: any number of agent events, contact records, contact events and batches of log
/// lines, one after the other, compressed or not. Each has its own result, and so has damage in what was compressed; data that
/// can't be read at all has one.
pub fn parse_record(
    data: &str,
    intake: &Intake,
    budget: &mut Budget,
    now: Timestamp,
) -> Vec<Result<SourceDocument, Rejection>> {
    let documents =
        records::documents(data, budget, |text| Ok::<_, Rejection>(parse_source(text, intake, now)));
    documents
        .into_iter()
        .flat_map(|document| document.unwrap_or_else(|unreadable| vec![Err(unreadable)]))
        .collect()
}

/// Reads one document of a source; a batch of log lines has a result for each line.
pub fn parse_source(text: &str, intake: &Intake, now: Timestamp) -> Vec<Result<SourceDocument, Rejection>> {
    if let Some(reason) = intake.passed_over(text) {
        return vec![Ok(SourceDocument::PassedOver(reason))];
    }
    let parsed = match LogBatch::unpacked(text) {
        Some(batch) => batch.events().iter().map(|line| parse_line(line, now)).collect(),
        None => vec![parse_document(text, &OF_A_SOURCE, now)],
    };
    parsed.into_iter().map(|one| one.map(SourceDocument::Parsed)).collect()
}
