-- A contact with how its stay in a queue ended. The outcomes were decided when the row was written, one for each thing that
-- the contact may go on as; which of them it is, the contacts that come after it say: the one that it names, and those that
-- name it. The greatest rank counts. Of a contact that is known from its events alone, they are said whether it waited or
-- not; one whose channel's longest life is over has ended though nobody says so.
CREATE VIEW contact_outcome AS
SELECT contact.*,
    CASE WHEN contact.queue_enqueue_timestamp IS NULL THEN NULL
    WHEN contact.outcome_alone IS NULL AND contact.is_presumed_over = 1 AND contact.leg = 'customer' THEN 'ended_otherwise'
    WHEN contact.outcome_alone IS NULL OR contact.outcome_alone = contact.outcome_if_callback THEN contact.outcome_alone
    ELSE CASE GREATER_OF(
            CASE WHEN contact.next_contact_id IS NULL THEN -1 ELSE COALESCE((
                SELECT COALESCE(following.successor_rank, -1) FROM contact_record AS following
                WHERE following.aws_region = contact.aws_region AND following.instance_id = contact.instance_id
                    AND following.contact_id = contact.next_contact_id), 0) END,
            COALESCE((
                SELECT MAX(following.successor_rank) FROM contact_record AS following
                WHERE following.previous_contact_id = contact.contact_id
                    AND (following.aws_region || '') = contact.aws_region
                    AND (following.instance_id || '') = contact.instance_id), -1))
        WHEN 2 THEN contact.outcome_if_callback
        WHEN 1 THEN contact.outcome_if_transfer
        WHEN 0 THEN contact.outcome_if_unknown
        ELSE contact.outcome_alone END
    END AS queue_outcome
FROM contact_record AS contact;

CREATE VIEW queue_intervals AS
SELECT sums.aws_region, sums.instance_id, calendar.zone, calendar.interval_minutes,
    IN_UTC(calendar.interval_start) AS interval_start, IN_UTC(calendar.interval_end) AS interval_end,
    calendar.local_interval_start, calendar.local_date,
    NULLIF(sums.queue_id, '') AS queue_id, MAX(names.queue_name) AS queue_name, NULLIF(sums.channel, '') AS channel,
    CAST(SUM(sums.contacts) AS bigint) AS offered,
    CAST(SUM(sums.answered) AS bigint) AS answered,
    CAST(SUM(sums.abandoned) AS bigint) AS abandoned,
    CAST(SUM(sums.callback_requested) AS bigint) AS callback_requested,
    CAST(SUM(sums.transferred_out_from_queue) AS bigint) AS transferred_out_from_queue,
    CAST(SUM(sums.ended_otherwise) AS bigint) AS ended_otherwise,
    CAST(SUM(sums.waiting) AS bigint) AS waiting,
    CAST(SUM(sums.provisional) AS bigint) AS provisional,
    CASE WHEN SUM(sums.provisional) = 0 THEN true ELSE false END AS settled,
    CAST(SUM(sums.abandoned_short) AS bigint) AS abandoned_short,
    CAST(SUM(sums.transferred_to_endpoint) AS bigint) AS transferred_to_endpoint,
    CAST(SUM(sums.transfer_completed) AS bigint) AS transfer_completed,
    CAST(SUM(sums.put_on_hold) AS bigint) AS put_on_hold,
    CAST(SUM(sums.interaction_seconds) AS bigint) AS interaction_seconds,
    CAST(SUM(sums.interaction_count) AS bigint) AS interaction_count,
    CAST(SUM(sums.hold_seconds) AS bigint) AS hold_seconds,
    CAST(SUM(sums.after_contact_work_seconds) AS bigint) AS after_contact_work_seconds,
    CAST(SUM(sums.after_contact_work_count) AS bigint) AS after_contact_work_count,
    CAST(SUM(sums.handle_seconds) AS bigint) AS handle_seconds,
    CAST(SUM(sums.answered_queue_seconds) AS bigint) AS answered_queue_seconds,
    CAST(SUM(sums.answered_queue_count) AS bigint) AS answered_queue_count,
    MAX(sums.answered_longest_queue_seconds) AS answered_longest_queue_seconds,
    CAST(SUM(sums.abandoned_queue_seconds) AS bigint) AS abandoned_queue_seconds,
    CAST(SUM(sums.abandoned_queue_count) AS bigint) AS abandoned_queue_count,
    MAX(sums.abandoned_longest_queue_seconds) AS abandoned_longest_queue_seconds,
    ROUND(CAST(SUM(sums.interaction_seconds) AS NUMBER) / NULLIF(SUM(sums.interaction_count), 0), 3) AS average_interaction_seconds,
    ROUND(CAST(SUM(sums.hold_seconds) AS NUMBER) / NULLIF(SUM(sums.put_on_hold), 0), 3) AS average_hold_seconds,
    ROUND(CAST(SUM(sums.after_contact_work_seconds) AS NUMBER) / NULLIF(SUM(sums.after_contact_work_count), 0), 3) AS average_after_contact_work_seconds,
    ROUND(CAST(SUM(sums.handle_seconds) AS NUMBER) / NULLIF(SUM(sums.interaction_count), 0), 3) AS average_handle_seconds,
    ROUND(CAST(SUM(sums.answered_queue_seconds) AS NUMBER) / NULLIF(SUM(sums.answered_queue_count), 0), 3) AS average_answered_queue_seconds,
    ROUND(CAST(SUM(sums.abandoned_queue_seconds) AS NUMBER) / NULLIF(SUM(sums.abandoned_queue_count), 0), 3) AS average_abandoned_queue_seconds
FROM calendar CROSS JOIN SUMS_BY_ENQUEUE
LEFT JOIN queue_names AS names
    ON names.aws_region = sums.aws_region AND names.instance_id = sums.instance_id AND names.queue_id = sums.queue_id
WHERE sums.attribution = 'enqueue'
    AND sums.interval_start >= calendar.interval_start AND sums.interval_start < calendar.interval_end
GROUP BY sums.aws_region, sums.instance_id, calendar.zone, calendar.interval_minutes, calendar.interval_start,
    calendar.interval_end, calendar.local_interval_start, calendar.local_date, sums.queue_id, sums.channel;

CREATE VIEW agent_queue_intervals AS
SELECT sums.aws_region, sums.instance_id, calendar.zone, calendar.interval_minutes,
    IN_UTC(calendar.interval_start) AS interval_start, IN_UTC(calendar.interval_end) AS interval_end,
    calendar.local_interval_start, calendar.local_date,
    sums.agent, NULLIF(sums.queue_id, '') AS queue_id, MAX(names.queue_name) AS queue_name, NULLIF(sums.channel, '') AS channel,
    CAST(SUM(sums.answered) AS bigint) AS answered,
    CAST(SUM(sums.provisional) AS bigint) AS provisional,
    CASE WHEN SUM(sums.provisional) = 0 THEN true ELSE false END AS settled,
    CAST(SUM(sums.transfer_completed) AS bigint) AS transfer_completed,
    CAST(SUM(sums.put_on_hold) AS bigint) AS put_on_hold,
    CAST(SUM(sums.interaction_seconds) AS bigint) AS interaction_seconds,
    CAST(SUM(sums.interaction_count) AS bigint) AS interaction_count,
    CAST(SUM(sums.hold_seconds) AS bigint) AS hold_seconds,
    CAST(SUM(sums.after_contact_work_seconds) AS bigint) AS after_contact_work_seconds,
    CAST(SUM(sums.after_contact_work_count) AS bigint) AS after_contact_work_count,
    CAST(SUM(sums.handle_seconds) AS bigint) AS handle_seconds,
    ROUND(CAST(SUM(sums.interaction_seconds) AS NUMBER) / NULLIF(SUM(sums.interaction_count), 0), 3) AS average_interaction_seconds,
    ROUND(CAST(SUM(sums.hold_seconds) AS NUMBER) / NULLIF(SUM(sums.put_on_hold), 0), 3) AS average_hold_seconds,
    ROUND(CAST(SUM(sums.after_contact_work_seconds) AS NUMBER) / NULLIF(SUM(sums.after_contact_work_count), 0), 3) AS average_after_contact_work_seconds,
    ROUND(CAST(SUM(sums.handle_seconds) AS NUMBER) / NULLIF(SUM(sums.interaction_count), 0), 3) AS average_handle_seconds
FROM calendar CROSS JOIN SUMS_BY_CONNECTED
LEFT JOIN queue_names AS names
    ON names.aws_region = sums.aws_region AND names.instance_id = sums.instance_id AND names.queue_id = sums.queue_id
WHERE sums.attribution = 'connected'
    AND sums.interval_start >= calendar.interval_start AND sums.interval_start < calendar.interval_end
GROUP BY sums.aws_region, sums.instance_id, calendar.zone, calendar.interval_minutes, calendar.interval_start,
    calendar.interval_end, calendar.local_interval_start, calendar.local_date, sums.agent, sums.queue_id, sums.channel;

CREATE VIEW queue_intervals_by_disconnect AS
SELECT sums.aws_region, sums.instance_id, calendar.zone, calendar.interval_minutes,
    IN_UTC(calendar.interval_start) AS interval_start, IN_UTC(calendar.interval_end) AS interval_end,
    calendar.local_interval_start, calendar.local_date,
    NULLIF(sums.queue_id, '') AS queue_id, MAX(names.queue_name) AS queue_name, NULLIF(sums.channel, '') AS channel,
    CAST(COALESCE(SUM(sums.contacts) FILTER (WHERE sums.attribution = 'initiate'), 0) AS bigint) AS contacts_created,
    CAST(COALESCE(SUM(sums.contacts) FILTER (WHERE sums.attribution = 'disconnect'), 0) AS bigint) AS contacts_queued,
    CAST(COALESCE(SUM(sums.answered) FILTER (WHERE sums.attribution = 'disconnect'), 0) AS bigint) AS contacts_handled,
    CAST(COALESCE(SUM(sums.abandoned) FILTER (WHERE sums.attribution = 'disconnect'), 0) AS bigint) AS contacts_abandoned,
    CAST(COALESCE(SUM(sums.callback_requested + sums.transferred_out_from_queue) FILTER (WHERE sums.attribution = 'disconnect'), 0) AS bigint) AS contacts_transferred_out_from_queue,
    CAST(COALESCE(SUM(sums.transfer_completed) FILTER (WHERE sums.attribution = 'disconnect'), 0) AS bigint) AS contacts_transferred_out,
    CAST(COALESCE(SUM(sums.callbacks_answered) FILTER (WHERE sums.attribution = 'disconnect'), 0) AS bigint) AS callback_contacts_handled,
    CAST(COALESCE(SUM(sums.callbacks_retried) FILTER (WHERE sums.attribution = 'disconnect'), 0) AS bigint) AS retry_callback_attempts,
    CAST(COALESCE(SUM(sums.put_on_hold) FILTER (WHERE sums.attribution = 'disconnect'), 0) AS bigint) AS contacts_put_on_hold,
    CAST(SUM(sums.provisional) AS bigint) AS provisional,
    CASE WHEN SUM(sums.provisional) = 0 THEN true ELSE false END AS settled,
    MAX(sums.longest_queue_seconds) FILTER (WHERE sums.attribution = 'disconnect') AS max_queued_seconds,
    CAST(COALESCE(SUM(sums.answered_queue_seconds) FILTER (WHERE sums.attribution = 'disconnect'), 0) AS bigint) AS queue_answer_seconds,
    CAST(COALESCE(SUM(sums.abandoned_queue_seconds) FILTER (WHERE sums.attribution = 'disconnect'), 0) AS bigint) AS abandon_seconds,
    CAST(COALESCE(SUM(sums.interaction_seconds) FILTER (WHERE sums.attribution = 'disconnect'), 0) AS bigint) AS interaction_seconds,
    CAST(COALESCE(SUM(sums.hold_seconds) FILTER (WHERE sums.attribution = 'disconnect'), 0) AS bigint) AS hold_seconds,
    CAST(COALESCE(SUM(sums.after_contact_work_seconds) FILTER (WHERE sums.attribution = 'disconnect'), 0) AS bigint) AS after_contact_work_seconds,
    CAST(COALESCE(SUM(sums.handle_seconds) FILTER (WHERE sums.attribution = 'disconnect'), 0) AS bigint) AS handle_seconds
FROM calendar CROSS JOIN SUMS_BY_DISCONNECT
LEFT JOIN queue_names AS names
    ON names.aws_region = sums.aws_region AND names.instance_id = sums.instance_id AND names.queue_id = sums.queue_id
WHERE sums.attribution IN ('initiate', 'disconnect')
    AND sums.interval_start >= calendar.interval_start AND sums.interval_start < calendar.interval_end
GROUP BY sums.aws_region, sums.instance_id, calendar.zone, calendar.interval_minutes, calendar.interval_start,
    calendar.interval_end, calendar.local_interval_start, calendar.local_date, sums.queue_id, sums.channel;

-- The targets that count for a queue and a channel that has sums, for each threshold one row.
CREATE VIEW queue_service_levels AS
SELECT levels.attribution, levels.aws_region, levels.instance_id, calendar.zone, calendar.interval_minutes,
    IN_UTC(calendar.interval_start) AS interval_start, IN_UTC(calendar.interval_end) AS interval_end,
    calendar.local_interval_start, calendar.local_date,
    NULLIF(levels.queue_id, '') AS queue_id, NULLIF(levels.channel, '') AS channel, levels.seconds,
    MAX(target.target_percent) AS target_percent,
    CAST(SUM(sums.contacts) AS bigint) AS offered,
    CAST(SUM(sums.waiting) AS bigint) AS waiting,
    CAST(SUM(sums.provisional) AS bigint) AS provisional,
    CASE WHEN SUM(sums.provisional) = 0 THEN true ELSE false END AS settled,
    CAST(SUM(sums.abandoned_short) AS bigint) AS abandoned_short,
    CAST(SUM(levels.answered_within) AS bigint) AS answered_within,
    CAST(SUM(levels.abandoned_within) AS bigint) AS abandoned_within,
    ROUND(CAST(100 * SUM(levels.answered_within) AS NUMBER) / NULLIF(SUM(sums.contacts - sums.waiting), 0), 3) AS service_level_percent,
    ROUND(CAST(100 * SUM(levels.answered_within) AS NUMBER) / NULLIF(SUM(sums.contacts - sums.waiting - sums.abandoned_short), 0), 3) AS service_level_without_short_percent
FROM calendar CROSS JOIN KEPT_SERVICE_LEVELS
JOIN interval_sums AS sums
    ON sums.attribution = levels.attribution AND sums.interval_start = levels.interval_start
    AND sums.aws_region = levels.aws_region AND sums.instance_id = levels.instance_id
    AND sums.queue_id = levels.queue_id AND sums.agent = '' AND sums.channel = levels.channel
JOIN service_level_targets AS target
    ON target.seconds = levels.seconds
    AND target.aws_region IN ('', levels.aws_region) AND target.instance_id IN ('', levels.instance_id)
    AND target.queue_id IN ('', levels.queue_id) AND target.channel IN ('', levels.channel)
WHERE levels.interval_start >= calendar.interval_start AND levels.interval_start < calendar.interval_end
    AND NOT EXISTS (SELECT 1 FROM service_level_targets AS closer
        WHERE closer.aws_region IN ('', levels.aws_region) AND closer.instance_id IN ('', levels.instance_id)
            AND closer.queue_id IN ('', levels.queue_id) AND closer.channel IN ('', levels.channel)
            AND (CASE WHEN closer.queue_id = '' THEN 0 ELSE 8 END + CASE WHEN closer.instance_id = '' THEN 0 ELSE 4 END
                + CASE WHEN closer.aws_region = '' THEN 0 ELSE 2 END + CASE WHEN closer.channel = '' THEN 0 ELSE 1 END)
                > (CASE WHEN target.queue_id = '' THEN 0 ELSE 8 END + CASE WHEN target.instance_id = '' THEN 0 ELSE 4 END
                + CASE WHEN target.aws_region = '' THEN 0 ELSE 2 END + CASE WHEN target.channel = '' THEN 0 ELSE 1 END))
GROUP BY levels.attribution, levels.aws_region, levels.instance_id, calendar.zone, calendar.interval_minutes,
    calendar.interval_start, calendar.interval_end, calendar.local_interval_start, calendar.local_date,
    levels.queue_id, levels.channel, levels.seconds;

-- A contact of the customer's with flags and durations, as the data lake's table of this name has them.
CREATE VIEW contact_statistic_record AS
SELECT contact.aws_region, contact.instance_id, contact.aws_account_id, contact.contact_id, contact.channel,
    contact.queue_id, contact.agent_id, contact.initiation_method,
    IN_UTC(contact.disconnect_timestamp) AS disconnect_timestamp,
    CASE WHEN contact.queue_outcome IS NULL THEN 0 ELSE 1 END AS is_queued,
    CASE WHEN contact.queue_outcome = 'abandoned' THEN 1 ELSE 0 END AS is_abandoned,
    CASE WHEN contact.agent_connected_to_agent_timestamp IS NULL THEN 0 ELSE 1 END AS is_handled,
    CASE WHEN contact.queue_outcome = 'answered' THEN 1 ELSE 0 END AS is_queued_and_handled,
    CASE WHEN contact.agent_number_of_holds > 0 OR contact.agent_customer_hold_duration_ms > 0 THEN 1 ELSE 0 END AS is_put_on_hold,
    CASE WHEN contact.queue_outcome IS NOT NULL THEN contact.queue_duration_ms END AS queue_time_ms,
    CASE WHEN contact.queue_outcome = 'answered' THEN contact.queue_duration_ms END AS queue_answer_time_ms,
    CASE WHEN contact.queue_outcome = 'abandoned' THEN contact.queue_duration_ms END AS abandon_time_ms,
    contact.agent_interaction_duration_ms AS agent_interaction_time_ms,
    contact.agent_customer_hold_duration_ms AS customer_hold_time_ms,
    contact.agent_after_contact_work_duration_ms AS after_contact_work_time_ms,
    contact.agent_interaction_duration_ms + COALESCE(contact.agent_customer_hold_duration_ms, 0)
        + COALESCE(contact.agent_after_contact_work_duration_ms, 0) AS handle_time_ms
FROM contact_outcome AS contact
WHERE contact.leg = 'customer';
