//! The stays of a contact: in its flow, in a queue, with an agent, on hold, in after-contact work.

use std::fmt;

use jiff::Timestamp;

use super::{Journey, contact::ContactJourney};
use crate::facts::FactKind;

/// Where a contact stays, in the order in which a picture has its lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// In a flow, before it waits or somebody takes it.
    Flow,
    /// In a queue, or waiting for one agent.
    Queue,
    /// With an agent, holds and pauses included.
    Agent,
    /// On hold.
    Hold,
    /// Ended, while its agent wraps it up.
    AfterContactWork,
}

impl Lane {
    /// The lanes of a picture, from the top.
    pub const ALL: [Self; 5] = [Self::Flow, Self::Queue, Self::Agent, Self::Hold, Self::AfterContactWork];

    /// Such as `after-contact-work`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Flow => "flow",
            Self::Queue => "queue",
            Self::Agent => "agent",
            Self::Hold => "hold",
            Self::AfterContactWork => "after-contact-work",
        }
    }
}

/// One stay of a contact. Its [`Debug`](fmt::Debug) hides whom it is with.
#[derive(Clone, PartialEq, Eq)]
pub struct Stay {
    /// The contact, of a chain.
    pub contact_id: String,
    /// Where it stays.
    pub lane: Lane,
    /// The queue's or the agent's name, or the id of one without name; [`None`] where there is neither.
    pub name: Option<String>,
    /// When it came there.
    pub from: Timestamp,
    /// When it left; [`None`] while it stays, or where nothing told.
    pub to: Option<Timestamp>,
    /// True while it stays.
    pub goes_on: bool,
}

impl fmt::Debug for Stay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Stay");
        shown.field("contact_id", &self.contact_id).field("lane", &self.lane);
        shown.field("from", &self.from).field("to", &self.to).finish_non_exhaustive()
    }
}

/// The stays of all contacts of a journey, by their beginnings.
pub(super) fn stays(journey: &Journey) -> Vec<Stay> {
    let contacts = journey.steps.iter().flat_map(|(contact_id, steps)| {
        let contact = ContactJourney::new(journey, contact_id, steps);
        (0..steps.len()).filter_map(|place| stay(&contact, place)).collect::<Vec<_>>()
    });
    let mut stays: Vec<Stay> = contacts.collect();
    stays.sort_by_key(|stay| (stay.from, stay.lane));
    stays
}

/// The stay that a step begins; [`None`] if it begins none, or one of no time.
fn stay(contact: &ContactJourney<'_>, place: usize) -> Option<Stay> {
    let step = contact.steps.get(place)?;
    let later = contact.steps.get(place + 1..).unwrap_or_default();
    let first = |until: &[FactKind]| later.iter().find(|step| until.contains(&step.kind)).map(|step| step.at);
    let (lane, to) = match step.kind {
        FactKind::Began => (Lane::Flow, first(&[FactKind::Queued, FactKind::Answered, FactKind::Ended])),
        FactKind::Queued => (Lane::Queue, contact.end_of(place)),
        FactKind::Answered => {
            (Lane::Agent, first(&[FactKind::WrapUp, FactKind::Transferred, FactKind::Ended]))
        }
        FactKind::Held => (Lane::Hold, contact.end_of(place)),
        FactKind::WrapUp => (Lane::AfterContactWork, contact.end_of(place)),
        _ => return None,
    };
    if to.is_some_and(|to| to <= step.at) {
        return None;
    }
    let has_ended =
        if lane == Lane::AfterContactWork { !contact.wraps_up(place) } else { contact.has_ended() };
    let name = match lane {
        Lane::Queue | Lane::Agent | Lane::AfterContactWork => step.subject.as_deref(),
        Lane::Flow | Lane::Hold => None,
    };
    Some(Stay {
        contact_id: contact.id.to_owned(),
        lane,
        name: name.map(|arn| contact.journey.names.name(arn)),
        from: step.at,
        to,
        goes_on: to.is_none() && !has_ended,
    })
}
