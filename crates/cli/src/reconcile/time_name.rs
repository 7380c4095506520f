//! The name of a time, as a sentence has it.

use jiff::{Timestamp, ToSpan as _, Zoned, tz::TimeZone};

/// `26 November 2026` of a whole local day, `26 to 28 November 2026` of several, or else the two moments.
pub(super) fn time_name(from: Timestamp, to: Timestamp, time_zone: &TimeZone) -> String {
    let local = |at: Timestamp| at.to_zoned(time_zone.clone());
    let (from, to) = (local(from), local(to));
    let last = to.checked_sub(1.nanosecond()).unwrap_or_else(|_| to.clone());
    if !begins_a_day(&from) || !begins_a_day(&to) {
        let moment = |at: &Zoned| at.strftime("%-d %B %Y %H:%M").to_string();
        return format!("{} to {}", moment(&from), moment(&to));
    }
    let day = last.strftime("%-d %B %Y");
    if from.date() == last.date() {
        return day.to_string();
    }
    let is_same = |part: fn(&Zoned) -> i16| part(&from) == part(&last);
    let first = match (is_same(Zoned::year), is_same(|at| i16::from(at.month()))) {
        (true, true) => "%-d",
        (true, false) => "%-d %B",
        (false, _) => "%-d %B %Y",
    };
    format!("{} to {day}", from.strftime(first))
}

fn begins_a_day(at: &Zoned) -> bool {
    at.start_of_day().is_ok_and(|begin| begin == *at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_a_name() {
        let name = |from: &str, to: &str| {
            let zone = TimeZone::get("Australia/Sydney").unwrap();
            let at = |text: &str| {
                text.parse::<jiff::civil::DateTime>().unwrap().to_zoned(zone.clone()).unwrap().timestamp()
            };
            time_name(at(from), at(to), &zone)
        };
        assert_eq!(name("2026-11-26T00:00", "2026-11-27T00:00"), "26 November 2026");
        assert_eq!(name("2026-10-04T00:00", "2026-10-05T00:00"), "4 October 2026", "of 23 hours");
        assert_eq!(name("2026-11-26T00:00", "2026-11-29T00:00"), "26 to 28 November 2026");
        assert_eq!(name("2026-11-26T00:00", "2026-12-03T00:00"), "26 November to 2 December 2026");
        assert_eq!(name("2026-12-26T00:00", "2027-01-03T00:00"), "26 December 2026 to 2 January 2027");
        assert_eq!(
            name("2026-11-26T09:00", "2026-11-26T12:00"),
            "26 November 2026 09:00 to 26 November 2026 12:00"
        );
    }
}
