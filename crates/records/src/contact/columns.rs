//! The columns of `contact_record` and `contact_record_personal`, in the order of a row.

use ColumnType::{IdOfArn, Integer, Milliseconds, Seconds, Text, Timestamp};

/// The type of a column, and how it is read from the member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColumnType {
    /// A text as it is.
    Text,
    /// The id in an ARN.
    IdOfArn,
    /// A whole number.
    Integer,
    /// A duration of whole seconds, kept in milliseconds.
    Milliseconds,
    /// A duration of whole seconds.
    Seconds,
    /// A time that was set.
    Timestamp,
}

/// The table that a column is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColumnTable {
    /// Both: the key, the version and the time by which rows are deleted.
    Both,
    /// `contact_record`.
    Contact,
    /// `contact_record_personal`.
    Personal,
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: ColumnType,
    pub(crate) table: ColumnTable,
    /// The path of the record's member; empty where the value is derived from several.
    pub(crate) member: &'static str,
}

const fn key(name: &'static str) -> Column {
    Column { name, kind: ColumnType::Text, table: ColumnTable::Both, member: "" }
}

const fn contact(name: &'static str, kind: ColumnType, member: &'static str) -> Column {
    Column { name, kind, table: ColumnTable::Contact, member }
}

const fn personal(name: &'static str, member: &'static str) -> Column {
    Column { name, kind: ColumnType::Text, table: ColumnTable::Personal, member }
}

/// The columns: the key and the version, what the record says, what is derived from it, and what is personal.
#[rustfmt::skip]
pub(crate) const COLUMNS: [Column; 84] = [
    key("aws_region"),
    key("instance_id"),
    key("contact_id"),
    key("version"),
    contact("aws_account_id", Text, "AWSAccountId"),
    contact("instance_arn", Text, "InstanceARN"),
    contact("initial_contact_id", Text, "InitialContactId"),
    contact("previous_contact_id", Text, ""),
    contact("next_contact_id", Text, ""),
    contact("related_contact_id", Text, "RelatedContactId"),
    contact("contact_association_id", Text, "ContactAssociationId"),
    contact("channel", Text, ""),
    contact("initiation_method", Text, "InitiationMethod"),
    contact("initiation_timestamp", Timestamp, "InitiationTimestamp"),
    contact("connected_to_system_timestamp", Timestamp, "ConnectedToSystemTimestamp"),
    contact("scheduled_timestamp", Timestamp, "ScheduledTimestamp"),
    contact("last_update_timestamp", Timestamp, "LastUpdateTimestamp"),
    contact("disconnect_timestamp", Timestamp, "DisconnectTimestamp"),
    contact("disconnect_reason", Text, "DisconnectReason"),
    contact("transfer_completed_timestamp", Timestamp, "TransferCompletedTimestamp"),
    contact("transferred_to_endpoint_type", Text, ""),
    contact("last_paused_timestamp", Timestamp, "LastPausedTimestamp"),
    contact("last_resumed_timestamp", Timestamp, "LastResumedTimestamp"),
    contact("total_pause_count", Integer, "TotalPauseCount"),
    contact("total_pause_duration_seconds", Seconds, "TotalPauseDurationInSeconds"),
    contact("answering_machine_detection_status", Text, "AnsweringMachineDetectionStatus"),
    contact("campaign_id", Text, "Campaign.CampaignId"),
    contact("external_third_party_interaction_seconds", Seconds, "ExternalThirdParty.ExternalThirdPartyInteractionDuration"),
    contact("queue_arn", Text, "Queue.ARN"),
    contact("queue_id", Text, ""),
    contact("queue_name", Text, "Queue.Name"),
    contact("queue_enqueue_timestamp", Timestamp, "Queue.EnqueueTimestamp"),
    contact("queue_dequeue_timestamp", Timestamp, "Queue.DequeueTimestamp"),
    contact("queue_duration_ms", Milliseconds, "Queue.Duration"),
    contact("agent_connection_attempts", Integer, "AgentConnectionAttempts"),
    contact("agent_arn", Text, "Agent.ARN"),
    contact("agent_id", IdOfArn, "Agent.ARN"),
    contact("agent_username", Text, ""),
    contact("agent_connected_to_agent_timestamp", Timestamp, "Agent.ConnectedToAgentTimestamp"),
    contact("agent_accepted_by_agent_timestamp", Timestamp, "Agent.AcceptedByAgentTimestamp"),
    contact("agent_interaction_duration_ms", Milliseconds, "Agent.AgentInteractionDuration"),
    contact("agent_customer_hold_duration_ms", Milliseconds, "Agent.CustomerHoldDuration"),
    contact("agent_longest_hold_duration_ms", Milliseconds, "Agent.LongestHoldDuration"),
    contact("agent_number_of_holds", Integer, "Agent.NumberOfHolds"),
    contact("agent_pause_duration_ms", Milliseconds, "Agent.AgentPauseDuration"),
    contact("agent_after_contact_work_start_timestamp", Timestamp, "Agent.AfterContactWorkStartTimestamp"),
    contact("agent_after_contact_work_end_timestamp", Timestamp, "Agent.AfterContactWorkEndTimestamp"),
    contact("agent_after_contact_work_duration_ms", Milliseconds, "Agent.AfterContactWorkDuration"),
    contact("agent_routing_profile_arn", Text, "Agent.RoutingProfile.ARN"),
    contact("agent_routing_profile_id", IdOfArn, "Agent.RoutingProfile.ARN"),
    contact("agent_routing_profile_name", Text, "Agent.RoutingProfile.Name"),
    contact("agent_hierarchy_groups_level_1_id", IdOfArn, "Agent.HierarchyGroups.Level1.ARN"),
    contact("agent_hierarchy_groups_level_1_name", Text, "Agent.HierarchyGroups.Level1.GroupName"),
    contact("agent_hierarchy_groups_level_2_id", IdOfArn, "Agent.HierarchyGroups.Level2.ARN"),
    contact("agent_hierarchy_groups_level_2_name", Text, "Agent.HierarchyGroups.Level2.GroupName"),
    contact("agent_hierarchy_groups_level_3_id", IdOfArn, "Agent.HierarchyGroups.Level3.ARN"),
    contact("agent_hierarchy_groups_level_3_name", Text, "Agent.HierarchyGroups.Level3.GroupName"),
    contact("agent_hierarchy_groups_level_4_id", IdOfArn, "Agent.HierarchyGroups.Level4.ARN"),
    contact("agent_hierarchy_groups_level_4_name", Text, "Agent.HierarchyGroups.Level4.GroupName"),
    contact("agent_hierarchy_groups_level_5_id", IdOfArn, "Agent.HierarchyGroups.Level5.ARN"),
    contact("agent_hierarchy_groups_level_5_name", Text, "Agent.HierarchyGroups.Level5.GroupName"),
    contact("queue_type", Text, ""),
    contact("leg", Text, ""),
    contact("outcome_alone", Text, ""),
    contact("outcome_if_unknown", Text, ""),
    contact("outcome_if_transfer", Text, ""),
    contact("outcome_if_callback", Text, ""),
    contact("successor_rank", Integer, ""),
    contact("agent", Text, ""),
    contact("initiated_interval", Timestamp, ""),
    contact("enqueued_interval", Timestamp, ""),
    contact("connected_interval", Timestamp, ""),
    Column { name: "disconnected_interval", kind: Timestamp, table: ColumnTable::Both, member: "" },
    contact("source", Text, ""),
    contact("open_until_timestamp", Timestamp, ""),
    contact("is_presumed_over", Integer, ""),
    personal("customer_endpoint_type", "CustomerEndpoint.Type"),
    personal("customer_endpoint_address", "CustomerEndpoint.Address"),
    personal("system_endpoint_type", "SystemEndpoint.Type"),
    personal("system_endpoint_address", "SystemEndpoint.Address"),
    personal("transferred_to_endpoint_address", "TransferredToEndpoint.Address"),
    personal("customer_id", "CustomerId"),
    personal("attributes", ""),
    personal("unknown_members", ""),
];
