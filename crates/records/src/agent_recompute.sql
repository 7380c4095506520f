-- Recomputes the kept sums of agents whose time changed. A change can't tell past the next log-off, as nothing of a session
-- goes on after it, and nothing before a log-off tells after it. One transaction: what changes meanwhile is not taken, and
-- counts in the next.
UPDATE agent_changes SET is_taken = 1
WHERE change < (SELECT MIN(change) FROM agent_changes) + CAST($1 AS bigint);

INSERT INTO dirty_agents
    (aws_region, instance_id, agent_id, dirty_from, dirty_to, known_until, rows_from, rows_to, events_from, events_to)
SELECT span.aws_region, span.instance_id, span.agent_id, span.dirty_from, span.dirty_to, span.known_until,
    COALESCE((SELECT MAX(off.start_timestamp) FROM agent_time AS off
        WHERE off.aws_region = span.aws_region AND off.instance_id = span.instance_id AND off.agent_id = span.agent_id
            AND off.contact_id = '' AND off.status_type = 'LOGGED_OFF' AND off.start_timestamp <= span.dirty_from),
        CAST('1970-01-01T00:00:00.000000Z' AS TIMESTAMP_UTC)),
    COALESCE((SELECT MIN(off.start_timestamp) FROM agent_time AS off
        WHERE off.aws_region = span.aws_region AND off.instance_id = span.instance_id AND off.agent_id = span.agent_id
            AND off.contact_id = '' AND off.status_type = 'LOGGED_OFF' AND off.start_timestamp >= span.dirty_to), NEVER),
    COALESCE((SELECT MAX(heard.interval_start) FROM agent_event_times AS heard
        WHERE heard.aws_region = span.aws_region AND heard.instance_id = span.instance_id
            AND heard.agent_id = span.agent_id AND heard.interval_start < span.dirty_from), span.dirty_from),
    COALESCE((SELECT MIN(heard.interval_start) FROM agent_event_times AS heard
        WHERE heard.aws_region = span.aws_region AND heard.instance_id = span.instance_id
            AND heard.agent_id = span.agent_id AND heard.interval_start >= span.dirty_to), NEVER)
FROM (
    SELECT known.aws_region, known.instance_id, known.agent_id, known.dirty_from, known.known_until,
        COALESCE(known.session_end, known.known_until) AS dirty_to
    FROM (
        SELECT changed.aws_region, changed.instance_id, changed.agent_id,
            -- A gap begins with the event before.
            COALESCE((SELECT MAX(heard.interval_start) FROM agent_event_times AS heard
                WHERE heard.aws_region = changed.aws_region AND heard.instance_id = changed.instance_id
                    AND heard.agent_id = changed.agent_id AND heard.interval_start < changed.changed_from),
                changed.changed_from) AS dirty_from,
            (SELECT UTC_TIME(off.start_interval PLUS_FIVE_MINUTES) FROM agent_time AS off
                WHERE off.aws_region = changed.aws_region AND off.instance_id = changed.instance_id
                    AND off.agent_id = changed.agent_id AND off.contact_id = '' AND off.status_type = 'LOGGED_OFF'
                    AND off.start_timestamp > changed.changed_to
                ORDER BY off.start_timestamp LIMIT 1) AS session_end,
            (SELECT MAX(heard.last_event_timestamp) FROM agent_event_times AS heard
                WHERE heard.aws_region = changed.aws_region AND heard.instance_id = changed.instance_id
                    AND heard.agent_id = changed.agent_id AND heard.interval_start = (
                        SELECT MAX(last.interval_start) FROM agent_event_times AS last
                        WHERE last.aws_region = changed.aws_region AND last.instance_id = changed.instance_id
                            AND last.agent_id = changed.agent_id)) AS known_until
        FROM (
            SELECT aws_region, instance_id, agent_id, MIN(changed_from) AS changed_from, MAX(changed_to) AS changed_to
            FROM agent_changes WHERE is_taken = 1 GROUP BY aws_region, instance_id, agent_id
        ) AS changed
    ) AS known
) AS span;

DELETE FROM agent_interval_sums WHERE (aws_region, instance_id, agent_id, interval_start) IN (
    SELECT sums.aws_region, sums.instance_id, sums.agent_id, sums.interval_start
    FROM dirty_agents AS dirty CROSS JOIN agent_interval_sums AS sums
    WHERE sums.aws_region = dirty.aws_region AND sums.instance_id = dirty.instance_id AND sums.agent_id = dirty.agent_id
        AND sums.interval_start >= dirty.dirty_from AND sums.interval_start < dirty.dirty_to);

INSERT INTO agent_interval_sums (interval_start, aws_region, instance_id, agent_id, status_name, status_type,
    logged_on_seconds, online_seconds, non_productive_seconds, idle_seconds, contact_seconds, after_contact_work_seconds,
    error_seconds, gap_seconds)
WITH RECURSIVE grid (aws_region, instance_id, agent_id, at, until) AS (
    SELECT aws_region, instance_id, agent_id, dirty_from, dirty_to FROM dirty_agents
    UNION ALL
    SELECT aws_region, instance_id, agent_id, UTC_TIME(at PLUS_FIVE_MINUTES), until FROM grid
    WHERE UTC_TIME(at PLUS_FIVE_MINUTES) < until
)
SELECT interval_start, aws_region, instance_id, agent_id, status_name, status_type,
    SUM(CASE WHEN is_gap = 0 THEN seconds ELSE 0 END),
    SUM(CASE WHEN is_gap = 0 AND status_type <> 'OFFLINE' THEN seconds ELSE 0 END),
    SUM(CASE WHEN status_type = 'CUSTOM' THEN seconds ELSE 0 END),
    SUM(CASE WHEN activity = 'available' THEN seconds ELSE 0 END),
    SUM(CASE WHEN activity IN ('on-contact', 'on-hold', 'after-contact-work') THEN seconds ELSE 0 END),
    SUM(CASE WHEN activity = 'after-contact-work' THEN seconds ELSE 0 END),
    SUM(CASE WHEN activity = 'error' THEN seconds ELSE 0 END),
    SUM(CASE WHEN is_gap = 1 THEN seconds ELSE 0 END)
FROM (
    -- A moment counts without its fraction, so that pieces add up.
    SELECT moment.interval_start, moment.aws_region, moment.instance_id, moment.agent_id,
        COALESCE(moment.status_name, '') AS status_name, COALESCE(moment.status_type, '') AS status_type, moment.activity,
        moment.is_gap, CAST(UNIX_SECOND((moment.next_at)) - UNIX_SECOND((moment.at)) AS bigint) AS seconds
    FROM (AGENT_MOMENTS) AS moment
    JOIN dirty_agents AS dirty ON dirty.aws_region = moment.aws_region AND dirty.instance_id = moment.instance_id
        AND dirty.agent_id = moment.agent_id
    WHERE moment.interval_start IS NOT NULL AND moment.at < dirty.dirty_to AND moment.at < dirty.known_until
) AS piece
WHERE seconds > 0 AND status_type <> 'LOGGED_OFF'
GROUP BY interval_start, aws_region, instance_id, agent_id, status_name, status_type;

DELETE FROM dirty_agents;

DELETE FROM agent_changes WHERE is_taken = 1;
