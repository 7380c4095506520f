//! A contact record and the objects in it, read in one pass.

use super::{Agent, Ctr, Endpoint, NotACtr, Queue};
use crate::json::{Member, Visitor};

/// Reads a record and the objects in it in one pass. Of a name that comes twice the last counts, whatever its value.
#[derive(Default)]
pub(super) struct Reader<'a> {
    ctr: Ctr<'a>,
    open: Option<Part>,
}

/// An object of a record.
#[derive(Clone, Copy)]
enum Part {
    Agent,
    Queue,
    SystemEndpoint,
    TransferredToEndpoint,
}

impl<'a> Reader<'a> {
    /// The record, when all of it was read.
    pub(super) fn finish(self) -> Result<Ctr<'a>, NotACtr> {
        let mut ctr = self.ctr;
        ctr.check()?;
        if ctr.agent.text().is_some() {
            // The workshop's simulator writes the agent's name in place of the object.
            ctr.parts.agent.username = ctr.agent;
        }
        Ok(ctr)
    }
}

impl<'a> Visitor<'a> for Reader<'a> {
    #[inline]
    fn enter(&mut self, depth: usize, name: &str) -> bool {
        let parts = &mut self.ctr.parts;
        self.open = match name {
            _ if depth > 0 => return false,
            "Agent" => {
                parts.agent = Agent::default();
                Some(Part::Agent)
            }
            "Queue" => {
                parts.queue = Queue::default();
                Some(Part::Queue)
            }
            "SystemEndpoint" => {
                parts.system_endpoint = Endpoint::default();
                Some(Part::SystemEndpoint)
            }
            "TransferredToEndpoint" => {
                parts.transferred_to_endpoint = Endpoint::default();
                Some(Part::TransferredToEndpoint)
            }
            _ => None,
        };
        self.open.is_some()
    }

    #[inline]
    fn member(&mut self, depth: usize, member: Member<'a>) {
        let parts = &mut self.ctr.parts;
        if depth > 0 {
            return match self.open {
                Some(Part::Agent) => parts.agent.take(&member),
                Some(Part::Queue) => parts.queue.take(&member),
                Some(Part::SystemEndpoint) => parts.system_endpoint.visit(&member.name, member.value),
                Some(Part::TransferredToEndpoint) => {
                    parts.transferred_to_endpoint.visit(&member.name, member.value);
                }
                None => {}
            };
        }
        if !member.value.is_object() {
            // What an object of the same name said before.
            self.enter(0, &member.name);
        }
        self.ctr.visit(&member.name, member.value);
    }
}
