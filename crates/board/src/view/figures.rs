//! What counted in a queue in a period, beside its target.

use jiff::Timestamp;
use serde::Serialize;
use switchboard_metrics::reader::PolledSums;
use switchboard_records::intervals::QueueInterval;

use crate::{
    sources::{DEFAULT_TARGET, PeriodFigures, Picture, QueueTarget, whole},
    thresholds::Threshold,
};

/// What counted in a queue, all channels together: contacts by when they came into the queue.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct QueueFigures {
    /// The first moment of the period.
    pub from: Timestamp,
    /// Contacts that came into the queue, those that still wait among them.
    pub offered: u64,
    /// Contacts that an agent was connected with, whether they have ended or not.
    pub answered: u64,
    /// Contacts whose customer gave up.
    pub abandoned: u64,
    /// Contacts that still wait.
    pub waiting: u64,
    /// Contacts that are known from their events alone: the record is to come.
    pub provisional: u64,
    /// Contacts answered in less than the threshold.
    pub answered_within: u64,
    /// The threshold in seconds; of several channels with targets of their own, that of the busiest.
    pub within_seconds: u32,
    /// How many per cent are to be.
    pub target_percent: f64,
    /// How many per cent are: of the contacts that do not wait any more, rounded down to a tenth. [`None`] without any.
    pub service_level_percent: Option<f64>,
}

/// From what figures are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "source", rename_all = "kebab-case")]
pub enum FiguresFrom {
    /// From the record tables, as of the board's time: contacts by when they came into the queue.
    RecordTables,
    /// From the metric tables: as Amazon Connect counts, in intervals of five minutes that are over.
    MetricTables {
        /// When the intervals were read.
        as_of: Option<Timestamp>,
    },
}

impl FiguresFrom {
    /// From what those of a picture are; [`None`] if it has none.
    pub(crate) fn of(picture: &Picture) -> Option<Self> {
        if let Some(figures) = &picture.figures {
            return (!figures.lacks_intervals).then_some(Self::RecordTables);
        }
        let figures = picture.polls.as_ref()?.figures.as_ref()?;
        Some(Self::MetricTables { as_of: figures.as_of })
    }
}

/// How far a figure is from what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// As it should be.
    Calm,
    /// Worse than it should be.
    Warn,
    /// Much worse.
    Alarm,
}

/// With fewer contacts a service level is chance, and colours nothing.
const MEANINGFUL_CONTACTS: u64 = 5;

impl Level {
    /// How far a figure is from what it should be.
    pub(crate) fn of<N: PartialOrd + From<u32> + Copy>(figure: N, threshold: Threshold) -> Self {
        Self::reached(figure, [threshold.warn.into(), threshold.alarm.into()])
    }

    /// How far a wait since then is from what it should be by now.
    pub(super) fn of_wait(since: Timestamp, now: Timestamp, threshold: Threshold) -> Self {
        Self::reached(now, threshold.reached_at(since))
    }

    fn reached<N: PartialOrd + Copy>(figure: N, [warn, alarm]: [N; 2]) -> Self {
        if figure >= alarm {
            Self::Alarm
        } else if figure >= warn {
            Self::Warn
        } else {
            Self::Calm
        }
    }

    /// The word of it, as a class.
    pub fn code(self) -> &'static str {
        match self {
            Self::Calm => "calm",
            Self::Warn => "warn",
            Self::Alarm => "alarm",
        }
    }
}

impl QueueFigures {
    /// Adds up a queue's channels; [`None`] without any.
    pub(crate) fn sum<'r>(
        rows: impl IntoIterator<Item = (&'r QueueInterval, u64, QueueTarget)>,
        from: Timestamp,
    ) -> Option<Self> {
        let mut sum: Option<(Self, u64)> = None;
        for (row, answered_within, target) in rows {
            let (figures, busiest) = sum.get_or_insert((Self::none(from, target), row.offered));
            if row.offered > *busiest {
                *busiest = row.offered;
                (figures.within_seconds, figures.target_percent) = (target.seconds, target.percent);
            }
            figures.offered += row.offered;
            figures.answered += row.answered;
            figures.abandoned += row.abandoned;
            figures.waiting += row.waiting;
            figures.provisional += row.provisional;
            figures.answered_within += answered_within;
        }
        let (mut figures, _) = sum?;
        figures.service_level_percent = figures.service_level();
        Some(figures)
    }

    /// Adds up a queue's channels as Amazon Connect counted them.
    pub(crate) fn polled<'r>(rows: impl IntoIterator<Item = &'r PolledSums>, from: Timestamp) -> Self {
        let rows: Vec<_> = rows.into_iter().collect();
        let busiest = rows.iter().max_by(|one, other| one.queued.total_cmp(&other.queued));
        let Some(busiest) = busiest else { return Self::none(from, DEFAULT_TARGET) };
        let within =
            busiest.within_seconds.map(|seconds| u32::try_from(whole(Some(seconds))).unwrap_or(u32::MAX));
        let target = QueueTarget { seconds: within.unwrap_or(DEFAULT_TARGET.seconds), ..DEFAULT_TARGET };
        let sum = |of: fn(&PolledSums) -> Option<f64>| rows.iter().filter_map(|row| of(row)).sum::<f64>();
        let mut figures = Self::none(from, target);
        figures.offered = whole(Some(sum(|row| Some(row.queued))));
        figures.answered = whole(Some(sum(|row| Some(row.handled))));
        figures.abandoned = whole(Some(sum(|row| Some(row.abandoned))));
        // Levels of several thresholds don't add up.
        if rows.iter().all(|row| row.within_seconds == busiest.within_seconds || row.queued == 0.0) {
            figures.answered_within = whole(Some(sum(|row| row.answered_within)));
            figures.service_level_percent =
                percent(figures.answered_within, whole(Some(sum(|row| row.leveled))));
        }
        figures
    }

    /// A queue in which nothing counted yet.
    pub(crate) fn none(from: Timestamp, target: QueueTarget) -> Self {
        let (within_seconds, target_percent) = (target.seconds, target.percent);
        Self {
            from,
            offered: 0,
            answered: 0,
            abandoned: 0,
            waiting: 0,
            provisional: 0,
            answered_within: 0,
            within_seconds,
            target_percent,
            service_level_percent: None,
        }
    }

    fn service_level(&self) -> Option<f64> {
        percent(self.answered_within, self.offered.saturating_sub(self.waiting))
    }

    /// How far the service level is from its target, by points below it.
    pub fn level(&self, points: Threshold) -> Level {
        let Some(percent) = self.service_level_percent else { return Level::Calm };
        let below = self.target_percent - percent;
        if self.offered.saturating_sub(self.waiting) < MEANINGFUL_CONTACTS || below <= 0.0 {
            Level::Calm
        } else {
            Level::of(below, points)
        }
    }
}

/// A share in per cent, rounded down to a tenth; [`None`] of nothing.
pub(crate) fn percent(part: u64, whole: u64) -> Option<f64> {
    let tenths = (part * 1000).checked_div(whole)?;
    u32::try_from(tenths).ok().map(|tenths| f64::from(tenths) / 10.0)
}

/// The contacts of a row that were answered within the threshold.
pub(crate) fn answered_within(period: &PeriodFigures, row: &QueueInterval, seconds: u32) -> u64 {
    period
        .answered_within
        .get(&seconds)
        .and_then(|answered| answered.get(&row.key))
        .copied()
        .unwrap_or_default()
}
