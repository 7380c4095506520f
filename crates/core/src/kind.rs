//! What a document is, by its members: the one classification of documents.
//!
//! Several kinds share one stream in practice (contact records arrive on the stream of agent events), and a
//! file may hold several, so what a document is can't be told from where it came, nor from what stands before it.
//! Formats grow: a member that is absent, `null` or of the wrong type never decides.
//!
//! | kind | what makes it |
//! |---|---|
//! | contact record | `ContactId`, and `AWSContactTraceRecordFormatVersion`, whatever there is besides |
//! | contact event | `detail-type` `Amazon Connect Contact Event` with a `detail`; or, bare, a contact id, an event type, the instance's ARN, and a channel or an initiation method |
//! | agent event | `AgentARN` and `EventType` |
//! | contact analysis | a contact id and an event type, with `InstanceId`, `AccountId`, `LanguageCode` or `Segments` |
//! | line of a flow log | `ContactId`, and `ContactFlowId` or `ContactFlowModuleType` |
//! | contact record of old | `ContactId`, and `InitiationMethod` or `InitiationTimestamp`, and no event type |
//! | what AWS sends to a function | `awslogs`, or `messageType` and `logEvents` as a stream carries them; `records`, `Records` by their first element; `Details.ContactData` |

use std::fmt;

use crate::{
    contact_event::DETAIL_TYPE,
    ctr::Ctr,
    framing::{self, Piece},
    json::{self, NotAnObject, Raw},
};

/// A kind of document. Its [`Display`](fmt::Display) is how people are told of it: "an agent event".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecordKind {
    /// A contact record: [`ctr`](crate::ctr).
    ContactRecord,
    /// A contact event, in its envelope or bare: [`contact_event`](crate::contact_event).
    ContactEvent,
    /// An agent event: [`agent_event`](crate::agent_event).
    AgentEvent,
    /// A line of a flow log: [`flow_log`](crate::flow_log).
    FlowLog,
    /// What a CloudWatch Logs subscription delivers: [`log_batch`](crate::log_batch).
    LogBatch,
    /// What Contact Lens publishes while a contact lasts. Its event types are the analysis's, not the contact's.
    ContactAnalysis,
    /// An event of another kind: another `detail-type`, or bare and of nothing that is known.
    OtherEvent,
    /// What Firehose sends to a transformation: `records`, each with `recordId` and `data`.
    FirehoseEvent,
    /// What S3 sends about its objects: `Records` with `s3`, or its test event.
    S3Notification,
    /// What SQS sends to a function: `Records` with `messageId` and `body`.
    SqsEvent,
    /// What Kinesis sends to a function: `Records` with `kinesis`.
    KinesisEvent,
    /// What a contact flow sends to a function: [`flow_call`](crate::flow_call).
    FlowCall,
    /// An object of another kind.
    Other,
}

impl RecordKind {
    /// Tells what a document is from its top-level members, in one walk.
    ///
    /// # Errors
    /// When the document is not one JSON object.
    pub fn of(document: &str) -> Result<Self, NotAnObject> {
        let mut ctr = Ctr::default();
        json::members(document, |member| ctr.visit(&member.name, member.value))?;
        Ok(ctr.kind())
    }
}

impl fmt::Display for RecordKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ContactRecord => "a contact record",
            Self::ContactEvent => "a contact event",
            Self::AgentEvent => "an agent event",
            Self::FlowLog => "a line of a flow log",
            Self::LogBatch => "lines of a flow log",
            Self::ContactAnalysis => "a Contact Lens analysis",
            Self::OtherEvent => "an event of another kind",
            Self::FirehoseEvent => "a Firehose event",
            Self::S3Notification => "an S3 notification",
            Self::SqsEvent => "a batch of SQS messages",
            Self::KinesisEvent => "a batch of Kinesis records",
            Self::FlowCall => "a call from a flow",
            Self::Other => "JSON of no known kind",
        })
    }
}

/// The members that say what kind of document this is, but for those that a [`Ctr`] holds.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is one member, told or not")]
pub(crate) struct ShapeHints<'a> {
    version: bool,
    agent: bool,
    /// `contactId`, as contact events spell it.
    contact: bool,
    event_type: bool,
    instance_arn: bool,
    /// A channel or an initiation method in another spelling than a record's.
    origin: bool,
    analysis: bool,
    flow: bool,
    awslogs: bool,
    message_type: bool,
    log_events: bool,
    detail: Raw<'a>,
    detail_type: DetailType,
    firehose: bool,
    invocation: bool,
    records: Option<Batch>,
    test_event: bool,
    flow_call: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum DetailType {
    #[default]
    Untold,
    ContactEvent,
    Other,
}

/// What `Records` or `records` hold, by the first of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Batch {
    Of(RecordKind),
    /// None.
    Empty,
}

impl<'a> ShapeHints<'a> {
    /// Takes a top-level member that is none of a [`Ctr`]'s fields.
    pub(crate) fn visit(&mut self, name: &str, value: Raw<'a>) {
        match name {
            "AWSContactTraceRecordFormatVersion" => self.version = is_told(value),
            "AgentARN" => self.agent = is_told(value),
            "ContactFlowId" | "ContactFlowModuleType" => self.flow |= is_told(value),
            "InstanceId" | "AccountId" | "LanguageCode" => self.analysis |= is_told(value),
            "Segments" => self.analysis |= value.json().starts_with('['),
            "awslogs" => self.awslogs = value.is_object(),
            "messageType" => self.message_type = is_told(value),
            "logEvents" => self.log_events = value.json().starts_with('['),
            "detail" => self.detail = value,
            "detail-type" => {
                self.detail_type = match value.text().as_deref() {
                    None | Some("") => DetailType::Untold,
                    Some(DETAIL_TYPE) => DetailType::ContactEvent,
                    Some(_) => DetailType::Other,
                }
            }
            "records" => self.firehose_records(value),
            "Records" => self.records = records(value),
            "invocationId" | "deliveryStreamArn" => self.invocation = is_told(value),
            "Event" => self.test_event = value.text().is_some_and(|event| event == "s3:TestEvent"),
            "Details" => value.members(|member| {
                self.flow_call |= member.name == "ContactData" && member.value.is_object();
            }),
            // Contact events are spelled in several ways.
            _ if name.eq_ignore_ascii_case("eventType") => self.event_type = is_told(value),
            _ if name.eq_ignore_ascii_case("contactId") => self.contact = is_told(value),
            _ if name.eq_ignore_ascii_case("instanceArn") => self.instance_arn = is_told(value),
            _ if name.eq_ignore_ascii_case("initiationMethod") || name.eq_ignore_ascii_case("channel") => {
                self.origin |= is_told(value);
            }
            _ => {}
        }
    }

    fn firehose_records(&mut self, value: Raw<'_>) {
        self.firehose = match first_of(value) {
            Some(first) => has_all(first, ["recordId", "data"]),
            None => false,
        };
        self.records = self.records.or_else(|| value.json().starts_with('[').then_some(Batch::Empty));
    }

    /// The kind, with what a record's own fields say.
    pub(crate) fn kind(&self, ctr: &Ctr<'a>) -> RecordKind {
        let contact = is_told(ctr.contact_id);
        if self.version && contact {
            return RecordKind::ContactRecord;
        }
        if let Some(batch) = self.batch() {
            return batch;
        }
        if self.detail.is_object() {
            return match self.detail_type {
                DetailType::ContactEvent => RecordKind::ContactEvent,
                DetailType::Other => RecordKind::OtherEvent,
                // An envelope that doesn't say of what: its inside says it, if that is a contact event.
                DetailType::Untold => match RecordKind::of(self.detail.json()) {
                    Ok(RecordKind::ContactEvent) => RecordKind::ContactEvent,
                    _ => RecordKind::Other,
                },
            };
        }
        if self.event_type {
            return self.event(ctr);
        }
        if contact && self.flow {
            return RecordKind::FlowLog;
        }
        let begun = is_told(ctr.initiation_method) || is_told(ctr.initiation_timestamp);
        if contact && begun { RecordKind::ContactRecord } else { self.last_resort() }
    }

    /// What has an event type.
    fn event(&self, ctr: &Ctr<'a>) -> RecordKind {
        let contact = self.contact || is_told(ctr.contact_id);
        let origin = self.origin || is_told(ctr.channel) || is_told(ctr.initiation_method);
        if self.agent {
            RecordKind::AgentEvent
        } else if contact && self.analysis {
            RecordKind::ContactAnalysis
        } else if contact && (self.instance_arn || is_told(ctr.instance_arn)) && origin {
            RecordKind::ContactEvent
        } else {
            RecordKind::OtherEvent
        }
    }

    /// What AWS sends to a function: several documents in one.
    fn batch(&self) -> Option<RecordKind> {
        if self.awslogs || self.message_type && self.log_events {
            return Some(RecordKind::LogBatch);
        }
        if self.firehose || self.invocation && self.records == Some(Batch::Empty) {
            return Some(RecordKind::FirehoseEvent);
        }
        match self.records {
            Some(Batch::Of(kind)) => Some(kind),
            _ if self.flow_call => Some(RecordKind::FlowCall),
            _ => self.test_event.then_some(RecordKind::S3Notification),
        }
    }

    fn last_resort(&self) -> RecordKind {
        if self.detail_type == DetailType::Other { RecordKind::OtherEvent } else { RecordKind::Other }
    }
}

/// True if the value is a text, and not empty.
fn is_told(value: Raw<'_>) -> bool {
    value.text().is_some_and(|text| !text.is_empty())
}

/// What an array of `Records` is a batch of.
fn records(array: Raw<'_>) -> Option<Batch> {
    let first = first_of(array)?;
    [
        (["messageId", "body"], RecordKind::SqsEvent),
        (["eventSource", "s3"], RecordKind::S3Notification),
        (["kinesis", "kinesis"], RecordKind::KinesisEvent),
    ]
    .into_iter()
    .find(|(names, _)| has_all(first, *names))
    .map(|(_, kind)| Batch::Of(kind))
}

/// The first object of an array; [`None`] if it holds none or something else comes first.
fn first_of(array: Raw<'_>) -> Option<&str> {
    let elements = array.json().strip_prefix('[')?.trim_start();
    // Found as in a file, so that an array of megabytes is not parsed for its first element.
    let first = elements.starts_with('{').then(|| framing::pieces(elements.as_bytes()).next())?;
    match first? {
        Piece::Document { text, .. } => Some(text),
        Piece::Damage { .. } => None,
    }
}

fn has_all<const N: usize>(object: &str, names: [&str; N]) -> bool {
    let mut seen = [false; N];
    let read = json::members(object, |member| {
        for (name, seen) in names.iter().zip(&mut seen) {
            *seen |= member.name == *name;
        }
    });
    read.is_ok() && seen.iter().all(|seen| *seen)
}

#[cfg(test)]
mod tests;
