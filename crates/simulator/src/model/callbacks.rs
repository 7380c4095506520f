//! Queued callbacks, and calls that are dialled.

use super::{
    centre::Centre,
    contact::Stage,
    draw::PlanKind,
    handle::ContactRef,
    random::derived,
    schedule::Timer,
    step::{ContactStep, Sink},
    terms::{DialOutcome, InitiationMethod, QueueRef, WaitEnd},
    time::Millis,
};

/// Sets a callback apart from what it calls back.
const CALLBACK: u64 = 2;

impl<S: Sink> Centre<S> {
    /// Somebody who waits asks to be called back: the contact goes on as a callback.
    pub(super) fn request_callback(&mut self, handle: ContactRef) {
        let delay = self.config.behaviour.callback_delay;
        self.go_on_as_callback(handle, delay);
        self.leave_line(handle);
        if let Some(contact) = self.contacts.get_mut(handle) {
            contact.dequeued = Some(self.now);
        }
        self.disconnect(handle, "CONTACT_FLOW_DISCONNECT");
    }

    fn go_on_as_callback(&mut self, handle: ContactRef, delay: Millis) {
        let Some(contact) = self.contacts.get_mut(handle) else { return };
        let Some(QueueRef::Standard(queue)) = contact.queue else { return };
        contact.wait_end = Some(WaitEnd::CallbackRequested);
        let key = derived(contact.key, CALLBACK);
        let next = self.follow(handle, key, InitiationMethod::Callback, PlanKind::Callback, queue);
        // It counts as queued from now on, though it is offered later.
        self.enter_queue(next);
        self.schedule.add(self.now + delay, Timer::Routable(next));
    }

    /// An agent takes a callback: the customer is called.
    pub(super) fn dial_callback(&mut self, handle: ContactRef) {
        let Some(contact) = self.contacts.get_mut(handle) else { return };
        contact.stage = Stage::Dialling;
        contact.accepted = Some(self.now);
        contact.dequeued = Some(self.now);
        contact.epoch += 1;
        let (ring, epoch) = (contact.plan.dial.map_or(0, |(ring, _)| ring), contact.epoch);
        self.note(ContactStep::Accepted, handle);
        self.schedule.add(self.now + ring, Timer::Dialled(handle, epoch));
    }

    /// The called customer answers, or does not.
    pub(super) fn dialled(&mut self, handle: ContactRef, epoch: u32) {
        let Some(contact) = self.contacts.get_mut(handle).filter(|contact| contact.epoch == epoch) else {
            return;
        };
        if contact.stage == Stage::Flow {
            self.campaign_dialled(handle);
            return;
        }
        let outcome = contact.plan.dial.map_or(DialOutcome::HumanAnswered, |(_, outcome)| outcome);
        if outcome == DialOutcome::HumanAnswered {
            contact.connected_to_system = Some(self.now);
            self.note(ContactStep::ConnectedToSystem, handle);
            self.connect(handle);
            return;
        }
        let is_callback = contact.method == InitiationMethod::Callback;
        if is_callback {
            contact.wait_end = Some(WaitEnd::EndedOtherwise);
            if contact.retries < self.config.behaviour.callback_retries {
                contact.retries += 1;
                let delay = self.config.behaviour.callback_retry_delay;
                self.go_on_as_callback(handle, delay);
            }
        }
        let reason = match outcome {
            DialOutcome::Busy => "TELECOM_BUSY",
            DialOutcome::InvalidNumber => "TELECOM_NUMBER_INVALID",
            _ => "TELECOM_UNANSWERED",
        };
        self.agent_leaves(handle);
        self.disconnect(handle, reason);
    }
}
