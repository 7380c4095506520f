//! `ListQueues`, `ListRoutingProfiles`, `ListAgentStatuses`, `ListUsers`.

use serde_json::{Value, json};
use switchboard_core::arn::last_segment;

use super::Answer;
use crate::{
    connect_api::{error::ApiError, live::LiveCentre},
    model::StatusChoice,
};

/// Standard queues and the agents' own, unless the query wants one type.
pub(super) fn queues(centre: &LiveCentre, query: &[(String, String)]) -> Result<Answer, ApiError> {
    let wanted = wanted(query, "queueTypes", &["STANDARD", "AGENT"])?;
    let mut rows = Vec::new();
    if wanted("STANDARD") {
        let queues = centre.directory().queues.iter().filter(|queue| queue.deleted.is_none());
        rows.extend(queues.map(|queue| typed(&queue.arn, &queue.name, "QueueType", "STANDARD")));
    }
    if wanted("AGENT") {
        rows.extend(
            centre.people().map(|(_, person)| typed(&person.own_queue_arn, "", "QueueType", "AGENT")),
        );
    }
    Ok(Answer::new("QueueSummaryList", rows))
}

/// All of them.
pub(super) fn routing_profiles(centre: &LiveCentre) -> Answer {
    let profiles = centre.directory().profiles.iter();
    let rows = profiles.map(|profile| summary(&profile.arn, "Name", &profile.name)).collect();
    Answer::new("RoutingProfileSummaryList", rows)
}

/// All of them, unless the query wants some types.
pub(super) fn agent_statuses(centre: &LiveCentre, query: &[(String, String)]) -> Result<Answer, ApiError> {
    let wanted = wanted(query, "AgentStatusTypes", &["ROUTABLE", "CUSTOM", "OFFLINE"])?;
    let statuses = StatusChoice::ALL.into_iter().map(|choice| centre.directory().status(choice));
    let rows = statuses.filter(|status| wanted(status.kind));
    let rows = rows.map(|status| typed(&status.arn, &status.name, "Type", status.kind)).collect();
    Ok(Answer::new("AgentStatusSummaryList", rows))
}

/// All of them.
pub(super) fn users(centre: &LiveCentre) -> Answer {
    let rows =
        centre.people().map(|(_, person)| summary(&person.arn, "Username", &person.username)).collect();
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

/// Agent queues have no name.
fn summary(arn: &str, member: &str, name: &str) -> Value {
    let mut row = json!({
        "Id": last_segment(arn),
        "Arn": arn,
        "LastModifiedRegion": "ap-southeast-2",
        "LastModifiedTime": 1_767_225_600.0,
    });
    if let Some(row) = row.as_object_mut()
        && !name.is_empty()
    {
        row.insert(member.to_owned(), name.into());
    }
    row
}

fn typed(arn: &str, name: &str, member: &str, kind: &str) -> Value {
    let mut row = summary(arn, "Name", name);
    if let Some(row) = row.as_object_mut() {
        row.insert(member.to_owned(), kind.into());
    }
    row
}
