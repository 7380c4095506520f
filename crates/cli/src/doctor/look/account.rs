//! What the account has: what deployments give names, by name, and its quotas of Connect's API.

use serde_json::{Value, json};
use switchboard_aws::Failure;
use switchboard_core::arn::last_segment;

use super::services::{Paged, Services, observed, text, texts};
use crate::doctor::{
    facts::{Quota, Rule},
    observation::Observation,
};

/// What all names that a deployment gives begin with.
const PREFIX: &str = "switchboard-";
/// What the names of functions' log groups begin with.
const LOG_GROUP: &str = "/aws/lambda/";

/// Rules of the default bus.
pub(super) async fn rules(services: &Services) -> Observation<Vec<Rule>> {
    let paged = Paged { rows: "Rules", next: "NextToken", token: "NextToken" };
    let rows = services.events.post_all("ListRules", json!({}), paged).await;
    let rules = rows.map(|rows| rows.iter().filter_map(rule).collect());
    observed(services.events.call("ListRules", "default"), rules)
}

fn rule(row: &Value) -> Option<Rule> {
    let pattern = text(row, "EventPattern").unwrap_or_default();
    Some(Rule { name: text(row, "Name")?, is_of_connect: pattern.contains("\"aws.connect\"") })
}

/// The names of functions.
pub(super) async fn functions(services: &Services) -> Observation<Vec<String>> {
    let paged = Paged { rows: "Functions", next: "NextMarker", token: "Marker" };
    let rows = services.lambda.get_all("/2015-03-31/functions/", &[("MaxItems", "50")], paged).await;
    observed(services.lambda.call("ListFunctions", ""), rows.map(|rows| texts(&rows, "FunctionName")))
}

/// The names of data streams.
pub(super) async fn streams(services: &Services) -> Observation<Vec<String>> {
    let paged = Paged { rows: "StreamSummaries", next: "NextToken", token: "NextToken" };
    let rows = services.kinesis.post_all("ListStreams", json!({ "Limit": 1000 }), paged).await;
    observed(services.kinesis.call("ListStreams", ""), rows.map(|rows| texts(&rows, "StreamName")))
}

/// The names of queues that begin as a deployment's.
pub(super) async fn queues(services: &Services) -> Observation<Vec<String>> {
    let request = services.sqs.list_queues().queue_name_prefix(PREFIX).max_results(1000);
    let pages: Result<Vec<_>, _> = request.into_paginator().send().try_collect().await;
    let urls = pages.map(|pages| pages.into_iter().flat_map(|page| page.queue_urls.unwrap_or_default()));
    let names = urls.map(|urls| urls.map(|url| last_segment(&url).to_owned()).collect());
    observed(format!("sqs ListQueues {PREFIX}"), names.map_err(|error| Failure::from(&error).to_string()))
}

/// The names of the functions whose log groups are there.
pub(super) async fn log_groups(services: &Services) -> Observation<Vec<String>> {
    let paged = Paged { rows: "logGroups", next: "nextToken", token: "nextToken" };
    let prefix = format!("{LOG_GROUP}{PREFIX}");
    let rows =
        services.logs.post_all("DescribeLogGroups", json!({ "logGroupNamePrefix": prefix }), paged).await;
    let names = rows.map(|rows| {
        let names = texts(&rows, "logGroupName").into_iter();
        names.filter_map(|name| name.strip_prefix(LOG_GROUP).map(str::to_owned)).collect()
    });
    observed(services.logs.call("DescribeLogGroups", &prefix), names)
}

/// The names of search domains.
pub(super) async fn search_domains(services: &Services) -> Observation<Vec<String>> {
    let answer = services.search.get("/2021-01-01/domain", &[]).await;
    let rows =
        answer.map(|answer| answer.get("DomainNames").and_then(Value::as_array).cloned().unwrap_or_default());
    observed(services.search.call("ListDomainNames", ""), rows.map(|rows| texts(&rows, "DomainName")))
}

/// The quotas of Connect.
pub(super) async fn quotas(services: &Services) -> Observation<Vec<Quota>> {
    let paged = Paged { rows: "Quotas", next: "NextToken", token: "NextToken" };
    let request = json!({ "ServiceCode": "connect", "MaxResults": 100 });
    let rows = services.quotas.post_all("ListServiceQuotas", request, paged).await;
    let quotas = rows.map(|rows| rows.iter().filter_map(quota).collect());
    observed(services.quotas.call("ListServiceQuotas", "connect"), quotas)
}

fn quota(row: &Value) -> Option<Quota> {
    let code = text(row, "QuotaCode").unwrap_or_default();
    Some(Quota { name: text(row, "QuotaName")?, code, value: row.get("Value")?.as_f64()? })
}
