//! The steps of a contact, each once, whichever sources tell it.
//!
//! A contact event carries the times of earlier steps along, and agent events and contact records tell
//! the same steps again, to the second or some milliseconds apart. So steps are taken from the best
//! source first, and one that another source tells within [`SAME_STEP_MS`] is the same.

use std::fmt;

use jiff::Timestamp;
use switchboard_core::{
    agent_event::AgentContact,
    contact_event::ContactEvent,
    ctr::Ctr,
    instant::instant,
    json::{self, Raw},
};

use crate::{history::HistoryEntry, observation::agent_event::LEFT, version::Source};

/// How far apart two sources' times of one step may be, in milliseconds.
const SAME_STEP_MS: i64 = 2_000;

/// What happened to a contact, apart from its flows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum What {
    Began,
    Queued,
    Offered,
    Answered,
    Held,
    Resumed,
    Transferred,
    Ended,
    WrapUp,
    WrappedUp,
}

/// One step of a contact. [`Debug`](fmt::Debug) hides who and how.
#[derive(Clone)]
pub(super) struct Step {
    pub(super) what: What,
    pub(super) at: Timestamp,
    /// The queue's or the agent's ARN.
    pub(super) who: Option<String>,
    /// How it began, why it ended, what became of the offer.
    pub(super) how: Option<String>,
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Step").field("what", &self.what).field("at", &self.at).finish_non_exhaustive()
    }
}

/// The steps of one contact in order of time.
pub(super) fn steps(entries: &[&HistoryEntry]) -> Vec<Step> {
    let mut steps = Steps::default();
    for source in [Source::ContactEvent, Source::AgentEvent, Source::ContactRecord] {
        for entry in entries.iter().filter(|entry| entry.source == source) {
            match source {
                Source::ContactEvent => steps.contact_event(entry),
                Source::AgentEvent => steps.agent_event(entry),
                _ => steps.contact_record(entry),
            }
        }
    }
    steps.0.sort_by_key(|step| step.at);
    steps.0
}

#[derive(Default)]
struct Steps(Vec<Step>);

impl Steps {
    fn add(&mut self, what: What, at: Option<Timestamp>, who: Raw<'_>, how: Option<String>) {
        let Some(at) = at else { return };
        let who = who.text().map(std::borrow::Cow::into_owned);
        let once = matches!(what, What::Began | What::Ended);
        let near = |step: &&mut Step| (step.at.as_millisecond() - at.as_millisecond()).abs() <= SAME_STEP_MS;
        // Holds come from one source and may be short.
        let told_once = matches!(what, What::Held | What::Resumed | What::Offered);
        let same = |step: &&mut Step| {
            step.what == what && if told_once { step.at == at } else { once || near(step) }
        };
        match self.0.iter_mut().find(same) {
            Some(step) => {
                step.who = step.who.take().or(who);
                step.how = step.how.take().or(how);
            }
            None => self.0.push(Step { what, at, who, how }),
        }
    }

    fn contact_event(&mut self, entry: &HistoryEntry) {
        let Ok(event) = ContactEvent::parse(&entry.body) else { return };
        let (queue, agent) = (event.queue(), event.agent());
        let channel = event.channel().unwrap_or_default();
        let began = instant(event.initiation_timestamp).or((entry.kind == "INITIATED").then_some(entry.at));
        self.add(What::Began, began, Raw::ABSENT, how_it_began(&channel, event.initiation_method));
        let own = |kind: &str, time: Raw<'_>| instant(time).or((entry.kind == kind).then_some(entry.at));
        self.add(What::Queued, own("QUEUED", queue.enqueue_timestamp), queue.arn, None);
        let answered = own("CONNECTED_TO_AGENT", agent.connected_to_agent_timestamp);
        self.add(What::Answered, answered, agent.arn, None);
        let why = event.disconnect_reason.text().map(std::borrow::Cow::into_owned);
        self.add(What::Ended, own("DISCONNECTED", event.disconnect_timestamp), Raw::ABSENT, why);
        self.add(What::WrapUp, instant(agent.after_contact_work_start_timestamp), agent.arn, None);
        self.add(What::WrappedUp, instant(agent.after_contact_work_end_timestamp), agent.arn, None);
    }

    fn agent_event(&mut self, entry: &HistoryEntry) {
        let Some(event) = AgentBody::parse(&entry.body) else { return };
        let Some(contact) = event.now.or(event.before) else { return };
        let since = instant(contact.state_start_timestamp).or(Some(entry.at));
        self.add(What::Queued, instant(contact.queue_timestamp), contact.queue_arn, None);
        self.add(What::Answered, instant(contact.connected_to_agent_timestamp), event.agent_arn, None);
        // The state that it has, or had when the agent lost it.
        let state = contact.state.text().unwrap_or_default();
        let was_held = event.before.is_some_and(|before| is_in(&before, "CONNECTED_ONHOLD"));
        match &*state {
            "CONNECTED_ONHOLD" => self.add(What::Held, since, event.agent_arn, None),
            "CONNECTED" if was_held => self.add(What::Resumed, since, event.agent_arn, None),
            "MISSED" | "REJECTED" | "ERROR" => {
                self.add(What::Offered, since, event.agent_arn, Some(state.to_lowercase()));
            }
            "ENDED" => self.add(What::WrapUp, since, event.agent_arn, None),
            _ => {}
        }
        if entry.kind == LEFT && state == "ENDED" {
            self.add(What::WrappedUp, Some(entry.at), event.agent_arn, None);
        }
    }

    fn contact_record(&mut self, entry: &HistoryEntry) {
        let Ok(ctr) = Ctr::parse(&entry.body) else { return };
        let (queue, agent) = (ctr.queue(), ctr.agent());
        let channel = ctr.channel.text().unwrap_or_default();
        let began = instant(ctr.initiation_timestamp);
        self.add(What::Began, began, Raw::ABSENT, how_it_began(&channel, ctr.initiation_method));
        self.add(What::Queued, instant(queue.enqueue_timestamp), queue.arn, None);
        self.add(What::Answered, instant(agent.connected_to_agent_timestamp), agent.arn, None);
        self.add(What::Transferred, instant(ctr.transfer_completed_timestamp), Raw::ABSENT, None);
        let why = ctr.disconnect_reason.text().map(std::borrow::Cow::into_owned);
        self.add(What::Ended, instant(ctr.disconnect_timestamp), Raw::ABSENT, why);
        self.add(What::WrapUp, instant(agent.after_contact_work_start_timestamp), agent.arn, None);
        self.add(What::WrappedUp, instant(agent.after_contact_work_end_timestamp), agent.arn, None);
    }
}

fn is_in(contact: &AgentContact<'_>, state: &str) -> bool {
    contact.state.text().as_deref() == Some(state)
}

fn how_it_began(channel: &str, initiation_method: Raw<'_>) -> Option<String> {
    let how = initiation_method.text()?;
    Some(format!("{channel} {how}").trim().to_owned())
}

/// What a history entry keeps of an agent event.
#[derive(Default)]
pub(super) struct AgentBody<'a> {
    pub(super) agent_arn: Raw<'a>,
    pub(super) username: Raw<'a>,
    pub(super) now: Option<AgentContact<'a>>,
    pub(super) before: Option<AgentContact<'a>>,
}

impl<'a> AgentBody<'a> {
    /// [`None`] if the body was cut.
    pub(super) fn parse(body: &'a str) -> Option<Self> {
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
}
