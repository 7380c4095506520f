//! The page of queues.

use askama::Template;

use super::{
    frame::{Frame, rendered},
    moment::{Elapsed, elapsed, minute, time},
};
use crate::{
    thresholds::{Threshold, Thresholds},
    view::{AgentStanding, Board, Feed, FiguresFrom, QueueFigures, QueueTile},
};

/// Which tiles are shown, and how.
#[derive(Debug, Default)]
pub(crate) struct QueueFilter {
    /// A part of the name.
    pub(crate) text: Option<String>,
    /// Such as `VOICE`.
    pub(crate) channel: Option<String>,
    /// A group of the agents' hierarchy.
    pub(crate) team: Option<String>,
    /// For a wall.
    pub(crate) is_tv: bool,
}

#[derive(Template)]
#[template(path = "board.html")]
struct BoardPage<'a> {
    frame: Frame,
    waiting: usize,
    longest: Option<Elapsed>,
    agents: Vec<(&'static str, &'static str, usize)>,
    teams: &'a [String],
    tiles: Vec<Tile<'a>>,
    filter: &'a QueueFilter,
    is_empty: bool,
    lacks_intervals: bool,
    /// The thresholds of queues that have none of their own.
    wait: Threshold,
    points: Threshold,
    /// From what the figures of the periods are, in words.
    traced: Traced,
    /// The half hour that goes on, by its first minute.
    interval_from: String,
    /// The filter again as a query for a wall.
    wall: String,
}

/// A tile, with what a page computes of it.
struct Tile<'a> {
    queue: &'a QueueTile,
    longest: Option<Elapsed>,
    /// It is a call's or a chat's.
    is_live: bool,
    /// The threshold of the service level, as a goal for the longest wait.
    goal: Option<String>,
    interval: Option<Period>,
    today: Option<Period>,
    /// What Amazon Connect counts, where that differs, and since when.
    connect: Option<(u64, Elapsed)>,
}

/// From what numbers are, in words.
struct Traced {
    /// Who waits, and what agents do.
    now: String,
    /// What counted.
    figures: String,
    /// Whether figures are of the record tables, which have each interval of the day.
    has_intervals: bool,
}

/// What counted in a period, as text.
struct Period {
    figures: QueueFigures,
    level: &'static str,
    /// In whole per cent, such as `72`, or `–`.
    percent: String,
    has_percent: bool,
    /// The same without a dash, for a bar.
    filled: String,
    target: String,
}

/// The page of that board, whose queues have these thresholds.
pub(crate) fn board(
    mut frame: Frame,
    board: &Board,
    filter: &QueueFilter,
    thresholds: &Thresholds,
) -> String {
    frame.is_tv = filter.is_tv;
    // No queue has an empty id.
    let of_all = thresholds.of("");
    let counts = board.agents.iter().flatten();
    let agents = counts
        .filter(|(standing, _)| **standing != AgentStanding::LoggedOff)
        .map(|(standing, count)| (standing.code(), standing.words(), *count))
        .collect();
    let traced = Traced::new(board, &frame);
    let tiles = board.queues.iter().filter(|queue| filter.shows(queue)).map(|queue| tile(queue, &frame));
    let interval = board.queues.iter().find_map(|queue| queue.interval);
    rendered(&BoardPage {
        waiting: board.waiting,
        longest: board.longest_live_wait_since.map(|since| elapsed(since, frame.now)),
        agents,
        teams: &board.teams,
        tiles: tiles.collect(),
        filter,
        is_empty: board.queues.is_empty(),
        lacks_intervals: board.lacks_intervals,
        interval_from: interval.map(|figures| minute(figures.from, &frame.zone)).unwrap_or_default(),
        traced,
        wall: filter.wall(&frame.base),
        frame,
        wait: of_all.longest_wait_seconds,
        points: of_all.points_below_target,
    })
}

fn tile<'a>(queue: &'a QueueTile, frame: &Frame) -> Tile<'a> {
    Tile {
        queue,
        longest: queue
            .longest_live_wait_since
            .or(queue.longest_wait_since)
            .map(|since| elapsed(since, frame.now)),
        is_live: queue.longest_live_wait_since.is_some(),
        goal: queue.interval.map(|figures| super::moment::length(i64::from(figures.within_seconds) * 1000)),
        interval: queue.interval.map(|figures| Period::new(figures, queue)),
        today: queue.today.map(|figures| Period::new(figures, queue)),
        connect: queue.connect.map(|count| (count.waiting, elapsed(count.since, frame.now))),
    }
}

impl Traced {
    fn new(board: &Board, frame: &Frame) -> Self {
        let clock = frame.clock();
        let of = |at| time(at, &frame.zone);
        let now = match board.feed {
            Feed::Polling { at } => format!("from Amazon Connect's own counts, polled at {}", of(at)),
            _ => format!("from contact events, as of {clock}"),
        };
        let figures = match board.figures {
            Some(FiguresFrom::MetricTables { as_of }) => {
                let as_of = as_of.map(|at| format!(", read at {}", of(at))).unwrap_or_default();
                format!(
                    "From Connect's metric tables, in intervals of five minutes that are over{as_of}: offered is \
                     CONTACTS_QUEUED, answered CONTACTS_HANDLED and abandoned CONTACTS_ABANDONED, as Amazon Connect counts them."
                )
            }
            _ => format!(
                "From the record tables, whose rows are provisional until the contact record comes; as of {clock}: contacts \
                 by when they came into the queue, those that still wait or talk included."
            ),
        };
        let has_intervals = matches!(board.figures, Some(FiguresFrom::RecordTables));
        Self { now, figures, has_intervals }
    }
}

impl Period {
    fn new(figures: QueueFigures, queue: &QueueTile) -> Self {
        let percent = figures.service_level_percent.map(|percent| format!("{:.0}", percent.floor()));
        Self {
            figures,
            level: figures.level(queue.thresholds.points_below_target).code(),
            has_percent: percent.is_some(),
            filled: percent.clone().unwrap_or_else(|| "0".to_owned()),
            percent: percent.unwrap_or_else(|| "–".to_owned()),
            target: format!("{:.0}", figures.target_percent),
        }
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

    fn has_team(&self, team: &str) -> bool {
        self.team.as_deref() == Some(team)
    }

    fn wall(&self, base: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(format!("{base}/?tv"));
        for (name, value) in [("text", &self.text), ("channel", &self.channel), ("team", &self.team)] {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        query.finish()
    }
}
