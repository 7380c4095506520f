//! Where what Connect emits comes from: each source as the config's section `sources` would have it.

use serde_json::{Value, json};

use super::{
    facts::{Facts, InstanceFacts, StorageTarget, bucket_name},
    finding::{Finding, Verdict},
    observation::Observation,
    streams,
};

/// A source of one kind, as the config would name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// The deployment makes it.
    Create,
    /// A data stream that is there, by ARN.
    Stream(String),
    /// A bucket that a delivery stream fills, by its name, and what the keys begin with. For contact records alone.
    Bucket { bucket: String, prefix: String },
    /// It is left off, since it can't be had as it is.
    Off,
    /// A call failed, so that no choice can be made.
    Unknown,
}

/// The sources of a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sources {
    pub(super) contact_records: Source,
    pub(super) agent_events: Source,
    pub(super) flow_logs: Source,
}

/// What functions also read in a bucket.
const CONTACT_RECORDS: &str = "contact records";

/// The most subscriptions of a log group (CloudWatch Logs, quotas).
const MOST_SUBSCRIPTIONS: usize = 2;

/// The sources that fit, and what stands against others.
pub(super) fn choose(facts: &Facts) -> (Sources, Vec<Finding>) {
    let mut findings = Vec::new();
    let contact_records = associated(facts, CONTACT_RECORDS, |one| &one.contact_records, &mut findings);
    let agent_events = associated(facts, "agent events", |one| &one.agent_events, &mut findings);
    let flow_logs = flow_logs(facts, &mut findings);
    (Sources { contact_records, agent_events, flow_logs }, findings)
}

/// How an instance is called: its alias, or its id.
pub(super) fn name(one: &InstanceFacts) -> &str {
    one.alias.known().map_or_else(|| one.instance.id(), String::as_str)
}

/// Of several instances one deployment reads one stream of a kind.
fn associated(
    facts: &Facts,
    content: &str,
    observed: impl Fn(&InstanceFacts) -> &Observation<Option<StorageTarget>>,
    findings: &mut Vec<Finding>,
) -> Source {
    let mut targets = Vec::new();
    for one in &facts.instances {
        let (observation, name) = (observed(one), name(one));
        if let Some(finding) = Finding::unknown(&format!("where {content} of {name} go"), observation) {
            findings.push(finding);
            continue;
        }
        let target = observation.known().cloned().flatten();
        findings.push(association(facts, content, name, target.as_ref(), &observation.call));
        targets.push(target);
    }
    if targets.len() < facts.instances.len() {
        return Source::Unknown;
    }
    targets.dedup();
    match targets.as_slice() {
        [None] => Source::Create,
        [Some(StorageTarget::DataStream(arn))] => Source::Stream(arn.clone()),
        [Some(StorageTarget::DeliveryStream(arn))] if content == CONTACT_RECORDS => {
            match bucket(facts, arn) {
                Some(Ok((bucket, prefix))) => Source::Bucket { bucket, prefix },
                Some(Err(_)) => Source::Off,
                None => Source::Unknown,
            }
        }
        [Some(_)] => Source::Off,
        _ => {
            let text = format!(
                "The instances' {content} do not go to one place. A deployment reads one stream of a kind, so they are left off: let all go to one data stream, or deploy instances apart, each with a `name`."
            );
            findings.push(Finding::new(Verdict::Collides, text, "compared with each other"));
            Source::Off
        }
    }
}

fn association(
    facts: &Facts,
    content: &str,
    name: &str,
    target: Option<&StorageTarget>,
    call: &str,
) -> Finding {
    let one_of_a_kind = "An instance has one association of a kind";
    match target {
        None => Finding::new(
            Verdict::There,
            format!("{content} of {name} go nowhere: the deployment makes a stream and associates it."),
            call,
        ),
        Some(StorageTarget::DataStream(arn)) => {
            let text = format!(
                "{content} of {name} go to the data stream {arn}. {one_of_a_kind}, so it is read where it is."
            );
            let (verdict, more) = match streams::misplacement(arn, facts) {
                Some(reason) => (Verdict::Collides, format!(" It {reason}.")),
                None => (Verdict::There, String::new()),
            };
            Finding::new(verdict, text + &more, call)
        }
        Some(StorageTarget::DeliveryStream(arn)) => {
            let text = format!("{content} of {name} go to the delivery stream {arn}. {one_of_a_kind}");
            let (verdict, more) = match bucket(facts, arn).filter(|_| content == CONTACT_RECORDS) {
                Some(Ok((bucket, _))) => (
                    Verdict::There,
                    format!(", so its objects are read where they are: in {bucket}, when EventBridge tells of them."),
                ),
                Some(Err(reason)) => (
                    Verdict::Collides,
                    format!(
                        ", and functions can't read its objects: {reason}. They are left off, with what is made of them."
                    ),
                ),
                None => (
                    Verdict::Collides,
                    ", and functions read data streams: let Connect send to a data stream that the delivery stream then reads."
                        .to_owned(),
                ),
            };
            Finding::new(verdict, text + &more, call)
        }
        Some(StorageTarget::Other(kind)) => {
            let text =
                format!("{content} of {name} go to a place of type {kind}, which functions do not read.");
            Finding::new(Verdict::Collides, text, call)
        }
    }
}

/// The bucket that a delivery stream fills, and what its keys begin with; or why functions can't read its objects. [`None`] if the
/// stream could not be looked at.
fn bucket(facts: &Facts, arn: &str) -> Option<Result<(String, String), &'static str>> {
    let stream = facts.delivery_streams.get(arn)?.known()?;
    let bucket = bucket_name(&stream.bucket);
    // What follows is different for each object.
    let prefix = stream.prefix.split("!{").next().unwrap_or_default();
    Some(if bucket.is_empty() {
        Err("it fills no bucket")
    } else if bucket.contains('.') {
        Err(
            "the bucket's name has a dot, and the certificates of S3 cover no such name: let it fill another bucket",
        )
    } else if stream.is_columnar {
        Err("they are Parquet or ORC")
    } else if !["UNCOMPRESSED", "GZIP"].contains(&&*stream.compression) {
        Err("they are neither plain nor compressed with gzip")
    } else {
        Ok((bucket.to_owned(), prefix.to_owned()))
    })
}

fn flow_logs(facts: &Facts, findings: &mut Vec<Finding>) -> Source {
    let mut choices = Vec::new();
    for one in &facts.instances {
        let name = name(one);
        let Some(observation) = &one.flow_logs else {
            let text = format!("the log group of flows of {name}: could not look: it is named by the alias");
            findings.push(Finding::new(Verdict::Unknown, text, &one.alias.call));
            return Source::Unknown;
        };
        if let Some(finding) = Finding::unknown(&format!("the log group of flows of {name}"), observation) {
            findings.push(finding);
            return Source::Unknown;
        }
        let (choice, verdict, text) = log_group(name, observation.known().and_then(Option::as_deref));
        findings.push(Finding::new(verdict, text, &observation.call));
        choices.push(choice);
    }
    choices.dedup();
    if let [choice] = choices.as_slice() {
        return choice.clone();
    }
    let text = "The flow logs of these instances can't be had in one way: they are left off. Let all go to one data stream and name it in \
                `sources.flowLogs`.";
    findings.push(Finding::new(Verdict::Collides, text, "computed from the findings on log groups"));
    Source::Off
}

fn log_group(name: &str, targets: Option<&[String]>) -> (Source, Verdict, String) {
    let group = format!("/aws/connect/{name}");
    let Some(targets) = targets else {
        let text = format!(
            "{group} is not there: flow logs are not enabled in the instance. They are left off; enable them and deploy with \"create\"."
        );
        return (Source::Off, Verdict::Note, text);
    };
    if targets.len() < MOST_SUBSCRIPTIONS {
        let text = format!(
            "{group} has {} of {MOST_SUBSCRIPTIONS} subscriptions: the deployment takes one.",
            targets.len()
        );
        return (Source::Create, Verdict::There, text);
    }
    let stream = targets.iter().find(|arn| arn.split(':').nth(2) == Some("kinesis"));
    if let Some(arn) = stream {
        let text = format!(
            "{group} has its {MOST_SUBSCRIPTIONS} subscriptions, and one of them fills the data stream {arn}, which is read."
        );
        return (Source::Stream(arn.clone()), Verdict::There, text);
    }
    let text = format!(
        "{group} has its {MOST_SUBSCRIPTIONS} subscriptions, and none goes to a data stream. Flow logs are left off; let one of them go to a data stream and name it in `sources.flowLogs`."
    );
    (Source::Off, Verdict::Collides, text)
}

impl Source {
    /// The setting; [`None`] if it is the default or unknown.
    pub(super) fn setting(&self, facts: &Facts, own_readers: u64) -> Option<Value> {
        match self {
            Self::Create | Self::Unknown => None,
            Self::Off => Some("off".into()),
            Self::Bucket { bucket, prefix } => {
                let mut setting = json!({ "bucket": bucket, "prefix": prefix });
                let streams = facts.delivery_streams.values().filter_map(Observation::known);
                let mut filling = streams.filter(|stream| bucket_name(&stream.bucket) == bucket);
                if let Some(key) = filling.find_map(|stream| stream.key.known()?.as_ref())
                    && let Some(setting) = setting.as_object_mut()
                {
                    setting.insert("keyArn".to_owned(), key.as_str().into());
                }
                Some(setting)
            }
            Self::Stream(arn) => {
                let mut setting = json!({ "streamArn": arn });
                let stream = facts.streams.get(arn);
                if let Some(key) = stream.and_then(|stream| stream.key.known()?.as_ref())
                    && let Some(setting) = setting.as_object_mut()
                {
                    setting.insert("keyArn".to_owned(), key.as_str().into());
                }
                if stream.is_some_and(|stream| !streams::has_room_for_consumers(stream, own_readers))
                    && let Some(setting) = setting.as_object_mut()
                {
                    setting.insert("reading".to_owned(), "shared".into());
                }
                Some(setting)
            }
        }
    }
}
