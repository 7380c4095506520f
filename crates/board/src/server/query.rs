//! The query of an address, and the fields of a form.

use jiff::civil::Date;
use url::form_urlencoded;

use super::failure::Failure;

/// The years that a day may be of.
const YEARS: std::ops::RangeInclusive<i16> = 1971..=2200;

/// The most thresholds of service levels at once.
const THRESHOLDS_MAX: usize = 5;

/// The longest threshold of a service level.
const THRESHOLD_MAX_SECONDS: u32 = 86_400;

/// The members of a query or of a form, of each the last.
#[derive(Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Of a query, or of a form's body.
    pub(super) fn read(text: &[u8]) -> Self {
        Self(form_urlencoded::parse(text).into_owned().collect())
    }

    /// A text, without space around it; [`None`] if it is absent or empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let last = self.0.iter().rev().find(|(key, _)| key == name);
        last.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// True if it is there, whatever its value.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// A day such as `2026-11-02`; [`None`] if it is absent.
    ///
    /// # Errors
    /// If it is something else, or of another century.
    pub(super) fn date(&self, name: &str) -> Result<Option<Date>, Failure> {
        let Some(text) = self.text(name) else { return Ok(None) };
        day(text).map(Some).ok_or(Failure::Invalid("`day` is a day such as 2026-11-02, from 1971 to 2200."))
    }

    /// True or false; the default if it is absent.
    ///
    /// # Errors
    /// If it is something else.
    pub(super) fn flag(&self, name: &str, default: bool, detail: &'static str) -> Result<bool, Failure> {
        match self.text(name) {
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            None if !self.has(name) => Ok(default),
            _ => Err(Failure::Invalid(detail)),
        }
    }

    /// The thresholds of `within`, in seconds: each once, the shortest first.
    ///
    /// # Errors
    /// If they are something else, or too many.
    pub(super) fn thresholds(&self) -> Result<Vec<u32>, Failure> {
        let invalid =
            Failure::Invalid("`within` is up to five numbers of seconds, from 1 to 86400, such as 30,60.");
        let text = self.text("within").unwrap_or_default();
        let numbers = text.split([',', ' ']).filter(|number| !number.is_empty());
        let numbers = numbers.map(|number| {
            number.parse().ok().filter(|seconds| (1..=THRESHOLD_MAX_SECONDS).contains(seconds)).ok_or(invalid)
        });
        let mut numbers = numbers.collect::<Result<Vec<u32>, _>>()?;
        numbers.sort_unstable();
        numbers.dedup();
        if numbers.len() > THRESHOLDS_MAX { Err(invalid) } else { Ok(numbers) }
    }

    /// A number in that range, or the default.
    ///
    /// # Errors
    /// If it is something else.
    pub(super) fn number(
        &self,
        name: &str,
        range: std::ops::RangeInclusive<usize>,
        default: usize,
        detail: &'static str,
    ) -> Result<usize, Failure> {
        let Some(text) = self.text(name) else { return Ok(default) };
        text.parse().ok().filter(|number| range.contains(number)).ok_or(Failure::Invalid(detail))
    }
}

/// A day such as `2026-11-02`; [`None`] if it is something else, or of another century.
pub(super) fn day(text: &str) -> Option<Date> {
    // A parser of days takes times, too.
    let date = text.parse::<Date>().ok().filter(|date| date.to_string() == text);
    date.filter(|date| YEARS.contains(&date.year()))
}
