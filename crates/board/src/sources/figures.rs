//! What counted in queues, from the record tables: in the interval that goes on, and in the local day so far.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use jiff::{SignedDuration, Span, Timestamp, civil::Date, tz::TimeZone};
use switchboard_core::interval::IntervalLength;
use switchboard_records::{
    RecordTables, ServiceLevelTarget,
    intervals::{Attribution, Grain, IntervalQuery, QueueInterval, QueueKey, ServiceLevel},
};
use switchboard_sql::SqlError;
use switchboard_store::call::CallContext;
use tokio::time::Instant;

/// The intervals of the board.
pub(crate) const INTERVAL: IntervalLength = IntervalLength::Thirty;

/// The target where none is set: 80 % within 20 s.
pub(crate) const DEFAULT_TARGET: QueueTarget = QueueTarget { seconds: 20, percent: 80.0 };

/// What counted in queues.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    /// True if the tables have no intervals of the board's time zone now: then nothing is known of them.
    pub lacks_intervals: bool,
    /// The half hour that goes on.
    pub interval: PeriodFigures,
    /// The local day so far.
    pub today: PeriodFigures,
    /// The targets of service levels that are set.
    pub targets: Vec<ServiceLevelTarget>,
    /// The newest five minutes in which anything counts.
    pub last_record: Option<Timestamp>,
}

/// What counted in queues in one period.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PeriodFigures {
    /// When the period begins.
    pub from: Timestamp,
    /// Each queue and channel.
    pub queues: Vec<QueueInterval>,
    /// How many contacts of each were answered within a threshold, by its seconds; none where it is not there.
    pub answered_within: BTreeMap<u32, HashMap<QueueKey, u64>>,
}

/// So many per cent of a queue's contacts are to be answered in less than so many seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QueueTarget {
    /// The threshold.
    pub seconds: u32,
    /// The target.
    pub percent: f64,
}

impl Figures {
    /// The target that counts for a queue and channel: the closest one, or else 80 % within 20 s.
    pub fn target(&self, key: &QueueKey) -> QueueTarget {
        target(&self.targets, key)
    }
}

/// The closest target, as the view `queue_service_levels` chooses it; of several thresholds the shortest.
pub(crate) fn target(targets: &[ServiceLevelTarget], key: &QueueKey) -> QueueTarget {
    let (queue, channel) = (key.queue.as_deref().unwrap_or(""), key.channel.as_deref().unwrap_or(""));
    let is_for = |one: &str, other: &str| one.is_empty() || one == other;
    let of_queue = targets.iter().filter(|target| {
        is_for(&target.queue_id, queue)
            && is_for(&target.channel, channel)
            && is_for(&target.instance_id, &key.instance_id)
            && is_for(&target.aws_region, &key.aws_region)
    });
    let closeness = |target: &ServiceLevelTarget| {
        let parts =
            [(&target.queue_id, 8), (&target.instance_id, 4), (&target.aws_region, 2), (&target.channel, 1)];
        parts.into_iter().filter(|(part, _)| !part.is_empty()).map(|(_, weight)| weight).sum::<u32>()
    };
    let closest = of_queue.min_by_key(|target| (std::cmp::Reverse(closeness(target)), target.seconds));
    closest.map_or(DEFAULT_TARGET, |target| QueueTarget {
        seconds: target.seconds,
        percent: target.target_percent,
    })
}

/// However the tables say that nothing changed, figures are read again after so long: targets may have changed, and a row may have
/// been saved by a clock that is behind another's.
const READ_AGAIN_AFTER: Duration = Duration::from_secs(30);

/// The figures that were read last.
#[derive(Debug, Default)]
pub(super) struct FigureCache(Option<HeldFigures>);

#[derive(Debug)]
struct HeldFigures {
    state: String,
    periods: Periods,
    read: Instant,
    figures: Figures,
}

impl FigureCache {
    /// What counted until now. It is read if rows have changed, or another interval goes on, and held otherwise.
    pub(super) async fn read(
        &mut self,
        records: &RecordTables,
        zone: &TimeZone,
        call: CallContext,
    ) -> Result<Figures, SqlError> {
        // Before the figures: what changes meanwhile is read the next time.
        let state = records.state(call.deadline).await?;
        let periods = Periods::of(zone, call.now);
        if let Some(held) = &self.0
            && (&held.state, held.periods) == (&state, periods)
            && held.read.elapsed() < READ_AGAIN_AFTER
        {
            return Ok(held.figures.clone());
        }
        let read = Instant::now();
        let figures = read_figures(records, zone, periods, call).await?;
        self.0 = Some(HeldFigures { state, periods, read, figures: figures.clone() });
        Ok(figures)
    }
}

/// When the local day and the interval that go on have begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Periods {
    pub(super) day: Timestamp,
    pub(super) interval: Timestamp,
}

impl Periods {
    /// Those of that moment.
    pub(super) fn of(zone: &TimeZone, now: Timestamp) -> Self {
        let day = now.to_zoned(zone.clone()).start_of_day().map_or(now, |day| day.timestamp());
        Self { day, interval: interval_start(day, now) }
    }
}

async fn read_figures(
    records: &RecordTables,
    zone: &TimeZone,
    Periods { day, interval }: Periods,
    call: CallContext,
) -> Result<Figures, SqlError> {
    let lacking = || Figures { lacks_intervals: true, ..Figures::default() };
    let Some(zone_name) = zone.iana_name() else { return Ok(lacking()) };
    if !records.has_day(zone_name, call.now, call.deadline).await? {
        return Ok(lacking());
    }
    let targets = records.service_level_targets(call.deadline).await?;
    let mut thresholds: Vec<u32> = targets.iter().map(|target| target.seconds).collect();
    thresholds.push(DEFAULT_TARGET.seconds);
    thresholds.sort_unstable();
    thresholds.dedup();
    if !targets.is_empty() && !targets.iter().any(|target| target.seconds == DEFAULT_TARGET.seconds) {
        // It is for queues without a target alone: there are none if one target is for all.
        let is_for_all = targets.iter().any(|target| {
            [&target.queue_id, &target.channel, &target.instance_id, &target.aws_region]
                .into_iter()
                .all(String::is_empty)
        });
        thresholds.retain(|seconds| !is_for_all || *seconds != DEFAULT_TARGET.seconds);
    }
    let read = async |grain: Grain, from: Timestamp| {
        let to = from.saturating_add(SignedDuration::from_secs(1)).unwrap_or(from);
        let query = IntervalQuery { zone: zone_name, grain, from, to };
        let queues = records.queue_intervals(&query, call.deadline).await?;
        let mut answered_within = BTreeMap::new();
        for seconds in &thresholds {
            let levels =
                records.service_levels(&query, Attribution::Enqueue, *seconds, call.deadline).await?;
            answered_within.insert(*seconds, answered(levels));
        }
        Ok::<_, SqlError>(PeriodFigures { from, queues, answered_within })
    };
    let interval = read(Grain::Minutes(INTERVAL), interval).await?;
    let today = read(Grain::Day, day).await?;
    let last_record = records.first_and_last(call.deadline).await?.map(|(_, last)| last);
    Ok(Figures { lacks_intervals: false, interval, today, targets, last_record })
}

/// The intervals of a queue on a local day, and beside it on the same day a week before.
#[derive(Debug, Clone)]
pub(crate) struct QueueDay {
    pub(crate) date: Date,
    pub(crate) day: PeriodFigures,
    pub(crate) week_ago: PeriodFigures,
    pub(crate) targets: Vec<ServiceLevelTarget>,
}

/// Reads the intervals of a queue on a local day; `within` are further thresholds in seconds.
pub(super) async fn read_queue(
    records: &RecordTables,
    zone: &TimeZone,
    (queue_id, date): (&str, Date),
    within: &[u32],
    call: CallContext,
) -> Result<QueueDay, SqlError> {
    let targets = records.service_level_targets(call.deadline).await?;
    let mut thresholds: Vec<u32> = targets.iter().map(|target| target.seconds).collect();
    thresholds.extend(within.iter().copied().chain([DEFAULT_TARGET.seconds]));
    thresholds.sort_unstable();
    thresholds.dedup();
    let read = async |date: Date| {
        let start = |date: Date| date.to_zoned(zone.clone()).map(|start| start.timestamp());
        let (Ok(from), Ok(Ok(to))) = (start(date), date.tomorrow().map(start)) else {
            return Ok(PeriodFigures::default());
        };
        let zone = zone.iana_name().unwrap_or("UTC");
        let query = IntervalQuery { zone, grain: Grain::Minutes(INTERVAL), from, to };
        let queues = records.queue_intervals_of(queue_id, &query, call.deadline).await?;
        let mut answered_within = BTreeMap::new();
        for seconds in &thresholds {
            let levels = records.service_levels_of(queue_id, &query, *seconds, call.deadline).await?;
            answered_within.insert(*seconds, answered(levels));
        }
        Ok::<_, SqlError>(PeriodFigures { from, queues, answered_within })
    };
    let before = date.saturating_sub(Span::new().days(7));
    let (day, week_ago) = (read(date).await?, read(before).await?);
    Ok(QueueDay { date, day, week_ago, targets })
}

/// Those that have any.
fn answered(levels: Vec<ServiceLevel>) -> HashMap<QueueKey, u64> {
    let levels = levels.into_iter().filter(|level| level.answered_within > 0);
    levels.map(|level| (level.key, level.answered_within)).collect()
}

/// The beginning of the interval that a moment of a day is in.
fn interval_start(day: Timestamp, at: Timestamp) -> Timestamp {
    let length = INTERVAL.minutes() * 60;
    let passed = at.duration_since(day).as_secs();
    let whole = passed.div_euclid(length) * length;
    day.saturating_add(SignedDuration::from_secs(whole)).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(queue_id: &str, channel: &str, seconds: u32) -> ServiceLevelTarget {
        let [aws_region, instance_id] = [String::new(), String::new()];
        let (queue_id, channel) = (queue_id.to_owned(), channel.to_owned());
        ServiceLevelTarget { aws_region, instance_id, queue_id, channel, seconds, target_percent: 90.0 }
    }

    fn key(queue: &str, channel: &str) -> QueueKey {
        let at = Timestamp::UNIX_EPOCH;
        let [aws_region, instance_id] = ["eu-central-1", "i"].map(str::to_owned);
        let (queue, channel) = (Some(queue.to_owned()), Some(channel.to_owned()));
        QueueKey { from: at, to: at, aws_region, instance_id, queue, channel }
    }

    #[test]
    fn the_closest_target_counts_and_then_the_shortest_threshold() {
        let targets = [set("", "", 60), set("", "", 30), set("", "CHAT", 45), set("q", "", 10)];
        let seconds = |queue, channel| target(&targets, &key(queue, channel)).seconds;
        assert_eq!([seconds("q", "CHAT"), seconds("r", "CHAT"), seconds("r", "VOICE")], [10, 45, 30]);
        assert_eq!(target(&[], &key("q", "VOICE")), DEFAULT_TARGET);
    }

    #[test]
    fn intervals_begin_with_the_day() {
        let day: Timestamp = "2026-11-01T18:30:00Z".parse().unwrap();
        let at = |text: &str| interval_start(day, text.parse().unwrap()).to_string();
        assert_eq!(at("2026-11-02T08:44:59Z"), "2026-11-02T08:30:00Z");
        assert_eq!(at("2026-11-01T18:30:00Z"), "2026-11-01T18:30:00Z");
    }
}
