-- The names of queues and agents in the newest of the changed contacts. In SQLite a save notes them.
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
