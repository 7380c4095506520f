//! The settings.

use std::str::FromStr;

use jiff::tz::TimeZone;
use serde::Deserialize;
use switchboard_core::{instance::Instance, served_instances::ServedInstances};
use switchboard_records::{ServiceLevelTarget, contact::AttributeSelection};
use switchboard_runtime::{
    database::LoginSecret,
    settings::{Settings, Switch},
};
use switchboard_sql::{logins::Access, url::SqlUrl};

/// The longest threshold of a service level, in seconds: a week.
const THRESHOLD_MAX_SECONDS: u32 = 604_800;

/// All settings.
#[derive(Debug, Clone)]
pub struct Config {
    /// `CONNECT_INSTANCES`: whose records make rows; at least one.
    pub instances: ServedInstances,
    /// `METRICS_DB`: the database of the tables.
    pub database: SqlUrl,
    /// `RECORD_ATTRIBUTES`: the contact attributes that are kept.
    pub attributes: AttributeSelection,
    /// `AGENT_TIME`: whether what agents did is kept.
    pub agent_time: Switch,
    /// `RECORD_TIME_ZONES`: the time zones whose intervals the views have.
    pub time_zones: TimeZones,
    /// `SERVICE_LEVEL_TARGETS`: the targets that a migration sets; [`None`] where those in the table stay.
    pub targets: Option<Vec<ServiceLevelTarget>>,
    /// `RECORDS_LOGIN` and `BOARD_LOGIN`: the secrets of the logins that a migration makes.
    pub logins: Vec<LoginSecret>,
}

/// Time zones by their IANA names, with commas between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeZones(pub Vec<TimeZone>);

/// A list in which a name is none of a time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "time zones are named as in the IANA database, with commas between them, such as UTC,Australia/Sydney"
)]
pub struct NotTimeZones;

impl FromStr for TimeZones {
    type Err = NotTimeZones;

    fn from_str(text: &str) -> Result<Self, NotTimeZones> {
        let zones = text.split(',').map(|name| TimeZone::get(name.trim()).map_err(|_| NotTimeZones));
        Ok(Self(zones.collect::<Result<_, _>>()?))
    }
}

impl Default for TimeZones {
    fn default() -> Self {
        Self(vec![TimeZone::UTC])
    }
}

/// Targets of service levels, as the setting has them: JSON.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(transparent)]
struct Targets(Vec<Target>);

/// One target; without a queue or channel of all that have none of their own.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Target {
    #[serde(default)]
    queue_id: String,
    #[serde(default)]
    channel: String,
    seconds: u32,
    #[serde(rename = "target_percent")]
    percent: f64,
}

/// A text that is no list of targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(r#"targets are a JSON array such as [{{"seconds":20,"target_percent":80}}]: 1 to 604800 seconds, 0 to 100 per cent"#)]
struct NotTargets;

impl FromStr for Targets {
    type Err = NotTargets;

    fn from_str(text: &str) -> Result<Self, NotTargets> {
        let Self(targets) = serde_json::from_str(text).map_err(|_| NotTargets)?;
        let is_one = |target: &Target| {
            (1..=THRESHOLD_MAX_SECONDS).contains(&target.seconds) && (0.0..=100.0).contains(&target.percent)
        };
        if targets.iter().all(is_one) { Ok(Self(targets)) } else { Err(NotTargets) }
    }
}

impl Config {
    /// Reads them; what is wrong is gathered in `settings`. [`None`] only together with a problem there.
    pub fn read(settings: &mut Settings) -> Option<Self> {
        let instances: Option<ServedInstances> = settings.required("CONNECT_INSTANCES");
        let database = settings.required("METRICS_DB");
        let attributes = settings.optional_or("RECORD_ATTRIBUTES", AttributeSelection::default());
        let agent_time = settings.optional_or("AGENT_TIME", Switch::On);
        let time_zones = settings.optional_or("RECORD_TIME_ZONES", TimeZones::default());
        let targets: Option<Targets> = settings.optional("SERVICE_LEVEL_TARGETS");
        let logins = [("RECORDS_LOGIN", Access::Write), ("BOARD_LOGIN", Access::Read)]
            .into_iter()
            .filter_map(|(name, access)| Some(LoginSecret::new(settings.optional(name)?, access)))
            .collect();
        let instances = instances?;
        let targets = targets.map(|Targets(targets)| {
            let of_all = |target: Target| instances.named().iter().map(move |instance| target.of(instance));
            targets.into_iter().flat_map(of_all).collect()
        });
        Some(Self { database: database?, attributes, agent_time, time_zones, targets, logins, instances })
    }
}

impl Target {
    fn of(&self, instance: &Instance) -> ServiceLevelTarget {
        let Self { queue_id, channel, seconds, percent: target_percent } = self.clone();
        let (aws_region, instance_id) = (instance.region().to_owned(), instance.id().to_owned());
        ServiceLevelTarget { aws_region, instance_id, queue_id, channel, seconds, target_percent }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INSTANCE: &str =
        "arn:aws:connect:eu-central-1:111122223333:instance/00000000-0000-4000-8000-000000000001";

    fn read(pairs: &[(&'static str, &'static str)]) -> Result<Config, String> {
        let settings = Settings::from_pairs(pairs.to_vec());
        settings.complete(Config::read).map_err(|problems| problems.to_string())
    }

    #[test]
    fn two_settings_are_enough() {
        let config = read(&[("CONNECT_INSTANCES", INSTANCE), ("METRICS_DB", "sqlite:///tmp/m.db")]).unwrap();
        assert_eq!(config.attributes, AttributeSelection::default());
        assert_eq!(config.time_zones, TimeZones(vec![TimeZone::UTC]));
        assert_eq!((config.agent_time, config.targets, config.logins.len()), (Switch::On, None, 0));
    }

    #[test]
    fn targets_are_of_the_instance() {
        let targets = r#"[{"seconds":20,"target_percent":80},{"seconds":60,"target_percent":95.5,"queue_id":"q","channel":"VOICE"}]"#;
        let config = read(&[
            ("CONNECT_INSTANCES", INSTANCE),
            ("METRICS_DB", "sqlite:///tmp/m.db"),
            ("SERVICE_LEVEL_TARGETS", targets),
            ("RECORD_TIME_ZONES", "UTC, Australia/Sydney"),
        ]);
        let config = config.unwrap();
        let targets = config.targets.unwrap();
        let read: Vec<_> = targets
            .iter()
            .map(|target| (&*target.aws_region, &*target.queue_id, &*target.channel, target.seconds))
            .collect();
        assert_eq!(read, [("eu-central-1", "", "", 20), ("eu-central-1", "q", "VOICE", 60)]);
        let zones: Vec<_> = config.time_zones.0.iter().filter_map(TimeZone::iana_name).collect();
        assert_eq!(zones, ["UTC", "Australia/Sydney"]);
    }

    #[test]
    fn every_problem_is_told_and_no_value() {
        let problems = read(&[
            ("CONNECT_INSTANCES", "hunter2!"),
            ("AGENT_TIME", "hunter2"),
            ("RECORD_TIME_ZONES", "UTC,hunter2"),
            ("SERVICE_LEVEL_TARGETS", r#"[{"seconds":0,"target_percent":80,"x":"hunter2"}]"#),
            ("RECORDS_LOGIN", "hunter2"),
            ("BOARD_LOGIN", "hunter2"),
        ]);
        let problems = problems.unwrap_err();
        for name in [
            "CONNECT_INSTANCES",
            "AGENT_TIME",
            "RECORD_TIME_ZONES",
            "SERVICE_LEVEL_TARGETS",
            "RECORDS_LOGIN",
            "BOARD_LOGIN",
        ] {
            assert!(problems.contains(&format!("{name} is invalid")), "{problems}");
        }
        assert!(problems.contains("METRICS_DB is not set"), "{problems}");
        assert!(!problems.contains("hunter2"), "{problems}");
    }

    #[test]
    fn a_target_outside_its_bounds_is_none() {
        for text in [
            r#"[{"seconds":0,"target_percent":80}]"#,
            r#"[{"seconds":604801,"target_percent":80}]"#,
            r#"[{"seconds":20,"target_percent":100.5}]"#,
            r#"[{"seconds":20}]"#,
            r#"{"seconds":20,"target_percent":80}"#,
            "20=80",
        ] {
            assert_eq!(text.parse::<Targets>(), Err(NotTargets), "{text}");
        }
    }
}
