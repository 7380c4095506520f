//! An instance: its associations, its size, its log group of flows.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use switchboard_core::instance::Instance;

use super::services::{Paged, Services, lacking, observed, text, texts};
use crate::doctor::{
    facts::{InstanceFacts, StorageTarget},
    observation::Observation,
};

/// The greatest page of lists of instances and associations, and of other lists.
const SMALL_PAGE: (&str, &str) = ("maxResults", "10");
const LARGE_PAGE: (&str, &str) = ("maxResults", "1000");

/// The facts of one instance.
pub(super) async fn instance(services: &Services, instance: &Instance) -> InstanceFacts {
    let id = instance.id();
    let described = services.connect.get(&format!("/instance/{id}"), &[]).await;
    let replica_regions = described.as_ref().map(|answer| other_regions(answer, instance.region()));
    let alias = observed(
        services.connect.call("DescribeInstance", id),
        described.as_ref().map_err(Clone::clone).and_then(alias),
    );
    let flow_logs = match alias.known() {
        Some(alias) => Some(flow_logs(services, alias).await),
        None => None,
    };
    let queues = count(
        services,
        "ListQueues",
        ("queues-summary", id),
        "QueueSummaryList",
        &[("queueTypes", "STANDARD")],
    );
    let users = count(services, "ListUsers", ("users-summary", id), "UserSummaryList", &[]);
    InstanceFacts {
        instance: instance.clone(),
        alias,
        replica_regions: replica_regions.unwrap_or_default(),
        contact_records: association(services, id, "CONTACT_TRACE_RECORDS").await,
        agent_events: association(services, id, "AGENT_EVENTS").await,
        flow_logs,
        queues: queues.await,
        users: users.await,
    }
}

/// All instances of the account and Region.
pub(super) async fn all_instances(services: &Services) -> Observation<Vec<String>> {
    let call = services.connect.call("ListInstances", "");
    let rows = services.connect.get_all("/instance", &[SMALL_PAGE], paged("InstanceSummaryList")).await;
    observed(call, rows.map(|rows| texts(&rows, "Arn")))
}

fn alias(answer: &Value) -> Result<String, String> {
    let alias = text(answer.get("Instance").unwrap_or(&Value::Null), "InstanceAlias");
    alias.ok_or_else(|| lacking("InstanceAlias"))
}

/// The Regions of an instance's source and replicas, but this one. A replication that failed or is being deleted has none.
fn other_regions(answer: &Value, own: &str) -> Vec<String> {
    let Some(replication) = answer.get("ReplicationConfiguration") else { return Vec::new() };
    let summaries = replication.get("ReplicationStatusSummaryList").and_then(Value::as_array);
    let is_complete =
        |row: &&Value| text(row, "ReplicationStatus").as_deref() == Some("INSTANCE_REPLICATION_COMPLETE");
    let replicas = summaries.into_iter().flatten().filter(is_complete).filter_map(|row| text(row, "Region"));
    let regions: BTreeSet<String> = replicas.chain(text(replication, "SourceRegion")).collect();
    regions.into_iter().filter(|region| region != own).collect()
}

async fn association(services: &Services, id: &str, kind: &str) -> Observation<Option<StorageTarget>> {
    let (path, query) = (format!("/instance/{id}/storage-configs"), [("resourceType", kind), SMALL_PAGE]);
    let rows = services.connect.get_all(&path, &query, paged("StorageConfigs")).await;
    let call = services.connect.call("ListInstanceStorageConfigs", &format!("{id} {kind}"));
    observed(call, rows.map(|rows| rows.first().map(target)))
}

fn target(row: &Value) -> StorageTarget {
    let arn = |config: &str, member: &str| text(row.get(config)?, member);
    if let Some(arn) = arn("KinesisStreamConfig", "StreamArn") {
        return StorageTarget::DataStream(arn);
    }
    if let Some(arn) = arn("KinesisFirehoseConfig", "FirehoseArn") {
        return StorageTarget::DeliveryStream(arn);
    }
    StorageTarget::Other(text(row, "StorageType").unwrap_or_default())
}

async fn count(
    services: &Services,
    operation: &str,
    (folder, id): (&str, &str),
    rows: &'static str,
    query: &[(&str, &str)],
) -> Observation<u64> {
    let query: Vec<_> = query.iter().copied().chain([LARGE_PAGE]).collect();
    let found = services.connect.get_all(&format!("/{folder}/{id}"), &query, paged(rows)).await;
    observed(services.connect.call(operation, id), found.map(|rows| rows.len() as u64))
}

/// The subscriptions of the log group of flows; [`None`] without that group.
async fn flow_logs(services: &Services, alias: &str) -> Observation<Option<Vec<String>>> {
    let group = format!("/aws/connect/{alias}");
    let groups = Paged { rows: "logGroups", next: "nextToken", token: "nextToken" };
    let found =
        services.logs.post_all("DescribeLogGroups", json!({ "logGroupNamePrefix": group }), groups).await;
    let call = services.logs.call("DescribeLogGroups", &group);
    match found {
        Err(error) => return observed(call, Err(error)),
        Ok(found) if !texts(&found, "logGroupName").contains(&group) => return observed(call, Ok(None)),
        Ok(_) => {}
    }
    let filters = Paged { rows: "subscriptionFilters", next: "nextToken", token: "nextToken" };
    let request = json!({ "logGroupName": group });
    let found = services.logs.post_all("DescribeSubscriptionFilters", request, filters).await;
    let call = services.logs.call("DescribeSubscriptionFilters", &group);
    observed(call, found.map(|rows| Some(texts(&rows, "destinationArn"))))
}

const fn paged(rows: &'static str) -> Paged {
    Paged { rows, next: "NextToken", token: "nextToken" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_s_other_regions_are_its_source_s_and_its_replicas() {
        let row = |region: &str, status: &str| json!({ "Region": region, "ReplicationStatus": status });
        let complete = "INSTANCE_REPLICATION_COMPLETE";
        let rows = [
            row("eu-west-2", complete),
            row("eu-central-1", complete),
            row("us-west-2", "INSTANCE_REPLICA_DELETING"),
        ];
        let replication = json!({ "SourceRegion": "eu-west-2", "ReplicationStatusSummaryList": rows });
        let answer =
            json!({ "Instance": { "InstanceAlias": "example" }, "ReplicationConfiguration": replication });
        assert_eq!(other_regions(&answer, "eu-west-2"), ["eu-central-1"]);
        assert_eq!(other_regions(&answer, "eu-central-1"), ["eu-west-2"]);
        assert!(other_regions(&json!({ "Instance": {} }), "eu-west-2").is_empty());
    }
}
