WITH ordered AS (
    SELECT change.*,
        LEAD(change.start_timestamp) OVER (
            PARTITION BY change.aws_region, change.instance_id, change.agent_id, change.contact_id
            ORDER BY change.start_timestamp) AS next_start,
        MIN(CASE WHEN change.status_type = 'LOGGED_OFF' THEN change.start_timestamp END) OVER (
            PARTITION BY change.aws_region, change.instance_id, change.agent_id
            ORDER BY change.start_timestamp DESC, change.contact_id ROWS UNBOUNDED PRECEDING) AS logged_off,
        MIN(CASE WHEN change.contact_id = '' THEN change.start_timestamp END) OVER (
            PARTITION BY change.aws_region, change.instance_id, change.agent_id
            ORDER BY change.start_timestamp DESC, change.contact_id DESC ROWS UNBOUNDED PRECEDING) AS next_status
    FROM AGENT_ROWS AS change
)
SELECT ordered.aws_region, ordered.instance_id, ordered.agent_id, ordered.contact_id, ordered.start_timestamp,
    ordered.agent_username, ordered.status_name, ordered.status_type, ordered.state, ordered.channel,
    ordered.initiation_method, ordered.queue_id, ordered.activity,
    CASE WHEN ordered.contact_id = '' THEN ordered.next_start ELSE NULLIF(LESSER_OF(
        COALESCE(ordered.next_start, NEVER),
        -- Every event tells of all that goes on, so what an event that was lost ended was over by the next one, even if the
        -- agent has the contact again later.
        COALESCE(CASE WHEN ordered.activity IS NOT NULL AND ordered.event_interval IS NOT NULL THEN (
            SELECT CASE WHEN later.first_event_timestamp > ordered.event_timestamp THEN later.first_event_timestamp
                ELSE later.last_event_timestamp END
            FROM agent_event_times AS later
            WHERE later.aws_region = ordered.aws_region AND later.instance_id = ordered.instance_id
                AND later.agent_id = ordered.agent_id AND later.interval_start >= ordered.event_interval
                AND later.last_event_timestamp > ordered.event_timestamp
            ORDER BY later.interval_start LIMIT 1) END, NEVER),
        COALESCE(ordered.logged_off, NEVER),
        -- Connect shows these until they are cleared. Whoever has taken a status since does not work on them.
        CASE WHEN ordered.activity IN ('error', 'missed', 'rejected') THEN COALESCE(ordered.next_status, NEVER) ELSE NEVER END),
        NEVER) END AS end_timestamp
FROM ordered
