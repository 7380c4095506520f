//! The settings.

use std::str::FromStr;

use jiff::tz::TimeZone;
use switchboard_board::{
    BoardInstance, Thresholds,
    access::{AgentNames, Grants, SignInSettings},
};
use switchboard_core::served_instances::ServedInstances;
use switchboard_https::is_confidential_transport;
use switchboard_runtime::{
    secrets::SecretUrl,
    settings::{Settings, Switch},
};
use switchboard_sql::url::SqlUrl;
use switchboard_store::store_url::{StoreUrl, StoreUrls};
use url::Url;

use crate::dead_letters::QueueUrls;

/// The settings of the function.
#[derive(Debug)]
pub struct Config {
    /// Contacts.
    pub contacts: StoreUrl,
    /// Agents, if the board shows them: each instance's feed keeps its own.
    pub agents: Vec<StoreUrl>,
    /// The database of the figures, if the board shows some.
    pub database: Option<SqlUrl>,
    /// What is in it.
    pub tables: Tables,
    /// The secret by which customers have keys in addresses, the same in each container.
    pub customer_secret: SecretUrl,
    /// Whose days and clock times.
    pub time_zone: TimeZone,
    /// The instances that the board shows; without any, those that the data name.
    pub instances: Vec<BoardInstance>,
    /// What colours tiles.
    pub thresholds: Thresholds,
    /// How agents are called.
    pub agent_names: AgentNames,
    /// The name of the delivery stream of the audit log.
    pub audit_stream: String,
    /// The dead-letter queues whose messages are counted, if any are.
    pub dead_letters: Option<QueueUrls>,
    /// The sign-in.
    pub sign_in: SignInSettings,
}

impl Config {
    /// Reads the settings; [`None`] where one is missing or wrong.
    pub fn read(settings: &mut Settings) -> Option<Self> {
        let contacts = settings.required("CONTACTS");
        let agents = settings.optional("AGENTS").map_or_else(Vec::new, |StoreUrls(agents)| agents);
        let database = settings.optional("METRICS_DB");
        let tables = Tables {
            records: settings.optional_or("RECORD_TABLES", Switch::On).is_on(),
            metrics: settings.optional_or("METRIC_TABLES", Switch::Off).is_on(),
        };
        let customer_secret = settings.required("CUSTOMER_SECRET");
        let time_zone = settings.optional_or("TIME_ZONE", Zone(TimeZone::UTC)).0;
        let instances = instances(settings);
        let thresholds = settings.optional_or("THRESHOLDS", Thresholds::default());
        let agent_names = settings.optional_or("AGENT_NAMES", AgentNames::Full);
        let audit_stream = settings.required("AUDIT_STREAM");
        let dead_letters = settings.optional("DEAD_LETTER_QUEUES");
        let sign_in = sign_in(settings);
        Some(Self {
            contacts: contacts?,
            agents,
            database,
            tables,
            customer_secret: customer_secret?,
            time_zone,
            instances,
            thresholds,
            agent_names,
            audit_stream: audit_stream?,
            dead_letters,
            sign_in: sign_in?,
        })
    }
}

/// The instances, by the names that are set in the same order.
fn instances(settings: &mut Settings) -> Vec<BoardInstance> {
    let served = settings.optional_or("CONNECT_INSTANCES", ServedInstances::default());
    let names: Option<String> = settings.optional("INSTANCE_NAMES");
    let names: Vec<&str> = names.iter().flat_map(|names| names.split(',')).map(str::trim).collect();
    if !names.is_empty() && names.len() != served.named().len() {
        settings.add_problem("INSTANCE_NAMES does not have a name for each of CONNECT_INSTANCES".to_owned());
    }
    let numbered = served.named().iter().enumerate();
    numbered.filter_map(|(at, instance)| BoardInstance::of(instance.arn(), names.get(at).copied())).collect()
}

/// Which tables the database has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tables {
    /// The record tables.
    pub records: bool,
    /// The metric tables, which polls fill.
    pub metrics: bool,
}

fn sign_in(settings: &mut Settings) -> Option<SignInSettings> {
    let board: Option<ConfidentialUrl> = settings.required("BOARD_URL");
    let server: Option<ConfidentialUrl> = settings.required("SIGN_IN_URL");
    let issuer: Option<String> = settings.required("SIGN_IN_ISSUER");
    let keys: Option<ConfidentialUrl> = settings.optional("SIGN_IN_KEYS_URL");
    let people = settings.required("SIGN_IN_CLIENT");
    let walls = settings.optional("SIGN_IN_WALLS_CLIENT");
    let groups_claim = settings.optional("GROUPS_CLAIM");
    let grants = settings.optional_or("GROUPS", Grants::default());
    let issuer = issuer?;
    let keys = match keys {
        Some(keys) => Some(keys.0),
        None => match format!("{issuer}/.well-known/jwks.json").parse::<ConfidentialUrl>() {
            Ok(keys) => Some(keys.0),
            Err(error) => {
                settings.add_problem(format!("SIGN_IN_ISSUER is invalid: {error}"));
                None
            }
        },
    };
    Some(SignInSettings {
        board: board?.0,
        issuer,
        keys: keys?,
        server: server?.0,
        people: people?,
        walls,
        groups_claim,
        grants,
    })
}

/// An address to which tokens may go.
struct ConfidentialUrl(Url);

impl FromStr for ConfidentialUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url: Url = text.parse().map_err(|_| "it is no URL")?;
        if is_confidential_transport(&url) { Ok(Self(url)) } else { Err("it is not https") }
    }
}

/// A time zone of IANA's.
struct Zone(TimeZone);

impl FromStr for Zone {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        TimeZone::get(name).map(Self).map_err(|_| "it is no time zone such as Europe/Stockholm")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const NEEDED: [(&str, &str); 7] = [
        (
            "CUSTOMER_SECRET",
            "secretsmanager://arn:aws:secretsmanager:eu-central-1:111122223333:secret:board-AbCdEf",
        ),
        ("CONTACTS", "dynamodb://contacts"),
        ("AUDIT_STREAM", "looks"),
        ("BOARD_URL", "https://board.example/"),
        ("SIGN_IN_URL", "https://centre.auth.eu-central-1.amazoncognito.com"),
        ("SIGN_IN_ISSUER", "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEf123"),
        ("SIGN_IN_CLIENT", "4abc"),
    ];

    #[test]
    fn keys_are_the_issuers_and_the_rest_has_defaults() {
        let config = Settings::from_pairs(NEEDED).complete(Config::read).unwrap();
        let keys = config.sign_in.keys.as_str();
        assert!(keys.ends_with("amazonaws.com/eu-central-1_AbCdEf123/.well-known/jwks.json"), "{keys}");
        assert_eq!((config.agent_names, config.time_zone), (AgentNames::Full, TimeZone::UTC));
        assert!(
            config.agents.is_empty()
                && config.dead_letters.is_none()
                && config.database.is_none()
                && config.sign_in.walls.is_none()
        );
        assert_eq!(config.tables, Tables { records: true, metrics: false });
        let polled = NEEDED.into_iter().chain([("RECORD_TABLES", "off"), ("METRIC_TABLES", "on")]);
        let config = Settings::from_pairs(polled).complete(Config::read).unwrap();
        assert_eq!(config.tables, Tables { records: false, metrics: true });
    }

    #[test]
    fn instances_have_the_names_that_are_set_and_thresholds_are_read() {
        let arn = |last: u8| {
            format!(
                "arn:aws:connect:eu-central-1:111122223333:instance/00000000-0000-4000-8000-00000000000{last}"
            )
        };
        let arns = format!("{},{}", arn(1), arn(2));
        let with = |more: [(&str, &str); 3]| {
            Settings::from_pairs(NEEDED.into_iter().chain(more)).complete(Config::read)
        };
        let thresholds = r#"{"waiting": {"warn": 5, "alarm": 10}}"#;
        let config = with([
            ("CONNECT_INSTANCES", &arns),
            ("INSTANCE_NAMES", "main, care"),
            ("THRESHOLDS", thresholds),
        ]);
        let config = config.unwrap();
        let expected =
            [(1, "main"), (2, "care")].map(|(last, name)| BoardInstance::of(&arn(last), Some(name)));
        assert_eq!(config.instances.into_iter().map(Some).collect::<Vec<_>>(), expected);
        assert_eq!(config.thresholds.of("q").waiting.map(|waiting| waiting.alarm), Some(10));
        let wrong = with([("CONNECT_INSTANCES", &arns), ("INSTANCE_NAMES", "main"), ("THRESHOLDS", "{}x")]);
        let problems = wrong.unwrap_err().to_string();
        assert!(problems.contains("INSTANCE_NAMES") && problems.contains("THRESHOLDS"), "{problems}");
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        let problems =
            Settings::from_pairs([("TIME_ZONE", "Mars/Base"), ("BOARD_URL", "http://board.example/")]);
        let problems = problems.complete(Config::read).unwrap_err().to_string();
        for name in [
            "CONTACTS",
            "AUDIT_STREAM",
            "BOARD_URL",
            "SIGN_IN_URL",
            "SIGN_IN_ISSUER",
            "SIGN_IN_CLIENT",
            "TIME_ZONE",
        ] {
            assert!(problems.contains(name), "{name}: {problems}");
        }
        assert!(!problems.contains("Mars"), "{problems}");
        let wrong = NEEDED.into_iter().chain([
            ("GROUPS", r#"{"a": {"role": "owner"}}"#),
            ("AGENT_NAMES", "some"),
            ("METRIC_TABLES", "maybe"),
            ("DEAD_LETTER_QUEUES", "https://sqs.example/1/a"),
        ]);
        let problems = Settings::from_pairs(wrong).complete(Config::read).unwrap_err().to_string();
        assert!(
            problems.contains("GROUPS is invalid") && problems.contains("AGENT_NAMES is invalid"),
            "{problems}"
        );
        for name in ["METRIC_TABLES", "DEAD_LETTER_QUEUES"] {
            assert!(problems.contains(&format!("{name} is invalid")), "{problems}");
        }
    }
}
