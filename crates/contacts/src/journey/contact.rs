//! One contact's steps in words, by what its status knows of it.

use jiff::Timestamp;
use switchboard_core::{
    json::{self, Raw},
    leg::Leg,
    outcome::{QueueOutcome, Successor},
};

use super::{Journey, format::millis_between, steps::Step, words};
use crate::{
    attribute::SystemAttribute, facts::FactKind, observation::successor::WENT_ON, status::Status,
    version::DUPLICATE_WINDOW_MS,
};

/// A contact of a journey.
pub(super) struct ContactJourney<'a> {
    pub(super) journey: &'a Journey,
    pub(super) id: &'a str,
    pub(super) steps: &'a [Step],
    status: Option<&'a Status>,
    /// As what it went on, of several the latest.
    next: Option<Next>,
}

/// The contact that follows.
struct Next {
    began: Timestamp,
    method: String,
    /// Its queue or its agent, by kind and name.
    destination: Option<String>,
}

impl<'a> ContactJourney<'a> {
    pub(super) fn new(journey: &'a Journey, contact_id: &'a str, steps: &'a [Step]) -> Self {
        let told =
            journey.entries.iter().filter(|entry| entry.contact_id == contact_id && entry.kind == WENT_ON);
        let next = told.fold(None, |held: Option<Next>, entry| {
            let [mut method, mut arn, mut name, mut agent] = [Raw::ABSENT; 4];
            let read = json::members(&entry.body, |member| match &*member.name {
                "InitiationMethod" => method = member.value,
                "QueueARN" => arn = member.value,
                "QueueName" => name = member.value,
                "AgentARN" => agent = member.value,
                _ => {}
            });
            let method = read.ok().and_then(|()| method.text());
            let Some(method) = method.filter(|method| Successor::of(Some(method)).is_some()) else {
                return held;
            };
            let queue = name.text().filter(|name| !name.is_empty()).map(|name| format!("queue {name}"));
            let named = |arn: Raw<'_>| arn.text().map(|arn| journey.names.destination(&arn));
            let destination = queue.or_else(|| named(arn)).or_else(|| named(agent));
            let destination = destination.or_else(|| held.and_then(|held| held.destination));
            Some(Next { began: entry.at, method: method.into_owned(), destination })
        });
        Self { journey, id: contact_id, steps, status: journey.status(contact_id), next }
    }

    fn known(&self, attribute: SystemAttribute) -> Option<&str> {
        self.status.and_then(|status| status.text(attribute))
    }

    fn has(&self, kind: FactKind) -> bool {
        self.steps.iter().any(|step| step.kind == kind)
    }

    pub(super) fn has_ended(&self) -> bool {
        self.has(FactKind::Ended) || self.has(FactKind::Completed)
    }

    fn before(&self, place: usize) -> &[Step] {
        self.steps.get(..place).unwrap_or_default()
    }

    /// When the state ended that this step led to.
    pub(super) fn end_of(&self, place: usize) -> Option<Timestamp> {
        let step = self.steps.get(place)?;
        let later = self.steps.get(place + 1..).unwrap_or_default();
        let until: &[FactKind] = match step.kind {
            FactKind::Answered => {
                &[FactKind::Paused, FactKind::WrapUp, FactKind::Transferred, FactKind::Ended]
            }
            FactKind::Resumed if self.is_with_agent(place) => {
                &[FactKind::Paused, FactKind::WrapUp, FactKind::Transferred, FactKind::Ended]
            }
            FactKind::Queued | FactKind::Resumed => &[
                FactKind::LeftQueue,
                FactKind::Answered,
                FactKind::Queued,
                FactKind::Paused,
                FactKind::Ended,
            ],
            FactKind::Held => &[FactKind::Connected, FactKind::Paused, FactKind::WrapUp, FactKind::Ended],
            FactKind::Paused => &[
                FactKind::Resumed,
                FactKind::Connected,
                FactKind::Answered,
                FactKind::WrapUp,
                FactKind::Ended,
            ],
            FactKind::WrapUp => &[FactKind::WrappedUp, FactKind::Completed],
            _ => return None,
        };
        let end = later.iter().find(|step| until.contains(&step.kind))?;
        // The record has the second alone: a better word about the same moment counts.
        let better = later.iter().find(|other| {
            end.kind == FactKind::LeftQueue
                && other.kind != FactKind::LeftQueue
                && until.contains(&other.kind)
                && millis_between(end.at, other.at) <= DUPLICATE_WINDOW_MS
        });
        Some(better.unwrap_or(end).at)
    }

    fn is_with_agent(&self, place: usize) -> bool {
        self.before(place).iter().any(|step| matches!(step.kind, FactKind::Answered | FactKind::Connected))
    }

    /// What a step is called; [`None`] for one that is no line.
    pub(super) fn text_of(&self, place: usize, goes_on: bool) -> Option<String> {
        let step = self.steps.get(place)?;
        let (channel, leg) =
            (self.known(SystemAttribute::Channel), self.status.map_or(Leg::Customer, Status::leg));
        let who = |arn: &Option<String>| {
            arn.as_deref().map_or_else(|| "unknown".to_owned(), |arn| self.journey.names.name(arn))
        };
        let agent = format!("agent {}", who(&step.subject));
        let text = match step.kind {
            FactKind::Began => words::began(channel, self.known(SystemAttribute::InitiationMethod)),
            FactKind::Queued => {
                let verb = if goes_on { "Waits" } else { "Waited" };
                format!("{verb} {}", self.journey.names.place_of_waiting(step.subject.as_deref()))
            }
            FactKind::Offered => {
                format!(
                    "Agent {} did not take it ({})",
                    who(&step.subject),
                    step.detail.as_deref().unwrap_or_default()
                )
            }
            FactKind::Answered => capital(&words::with_agent(channel, leg, &agent, goes_on)),
            FactKind::Held if goes_on => "Is on hold".to_owned(),
            FactKind::Held => "Was put on hold".to_owned(),
            FactKind::Paused if goes_on => "Is paused".to_owned(),
            FactKind::Paused => "Was paused".to_owned(),
            FactKind::Resumed => "Was resumed".to_owned(),
            FactKind::Connected => self.connected(place)?,
            FactKind::Transferred => self.transferred(step),
            FactKind::ReachedSystem => {
                words::answering_machine(self.known(SystemAttribute::AnsweringMachine)?)?
            }
            FactKind::Ended => self.ended(step),
            FactKind::WrapUp if goes_on || self.wraps_up(place) => {
                format!("Agent {} wraps up", who(&step.subject))
            }
            FactKind::WrapUp => format!("Agent {} wrapped up", who(&step.subject)),
            // The line of its beginning has its length.
            FactKind::WrappedUp if self.before(place).iter().any(|step| step.kind == FactKind::WrapUp) => {
                return None;
            }
            FactKind::WrappedUp => format!("Agent {} was done wrapping up", who(&step.subject)),
            FactKind::Scheduled => self.scheduled()?,
            FactKind::LeftQueue | FactKind::Completed => return None,
        };
        Some(text)
    }

    /// Wrap-up goes on after the end of a contact.
    pub(super) fn wraps_up(&self, place: usize) -> bool {
        self.end_of(place).is_none()
            && !self.has(FactKind::Completed)
            && self.status.is_some_and(|status| status.flag(SystemAttribute::AfterContactWork))
    }

    /// It came back from hold; [`None`] if it was not there.
    fn connected(&self, place: usize) -> Option<String> {
        let states = [FactKind::Held, FactKind::Paused, FactKind::Resumed, FactKind::Connected];
        let last = self.before(place).iter().rfind(|step| states.contains(&step.kind))?;
        (last.kind == FactKind::Held).then(|| "Came back from hold".to_owned())
    }

    /// It is to begin at the line's time, or was; [`None`] once it did.
    fn scheduled(&self) -> Option<String> {
        let is_over = self.has(FactKind::Queued) || self.has(FactKind::Answered) || self.has_ended();
        (!is_over).then(|| "Scheduled to begin".to_owned())
    }

    fn transferred(&self, step: &Step) -> String {
        let to_number = step.detail.as_deref() == Some("number");
        match (&step.subject, self.destination()) {
            (Some(number), _) if to_number => format!("Was transferred to {number}"),
            (_, Some(destination)) => format!("Was transferred to {destination}"),
            _ => "Was transferred to a colleague".to_owned(),
        }
    }

    fn destination(&self) -> Option<&str> {
        self.next.as_ref().and_then(|next| next.destination.as_deref())
    }

    /// Ended how, and as what it goes on.
    fn ended(&self, step: &Step) -> String {
        let reason = step.detail.as_deref().or_else(|| self.known(SystemAttribute::DisconnectReason));
        let answered_by = self.known(SystemAttribute::AnsweringMachine);
        let why = || words::ended(self.known(SystemAttribute::Channel), reason, answered_by);
        match self.status.and_then(Status::queue_outcome) {
            Some(QueueOutcome::CallbackRequested) => match self.destination() {
                Some(destination) => format!("Asked to be called back, from {destination}"),
                None => "Asked to be called back".to_owned(),
            },
            Some(QueueOutcome::TransferredOut) => match self.destination() {
                Some(destination) => format!("Was moved to {destination}"),
                None => "Was moved to another queue".to_owned(),
            },
            Some(QueueOutcome::Abandoned) => "Gave up waiting".to_owned(),
            Some(QueueOutcome::EndedOtherwise) => format!("{} while waiting", why()),
            // A colleague may only have been asked: who was handed over ended as the next one began.
            _ => match self.next.as_ref().filter(|next| self.is_handed_over(next, step.at)) {
                Some(Next { destination: Some(to), .. }) => format!("Was transferred to {to}"),
                Some(_) => "Was transferred".to_owned(),
                None => why(),
            },
        }
    }

    fn is_handed_over(&self, next: &Next, ended: Timestamp) -> bool {
        let is_transfer = ["TRANSFER", "QUEUE_TRANSFER"].contains(&&*next.method);
        let apart = (next.began.as_millisecond() - ended.as_millisecond()).abs();
        is_transfer && !self.has(FactKind::Transferred) && apart <= DUPLICATE_WINDOW_MS
    }
}

/// A sentence begins with a capital.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
