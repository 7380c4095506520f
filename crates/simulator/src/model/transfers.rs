//! Passing a contact on, asking a colleague, somebody outside, and a supervisor who listens.

use super::{
    centre::Centre,
    contact::{Contact, Stage},
    draw::PlanKind,
    handle::ContactRef,
    plan::{Action, AfterConsult, ContactPlan, EndedBy},
    random::derived,
    schedule::Timer,
    step::{ContactStep, Sink},
    terms::{Channel, InitiationMethod, LegRole, QueueRef, Transfer, TransferTarget, WaitEnd},
    time::{Millis, SECOND, whole_seconds},
};

/// Sets the contacts that come out of one apart.
const BLIND: u64 = 3;
const CONSULTED: u64 = 4;
const OUTSIDE: u64 = 5;
const MONITOR: u64 = 6;

impl<S: Sink> Centre<S> {
    /// The agent passes the contact to a queue, where it goes on as another one.
    pub(super) fn transfer_blind(&mut self, handle: ContactRef, queue: usize) {
        let Some(contact) = self.contacts.get_mut(handle) else { return };
        contact.transfer = Some(Transfer { at: self.now, to: TransferTarget::Internal });
        let key = derived(contact.key, BLIND);
        let next = self.follow(handle, key, InitiationMethod::Transfer, PlanKind::Moved, queue);
        self.enter_flow(next);
        self.agent_leaves(handle);
        self.disconnect(handle, "AGENT_DISCONNECT");
    }

    /// The customer is on hold while a colleague is asked; goes on without if nobody is free.
    pub(super) fn consult(&mut self, handle: ContactRef, action: Action) {
        let Some(contact) = self.contacts.get(handle) else { return };
        let key = derived(contact.key, CONSULTED);
        let profile = contact.agent.and_then(|agent| self.agents.get(agent)).map(|agent| agent.profile);
        let colleague = profile.and_then(|profile| self.ready.longest_idle(profile, Channel::Voice));
        let Some((_, colleague)) = colleague else {
            self.next_action(handle);
            return;
        };
        let (plan, scripted) = self.plan_of_next(handle, key, PlanKind::Consulted, 0);
        let id = self.id_of(key);
        let Some(contact) = self.contacts.get_mut(handle) else { return };
        contact.action = Some(action);
        let mut guest = leg(contact, key, InitiationMethod::Transfer, LegRole::Consulted, self.now);
        (guest.id, *guest.plan, guest.scripted) = (id, plan, scripted);
        guest.queue = Some(QueueRef::OfAgent(colleague));
        guest.other_leg = Some(handle);
        self.begin_hold(handle);
        let guest = self.begin(guest);
        if let Some(contact) = self.contacts.get_mut(handle) {
            contact.other_leg = Some(guest);
        }
        self.enter_queue(guest);
        self.offer(guest, colleague);
    }

    /// The colleague does not take it: back to the customer.
    pub(super) fn consult_not_taken(&mut self, guest: ContactRef) {
        let Some(contact) = self.contacts.get_mut(guest) else { return };
        contact.dequeued = Some(self.now);
        contact.wait_end = Some(WaitEnd::EndedOtherwise);
        let host = contact.other_leg.take();
        self.disconnect(guest, "OTHER");
        if let Some(host) = host {
            self.end_hold(host);
            self.next_action(host);
        }
    }

    /// The colleague is there.
    pub(super) fn consult_begins(&mut self, guest: ContactRef) {
        let Some(contact) = self.contacts.get_mut(guest) else { return };
        // The customer is on hold all the while: it is no conversation of theirs.
        contact.holds.begin(self.now);
        let Some(host) = contact.other_leg else { return };
        let action = self.contacts.get(host).and_then(|host| host.action);
        if let Some(action @ Action::Consult(length, _)) = action {
            self.wait_for(host, action, length);
        }
    }

    /// The colleague was asked.
    pub(super) fn consult_over(&mut self, host: ContactRef, then: AfterConsult) {
        let Some(guest) = self.contacts.get_mut(host).and_then(|contact| contact.other_leg.take()) else {
            return;
        };
        match then {
            AfterConsult::Return => {
                self.end(guest, EndedBy::Agent);
                self.end_hold(host);
                self.next_action(host);
            }
            AfterConsult::HandOver(length) => {
                let id = self.contacts.get(guest).map(|guest| guest.id);
                if let Some(contact) = self.contacts.get_mut(host) {
                    contact.transfer = Some(Transfer { at: self.now, to: TransferTarget::Internal });
                    contact.next = id;
                }
                self.agent_leaves(host);
                self.disconnect(host, "AGENT_DISCONNECT");
                self.join(guest, length, EndedBy::Customer);
            }
            AfterConsult::Conference(length) => {
                self.end_hold(host);
                self.join(guest, length, EndedBy::Agent);
                // The colleague is the first to leave.
                self.wait_for(host, Action::Talk(length), length + SECOND);
            }
        }
    }

    /// The colleague talks with the customer from now on, for so long.
    fn join(&mut self, guest: ContactRef, length: Millis, by: EndedBy) {
        let Some(contact) = self.contacts.get_mut(guest) else { return };
        contact.role = LegRole::Customer;
        contact.holds.end(self.now);
        contact.plan.actions = vec![Action::Talk(length.max(2 * SECOND)), Action::End(by)];
        self.note(ContactStep::Joined, guest);
        self.next_action(guest);
    }

    /// The agent passes the call to a number outside and leaves.
    pub(super) fn transfer_outside(&mut self, handle: ContactRef, ring: Millis, stay: Millis) {
        let Some(contact) = self.contacts.get_mut(handle) else { return };
        contact.transfer = Some(Transfer { at: self.now, to: TransferTarget::External });
        contact.stage = Stage::Outside;
        self.call_outside(handle, ring, stay);
        self.agent_leaves(handle);
    }

    /// Somebody outside is called while the customer is on hold, and then talks with both.
    pub(super) fn join_outside(&mut self, handle: ContactRef, action: Action, ring: Millis, stay: Millis) {
        if let Some(contact) = self.contacts.get_mut(handle) {
            contact.action = Some(action);
            contact.epoch += 1;
        }
        self.begin_hold(handle);
        self.call_outside(handle, ring, stay);
    }

    fn call_outside(&mut self, handle: ContactRef, ring: Millis, stay: Millis) {
        let Some(contact) = self.contacts.get(handle) else { return };
        let key = derived(contact.key, OUTSIDE);
        let mut outside =
            leg(contact, key, InitiationMethod::ExternalOutbound, LegRole::ThirdParty, self.now);
        outside.id = self.id_of(key);
        outside.other_leg = Some(handle);
        outside.plan.actions = vec![Action::Talk(stay)];
        let outside = self.begin(outside);
        self.schedule.add(self.now + ring, Timer::Outside(outside, 0));
    }

    /// Somebody outside answers, or has talked enough.
    pub(super) fn go_on_outside(&mut self, outside: ContactRef, epoch: u32) {
        let Some(contact) = self.contacts.get_mut(outside).filter(|contact| contact.epoch == epoch) else {
            return;
        };
        let Some(host) = contact.other_leg else { return };
        let stays = self.contacts.get(host).is_some_and(|host| host.stage == Stage::Connected);
        let Some(contact) = self.contacts.get_mut(outside) else { return };
        if contact.connected_to_system.is_none() {
            contact.connected_to_system = Some(self.now);
            contact.stage = Stage::Connected;
            contact.epoch += 1;
            let stay = match contact.plan.actions.first() {
                Some(Action::Talk(stay)) => *stay,
                _ => 0,
            };
            self.schedule.add(self.now + stay, Timer::Outside(outside, contact.epoch));
            self.note(ContactStep::ConnectedToSystem, outside);
            self.note(ContactStep::Joined, outside);
            if stays {
                self.end_hold(host);
            }
            return;
        }
        self.disconnect(outside, "THIRD_PARTY_DISCONNECT");
        if stays {
            self.next_action(host);
        } else if let Some(contact) = self.contacts.get_mut(host) {
            contact.third_party_seconds = contact.left.map(|left| whole_seconds(left, self.now));
            self.disconnect(host, "THIRD_PARTY_DISCONNECT");
        }
    }

    /// A supervisor listens, if somebody is free to.
    pub(super) fn start_monitoring(&mut self, handle: ContactRef, length: Millis) {
        let Some(contact) = self.contacts.get(handle) else { return };
        let key = derived(contact.key, MONITOR);
        let profile = contact.agent.and_then(|agent| self.agents.get(agent)).map(|agent| agent.profile);
        let idle = profile.and_then(|profile| self.ready.longest_idle(profile, Channel::Voice));
        let Some((_, supervisor)) = idle else { return };
        let mut monitor = leg(contact, key, InitiationMethod::Monitor, LegRole::Monitor, self.now);
        monitor.id = self.id_of(key);
        monitor.stage = Stage::Connected;
        monitor.agent = Some(supervisor);
        monitor.accepted = Some(self.now);
        monitor.connected = Some(self.now);
        monitor.connected_to_system = Some(self.now);
        monitor.plan.wrap_up = 2 * SECOND;
        let monitor = self.begin(monitor);
        if let Some(contact) = self.contacts.get_mut(handle) {
            contact.monitor = Some(monitor);
        }
        self.put_into_hands(monitor, supervisor);
        self.note(ContactStep::Connected, monitor);
        self.schedule.add(self.now + length, Timer::MonitorOver(monitor));
    }

    /// The supervisor has listened enough, or the call is over.
    pub(super) fn stop_monitoring(&mut self, monitor: ContactRef) {
        let goes_on = self.contacts.get(monitor).is_some_and(|monitor| monitor.stage == Stage::Connected);
        if goes_on {
            self.end(monitor, EndedBy::Agent);
        }
    }
}

/// A contact that is a leg of another one.
fn leg(of: &Contact, key: u64, method: InitiationMethod, role: LegRole, now: Millis) -> Contact {
    let mut leg =
        Contact::new(key, of.id, (Channel::Voice, method), of.customer, now, ContactPlan::default());
    leg.role = role;
    leg.initial = Some(of.initial_or_own());
    leg.previous = Some(of.id);
    leg
}
