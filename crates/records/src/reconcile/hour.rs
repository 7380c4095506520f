//! Hours, and when they are compared.

use jiff::{SignedDuration, Timestamp};

const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// How long after its end an hour is compared for the first time: records come within minutes of after-contact work.
const FIRST_AFTER: SignedDuration = SignedDuration::from_hours(1);
/// How long after its end it is compared again, for good.
const FINAL_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// How long hours wait to be compared. Those that nobody compared for longer are for a person to ask for.
const WAITS: SignedDuration = SignedDuration::from_hours(72);

/// An hour of UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hour(Timestamp);

/// The comparisons of an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    /// An hour after its end.
    First,
    /// A day after its end, when late contacts and late records are there.
    Final,
}

impl Check {
    /// How many comparisons there are after it.
    pub fn number(self) -> u64 {
        match self {
            Self::First => 1,
            Self::Final => 2,
        }
    }
}

impl Hour {
    /// The hour that a time is in.
    pub fn of(at: Timestamp) -> Self {
        let second = at.as_second().div_euclid(3600) * 3600;
        Self(Timestamp::from_second(second).unwrap_or(at))
    }

    /// Its first instant.
    pub fn start(self) -> Timestamp {
        self.0
    }

    /// The first instant after it.
    pub fn end(self) -> Timestamp {
        self.0.checked_add(HOUR).unwrap_or(Timestamp::MAX)
    }

    /// The hour after it.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.end())
    }

    /// The last of its comparisons for which it is time; [`None`] before the first.
    pub fn check(self, now: Timestamp) -> Option<Check> {
        let age = now.duration_since(self.end());
        if age >= FINAL_AFTER { Some(Check::Final) } else { (age >= FIRST_AFTER).then_some(Check::First) }
    }
}

/// The hours that are to be compared now, in order, by how many comparisons each has had. Hours are compared from the first
/// that is known: what was before the program is not missing.
pub fn due(checks: &[(Hour, u64)], now: Timestamp) -> Vec<(Hour, Check)> {
    let Some((first, _)) = checks.iter().min() else { return Vec::new() };
    let oldest = now.checked_sub(WAITS).map_or(*first, Hour::of).max(*first);
    let hours = std::iter::successors(Some(oldest), |hour| Some(hour.next()));
    let ready = hours.map_while(|hour| Some((hour, hour.check(now)?)));
    ready
        .filter(|(hour, check)| {
            let had = checks.iter().find(|(other, _)| other == hour).map_or(0, |(_, had)| *had);
            had < check.number()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("2026-11-{text}Z").parse().unwrap()
    }

    fn hour(text: &str) -> Hour {
        Hour::of(at(text))
    }

    #[test]
    fn an_hour_is_compared_an_hour_after_its_end_and_again_after_a_day() {
        let hour = hour("02T10:00:01");
        assert_eq!((hour.start(), hour.end()), (at("02T10:00:00"), at("02T11:00:00")));
        assert_eq!(hour.check(at("02T11:59:59")), None);
        assert_eq!(hour.check(at("02T12:00:00")), Some(Check::First));
        assert_eq!(hour.check(at("03T10:59:59")), Some(Check::First));
        assert_eq!(hour.check(at("03T11:00:00")), Some(Check::Final));
    }

    #[test]
    fn what_waits_is_compared_from_the_first_hour_on() {
        let now = at("03T12:10:00");
        assert_eq!(due(&[], now), []);
        let checks = [(hour("03T08:00:00"), 1), (hour("03T09:00:00"), 0)];
        let first = |text| (hour(text), Check::First);
        assert_eq!(due(&checks, now), [first("03T09:00:00"), first("03T10:00:00")]);
        let checks = [(hour("02T09:00:00"), 2), (hour("02T10:00:00"), 1), (hour("02T11:00:00"), 1)];
        let found = due(&checks, now);
        assert_eq!(found[..2], [(hour("02T10:00:00"), Check::Final), (hour("02T11:00:00"), Check::Final)]);
        assert_eq!(found.len(), 2 + 23, "and every hour since");
    }

    #[test]
    fn hours_wait_for_three_days() {
        let found = due(&[(hour("01T00:00:00"), 0)], at("11T12:00:00"));
        assert_eq!(found.first(), Some(&(hour("08T12:00:00"), Check::Final)));
        assert_eq!(found.last(), Some(&(hour("11T10:00:00"), Check::First)));
    }
}
