//! The config file of a deployment, as `cdk/config/schema.json` defines it.

use serde_json::{Map, Value, json};
use switchboard_core::arn::account;

use super::{
    facts::{Facts, InstanceFacts},
    finding::{Finding, Verdict},
    polls::lower_rate,
    sources::{Source, Sources},
    streams::misplacement,
};

/// The functions that read a stream by consumers of their own, with the capabilities that a config is written with.
pub(super) const READERS: u64 = 2;
/// The same of flow logs.
pub(super) const LOG_READERS: u64 = 1;
/// The most instances of which the app's tests make one deployment with everything on.
const MOST_INSTANCES: usize = 10;
/// The longest name of a further instance.
const MOST_NAME: usize = 8;

/// The environment and the name of a deployment.
#[derive(Debug, Clone)]
pub(super) struct Deployment {
    pub(super) environment: String,
    pub(super) name: Option<String>,
}

impl Deployment {
    /// What the names of its resources begin with.
    pub(super) fn prefix(&self) -> String {
        let environment = self.environment.to_ascii_lowercase();
        let name = self.name.as_ref().map(|name| format!("{name}-")).unwrap_or_default();
        format!("switchboard-{environment}-{name}")
    }
}

/// The config of a deployment with these sources, with contacts, metrics and record tables.
///
/// # Errors
/// What is not known, or can't be read, and has to be known for it.
pub(super) fn config(
    deployment: &Deployment,
    facts: &Facts,
    sources: &Sources,
) -> Result<Value, Vec<String>> {
    let mut missing = unknown_sources(sources);
    for one in facts.instances.iter().filter(|one| one.alias.known().is_none()) {
        missing.push(format!("the alias of {}", one.instance));
    }
    let named = [&sources.contact_records, &sources.agent_events, &sources.flow_logs];
    let elsewhere = named.iter().filter_map(|source| match source {
        Source::Stream(arn) => {
            Some(format!("a stream that can be read: {arn} {}", misplacement(arn, facts)?))
        }
        _ => None,
    });
    missing.extend(elsewhere);
    let Some((first, further)) = facts.instances.split_first().filter(|_| missing.is_empty()) else {
        return Err(missing);
    };
    let mut connect = json!({ "instance": first.instance.arn(), "alias": alias(first) });
    if let Some(connect) = connect.as_object_mut()
        && !further.is_empty()
    {
        connect.insert("instances".to_owned(), instances(further));
    }
    let mut config = Map::new();
    config.insert("environment".to_owned(), deployment.environment.as_str().into());
    if let Some(name) = &deployment.name {
        config.insert("name".to_owned(), name.as_str().into());
    }
    config.insert("account".to_owned(), account(first.instance.arn()).into());
    config.insert("region".to_owned(), first.instance.region().into());
    config.insert("connect".to_owned(), connect);
    let settings = settings(sources, facts);
    if !settings.is_empty() {
        config.insert("sources".to_owned(), settings.into());
    }
    config.insert("contacts".to_owned(), json!({}));
    let rate = lower_rate(facts);
    config.insert(
        "metrics".to_owned(),
        rate.map_or_else(|| json!({}), |rate| json!({ "requestsPerSecond": rate })),
    );
    if sources.contact_records != Source::Off {
        let without_agents = sources.agent_events == Source::Off;
        let records = if without_agents { json!({ "agentTime": false }) } else { json!({}) };
        config.insert("records".to_owned(), records);
    }
    Ok(config.into())
}

/// Whether so many instances are known to fit into one deployment.
pub(super) fn room(facts: &Facts) -> Option<Finding> {
    let count = facts.instances.len();
    let (verdict, text) = match count {
        0 | 1 => return None,
        _ if count <= MOST_INSTANCES => (
            Verdict::There,
            format!(
                "{count} instances fit into one deployment: {MOST_INSTANCES} with everything on do, unless their aliases are long, which the synthesis says."
            ),
        ),
        _ => (
            Verdict::Note,
            format!(
                "{count} instances may not fit into one deployment: {MOST_INSTANCES} with everything on are known to. If it is refused, deploy some by a config with another `name`."
            ),
        ),
    };
    Some(Finding::new(verdict, text, "cdk/README.md#several-instances"))
}

fn unknown_sources(sources: &Sources) -> Vec<String> {
    let all = [
        ("where contact records go", &sources.contact_records),
        ("where agent events go", &sources.agent_events),
        ("whether the log group of flows has room", &sources.flow_logs),
    ];
    all.iter().filter(|(_, source)| **source == Source::Unknown).map(|(what, _)| (*what).to_owned()).collect()
}

fn settings(sources: &Sources, facts: &Facts) -> Map<String, Value> {
    let all = [
        ("contactRecords", &sources.contact_records, READERS),
        ("agentEvents", &sources.agent_events, READERS),
        ("flowLogs", &sources.flow_logs, LOG_READERS),
    ];
    all.iter()
        .filter_map(|(name, source, readers)| Some(((*name).to_owned(), source.setting(facts, *readers)?)))
        .collect()
}

fn alias(one: &InstanceFacts) -> &str {
    one.alias.known().map_or("", String::as_str)
}

/// Further instances, each with a name of its own that is made of its alias.
fn instances(further: &[InstanceFacts]) -> Value {
    let mut names: Vec<String> = Vec::new();
    for (place, one) in further.iter().enumerate() {
        let letters = alias(one).to_ascii_lowercase();
        let letters = letters.chars().filter(char::is_ascii_alphanumeric);
        let name: String = letters.skip_while(char::is_ascii_digit).take(MOST_NAME).collect();
        let is_free = !name.is_empty() && !names.contains(&name);
        names.push(if is_free { name } else { format!("i{}", place + 2) });
    }
    let pairs = further.iter().zip(names);
    pairs
        .map(|(one, name)| json!({ "name": name, "instance": one.instance.arn(), "alias": alias(one) }))
        .collect()
}
