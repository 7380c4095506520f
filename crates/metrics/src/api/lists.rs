//! What the instance has: queues, routing profiles, agent statuses, users.

use aws_sdk_connect::types::{
    AgentStatusSummary, QueueSummary, QueueType, RoutingProfileSummary, UserSummary,
};
use tokio::time::Instant;

use super::{
    ApiError, Connect,
    error::failure,
    pages::{Page, read},
};
use crate::rows::{Resource, ResourceKind};

/// The greatest page of the list operations; without it they give 100.
const LIST_PAGE: i32 = 1000;

impl Connect {
    /// Everything of a kind, or an error: half a list is of no use.
    ///
    /// Queues are the standard ones. An agent's own queue is left out: with 1,200 agents these would multiply what
    /// the metrics cost by six, and `GetMetricDataV2` does not know them.
    ///
    /// # Errors
    ///
    /// When not every page could be read by the deadline.
    pub async fn list(&self, kind: ResourceKind, deadline: Instant) -> Result<Vec<Resource>, ApiError> {
        let mut found = Vec::new();
        match kind {
            ResourceKind::Queue => {
                read(&self.others.limiter, deadline, &mut found, async |t| self.queues(t).await).await
            }
            ResourceKind::RoutingProfile => {
                read(&self.others.limiter, deadline, &mut found, async |t| self.profiles(t).await).await
            }
            ResourceKind::AgentStatus => {
                read(&self.others.limiter, deadline, &mut found, async |t| self.statuses(t).await).await
            }
            ResourceKind::User => {
                read(&self.others.limiter, deadline, &mut found, async |t| self.users(t).await).await
            }
        }?;
        Ok(found)
    }

    async fn queues(&self, token: Option<String>) -> Result<Page<Resource>, ApiError> {
        let request =
            self.others.client.list_queues().instance_id(self.instance.id()).queue_types(QueueType::Standard);
        let response = request.max_results(LIST_PAGE).set_next_token(token).send().await;
        let response = response.map_err(|error| failure(&error))?;
        let items = response.queue_summary_list.unwrap_or_default().into_iter().filter_map(queue).collect();
        Ok(Page { items, next: response.next_token })
    }

    async fn profiles(&self, token: Option<String>) -> Result<Page<Resource>, ApiError> {
        let request = self.others.client.list_routing_profiles().instance_id(self.instance.id());
        let response = request.max_results(LIST_PAGE).set_next_token(token).send().await;
        let response = response.map_err(|error| failure(&error))?;
        let items = response.routing_profile_summary_list.unwrap_or_default();
        Ok(Page { items: items.into_iter().filter_map(profile).collect(), next: response.next_token })
    }

    async fn statuses(&self, token: Option<String>) -> Result<Page<Resource>, ApiError> {
        let request = self.others.client.list_agent_statuses().instance_id(self.instance.id());
        let response = request.max_results(LIST_PAGE).set_next_token(token).send().await;
        let response = response.map_err(|error| failure(&error))?;
        let items = response.agent_status_summary_list.unwrap_or_default();
        Ok(Page { items: items.into_iter().filter_map(status).collect(), next: response.next_token })
    }

    async fn users(&self, token: Option<String>) -> Result<Page<Resource>, ApiError> {
        let request = self.others.client.list_users().instance_id(self.instance.id());
        let response = request.max_results(LIST_PAGE).set_next_token(token).send().await;
        let response = response.map_err(|error| failure(&error))?;
        let items = response.user_summary_list.unwrap_or_default().into_iter().filter_map(user).collect();
        Ok(Page { items, next: response.next_token })
    }
}

fn queue(of: QueueSummary) -> Option<Resource> {
    resource(ResourceKind::Queue, of.id, of.arn, of.name)
}

fn profile(of: RoutingProfileSummary) -> Option<Resource> {
    resource(ResourceKind::RoutingProfile, of.id, of.arn, of.name)
}

fn status(of: AgentStatusSummary) -> Option<Resource> {
    let status_type = of.r#type.map(|kind| kind.as_str().to_owned());
    let status = resource(ResourceKind::AgentStatus, of.id, of.arn, of.name)?;
    Some(Resource { status_type, ..status })
}

fn user(of: UserSummary) -> Option<Resource> {
    resource(ResourceKind::User, of.id, of.arn, of.username)
}

/// Without an id it cannot be queried. A missing name is empty.
fn resource(
    kind: ResourceKind,
    id: Option<String>,
    arn: Option<String>,
    name: Option<String>,
) -> Option<Resource> {
    let (arn, name) = (arn.unwrap_or_default(), name.unwrap_or_default());
    Some(Resource { kind, id: id?, arn, name, status_type: None })
}
