//! A queue's intervals of a day, beside the same day a week before.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use serde::Serialize;
use switchboard_records::intervals::QueueInterval;

use super::figures::{Level, QueueFigures, answered_within};
use crate::{
    sources::{INTERVAL, PeriodFigures, QueueDay, QueueTarget, target},
    thresholds::Threshold,
};

/// The intervals of a queue.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QueueIntervals {
    /// The queue's id.
    pub queue_id: String,
    /// Its name, or its id.
    pub name: String,
    /// The local day.
    pub date: Date,
    /// Whose day.
    pub time_zone: String,
    /// How long an interval is, in minutes.
    pub interval_minutes: i64,
    /// The threshold of the target, in seconds.
    pub within_seconds: u32,
    /// The target.
    pub target_percent: f64,
    /// The intervals in which anything counted.
    pub intervals: Vec<IntervalRow>,
    /// The whole day.
    pub total: IntervalRow,
    /// The same day a week before.
    pub week_ago: WeekAgo,
}

/// The same day a week before.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WeekAgo {
    /// The day.
    pub date: Date,
    /// The intervals in which anything counted.
    pub intervals: Vec<IntervalRow>,
    /// The whole day.
    pub total: IntervalRow,
}

/// What counted in an interval.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IntervalRow {
    /// The first moment after the day's that is in it; an interval of the week before stands at its own moment.
    pub from: Timestamp,
    /// Contacts that came into the queue.
    pub offered: u64,
    /// Those that an agent was connected with.
    pub answered: u64,
    /// Those whose customer gave up.
    pub abandoned: u64,
    /// Those that still wait.
    pub waiting: u64,
    /// Those that are known from their events alone.
    pub provisional: u64,
    /// The average wait of the answered, in seconds.
    pub average_wait_seconds: Option<u64>,
    /// The longest wait of the answered or abandoned, in seconds.
    pub longest_wait_seconds: Option<u64>,
    /// The service level by the target's threshold, in per cent.
    pub service_level_percent: Option<f64>,
    /// The same by any other threshold that was asked for, by its seconds.
    pub service_levels: BTreeMap<u32, Option<f64>>,
    /// How far the service level is from its target.
    pub level: Level,
}

impl QueueIntervals {
    /// The intervals that were read; further thresholds of service levels are those of `within`, and `points` below its target a service
    /// level is worse than it should be.
    pub(crate) fn new(
        queue_id: &str,
        name: Option<String>,
        read: &QueueDay,
        (within, points): (&[u32], Threshold),
        zone: &TimeZone,
    ) -> Self {
        let named =
            || read.day.queues.iter().chain(&read.week_ago.queues).find_map(|row| row.queue_name.clone());
        let target_of = |row: &QueueInterval| target(&read.targets, &row.key);
        let first = read.day.queues.iter().chain(&read.week_ago.queues).next();
        let target = first.map_or(QueueTarget { seconds: 20, percent: 80.0 }, target_of);
        let rows = |period: &PeriodFigures| {
            let mut starts: BTreeMap<Timestamp, Vec<&QueueInterval>> = BTreeMap::new();
            for row in &period.queues {
                starts.entry(row.key.from).or_default().push(row);
            }
            let rows = starts
                .iter()
                .map(|(from, rows)| IntervalRow::new(*from, rows, period, read, (within, points)));
            let total = IntervalRow::new(
                period.from,
                &period.queues.iter().collect::<Vec<_>>(),
                period,
                read,
                (within, points),
            );
            (rows.collect::<Vec<_>>(), total)
        };
        let ((intervals, total), (before, total_before)) = (rows(&read.day), rows(&read.week_ago));
        Self {
            queue_id: queue_id.to_owned(),
            name: name.or_else(named).unwrap_or_else(|| queue_id.to_owned()),
            date: read.date,
            time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
            interval_minutes: INTERVAL.minutes(),
            within_seconds: target.seconds,
            target_percent: target.percent,
            intervals,
            total,
            week_ago: WeekAgo {
                date: read.date.saturating_sub(jiff::Span::new().days(7)),
                intervals: before,
                total: total_before,
            },
        }
    }

    /// True if nothing counted on either day.
    pub(crate) fn is_empty(&self) -> bool {
        self.intervals.is_empty() && self.week_ago.intervals.is_empty()
    }

    /// The places of all intervals of both days, from the first in which anything counted to the last: how many intervals after
    /// midnight, with the row of the day and that of the week before.
    pub(crate) fn places(&self, zone: &TimeZone) -> Vec<IntervalPlace<'_>> {
        let rows = |intervals: &'_ [IntervalRow], date: Date| {
            let start = date.to_zoned(zone.clone()).map_or(Timestamp::MIN, |start| start.timestamp());
            let length = self.interval_minutes * 60;
            let place = move |at: Timestamp| at.duration_since(start).as_secs().div_euclid(length);
            intervals
                .iter()
                .enumerate()
                .map(move |(row, interval)| (place(interval.from), row))
                .collect::<BTreeMap<_, _>>()
        };
        let today = rows(&self.intervals, self.date);
        let before = rows(&self.week_ago.intervals, self.week_ago.date);
        let places = || today.keys().chain(before.keys()).copied();
        let (Some(first), Some(last)) = (places().min(), places().max()) else { return Vec::new() };
        let start = self.date.to_zoned(zone.clone()).map_or(Timestamp::MIN, |start| start.timestamp());
        let of = |place: i64| IntervalPlace {
            from: start
                .saturating_add(SignedDuration::from_mins(place * self.interval_minutes))
                .unwrap_or(start),
            day: today.get(&place).and_then(|row| self.intervals.get(*row)),
            week_ago: before.get(&place).and_then(|row| self.week_ago.intervals.get(*row)),
        };
        (first..=last).map(of).collect()
    }
}

/// An interval of the day, whether anything counted in it or not.
#[derive(Debug)]
pub(crate) struct IntervalPlace<'v> {
    pub(crate) from: Timestamp,
    pub(crate) day: Option<&'v IntervalRow>,
    pub(crate) week_ago: Option<&'v IntervalRow>,
}

impl IntervalRow {
    fn new(
        from: Timestamp,
        rows: &[&QueueInterval],
        period: &PeriodFigures,
        read: &QueueDay,
        (within, points): (&[u32], Threshold),
    ) -> Self {
        let count = |row: &QueueInterval, seconds: u32| answered_within(period, row, seconds);
        let with_target = rows.iter().map(|row| {
            let target = target(&read.targets, &row.key);
            (*row, count(row, target.seconds), target)
        });
        let default = QueueTarget { seconds: 20, percent: 80.0 };
        let figures =
            QueueFigures::sum(with_target, from).unwrap_or_else(|| QueueFigures::none(from, default));
        let sum = |figure: fn(&QueueInterval) -> u64| rows.iter().map(|row| figure(row)).sum::<u64>();
        let longest = rows.iter().flat_map(|row| {
            [row.answered_longest_queue_seconds, row.abandoned_longest_queue_seconds].into_iter().flatten()
        });
        let ended = figures.offered.saturating_sub(figures.waiting);
        let others = within.iter().map(|seconds| {
            let answered: u64 = rows.iter().map(|row| count(row, *seconds)).sum();
            (*seconds, super::figures::percent(answered, ended))
        });
        Self {
            from,
            offered: figures.offered,
            answered: figures.answered,
            abandoned: figures.abandoned,
            waiting: figures.waiting,
            provisional: figures.provisional,
            average_wait_seconds: sum(|row| row.answered_queue_seconds)
                .checked_div(sum(|row| row.answered_queue_count)),
            longest_wait_seconds: longest.max(),
            service_level_percent: figures.service_level_percent,
            service_levels: others.collect(),
            level: figures.level(points),
        }
    }
}
