//! A contact as `DescribeContact` tells it, as a row.

use std::collections::{HashMap, HashSet};

use aws_sdk_connect::types::{AgentHierarchyGroup, Contact, EndpointInfo};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use switchboard_core::arn::account;

use super::sdk_time::time;
use crate::contact::{AttributeSelection, ContactRow, NotARow, RowSource};

/// A contact as `DescribeContact` tells it.
#[derive(Clone, PartialEq)]
pub(super) struct DescribedContact(pub(super) Contact);

/// Names by id, of what exists now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Names {
    /// Of standard queues.
    pub(super) queues: HashMap<String, String>,
    /// The ids of agents' own queues, which have none.
    pub(super) agent_queues: HashSet<String>,
    /// Of users: the user names.
    pub(super) users: HashMap<String, String>,
}

impl DescribedContact {
    /// Whether it is open, or in after-contact work.
    pub(super) fn is_open(&self) -> bool {
        let works = |agent: &aws_sdk_connect::types::AgentInfo| {
            agent.after_contact_work_start_timestamp.is_some()
                && agent.after_contact_work_end_timestamp.is_none()
        };
        self.0.disconnect_timestamp.is_none() || self.0.agent_info.as_ref().is_some_and(works)
    }

    /// The row: what it does not tell is NULL, durations of the queue and of the conversation among it.
    pub(super) fn row(
        &self,
        instance: &str,
        names: &Names,
        attributes: &AttributeSelection,
        now: Timestamp,
    ) -> Result<ContactRow, NotARow> {
        let document = Value::Object(self.document(instance, names)).to_string();
        ContactRow::of(&document, RowSource::DescribeContact, attributes, now)
    }

    /// The members in the form of a contact record.
    fn document(&self, instance: &str, names: &Names) -> Map<String, Value> {
        let contact = &self.0;
        let at = |moment: &Option<_>| moment.as_ref().and_then(time).map(|at| at.to_string());
        let members = json!({
            "ContactId": contact.id,
            "InstanceARN": instance,
            "AWSAccountId": account(instance),
            "InitialContactId": contact.initial_contact_id,
            "PreviousContactId": contact.previous_contact_id,
            "RelatedContactId": contact.related_contact_id,
            "ContactAssociationId": contact.contact_association_id,
            "Channel": contact.channel.as_ref().map(aws_sdk_connect::types::Channel::as_str),
            "InitiationMethod": contact.initiation_method.as_ref().map(aws_sdk_connect::types::ContactInitiationMethod::as_str),
            "InitiationTimestamp": at(&contact.initiation_timestamp),
            "ConnectedToSystemTimestamp": at(&contact.connected_to_system_timestamp),
            "ScheduledTimestamp": at(&contact.scheduled_timestamp),
            "LastUpdateTimestamp": at(&contact.last_update_timestamp),
            "DisconnectTimestamp": at(&contact.disconnect_timestamp),
            "DisconnectReason": contact.disconnect_reason,
            "LastPausedTimestamp": at(&contact.last_paused_timestamp),
            "LastResumedTimestamp": at(&contact.last_resumed_timestamp),
            "TotalPauseCount": contact.total_pause_count,
            "TotalPauseDurationInSeconds": contact.total_pause_duration_in_seconds,
            "AnsweringMachineDetectionStatus":
                contact.answering_machine_detection_status.as_ref().map(aws_sdk_connect::types::AnsweringMachineDetectionStatus::as_str),
            "Campaign": contact.campaign.as_ref().map(|campaign| json!({ "CampaignId": campaign.campaign_id })),
            "Queue": self.queue(instance, names),
            "Agent": self.agent(instance, names),
            "CustomerEndpoint": contact.customer_endpoint.as_ref().map(endpoint),
            "SystemEndpoint": contact.system_endpoint.as_ref().map(endpoint),
            "CustomerId": contact.customer_id,
            "Attributes": contact.attributes,
        });
        let Value::Object(mut members) = members else { return Map::new() };
        members.retain(|_, value| !value.is_null());
        members
    }

    fn queue(&self, instance: &str, names: &Names) -> Option<Value> {
        let queue = self.0.queue_info.as_ref()?;
        let id = queue.id.as_deref()?;
        let kind = if names.agent_queues.contains(id) { "queue/agent" } else { "queue" };
        let enqueued = queue.enqueue_timestamp.as_ref().and_then(time).map(|at| at.to_string());
        Some(json!({
            "ARN": format!("{instance}/{kind}/{id}"),
            "Name": names.queues.get(id),
            "EnqueueTimestamp": enqueued,
        }))
    }

    fn agent(&self, instance: &str, names: &Names) -> Option<Value> {
        let agent = self.0.agent_info.as_ref()?;
        let id = agent.id.as_deref()?;
        let at = |moment: &Option<_>| moment.as_ref().and_then(time).map(|at| at.to_string());
        let groups = agent.hierarchy_groups.as_ref().map(|groups| {
            let arn =
                |group: &Option<AgentHierarchyGroup>| group.as_ref().map(|group| json!({ "ARN": group.arn }));
            json!({
                "Level1": arn(&groups.level1),
                "Level2": arn(&groups.level2),
                "Level3": arn(&groups.level3),
                "Level4": arn(&groups.level4),
                "Level5": arn(&groups.level5),
            })
        });
        Some(json!({
            "ARN": format!("{instance}/agent/{id}"),
            "Username": names.users.get(id),
            "ConnectedToAgentTimestamp": at(&agent.connected_to_agent_timestamp),
            "AcceptedByAgentTimestamp": at(&agent.accepted_by_agent_timestamp),
            "AfterContactWorkStartTimestamp": at(&agent.after_contact_work_start_timestamp),
            "AfterContactWorkEndTimestamp": at(&agent.after_contact_work_end_timestamp),
            "AfterContactWorkDuration": agent.after_contact_work_duration,
            "AgentPauseDuration": agent.agent_pause_duration_in_seconds,
            "HierarchyGroups": groups,
        }))
    }
}

fn endpoint(endpoint: &EndpointInfo) -> Value {
    json!({
        "Type": endpoint.r#type.as_ref().map(aws_sdk_connect::types::EndpointType::as_str),
        "Address": endpoint.address,
    })
}

impl std::fmt::Debug for DescribedContact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DescribedContact").field("id", &self.0.id).finish_non_exhaustive()
    }
}
