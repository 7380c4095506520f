//! How contacts come into the centre.

use std::collections::VecDeque;

use super::{
    centre::Centre,
    contact::{Contact, Stage},
    draw::{self, PlanKind},
    handle::ContactRef,
    plan::ContactPlan,
    random::{Purpose, Stream, derived},
    schedule::{ReturningCustomer, Timer},
    source::SourceKind,
    step::Sink,
    terms::{Channel, ContactId, Customer, InitiationMethod, QueueRef},
    time::{Millis, SECOND},
};

/// How many customers there are for each contact of a day: every one comes once in four days or so.
const CUSTOMERS_PER_DAILY_CONTACT: u32 = 4;
/// Between the beginning of a contact and the first block of its flow.
const SET_UP: Millis = 650;
/// Sets the id apart from the plan among what is drawn for a contact.
const ID: u64 = 0x1d;
/// Sets the customer apart.
const CUSTOMER: u64 = 0xc5;

impl<S: Sink> Centre<S> {
    /// The id of the contact of that key.
    pub(super) fn id_of(&self, key: u64) -> ContactId {
        ContactId(Stream::new(self.config.seed, Purpose::Identity, derived(key, ID)).id())
    }

    pub(super) fn schedule_arrival(&mut self, source: usize) {
        let (end, behaviour) = (self.config.end(), &self.config.behaviour);
        let Some(next) = self.sources.get_mut(source) else { return };
        let Some((at, key)) = next.next(self.now, end, &self.calendar, &behaviour.profile, behaviour.weekend)
        else {
            return;
        };
        self.schedule.add(at, Timer::Arrival { source, key });
    }

    /// The next contact of a source begins, and the one after it is drawn.
    pub(super) fn arrive(&mut self, source: usize, key: u64) {
        if let Some(from) = self.sources.get(source) {
            let (kind, queue) = (from.kind, from.queue);
            let customer = self.customer_of(key);
            match kind {
                SourceKind::Customers(channel) => self.begin_arriving(key, channel, queue, customer),
                SourceKind::Campaign => self.begin_campaign_call(key, queue, customer),
                SourceKind::Dialled => self.begin_dialled_call(key, queue, customer),
            }
        }
        self.schedule_arrival(source);
    }

    pub(super) fn return_again(&mut self, returning: &ReturningCustomer) {
        let ReturningCustomer { key, customer, channel, queue } = *returning;
        let is_deleted = self.directory.queues.get(queue).is_none_or(|queue| queue.deleted.is_some());
        self.begin_arriving(key, channel, if is_deleted { 0 } else { queue }, customer);
    }

    fn customer_of(&self, key: u64) -> Customer {
        let mut random = Stream::new(self.config.seed, Purpose::Identity, derived(key, CUSTOMER));
        let many = i64::from(self.config.contacts_per_day.max(1)) * i64::from(CUSTOMERS_PER_DAILY_CONTACT);
        let number = u32::try_from(random.between(0, many - 1)).unwrap_or(0);
        Customer { number, is_withheld: random.chance(0.03) }
    }

    fn begin_arriving(&mut self, key: u64, channel: Channel, queue: usize, customer: Customer) {
        let plan = draw::plan(&self.config, key, PlanKind::Arriving, channel, queue);
        let method = match channel {
            Channel::Voice | Channel::Email => InitiationMethod::Inbound,
            Channel::Chat | Channel::Task => InitiationMethod::Api,
        };
        let mut contact = Contact::new(key, self.id_of(key), (channel, method), customer, self.now, plan);
        contact.queue = Some(QueueRef::Standard(queue));
        let handle = self.begin(contact);
        self.enter_flow(handle);
    }

    fn begin_campaign_call(&mut self, key: u64, queue: usize, customer: Customer) {
        let plan = draw::plan(&self.config, key, PlanKind::Campaign, Channel::Voice, queue);
        let kind = (Channel::Voice, InitiationMethod::Api);
        let customer = Customer { is_withheld: false, ..customer };
        let mut contact = Contact::new(key, self.id_of(key), kind, customer, self.now, plan);
        contact.queue = Some(QueueRef::Standard(queue));
        contact.is_campaign = true;
        let ring = contact.plan.dial.map_or(0, |(ring, _)| ring);
        let handle = self.begin(contact);
        self.schedule.add(self.now + ring, Timer::Dialled(handle, 0));
    }

    /// The longest idle agent who serves the queue dials; nobody does if all are busy.
    fn begin_dialled_call(&mut self, key: u64, queue: usize, customer: Customer) {
        let Some(agent) = self.longest_idle_for(queue, Channel::Voice, None) else { return };
        let plan = draw::plan(&self.config, key, PlanKind::Dialled, Channel::Voice, queue);
        self.dial_customer(key, agent, customer, plan, None);
    }

    fn dial_customer(
        &mut self,
        key: u64,
        agent: usize,
        customer: Customer,
        plan: ContactPlan,
        scripted: Option<VecDeque<ContactPlan>>,
    ) {
        let kind = (Channel::Voice, InitiationMethod::Outbound);
        let customer = Customer { is_withheld: false, ..customer };
        let mut contact = Contact::new(key, self.id_of(key), kind, customer, self.now, plan);
        contact.stage = Stage::Dialling;
        contact.scripted = scripted;
        let ring = contact.plan.dial.map_or(0, |(ring, _)| ring);
        let handle = self.begin(contact);
        self.put_into_hands(handle, agent);
        self.schedule.add(self.now + ring, Timer::Dialled(handle, 0));
    }

    /// A contact begins that was written down by hand.
    pub(super) fn begin_scripted(&mut self, index: usize) {
        let Some(script) = self.script.get_mut(index).and_then(Option::take) else { return };
        let key = derived(0x5c71, u64::try_from(index).unwrap_or(u64::MAX));
        let next = Some(VecDeque::from(script.next));
        let Some(queue) = script.queue else {
            if let Some(agent) = self.longest_idle_for(0, Channel::Voice, None) {
                self.dial_customer(key, agent, script.customer, script.plan, next);
            }
            return;
        };
        let kind = (script.channel, script.method);
        let mut contact = Contact::new(key, self.id_of(key), kind, script.customer, self.now, script.plan);
        contact.queue = Some(QueueRef::Standard(queue));
        contact.scripted = next;
        let handle = self.begin(contact);
        self.enter_flow(handle);
    }

    /// The flow begins.
    pub(super) fn enter_flow(&mut self, handle: ContactRef) {
        let has_flow = self.config.behaviour.has_flow;
        let Some(contact) = self.contacts.get(handle) else { return };
        let set_up = if has_flow { SET_UP } else { 0 };
        self.schedule.add(self.now + set_up, Timer::Block(handle, contact.epoch));
        if let Some(after) = contact.plan.leaves_flow_after {
            let at = self.now + after.max(SECOND);
            self.schedule.add(at, Timer::LeaveFlow(handle, contact.epoch));
        }
    }

    /// The plan of a contact that another one goes on as.
    pub(super) fn plan_of_next(
        &mut self,
        parent: ContactRef,
        key: u64,
        kind: PlanKind,
        queue: usize,
    ) -> (ContactPlan, Option<VecDeque<ContactPlan>>) {
        let parent = self.contacts.get_mut(parent);
        let channel = parent.as_ref().map_or(Channel::Voice, |parent| parent.channel);
        match parent.and_then(|parent| parent.scripted.take()) {
            Some(mut plans) => (plans.pop_front().unwrap_or_default(), Some(plans)),
            None => (draw::plan(&self.config, key, kind, channel, queue), None),
        }
    }
}
