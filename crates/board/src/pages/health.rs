//! The page of the data's health.

use askama::Template;
use switchboard_records::ReconciledHour;

use super::{
    frame::{Frame, rendered},
    moment::{Elapsed, day_and_time, elapsed},
};
use crate::view::{Health, PollHealth, SourceHealth};

#[derive(Template)]
#[template(path = "health.html")]
struct HealthPage<'a> {
    frame: Frame,
    sources: Vec<(&'a SourceHealth, Option<(String, Elapsed)>)>,
    polls: Vec<(&'a PollHealth, Option<(String, Elapsed)>)>,
    hours: Vec<HourRow<'a>>,
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
    let number = |number: Option<u64>| number.map_or_else(|| "–".to_owned(), |number| number.to_string());
    let hours = health.reconciled_hours.iter().map(|hour| HourRow {
        time: day_and_time(hour.hour, &frame.zone),
        listed: number(hour.listed),
        here: number(hour.here),
        hour,
    });
    let hours = hours.collect();
    rendered(&HealthPage { frame, sources, polls, hours })
}
