//! What the account has: rules, functions and streams by name, and its quotas of Connect's API.

use serde_json::{Value, json};

use super::services::{Paged, Services, observed, text, texts};
use crate::doctor::{
    facts::{Quota, Rule},
    observation::Observation,
};

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
