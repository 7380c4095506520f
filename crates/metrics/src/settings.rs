//! What can be set.

use std::str::FromStr;

use jiff::tz::TimeZone;

/// Which contacts count as answered in time: those answered in less than so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceLevel(u32);

/// A threshold the API does not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a service level's threshold is 1 to 604800 seconds")]
pub struct NotAThreshold;

impl ServiceLevel {
    /// A threshold in seconds.
    ///
    /// # Errors
    ///
    /// Outside 1 to 604800, a week, which the API refuses.
    pub fn new(seconds: u32) -> Result<Self, NotAThreshold> {
        if (1..=604_800).contains(&seconds) { Ok(Self(seconds)) } else { Err(NotAThreshold) }
    }

    /// The threshold in seconds.
    pub fn seconds(self) -> u32 {
        self.0
    }
}

impl Default for ServiceLevel {
    /// 20 seconds, as Connect's own reports have it first.
    fn default() -> Self {
        Self(20)
    }
}

/// The most requests to Connect.
///
/// AWS allows an account two requests a second of most operations, five at once, and five and eight of `GetMetricData`
/// and `GetCurrentMetricData`. The rate is that of most operations; those two get two and a half times as much.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RequestRate(f64);

/// A rate that allows no request, or that no account is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a rate is more than 0 and at most 100 requests a second")]
pub struct NotARate;

impl RequestRate {
    /// So many requests a second.
    ///
    /// # Errors
    ///
    /// If it is 0 or less, more than 100, or no number.
    pub fn new(per_second: f64) -> Result<Self, NotARate> {
        // Of what is no number neither holds.
        if per_second > 0.0 && per_second <= 100.0 { Ok(Self(per_second)) } else { Err(NotARate) }
    }

    /// Requests a second.
    pub fn per_second(self) -> f64 {
        self.0
    }

    /// Requests a second of `GetMetricData` and `GetCurrentMetricData` together: five where others have two.
    pub fn of_metrics(self) -> f64 {
        self.0 * 2.5
    }
}

impl Default for RequestRate {
    /// 1.8: a little below what an account is allowed, as others send requests, too.
    fn default() -> Self {
        Self(1.8)
    }
}

impl FromStr for RequestRate {
    type Err = NotARate;

    fn from_str(text: &str) -> Result<Self, NotARate> {
        text.parse().map_err(|_| NotARate).and_then(Self::new)
    }
}

/// Whose days intervals belong to: the setting `METRICS_TIME_ZONE`, UTC by default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CentreTimeZone(TimeZone);

/// A name that no time zone has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a time zone is named as in the IANA database, such as Australia/Sydney")]
pub struct NotATimeZone;

impl CentreTimeZone {
    /// The time zone.
    pub fn into_inner(self) -> TimeZone {
        self.0
    }
}

impl Default for CentreTimeZone {
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

impl FromStr for CentreTimeZone {
    type Err = NotATimeZone;

    fn from_str(name: &str) -> Result<Self, NotATimeZone> {
        TimeZone::get(name).map(Self).map_err(|_| NotATimeZone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_zone_is_known_by_its_name() {
        let zone: CentreTimeZone = "Australia/Sydney".parse().unwrap();
        assert_eq!(zone.into_inner().iana_name(), Some("Australia/Sydney"));
        assert_eq!(CentreTimeZone::default().into_inner(), TimeZone::UTC);
        for name in ["", "Atlantis/Capital", "+10:00"] {
            assert_eq!(name.parse::<CentreTimeZone>(), Err(NotATimeZone), "{name}");
        }
    }

    #[test]
    fn a_rate_is_a_decimal_of_up_to_a_hundred() {
        for (text, rate) in [("1.5", 1.5), ("2", 2.0), ("100", 100.0), ("0.1", 0.1)] {
            assert_eq!(text.parse(), RequestRate::new(rate), "{text}");
            assert!(text.parse::<RequestRate>().is_ok());
        }
        for text in ["0", "-1", "100.1", "NaN", "inf", "-0.0", "", "two", "1,5"] {
            assert_eq!(text.parse::<RequestRate>(), Err(NotARate), "{text}");
        }
    }

    #[test]
    fn a_threshold_is_a_second_to_a_week() {
        assert_eq!(ServiceLevel::new(0), Err(NotAThreshold));
        assert_eq!(ServiceLevel::new(604_801), Err(NotAThreshold));
        assert_eq!(ServiceLevel::new(604_800).map(ServiceLevel::seconds), Ok(604_800));
    }
}
