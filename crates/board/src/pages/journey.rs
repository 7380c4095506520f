//! The page of a contact's journey: a picture, the chain, and what happened in words.

use askama::Template;
use jiff::Timestamp;
use switchboard_contacts::journey::{Lane, Line};

use super::{
    contacts::{Row, row},
    frame::{Frame, rendered},
    moment::{length, time},
};
use crate::view::{JourneyView, StayView};

/// The picture's width without the lanes' names, in its own units.
const WIDTH: i64 = 1000;
/// A stay is no narrower, or nobody saw it.
const BAR_MIN: i64 = 3;
/// The height of a lane.
const LANE_HEIGHT: usize = 34;

#[derive(Template)]
#[template(path = "journey.html")]
struct JourneyPage<'a> {
    frame: Frame,
    contact_id: &'a str,
    customer_key: Option<&'a str>,
    rows: Vec<Row<'a>>,
    lanes: Vec<LaneLabel>,
    bars: Vec<Bar<'a>>,
    height: usize,
    began: String,
    ended: String,
    lines: Vec<TimelineRow<'a>>,
    is_technical: bool,
}

/// A lane's name in the picture.
struct LaneLabel {
    name: &'static str,
    y: usize,
}

/// A stay in the picture.
struct Bar<'a> {
    stay: &'a StayView,
    x: i64,
    y: usize,
    width: i64,
    /// What it says in words.
    title: String,
}

/// A line of the timeline.
struct TimelineRow<'a> {
    line: &'a Line,
    time: String,
    offset: String,
    lasted: String,
    /// The contact's place in the chain; 0 where there is no chain.
    place: usize,
}

/// The page of that journey.
pub(crate) fn journey(frame: Frame, journey: &JourneyView, is_technical: bool) -> String {
    let span = span(journey, frame.now);
    let bars = journey.stays.iter().filter_map(|stay| bar(stay, span, &frame));
    let numbered = Lane::ALL.iter().enumerate();
    let lines = journey.lines.iter().map(|line| timeline_row(line, journey, &frame));
    rendered(&JourneyPage {
        contact_id: &journey.contact_id,
        customer_key: journey.customer_key.as_deref(),
        rows: journey.contacts.iter().map(|contact| row(contact, &frame)).collect(),
        lanes: numbered.map(|(at, lane)| LaneLabel { name: lane_name(*lane), y: at * LANE_HEIGHT }).collect(),
        bars: bars.collect(),
        height: Lane::ALL.len() * LANE_HEIGHT,
        began: time(span.0, &frame.zone),
        ended: time(span.1, &frame.zone),
        lines: lines.collect(),
        is_technical,
        frame,
    })
}

fn lane_name(lane: Lane) -> &'static str {
    match lane {
        Lane::Flow => "Flow",
        Lane::Queue => "Queue",
        Lane::Agent => "Agent",
        Lane::Hold => "Hold",
        Lane::AfterContactWork => "Wrap-up",
    }
}

/// From the first stay to the end of the last.
fn span(journey: &JourneyView, now: Timestamp) -> (Timestamp, Timestamp) {
    let from = journey.stays.iter().map(|stay| stay.from).min().unwrap_or(now);
    let to = journey.stays.iter().map(|stay| end(stay, now)).max().unwrap_or(now);
    (from, to.max(from))
}

fn end(stay: &StayView, now: Timestamp) -> Timestamp {
    stay.to.unwrap_or(if stay.goes_on { now } else { stay.from }).max(stay.from)
}

fn bar<'a>(stay: &'a StayView, (from, to): (Timestamp, Timestamp), frame: &Frame) -> Option<Bar<'a>> {
    let at = Lane::ALL.iter().position(|lane| lane.code() == stay.lane)?;
    let name = Lane::ALL.get(at).copied().map_or("", lane_name);
    let span = (to.as_millisecond() - from.as_millisecond()).max(1);
    let place = |moment: Timestamp| (moment.as_millisecond() - from.as_millisecond()) * WIDTH / span;
    let end = end(stay, frame.now);
    let x = place(stay.from).min(WIDTH - BAR_MIN);
    let whom = stay.name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
    let lasted = length(end.as_millisecond() - stay.from.as_millisecond());
    let title = format!("{name}{whom}: from {}, {lasted}", time(stay.from, &frame.zone));
    let width = (place(end) - x).max(BAR_MIN);
    Some(Bar { stay, x, y: at * LANE_HEIGHT, width, title })
}

fn timeline_row<'a>(line: &'a Line, journey: &JourneyView, frame: &Frame) -> TimelineRow<'a> {
    let at: Option<Timestamp> = line.at.as_ref().and_then(|at| at.parse().ok());
    let place = journey.contacts.iter().position(|contact| contact.contact_id == line.contact_id);
    TimelineRow {
        line,
        time: at.map(|at| time(at, &frame.zone)).unwrap_or_default(),
        offset: line.offset_ms.map(|ms| format!("+{}", length(ms))).unwrap_or_default(),
        lasted: line.duration_ms.map(length).unwrap_or_default(),
        place: if journey.contacts.len() > 1 { place.map_or(0, |place| place + 1) } else { 0 },
    }
}
