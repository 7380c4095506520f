-- Recomputes the kept sums for the five minutes that changed contacts were or are in. One transaction: what changes
-- meanwhile is not taken, and counts in the next.
UPDATE contact_changes SET is_taken = 1
WHERE change < (SELECT MIN(change) FROM contact_changes) + CAST($1 AS bigint);

INSERT INTO dirty_intervals (attribution, interval_start, aws_region, instance_id)
WITH taken AS (SELECT * FROM contact_changes WHERE is_taken = 1),
changed AS (
    SELECT contact.aws_region, contact.instance_id, contact.previous_contact_id, contact.initiated_interval,
        contact.enqueued_interval, contact.connected_interval, contact.disconnected_interval
    FROM taken CROSS JOIN contact_record AS contact
    WHERE contact.aws_region = taken.aws_region AND contact.instance_id = taken.instance_id
        AND contact.contact_id = taken.contact_id
),
-- How the contact before ended depends on the one that comes after.
before AS (
    SELECT aws_region, instance_id, previous_contact_id AS contact_id FROM changed
    UNION SELECT aws_region, instance_id, replaced_previous_contact_id FROM taken
    UNION SELECT earlier.aws_region, earlier.instance_id, earlier.contact_id
        FROM taken CROSS JOIN contact_record AS earlier
        WHERE earlier.next_contact_id = taken.contact_id
            AND (earlier.aws_region || '') = taken.aws_region AND (earlier.instance_id || '') = taken.instance_id
),
starts AS (
    SELECT 'enqueue' AS attribution, replaced_enqueued_interval AS interval_start, aws_region, instance_id FROM taken
    UNION SELECT 'connected', replaced_connected_interval, aws_region, instance_id FROM taken
    UNION SELECT 'disconnect', replaced_disconnected_interval, aws_region, instance_id FROM taken
    UNION SELECT 'initiate', replaced_initiated_interval, aws_region, instance_id FROM taken
    UNION SELECT 'initiate', initiated_interval, aws_region, instance_id FROM changed
    UNION SELECT 'enqueue', enqueued_interval, aws_region, instance_id FROM changed
    UNION SELECT 'connected', connected_interval, aws_region, instance_id FROM changed
    UNION SELECT 'disconnect', disconnected_interval, aws_region, instance_id FROM changed
    UNION SELECT 'enqueue', contact.enqueued_interval, contact.aws_region, contact.instance_id
        FROM before CROSS JOIN contact_record AS contact
        WHERE contact.aws_region = before.aws_region AND contact.instance_id = before.instance_id
            AND contact.contact_id = before.contact_id
    UNION SELECT 'disconnect', contact.disconnected_interval, contact.aws_region, contact.instance_id
        FROM before CROSS JOIN contact_record AS contact
        WHERE contact.aws_region = before.aws_region AND contact.instance_id = before.instance_id
            AND contact.contact_id = before.contact_id
    -- Whether a callback is tried again depends on the one that comes before.
    UNION SELECT 'disconnect', following.disconnected_interval, following.aws_region, following.instance_id
        FROM taken CROSS JOIN contact_record AS following
        WHERE following.previous_contact_id = taken.contact_id AND following.initiation_method = 'CALLBACK'
            AND (following.aws_region || '') = taken.aws_region AND (following.instance_id || '') = taken.instance_id
)
SELECT attribution, interval_start, aws_region, instance_id FROM starts WHERE interval_start IS NOT NULL;

INSERT INTO queue_names AS target (aws_region, instance_id, queue_id, queue_name, version)
SELECT aws_region, instance_id, queue_id, queue_name, version FROM (
    SELECT contact.aws_region, contact.instance_id, contact.queue_id, contact.queue_name, contact.version,
        row_number() OVER (PARTITION BY contact.aws_region, contact.instance_id, contact.queue_id
            ORDER BY contact.version DESC, contact.queue_name DESC) AS place
    FROM contact_changes AS taken CROSS JOIN contact_record AS contact
    WHERE taken.is_taken = 1 AND contact.aws_region = taken.aws_region AND contact.instance_id = taken.instance_id
        AND contact.contact_id = taken.contact_id AND contact.queue_id IS NOT NULL AND contact.queue_name IS NOT NULL
) AS named WHERE place = 1
ON CONFLICT (aws_region, instance_id, queue_id) DO UPDATE SET queue_name = excluded.queue_name, version = excluded.version
WHERE target.version < excluded.version;

INSERT INTO agent_names AS target (aws_region, instance_id, agent_id, agent_username, version)
SELECT aws_region, instance_id, agent_id, agent_username, version FROM (
    SELECT contact.aws_region, contact.instance_id, contact.agent_id, contact.agent_username, contact.version,
        row_number() OVER (PARTITION BY contact.aws_region, contact.instance_id, contact.agent_id
            ORDER BY contact.version DESC, contact.agent_username DESC) AS place
    FROM contact_changes AS taken CROSS JOIN contact_record AS contact
    WHERE taken.is_taken = 1 AND contact.aws_region = taken.aws_region AND contact.instance_id = taken.instance_id
        AND contact.contact_id = taken.contact_id AND contact.agent_id IS NOT NULL AND contact.agent_username IS NOT NULL
) AS named WHERE place = 1 ORDER BY aws_region, instance_id, agent_id
ON CONFLICT (aws_region, instance_id, agent_id) DO UPDATE SET agent_username = excluded.agent_username, version = excluded.version
WHERE target.version < excluded.version;

DELETE FROM interval_sums WHERE (attribution, interval_start, aws_region, instance_id)
    IN (SELECT attribution, interval_start, aws_region, instance_id FROM dirty_intervals);

DELETE FROM interval_service_levels WHERE (attribution, interval_start, aws_region, instance_id)
    IN (SELECT attribution, interval_start, aws_region, instance_id FROM dirty_intervals);

INSERT INTO interval_sums (attribution, interval_start, aws_region, instance_id, queue_id, agent, channel, SUM_COLUMNS)
WITH counted AS MATERIALIZED (COUNTED_CONTACTS)
SELECT attribution, interval_start, aws_region, instance_id, queue_id, agent, channel, SUM_VALUES
FROM counted GROUP BY attribution, interval_start, aws_region, instance_id, queue_id, agent, channel;

INSERT INTO interval_service_levels
    (attribution, interval_start, aws_region, instance_id, queue_id, channel, seconds, answered_within, abandoned_within)
WITH counted AS MATERIALIZED (COUNTED_STAYS)
SELECT attribution, interval_start, aws_region, instance_id, queue_id, channel, threshold.seconds,
    COUNT(*) FILTER (WHERE queue_outcome = 'answered' AND queue_duration_ms < threshold.seconds * 1000),
    COUNT(*) FILTER (WHERE queue_outcome = 'abandoned' AND queue_duration_ms < threshold.seconds * 1000)
FROM counted CROSS JOIN (SELECT DISTINCT seconds FROM service_level_targets) AS threshold
GROUP BY attribution, interval_start, aws_region, instance_id, queue_id, channel, threshold.seconds;

DELETE FROM dirty_intervals;

DELETE FROM contact_changes WHERE is_taken = 1;
