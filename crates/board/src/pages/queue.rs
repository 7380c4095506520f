//! The page of a queue's day: a chart and a table of its intervals, beside the same day a week before.

use askama::Template;
use jiff::{Span, civil::Date};

use super::{
    frame::{Frame, rendered},
    moment::{length, minute},
};
use crate::view::{IntervalRow, QueueIntervals};

/// The chart's width and the height of its bars, in its own units.
const WIDTH: usize = 1000;
const HEIGHT: u64 = 200;
/// The height of the service levels below.
const LEVEL_HEIGHT: f64 = 80.0;

#[derive(Template)]
#[template(path = "queue.html")]
struct QueuePage<'a> {
    frame: Frame,
    queue: &'a QueueIntervals,
    columns: Vec<Column>,
    grid: Vec<GridLine>,
    goal_y: String,
    /// The offered contacts of the week before, as the points of a line.
    week_ago_points: String,
    rows: Vec<TableRow<'a>>,
    total: Cells,
    total_before: Cells,
    within: Vec<u32>,
    target: String,
    day_before: Date,
    day_after: Option<Date>,
    /// The thresholds again, as the value of a field.
    within_text: String,
}

/// An interval in the chart.
struct Column {
    x: String,
    width: String,
    answered: Segment,
    abandoned: Segment,
    /// Neither: they wait, or ended otherwise.
    other: Segment,
    level: Option<Segment>,
    level_class: &'static str,
    /// Under every other full hour.
    label: Option<String>,
    label_x: String,
    title: String,
}

struct Segment {
    y: String,
    height: String,
}

/// A line of the chart's scale.
struct GridLine {
    y: String,
    label: u64,
}

/// An interval in the table.
struct TableRow<'a> {
    time: String,
    cells: Cells,
    before: Option<&'a IntervalRow>,
    before_percent: String,
}

/// Its figures as text.
struct Cells {
    offered: u64,
    answered: u64,
    abandoned: u64,
    waiting: u64,
    provisional: u64,
    average: String,
    longest: String,
    percent: String,
    level: &'static str,
    others: Vec<String>,
}

/// The page of that queue's day.
pub(crate) fn queue(frame: Frame, queue: &QueueIntervals, within: &[u32], today: Date) -> String {
    let places = queue.places(&frame.zone);
    let most =
        places.iter().flat_map(|place| [place.day, place.week_ago]).flatten().map(|row| row.offered).max();
    let top = scale(most.unwrap_or_default());
    let width = WIDTH / places.len().max(1);
    let columns = places
        .iter()
        .enumerate()
        .map(|(at, place)| column(at * width, width, place.day, place.from, top, &frame));
    let points = places.iter().enumerate().filter_map(|(at, place)| {
        let row = place.week_ago?;
        Some(format!("{},{}", at * width + width / 2, HEIGHT - row.offered * HEIGHT / top))
    });
    let rows = places.iter().map(|place| TableRow {
        time: minute(place.from, &frame.zone),
        cells: place.day.map_or_else(|| Cells::none(within), Cells::new),
        before: place.week_ago,
        before_percent: percent(place.week_ago.and_then(|row| row.service_level_percent)),
    });
    let numbers: Vec<String> = within.iter().map(u32::to_string).collect();
    let day_after = queue.date.saturating_add(Span::new().days(1));
    rendered(&QueuePage {
        columns: columns.collect(),
        grid: (0..=4)
            .map(|line| GridLine { y: (HEIGHT - line * HEIGHT / 4).to_string(), label: line * top / 4 })
            .collect(),
        goal_y: format!("{:.1}", LEVEL_HEIGHT - queue.target_percent * LEVEL_HEIGHT / 100.0),
        week_ago_points: points.collect::<Vec<_>>().join(" "),
        rows: rows.collect(),
        total: Cells::new(&queue.total),
        total_before: Cells::new(&queue.week_ago.total),
        within: within.to_vec(),
        target: format!("{:.0}", queue.target_percent),
        day_before: queue.date.saturating_sub(Span::new().days(1)),
        day_after: (day_after <= today).then_some(day_after),
        within_text: numbers.join(","),
        queue,
        frame,
    })
}

/// The top of a scale in four steps of whole numbers.
fn scale(most: u64) -> u64 {
    let steps = [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2500, 5000];
    let step = steps.into_iter().find(|step| step * 4 >= most).unwrap_or(most / 4 + 1);
    step * 4
}

fn column(
    x: usize,
    width: usize,
    row: Option<&IntervalRow>,
    from: jiff::Timestamp,
    top: u64,
    frame: &Frame,
) -> Column {
    let mut base = HEIGHT;
    let mut segment = |count: u64| {
        let height = count * HEIGHT / top;
        base = base.saturating_sub(height);
        Segment { y: base.to_string(), height: height.to_string() }
    };
    let count = |figure: fn(&IntervalRow) -> u64| row.map_or(0, figure);
    let (answered, abandoned) = (count(|row| row.answered), count(|row| row.abandoned));
    let other = count(|row| row.offered).saturating_sub(answered + abandoned);
    let (answered_bar, abandoned_bar, other_bar) = (segment(answered), segment(abandoned), segment(other));
    let time = minute(from, &frame.zone);
    let level = row.and_then(|row| row.service_level_percent).map(|percent| {
        let height = percent * LEVEL_HEIGHT / 100.0;
        Segment { y: format!("{:.1}", LEVEL_HEIGHT - height), height: format!("{height:.1}") }
    });
    let is_labelled = time.ends_with(":00")
        && (width > 40
            || time.get(..2).and_then(|hour| hour.parse::<u32>().ok()).is_some_and(|hour| hour % 2 == 0));
    Column {
        x: (x + 2).to_string(),
        width: width.saturating_sub(4).max(1).to_string(),
        title: format!(
            "{time}: {} offered, {answered} answered, {abandoned} abandoned, service level {}",
            count(|row| row.offered),
            percent(row.and_then(|row| row.service_level_percent)),
        ),
        label: is_labelled.then_some(time),
        label_x: x.to_string(),
        level,
        level_class: row.map_or("calm", |row| row.level.code()),
        answered: answered_bar,
        abandoned: abandoned_bar,
        other: other_bar,
    }
}

fn percent(percent: Option<f64>) -> String {
    percent.map_or_else(|| "–".to_owned(), |percent| format!("{:.0} %", percent.floor()))
}

fn seconds(seconds: Option<u64>) -> String {
    let ms =
        seconds.and_then(|seconds| i64::try_from(seconds).ok()).map(|seconds| seconds.saturating_mul(1000));
    ms.map_or_else(|| "–".to_owned(), length)
}

impl Cells {
    fn new(row: &IntervalRow) -> Self {
        Self {
            offered: row.offered,
            answered: row.answered,
            abandoned: row.abandoned,
            waiting: row.waiting,
            provisional: row.provisional,
            average: seconds(row.average_wait_seconds),
            longest: seconds(row.longest_wait_seconds),
            percent: percent(row.service_level_percent),
            level: row.level.code(),
            others: row.service_levels.values().map(|level| percent(*level)).collect(),
        }
    }

    fn none(within: &[u32]) -> Self {
        let dash = || "–".to_owned();
        let others = within.iter().map(|_| dash()).collect();
        Self {
            offered: 0,
            answered: 0,
            abandoned: 0,
            waiting: 0,
            provisional: 0,
            average: dash(),
            longest: dash(),
            percent: dash(),
            level: "calm",
            others,
        }
    }
}

/// The intervals as CSV, of both days: times in UTC, lengths in seconds.
pub(crate) fn queue_csv(queue: &QueueIntervals, within: &[u32]) -> String {
    let mut text = String::from(
        "from,offered,answered,abandoned,waiting,provisional,average_wait_seconds,longest_wait_seconds,service_level_percent",
    );
    text.extend(within.iter().map(|seconds| format!(",within_{seconds}_seconds_percent")));
    text.push_str("\r\n");
    let or_empty = |value: Option<String>| value.unwrap_or_default();
    for row in queue.week_ago.intervals.iter().chain(&queue.intervals) {
        let mut cells = vec![
            row.from.to_string(),
            row.offered.to_string(),
            row.answered.to_string(),
            row.abandoned.to_string(),
            row.waiting.to_string(),
            row.provisional.to_string(),
            or_empty(row.average_wait_seconds.map(|seconds| seconds.to_string())),
            or_empty(row.longest_wait_seconds.map(|seconds| seconds.to_string())),
            or_empty(row.service_level_percent.map(|percent| percent.to_string())),
        ];
        cells.extend(row.service_levels.values().map(|level| or_empty(level.map(|level| level.to_string()))));
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text
}
