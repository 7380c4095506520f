//! What an event says that happened: what, when, who, and how far that is to be believed.
//!
//! A contact's [status](crate::status) and its [journey](crate::journey) are both made of these, so they cannot disagree:
//! a status keeps, of all facts of one kind, the time whose [version](Fact::version) is the greatest, and a journey takes
//! each step's time by the same version.

mod agent_event;
mod contact_event;
mod contact_record;

use std::{borrow::Cow, cell::Cell};

use jiff::Timestamp;
use switchboard_core::{
    instant::{instant, is_ahead},
    json::Raw,
};

pub(crate) use agent_event::{AgentBody, AgentView};
pub(crate) use contact_event::{of_contact_event, time_of_contact_event};
pub(crate) use contact_record::{of_contact_record, time_of_contact_record};

use crate::{
    attribute::SystemAttribute,
    status::ContactState,
    version::{Pick, Source, Trust, Version},
};

/// What happened to a contact, apart from its flows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum FactKind {
    Began,
    ReachedSystem,
    /// It is to begin then: the one time that may be ahead.
    Scheduled,
    Queued,
    /// It left the queue before an agent was connected: an agent takes a callback, and the customer is dialled.
    LeftQueue,
    /// An agent did not take it.
    Offered,
    Answered,
    /// The agent talks, or talks again after a hold or a pause.
    Connected,
    Held,
    Paused,
    Resumed,
    Transferred,
    Ended,
    WrapUp,
    WrappedUp,
    /// All work on it is over.
    Completed,
}

impl FactKind {
    /// Which of several words about its time counts.
    pub(crate) fn pick(self) -> Pick {
        match self {
            Self::Began => Pick::First,
            Self::Ended => Pick::MostTrusted,
            _ => Pick::Latest,
        }
    }

    /// The attribute that keeps its time.
    pub(crate) fn attribute(self) -> Option<SystemAttribute> {
        match self {
            Self::Began => Some(SystemAttribute::InitiatedAt),
            Self::ReachedSystem => Some(SystemAttribute::ConnectedToSystemAt),
            Self::Scheduled => Some(SystemAttribute::ScheduledAt),
            Self::Queued => Some(SystemAttribute::EnqueuedAt),
            Self::Answered => Some(SystemAttribute::ConnectedToAgentAt),
            Self::Ended => Some(SystemAttribute::DisconnectedAt),
            Self::WrapUp => Some(SystemAttribute::AfterContactWorkStartedAt),
            Self::WrappedUp => Some(SystemAttribute::AfterContactWorkEndedAt),
            _ => None,
        }
    }

    /// The state that the contact came into.
    pub(crate) fn state(self) -> Option<ContactState> {
        match self {
            Self::Began => Some(ContactState::Initiated),
            Self::ReachedSystem => Some(ContactState::ConnectedToSystem),
            Self::Queued => Some(ContactState::Queued),
            Self::Answered | Self::Connected => Some(ContactState::ConnectedToAgent),
            Self::Held => Some(ContactState::OnHold),
            Self::Paused => Some(ContactState::Paused),
            Self::Resumed => Some(ContactState::Resumed),
            Self::WrapUp => Some(ContactState::AfterContactWork),
            Self::WrappedUp => Some(ContactState::AgentLeft),
            Self::Ended => Some(ContactState::Disconnected),
            Self::Completed => Some(ContactState::Completed),
            Self::Scheduled | Self::LeftQueue | Self::Offered | Self::Transferred => None,
        }
    }
}

/// One thing that an event says.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) kind: FactKind,
    pub(crate) at: Timestamp,
    pub(crate) trust: Trust,
    pub(crate) source: Source,
    /// The queue's or the agent's ARN; to whom it was transferred.
    pub(crate) subject: Option<String>,
    /// Why it ended, what became of the offer.
    pub(crate) detail: Option<String>,
}

impl Fact {
    /// Among facts of one [`FactKind`], the greatest counts.
    pub(crate) fn version(&self) -> Version {
        self.kind.pick().version(self.at, self.trust, self.source)
    }
}

/// The clock rule, for all times of one event: one that is too far ahead of when the event came is none.
#[derive(Debug)]
pub(crate) struct Clock {
    now: Option<Timestamp>,
    was_ahead: Cell<bool>,
}

impl Clock {
    /// By the time when an event came; [`None`] where all its times were behind it.
    pub(crate) fn at(now: Option<Timestamp>) -> Self {
        Self { now, was_ahead: Cell::new(false) }
    }

    /// A time, if it is one.
    pub(crate) fn known(&self, at: Option<Timestamp>) -> Option<Timestamp> {
        at.filter(|at| {
            let ahead = self.now.is_some_and(|now| is_ahead(*at, now));
            self.was_ahead.set(self.was_ahead.get() || ahead);
            !ahead
        })
    }

    /// The time that a field states, to the millisecond: what compares must be what is kept.
    pub(crate) fn instant(&self, field: Raw<'_>) -> Option<Timestamp> {
        let at = Timestamp::from_millisecond(instant(field)?.as_millisecond()).ok();
        self.known(at)
    }

    /// When the event came, if any of its times was too far ahead of that.
    pub(crate) fn ahead_of(&self) -> Option<Timestamp> {
        self.now.filter(|_| self.was_ahead.get())
    }
}

/// The facts of one event.
struct FactList {
    source: Source,
    list: Vec<Fact>,
}

impl FactList {
    fn new(source: Source) -> Self {
        Self { source, list: Vec::new() }
    }

    fn add(
        &mut self,
        kind: FactKind,
        at: Option<(Timestamp, Trust)>,
        subject: Raw<'_>,
        detail: Option<String>,
    ) {
        if let Some((at, trust)) = at {
            let subject = text(subject);
            self.list.push(Fact { kind, at, trust, source: self.source, subject, detail });
        }
    }
}

/// A text that says something.
fn text(raw: Raw<'_>) -> Option<String> {
    raw.text().map(Cow::into_owned).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests;
