//! The tolerant view of a contact event, as EventBridge delivers it or its `detail` alone.
//!
//! Published events spell names in camelCase and in `PascalCase`, for the whole detail or for nested objects
//! only; so names are read without regard to case. Every field is optional: there are `DISCONNECTED` events
//! without a single time. Events are not ordered, and the envelope's time has no more than the second.

use jiff::Timestamp;

use crate::{
    instant::instant,
    json::{self, Raw},
};

/// The envelope's `detail-type` of a contact event.
pub const DETAIL_TYPE: &str = "Amazon Connect Contact Event";

/// Why a JSON object is not a contact event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAContactEvent {
    /// The text is not one JSON object.
    #[error("not a JSON object")]
    NotAnObject,
    /// No type or no contact id.
    #[error("not a contact event")]
    Other,
}

/// The members of a contact event that Switchboard uses, borrowed from its text.
#[derive(Debug, Clone, Copy, Default)]
#[expect(missing_docs, reason = "the fields carry Connect's own names, snake-cased")]
pub struct ContactEvent<'a> {
    /// The envelope's id, the same for a repeat; absent for a detail alone.
    pub envelope_id: Raw<'a>,
    /// The envelope's time, to the second; absent for a detail alone.
    pub envelope_time: Raw<'a>,
    pub event_type: Raw<'a>,
    pub contact_id: Raw<'a>,
    pub initial_contact_id: Raw<'a>,
    pub previous_contact_id: Raw<'a>,
    pub related_contact_id: Raw<'a>,
    pub next_contact_id: Raw<'a>,
    pub channel: Raw<'a>,
    pub initiation_method: Raw<'a>,
    pub instance_arn: Raw<'a>,
    pub initiation_timestamp: Raw<'a>,
    pub connected_to_system_timestamp: Raw<'a>,
    pub disconnect_timestamp: Raw<'a>,
    pub scheduled_timestamp: Raw<'a>,
    pub disconnect_reason: Raw<'a>,
    pub updated_properties: Raw<'a>,
    pub customer_id: Raw<'a>,
    pub last_paused_timestamp: Raw<'a>,
    pub last_resumed_timestamp: Raw<'a>,
    pub answering_machine_detection_status: Raw<'a>,
    queue_info: Raw<'a>,
    agent_info: Raw<'a>,
}

impl<'a> ContactEvent<'a> {
    /// Reads one JSON object as a contact event.
    ///
    /// # Errors
    /// When it is none, or lacks its type or the contact's id.
    pub fn parse(document: &'a str) -> Result<Self, NotAContactEvent> {
        // The members of an envelope and those of a detail have no name in common that we use.
        let (mut event, mut detail) = (Self::default(), Raw::ABSENT);
        json::members(document, |member| match &*member.name {
            "id" => event.envelope_id = member.value,
            "time" => event.envelope_time = member.value,
            "detail" => detail = member.value,
            name => event.visit(name, member.value),
        })
        .map_err(|_| NotAContactEvent::NotAnObject)?;
        if detail.is_object() {
            event = Self {
                envelope_id: event.envelope_id,
                envelope_time: event.envelope_time,
                ..Self::default()
            };
            detail.members(|member| event.visit(&member.name, member.value));
        }
        let is_told = |raw: Raw<'a>| raw.text().is_some_and(|text| !text.is_empty());
        if is_told(event.event_type) && is_told(event.contact_id) {
            Ok(event)
        } else {
            Err(NotAContactEvent::Other)
        }
    }

    /// Takes one member of the detail.
    fn visit(&mut self, name: &str, value: Raw<'a>) {
        let field = match name.to_ascii_lowercase().as_str() {
            "eventtype" => &mut self.event_type,
            "contactid" => &mut self.contact_id,
            "initialcontactid" => &mut self.initial_contact_id,
            "previouscontactid" => &mut self.previous_contact_id,
            "relatedcontactid" => &mut self.related_contact_id,
            "nextcontactid" => &mut self.next_contact_id,
            "channel" => &mut self.channel,
            "initiationmethod" => &mut self.initiation_method,
            "instancearn" => &mut self.instance_arn,
            "initiationtimestamp" => &mut self.initiation_timestamp,
            "connectedtosystemtimestamp" => &mut self.connected_to_system_timestamp,
            "disconnecttimestamp" => &mut self.disconnect_timestamp,
            "scheduledtimestamp" => &mut self.scheduled_timestamp,
            "disconnectreason" => &mut self.disconnect_reason,
            "updatedproperties" => &mut self.updated_properties,
            "customerid" => &mut self.customer_id,
            "lastpausedtimestamp" => &mut self.last_paused_timestamp,
            "lastresumedtimestamp" => &mut self.last_resumed_timestamp,
            "answeringmachinedetectionstatus" => &mut self.answering_machine_detection_status,
            "queueinfo" => &mut self.queue_info,
            "agentinfo" => &mut self.agent_info,
            _ => return,
        };
        *field = value;
    }

    /// The channel in upper case: published events say `VOICE` and `Voice`.
    pub fn channel(&self) -> Option<String> {
        self.channel.text().map(|channel| channel.to_ascii_uppercase())
    }

    /// The queue; every field absent if the contact never queued.
    pub fn queue(&self) -> QueueInfo<'a> {
        let mut queue = QueueInfo::default();
        self.queue_info.members(|member| {
            let field = match member.name.to_ascii_lowercase().as_str() {
                "queuearn" => &mut queue.arn,
                "queuetype" => &mut queue.kind,
                "enqueuetimestamp" => &mut queue.enqueue_timestamp,
                _ => return,
            };
            *field = member.value;
        });
        queue
    }

    /// The agent; every field absent if none was offered the contact.
    pub fn agent(&self) -> AgentInfo<'a> {
        let mut agent = AgentInfo::default();
        self.agent_info.members(|member| {
            let field = match member.name.to_ascii_lowercase().as_str() {
                "agentarn" => &mut agent.arn,
                "connectedtoagenttimestamp" => &mut agent.connected_to_agent_timestamp,
                "agentinitiatedholdduration" => &mut agent.agent_initiated_hold_duration,
                "aftercontactworkstarttimestamp" => &mut agent.after_contact_work_start_timestamp,
                "aftercontactworkendtimestamp" => &mut agent.after_contact_work_end_timestamp,
                "aftercontactworkduration" => &mut agent.after_contact_work_duration,
                _ => return,
            };
            *field = member.value;
        });
        agent
    }

    /// When the event happened, where the event itself says so: the time that belongs to its type.
    pub fn own_time(&self) -> Option<Timestamp> {
        let field = match self.event_type.text()?.as_ref() {
            "INITIATED" => self.initiation_timestamp,
            "CONNECTED_TO_SYSTEM" => self.connected_to_system_timestamp,
            "QUEUED" => self.queue().enqueue_timestamp,
            "CONNECTED_TO_AGENT" => self.agent().connected_to_agent_timestamp,
            "DISCONNECTED" => self.disconnect_timestamp,
            "COMPLETED" => self.agent().after_contact_work_end_timestamp,
            "PAUSED" => self.last_paused_timestamp,
            "RESUMED" => self.last_resumed_timestamp,
            _ => Raw::ABSENT,
        };
        instant(field)
    }
}

/// The queue part of a contact event.
#[derive(Debug, Clone, Copy, Default)]
#[expect(missing_docs, reason = "the fields carry Connect's own names, snake-cased")]
pub struct QueueInfo<'a> {
    pub arn: Raw<'a>,
    /// `STANDARD` or `AGENT`.
    pub kind: Raw<'a>,
    pub enqueue_timestamp: Raw<'a>,
}

/// The agent part of a contact event.
#[derive(Debug, Clone, Copy, Default)]
#[expect(
    missing_docs,
    reason = "the fields carry Connect's own names, snake-cased; durations are whole seconds"
)]
pub struct AgentInfo<'a> {
    pub arn: Raw<'a>,
    pub connected_to_agent_timestamp: Raw<'a>,
    pub agent_initiated_hold_duration: Raw<'a>,
    pub after_contact_work_start_timestamp: Raw<'a>,
    pub after_contact_work_end_timestamp: Raw<'a>,
    pub after_contact_work_duration: Raw<'a>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASCAL: &str = r#"{"id":"e","time":"2024-05-01T10:00:07Z","detail-type":"Amazon Connect Contact Event",
        "detail":{"ContactId":"c","Channel":"Voice","EventType":"CONNECTED_TO_AGENT",
        "AgentInfo":{"AgentArn":"a","ConnectedToAgentTimestamp":"2024-05-01T10:00:06.500Z"},
        "queueInfo":{"QueueArn":"q","QueueType":"STANDARD"},"RoutingCriteria":[{"Steps":[]}]}}"#;

    #[test]
    fn pascal_case_reads_as_camel_case() {
        let event = ContactEvent::parse(PASCAL).unwrap();
        assert_eq!(event.envelope_id.text().as_deref(), Some("e"));
        assert_eq!(event.channel().as_deref(), Some("VOICE"));
        assert_eq!(event.agent().arn.text().as_deref(), Some("a"));
        assert_eq!(event.queue().arn.text().as_deref(), Some("q"));
        assert_eq!(event.own_time(), Some("2024-05-01T10:00:06.5Z".parse().unwrap()));
        let camel = PASCAL
            .replace("\"ContactId", "\"contactId")
            .replace("\"EventType", "\"eventType")
            .replace("\"AgentInfo", "\"agentInfo")
            .replace("\"AgentArn", "\"agentArn");
        let camel = ContactEvent::parse(&camel).unwrap();
        assert_eq!(camel.contact_id.text(), event.contact_id.text());
        assert_eq!(camel.agent().arn.text(), event.agent().arn.text());
    }

    /// Each field is its own member's value, in whatever case it is spelled.
    #[test]
    fn every_member_is_read_by_its_own_name() {
        let names = [
            "eventType",
            "contactId",
            "initialContactId",
            "previousContactId",
            "relatedContactId",
            "nextContactId",
            "channel",
            "initiationMethod",
            "instanceARN",
            "initiationTimestamp",
            "connectedToSystemTimestamp",
            "disconnectTimestamp",
            "scheduledTimestamp",
            "disconnectReason",
            "updatedProperties",
            "customerId",
            "lastPausedTimestamp",
            "lastResumedTimestamp",
            "answeringMachineDetectionStatus",
        ];
        let queue = ["queueArn", "queueType", "enqueueTimestamp"];
        let agent = [
            "agentArn",
            "connectedToAgentTimestamp",
            "agentInitiatedHoldDuration",
            "afterContactWorkStartTimestamp",
            "afterContactWorkEndTimestamp",
            "afterContactWorkDuration",
        ];
        let members = |names: &[&str]| -> String {
            names.iter().map(|name| format!("\"{name}\":\"{name}\"")).collect::<Vec<_>>().join(",")
        };
        let text = format!(
            "{{\"id\":\"id\",\"time\":\"time\",\"detail\":{{{},\"queueInfo\":{{{}}},\"agentInfo\":{{{}}}}}}}",
            members(&names),
            members(&queue),
            members(&agent)
        );
        let event = ContactEvent::parse(&text).unwrap();
        let read = |raws: &[Raw<'_>]| -> Vec<String> {
            raws.iter().map(|raw| raw.text().unwrap().into_owned()).collect()
        };
        assert_eq!(
            read(&[
                event.event_type,
                event.contact_id,
                event.initial_contact_id,
                event.previous_contact_id,
                event.related_contact_id,
                event.next_contact_id,
                event.channel,
                event.initiation_method,
                event.instance_arn,
                event.initiation_timestamp,
                event.connected_to_system_timestamp,
                event.disconnect_timestamp,
                event.scheduled_timestamp,
                event.disconnect_reason,
                event.updated_properties,
                event.customer_id,
                event.last_paused_timestamp,
                event.last_resumed_timestamp,
                event.answering_machine_detection_status,
            ]),
            names
        );
        assert_eq!(read(&[event.envelope_id, event.envelope_time]), ["id", "time"]);
        let q = event.queue();
        assert_eq!(read(&[q.arn, q.kind, q.enqueue_timestamp]), queue);
        let a = event.agent();
        assert_eq!(
            read(&[
                a.arn,
                a.connected_to_agent_timestamp,
                a.agent_initiated_hold_duration,
                a.after_contact_work_start_timestamp,
                a.after_contact_work_end_timestamp,
                a.after_contact_work_duration,
            ]),
            agent
        );
    }

    /// The time that stands for an event is that of what it tells.
    #[test]
    fn each_kind_of_event_has_its_own_time() {
        for (kind, member) in [
            ("INITIATED", r#""initiationTimestamp":"T""#),
            ("CONNECTED_TO_SYSTEM", r#""connectedToSystemTimestamp":"T""#),
            ("QUEUED", r#""queueInfo":{"enqueueTimestamp":"T"}"#),
            ("CONNECTED_TO_AGENT", r#""agentInfo":{"connectedToAgentTimestamp":"T"}"#),
            ("DISCONNECTED", r#""disconnectTimestamp":"T""#),
            ("COMPLETED", r#""agentInfo":{"afterContactWorkEndTimestamp":"T"}"#),
        ] {
            let member = member.replace("\"T\"", r#""2026-11-02T07:00:01Z""#);
            let at = |kind: &str| {
                let text = format!(r#"{{"contactId":"c","eventType":"{kind}",{member}}}"#);
                ContactEvent::parse(&text).unwrap().own_time()
            };
            assert_eq!(at(kind), Some("2026-11-02T07:00:01Z".parse().unwrap()), "{kind}");
            assert_eq!(at("AMD_DISABLED"), None, "{kind}");
        }
    }

    #[test]
    fn a_detail_alone_is_an_event_too() {
        let event = ContactEvent::parse(r#"{"contactId":"c","eventType":"QUEUED"}"#).unwrap();
        assert_eq!(event.contact_id.text().as_deref(), Some("c"));
        assert_eq!(event.envelope_id.text(), None);
        assert_eq!(event.own_time(), None, "a QUEUED without a queue");
    }

    #[test]
    fn fields_of_the_envelope_are_not_the_details() {
        let event = ContactEvent::parse(
            r#"{"id":"e","contactId":"outer","detail":{"contactId":"inner","eventType":"INITIATED","id":"x"}}"#,
        );
        let event = event.unwrap();
        assert_eq!(event.contact_id.text().as_deref(), Some("inner"));
        assert_eq!(event.envelope_id.text().as_deref(), Some("e"));
    }

    #[test]
    fn times_not_set_are_absent() {
        let event = ContactEvent::parse(
            r#"{"contactId":"c","eventType":"CONNECTED_TO_AGENT",
            "agentInfo":{"connectedToAgentTimestamp":"1970-01-01T00:00:00.001Z"}}"#,
        );
        assert_eq!(event.unwrap().own_time(), None);
    }

    #[test]
    fn routing_criteria_and_wrong_types_do_no_harm() {
        for more in [
            r#""routingCriteria":{"steps":[{"expression":{"proficiencyLevel":4.0}}]}"#,
            r#""queueInfo":[]"#,
            r#""agentInfo":"x""#,
            r#""disconnectTimestamp":7"#,
            r#""updatedProperties":null"#,
        ] {
            let text = format!(r#"{{"contactId":"c","eventType":"DISCONNECTED",{more}}}"#);
            let event = ContactEvent::parse(&text).unwrap();
            assert_eq!(event.own_time(), None, "{more}");
            assert_eq!(event.queue().arn.text(), None, "{more}");
            assert_eq!(event.agent().arn.text(), None, "{more}");
        }
    }

    #[test]
    fn what_is_no_contact_event_is_refused() {
        let verdict = |text| ContactEvent::parse(text).map(|_| ());
        assert_eq!(verdict("[]"), Err(NotAContactEvent::NotAnObject));
        for other in [
            r#"{"contactId":"c"}"#,
            r#"{"eventType":"QUEUED"}"#,
            r#"{"contactId":"","eventType":"QUEUED"}"#,
            r#"{"contactId":7,"eventType":"QUEUED"}"#,
            r#"{"detail":{}}"#,
        ] {
            assert_eq!(verdict(other), Err(NotAContactEvent::Other), "{other}");
        }
    }
}
