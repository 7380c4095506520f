//! What the centre knows of a contact.

use std::collections::VecDeque;

use switchboard_core::phone::PhoneNumber;

use super::{
    handle::ContactRef,
    plan::{Action, ContactPlan, OfferReply},
    terms::{
        Channel, ContactId, Customer, DialOutcome, HoldTimes, InitiationMethod, LegRole, PauseTimes,
        QueueRef, RecordAdditions, Transfer, WaitEnd,
    },
    time::{Millis, whole_seconds},
    waiting::Ticket,
};

/// Where a contact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// In a flow, or being dialled by a campaign.
    Flow,
    /// In a queue; a callback perhaps not to be offered yet.
    Waiting,
    /// An agent's telephone rings.
    Offered,
    /// An agent has it, and the customer is called.
    Dialling,
    /// An agent has it.
    Connected,
    /// The agent has left; the customer talks on with somebody outside.
    Outside,
    /// Nobody is connected; after-contact work may go on.
    Ended,
}

/// What is known of a contact, or of one leg of it. Moments are milliseconds since 1970; [`None`] is what has not happened.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "most fields are members of the contact record, and named as these are")]
pub struct Contact {
    pub id: ContactId,
    pub channel: Channel,
    pub method: InitiationMethod,
    pub role: LegRole,
    pub customer: Customer,
    /// The customer's number, where customers are given.
    pub caller: Option<PhoneNumber>,
    pub initial: Option<ContactId>,
    pub previous: Option<ContactId>,
    pub next: Option<ContactId>,
    /// A call of the outbound campaign.
    pub is_campaign: bool,
    /// What the answering-machine detection said, once the call is answered or given up.
    pub dial_outcome: Option<DialOutcome>,
    pub queue: Option<QueueRef>,
    pub initiated: Millis,
    pub connected_to_system: Option<Millis>,
    pub enqueued: Option<Millis>,
    pub dequeued: Option<Millis>,
    /// How often it was offered to an agent.
    pub attempts: u32,
    /// Who is or was connected.
    pub agent: Option<usize>,
    /// Who is offered it, or dials for it.
    pub offered_to: Option<usize>,
    pub accepted: Option<Millis>,
    pub connected: Option<Millis>,
    pub holds: HoldTimes,
    pub pauses: PauseTimes,
    /// When the agent left it: the beginning of after-contact work.
    pub left: Option<Millis>,
    /// The end of after-contact work.
    pub work_ended: Option<Millis>,
    pub disconnected: Option<Millis>,
    /// Connect's `DisconnectReason`.
    pub reason: Option<&'static str>,
    pub transfer: Option<Transfer>,
    /// How its stay in the queue ended.
    pub wait_end: Option<WaitEnd>,
    /// The customer hung up while on hold.
    pub is_hold_abandoned: bool,
    /// How long it was with somebody outside after the agent had left, in whole seconds.
    pub third_party_seconds: Option<i64>,
    /// What flows recorded on it.
    pub attributes: Vec<(&'static str, &'static str)>,
    /// When its record was written last.
    pub last_update: Option<Millis>,
    /// What its record got after it was first written.
    pub additions: RecordAdditions,
    /// What it draws from.
    pub(super) key: u64,
    pub(super) stage: Stage,
    pub(super) plan: Box<ContactPlan>,
    /// How many blocks of the flow it has gone through.
    pub(super) block: usize,
    /// How many offers were answered.
    pub(super) offer: usize,
    /// The answer to the offer that rings.
    pub(super) reply: Option<OfferReply>,
    /// The action of its plan that goes on.
    pub(super) action: Option<Action>,
    /// How many actions of its plan were begun.
    pub(super) actions: usize,
    /// Of what it is a leg, or what is a leg of it.
    pub(super) other_leg: Option<ContactRef>,
    /// Who listens.
    pub(super) monitor: Option<ContactRef>,
    /// When the customer gives up.
    pub(super) gives_up: Option<Millis>,
    /// Its place in the waiting list.
    pub(super) ticket: Option<Ticket>,
    /// Changes when timers set before no longer count.
    pub(super) epoch: u32,
    /// A callback that is tried again.
    pub is_retry: bool,
    /// How many callbacks were tried before.
    pub(super) retries: u32,
    /// The plans of the contacts that it goes on as, where they are written down by hand.
    pub(super) scripted: Option<VecDeque<ContactPlan>>,
}

impl Contact {
    /// A contact of which nothing has happened yet.
    pub(super) fn new(
        key: u64,
        id: ContactId,
        (channel, method): (Channel, InitiationMethod),
        customer: Customer,
        initiated: Millis,
        plan: ContactPlan,
    ) -> Self {
        Self {
            id,
            channel,
            method,
            role: LegRole::Customer,
            customer,
            caller: None,
            initial: None,
            previous: None,
            next: None,
            is_campaign: false,
            dial_outcome: None,
            queue: None,
            initiated,
            connected_to_system: None,
            enqueued: None,
            dequeued: None,
            attempts: 0,
            agent: None,
            offered_to: None,
            accepted: None,
            connected: None,
            holds: HoldTimes::default(),
            pauses: PauseTimes::default(),
            left: None,
            work_ended: None,
            disconnected: None,
            reason: None,
            transfer: None,
            wait_end: None,
            is_hold_abandoned: false,
            third_party_seconds: None,
            attributes: Vec::new(),
            last_update: None,
            additions: RecordAdditions::default(),
            key,
            stage: Stage::Flow,
            plan: Box::new(plan),
            block: 0,
            offer: 0,
            reply: None,
            action: None,
            actions: 0,
            other_leg: None,
            monitor: None,
            gives_up: None,
            ticket: None,
            epoch: 0,
            is_retry: false,
            retries: 0,
            scripted: None,
        }
    }

    /// The seconds in the queue, as its record has them.
    pub fn queued_seconds(&self) -> Option<i64> {
        Some(whole_seconds(self.enqueued?, self.dequeued?))
    }

    /// The seconds that the agent and the customer talked, without holds and pauses.
    pub fn interaction_seconds(&self) -> Option<i64> {
        Some(whole_seconds(self.connected?, self.left?) - self.holds.seconds - self.pauses.seconds)
    }

    /// The seconds of after-contact work.
    pub fn work_seconds(&self) -> Option<i64> {
        self.connected.and(Some(whole_seconds(self.left?, self.work_ended?)))
    }

    /// True if the customer gave up in the queue.
    pub fn is_abandoned(&self) -> bool {
        self.wait_end == Some(WaitEnd::Abandoned)
    }

    /// True if there is a recording or a transcript of it: somebody talked or chatted with the customer.
    pub(super) fn is_recorded(&self) -> bool {
        self.connected.is_some()
            && matches!(self.channel, Channel::Voice | Channel::Chat)
            && matches!(self.role, LegRole::Customer | LegRole::ThirdParty)
    }

    /// True if the recording is not there yet when the record is first written, as of one in twenty.
    pub(super) fn is_recorded_late(&self) -> bool {
        self.is_recorded() && self.id.0.is_multiple_of(20)
    }

    /// True when nothing more happens to it.
    pub fn is_completed(&self) -> bool {
        self.disconnected.is_some() && (self.offered_to.is_none() || self.work_ended.is_some())
    }

    /// True while it waits in a queue, or rings at an agent for whom it waited.
    pub fn is_in_queue(&self) -> bool {
        matches!(self.stage, Stage::Waiting | Stage::Offered) && !self.is_scheduled()
    }

    /// True for a callback whose delay is not over: it is queued, and not offered yet.
    pub fn is_scheduled(&self) -> bool {
        self.stage == Stage::Waiting && self.ticket.is_none()
    }

    /// What is known of it now, without what is planned for it.
    #[must_use]
    pub fn snapshot(&self) -> Self {
        Self {
            attributes: self.attributes.clone(),
            caller: self.caller.clone(),
            plan: Box::default(),
            scripted: None,
            ..*self
        }
    }

    /// The first contact of its chain.
    pub(super) fn initial_or_own(&self) -> ContactId {
        self.initial.unwrap_or(self.id)
    }
}
