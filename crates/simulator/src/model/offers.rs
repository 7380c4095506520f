//! Offers to agents, and what becomes of them.

use super::{
    agent::{ContactState, HeldContact},
    centre::Centre,
    contact::Stage,
    handle::ContactRef,
    plan::{FlowBlock, OfferReply, PlannedOffer},
    schedule::Timer,
    step::{AgentStep, ContactStep, Flow, Sink},
    terms::{Channel, InitiationMethod, LegRole, WaitEnd},
    time::SECOND,
};

/// An offer of which the plan says nothing.
const TAKEN_SOON: PlannedOffer =
    PlannedOffer { after: 3 * SECOND, reply: OfferReply::Accept, cleared_after: 5 * SECOND };

impl<S: Sink> Centre<S> {
    /// Offers a contact to an agent.
    pub(super) fn offer(&mut self, handle: ContactRef, agent: usize) {
        self.leave_line(handle);
        let Some(contact) = self.contacts.get_mut(handle) else { return };
        let planned = contact.plan.offers.get(contact.offer).copied().unwrap_or(TAKEN_SOON);
        contact.offer += 1;
        contact.attempts += 1;
        contact.epoch += 1;
        contact.stage = Stage::Offered;
        contact.reply = Some(planned.reply);
        self.schedule.add(self.now + planned.after, Timer::Reply(handle, contact.epoch));
        if planned.reply != OfferReply::Accept {
            let cleared = self.now + planned.after + planned.cleared_after;
            self.schedule.add(cleared, Timer::Clear { agent, contact: handle });
        }
        self.put_into_hands(handle, agent);
        self.note(ContactStep::Offered, handle);
    }

    /// The agent's screen shows the contact.
    pub(super) fn put_into_hands(&mut self, handle: ContactRef, agent: usize) {
        let Some(contact) = self.contacts.get_mut(handle) else { return };
        contact.offered_to = Some(agent);
        let state = match contact.method {
            InitiationMethod::Callback => ContactState::Incoming,
            // A supervisor listens at once.
            InitiationMethod::Monitor => ContactState::Connected,
            _ => ContactState::Connecting,
        };
        let held = HeldContact {
            id: contact.id,
            initial: contact.initial,
            channel: contact.channel,
            method: contact.method,
            queue: contact.queue,
            enqueued: contact.enqueued,
            connected: contact.connected,
            state,
            since: self.now,
            contact: handle,
        };
        if let Some(agent) = self.agents.get_mut(agent) {
            agent.held.push(held);
        }
        self.refresh(agent);
        self.note_agent(AgentStep::ContactsChanged, agent);
    }

    /// The contact is in another state in the agent's hands.
    pub(super) fn show(&mut self, handle: ContactRef, agent: usize, state: ContactState) {
        let now = self.now;
        let Some(held) = self.agents.get_mut(agent).and_then(|agent| agent.held_mut(handle)) else { return };
        held.state = state;
        held.since = now;
        if state == ContactState::Connected {
            held.connected.get_or_insert(now);
        }
        self.refresh(agent);
        self.note_agent(AgentStep::ContactsChanged, agent);
    }

    /// The contact leaves the agent's screen. A status that was chosen before takes effect if it was the last one.
    pub(super) fn take_out_of_hands(&mut self, handle: ContactRef, index: usize) {
        let Some(agent) = self.agents.get_mut(index) else { return };
        let before = agent.held.len();
        agent.held.retain(|held| held.contact != handle);
        if agent.held.len() == before {
            return;
        }
        agent.idle_since = self.now;
        agent.rests_until = self.now + self.config.behaviour.turnaround;
        let (rests_until, next) = (agent.rests_until, agent.next.filter(|_| !agent.is_busy()));
        if let Some((status, _)) = next {
            let length = agent.next_length;
            self.take_status(index, status, length);
        } else {
            self.note_agent(AgentStep::ContactsChanged, index);
            if rests_until > self.now {
                self.refresh(index);
                self.schedule.add(rests_until, Timer::Ready { agent: index });
            } else {
                self.serve(index);
            }
        }
    }

    /// The agent replies to an offer.
    pub(super) fn reply(&mut self, handle: ContactRef, epoch: u32) {
        let Some(contact) = self.contacts.get_mut(handle) else { return };
        if contact.epoch != epoch || contact.stage != Stage::Offered {
            return;
        }
        let (Some(reply), Some(agent)) = (contact.reply.take(), contact.offered_to) else { return };
        let (state, step) = match reply {
            OfferReply::Accept if contact.method == InitiationMethod::Callback => {
                self.dial_callback(handle);
                self.show(handle, agent, ContactState::Connecting);
                return;
            }
            OfferReply::Accept => {
                self.connect(handle);
                return;
            }
            OfferReply::Miss => (ContactState::Missed, ContactStep::Missed),
            OfferReply::Reject => (ContactState::Rejected, ContactStep::Rejected),
            OfferReply::Fail => (ContactState::Error, ContactStep::Failed),
        };
        contact.epoch += 1;
        self.note(step, handle);
        self.show(handle, agent, state);
        let Some(contact) = self.contacts.get_mut(handle) else { return };
        contact.offered_to = None;
        if contact.role == LegRole::Consulted {
            self.consult_not_taken(handle);
        } else {
            self.line_up(handle);
            self.route(handle);
        }
    }

    /// The agent clears a contact that was not taken.
    pub(super) fn clear(&mut self, index: usize, handle: ContactRef) {
        let Some(agent) = self.agents.get_mut(index) else { return };
        let is_left = agent.held_mut(handle).is_some_and(|held| {
            matches!(held.state, ContactState::Missed | ContactState::Rejected | ContactState::Error)
        });
        if is_left {
            self.take_out_of_hands(handle, index);
        }
    }

    /// The agent and the customer, or who else it is, are connected.
    pub(super) fn connect(&mut self, handle: ContactRef) {
        let Some(contact) = self.contacts.get_mut(handle) else { return };
        let Some(agent) = contact.offered_to else { return };
        contact.stage = Stage::Connected;
        contact.epoch += 1;
        contact.agent = Some(agent);
        contact.accepted.get_or_insert(self.now);
        contact.connected = Some(self.now);
        if contact.enqueued.is_some() {
            contact.dequeued.get_or_insert(self.now);
            contact.wait_end = Some(WaitEnd::Answered);
        }
        let (role, channel) = (contact.role, contact.channel);
        if self.config.behaviour.has_flow && channel == Channel::Voice && role == LegRole::Customer {
            let whisper = FlowBlock::Prompt("A customer.");
            self.note(ContactStep::Flow(Flow::AgentWhisper, whisper), handle);
            let whisper = FlowBlock::Prompt("You are being connected.");
            self.note(ContactStep::Flow(Flow::CustomerWhisper, whisper), handle);
        }
        self.note(ContactStep::Connected, handle);
        self.show(handle, agent, ContactState::Connected);
        if role == LegRole::Consulted {
            self.consult_begins(handle);
        } else {
            self.next_action(handle);
        }
    }
}
