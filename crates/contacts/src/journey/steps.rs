//! The steps of a contact, each once, whichever sources tell it.
//!
//! A contact event carries the times of earlier steps along, and agent events and contact records tell the same steps again,
//! to the second or some milliseconds apart. Facts about one step are one step, and its time is that of the fact that counts
//! in the contact's status, too.

use std::fmt;

use jiff::Timestamp;
use switchboard_core::{contact_event::ContactEvent, ctr::Ctr};

use crate::{
    facts::{self, AgentBody, Clock, Fact, FactKind},
    history::HistoryEntry,
    version::{DUPLICATE_WINDOW_MS, Source, Trust},
};

/// One step of a contact. [`Debug`](fmt::Debug) hides who and how.
#[derive(Clone)]
pub(super) struct Step {
    pub(super) kind: FactKind,
    pub(super) at: Timestamp,
    /// The queue's or the agent's ARN; to whom it was transferred.
    pub(super) subject: Option<String>,
    /// Why it ended, what became of the offer.
    pub(super) detail: Option<String>,
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Step").field("kind", &self.kind).field("at", &self.at).finish_non_exhaustive()
    }
}

/// The steps of one contact in the order in which they were.
pub(super) fn steps(entries: &[&HistoryEntry]) -> Vec<Step> {
    let mut facts: Vec<Fact> = entries.iter().flat_map(|entry| of_entry(entry)).collect();
    facts.sort_by(|one, next| {
        let key = |fact: &Fact| (fact.kind, fact.at, fact.version());
        key(one).cmp(&key(next)).then_with(|| (&one.subject, &one.detail).cmp(&(&next.subject, &next.detail)))
    });
    let mut groups: Vec<Vec<Fact>> = Vec::new();
    for fact in facts {
        match groups.last_mut().filter(|group| group.first().is_some_and(|best| is_same_step(best, &fact))) {
            Some(group) => {
                // The one that counts stands first.
                let counts = group.first().is_none_or(|best| best.version() < fact.version());
                group.insert(if counts { 0 } else { group.len() }, fact);
            }
            None => groups.push(vec![fact]),
        }
    }
    let mut steps: Vec<_> = groups.into_iter().filter_map(step).collect();
    steps.sort_by_key(|step| (step.at.as_second(), course(step.kind), step.at, step.kind));
    resumed(&mut steps);
    steps
}

/// How far a contact has come by a step: within a second this comes before the millisecond, as some times are cut to the second.
fn course(kind: FactKind) -> u8 {
    match kind {
        FactKind::Began => 0,
        FactKind::ReachedSystem | FactKind::Scheduled => 1,
        FactKind::Queued => 2,
        FactKind::LeftQueue | FactKind::Offered => 3,
        FactKind::Answered | FactKind::Connected | FactKind::Held | FactKind::Paused | FactKind::Resumed => 4,
        FactKind::Transferred => 5,
        FactKind::Ended | FactKind::WrapUp => 6,
        FactKind::WrappedUp | FactKind::Completed => 7,
    }
}

/// An agent's events call a contact connected again that a contact event calls resumed, each by a clock of its own.
fn resumed(steps: &mut Vec<Step>) {
    let told: Vec<_> =
        steps.iter().filter(|step| step.kind == FactKind::Resumed).map(|step| step.at).collect();
    let is_told = |at: Timestamp| {
        told.iter().any(|told| (told.as_millisecond() - at.as_millisecond()).abs() <= DUPLICATE_WINDOW_MS)
    };
    let mut before = None;
    steps.retain_mut(|step| {
        let is_again = step.kind == FactKind::Connected && before != Some(FactKind::Held);
        if is_again && is_told(step.at) {
            return false;
        }
        if is_again && before == Some(FactKind::Paused) {
            step.kind = FactKind::Resumed;
        }
        if matches!(step.kind, FactKind::Held | FactKind::Paused | FactKind::Resumed | FactKind::Connected) {
            before = Some(step.kind);
        }
        true
    });
}

fn step(group: Vec<Fact>) -> Option<Step> {
    let first = group.first()?;
    let (kind, at) = (first.kind, first.at);
    let (mut subject, mut detail) = (None, None);
    for fact in group {
        subject = subject.or(fact.subject);
        detail = detail.or(fact.detail);
    }
    Some(Step { kind, at, subject, detail })
}

/// True if two facts of one kind are about one step.
fn is_same_step(one: &Fact, other: &Fact) -> bool {
    if one.kind != other.kind {
        return false;
    }
    if matches!(one.kind, FactKind::Began | FactKind::Ended | FactKind::Completed) {
        return true;
    }
    let apart = (one.at.as_millisecond() - other.at.as_millisecond()).abs();
    // A source that states a time states it the same way each time.
    let is_exact = one.source == other.source && one.trust == other.trust && one.trust != Trust::StandIn;
    let window = (one.trust.handicap_ms() - other.trust.handicap_ms()).abs().max(DUPLICATE_WINDOW_MS);
    if is_exact { apart == 0 } else { apart <= window }
}

/// What an entry says that happened.
fn of_entry(entry: &HistoryEntry) -> Vec<Fact> {
    let clock = Clock::at(entry.ahead_of);
    let at = (entry.at > Timestamp::UNIX_EPOCH).then_some(entry.at);
    let facts = match entry.source {
        Source::ContactEvent => ContactEvent::parse(&entry.body)
            .ok()
            .map(|event| facts::of_contact_event(&event, &entry.kind, at, &clock)),
        Source::AgentEvent => AgentBody::parse(&entry.body).map(|event| event.view(entry.at).facts(&clock)),
        Source::ContactRecord => {
            Ctr::parse(&entry.body).ok().map(|ctr| facts::of_contact_record(&ctr, at, &clock))
        }
        Source::FlowLog | Source::FlowCall => None,
    };
    facts.unwrap_or_default()
}

#[cfg(test)]
mod tests;
