//! What happens while an agent has a contact.

use super::{
    agent::ContactState,
    centre::Centre,
    handle::ContactRef,
    plan::{Action, EndedBy, FlowBlock},
    schedule::Timer,
    step::{ContactStep, Flow, Sink},
    terms::Channel,
    time::{Millis, SECOND, whole_seconds},
};

/// How long a paused task waits for a slot before the agent looks again.
const RESUMED_AFTER: Millis = 15 * SECOND;

impl<S: Sink> Centre<S> {
    /// The next action of the contact's plan; without one it ends.
    pub(super) fn next_action(&mut self, handle: ContactRef) {
        let Some(contact) = self.contacts.get_mut(handle) else { return };
        let action =
            contact.plan.actions.get(contact.actions).copied().unwrap_or(Action::End(EndedBy::Agent));
        contact.actions += 1;
        match action {
            Action::Talk(length) => self.wait_for(handle, action, length),
            Action::Hold(length) | Action::HoldAbandoned(length) => {
                self.begin_hold(handle);
                self.wait_for(handle, action, length);
            }
            Action::Pause(length) => {
                self.pause(handle);
                self.wait_for(handle, action, length);
            }
            Action::Monitor(length) => {
                self.start_monitoring(handle, length);
                self.next_action(handle);
            }
            Action::BlindTransfer(queue) => self.transfer_blind(handle, queue),
            Action::Consult(..) => self.consult(handle, action),
            Action::External(ring, stay) => self.transfer_outside(handle, ring, stay),
            Action::ExternalConference(ring, stay) => self.join_outside(handle, action, ring, stay),
            Action::End(by) => self.end(handle, by),
        }
    }

    /// The action goes on for so long.
    pub(super) fn wait_for(&mut self, handle: ContactRef, action: Action, length: Millis) {
        let Some(contact) = self.contacts.get_mut(handle) else { return };
        contact.action = Some(action);
        contact.epoch += 1;
        self.schedule.add(self.now + length, Timer::ActionOver(handle, contact.epoch));
    }

    /// The action that went on is over.
    pub(super) fn action_over(&mut self, handle: ContactRef, epoch: u32) {
        let Some(contact) = self.contacts.get_mut(handle).filter(|contact| contact.epoch == epoch) else {
            return;
        };
        match contact.action.take() {
            Some(Action::Hold(_)) => {
                self.end_hold(handle);
                self.next_action(handle);
            }
            Some(Action::HoldAbandoned(_)) => {
                contact.is_hold_abandoned = true;
                self.end(handle, EndedBy::Customer);
            }
            Some(action @ Action::Pause(_)) => {
                if self.has_room_for(handle) {
                    self.resume(handle);
                    self.next_action(handle);
                } else {
                    self.wait_for(handle, action, RESUMED_AFTER);
                }
            }
            Some(Action::Consult(_, then)) => self.consult_over(handle, then),
            _ => self.next_action(handle),
        }
    }

    pub(super) fn begin_hold(&mut self, handle: ContactRef) {
        let Some(contact) = self.contacts.get_mut(handle) else { return };
        let Some(agent) = contact.agent else { return };
        contact.holds.begin(self.now);
        self.note(ContactStep::HoldStarted, handle);
        if self.config.behaviour.has_flow {
            self.note(
                ContactStep::Flow(Flow::CustomerHold, FlowBlock::Prompt("One moment, please.")),
                handle,
            );
        }
        self.show(handle, agent, ContactState::OnHold);
    }

    pub(super) fn end_hold(&mut self, handle: ContactRef) {
        let Some(contact) = self.contacts.get_mut(handle) else { return };
        let (Some(agent), Some(_)) = (contact.agent, contact.holds.since) else { return };
        contact.holds.end(self.now);
        self.note(ContactStep::HoldEnded, handle);
        self.show(handle, agent, ContactState::Connected);
    }

    /// The agent puts a task away, and may be offered something else.
    fn pause(&mut self, handle: ContactRef) {
        let turnaround = self.config.behaviour.turnaround;
        let Some(contact) = self.contacts.get_mut(handle) else { return };
        let Some(agent) = contact.agent else { return };
        contact.pauses.count += 1;
        contact.pauses.paused = Some(self.now);
        self.note(ContactStep::Paused, handle);
        if let Some(agent) = self.agents.get_mut(agent) {
            agent.rests_until = self.now + turnaround;
        }
        self.show(handle, agent, ContactState::Paused);
        self.schedule.add(self.now + turnaround, Timer::Ready { agent });
    }

    /// True if the agent has a slot for a task that was put away.
    fn has_room_for(&self, handle: ContactRef) -> bool {
        let agent = self.contacts.get(handle).and_then(|contact| contact.agent);
        let agent = agent.and_then(|agent| self.agents.get(agent));
        agent.is_none_or(|agent| {
            agent.has_slot(Channel::Task, self.directory.slots(agent.profile, Channel::Task))
        })
    }

    fn resume(&mut self, handle: ContactRef) {
        let Some(contact) = self.contacts.get_mut(handle) else { return };
        let (Some(agent), Some(paused)) = (contact.agent, contact.pauses.paused) else { return };
        contact.pauses.seconds += whole_seconds(paused, self.now);
        contact.pauses.resumed = Some(self.now);
        self.note(ContactStep::Resumed, handle);
        self.show(handle, agent, ContactState::Connected);
    }

    /// The conversation ends, and after-contact work begins.
    pub(super) fn end(&mut self, handle: ContactRef, by: EndedBy) {
        let Some(contact) = self.contacts.get(handle) else { return };
        let reason = match (contact.channel, by) {
            (Channel::Task, _) => "AGENT_COMPLETED",
            (Channel::Voice | Channel::Chat, EndedBy::Customer) => "CUSTOMER_DISCONNECT",
            _ => "AGENT_DISCONNECT",
        };
        self.agent_leaves(handle);
        self.disconnect(handle, reason);
    }

    /// The agent's part ends: after-contact work begins.
    pub(super) fn agent_leaves(&mut self, handle: ContactRef) {
        let Some(contact) = self.contacts.get_mut(handle) else { return };
        let Some(agent) = contact.offered_to else { return };
        contact.holds.end(self.now);
        contact.left = Some(self.now);
        contact.epoch += 1;
        let wrap_up = contact.plan.wrap_up;
        self.note(ContactStep::AgentLeft, handle);
        self.show(handle, agent, ContactState::Ended);
        self.schedule.add(self.now + wrap_up, Timer::WorkOver(handle));
    }
}
