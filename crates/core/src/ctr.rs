//! The tolerant view of a contact trace record (CTR, "contact record").
//!
//! Records differ by year, channel and producer: 2018 ones lack whole members, newer ones have them
//! `null`, a simulator in wide use writes `Agent` as a plain string. So a view holds the members we
//! use as [`Raw`] text, the last one where a name comes twice, as every common parser has it.

mod reader;

use std::borrow::Cow;

use self::reader::Reader;
use crate::{
    arn::last_segment,
    json::{self, Member, Raw},
    kind::{RecordKind, ShapeHints},
    outline::Outline,
    phone::PhoneNumber,
};

/// Why a JSON object is not a contact trace record. What it is instead is for [`RecordKind`] to say: several kinds of
/// record share streams in practice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotACtr {
    /// The text is not one JSON object.
    #[error("not a JSON object")]
    NotAnObject,
    /// An agent event or a contact event.
    #[error("an event, not a contact record")]
    Event,
    /// A line of a flow log.
    #[error("a flow log, not a contact record")]
    FlowLog,
    /// What Contact Lens tells of a contact.
    #[error("a Contact Lens analysis, not a contact record")]
    Analysis,
    /// No `ContactId`, or none of the members that every contact record has.
    #[error("not a contact record")]
    Other,
}

/// The members of a contact trace record that Switchboard uses, borrowed from its text.
#[derive(Debug, Clone, Copy, Default)]
#[expect(missing_docs, reason = "the fields carry Connect's own names, snake-cased")]
pub struct Ctr<'a> {
    pub agent: Raw<'a>,
    pub answering_machine_detection_status: Raw<'a>,
    pub channel: Raw<'a>,
    pub connected_to_system_timestamp: Raw<'a>,
    pub contact_id: Raw<'a>,
    pub customer_endpoint: Raw<'a>,
    pub disconnect_reason: Raw<'a>,
    pub disconnect_timestamp: Raw<'a>,
    pub initial_contact_id: Raw<'a>,
    pub initiation_method: Raw<'a>,
    pub initiation_timestamp: Raw<'a>,
    pub instance_arn: Raw<'a>,
    pub last_update_timestamp: Raw<'a>,
    pub next_contact_id: Raw<'a>,
    pub previous_contact_id: Raw<'a>,
    pub queue: Raw<'a>,
    pub system_endpoint: Raw<'a>,
    pub transfer_completed_timestamp: Raw<'a>,
    pub transferred_to_endpoint: Raw<'a>,
    parts: Parts<'a>,
    hints: ShapeHints<'a>,
}

/// What stands in the objects of a record.
#[derive(Debug, Clone, Copy, Default)]
struct Parts<'a> {
    agent: Agent<'a>,
    queue: Queue<'a>,
    system_endpoint: Endpoint<'a>,
    transferred_to_endpoint: Endpoint<'a>,
}

impl<'a> Ctr<'a> {
    /// Reads one JSON object as a contact trace record.
    ///
    /// # Errors
    /// [`NotACtr`] says what it is instead.
    pub fn parse(document: &'a str) -> Result<Self, NotACtr> {
        let mut reader = Reader::default();
        json::walk(document, &mut reader).map_err(|_| NotACtr::NotAnObject)?;
        reader.finish()
    }

    /// Reads a document by its outline.
    ///
    /// # Errors
    /// [`NotACtr`] says what it is instead.
    pub fn with_outline(document: &'a str, outline: &Outline) -> Result<Self, NotACtr> {
        let mut reader = Reader::default();
        outline.replay(document, &mut reader);
        reader.finish()
    }

    /// Takes one top-level member.
    pub(crate) fn visit(&mut self, name: &str, value: Raw<'a>) {
        let field = match name {
            "Agent" => &mut self.agent,
            "AnsweringMachineDetectionStatus" => &mut self.answering_machine_detection_status,
            "Channel" => &mut self.channel,
            "ConnectedToSystemTimestamp" => &mut self.connected_to_system_timestamp,
            "ContactId" => &mut self.contact_id,
            "CustomerEndpoint" => &mut self.customer_endpoint,
            "DisconnectReason" => &mut self.disconnect_reason,
            "DisconnectTimestamp" => &mut self.disconnect_timestamp,
            "InitialContactId" => &mut self.initial_contact_id,
            "InitiationMethod" => &mut self.initiation_method,
            "InitiationTimestamp" => &mut self.initiation_timestamp,
            "InstanceARN" => &mut self.instance_arn,
            "LastUpdateTimestamp" => &mut self.last_update_timestamp,
            "NextContactId" => &mut self.next_contact_id,
            "PreviousContactId" => &mut self.previous_contact_id,
            "Queue" => &mut self.queue,
            "SystemEndpoint" => &mut self.system_endpoint,
            "TransferCompletedTimestamp" => &mut self.transfer_completed_timestamp,
            "TransferredToEndpoint" => &mut self.transferred_to_endpoint,
            _ => return self.hints.visit(name, value),
        };
        *field = value;
    }

    /// What the document is whose members were noted.
    pub(crate) fn kind(&self) -> RecordKind {
        self.hints.kind(self)
    }

    /// Decides whether what was noted makes a contact trace record.
    pub(crate) fn check(&self) -> Result<(), NotACtr> {
        match self.kind() {
            RecordKind::ContactRecord => Ok(()),
            RecordKind::ContactEvent | RecordKind::AgentEvent | RecordKind::OtherEvent => Err(NotACtr::Event),
            RecordKind::FlowLog => Err(NotACtr::FlowLog),
            RecordKind::ContactAnalysis => Err(NotACtr::Analysis),
            _ => Err(NotACtr::Other),
        }
    }

    /// The agent who took the contact; every field absent if nobody did.
    pub fn agent(&self) -> Agent<'a> {
        self.parts.agent
    }

    /// The queue the contact waited in; every field absent if it never queued.
    pub fn queue(&self) -> Queue<'a> {
        self.parts.queue
    }

    /// The number or address of the centre's own end.
    pub fn system_endpoint(&self) -> Endpoint<'a> {
        self.parts.system_endpoint
    }

    /// The end that the contact was transferred to.
    pub fn transferred_to_endpoint(&self) -> Endpoint<'a> {
        self.parts.transferred_to_endpoint
    }

    /// The number of the caller, or the one called; [`None`] where there is no customer endpoint or
    /// it is not a phone (chat, task, e-mail, `anonymous`).
    pub fn customer_number(&self) -> Option<PhoneNumber> {
        Endpoint::read(self.customer_endpoint).phone_number()
    }
}

/// The agent part of a contact trace record.
#[derive(Debug, Clone, Copy, Default)]
#[expect(
    missing_docs,
    reason = "the fields carry Connect's own names, snake-cased; durations are whole seconds"
)]
pub struct Agent<'a> {
    pub arn: Raw<'a>,
    pub after_contact_work_duration: Raw<'a>,
    pub after_contact_work_end_timestamp: Raw<'a>,
    pub after_contact_work_start_timestamp: Raw<'a>,
    pub agent_interaction_duration: Raw<'a>,
    pub connected_to_agent_timestamp: Raw<'a>,
    pub customer_hold_duration: Raw<'a>,
    pub longest_hold_duration: Raw<'a>,
    pub number_of_holds: Raw<'a>,
    pub username: Raw<'a>,
}

impl<'a> Agent<'a> {
    fn take(&mut self, member: &Member<'a>) {
        let field = match &*member.name {
            "ARN" => &mut self.arn,
            "AfterContactWorkDuration" => &mut self.after_contact_work_duration,
            "AfterContactWorkEndTimestamp" => &mut self.after_contact_work_end_timestamp,
            "AfterContactWorkStartTimestamp" => &mut self.after_contact_work_start_timestamp,
            "AgentInteractionDuration" => &mut self.agent_interaction_duration,
            "ConnectedToAgentTimestamp" => &mut self.connected_to_agent_timestamp,
            "CustomerHoldDuration" => &mut self.customer_hold_duration,
            "LongestHoldDuration" => &mut self.longest_hold_duration,
            "NumberOfHolds" => &mut self.number_of_holds,
            "Username" => &mut self.username,
            _ => return,
        };
        *field = member.value;
    }

    /// The agent's user name, or the id where the record has none.
    pub fn name(&self) -> Option<Cow<'a, str>> {
        self.username.text().or_else(|| last_segment_of(self.arn))
    }
}

/// Whole seconds, as durations of records are; [`None`] if absent, a fraction or below 0.
pub fn whole_seconds(raw: Raw<'_>) -> Option<u64> {
    u64::try_from(raw.integer()?).ok()
}

/// The queue part of a contact trace record.
#[derive(Debug, Clone, Copy, Default)]
#[expect(
    missing_docs,
    reason = "the fields carry Connect's own names, snake-cased; the duration is whole seconds"
)]
pub struct Queue<'a> {
    pub arn: Raw<'a>,
    pub dequeue_timestamp: Raw<'a>,
    pub duration: Raw<'a>,
    pub enqueue_timestamp: Raw<'a>,
    pub name: Raw<'a>,
}

impl<'a> Queue<'a> {
    fn take(&mut self, member: &Member<'a>) {
        let field = match &*member.name {
            "ARN" => &mut self.arn,
            "DequeueTimestamp" => &mut self.dequeue_timestamp,
            "Duration" => &mut self.duration,
            "EnqueueTimestamp" => &mut self.enqueue_timestamp,
            "Name" => &mut self.name,
            _ => return,
        };
        *field = member.value;
    }

    /// The queue's id, or the name where the record has none.
    pub fn id(&self) -> Option<Cow<'a, str>> {
        last_segment_of(self.arn).or_else(|| self.name.text())
    }

    /// True for an agent's own queue.
    pub fn is_of_an_agent(&self) -> bool {
        self.arn.text().is_some_and(|arn| arn.contains("/queue/agent/"))
    }
}

fn last_segment_of(arn: Raw<'_>) -> Option<Cow<'_, str>> {
    Some(match arn.text()? {
        Cow::Borrowed(arn) => Cow::Borrowed(last_segment(arn)),
        Cow::Owned(arn) => Cow::Owned(last_segment(&arn).to_owned()),
    })
}

/// One end of a contact: the customer's, the system's, or the one it was transferred to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Endpoint<'a> {
    /// The address: a number, an e-mail address, a flow's ARN.
    pub address: Raw<'a>,
    /// `TELEPHONE_NUMBER`, `VOIP`, `CONTACT_FLOW`, `CONNECT_PHONENUMBER_ARN`, `EMAIL_ADDRESS` or one to come.
    pub kind: Raw<'a>,
}

impl<'a> Endpoint<'a> {
    /// Reads an endpoint; every field absent if the value is no object.
    pub fn read(value: Raw<'a>) -> Self {
        let mut endpoint = Self::default();
        value.members(|member| endpoint.visit(&member.name, member.value));
        endpoint
    }

    /// Takes one member.
    pub(crate) fn visit(&mut self, name: &str, value: Raw<'a>) {
        match name {
            "Address" => self.address = value,
            "Type" => self.kind = value,
            _ => {}
        }
    }

    /// The phone number; [`None`] where the type says otherwise or the address is no number.
    pub fn phone_number(&self) -> Option<PhoneNumber> {
        let type_fits = self.kind.text().is_none_or(|kind: Cow<'_, str>| kind == "TELEPHONE_NUMBER");
        if type_fits { PhoneNumber::parse(&self.address.text()?) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_null_and_wrong_type_read_the_same() {
        for agent in ["", r#","Agent":null"#, r#","Agent":7"#, r#","Agent":{}"#, r#","Agent":{"ARN":[]}"#] {
            let text = format!(r#"{{"ContactId":"c","InitiationMethod":"INBOUND"{agent}}}"#);
            let ctr = Ctr::parse(&text).unwrap();
            assert_eq!(ctr.agent().arn.text(), None, "{text}");
            assert_eq!(ctr.agent().username.text(), None, "{text}");
            assert_eq!(ctr.queue().duration.integer(), None, "{text}");
            assert_eq!(ctr.customer_number(), None, "{text}");
        }
    }

    /// Each field is its own member's value, and no other's.
    #[test]
    fn every_member_is_read_by_its_own_name() {
        let agent = [
            "ARN",
            "AfterContactWorkDuration",
            "AfterContactWorkEndTimestamp",
            "AfterContactWorkStartTimestamp",
            "AgentInteractionDuration",
            "ConnectedToAgentTimestamp",
            "CustomerHoldDuration",
            "LongestHoldDuration",
            "NumberOfHolds",
            "Username",
        ];
        let queue = ["ARN", "DequeueTimestamp", "Duration", "EnqueueTimestamp", "Name"];
        let top = [
            "AWSContactTraceRecordFormatVersion",
            "Channel",
            "ConnectedToSystemTimestamp",
            "ContactId",
            "DisconnectReason",
            "DisconnectTimestamp",
            "InitialContactId",
            "InitiationMethod",
            "InitiationTimestamp",
            "InstanceARN",
            "LastUpdateTimestamp",
            "NextContactId",
            "PreviousContactId",
            "SystemEndpoint",
            "TransferCompletedTimestamp",
            "TransferredToEndpoint",
        ];
        let members = |names: &[&str]| -> String {
            names.iter().map(|name| format!("\"{name}\":\"{name}\"")).collect::<Vec<_>>().join(",")
        };
        let text = format!(
            "{{{},\"Agent\":{{{}}},\"Queue\":{{{}}},\"CustomerEndpoint\":{{\"Address\":\"+61491570006\"}}}}",
            members(&top),
            members(&agent),
            members(&queue)
        );
        let ctr = Ctr::parse(&text).unwrap();
        let read = |raws: &[Raw<'_>]| -> Vec<String> {
            raws.iter().map(|raw| raw.text().unwrap().into_owned()).collect()
        };
        let a = ctr.agent();
        assert_eq!(
            read(&[
                a.arn,
                a.after_contact_work_duration,
                a.after_contact_work_end_timestamp,
                a.after_contact_work_start_timestamp,
                a.agent_interaction_duration,
                a.connected_to_agent_timestamp,
                a.customer_hold_duration,
                a.longest_hold_duration,
                a.number_of_holds,
                a.username,
            ]),
            agent
        );
        let q = ctr.queue();
        assert_eq!(read(&[q.arn, q.dequeue_timestamp, q.duration, q.enqueue_timestamp, q.name]), queue);
        assert_eq!(
            read(&[
                ctr.channel,
                ctr.connected_to_system_timestamp,
                ctr.contact_id,
                ctr.disconnect_reason,
                ctr.disconnect_timestamp,
                ctr.initial_contact_id,
                ctr.initiation_method,
                ctr.initiation_timestamp,
                ctr.instance_arn,
                ctr.last_update_timestamp,
                ctr.next_contact_id,
                ctr.previous_contact_id,
                ctr.system_endpoint,
                ctr.transfer_completed_timestamp,
                ctr.transferred_to_endpoint,
            ]),
            top[1..]
        );
        assert!(ctr.customer_number().is_some());
    }

    #[test]
    fn the_simulators_agent_is_a_plain_string() {
        let ctr = Ctr::parse(r#"{"ContactId":"c","InitiationMethod":"INBOUND","Agent":"Rachel"}"#).unwrap();
        assert_eq!(ctr.agent().username.text().as_deref(), Some("Rachel"));
    }

    #[test]
    fn records_are_told_apart_by_shape() {
        let verdict = |text| Ctr::parse(text).map(|_| ());
        assert_eq!(verdict(r#"{"ContactId":"c","AWSContactTraceRecordFormatVersion":"2017-03-10"}"#), Ok(()));
        assert_eq!(verdict(r#"{"ContactId":"c"}"#), Err(NotACtr::Other));
        assert_eq!(verdict(r#"{"ContactId":"","InitiationMethod":"API"}"#), Err(NotACtr::Other));
        assert_eq!(
            verdict(r#"{"ContactId":"c","ContactFlowId":"f","InitiationMethod":"API"}"#),
            Err(NotACtr::FlowLog)
        );
        assert_eq!(verdict(r#"{"AgentARN":"a","EventType":"LOGIN"}"#), Err(NotACtr::Event));
        assert_eq!(
            verdict(r#"{"ContactId":"c","EventType":"STARTED","InstanceId":"i"}"#),
            Err(NotACtr::Analysis)
        );
        assert_eq!(verdict("[]"), Err(NotACtr::NotAnObject));
    }

    #[test]
    fn only_a_telephone_number_is_one() {
        let number = |endpoint: &str| {
            let text =
                format!(r#"{{"ContactId":"c","InitiationMethod":"INBOUND","CustomerEndpoint":{endpoint}}}"#);
            Ctr::parse(&text).unwrap().customer_number().is_some()
        };
        assert!(number(r#"{"Address":"+61491570006","Type":"TELEPHONE_NUMBER"}"#));
        assert!(number(r#"{"Address":"+61491570006"}"#));
        assert!(!number(r#"{"Address":"anonymous","Type":"TELEPHONE_NUMBER"}"#));
        assert!(!number(r#"{"Address":"12345","Type":"VOIP"}"#));
        assert!(!number("null"));
    }
}
