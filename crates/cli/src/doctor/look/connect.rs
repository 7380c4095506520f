//! An instance: its associations, its size, its log group of flows.

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
    let alias = alias(services, id).await;
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

async fn alias(services: &Services, id: &str) -> Observation<String> {
    let described = services.connect.get(&format!("/instance/{id}"), &[]).await;
    let alias = described.and_then(|answer| {
        text(answer.get("Instance").unwrap_or(&Value::Null), "InstanceAlias")
            .ok_or_else(|| lacking("InstanceAlias"))
    });
    observed(services.connect.call("DescribeInstance", id), alias)
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
