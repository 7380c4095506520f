//! Intervals of a local clock: where they begin and end.

use std::iter;

use jiff::{Timestamp, tz::TimeZone};

/// The longest period that is reported on: the local day on which clocks go back.
const LONGEST_SECS: i64 = 25 * 3600;

/// The lengths of interval that a WFM works with. All divide the hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are minutes")]
pub enum IntervalLength {
    Five,
    Ten,
    Fifteen,
    Thirty,
    Sixty,
}

impl IntervalLength {
    /// The interval of that many minutes; [`None`] but for 5, 10, 15, 30 and 60.
    pub fn from_minutes(minutes: u64) -> Option<Self> {
        match minutes {
            5 => Some(Self::Five),
            10 => Some(Self::Ten),
            15 => Some(Self::Fifteen),
            30 => Some(Self::Thirty),
            60 => Some(Self::Sixty),
            _ => None,
        }
    }

    /// Its length in minutes.
    pub fn minutes(self) -> i64 {
        match self {
            Self::Five => 5,
            Self::Ten => 10,
            Self::Fifteen => 15,
            Self::Thirty => 30,
            Self::Sixty => 60,
        }
    }
}

/// A half-open stretch of time `[start, end)` in whole seconds, never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    start: Timestamp,
    end: Timestamp,
}

impl Period {
    /// From `start` to `end`, both rounded down to the second; [`None`] if that is empty or longer
    /// than 25 hours, the longest local day.
    pub fn new(start: Timestamp, end: Timestamp) -> Option<Self> {
        let (start_sec, end_sec) = (whole_second(start), whole_second(end));
        let in_range = (1..=LONGEST_SECS).contains(&(end_sec - start_sec));
        in_range.then(|| Self { start: at_second(start_sec), end: at_second(end_sec) })
    }

    /// Its first instant.
    pub fn start(&self) -> Timestamp {
        self.start
    }

    /// The first instant after it.
    pub fn end(&self) -> Timestamp {
        self.end
    }

    /// Its length in seconds.
    pub fn secs(&self) -> u64 {
        self.end.as_second().abs_diff(self.start.as_second())
    }
}

/// The intervals of one length on one zone's local clock.
#[derive(Debug)]
pub struct IntervalGrid<'a> {
    interval_secs: i64,
    time_zone: &'a TimeZone,
}

impl<'a> IntervalGrid<'a> {
    /// Those of a length, on the clock of a zone.
    pub fn new(interval: IntervalLength, time_zone: &'a TimeZone) -> Self {
        Self { interval_secs: interval.minutes() * 60, time_zone }
    }

    /// The interval that an instant lies in.
    pub fn interval_of(&self, at: Timestamp) -> Period {
        let now = whole_second(at);
        let at = at_second(now);
        let offset = self.time_zone.to_offset(at);
        let into = (now + i64::from(offset.seconds())).rem_euclid(self.interval_secs);
        let mut start = at_second(now - into);
        let mut end = at_second(now - into + self.interval_secs);
        // Another offset at either end means that the clock changed in between, and the interval
        // is cut there. No zone changes its clock twice within an hour.
        if self.time_zone.to_offset(start) != offset {
            let change = self.time_zone.preceding(at_second(now + 1)).next();
            start = change.map_or(start, |change| change.timestamp().max(start));
        }
        if self.time_zone.to_offset(at_second(whole_second(end) - 1)) != offset {
            let change = self.time_zone.following(at).next();
            end = change.map_or(end, |change| change.timestamp().min(end));
        }
        Period { start, end }
    }

    /// The intervals that a period lies in, each with the seconds that it has of the period.
    pub fn split(&self, period: Period) -> impl Iterator<Item = (Period, u64)> {
        let mut at = period.start;
        iter::from_fn(move || {
            let interval = (at < period.end).then(|| self.interval_of(at))?;
            let end = interval.end.min(period.end);
            let secs = whole_second(end) - whole_second(at);
            at = end;
            Some((interval, u64::try_from(secs).ok()?))
        })
    }
}

/// The second that the instant lies in.
fn whole_second(at: Timestamp) -> i64 {
    // Both parts are negative before 1970.
    at.as_second() - i64::from(at.subsec_nanosecond() < 0)
}

/// That second; the nearest there is beyond the ends of the calendar.
fn at_second(second: i64) -> Timestamp {
    let end = if second < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_second(second).unwrap_or(end)
}

#[cfg(test)]
mod tests;
