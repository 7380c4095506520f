-- Written once for both dialects: NUMBER is numeric or REAL, TIMESTAMP_UTC is timestamptz or TEXT of one width in UTC.
-- FILLFACTOR_HALF leaves half of each of PostgreSQL's pages free: a row that is updated every ten seconds then stays on its
-- page, and its index is not written. LOCAL_DATE is date or TEXT, LOCAL_TIMESTAMP timestamp or TEXT, in the centre's time zone.
--
-- Of connect_metadata, current_metric_data, current_user_data and historical_metric_data, last_updated_at is the time
-- of the sample that the row holds, and created_at that of the first that was written. The ARNs and names that stand
-- beside the ids are those that connect_metadata had when the row was written; NULL if it had none.

-- Of every table instance_arn is the first column of the key: the Amazon Connect instance that a row is of, by its ARN, which has
-- the Region and the account. Ids are unique within an instance alone, and a replica has its source's id in another Region.

-- Resources: queues, routing profiles, agent statuses, users. A deleted resource keeps its row and its name.
CREATE TABLE connect_metadata (
    instance_arn    text          NOT NULL,
    kind            text          NOT NULL,
    id              text          NOT NULL,
    arn             text          NOT NULL,
    arn_type        text          NOT NULL,
    name            text          NOT NULL,
    status_type     text,
    deleted_at      TIMESTAMP_UTC,
    created_at      TIMESTAMP_UTC NOT NULL,
    last_updated_at TIMESTAMP_UTC NOT NULL,
    PRIMARY KEY (instance_arn, kind, id)
);

-- The current metrics of each queue on each channel, as of last_updated_at.
CREATE TABLE current_metric_data (
    instance_arn        text          NOT NULL,
    queue_id            text          NOT NULL,
    queue_arn           text,
    queue_name          text,
    channel             text          NOT NULL,
    agents_acw          NUMBER,
    agents_available    NUMBER,
    agents_error        NUMBER,
    agents_npt          NUMBER,
    agents_on_call      NUMBER,
    agents_on_contact   NUMBER,
    agents_online       NUMBER,
    agents_staffed      NUMBER,
    in_queue            NUMBER,
    scheduled           NUMBER,
    estimated_wait_time NUMBER,
    oldest_contact      NUMBER,
    slots_active        NUMBER,
    slots_available     NUMBER,
    created_at          TIMESTAMP_UTC NOT NULL,
    last_updated_at     TIMESTAMP_UTC NOT NULL,
    PRIMARY KEY (instance_arn, queue_id, channel)
) FILLFACTOR_HALF;

-- The time series of the same.
CREATE TABLE current_metric_samples (
    instance_arn        text          NOT NULL,
    queue_id            text          NOT NULL,
    channel             text          NOT NULL,
    agents_acw          NUMBER,
    agents_available    NUMBER,
    agents_error        NUMBER,
    agents_npt          NUMBER,
    agents_on_call      NUMBER,
    agents_on_contact   NUMBER,
    agents_online       NUMBER,
    agents_staffed      NUMBER,
    in_queue            NUMBER,
    scheduled           NUMBER,
    estimated_wait_time NUMBER,
    oldest_contact      NUMBER,
    slots_active        NUMBER,
    slots_available     NUMBER,
    sampled_at          TIMESTAMP_UTC NOT NULL,
    PRIMARY KEY (instance_arn, sampled_at, queue_id, channel)
);

-- The current state of each agent, as of last_updated_at.
CREATE TABLE current_user_data (
    instance_arn         text          NOT NULL,
    user_id              text          NOT NULL,
    user_arn             text,
    user_name            text,
    routing_profile_id   text,
    routing_profile_arn  text,
    routing_profile_name text,
    status_id            text,
    status_name          text,
    status_start_time    TIMESTAMP_UTC,
    next_status          text,
    contacts             NUMBER,
    contact_state        text,
    contact_channel      text,
    contact_queue_id     text,
    contact_state_start  TIMESTAMP_UTC,
    active_slots         NUMBER,
    available_slots      NUMBER,
    max_slots            NUMBER,
    created_at           TIMESTAMP_UTC NOT NULL,
    last_updated_at      TIMESTAMP_UTC NOT NULL,
    PRIMARY KEY (instance_arn, user_id)
) FILLFACTOR_HALF;

-- The time series of the same.
CREATE TABLE current_user_samples (
    instance_arn        text          NOT NULL,
    user_id             text          NOT NULL,
    routing_profile_id  text,
    status_id           text,
    status_name         text,
    status_start_time   TIMESTAMP_UTC,
    next_status         text,
    contacts            NUMBER,
    contact_state       text,
    contact_channel     text,
    contact_queue_id    text,
    contact_state_start TIMESTAMP_UTC,
    active_slots        NUMBER,
    available_slots     NUMBER,
    max_slots           NUMBER,
    sampled_at          TIMESTAMP_UTC NOT NULL,
    PRIMARY KEY (instance_arn, sampled_at, user_id)
);

-- Each queue and channel in each five minutes.
CREATE TABLE historical_metric_data (
    instance_arn                        text          NOT NULL,
    queue_id                            text          NOT NULL,
    queue_arn                           text,
    queue_name                          text,
    channel                             text          NOT NULL,
    start_time                          TIMESTAMP_UTC NOT NULL,
    end_time                            TIMESTAMP_UTC NOT NULL,
    abandon_time                        NUMBER,
    after_contact_work_time             NUMBER,
    api_contacts_handled                NUMBER,
    callback_contacts_handled           NUMBER,
    contacts_abandoned                  NUMBER,
    contacts_agent_hung_up_first        NUMBER,
    contacts_consulted                  NUMBER,
    contacts_handled                    NUMBER,
    contacts_handled_incoming           NUMBER,
    contacts_handled_outbound           NUMBER,
    contacts_hold_abandons              NUMBER,
    contacts_missed                     NUMBER,
    contacts_queued                     NUMBER,
    contacts_transferred_in             NUMBER,
    contacts_transferred_in_from_queue  NUMBER,
    contacts_transferred_out            NUMBER,
    contacts_transferred_out_from_queue NUMBER,
    handle_time                         NUMBER,
    hold_time                           NUMBER,
    interaction_and_hold_time           NUMBER,
    interaction_time                    NUMBER,
    occupancy                           NUMBER,
    queued_time                         NUMBER,
    queue_answer_time                   NUMBER,
    service_level                       NUMBER,
    service_level_threshold_seconds     NUMBER,
    created_at                          TIMESTAMP_UTC NOT NULL,
    last_updated_at                     TIMESTAMP_UTC NOT NULL,
    PRIMARY KEY (instance_arn, start_time, queue_id, channel)
);

-- Each metric of each queue (kind QUEUE) and agent (kind USER) in each fifteen minutes.
CREATE TABLE interval_metric_data (
    instance_arn  text          NOT NULL,
    resource_kind text          NOT NULL,
    resource_id   text          NOT NULL,
    channel       text          NOT NULL,
    start_time    TIMESTAMP_UTC NOT NULL,
    end_time      TIMESTAMP_UTC NOT NULL,
    metric        text          NOT NULL,
    value         NUMBER,
    sampled_at    TIMESTAMP_UTC NOT NULL,
    PRIMARY KEY (instance_arn, start_time, resource_kind, resource_id, channel, metric)
);

-- The status of each table of an instance: the times of the last sample and of the last complete one. revision counts the saves and serialises
-- them. Until leased_until one client polls for the table, and no other does. The first save or lease makes the row.
CREATE TABLE connect_table_status (
    instance_arn text          NOT NULL,
    table_name   text          NOT NULL,
    revision     bigint        NOT NULL,
    sampled_at   TIMESTAMP_UTC,
    complete_at  TIMESTAMP_UTC,
    leased_until TIMESTAMP_UTC,
    PRIMARY KEY (instance_arn, table_name)
);

-- Intervals that were read completely, and the time of the last read: an interval without contacts has no rows. It belongs to
-- a day in the centre's time zone, so that a day's rows are found by their intervals. quarter is its quarter of an hour.
CREATE TABLE connect_interval_reads (
    instance_arn text            NOT NULL,
    table_name   text            NOT NULL,
    start_time   TIMESTAMP_UTC   NOT NULL,
    quarter      TIMESTAMP_UTC   NOT NULL,
    day          LOCAL_DATE      NOT NULL,
    local_time   LOCAL_TIMESTAMP NOT NULL,
    sampled_at   TIMESTAMP_UTC   NOT NULL,
    PRIMARY KEY (instance_arn, table_name, start_time)
);

CREATE INDEX connect_interval_reads_by_day ON connect_interval_reads (table_name, day, instance_arn);

CREATE INDEX connect_interval_reads_by_quarter ON connect_interval_reads (table_name, quarter, instance_arn);

-- Resources that existed in an interval and were deleted before the interval was read: their figures are unknown.
CREATE TABLE connect_unknown (
    instance_arn  text          NOT NULL,
    table_name    text          NOT NULL,
    start_time    TIMESTAMP_UTC NOT NULL,
    resource_kind text          NOT NULL,
    resource_id   text          NOT NULL,
    PRIMARY KEY (instance_arn, table_name, start_time, resource_kind, resource_id)
);
