//! The contacts of a snapshot, read in one pass.

use super::{AgentContact, Document};
use crate::json::{Member, Raw, Visitor};

/// Reads contacts. Of a name that comes twice the last counts, whatever its value.
#[derive(Default)]
pub(super) struct Contacts<'a> {
    pub(super) all: Vec<AgentContact<'a>>,
    /// The one that is being read.
    open: AgentContact<'a>,
}

impl<'a> Contacts<'a> {
    /// The contact whose members were read, with this text of it; [`None`] if they name no contact.
    pub(super) fn finish(&mut self, document: &'a str) -> Option<AgentContact<'a>> {
        let contact = AgentContact { document: Document(document), ..std::mem::take(&mut self.open) };
        contact.contact_id.text().is_some_and(|id| !id.is_empty()).then_some(contact)
    }
}

impl<'a> Visitor<'a> for Contacts<'a> {
    fn enter(&mut self, depth: usize, name: &str) -> bool {
        let is_queue = depth == 0 && name == "Queue";
        if is_queue {
            // What an object of the same name said before.
            (self.open.queue_arn, self.open.queue_name) = (Raw::ABSENT, Raw::ABSENT);
        }
        is_queue
    }

    fn member(&mut self, depth: usize, member: Member<'a>) {
        let contact = &mut self.open;
        let field = match (depth, &*member.name) {
            (0, "ContactId") => &mut contact.contact_id,
            (0, "InitialContactId") => &mut contact.initial_contact_id,
            (0, "Channel") => &mut contact.channel,
            (0, "InitiationMethod") => &mut contact.initiation_method,
            (0, "State") => &mut contact.state,
            (0, "StateStartTimestamp") => &mut contact.state_start_timestamp,
            (0, "ConnectedToAgentTimestamp") => &mut contact.connected_to_agent_timestamp,
            (0, "QueueTimestamp") => &mut contact.queue_timestamp,
            (0, "Queue") => {
                if !member.value.is_object() {
                    self.enter(depth, &member.name);
                }
                return;
            }
            (1, "ARN") => &mut contact.queue_arn,
            (1, "Name") => &mut contact.queue_name,
            _ => return,
        };
        *field = member.value;
    }

    fn element(&mut self, value: Raw<'a>) {
        let contact = self.finish(value.json());
        self.all.extend(contact);
    }
}
