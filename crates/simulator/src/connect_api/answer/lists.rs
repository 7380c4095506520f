//! `ListQueues`, `ListRoutingProfiles`, `ListAgentStatuses`, `ListUsers`.

use serde_json::{Value, json};

use super::Answer;
use crate::connect_api::{
    centre::{CentreModel, Resource, STATUSES},
    error::ApiError,
};

/// Standard queues and the agents' own, unless the query wants one type.
pub(super) fn queues(centre: &CentreModel, query: &[(String, String)]) -> Result<Answer, ApiError> {
    let wanted = wanted(query, "queueTypes", &["STANDARD", "AGENT"])?;
    let mut rows = Vec::new();
    if wanted("STANDARD") {
        rows.extend(centre.queues.iter().map(|queue| typed(&queue.resource, "QueueType", "STANDARD")));
    }
    if wanted("AGENT") {
        rows.extend(centre.users.iter().map(|user| typed(&user.queue, "QueueType", "AGENT")));
    }
    Ok(Answer::new("QueueSummaryList", rows))
}

/// All of them.
pub(super) fn routing_profiles(centre: &CentreModel) -> Answer {
    let rows = centre.profiles.iter().map(|profile| summary(&profile.resource, "Name")).collect();
    Answer::new("RoutingProfileSummaryList", rows)
}

/// All of them, unless the query wants some types.
pub(super) fn agent_statuses(centre: &CentreModel, query: &[(String, String)]) -> Result<Answer, ApiError> {
    let wanted = wanted(query, "AgentStatusTypes", &["ROUTABLE", "CUSTOM", "OFFLINE"])?;
    let statuses = centre.statuses.iter().zip(STATUSES).filter(|(_, (_, kind))| wanted(kind));
    let rows = statuses.map(|(status, (_, kind))| typed(status, "Type", kind)).collect();
    Ok(Answer::new("AgentStatusSummaryList", rows))
}

/// All of them.
pub(super) fn users(centre: &CentreModel) -> Answer {
    let rows = centre.users.iter().map(|user| summary(&user.resource, "Username")).collect();
    Answer::new("UserSummaryList", rows)
}

/// Whether a type is among those that the query names; all are where it names none.
fn wanted(
    query: &[(String, String)],
    parameter: &str,
    types: &[&str],
) -> Result<impl Fn(&str) -> bool + use<>, ApiError> {
    let named: Vec<String> =
        query.iter().filter(|(name, _)| name == parameter).map(|(_, value)| value.clone()).collect();
    if named.iter().any(|name| !types.contains(&name.as_str())) {
        return Err(ApiError::parameter(format_args!("{parameter} has a value that is none of {types:?}")));
    }
    Ok(move |kind: &str| named.is_empty() || named.iter().any(|name| name == kind))
}

fn summary(resource: &Resource, name: &str) -> Value {
    let mut row = json!({
        "Id": resource.id,
        "Arn": resource.arn,
        "LastModifiedRegion": "ap-southeast-2",
        "LastModifiedTime": 1_767_225_600.0,
    });
    if let Some(row) = row.as_object_mut()
        && !resource.name.is_empty()
    {
        row.insert(name.to_owned(), resource.name.clone().into());
    }
    row
}

fn typed(resource: &Resource, member: &str, kind: &str) -> Value {
    let mut row = summary(resource, "Name");
    if let Some(row) = row.as_object_mut() {
        row.insert(member.to_owned(), kind.into());
    }
    row
}
