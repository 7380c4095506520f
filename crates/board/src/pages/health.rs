//! The page of the data's health.

use askama::Template;
use switchboard_records::ReconciledHour;

use super::{
    frame::{Frame, rendered},
    moment::{Elapsed, day_and_time, elapsed},
};
use crate::{
    undelivered::UndeliveredKind,
    view::{Health, PollHealth, SourceHealth, UndeliveredHealth},
};

#[derive(Template)]
#[template(path = "health.html")]
struct HealthPage<'a> {
    frame: Frame,
    sources: Vec<(&'a SourceHealth, Option<(String, Elapsed)>)>,
    undelivered: Vec<UndeliveredRow<'a>>,
    polls: Vec<(&'a PollHealth, Option<(String, Elapsed)>)>,
    hours: Vec<HourRow<'a>>,
}

/// A place of what could not be delivered.
struct UndeliveredRow<'a> {
    place: &'a UndeliveredHealth,
    what: &'static str,
    /// How much, in words where nobody could look.
    count: String,
}

/// An hour that was compared with what Connect lists.
struct HourRow<'a> {
    hour: &'a ReconciledHour,
    time: String,
    listed: String,
    here: String,
}

/// The page of that health.
pub(crate) fn health(frame: Frame, health: &Health) -> String {
    let last = |source: &SourceHealth| {
        source.last_event_at.map(|at| (day_and_time(at, &frame.zone), elapsed(at, frame.now)))
    };
    let sources = health.sources.iter().map(|source| (source, last(source))).collect();
    let polled = |poll: &PollHealth| {
        poll.complete_at.map(|at| (day_and_time(at, &frame.zone), elapsed(at, frame.now)))
    };
    let polls = health.polls.iter().map(|poll| (poll, polled(poll))).collect();
    let undelivered = health.undelivered.iter().map(|place| UndeliveredRow {
        what: match place.kind {
            UndeliveredKind::DeadLetters => "dead letters",
            UndeliveredKind::Rejected => "rejected records",
        },
        count: place.count.map_or_else(|| "could not look".to_owned(), |count| count.to_string()),
        place,
    });
    let undelivered = undelivered.collect();
    let number = |number: Option<u64>| number.map_or_else(|| "–".to_owned(), |number| number.to_string());
    let hours = health.reconciled_hours.iter().map(|hour| HourRow {
        time: day_and_time(hour.hour, &frame.zone),
        listed: number(hour.listed),
        here: number(hour.here),
        hour,
    });
    let hours = hours.collect();
    rendered(&HealthPage { frame, sources, undelivered, polls, hours })
}
