//! The page of the data's health.

use askama::Template;

use super::{
    frame::{Frame, rendered},
    moment::{Elapsed, day_and_time, elapsed},
};
use crate::view::{Health, SourceHealth};

#[derive(Template)]
#[template(path = "health.html")]
struct HealthPage<'a> {
    frame: Frame,
    sources: Vec<(&'a SourceHealth, Option<(String, Elapsed)>)>,
}

/// The page of that health.
pub(crate) fn health(frame: Frame, health: &Health) -> String {
    let last = |source: &SourceHealth| {
        source.last_event_at.map(|at| (day_and_time(at, &frame.zone), elapsed(at, frame.now)))
    };
    let sources = health.sources.iter().map(|source| (source, last(source))).collect();
    rendered(&HealthPage { frame, sources })
}
