//! The settings.

use std::num::NonZeroU16;

use jiff::{SignedDuration, tz::TimeZone};
use switchboard_core::instance::Instance;
use switchboard_metrics::settings::{CentreTimeZone, RequestRate, ServiceLevel};
use switchboard_runtime::{database::LoginSecret, settings::Settings};
use switchboard_sql::{logins::Access, url::SqlUrl};

const RETENTION_DAYS: NonZeroU16 = NonZeroU16::MIN.saturating_add(6);
/// A year and a month, to compare a month with that of the year before.
const HISTORY_RETENTION_DAYS: NonZeroU16 = NonZeroU16::MIN.saturating_add(399);

/// All settings.
#[derive(Debug)]
pub struct Config {
    /// Which instance is polled.
    pub instance: Instance,
    /// The database of the tables.
    pub database: SqlUrl,
    /// The queue that ticks are put on.
    pub tick_queue_url: String,
    /// How fast Connect is asked at most.
    pub request_rate: RequestRate,
    /// Which contacts count as answered in time.
    pub service_level: ServiceLevel,
    /// How long samples are kept.
    pub retention: SignedDuration,
    /// How long intervals are kept.
    pub history_retention: SignedDuration,
    /// Whose days intervals are told by.
    pub time_zone: TimeZone,
    /// The logins that are made with a migration.
    pub logins: Vec<LoginSecret>,
    /// That of a board, which reads no agent.
    pub board_login: Option<LoginSecret>,
}

impl Config {
    /// Reads them; what is wrong is gathered in `settings`. [`None`] only together with a problem there.
    pub fn read(settings: &mut Settings) -> Option<Self> {
        let instance = settings.required("CONNECT_INSTANCE_ARN");
        let database = settings.required("METRICS_DB");
        let tick_queue_url = settings.required("TICK_QUEUE_URL");
        let request_rate = settings.optional_or("CONNECT_REQUESTS_PER_SECOND", RequestRate::default());
        let service_level = settings.optional_or("SERVICE_LEVEL_SECONDS", ServiceLevel::default().seconds());
        let service_level = ServiceLevel::new(service_level);
        if let Err(problem) = &service_level {
            settings.add_problem(format!("SERVICE_LEVEL_SECONDS is invalid: {problem}"));
        }
        let logins = [("POLLER_LOGIN", Access::Write), ("CHECK_LOGIN", Access::Read)]
            .into_iter()
            .filter_map(|(name, access)| Some(LoginSecret::new(settings.optional(name)?, access)))
            .collect();
        let board_login = settings.optional("BOARD_LOGIN").map(|url| LoginSecret::new(url, Access::Read));
        let days: NonZeroU16 = settings.optional_or("SAMPLE_RETENTION_DAYS", RETENTION_DAYS);
        let history_days: NonZeroU16 = settings.optional_or("HISTORY_RETENTION_DAYS", HISTORY_RETENTION_DAYS);
        let time_zone = settings.optional_or("METRICS_TIME_ZONE", CentreTimeZone::default()).into_inner();
        let of_days = |days: NonZeroU16| SignedDuration::from_hours(24 * i64::from(days.get()));
        Some(Self {
            instance: instance?,
            database: database?,
            tick_queue_url: tick_queue_url?,
            request_rate,
            service_level: service_level.ok()?,
            retention: of_days(days),
            history_retention: of_days(history_days),
            time_zone,
            logins,
            board_login,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPLETE: [(&str, &str); 3] = [
        (
            "CONNECT_INSTANCE_ARN",
            "arn:aws:connect:ap-southeast-2:111122223333:instance/00000000-0000-4000-8000-000000000001",
        ),
        ("METRICS_DB", "sqlite:///tmp/metrics.db"),
        ("TICK_QUEUE_URL", "https://sqs.ap-southeast-2.amazonaws.com/111122223333/ticks"),
    ];

    fn read(more: &[(&'static str, &'static str)]) -> Result<Config, String> {
        let mut settings = Settings::from_pairs(COMPLETE.into_iter().chain(more.iter().copied()));
        let config = Config::read(&mut settings);
        settings.check().map_err(|problems| problems.to_string())?;
        Ok(config.unwrap())
    }

    #[test]
    fn three_settings_are_enough() {
        let config = read(&[]).unwrap();
        assert_eq!((config.request_rate, config.service_level.seconds()), (RequestRate::default(), 20));
        let slower = read(&[("CONNECT_REQUESTS_PER_SECOND", "1.5")]).unwrap();
        assert_eq!(Ok(slower.request_rate), RequestRate::new(1.5));
        assert_eq!(config.retention, SignedDuration::from_hours(7 * 24));
        assert_eq!((config.history_retention.as_hours(), config.time_zone), (400 * 24, TimeZone::UTC));
        assert_eq!((config.logins.len(), config.board_login), (0, None));
        let sydney =
            read(&[("METRICS_TIME_ZONE", "Australia/Sydney"), ("HISTORY_RETENTION_DAYS", "30")]).unwrap();
        assert_eq!(sydney.time_zone.iana_name(), Some("Australia/Sydney"));
        assert_eq!(sydney.history_retention.as_hours(), 30 * 24);
    }

    #[test]
    fn every_problem_is_told_and_no_value() {
        let problems = read(&[
            ("CONNECT_INSTANCE_ARN", "hunter2!"),
            ("METRICS_DB", ""),
            ("TICK_QUEUE_URL", ""),
            ("CONNECT_REQUESTS_PER_SECOND", "0"),
            ("SERVICE_LEVEL_SECONDS", "604801"),
            ("SAMPLE_RETENTION_DAYS", "-1"),
            ("HISTORY_RETENTION_DAYS", "0"),
            ("METRICS_TIME_ZONE", "Atlantis/Capital"),
            ("BOARD_LOGIN", "hunter2"),
        ])
        .unwrap_err();
        for name in [
            "CONNECT_INSTANCE_ARN is invalid: an instance's ARN is arn:aws:connect:",
            "METRICS_DB is not set",
            "TICK_QUEUE_URL is not set",
        ] {
            assert!(problems.contains(name), "{problems}");
        }
        for name in [
            "CONNECT_REQUESTS_PER_SECOND",
            "SERVICE_LEVEL_SECONDS",
            "SAMPLE_RETENTION_DAYS",
            "HISTORY_RETENTION_DAYS",
            "METRICS_TIME_ZONE",
            "BOARD_LOGIN",
        ] {
            assert!(problems.contains(&format!("{name} is invalid")), "{problems}");
        }
        assert!(!problems.contains("hunter2"), "{problems}");
    }
}
