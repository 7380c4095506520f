//! The steps of a contact, each once, whichever sources tell it.
//!
//! A contact event carries the times of earlier steps along, and agent events and contact records tell the same steps again,
//! to the second or some milliseconds apart. Facts about one step are one step, and its time is that of the fact that counts
//! in the contact's status, too.

use std::fmt;

use jiff::Timestamp;
use switchboard_core::{contact_event::ContactEvent, ctr::Ctr};

use crate::{
    facts::{self, AgentBody, Clock, Fact, What},
    history::HistoryEntry,
    version::{SAME_STEP_MS, Source, Trust},
};

/// One step of a contact. [`Debug`](fmt::Debug) hides who and how.
#[derive(Clone)]
pub(super) struct Step {
    pub(super) what: What,
    pub(super) at: Timestamp,
    /// The queue's or the agent's ARN; to whom it was transferred.
    pub(super) who: Option<String>,
    /// Why it ended, what became of the offer.
    pub(super) how: Option<String>,
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Step").field("what", &self.what).field("at", &self.at).finish_non_exhaustive()
    }
}

/// The steps of one contact in the order in which they were.
pub(super) fn steps(entries: &[&HistoryEntry]) -> Vec<Step> {
    let mut facts: Vec<Fact> = entries.iter().flat_map(|entry| of_entry(entry)).collect();
    facts.sort_by(|one, next| {
        let key = |fact: &Fact| (fact.what, fact.at, fact.version());
        key(one).cmp(&key(next)).then_with(|| (&one.who, &one.how).cmp(&(&next.who, &next.how)))
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
    steps.sort_by_key(|step| (step.at.as_second(), course(step.what), step.at, step.what));
    resumed(&mut steps);
    steps
}

/// How far a contact has come by a step: within a second this comes before the millisecond, as some times are cut to the second.
fn course(what: What) -> u8 {
    match what {
        What::Began => 0,
        What::ReachedSystem | What::Scheduled => 1,
        What::Queued => 2,
        What::LeftQueue | What::Offered => 3,
        What::Answered | What::Connected | What::Held | What::Paused | What::Resumed => 4,
        What::Transferred => 5,
        What::Ended | What::WrapUp => 6,
        What::WrappedUp | What::Completed => 7,
    }
}

/// An agent's events call a contact connected again that a contact event calls resumed, each by a clock of its own.
fn resumed(steps: &mut Vec<Step>) {
    let told: Vec<_> = steps.iter().filter(|step| step.what == What::Resumed).map(|step| step.at).collect();
    let is_told = |at: Timestamp| {
        told.iter().any(|told| (told.as_millisecond() - at.as_millisecond()).abs() <= SAME_STEP_MS)
    };
    let mut before = None;
    steps.retain_mut(|step| {
        let is_again = step.what == What::Connected && before != Some(What::Held);
        if is_again && is_told(step.at) {
            return false;
        }
        if is_again && before == Some(What::Paused) {
            step.what = What::Resumed;
        }
        if matches!(step.what, What::Held | What::Paused | What::Resumed | What::Connected) {
            before = Some(step.what);
        }
        true
    });
}

fn step(group: Vec<Fact>) -> Option<Step> {
    let first = group.first()?;
    let (what, at) = (first.what, first.at);
    let (mut who, mut how) = (None, None);
    for fact in group {
        who = who.or(fact.who);
        how = how.or(fact.how);
    }
    Some(Step { what, at, who, how })
}

/// True if two facts of one kind are about one step.
fn is_same_step(one: &Fact, other: &Fact) -> bool {
    if one.what != other.what {
        return false;
    }
    if matches!(one.what, What::Began | What::Ended | What::Completed) {
        return true;
    }
    let apart = (one.at.as_millisecond() - other.at.as_millisecond()).abs();
    // A source that states a time states it the same way each time.
    let is_exact = one.source == other.source && one.trust == other.trust && one.trust != Trust::StandIn;
    let window = (one.trust.handicap_ms() - other.trust.handicap_ms()).abs().max(SAME_STEP_MS);
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
        Source::AgentEvent => AgentBody::parse(&entry.body).map(|event| event.sight(entry.at).facts(&clock)),
        Source::ContactRecord => {
            Ctr::parse(&entry.body).ok().map(|ctr| facts::of_contact_record(&ctr, at, &clock))
        }
        Source::FlowLog | Source::Flow => None,
    };
    facts.unwrap_or_default()
}

#[cfg(test)]
mod tests;
