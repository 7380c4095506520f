//! The facts of instances and of their account, as AWS's APIs return them.

use std::collections::BTreeMap;

use switchboard_core::instance::Instance;

use super::observation::Observation;

/// All facts.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    /// The instances that were named, the first one first.
    pub(super) instances: Vec<InstanceFacts>,
    /// The ARNs of all instances of the account and Region.
    pub(super) all_instances: Observation<Vec<String>>,
    /// Data streams that instances and log groups send to, by ARN.
    pub(super) streams: BTreeMap<String, StreamFacts>,
    /// Delivery streams that instances send to, by ARN.
    pub(super) delivery_streams: BTreeMap<String, Observation<DeliveryStream>>,
    /// Rules of the default bus.
    pub(super) rules: Observation<Vec<Rule>>,
    /// Functions of the account, by name.
    pub(super) functions: Observation<Vec<String>>,
    /// Data streams of the account, by name.
    pub(super) stream_names: Observation<Vec<String>>,
    /// Queues whose names begin as those of deployments do, by name.
    pub(super) queues: Observation<Vec<String>>,
    /// Functions' log groups whose names begin so, by the function's name; the function may be gone.
    pub(super) log_groups: Observation<Vec<String>>,
    /// Search domains of the account, by name.
    pub(super) search_domains: Observation<Vec<String>>,
    /// The account's quotas of Connect, as they are listed.
    pub(super) quotas: Observation<Vec<Quota>>,
}

/// A quota of Connect.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Quota {
    /// Its name, which has the operation's: `Rate of GetMetricDataV2 API requests`.
    pub(super) name: String,
    /// Its code, by which Service Quotas is asked to raise it: `L-…`.
    pub(super) code: String,
    /// For a rate, requests a second.
    pub(super) value: f64,
}

/// The facts of one instance.
#[derive(Debug, Clone)]
pub(super) struct InstanceFacts {
    pub(super) instance: Instance,
    pub(super) alias: Observation<String>,
    /// The other Regions that its configuration is replicated in. Known where the alias is: one call tells both.
    pub(super) replica_regions: Vec<String>,
    /// Where contact records go; nowhere without an association.
    pub(super) contact_records: Observation<Option<StorageTarget>>,
    /// Where agent events go.
    pub(super) agent_events: Observation<Option<StorageTarget>>,
    /// The subscriptions' targets of the log group of flows, by ARN; [`None`] if the group is not there. Not looked at without an alias.
    pub(super) flow_logs: Option<Observation<Option<Vec<String>>>>,
    pub(super) queues: Observation<u64>,
    pub(super) users: Observation<u64>,
}

/// The target of an association.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum StorageTarget {
    DataStream(String),
    DeliveryStream(String),
    /// A place of another type, as Connect names it.
    Other(String),
}

/// The facts of a data stream.
#[derive(Debug, Clone)]
pub(super) struct StreamFacts {
    pub(super) summary: Observation<StreamSummary>,
    /// The key that its policy has to allow: [`None`] without encryption or by a key that AWS manages.
    pub(super) key: Observation<Option<String>>,
    /// The names of its consumers (enhanced fan-out).
    pub(super) consumers: Observation<Vec<String>>,
    /// Functions that poll it, by ARN, those with a consumer not among them.
    pub(super) polling_functions: Observation<Vec<String>>,
    /// Delivery streams that read it, by name.
    pub(super) delivery_streams: Observation<Vec<String>>,
}

/// The summary of a data stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StreamSummary {
    pub(super) open_shards: u64,
    pub(super) retention_hours: u64,
    pub(super) is_on_demand: bool,
}

/// A delivery stream with an S3 bucket as its target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DeliveryStream {
    /// The bucket's ARN, empty if it delivers to none.
    pub(super) bucket: String,
    pub(super) prefix: String,
    /// True if records are converted to Parquet or ORC.
    pub(super) is_columnar: bool,
    pub(super) compression: String,
    /// The key of the centre's own that its objects are encrypted with: the delivery stream's, or else the bucket's.
    pub(super) key: Observation<Option<String>>,
    /// Whether the bucket notifies EventBridge.
    pub(super) notifies: Observation<bool>,
}

/// A rule of the default bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) name: String,
    /// True if its pattern names Connect's events.
    pub(super) is_of_connect: bool,
}

/// The name of a bucket, by its ARN, which has neither Region nor account; empty where there is none.
pub(super) fn bucket_name(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or_default()
}
