-- Timestamps are in UTC, without a zone: BI tools know no others. A day is in the centre's time zone, as it was recorded with
-- the interval. JOIN_FIVE_MINUTES and JOIN_QUARTERS join the rows of the intervals before them, found by the table's key
-- interval by interval: a query of a day reads a day.

-- Each row is of one Amazon Connect instance, instance_arn, and is joined with rows of the same instance alone.

-- Names are the current ones where they are known, and otherwise those that the row was written with.

-- The current state of queues, with their names, without deleted queues.
CREATE VIEW current_metrics AS
SELECT
    metric.instance_arn,
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
    IN_UTC(metric.created_at) AS created_at,
    IN_UTC(metric.last_updated_at) AS last_updated_at
FROM current_metric_data AS metric
LEFT JOIN connect_metadata AS queue
    ON queue.instance_arn = metric.instance_arn AND queue.kind = 'QUEUE' AND queue.id = metric.queue_id
WHERE queue.deleted_at IS NULL;

-- The current state of agents, with names, without deleted agents.
CREATE VIEW current_users AS
SELECT
    metric.instance_arn,
    metric.user_id,
    metric.user_arn,
    COALESCE(agent.name, metric.user_name) AS user_name,
    metric.routing_profile_id,
    metric.routing_profile_arn,
    COALESCE(profile.name, metric.routing_profile_name) AS routing_profile_name,
    metric.status_id,
    metric.status_name,
    status.status_type,
    IN_UTC(metric.status_start_time) AS status_start_time,
    metric.next_status,
    metric.contacts,
    metric.contact_state,
    metric.contact_channel,
    metric.contact_queue_id,
    queue.name AS contact_queue_name,
    IN_UTC(metric.contact_state_start) AS contact_state_start,
    metric.active_slots,
    metric.available_slots,
    metric.max_slots,
    IN_UTC(metric.created_at) AS created_at,
    IN_UTC(metric.last_updated_at) AS last_updated_at
FROM current_user_data AS metric
LEFT JOIN connect_metadata AS agent
    ON agent.instance_arn = metric.instance_arn AND agent.kind = 'USER' AND agent.id = metric.user_id
LEFT JOIN connect_metadata AS profile
    ON profile.instance_arn = metric.instance_arn AND profile.kind = 'ROUTING_PROFILE' AND profile.id = metric.routing_profile_id
LEFT JOIN connect_metadata AS queue
    ON queue.instance_arn = metric.instance_arn AND queue.kind = 'QUEUE' AND queue.id = metric.contact_queue_id
LEFT JOIN connect_metadata AS status
    ON status.instance_arn = metric.instance_arn AND status.kind = 'AGENT_STATUS' AND status.id = metric.status_id
WHERE agent.deleted_at IS NULL;

-- The intervals that the figures of queues come from: five minutes, or a quarter of an hour where one of its five minutes was not read. They are
-- counted interval by interval, so that a day's cost a day.
CREATE VIEW intervals_of_queues AS
SELECT interval_read.instance_arn, interval_read.table_name, interval_read.start_time, interval_read.day, interval_read.local_time, 5 AS minutes
FROM connect_interval_reads AS interval_read
WHERE interval_read.table_name = 'historical_metric_data'
    AND (
        0 = (
            SELECT COUNT(*) FROM connect_interval_reads AS whole
            WHERE whole.instance_arn = interval_read.instance_arn AND whole.table_name = 'interval_metric_data'
                AND whole.quarter = interval_read.quarter
        )
        OR 3 = (
            SELECT COUNT(*) FROM connect_interval_reads AS five
            WHERE five.instance_arn = interval_read.instance_arn AND five.table_name = 'historical_metric_data'
                AND five.quarter = interval_read.quarter
        )
    )
UNION ALL
SELECT interval_read.instance_arn, interval_read.table_name, interval_read.start_time, interval_read.day, interval_read.local_time, 15
FROM connect_interval_reads AS interval_read
WHERE interval_read.table_name = 'interval_metric_data'
    AND 3 > (
        SELECT COUNT(*) FROM connect_interval_reads AS five
        WHERE five.instance_arn = interval_read.instance_arn AND five.table_name = 'historical_metric_data'
            AND five.quarter = interval_read.quarter
    );

-- Queues in five minutes, with the share of contacts that gave up; interval_minutes is 5. A quarter of an hour that was not read
-- in all its five minutes, and as a whole, is reported as a whole: interval_minutes is 15, and what GetMetricDataV2 has no
-- metric for is NULL. minutes_unknown is 0, but for a row without channel and metrics: of a queue that was gone before the
-- interval was read.
CREATE VIEW queues_by_interval AS
SELECT
    interval_read.instance_arn,
    metric.queue_id,
    metric.queue_arn,
    COALESCE(queue.name, metric.queue_name) AS queue_name,
    metric.channel,
    interval_read.day,
    interval_read.local_time,
    IN_UTC(metric.start_time) AS start_time,
    IN_UTC(metric.end_time) AS end_time,
    5 AS interval_minutes,
    0 AS minutes_unknown,
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
    IN_UTC(metric.created_at) AS created_at,
    IN_UTC(metric.last_updated_at) AS last_updated_at
FROM intervals_of_queues AS interval_read
JOIN_FIVE_MINUTES
LEFT JOIN connect_metadata AS queue
    ON queue.instance_arn = metric.instance_arn AND queue.kind = 'QUEUE' AND queue.id = metric.queue_id
WHERE interval_read.table_name = 'historical_metric_data'
UNION ALL
SELECT
    metric.instance_arn,
    metric.queue_id,
    queue.arn,
    queue.name,
    metric.channel,
    metric.day,
    metric.local_time,
    IN_UTC(metric.start_time),
    IN_UTC(metric.end_time),
    15,
    0,
    metric.abandon_time,
    metric.after_contact_work / NULLIF(metric.contacts_handled, 0),
    NULL,
    NULL,
    metric.contacts_abandoned,
    100.0 * metric.contacts_abandoned / NULLIF(metric.contacts_queued, 0),
    NULL,
    NULL,
    metric.contacts_handled,
    NULL,
    NULL,
    metric.contacts_hold_abandons,
    NULL,
    metric.contacts_queued,
    NULL,
    NULL,
    metric.contacts_transferred_out,
    metric.contacts_transferred_out_from_queue,
    metric.handling / NULLIF(metric.contacts_handled, 0),
    metric.holding / NULLIF(metric.contacts_put_on_hold, 0),
    (metric.interacting + metric.holding) / NULLIF(metric.contacts_handled, 0),
    metric.interacting / NULLIF(metric.contacts_handled, 0),
    NULL,
    metric.queued_time,
    metric.queue_answer_time,
    metric.service_level,
    metric.service_level_threshold_seconds,
    IN_UTC(metric.sampled_at),
    IN_UTC(metric.sampled_at)
FROM (
    SELECT
        interval_read.instance_arn,
        interval_read.day,
        interval_read.local_time,
        metric.resource_id AS queue_id,
        metric.channel,
        metric.start_time,
        metric.end_time,
        MAX(CASE WHEN metric.metric = 'AVG_ABANDON_TIME' THEN metric.value END) AS abandon_time,
        MAX(CASE WHEN metric.metric = 'AVG_QUEUE_ANSWER_TIME' THEN metric.value END) AS queue_answer_time,
        MAX(CASE WHEN metric.metric = 'CONTACTS_ABANDONED' THEN metric.value END) AS contacts_abandoned,
        MAX(CASE WHEN metric.metric = 'CONTACTS_HANDLED' THEN metric.value END) AS contacts_handled,
        MAX(CASE WHEN metric.metric = 'CONTACTS_HOLD_ABANDONS' THEN metric.value END) AS contacts_hold_abandons,
        MAX(CASE WHEN metric.metric = 'CONTACTS_PUT_ON_HOLD' THEN metric.value END) AS contacts_put_on_hold,
        MAX(CASE WHEN metric.metric = 'CONTACTS_QUEUED' THEN metric.value END) AS contacts_queued,
        MAX(CASE WHEN metric.metric = 'CONTACTS_TRANSFERRED_OUT' THEN metric.value END) AS contacts_transferred_out,
        MAX(CASE WHEN metric.metric = 'CONTACTS_TRANSFERRED_OUT_FROM_QUEUE' THEN metric.value END) AS contacts_transferred_out_from_queue,
        MAX(CASE WHEN metric.metric = 'MAX_QUEUED_TIME' THEN metric.value END) AS queued_time,
        MAX(CASE WHEN metric.metric = 'SUM_AFTER_CONTACT_WORK_TIME' THEN metric.value END) AS after_contact_work,
        MAX(CASE WHEN metric.metric = 'SUM_HANDLE_TIME' THEN metric.value END) AS handling,
        MAX(CASE WHEN metric.metric = 'SUM_HOLD_TIME' THEN metric.value END) AS holding,
        MAX(CASE WHEN metric.metric = 'SUM_INTERACTION_TIME' THEN metric.value END) AS interacting,
        MAX(CASE WHEN metric.metric LIKE 'SERVICE_LEVEL_LT_%' THEN metric.value END) AS service_level,
        MAX(CASE WHEN metric.metric LIKE 'SERVICE_LEVEL_LT_%' THEN CAST(SUBSTR(metric.metric, 18) AS NUMBER) END)
            AS service_level_threshold_seconds,
        MAX(metric.sampled_at) AS sampled_at
    FROM intervals_of_queues AS interval_read
    JOIN_QUARTERS
    WHERE interval_read.table_name = 'interval_metric_data' AND metric.resource_kind = 'QUEUE'
    GROUP BY interval_read.instance_arn, interval_read.day, interval_read.local_time, metric.resource_id, metric.channel, metric.start_time,
        metric.end_time
) AS metric
LEFT JOIN connect_metadata AS queue
    ON queue.instance_arn = metric.instance_arn AND queue.kind = 'QUEUE' AND queue.id = metric.queue_id
UNION ALL
SELECT
    queue.instance_arn,
    queue.id,
    queue.arn,
    queue.name,
    '',
    interval_read.day,
    interval_read.local_time,
    IN_UTC(interval_read.start_time),
    NULL,
    interval_read.minutes,
    interval_read.minutes,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL
FROM intervals_of_queues AS interval_read
JOIN connect_unknown AS unknown
    ON unknown.instance_arn = interval_read.instance_arn AND unknown.table_name = interval_read.table_name
        AND unknown.start_time = interval_read.start_time AND unknown.resource_kind = 'QUEUE'
JOIN connect_metadata AS queue
    ON queue.instance_arn = unknown.instance_arn AND queue.kind = 'QUEUE' AND queue.id = unknown.resource_id;

-- Queues by day. An average is weighted by the count it is the mean of: handling, after-contact work and interaction by
-- contacts handled, waiting for an answer by contacts that were answered out of a queue, giving up by contacts
-- abandoned, the service level by contacts queued. Only rows that have both the average and the count take part, and
-- in the rate of contacts that gave up only those that have both counts.
-- hold_time is the mean over contacts that were put on hold, whose number the API does not report: it is there for a day
-- of one interval with a hold, and NULL for others, as means without counts can't be joined. hold_time_per_contact can
-- be told exactly: time on hold over all contacts handled. Occupancy of a queue has no count either, so the day has
-- none; agents_by_day has that of agents. Service levels of different thresholds don't mix: then it is NULL.
-- minutes_read is how much of the day was read, of 1,440 minutes in a day without a change of clocks; minutes_unknown, in
-- a row without a channel, how much of it nobody knows of a queue that is gone.
CREATE VIEW queues_by_day AS
SELECT
    intervals.instance_arn,
    intervals.day,
    queue_id,
    queue_name,
    channel,
    MAX(covered.minutes) AS minutes_read,
    SUM(minutes_unknown) AS minutes_unknown,
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
JOIN (SELECT instance_arn, day, SUM(minutes) AS minutes FROM intervals_of_queues GROUP BY instance_arn, day) AS covered
    ON covered.instance_arn = intervals.instance_arn AND covered.day = intervals.day
GROUP BY intervals.instance_arn, intervals.day, queue_id, queue_name, channel;

-- Metrics of fifteen minutes with the names of what they are of.
CREATE VIEW interval_metrics AS
SELECT
    interval_read.instance_arn,
    resource.name AS resource_name,
    interval_read.day,
    interval_read.local_time,
    metric.resource_kind,
    metric.resource_id,
    metric.channel,
    IN_UTC(metric.start_time) AS start_time,
    IN_UTC(metric.end_time) AS end_time,
    metric.metric,
    metric.value,
    IN_UTC(metric.sampled_at) AS sampled_at
FROM connect_interval_reads AS interval_read
JOIN_QUARTERS
LEFT JOIN connect_metadata AS resource
    ON resource.instance_arn = metric.instance_arn AND resource.kind = metric.resource_kind AND resource.id = metric.resource_id
WHERE interval_read.table_name = 'interval_metric_data';

-- How agents spent their time, in seconds, and the share of it with contacts, in fifteen minutes. Of the time with
-- contacts and without, one that is not reported is none if the other is.
CREATE VIEW agents_by_interval AS
SELECT
    *,
    100.0 * COALESCE(contact_time, 0) / NULLIF(COALESCE(contact_time, 0) + COALESCE(idle_time, 0), 0) AS occupancy
FROM (
    SELECT
        instance_arn,
        start_time,
        end_time,
        day,
        local_time,
        resource_id AS user_id,
        resource_name AS user_name,
        MAX(CASE WHEN metric = 'SUM_ONLINE_TIME_AGENT' THEN value END) AS online_time,
        MAX(CASE WHEN metric = 'SUM_CONTACT_TIME_AGENT' THEN value END) AS contact_time,
        MAX(CASE WHEN metric = 'SUM_IDLE_TIME_AGENT' THEN value END) AS idle_time,
        MAX(CASE WHEN metric = 'SUM_NON_PRODUCTIVE_TIME_AGENT' THEN value END) AS non_productive_time,
        MAX(CASE WHEN metric = 'SUM_ERROR_STATUS_TIME_AGENT' THEN value END) AS error_time
    FROM interval_metrics
    WHERE resource_kind = 'USER' AND channel = ''
    GROUP BY instance_arn, start_time, end_time, day, local_time, resource_id, resource_name
) AS times;

-- The same by day: the times added up, and the occupancy of the sums. minutes_read is how much of the day was read;
-- minutes_unknown of how much of it agents may be missing, as their routing profile was gone before it was read.
CREATE VIEW agents_by_day AS
SELECT
    intervals.instance_arn,
    intervals.day,
    user_id,
    user_name,
    MAX(covered.minutes) AS minutes_read,
    MAX(covered.unknown) AS minutes_unknown,
    SUM(online_time) AS online_time,
    SUM(contact_time) AS contact_time,
    SUM(idle_time) AS idle_time,
    SUM(non_productive_time) AS non_productive_time,
    SUM(error_time) AS error_time,
    100.0 * SUM(COALESCE(contact_time, 0))
        / NULLIF(SUM(COALESCE(contact_time, 0) + COALESCE(idle_time, 0)), 0) AS occupancy
FROM agents_by_interval AS intervals
JOIN (
    SELECT
        interval_read.instance_arn,
        interval_read.day,
        SUM(15) AS minutes,
        SUM(
            CASE WHEN EXISTS (
                SELECT 1 FROM connect_unknown AS gone
                WHERE gone.instance_arn = interval_read.instance_arn AND gone.table_name = interval_read.table_name
                    AND gone.start_time = interval_read.start_time AND gone.resource_kind = 'ROUTING_PROFILE'
            ) THEN 15 ELSE 0 END
        ) AS unknown
    FROM connect_interval_reads AS interval_read
    WHERE interval_read.table_name = 'interval_metric_data'
    GROUP BY interval_read.instance_arn, interval_read.day
) AS covered ON covered.instance_arn = intervals.instance_arn AND covered.day = intervals.day
GROUP BY intervals.instance_arn, intervals.day, user_id, user_name;
