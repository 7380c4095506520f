//! How much is to be expected of a history, before it happens.

use super::{
    calendar::{Calendar, is_weekend},
    config::{Config, Staffing},
    random::as_float,
    shifts::{BEGINNINGS, SHIFT, WEEKEND_SHARE},
    time::{MINUTE, Millis},
};

/// How finely the daily profile is followed.
const GRID: Millis = 15 * MINUTE;

impl Config {
    /// About how many contacts begin, by the daily profile and the days of the week. Transfers, callbacks, returning customers and
    /// queues that are created come on top, as for [`Config::contacts_per_day`].
    pub fn expected_contacts(&self) -> f64 {
        let (calendar, profile) = (Calendar::new(self.zone.clone()), &self.behaviour.profile);
        let (mut at, mut days) = (self.begin(), 0.0);
        while at < self.end() {
            let next = (at.div_euclid(GRID) * GRID + GRID).min(self.end());
            let local = calendar.local(at);
            let of_the_week = if local.is_weekend() { self.behaviour.weekend } else { 1.0 };
            days += profile.share(local.minute) * of_the_week * as_float(next - at) / as_float(60 * MINUTE);
            at = next;
        }
        f64::from(self.contacts_per_day) * days
    }

    /// About how many shifts agents work, parts of one included. Nobody is there at the beginning.
    pub fn expected_shifts(&self) -> f64 {
        let (begin, end) = (self.begin(), self.end());
        let agents = f64::from(self.agents);
        if self.staffing == Staffing::Always {
            return agents * as_float(end - begin) / as_float(SHIFT);
        }
        let calendar = Calendar::new(self.zone.clone());
        let (first, last) = (calendar.local(begin).day, calendar.local(end).day);
        let mut shifts = 0.0;
        for day in first..=last {
            let share = if is_weekend(day) { WEEKEND_SHARE } else { 1.0 };
            for minute in BEGINNINGS {
                let from = calendar.instant(day, minute);
                let length = if from < begin { 0 } else { (end - from).clamp(0, SHIFT) };
                shifts += share * as_float(length) / as_float(SHIFT);
            }
        }
        agents * shifts / as_float(i64::try_from(BEGINNINGS.len()).unwrap_or(1))
    }
}
