-- Marks the five minutes that changed contacts were or are in. One transaction: what changes meanwhile is not taken, and
-- counts in the next.
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
        WHERE previous_contact_id IS NOT NULL
    UNION SELECT aws_region, instance_id, replaced_previous_contact_id FROM taken
        WHERE replaced_previous_contact_id IS NOT NULL
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
SELECT attribution, interval_start, aws_region, instance_id FROM starts WHERE interval_start IS NOT NULL
ON CONFLICT DO NOTHING;

NAMES_OF_CHANGED

DELETE FROM contact_changes WHERE is_taken = 1;
