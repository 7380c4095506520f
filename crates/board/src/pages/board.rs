//! The page of queues.

use askama::Template;

use super::{
    frame::{Frame, rendered},
    moment::{Elapsed, elapsed},
};
use crate::view::{AgentStanding, Board, QueueTile};

/// A wait this long colours a tile, in seconds.
const WARN_AFTER_SECONDS: i64 = 60;
/// And this long makes it an alarm.
const ALARM_AFTER_SECONDS: i64 = 180;

/// Which tiles are shown, and how.
#[derive(Debug, Default)]
pub(crate) struct QueueFilter {
    /// A part of the name.
    pub(crate) text: Option<String>,
    /// Such as `VOICE`.
    pub(crate) channel: Option<String>,
    /// For a wall.
    pub(crate) is_tv: bool,
}

#[derive(Template)]
#[template(path = "board.html")]
struct BoardPage<'a> {
    frame: Frame,
    waiting: usize,
    agents: Vec<(&'static str, &'static str, usize)>,
    tiles: Vec<Tile<'a>>,
    filter: &'a QueueFilter,
    is_empty: bool,
    warn_after: i64,
    alarm_after: i64,
}

/// A tile, with what a page computes of it.
struct Tile<'a> {
    queue: &'a QueueTile,
    longest: Option<Elapsed>,
    level: &'static str,
    service_level: Option<u64>,
}

/// The page of that board.
pub(crate) fn board(mut frame: Frame, board: &Board, filter: &QueueFilter) -> String {
    frame.is_tv = filter.is_tv;
    let counts = board.agents.iter().flatten();
    let agents = counts
        .filter(|(standing, _)| **standing != AgentStanding::LoggedOff)
        .map(|(standing, count)| (standing.code(), standing.words(), *count))
        .collect();
    let tiles = board.queues.iter().filter(|queue| filter.shows(queue)).map(|queue| tile(queue, &frame));
    rendered(&BoardPage {
        waiting: board.waiting,
        agents,
        tiles: tiles.collect(),
        filter,
        is_empty: board.queues.is_empty(),
        frame,
        warn_after: WARN_AFTER_SECONDS,
        alarm_after: ALARM_AFTER_SECONDS,
    })
}

fn tile<'a>(queue: &'a QueueTile, frame: &Frame) -> Tile<'a> {
    let waited = queue.longest_wait_since.map(|since| frame.now.duration_since(since).as_secs());
    let level = match waited {
        Some(ALARM_AFTER_SECONDS..) => "alarm",
        Some(WARN_AFTER_SECONDS..) => "warn",
        _ => "",
    };
    Tile {
        queue,
        longest: queue.longest_wait_since.map(|since| elapsed(since, frame.now)),
        level,
        service_level: queue.today.and_then(|today| today.service_level_percent()),
    }
}

impl QueueFilter {
    fn shows(&self, queue: &QueueTile) -> bool {
        let name = queue.name.to_lowercase();
        let has_text = self.text.as_ref().is_none_or(|text| name.contains(&text.to_lowercase()));
        has_text && self.channel.as_ref().is_none_or(|channel| queue.channels.contains_key(channel))
    }

    fn text(&self) -> &str {
        self.text.as_deref().unwrap_or_default()
    }

    fn has_channel(&self, channel: &str) -> bool {
        self.channel.as_deref() == Some(channel)
    }
}
