//! What the operations answer, before it is cut into pages.

mod contact;
mod contact_search;
mod current_metrics;
mod current_users;
mod filters;
mod history;
mod instance;
mod intervals;
mod lists;
mod metric_v1;
mod metric_v2;

use jiff::Timestamp;
use serde::{Deserialize as _, de::DeserializeOwned};
use serde_json::{Map, Value};
use switchboard_core::arn::last_segment;
use uuid::Uuid;

#[cfg(test)]
pub(super) use self::history::require_kept;
use super::{
    associations::Account,
    error::ApiError,
    live::{LiveCentre, number, ratio},
    operation::Operation,
};
use crate::{
    fixtures::INSTANCE_ARN,
    model::{Millis, SECOND},
};

/// All that there is to answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    /// The member that the rows are in; [`None`] where there are no rows, and no pages.
    pub(crate) member: Option<&'static str>,
    pub(crate) rows: Rows,
    /// What stands beside them on every page.
    pub(crate) beside: Map<String, Value>,
}

/// The rows of an answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Rows {
    /// As they are written.
    Made(Vec<Value>),
    /// Contacts by their ids, of which a search may find very many: their rows are made for one page at a time.
    Contacts(Vec<Uuid>),
}

impl Rows {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Made(rows) => rows.len(),
            Self::Contacts(ids) => ids.len(),
        }
    }

    /// Up to so many of them, from that one on. A contact that is not kept any more has none.
    pub(crate) fn page(&self, centre: &LiveCentre, offset: usize, size: usize) -> Vec<Value> {
        match self {
            Self::Made(rows) => rows.iter().skip(offset).take(size).cloned().collect(),
            Self::Contacts(ids) => {
                let found = ids.iter().skip(offset).take(size).filter_map(|id| centre.contact_of(*id));
                found.map(|(contact, _)| contact::summary(centre, contact)).collect()
            }
        }
    }
}

impl Answer {
    fn new(member: &'static str, rows: Vec<Value>) -> Self {
        Self { member: Some(member), rows: Rows::Made(rows), beside: Map::new() }
    }

    /// One thing alone.
    fn single(member: &str, value: Value) -> Self {
        Self {
            member: None,
            rows: Rows::Made(Vec::new()),
            beside: Map::from_iter([(member.to_owned(), value)]),
        }
    }

    /// One that tells how many results there are in all.
    fn counted(member: &'static str, rows: Rows, count: &str) -> Self {
        let beside = Map::from_iter([(count.to_owned(), rows.len().into())]);
        Self { member: Some(member), rows, beside }
    }
}

/// What a call asks for: its path's instance, its query and its body.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Asked {
    pub(crate) operation: Operation,
    /// The id of the instance; an ARN in the body takes its place where the path has none.
    pub(crate) instance: Option<String>,
    /// The id of what the path names in the instance.
    pub(crate) resource: Option<String>,
    /// Names and values, in order, decoded.
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Value,
}

/// Where the time begins that a call asks for, in seconds since 1970.
pub(crate) fn begins_at(asked: &Asked) -> Option<i64> {
    EpochSeconds::deserialize(asked.body.get("StartTime")?).ok()?.whole()
}

/// Answers a call, as it is in the centre, which has come to that moment.
pub(crate) fn answer(
    centre: &LiveCentre,
    account: &Account,
    now: Timestamp,
    asked: &Asked,
) -> Result<Answer, ApiError> {
    let second = account.second.as_ref().filter(|second| asked.instance.as_deref() == Some(&*second.id));
    let is_known = |id| id == last_segment(INSTANCE_ARN) || second.is_some();
    if !asked.instance.as_deref().is_none_or(is_known) {
        return Err(ApiError::not_found("instance"));
    }
    match asked.operation {
        Operation::DescribeInstance => Ok(instance::description(second)),
        Operation::ListInstances => Ok(instance::list(account)),
        Operation::ListInstanceStorageConfigs => instance::storage(&account.associations, &asked.query),
        Operation::ListQueues => lists::queues(centre, &asked.query),
        Operation::ListRoutingProfiles => Ok(lists::routing_profiles(centre)),
        Operation::ListAgentStatuses => lists::agent_statuses(centre, &asked.query),
        Operation::ListUsers => Ok(lists::users(centre)),
        Operation::GetCurrentMetricData => current_metrics::answer(centre, now, &input(&asked.body)?),
        Operation::GetMetricData => history::answer(centre, now, &input(&asked.body)?),
        Operation::GetMetricDataV2 => intervals::answer(centre, now, &input(&asked.body)?),
        Operation::GetCurrentUserData => current_users::answer(centre, &input(&asked.body)?),
        Operation::SearchContacts => contact_search::answer(centre, &input(&asked.body)?),
        Operation::DescribeContact => contact::answer(centre, asked.resource.as_deref().unwrap_or_default()),
    }
}

/// How many values the filters of a call have.
pub(crate) fn filter_values(asked: &Asked) -> usize {
    match asked.body.get("Filters") {
        Some(Value::Object(filters)) => filters.values().filter_map(Value::as_array).map(Vec::len).sum(),
        Some(Value::Array(filters)) => {
            filters.iter().filter_map(|filter| filter.get("FilterValues")?.as_array()).map(Vec::len).sum()
        }
        _ => 0,
    }
}

fn input<T: DeserializeOwned>(body: &Value) -> Result<T, ApiError> {
    T::deserialize(body)
        .map_err(|_| ApiError::request("the request has a member of the wrong type, or lacks one"))
}

/// A moment on the wire: seconds since 1970, with milliseconds as a fraction.
fn epoch(at: Millis) -> f64 {
    number(at) / number(SECOND)
}

/// A time on the wire: seconds since 1970, with a fraction where there is one.
#[derive(Debug, Clone, Copy, serde::Deserialize)]
#[serde(transparent)]
struct EpochSeconds(f64);

impl EpochSeconds {
    /// The whole second; `None` where there is a fraction.
    #[expect(clippy::cast_possible_truncation, reason = "a whole number within the calendar's bounds")]
    fn whole(self) -> Option<i64> {
        (self.0.fract() == 0.0 && self.0.abs() < 1e11).then_some(self.0 as i64)
    }

    /// Milliseconds since 1970.
    #[expect(clippy::cast_possible_truncation, reason = "a number within the calendar's bounds")]
    fn millis(self) -> Option<Millis> {
        (self.0.abs() < 1e11).then_some((self.0 * 1000.0).round() as i64)
    }
}
