//! The registers that hold what is known of a contact, and how two of them become one.
//!
//! Each [`Attribute`] has a register: a value and the [`Version`] of the fact that set it. The greater
//! (version, value) wins, so merging is commutative, associative and idempotent: a contact's status depends
//! on the set of events alone. Nothing stored is computed from other registers; what is (abandoned, active)
//! is computed by [`view`](crate::status::Status::view) and its neighbours when it is asked for. `Status` and
//! `Updated` are registers like the rest, whose version is that of the fact that decides them.
//!
//! # How a store keeps one
//!
//! SQLite compares versions in its upsert. On DynamoDB the stored status is read, [`Status::newer_than`] tells whether a change
//! has anything that it does not have, and the two [merged](Status::merge) are put in place of what was read, and of nothing
//! else: where another writer was faster, the store answers with what is there, and it goes again with that. It ends,
//! because each round either writes or is behind another writer who did.

use std::{collections::BTreeMap, fmt};

use jiff::Timestamp;
use serde_json::Value as Json;
use switchboard_core::{
    leg::Leg,
    outcome::{QueueOutcome, QueueStay, Successor},
};

use crate::{
    attribute::{Attribute, SystemAttribute},
    version::{Finality, Source, Stage, Version},
};

/// Where a contact stands: the text of [`SystemAttribute::Status`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the contact events of these names, and what their stages say")]
pub enum ContactState {
    Initiated,
    ConnectedToSystem,
    Queued,
    ConnectedToAgent,
    OnHold,
    Paused,
    Resumed,
    AfterContactWork,
    AgentLeft,
    Disconnected,
    Completed,
}

impl ContactState {
    /// The text of the attribute.
    pub fn name(self) -> &'static str {
        match self {
            Self::Initiated => "INITIATED",
            Self::ConnectedToSystem => "CONNECTED_TO_SYSTEM",
            Self::Queued => "QUEUED",
            Self::ConnectedToAgent => "CONNECTED_TO_AGENT",
            Self::OnHold => "ON_HOLD",
            Self::Paused => "PAUSED",
            Self::Resumed => "RESUMED",
            Self::AfterContactWork => "AFTER_CONTACT_WORK",
            Self::AgentLeft => "AGENT_LEFT",
            Self::Disconnected => "DISCONNECTED",
            Self::Completed => "COMPLETED",
        }
    }

    /// How far a contact in this state has come.
    pub fn stage(self) -> Stage {
        match self {
            Self::Initiated => Stage::Initiated,
            Self::ConnectedToSystem => Stage::ConnectedToSystem,
            Self::Queued => Stage::Queued,
            Self::ConnectedToAgent | Self::OnHold | Self::Paused | Self::Resumed => Stage::WithAgent,
            Self::AfterContactWork => Stage::AfterContactWork,
            Self::AgentLeft => Stage::AgentLeft,
            Self::Disconnected => Stage::Disconnected,
            Self::Completed => Stage::Completed,
        }
    }

    /// A contact id ends once: nothing that was so before comes back.
    pub fn finality(self) -> Finality {
        match self {
            // A clock may be slow, and an agent be connected before the customer is.
            Self::Initiated | Self::ConnectedToSystem => Finality::Early,
            Self::Disconnected => Finality::Definite,
            Self::Completed => Finality::Closed,
            _ => Finality::Provisional,
        }
    }
}

/// What a register holds. [`Debug`](fmt::Debug) hides it: it may be a phone number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// A text.
    Text(String),
    /// A flag.
    Flag(bool),
    /// A time, to the millisecond.
    Time(Timestamp),
}

impl Value {
    /// As JSON: a string, a boolean, or a time such as `2024-05-01T10:00:00.000Z`.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Text(text) => Json::from(text.as_str()),
            Self::Flag(flag) => Json::from(*flag),
            Self::Time(time) => Json::from(time_text(*time)),
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text(hidden)",
            Self::Flag(_) => "Flag(hidden)",
            Self::Time(_) => "Time(hidden)",
        })
    }
}

/// A time as it is kept in keys and shown: UTC, always three digits of a second, so that texts sort as
/// times do.
pub fn time_text(time: Timestamp) -> String {
    format!("{time:.3}")
}

/// A value and how new it is. Registers compare by version, then by value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Register {
    /// How new the value is.
    pub version: Version,
    /// What it is.
    pub value: Value,
}

/// What is known of one contact, or what a batch of events adds to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    contact_id: String,
    registers: BTreeMap<Attribute, Register>,
}

impl Status {
    /// Nothing is known of this contact but its id.
    pub fn new(contact_id: impl Into<String>) -> Self {
        Self { contact_id: contact_id.into(), registers: BTreeMap::new() }
    }

    /// As it was stored. Names that this program does not know are left out, which is safe: a store writes
    /// only the registers that change.
    pub fn from_registers<N: AsRef<str>>(
        contact_id: impl Into<String>,
        registers: impl IntoIterator<Item = (N, Register)>,
    ) -> Self {
        let mut status = Self::new(contact_id);
        for (name, register) in registers {
            if let Some(attribute) = Attribute::from_name(name.as_ref()) {
                status.set_if_newer(attribute, register);
            }
        }
        status
    }

    /// The contact's id.
    pub fn contact_id(&self) -> &str {
        &self.contact_id
    }

    /// All registers, to store: each attribute's [`name`](Attribute::name), value and version.
    pub fn registers(&self) -> impl ExactSizeIterator<Item = (&Attribute, &Register)> {
        self.registers.iter()
    }

    /// True if nothing is known.
    pub fn is_empty(&self) -> bool {
        self.registers.is_empty()
    }

    /// Sets one register, unless a newer one is there.
    pub fn set_if_newer(&mut self, attribute: Attribute, register: Register) {
        match self.registers.get_mut(&attribute) {
            Some(held) if *held >= register => {}
            Some(held) => *held = register,
            None => {
                self.registers.insert(attribute, register);
            }
        }
    }

    /// Takes everything of `other`, which is about the same contact, that is newer than what is here.
    pub fn merge(&mut self, other: Self) {
        debug_assert_eq!(self.contact_id, other.contact_id, "statuses of one contact");
        for (attribute, register) in other.registers {
            self.set_if_newer(attribute, register);
        }
    }

    /// The part of this change that `stored` does not have yet: what is left to write. It compares
    /// versions alone, as the store's condition does, so that writing comes to an end.
    #[must_use]
    pub fn newer_than(&self, stored: &Self) -> Self {
        let news = self.registers.iter().filter(|(attribute, register)| {
            stored.registers.get(attribute).is_none_or(|held| held.version < register.version)
        });
        Self {
            contact_id: self.contact_id.clone(),
            registers: news.map(|(attribute, register)| (attribute.clone(), register.clone())).collect(),
        }
    }

    /// A text; [`None`] if it is not known, or is not any more: a queue's name is learned apart from its ARN,
    /// so that one from before the contact entered its latest queue is another queue's.
    pub fn text(&self, attribute: SystemAttribute) -> Option<&str> {
        let register = self.registers.get(&Attribute::System(attribute))?;
        let is_stale = attribute == SystemAttribute::QueueName
            && self
                .time(SystemAttribute::EnqueuedAt)
                .is_some_and(|since| register.version.second() < since.as_second());
        match &register.value {
            Value::Text(text) if !text.is_empty() && !is_stale => Some(text),
            _ => None,
        }
    }

    /// A flag; false if nothing set it.
    pub fn flag(&self, attribute: SystemAttribute) -> bool {
        matches!(self.value(attribute), Some(Value::Flag(true)))
    }

    /// A time; [`None`] if it is not known.
    pub fn time(&self, attribute: SystemAttribute) -> Option<Timestamp> {
        match self.value(attribute)? {
            // An event without a time is stored at 1970, which is no time of a contact.
            Value::Time(time) => Some(*time).filter(|time| *time > Timestamp::UNIX_EPOCH),
            Value::Flag(_) | Value::Text(_) => None,
        }
    }

    fn value(&self, attribute: SystemAttribute) -> Option<&Value> {
        self.registers.get(&Attribute::System(attribute)).map(|register| &register.value)
    }

    /// The data that contact flows recorded, by the names they gave.
    pub fn data(&self) -> impl Iterator<Item = (&str, &str)> {
        self.registers.iter().filter_map(|(attribute, register)| match (attribute, &register.value) {
            (Attribute::Data(name), Value::Text(text)) => Some((name.as_str(), text.as_str())),
            _ => None,
        })
    }

    /// The first contact of the chain: its own id while nobody said otherwise.
    pub fn initial_contact_id(&self) -> &str {
        self.text(SystemAttribute::InitialContactId).unwrap_or(&self.contact_id)
    }

    /// True if an event of its own is known, and not its end. That a contact after it began says nothing of whether it goes
    /// on itself.
    pub fn is_active(&self) -> bool {
        let is_told =
            Source::ALL.into_iter().any(|source| self.value(SystemAttribute::latest(source)).is_some());
        is_told && !self.flag(SystemAttribute::Disconnected)
    }

    /// Whose part of a conversation it is.
    pub fn leg(&self) -> Leg {
        Leg::of(
            self.text(SystemAttribute::InitiationMethod),
            self.flag(SystemAttribute::ConsultLeg).then_some(0),
        )
    }

    /// How its stay in a queue ended; [`None`] if it never queued, still waits, or is no leg of the customer's.
    pub fn queue_outcome(&self) -> Option<QueueOutcome> {
        let named = || self.text(SystemAttribute::NextContactId).map(|_| Successor::Unknown);
        let stay = QueueStay {
            initiation_method: self.text(SystemAttribute::InitiationMethod),
            disconnect_reason: self.text(SystemAttribute::DisconnectReason),
            interaction_secs: self.flag(SystemAttribute::ConsultLeg).then_some(0),
            is_answered: self.flag(SystemAttribute::ConnectedToAgent),
            has_ended: self.flag(SystemAttribute::Disconnected),
            successor: match self.text(SystemAttribute::NextInitiationMethod) {
                Some(method) => Successor::of(Some(method)),
                None => named(),
            },
        };
        if self.flag(SystemAttribute::Queued) { stay.outcome() } else { None }
    }

    /// True if the customer gave up waiting in the queue.
    pub fn is_abandoned(&self) -> bool {
        self.queue_outcome() == Some(QueueOutcome::Abandoned)
    }

    /// True while an agent still works on it after its end.
    pub fn is_in_after_contact_work(&self) -> bool {
        self.flag(SystemAttribute::Disconnected) && self.flag(SystemAttribute::AfterContactWork)
    }

    /// True while it goes on, or an agent still works on it after its end.
    pub fn is_worked_on(&self) -> bool {
        self.is_active() || self.is_in_after_contact_work()
    }

    /// True while it goes on, and after its end until it is told that the agent's work on it is over: the contacts that a store
    /// keeps at hand.
    pub(crate) fn may_be_worked_on(&self) -> bool {
        let is_completed = self.text(SystemAttribute::Status) == Some(ContactState::Completed.name());
        self.is_active()
            || (self.flag(SystemAttribute::Disconnected)
                && self.flag(SystemAttribute::ConnectedToAgent)
                && !is_completed)
    }

    /// Since when it stands where it stands, to the second; [`None`] if nothing tells where it stands.
    pub fn state_since(&self) -> Option<Timestamp> {
        let register = self.registers.get(&Attribute::System(SystemAttribute::Status))?;
        Timestamp::from_second(register.version.second()).ok().filter(|at| *at > Timestamp::UNIX_EPOCH)
    }

    /// True while it waits: in a queue, for its callback, or for the time that it is scheduled for.
    pub fn is_waiting(&self) -> bool {
        let is_scheduled = self.time(SystemAttribute::ScheduledAt).is_some()
            && !self.flag(SystemAttribute::ConnectedToAgent);
        let is_callback = self.text(SystemAttribute::InitiationMethod) == Some("CALLBACK")
            && !self.flag(SystemAttribute::ConnectedToAgent);
        // A pause, and the end of one, are later states of a task that is in its queue all the same.
        let is_unanswered =
            self.flag(SystemAttribute::Queued) && !self.flag(SystemAttribute::ConnectedToAgent);
        let is_queued =
            is_unanswered || self.text(SystemAttribute::Status) == Some(ContactState::Queued.name());
        self.is_active() && (is_queued || is_callback || is_scheduled)
    }

    /// When its last event happened, by the events' own times; [`None`] if none of them had a time.
    pub fn last_event_at(&self) -> Option<Timestamp> {
        let latest = Source::ALL.into_iter().filter_map(|source| self.time(SystemAttribute::latest(source)));
        let followed = self.registers.get(&Attribute::System(SystemAttribute::NextInitiationMethod));
        let goes_on = Successor::of(self.text(SystemAttribute::NextInitiationMethod)).is_some();
        let followed = followed
            .filter(|_| goes_on)
            .and_then(|register| Timestamp::from_second(register.version.second()).ok());
        latest.chain(followed).max().filter(|at| *at > Timestamp::UNIX_EPOCH)
    }

    /// How long after-contact work took, in milliseconds; [`None`] before its end is known.
    pub fn after_contact_work_ms(&self) -> Option<i64> {
        let started = self.time(SystemAttribute::AfterContactWorkStartedAt)?;
        let ended = self.time(SystemAttribute::AfterContactWorkEndedAt)?;
        let took = ended.as_millisecond() - started.as_millisecond();
        (took >= 0).then_some(took)
    }

    /// Everything known as one flat object for people and programs, with `Timestamps` as the one nested
    /// member and with what follows from the rest: `Queue_Outcome`, `Flag_Abandoned`, `Flag_Active`,
    /// `Connect_AfterContactWorkMs`.
    pub fn view(&self) -> serde_json::Map<String, Json> {
        let mut view = serde_json::Map::new();
        let mut times = serde_json::Map::new();
        for (attribute, register) in &self.registers {
            let name = attribute.name();
            let is_known = match (attribute, &register.value) {
                (Attribute::System(known), Value::Text(_)) => self.text(*known).is_some(),
                (Attribute::System(known), Value::Time(_)) => self.time(*known).is_some(),
                _ => true,
            };
            match (attribute, name.strip_prefix("Timestamps.")) {
                _ if !is_known => None,
                (Attribute::System(_), Some(time)) => times.insert(time.to_owned(), register.value.to_json()),
                _ => view.insert(name.into_owned(), register.value.to_json()),
            };
        }
        view.insert("Connect_ContactId".to_owned(), Json::from(self.contact_id()));
        view.insert(
            SystemAttribute::InitialContactId.name().to_owned(),
            Json::from(self.initial_contact_id()),
        );
        if let Some(outcome) = self.queue_outcome() {
            view.insert("Queue_Outcome".to_owned(), Json::from(outcome_name(outcome)));
        }
        view.insert("Flag_Abandoned".to_owned(), Json::from(self.is_abandoned()));
        view.insert("Flag_Active".to_owned(), Json::from(self.is_active()));
        if let Some(took) = self.after_contact_work_ms() {
            view.insert("Connect_AfterContactWorkMs".to_owned(), Json::from(took));
        }
        view.insert("Timestamps".to_owned(), Json::from(times));
        view
    }
}

/// What an outcome is called in a [view](Status::view).
fn outcome_name(outcome: QueueOutcome) -> &'static str {
    match outcome {
        QueueOutcome::Answered => "answered",
        QueueOutcome::Abandoned => "abandoned",
        QueueOutcome::CallbackRequested => "callback_requested",
        QueueOutcome::TransferredOut => "transferred_out_from_queue",
        QueueOutcome::EndedOtherwise => "ended_otherwise",
    }
}

#[cfg(test)]
mod tests;
