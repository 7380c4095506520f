//! The report: the set-up, all findings, and the config file.

use serde_json::Value;

use super::{
    deployment::{self, Deployment, LOG_READERS, READERS},
    facts::{Facts, InstanceFacts, StorageTarget},
    finding::{Finding, Verdict},
    names, polls,
    sources::{self, Source, Sources},
    streams,
};

/// Delivery streams that a deployment lets read each stream of contact records and agent events, for the raw copies.
const DELIVERIES: u64 = 1;

/// A report on instances and their account.
#[derive(Debug, Clone)]
pub(super) struct Report {
    pub(super) set_up: SetUp,
    pub(super) findings: Vec<Finding>,
    /// The config file, or what is not known for it.
    pub(super) config: Result<Value, Vec<String>>,
}

/// A set-up, as cdk/README.md has a guide for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SetUp {
    NothingThere,
    StreamsThere,
    BucketThere,
    Unknown,
}

impl Report {
    pub(super) fn new(deployment: &Deployment, facts: &Facts) -> Self {
        let mut findings = Vec::new();
        for one in &facts.instances {
            let what = format!("the instance {}", one.instance);
            findings.extend(Finding::unknown(&what, &one.alias));
            if let Some(alias) = one.alias.known() {
                findings.push(Finding::new(
                    Verdict::There,
                    format!("{what} is called {alias}."),
                    &one.alias.call,
                ));
            }
            findings.extend(replicas(one));
        }
        let (sources, of_sources) = sources::choose(facts);
        findings.extend(of_sources);
        findings.extend(delivery_streams(facts));
        for (arn, stream) in &facts.streams {
            let (consumers, deliveries) = readers(arn, &sources);
            findings.extend(streams::findings(arn, stream, consumers, deliveries));
        }
        findings.extend(names::findings(facts, &deployment.prefix()));
        findings.extend(polls::findings(facts));
        findings.extend(deployment::room(facts));
        let config = deployment::config(deployment, facts, &sources);
        Self { set_up: SetUp::new(facts, &sources), findings, config }
    }

    /// True if nothing collides and everything could be looked at.
    pub(super) fn is_clear(&self) -> bool {
        let is_bad = |verdict| matches!(verdict, Verdict::Collides | Verdict::Unknown);
        !self.findings.iter().any(|finding| is_bad(finding.verdict))
    }
}

/// What is known of instances in other Regions that share the configuration of this one.
fn replicas(one: &InstanceFacts) -> Option<Finding> {
    let regions = one.replica_regions.join(" and ");
    let text = format!(
        "the instance {} is replicated with {regions}, where its instance has the same id: name it in `connect.replicas`, and agents of both are one to the WFM.",
        one.instance
    );
    (!regions.is_empty()).then(|| Finding::new(Verdict::Note, text, &one.alias.call))
}

/// Consumers and delivery streams that a deployment adds to a stream.
fn readers(arn: &str, sources: &Sources) -> (u64, u64) {
    let is_read = |source: &Source| u64::from(*source == Source::Stream(arn.to_owned()));
    let records = is_read(&sources.contact_records) + is_read(&sources.agent_events);
    // A function reads a stream once, whatever it carries, and the one of flow logs reads records, too.
    let functions = if records > 0 { READERS } else { is_read(&sources.flow_logs) * LOG_READERS };
    (functions, records * DELIVERIES)
}

fn delivery_streams(facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (arn, observation) in &facts.delivery_streams {
        findings.extend(Finding::unknown(&format!("the delivery stream {arn}"), observation));
        let Some(stream) = observation.known() else { continue };
        if stream.bucket.is_empty() {
            let text = format!("The delivery stream {arn} fills no bucket.");
            findings.push(Finding::new(Verdict::Note, text, &observation.call));
            continue;
        }
        let format =
            if stream.is_columnar { "Parquet or ORC, which no function reads" } else { "JSON, compression " };
        let compression = if stream.is_columnar { "" } else { &stream.compression };
        let text = format!(
            "The delivery stream {arn} fills {} below \"{}\": {format}{compression}.",
            stream.bucket, stream.prefix
        );
        findings.push(Finding::new(Verdict::There, text, &observation.call));
        findings
            .extend(Finding::unknown(&format!("the key of the objects in {}", stream.bucket), &stream.key));
        if let Some(Some(key)) = stream.key.known() {
            let text = format!(
                "the objects in {} are encrypted with {key}. Its policy must allow the deployment's roles; the synthesis prints the statement.",
                stream.bucket
            );
            findings.push(Finding::new(Verdict::Note, text, &stream.key.call));
        }
        findings.extend(Finding::unknown(&format!("notifications of {}", stream.bucket), &stream.notifies));
        if let Some(notifies) = stream.notifies.known() {
            let (verdict, text) = if *notifies {
                (Verdict::There, format!("{} notifies EventBridge of new objects.", stream.bucket))
            } else {
                let text = format!(
                    "{} does not notify EventBridge of new objects: until its owner switches that on, nothing of it is read.",
                    stream.bucket
                );
                (Verdict::Collides, text)
            };
            findings.push(Finding::new(verdict, text, &stream.notifies.call));
        }
    }
    findings
}

impl SetUp {
    fn new(facts: &Facts, sources: &Sources) -> Self {
        let is_delivered = facts
            .instances
            .iter()
            .any(|one| matches!(one.contact_records.known(), Some(Some(StorageTarget::DeliveryStream(_)))));
        match (&sources.contact_records, &sources.agent_events) {
            _ if is_delivered => Self::BucketThere,
            (Source::Unknown, _) | (_, Source::Unknown) => Self::Unknown,
            (Source::Create, Source::Create) => Self::NothingThere,
            _ => Self::StreamsThere,
        }
    }

    /// The sentence that names it.
    pub(super) const fn sentence(self) -> &'static str {
        match self {
            Self::NothingThere => "Set-up: nothing there (cdk/README.md#nothing-there)",
            Self::StreamsThere => "Set-up: streams there (cdk/README.md#streams-there)",
            Self::BucketThere => "Set-up: a bucket there (cdk/README.md#bucket-there)",
            Self::Unknown => "Set-up: unknown, as not everything could be looked at",
        }
    }
}
