CREATE TABLE contact_record (
    aws_region text NOT NULL,
    instance_id text NOT NULL,
    contact_id text NOT NULL,
    version BYTEWISE_TEXT NOT NULL,
    aws_account_id text,
    instance_arn text,
    initial_contact_id text,
    previous_contact_id text,
    next_contact_id text,
    related_contact_id text,
    contact_association_id text,
    channel text,
    initiation_method text,
    initiation_timestamp TIMESTAMP_UTC,
    connected_to_system_timestamp TIMESTAMP_UTC,
    scheduled_timestamp TIMESTAMP_UTC,
    last_update_timestamp TIMESTAMP_UTC,
    disconnect_timestamp TIMESTAMP_UTC,
    disconnect_reason text,
    transfer_completed_timestamp TIMESTAMP_UTC,
    transferred_to_endpoint_type text,
    last_paused_timestamp TIMESTAMP_UTC,
    last_resumed_timestamp TIMESTAMP_UTC,
    total_pause_count bigint,
    total_pause_duration_seconds bigint,
    answering_machine_detection_status text,
    campaign_id text,
    external_third_party_interaction_seconds bigint,
    queue_arn text,
    queue_id text,
    queue_name text,
    queue_enqueue_timestamp TIMESTAMP_UTC,
    queue_dequeue_timestamp TIMESTAMP_UTC,
    queue_duration_ms bigint,
    agent_connection_attempts bigint,
    agent_arn text,
    agent_id text,
    agent_username text,
    agent_connected_to_agent_timestamp TIMESTAMP_UTC,
    agent_accepted_by_agent_timestamp TIMESTAMP_UTC,
    agent_interaction_duration_ms bigint,
    agent_customer_hold_duration_ms bigint,
    agent_longest_hold_duration_ms bigint,
    agent_number_of_holds bigint,
    agent_pause_duration_ms bigint,
    agent_after_contact_work_start_timestamp TIMESTAMP_UTC,
    agent_after_contact_work_end_timestamp TIMESTAMP_UTC,
    agent_after_contact_work_duration_ms bigint,
    agent_routing_profile_arn text,
    agent_routing_profile_id text,
    agent_routing_profile_name text,
    agent_hierarchy_groups_level_1_id text,
    agent_hierarchy_groups_level_1_name text,
    agent_hierarchy_groups_level_2_id text,
    agent_hierarchy_groups_level_2_name text,
    agent_hierarchy_groups_level_3_id text,
    agent_hierarchy_groups_level_3_name text,
    agent_hierarchy_groups_level_4_id text,
    agent_hierarchy_groups_level_4_name text,
    agent_hierarchy_groups_level_5_id text,
    agent_hierarchy_groups_level_5_name text,
    queue_type text,
    leg text,
    outcome_alone text,
    outcome_if_unknown text,
    outcome_if_transfer text,
    outcome_if_callback text,
    successor_rank bigint,
    agent text,
    initiated_interval TIMESTAMP_UTC,
    enqueued_interval TIMESTAMP_UTC,
    connected_interval TIMESTAMP_UTC,
    disconnected_interval TIMESTAMP_UTC,
    source text NOT NULL,
    open_until_timestamp TIMESTAMP_UTC,
    is_presumed_over bigint,
    replaced_initiated_interval TIMESTAMP_UTC,
    replaced_enqueued_interval TIMESTAMP_UTC,
    replaced_connected_interval TIMESTAMP_UTC,
    replaced_disconnected_interval TIMESTAMP_UTC,
    replaced_previous_contact_id text,
    changed_at TIMESTAMP_UTC NOT NULL,
    PRIMARY KEY (aws_region, instance_id, contact_id)
);

CREATE TABLE contact_record_personal (
    aws_region text NOT NULL,
    instance_id text NOT NULL,
    contact_id text NOT NULL,
    version BYTEWISE_TEXT NOT NULL,
    customer_endpoint_type text,
    customer_endpoint_address text,
    system_endpoint_type text,
    system_endpoint_address text,
    transferred_to_endpoint_address text,
    customer_id text,
    attributes text,
    unknown_members text,
    disconnected_interval TIMESTAMP_UTC,
    changed_at TIMESTAMP_UTC NOT NULL,
    PRIMARY KEY (aws_region, instance_id, contact_id)
);

CREATE INDEX contact_record_personal_disconnected ON contact_record_personal (disconnected_interval);

-- The kept sums are recomputed for the five minutes that a changed contact was or is in. These rows say which contacts
-- changed since they were computed, with what a replaced version said.
CREATE TABLE contact_changes (
    change IDENTITY_KEY,
    aws_region text NOT NULL,
    instance_id text NOT NULL,
    contact_id text NOT NULL,
    replaced_initiated_interval TIMESTAMP_UTC,
    replaced_enqueued_interval TIMESTAMP_UTC,
    replaced_connected_interval TIMESTAMP_UTC,
    replaced_disconnected_interval TIMESTAMP_UTC,
    replaced_previous_contact_id text,
    is_taken bigint NOT NULL DEFAULT 0
);

-- The five minutes whose sums are to be recomputed.
CREATE TABLE dirty_intervals (
    attribution text NOT NULL,
    interval_start TIMESTAMP_UTC NOT NULL,
    aws_region text NOT NULL,
    instance_id text NOT NULL,
    is_taken bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (attribution, interval_start, aws_region, instance_id)
);

CREATE INDEX contact_record_initiated ON contact_record (initiated_interval);
CREATE INDEX contact_record_enqueued ON contact_record (enqueued_interval);
CREATE INDEX contact_record_connected ON contact_record (connected_interval);
CREATE INDEX contact_record_disconnected ON contact_record (disconnected_interval);
-- Most contacts have neither.
CREATE INDEX contact_record_previous ON contact_record (previous_contact_id) WHERE previous_contact_id IS NOT NULL;
CREATE INDEX contact_record_next ON contact_record (next_contact_id) WHERE next_contact_id IS NOT NULL;
CREATE INDEX contact_record_changed ON contact_record (changed_at);
-- The contacts that may still be open.
CREATE INDEX contact_record_open ON contact_record (open_until_timestamp)
    WHERE source = 'event' AND disconnect_timestamp IS NULL AND is_presumed_over IS NULL;

CREATE TABLE queue_names (
    aws_region text NOT NULL,
    instance_id text NOT NULL,
    queue_id text NOT NULL,
    queue_name text NOT NULL,
    version BYTEWISE_TEXT NOT NULL,
    PRIMARY KEY (aws_region, instance_id, queue_id)
);

-- Contact events have the agent's id alone. The newest record or agent event names the agent.
CREATE TABLE agent_names (
    aws_region text NOT NULL,
    instance_id text NOT NULL,
    agent_id text NOT NULL,
    agent_username text NOT NULL,
    version BYTEWISE_TEXT NOT NULL,
    PRIMARY KEY (aws_region, instance_id, agent_id)
);

CREATE TABLE interval_sums (
    attribution text NOT NULL,
    interval_start TIMESTAMP_UTC NOT NULL,
    aws_region text NOT NULL,
    instance_id text NOT NULL,
    queue_id text NOT NULL,
    agent text NOT NULL,
    channel text NOT NULL,
    contacts bigint NOT NULL,
    waiting bigint NOT NULL,
    provisional bigint NOT NULL,
    answered bigint NOT NULL,
    abandoned bigint NOT NULL,
    callback_requested bigint NOT NULL,
    transferred_out_from_queue bigint NOT NULL,
    ended_otherwise bigint NOT NULL,
    abandoned_short bigint NOT NULL,
    transferred_to_endpoint bigint NOT NULL,
    transfer_completed bigint NOT NULL,
    callbacks_answered bigint NOT NULL,
    callbacks_retried bigint NOT NULL,
    put_on_hold bigint NOT NULL,
    interaction_seconds bigint NOT NULL,
    interaction_count bigint NOT NULL,
    hold_seconds bigint NOT NULL,
    after_contact_work_seconds bigint NOT NULL,
    after_contact_work_count bigint NOT NULL,
    handle_seconds bigint NOT NULL,
    longest_queue_seconds bigint,
    answered_queue_seconds bigint NOT NULL,
    answered_queue_count bigint NOT NULL,
    answered_longest_queue_seconds bigint,
    abandoned_queue_seconds bigint NOT NULL,
    abandoned_queue_count bigint NOT NULL,
    abandoned_longest_queue_seconds bigint,
    PRIMARY KEY (attribution, interval_start, aws_region, instance_id, queue_id, agent, channel)
);

-- Empty texts stand for any. Of several targets that fit a queue and a channel, those that name the queue count, of these
-- those that name the instance, then the Region, then the channel.
CREATE TABLE service_level_targets (
    aws_region text NOT NULL,
    instance_id text NOT NULL,
    queue_id text NOT NULL,
    channel text NOT NULL,
    seconds bigint NOT NULL,
    target_percent NUMBER NOT NULL,
    PRIMARY KEY (aws_region, instance_id, queue_id, channel, seconds)
);

INSERT INTO service_level_targets VALUES ('', '', '', '', 20, 80);

CREATE TABLE interval_service_levels (
    attribution text NOT NULL,
    interval_start TIMESTAMP_UTC NOT NULL,
    aws_region text NOT NULL,
    instance_id text NOT NULL,
    queue_id text NOT NULL,
    channel text NOT NULL,
    seconds bigint NOT NULL,
    answered_within bigint NOT NULL,
    abandoned_within bigint NOT NULL,
    PRIMARY KEY (attribution, interval_start, aws_region, instance_id, queue_id, channel, seconds)
);

CREATE TABLE calendar (
    zone text NOT NULL,
    interval_minutes bigint NOT NULL,
    interval_start TIMESTAMP_UTC NOT NULL,
    interval_end TIMESTAMP_UTC NOT NULL,
    local_interval_start LOCAL_TIMESTAMP NOT NULL,
    local_date LOCAL_DATE NOT NULL,
    PRIMARY KEY (zone, interval_minutes, interval_start)
);
