//! What a contact goes through before a queue.

use super::{
    centre::Centre,
    contact::Stage,
    directory::is_open,
    handle::ContactRef,
    plan::{FlowBlock, PlannedBlock},
    schedule::Timer,
    step::{ContactStep, Flow, Sink},
    terms::{DialOutcome, InitiationMethod, QueueRef},
    time::SECOND,
};

/// Said outside opening hours.
const CLOSED: &str = "We are closed. Please contact us from Monday to Friday between eight and eight.";

impl<S: Sink> Centre<S> {
    /// The next block of a contact's flow; behind the last one is the queue, or the end.
    pub(super) fn go_through_block(&mut self, handle: ContactRef, epoch: u32) {
        let Some(contact) = self.contacts.get_mut(handle) else { return };
        if contact.epoch != epoch || contact.stage != Stage::Flow {
            return;
        }
        if contact.connected_to_system.is_none() {
            contact.connected_to_system = Some(self.now);
            self.note(ContactStep::ConnectedToSystem, handle);
        }
        let Some(contact) = self.contacts.get_mut(handle) else { return };
        // The first time is the connection itself: the first block comes a little later.
        let at = contact.block;
        contact.block += 1;
        if let Some(block) =
            at.checked_sub(1).and_then(|at| contact.plan.flow.get(at)).map(|planned| planned.block)
        {
            self.run_block(handle, block);
        }
        let Some(contact) = self.contacts.get(handle) else { return };
        if let Some(next) = contact.plan.flow.get(at) {
            self.schedule.add(self.now + next.after, Timer::Block(handle, epoch));
        } else if contact.plan.ends_in_flow {
            self.disconnect(handle, "CONTACT_FLOW_DISCONNECT");
        } else {
            self.enqueue(handle);
        }
    }

    fn run_block(&mut self, handle: ContactRef, block: FlowBlock) {
        let Some(contact) = self.contacts.get_mut(handle) else { return };
        let flow = match contact.method {
            InitiationMethod::Transfer | InitiationMethod::QueueTransfer => Flow::Transfer,
            _ if contact.is_campaign => Flow::Campaign,
            _ => Flow::Main,
        };
        if let FlowBlock::SetAttribute(key, value) = block {
            contact.attributes.retain(|(held, _)| *held != key);
            contact.attributes.push((key, value));
        }
        let queue = contact.queue;
        self.note(ContactStep::Flow(flow, block), handle);
        if block == FlowBlock::CheckHours {
            let is_open = self.is_open(queue);
            self.note(ContactStep::Flow(flow, FlowBlock::HoursAnswer(is_open)), handle);
            if let Some(contact) = self.contacts.get_mut(handle).filter(|_| !is_open) {
                contact.plan.flow.truncate(contact.block.saturating_sub(1));
                contact.plan.flow.extend([
                    PlannedBlock { after: 20, block: FlowBlock::Prompt(CLOSED) },
                    PlannedBlock { after: 7 * SECOND, block: FlowBlock::Disconnect },
                ]);
                contact.plan.ends_in_flow = true;
            }
        }
    }

    fn is_open(&self, queue: Option<QueueRef>) -> bool {
        let Some(queue) = queue.and_then(|queue| self.directory.queue(queue)) else { return true };
        let local = self.calendar.local(self.now);
        is_open(queue, local.minute, local.is_weekend())
    }

    /// The customer hangs up in the flow.
    pub(super) fn leave_flow(&mut self, handle: ContactRef, epoch: u32) {
        let contact = self.contacts.get(handle);
        if contact.is_some_and(|contact| contact.epoch == epoch && contact.stage == Stage::Flow) {
            self.disconnect(handle, "CUSTOMER_DISCONNECT");
        }
    }

    /// A campaign's call is answered, by somebody or something, or given up.
    pub(super) fn campaign_dialled(&mut self, handle: ContactRef) {
        let Some(contact) = self.contacts.get_mut(handle) else { return };
        let outcome = contact.plan.dial.map_or(DialOutcome::HumanAnswered, |(_, outcome)| outcome);
        contact.dial_outcome = Some(outcome);
        let epoch = contact.epoch;
        match outcome {
            DialOutcome::HumanAnswered | DialOutcome::VoicemailBeep | DialOutcome::VoicemailNoBeep => {
                self.go_through_block(handle, epoch);
            }
            DialOutcome::Unanswered => self.disconnect(handle, "TELECOM_UNANSWERED"),
            DialOutcome::Busy => self.disconnect(handle, "TELECOM_BUSY"),
            DialOutcome::InvalidNumber => self.disconnect(handle, "TELECOM_NUMBER_INVALID"),
        }
    }
}
