//! The settings.

use std::num::NonZeroU16;

use jiff::SignedDuration;
use switchboard_core::instance::Instance;
use switchboard_records::{Retention, contact::AttributeSelection, reconcile::SearchRate};
use switchboard_runtime::settings::Settings;
use switchboard_sql::url::SqlUrl;
use switchboard_store::store_url::StoreUrl;

/// All settings.
#[derive(Debug, Clone)]
pub struct Config {
    /// `CONNECT_INSTANCE_ARN`: whose contacts are compared.
    pub instance: Instance,
    /// `METRICS_DB`: the database of the tables.
    pub database: SqlUrl,
    /// `CONTACTS`: where contacts are kept, if it is to be asked which left flow logs.
    pub contacts: Option<StoreUrl>,
    /// `SEARCH_CONTACTS_PER_SECOND`: how often Connect is searched at most.
    pub rate: SearchRate,
    /// `RECONCILE_HEAL`: whether missing contacts are fetched.
    pub heals: bool,
    /// `RECORD_ATTRIBUTES`: the attributes of fetched contacts that are kept.
    pub attributes: AttributeSelection,
    /// How long rows are kept.
    pub retention: Retention,
}

impl Config {
    /// Reads them; what is wrong is gathered in `settings`. [`None`] only together with a problem there.
    pub fn read(settings: &mut Settings) -> Option<Self> {
        let instance = settings.required("CONNECT_INSTANCE_ARN");
        let database = settings.required("METRICS_DB");
        let contacts = settings.optional("CONTACTS");
        let rate = settings.optional_or("SEARCH_CONTACTS_PER_SECOND", SearchRate::default());
        let heals = settings.optional_or("RECONCILE_HEAL", true);
        let attributes = settings.optional_or("RECORD_ATTRIBUTES", AttributeSelection::default());
        let default = Retention::default();
        let mut days = |name, default: SignedDuration| {
            let days: Option<NonZeroU16> = settings.optional(name);
            days.map_or(default, |days| SignedDuration::from_hours(24 * i64::from(days.get())))
        };
        let retention = Retention {
            contacts: days("RECORD_RETENTION_DAYS", default.contacts),
            personal: days("PERSONAL_RETENTION_DAYS", default.personal),
            agent_time: days("AGENT_TIME_RETENTION_DAYS", default.agent_time),
        };
        Some(Self { instance: instance?, database: database?, contacts, rate, heals, attributes, retention })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPLETE: [(&str, &str); 2] = [
        (
            "CONNECT_INSTANCE_ARN",
            "arn:aws:connect:ap-southeast-2:111122223333:instance/00000000-0000-4000-8000-000000000001",
        ),
        ("METRICS_DB", "sqlite:///tmp/metrics.db"),
    ];

    fn read(more: &[(&'static str, &'static str)]) -> Result<Config, String> {
        let mut settings = Settings::from_pairs(COMPLETE.into_iter().chain(more.iter().copied()));
        let config = Config::read(&mut settings);
        settings.check().map_err(|problems| problems.to_string())?;
        Ok(config.unwrap())
    }

    #[test]
    fn two_settings_are_enough() {
        let config = read(&[]).unwrap();
        assert_eq!((config.rate, config.heals), (SearchRate::default(), true));
        assert_eq!((config.retention, config.contacts), (Retention::default(), None));
        let days = |days: i64| SignedDuration::from_hours(24 * days);
        let more = read(&[
            ("RECORD_RETENTION_DAYS", "30"),
            ("PERSONAL_RETENTION_DAYS", "7"),
            ("AGENT_TIME_RETENTION_DAYS", "90"),
            ("RECONCILE_HEAL", "false"),
            ("CONTACTS", "dynamodb://contacts"),
        ])
        .unwrap();
        let expected = Retention { contacts: days(30), personal: days(7), agent_time: days(90) };
        assert_eq!((more.retention, more.heals), (expected, false));
        assert_eq!(more.contacts, Some(StoreUrl::DynamoDb { table: "contacts".to_owned() }));
    }

    #[test]
    fn every_problem_is_told_and_no_value() {
        let problems = read(&[
            ("CONNECT_INSTANCE_ARN", "hunter2!"),
            ("METRICS_DB", ""),
            ("CONTACTS", "somewhere"),
            ("SEARCH_CONTACTS_PER_SECOND", "0"),
            ("RECONCILE_HEAL", "perhaps"),
            ("RECORD_RETENTION_DAYS", "0"),
            ("PERSONAL_RETENTION_DAYS", "-1"),
        ])
        .unwrap_err();
        for name in [
            "CONNECT_INSTANCE_ARN is invalid",
            "METRICS_DB is not set",
            "CONTACTS is invalid",
            "SEARCH_CONTACTS_PER_SECOND is invalid",
            "RECONCILE_HEAL is invalid",
            "RECORD_RETENTION_DAYS is invalid",
            "PERSONAL_RETENTION_DAYS is invalid",
        ] {
            assert!(problems.contains(name), "{problems}");
        }
        assert!(!problems.contains("hunter2") && !problems.contains("perhaps"), "{problems}");
    }
}
