//! The polls of the current state: queues and agents.

use jiff::Timestamp;
use switchboard_sql::SqlError;
use tokio::time::Instant;

use super::{PollReport, Poller, fetch_deadline, ids};
use crate::{
    api::ApiError,
    rows::{CurrentUser, Resource, ResourceKind, Sample},
    store::SaveReport,
    tables::Table,
};

impl Poller {
    /// Polls the current metrics of the queues.
    ///
    /// # Errors
    ///
    /// When the tables can't be read or written.
    pub async fn current(&self, deadline: Instant) -> Result<PollReport, SqlError> {
        let queues = match self.resources(ResourceKind::Queue, deadline).await? {
            Ok(queues) => ids(&queues),
            Err(error) => return Ok(unchanged(Table::CurrentMetrics, error)),
        };
        let response = self.connect.current_metrics(&queues, fetch_deadline(deadline)).await;
        let saved = if response.sample.rows.is_empty() && !response.sample.complete {
            SaveReport::default()
        } else {
            self.store.save_current_metrics(&response.sample, deadline).await?
        };
        self.refresh_if_not_found(&[ResourceKind::Queue], response.error.as_ref(), deadline).await?;
        let refused_metrics = self.connect.refused_metrics(Table::CurrentMetrics);
        Ok(PollReport { refused_metrics, ..PollReport::new(Table::CurrentMetrics, saved, response.error) })
    }

    /// Polls the current state of the agents.
    ///
    /// Connect filters agents by routing profile, so each poll lists the profiles first: an agent with a new profile
    /// would otherwise be absent and be reset to offline.
    ///
    /// # Errors
    ///
    /// When the tables can't be read or written.
    pub async fn users(&self, deadline: Instant) -> Result<PollReport, SqlError> {
        let (profiles, unlisted) = match self.routing_profiles(deadline).await? {
            Ok(profiles) => profiles,
            Err(error) => return Ok(unchanged(Table::CurrentUsers, error)),
        };
        let mut response = self.connect.current_users(&profiles, fetch_deadline(deadline)).await;
        if let Some(unlisted) = unlisted {
            response.sample.complete = false;
            response.error.get_or_insert(unlisted);
        }
        if response.sample.rows.iter().any(lacks_name) {
            // Without the list a status has no name; the agent is saved nevertheless.
            let statuses = self.resources(ResourceKind::AgentStatus, deadline).await?.unwrap_or_default();
            name_statuses(&mut response.sample.rows, &statuses);
        }
        let saved = if response.sample.rows.is_empty() && !response.sample.complete {
            SaveReport::default()
        } else {
            self.store.save_current_users(&response.sample, deadline).await?
        };
        Ok(PollReport::new(Table::CurrentUsers, saved, response.error))
    }

    /// The ids of the current routing profiles; if listing fails, those of the last list, with the error.
    async fn routing_profiles(
        &self,
        deadline: Instant,
    ) -> Result<Result<(Vec<String>, Option<ApiError>), ApiError>, SqlError> {
        let kind = ResourceKind::RoutingProfile;
        let before = self.cached(kind);
        let sampled_at = Timestamp::now();
        // Every instance has one. With an empty filter no agent would be read, and all would be reset to offline.
        let listed = match self.connect.list(kind, fetch_deadline(deadline)).await {
            Ok(listed) if listed.is_empty() => Err(ApiError::EmptyList(kind.name())),
            listed => listed,
        };
        match listed {
            Ok(listed) => {
                let profiles = ids(&listed);
                if before.is_none_or(|before| *before != *listed) {
                    let sample = Sample { sampled_at, complete: false, rows: listed.clone() };
                    self.store.save_metadata(&sample, &[kind], deadline).await?;
                }
                self.cache(kind, listed.into());
                Ok(Ok((profiles, None)))
            }
            Err(error) if error.ends_the_poll() => Ok(Err(error)),
            Err(error) => {
                let known = match before {
                    Some(before) => ids(&before),
                    None => ids(&self.store.resources(kind, deadline).await?),
                };
                Ok(if known.is_empty() { Err(error) } else { Ok((known, Some(error))) })
            }
        }
    }
}

pub(super) fn unchanged(table: Table, error: ApiError) -> PollReport {
    PollReport::new(table, SaveReport::default(), Some(error))
}

fn lacks_name(user: &CurrentUser) -> bool {
    user.status_name.is_none() && user.status_id.is_some()
}

/// Fills in the names of statuses that the API returned by id alone.
fn name_statuses(users: &mut [CurrentUser], statuses: &[Resource]) {
    for user in users.iter_mut().filter(|user| lacks_name(user)) {
        let named = statuses.iter().find(|status| Some(&status.id) == user.status_id.as_ref());
        user.status_name = named.map(|status| status.name.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(status_id: Option<&str>, status_name: Option<&str>) -> CurrentUser {
        CurrentUser {
            user_id: "1".to_owned(),
            routing_profile_id: None,
            status_id: status_id.map(str::to_owned),
            status_name: status_name.map(str::to_owned),
            status_start_time: None,
            next_status: None,
            contacts: 0,
            contact_state: None,
            contact_channel: None,
            contact_queue_id: None,
            contact_state_start: None,
            active_slots: 0,
            available_slots: 0,
            max_slots: 0,
        }
    }

    #[test]
    fn a_status_without_a_name_gets_it_from_the_list_and_none_if_that_lacks_it() {
        let status = Resource {
            kind: ResourceKind::AgentStatus,
            id: "22".to_owned(),
            arn: String::new(),
            name: "Break".to_owned(),
            status_type: Some("CUSTOM".to_owned()),
        };
        let mut users = [
            user(Some("22"), None),
            user(Some("23"), None),
            user(Some("22"), Some("Pause")),
            user(None, None),
        ];
        name_statuses(&mut users, &[status]);
        let names: Vec<_> = users.iter().map(|user| user.status_name.as_deref()).collect();
        assert_eq!(names, [Some("Break"), None, Some("Pause"), None]);
    }
}
