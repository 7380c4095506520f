//! Timestamps as Connect writes them, fast: a day has millions.

use std::fmt;

use serde::{Serialize, Serializer};

use super::time::{DAY, HOUR, MINUTE, Millis, SECOND};

/// A moment with three digits of milliseconds: `2026-11-02T01:00:35.500Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IsoMillis(pub Millis);

/// A moment in whole seconds, the fraction dropped: `2026-11-02T01:00:35Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IsoSeconds(pub Millis);

/// A moment as text: up to 24 ASCII characters.
pub(super) struct IsoText {
    bytes: [u8; 24],
    length: usize,
}

impl IsoText {
    fn of(at: Millis, has_millis: bool) -> Self {
        let (year, month, day) = civil(at.div_euclid(DAY));
        let rest = at.rem_euclid(DAY);
        let [ten_hours, hours] = two_digits(rest / HOUR);
        let [ten_minutes, minutes] = two_digits(rest / MINUTE % 60);
        let [ten_seconds, seconds] = two_digits(rest / SECOND % 60);
        let ([century, decade], [years, ones]) = (two_digits(year / 100), two_digits(year % 100));
        let ([ten_months, months], [ten_days, days]) = (two_digits(month), two_digits(day));
        let ([_, hundredths], [tens, thousandths]) =
            (two_digits(rest % SECOND / 100), two_digits(rest % SECOND % 100));
        let mut bytes = [
            century,
            decade,
            years,
            ones,
            b'-',
            ten_months,
            months,
            b'-',
            ten_days,
            days,
            b'T',
            ten_hours,
            hours,
            b':',
            ten_minutes,
            minutes,
            b':',
            ten_seconds,
            seconds,
            b'.',
            hundredths,
            tens,
            thousandths,
            b'Z',
        ];
        if !has_millis {
            bytes[19] = b'Z';
        }
        Self { bytes, length: if has_millis { 24 } else { 20 } }
    }

    /// The text.
    pub(super) fn as_str(&self) -> &str {
        self.bytes.get(..self.length).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

fn two_digits(number: i64) -> [u8; 2] {
    let digit = |number: i64| b'0' + u8::try_from(number).unwrap_or(0);
    [digit(number / 10), digit(number % 10)]
}

/// The date of a day since 1970-01-01, from year 0 on. Howard Hinnant's `civil_from_days`.
pub(super) fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

impl IsoMillis {
    /// It as text.
    pub(super) fn text(self) -> IsoText {
        IsoText::of(self.0, true)
    }
}

impl IsoSeconds {
    /// It as text.
    pub(super) fn text(self) -> IsoText {
        IsoText::of(self.0, false)
    }
}

impl fmt::Display for IsoMillis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text().as_str())
    }
}

impl fmt::Display for IsoSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text().as_str())
    }
}

impl Serialize for IsoMillis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text().as_str())
    }
}

impl Serialize for IsoSeconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text().as_str())
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn timestamps_are_those_of_the_calendar(at in 0_i64..7_000_000_000_000) {
            let moment = Timestamp::from_millisecond(at).unwrap();
            prop_assert_eq!(IsoMillis(at).to_string(), moment.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string());
            prop_assert_eq!(IsoSeconds(at).to_string(), moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
        }
    }
}
