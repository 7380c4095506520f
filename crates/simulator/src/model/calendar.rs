//! Local days and hours of the centre.

use jiff::{Timestamp, tz::TimeZone};

use super::time::{DAY, MINUTE, Millis, SECOND};

/// The local clock of the centre.
#[derive(Debug, Clone)]
pub struct Calendar {
    zone: TimeZone,
}

/// A moment on the local clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LocalTime {
    /// Days since 1970-01-01.
    pub(super) day: i64,
    /// Minutes since midnight.
    pub(super) minute: i64,
}

impl LocalTime {
    /// True on Saturday and Sunday.
    pub(super) fn is_weekend(self) -> bool {
        is_weekend(self.day)
    }
}

/// True for a Saturday or a Sunday.
pub(super) fn is_weekend(day: i64) -> bool {
    // 1970-01-01 was a Thursday.
    (day + 3).rem_euclid(7) >= 5
}

impl Calendar {
    /// The clock of that zone.
    pub fn new(zone: TimeZone) -> Self {
        Self { zone }
    }

    /// How far the local clock is ahead of UTC then.
    fn offset(&self, at: Millis) -> Millis {
        let at = Timestamp::from_millisecond(at).unwrap_or_default();
        Millis::from(self.zone.to_offset(at).seconds()) * SECOND
    }

    /// What the local clock shows.
    pub(super) fn local(&self, at: Millis) -> LocalTime {
        let local = at + self.offset(at);
        LocalTime { day: local.div_euclid(DAY), minute: local.rem_euclid(DAY) / MINUTE }
    }

    /// When the local clock shows that minute of that day. Where a change of the clock leaves it out, when it would have; where it
    /// comes twice, one of the two.
    pub(super) fn instant(&self, day: i64, minute: i64) -> Millis {
        let local = day * DAY + minute * MINUTE;
        let guess = local - self.offset(local);
        local - self.offset(guess)
    }
}
