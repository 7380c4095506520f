//! In the queue: coming in, waiting, giving up, moving on.

use super::{
    centre::Centre,
    contact::{Contact, Stage},
    draw::PlanKind,
    handle::ContactRef,
    plan::{FlowBlock, QueueTurn},
    random::derived,
    schedule::Timer,
    step::{ContactStep, Flow, Sink},
    terms::{InitiationMethod, QueueRef, WaitEnd},
};

/// Sets what a contact goes on as apart from itself.
const MOVED: u64 = 1;

impl<S: Sink> Centre<S> {
    /// The contact comes into its queue.
    pub(super) fn enqueue(&mut self, handle: ContactRef) {
        self.enter_queue(handle);
        let Some(contact) = self.contacts.get_mut(handle) else { return };
        let patience = contact.plan.patience;
        contact.gives_up = patience.map(|patience| self.now + patience);
        if let Some(at) = contact.gives_up {
            self.schedule.add(at, Timer::GiveUp(handle));
        }
        if let Some((after, _)) = contact.plan.queue_turn {
            self.schedule.add(self.now + after, Timer::QueueTurn(handle));
        }
        self.become_routable(handle);
    }

    /// The contact is in its queue from now on, and offered to nobody yet.
    pub(super) fn enter_queue(&mut self, handle: ContactRef) {
        let Some(contact) = self.contacts.get_mut(handle) else { return };
        contact.enqueued = Some(self.now);
        contact.stage = Stage::Waiting;
        contact.epoch += 1;
        self.note(ContactStep::Queued, handle);
    }

    /// The contact may be offered: to the agents whose profile has no delay at once, to the others later.
    pub(super) fn become_routable(&mut self, handle: ContactRef) {
        let Some(contact) = self.contacts.get(handle).filter(|contact| contact.stage == Stage::Waiting)
        else {
            return;
        };
        if contact.ticket.is_none() {
            let (Some(QueueRef::Standard(queue)), Some(enqueued)) = (contact.queue, contact.enqueued) else {
                return;
            };
            if self.config.behaviour.has_flow && contact.method != InitiationMethod::Callback {
                self.note(ContactStep::Flow(Flow::Queue, FlowBlock::QueueLoop), handle);
            }
            self.line_up(handle);
            let mut delays: Vec<_> = self
                .directory
                .serving(queue)
                .iter()
                .map(|(_, entry)| entry.delay)
                .filter(|delay| *delay > 0)
                .collect();
            delays.sort_unstable();
            delays.dedup();
            for delay in delays {
                self.schedule.add((enqueued + delay).max(self.now), Timer::Routable(handle));
            }
        }
        self.route(handle);
    }

    /// Puts the contact into the waiting list, at the place of its coming.
    pub(super) fn line_up(&mut self, handle: ContactRef) {
        let Some(contact) = self.contacts.get_mut(handle) else { return };
        let (Some(QueueRef::Standard(queue)), Some(enqueued)) = (contact.queue, contact.enqueued) else {
            return;
        };
        let ticket = self.waiting.ticket(1, enqueued, handle);
        contact.ticket = Some(ticket);
        contact.stage = Stage::Waiting;
        self.waiting.insert(queue, contact.channel, ticket);
    }

    /// Takes it out of the waiting list.
    pub(super) fn leave_line(&mut self, handle: ContactRef) {
        let Some(contact) = self.contacts.get_mut(handle) else { return };
        if let (Some(QueueRef::Standard(queue)), Some(ticket)) = (contact.queue, contact.ticket.take()) {
            self.waiting.remove(queue, contact.channel, &ticket);
        }
    }

    /// The customer gives up waiting, perhaps while an agent's telephone rings.
    pub(super) fn give_up(&mut self, handle: ContactRef) {
        let Some(contact) = self.contacts.get_mut(handle) else { return };
        let waits =
            matches!(contact.stage, Stage::Waiting | Stage::Offered) && contact.gives_up == Some(self.now);
        if !waits {
            return;
        }
        contact.dequeued = Some(self.now);
        contact.wait_end = Some(WaitEnd::Abandoned);
        let offered_to = contact.offered_to.take();
        self.leave_line(handle);
        self.disconnect(handle, "CUSTOMER_DISCONNECT");
        if let Some(agent) = offered_to {
            self.take_out_of_hands(handle, agent);
        }
    }

    /// The queue's flow offers a callback, or moves the contact on.
    pub(super) fn turn_in_queue(&mut self, handle: ContactRef) {
        let Some(contact) = self.contacts.get(handle).filter(|contact| contact.stage == Stage::Waiting)
        else {
            return;
        };
        match contact.plan.queue_turn {
            Some((_, QueueTurn::Callback)) => {
                self.note(ContactStep::Flow(Flow::Queue, FlowBlock::Menu), handle);
                self.note(ContactStep::Flow(Flow::Queue, FlowBlock::MenuAnswer("1")), handle);
                self.request_callback(handle);
            }
            Some((_, QueueTurn::MoveTo(queue))) => self.move_on(handle, queue),
            None => {}
        }
    }

    fn move_on(&mut self, handle: ContactRef, queue: usize) {
        let Some(contact) = self.contacts.get(handle) else { return };
        let key = derived(contact.key, MOVED);
        let next = self.follow(handle, key, InitiationMethod::QueueTransfer, PlanKind::Moved, queue);
        let Some(contact) = self.contacts.get_mut(handle) else { return };
        contact.dequeued = Some(self.now);
        contact.wait_end = Some(WaitEnd::TransferredOut);
        self.leave_line(handle);
        self.disconnect(handle, "OTHER");
        self.enter_flow(next);
    }

    /// A new contact as which that one goes on. Each names the other.
    pub(super) fn follow(
        &mut self,
        handle: ContactRef,
        key: u64,
        method: InitiationMethod,
        kind: PlanKind,
        queue: usize,
    ) -> ContactRef {
        let id = self.id_of(key);
        let (plan, scripted) = self.plan_of_next(handle, key, kind, queue);
        let Some(before) = self.contacts.get_mut(handle) else { return handle };
        before.next = Some(id);
        let mut next = Contact::new(key, id, (before.channel, method), before.customer, self.now, plan);
        next.initial = Some(before.initial_or_own());
        next.previous = Some(before.id);
        next.queue = Some(QueueRef::Standard(queue));
        next.attributes.clone_from(&before.attributes);
        next.is_campaign = before.is_campaign;
        next.retries = before.retries;
        next.is_retry = before.retries > 0 && before.method == InitiationMethod::Callback;
        next.scripted = scripted;
        self.begin(next)
    }
}
