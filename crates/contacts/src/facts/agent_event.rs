//! What an agent event says that happened to one of the agent's contacts.

use jiff::Timestamp;
use switchboard_core::{
    agent_event::AgentContact,
    json::{self, Raw},
};

use super::{Clock, Fact, FactKind, FactList};
use crate::version::{Source, Trust};

/// One contact in an agent event: how the agent has it now, and had it before.
#[derive(Clone, Copy)]
pub(crate) struct AgentView<'a> {
    pub(crate) agent_arn: Raw<'a>,
    /// When the event happened.
    pub(crate) at: Option<Timestamp>,
    pub(crate) now: Option<AgentContact<'a>>,
    pub(crate) before: Option<AgentContact<'a>>,
}

impl AgentView<'_> {
    /// Since when the contact is as the agent has it, or was when the agent lost it.
    pub(crate) fn since(&self, clock: &Clock) -> Option<Timestamp> {
        let contact = self.now.or(self.before)?;
        clock.instant(contact.state_start_timestamp).or(self.at)
    }

    /// What it says. There is no event for after-contact work: it begins when the contact's state becomes `ENDED`, and ends
    /// at the event that does not have the contact any more while it was `ENDED` before.
    pub(crate) fn facts(&self, clock: &Clock) -> Vec<Fact> {
        let mut facts = FactList::new(Source::AgentEvent);
        let Some(contact) = self.now.or(self.before) else { return facts.list };
        let retold = |field: Raw<'_>| clock.instant(field).map(|at| (at, Trust::Retold));
        let since = self.since(clock).map(|at| (at, Trust::Retold));
        let state = contact.state.text().unwrap_or_default();
        let is_taken = matches!(&*state, "CONNECTED" | "CONNECTED_ONHOLD" | "PAUSED");
        facts.add(FactKind::Queued, retold(contact.queue_timestamp), contact.queue_arn, None);
        let stands_in = since.filter(|_| is_taken).map(|(at, _)| (at, Trust::StandIn));
        let taken = retold(contact.connected_to_agent_timestamp).or(stands_in);
        facts.add(FactKind::Answered, taken, self.agent_arn, None);
        let kind = match &*state {
            "CONNECTED" => FactKind::Connected,
            "CONNECTED_ONHOLD" => FactKind::Held,
            "PAUSED" => FactKind::Paused,
            "MISSED" | "REJECTED" | "ERROR" => FactKind::Offered,
            "ENDED" => FactKind::WrapUp,
            _ => return facts.list,
        };
        facts.add(kind, since, self.agent_arn, (kind == FactKind::Offered).then(|| state.to_lowercase()));
        if kind == FactKind::WrapUp && self.now.is_none() {
            facts.add(FactKind::WrappedUp, self.at.map(|at| (at, Trust::Retold)), self.agent_arn, None);
        }
        facts.list
    }
}

/// What a history entry keeps of an agent event.
#[derive(Default)]
pub(crate) struct AgentBody<'a> {
    pub(crate) agent_arn: Raw<'a>,
    pub(crate) username: Raw<'a>,
    pub(crate) now: Option<AgentContact<'a>>,
    pub(crate) before: Option<AgentContact<'a>>,
}

impl<'a> AgentBody<'a> {
    /// [`None`] if the body was cut.
    pub(crate) fn parse(body: &'a str) -> Option<Self> {
        let mut event = Self::default();
        json::members(body, |member| match &*member.name {
            "AgentARN" => event.agent_arn = member.value,
            "Username" => event.username = member.value,
            "Now" => event.now = AgentContact::read(member.value.json()),
            "Before" => event.before = AgentContact::read(member.value.json()),
            _ => {}
        })
        .ok()?;
        Some(event)
    }

    /// The contact as the event showed it.
    pub(crate) fn view(&self, at: Timestamp) -> AgentView<'a> {
        let at = (at > Timestamp::UNIX_EPOCH).then_some(at);
        AgentView { agent_arn: self.agent_arn, at, now: self.now, before: self.before }
    }
}
