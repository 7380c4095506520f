//! Which kind of record a document is, by its shape.
//!
//! Several kinds share one stream in practice (contact records arrive on the stream of agent events), so
//! what a record is can't be told from where it came.

use crate::{
    contact_event::DETAIL_TYPE,
    ctr::Ctr,
    json::{self, NotAnObject, Raw},
};

/// A kind of record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
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
    /// An object of another kind.
    Other,
}

impl Kind {
    /// Tells what a document is from its top-level members, in one walk.
    ///
    /// # Errors
    /// When the document is not one JSON object.
    pub fn of(document: &str) -> Result<Self, NotAnObject> {
        let (mut marks, mut ctr) = (Marks::default(), Ctr::default());
        json::members(document, |member| {
            marks.note(&member.name, member.value);
            ctr.note(&member.name, member.value);
        })?;
        Ok(if marks.logs {
            Self::LogBatch
        } else if marks.detail {
            // EventBridge carries other events of Connect's too.
            if marks.other_detail_type { Self::Other } else { Self::ContactEvent }
        } else if marks.event_type && marks.agent {
            Self::AgentEvent
        } else if marks.event_type && marks.contact {
            Self::ContactEvent
        } else if marks.flow && marks.contact {
            Self::FlowLog
        } else if ctr.check().is_ok() {
            Self::ContactRecord
        } else {
            Self::Other
        })
    }
}

/// Members that say what kind of record this is.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is one member, seen or not")]
struct Marks {
    agent: bool,
    contact: bool,
    detail: bool,
    event_type: bool,
    flow: bool,
    logs: bool,
    other_detail_type: bool,
}

impl Marks {
    fn note(&mut self, name: &str, value: Raw<'_>) {
        match name {
            "AgentARN" => self.agent = value.text().is_some(),
            "ContactId" | "contactId" => self.contact = value.text().is_some(),
            "detail" => self.detail = value.is_object(),
            "detail-type" => {
                self.other_detail_type = value.text().is_some_and(|kind| kind != DETAIL_TYPE);
            }
            "EventType" | "eventType" => self.event_type = value.text().is_some(),
            "ContactFlowId" | "ContactFlowModuleType" => self.flow |= value.text().is_some(),
            "awslogs" => self.logs = value.is_object(),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_told_apart() {
        for (document, kind) in [
            (r#"{"ContactId":"c","InitiationMethod":"API","Agent":null}"#, Kind::ContactRecord),
            (r#"{"detail-type":"Amazon Connect Contact Event","detail":{}}"#, Kind::ContactEvent),
            (r#"{"detail":{"contactId":"c"}}"#, Kind::ContactEvent),
            (r#"{"contactId":"c","eventType":"QUEUED"}"#, Kind::ContactEvent),
            (r#"{"ContactId":"c","EventType":"QUEUED","InitiationMethod":"API"}"#, Kind::ContactEvent),
            (r#"{"AgentARN":"a","EventType":"HEART_BEAT"}"#, Kind::AgentEvent),
            (r#"{"ContactId":"c","ContactFlowModuleType":"PlayPrompt"}"#, Kind::FlowLog),
            (r#"{"awslogs":{"data":""}}"#, Kind::LogBatch),
            (r#"{"detail-type":"Contact Lens Post Call Rules Matched","detail":{}}"#, Kind::Other),
            (r#"{"ContactId":"c"}"#, Kind::Other),
            ("{}", Kind::Other),
        ] {
            assert_eq!(Kind::of(document), Ok(kind), "{document}");
        }
        assert_eq!(Kind::of("[]"), Err(NotAnObject));
    }
}
