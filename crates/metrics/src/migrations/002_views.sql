-- DAY(x) is the date of a moment: in PostgreSQL in the session's time zone, in SQLite in UTC.

-- The names are those of now where they are known, and otherwise those that the row was written with.

-- Queues as they stand, with their names.
CREATE VIEW current_metrics AS
SELECT
    metric.queue_id,
    metric.queue_arn,
    COALESCE(queue.name, metric.queue_name) AS queue_name,
    metric.channel,
    metric.agents_acw,
    metric.agents_available,
    metric.agents_error,
    metric.agents_npt,
    metric.agents_on_call,
    metric.agents_on_contact,
    metric.agents_online,
    metric.agents_staffed,
    metric.in_queue,
    metric.scheduled,
    metric.estimated_wait_time,
    metric.oldest_contact,
    metric.slots_active,
    metric.slots_available,
    metric.created_at,
    metric.last_updated_at
FROM current_metric_data AS metric
LEFT JOIN connect_metadata AS queue ON queue.kind = 'QUEUE' AND queue.id = metric.queue_id;

-- Agents as they stand, with their names and those of where they are.
CREATE VIEW current_users AS
SELECT
    metric.user_id,
    metric.user_arn,
    COALESCE(agent.name, metric.user_name) AS user_name,
    metric.routing_profile_id,
    metric.routing_profile_arn,
    COALESCE(profile.name, metric.routing_profile_name) AS routing_profile_name,
    metric.status_id,
    metric.status_name,
    metric.status_start_time,
    metric.next_status,
    metric.contacts,
    metric.contact_state,
    metric.contact_channel,
    metric.contact_queue_id,
    queue.name AS contact_queue_name,
    metric.contact_state_start,
    metric.active_slots,
    metric.available_slots,
    metric.max_slots,
    metric.created_at,
    metric.last_updated_at
FROM current_user_data AS metric
LEFT JOIN connect_metadata AS agent ON agent.kind = 'USER' AND agent.id = metric.user_id
LEFT JOIN connect_metadata AS profile
    ON profile.kind = 'ROUTING_PROFILE' AND profile.id = metric.routing_profile_id
LEFT JOIN connect_metadata AS queue ON queue.kind = 'QUEUE' AND queue.id = metric.contact_queue_id;

-- Queues in five minutes: the table, its day, and the share of contacts that gave up.
CREATE VIEW queues_by_interval AS
SELECT
    metric.queue_id,
    metric.queue_arn,
    COALESCE(queue.name, metric.queue_name) AS queue_name,
    metric.channel,
    DAY(metric.start_time) AS day,
    metric.start_time,
    metric.end_time,
    metric.abandon_time,
    metric.after_contact_work_time,
    metric.api_contacts_handled,
    metric.callback_contacts_handled,
    metric.contacts_abandoned,
    100.0 * metric.contacts_abandoned / NULLIF(metric.contacts_queued, 0) AS abandonment_rate,
    metric.contacts_agent_hung_up_first,
    metric.contacts_consulted,
    metric.contacts_handled,
    metric.contacts_handled_incoming,
    metric.contacts_handled_outbound,
    metric.contacts_hold_abandons,
    metric.contacts_missed,
    metric.contacts_queued,
    metric.contacts_transferred_in,
    metric.contacts_transferred_in_from_queue,
    metric.contacts_transferred_out,
    metric.contacts_transferred_out_from_queue,
    metric.handle_time,
    metric.hold_time,
    metric.interaction_and_hold_time,
    metric.interaction_time,
    metric.occupancy,
    metric.queued_time,
    metric.queue_answer_time,
    metric.service_level,
    metric.service_level_threshold_seconds,
    metric.created_at,
    metric.last_updated_at
FROM historical_metric_data AS metric
LEFT JOIN connect_metadata AS queue ON queue.kind = 'QUEUE' AND queue.id = metric.queue_id;

-- Queues by day. An average is weighted by the count it is the mean of: handling, after-contact work and interaction by
-- contacts handled, waiting for an answer by contacts that were answered out of a queue, giving up by contacts
-- abandoned, the service level by contacts queued. Only rows that have both the average and the count take part, and
-- in the rate of contacts that gave up only those that have both counts.
-- hold_time is the mean over contacts that were put on hold, whose number the API does not tell: it is there for a day
-- of one interval with a hold, and NULL for others, as means without counts can't be joined. hold_time_per_contact can
-- be told exactly: time on hold over all contacts handled. Occupancy of a queue has no count either, so the day has
-- none; agents_by_day has that of agents. Service levels of different thresholds don't mix: then it is NULL.
CREATE VIEW queues_by_day AS
SELECT
    day,
    queue_id,
    queue_name,
    channel,
    SUM(contacts_queued) AS contacts_queued,
    SUM(contacts_handled) AS contacts_handled,
    SUM(contacts_abandoned) AS contacts_abandoned,
    SUM(contacts_missed) AS contacts_missed,
    SUM(contacts_handled_incoming) AS contacts_handled_incoming,
    SUM(contacts_handled_outbound) AS contacts_handled_outbound,
    SUM(contacts_transferred_in) AS contacts_transferred_in,
    SUM(contacts_transferred_out) AS contacts_transferred_out,
    100.0 * SUM(CASE WHEN contacts_queued IS NOT NULL THEN contacts_abandoned END)
        / NULLIF(SUM(CASE WHEN contacts_abandoned IS NOT NULL THEN contacts_queued END), 0) AS abandonment_rate,
    CASE WHEN COUNT(DISTINCT service_level_threshold_seconds) = 1 THEN
        SUM(service_level * contacts_queued)
            / NULLIF(SUM(CASE WHEN service_level IS NOT NULL THEN contacts_queued END), 0)
    END AS service_level,
    CASE WHEN COUNT(DISTINCT service_level_threshold_seconds) = 1 THEN
        MAX(service_level_threshold_seconds)
    END AS service_level_threshold_seconds,
    SUM(handle_time * contacts_handled)
        / NULLIF(SUM(CASE WHEN handle_time IS NOT NULL THEN contacts_handled END), 0) AS handle_time,
    SUM(after_contact_work_time * contacts_handled)
        / NULLIF(SUM(CASE WHEN after_contact_work_time IS NOT NULL THEN contacts_handled END), 0)
        AS after_contact_work_time,
    SUM(interaction_time * contacts_handled)
        / NULLIF(SUM(CASE WHEN interaction_time IS NOT NULL THEN contacts_handled END), 0) AS interaction_time,
    SUM(interaction_and_hold_time * contacts_handled)
        / NULLIF(SUM(CASE WHEN interaction_and_hold_time IS NOT NULL THEN contacts_handled END), 0)
        AS interaction_and_hold_time,
    SUM((interaction_and_hold_time - interaction_time) * contacts_handled)
        / NULLIF(SUM(CASE WHEN interaction_and_hold_time - interaction_time IS NOT NULL
            THEN contacts_handled END), 0) AS hold_time_per_contact,
    CASE WHEN COUNT(hold_time) = 1 THEN MAX(hold_time) END AS hold_time,
    SUM(queue_answer_time * contacts_answered)
        / NULLIF(SUM(CASE WHEN queue_answer_time IS NOT NULL THEN contacts_answered END), 0)
        AS queue_answer_time,
    SUM(abandon_time * contacts_abandoned)
        / NULLIF(SUM(CASE WHEN abandon_time IS NOT NULL THEN contacts_abandoned END), 0) AS abandon_time,
    MAX(queued_time) AS queued_time
FROM (
    -- Outbound contacts are handled without having waited in a queue.
    SELECT *, contacts_handled - COALESCE(contacts_handled_outbound, 0) AS contacts_answered
    FROM queues_by_interval
) AS intervals
GROUP BY day, queue_id, queue_name, channel;

-- Metrics of fifteen minutes with the names of what they are of.
CREATE VIEW interval_metrics AS
SELECT resource.name AS resource_name, DAY(metric.start_time) AS day, metric.*
FROM interval_metric_data AS metric
LEFT JOIN connect_metadata AS resource
    ON resource.kind = metric.resource_kind AND resource.id = metric.resource_id;

-- How agents spent their time, in seconds, and the share of it with contacts, in fifteen minutes. Of the time with
-- contacts and without, one that is not told is none if the other is.
CREATE VIEW agents_by_interval AS
SELECT
    *,
    100.0 * COALESCE(contact_time, 0) / NULLIF(COALESCE(contact_time, 0) + COALESCE(idle_time, 0), 0) AS occupancy
FROM (
    SELECT
        start_time,
        end_time,
        day,
        resource_id AS user_id,
        resource_name AS user_name,
        MAX(CASE WHEN metric = 'SUM_ONLINE_TIME_AGENT' THEN value END) AS online_time,
        MAX(CASE WHEN metric = 'SUM_CONTACT_TIME_AGENT' THEN value END) AS contact_time,
        MAX(CASE WHEN metric = 'SUM_IDLE_TIME_AGENT' THEN value END) AS idle_time,
        MAX(CASE WHEN metric = 'SUM_NON_PRODUCTIVE_TIME_AGENT' THEN value END) AS non_productive_time,
        MAX(CASE WHEN metric = 'SUM_ERROR_STATUS_TIME_AGENT' THEN value END) AS error_time
    FROM interval_metrics
    WHERE resource_kind = 'USER' AND channel = ''
    GROUP BY start_time, end_time, day, resource_id, resource_name
) AS times;

-- The same by day: the times added up, and the occupancy of the sums.
CREATE VIEW agents_by_day AS
SELECT
    day,
    user_id,
    user_name,
    SUM(online_time) AS online_time,
    SUM(contact_time) AS contact_time,
    SUM(idle_time) AS idle_time,
    SUM(non_productive_time) AS non_productive_time,
    SUM(error_time) AS error_time,
    100.0 * SUM(COALESCE(contact_time, 0))
        / NULLIF(SUM(COALESCE(contact_time, 0) + COALESCE(idle_time, 0)), 0) AS occupancy
FROM agents_by_interval
GROUP BY day, user_id, user_name;
