-- Hours by the contacts' disconnect: what Connect lists of them. What is here, the view says.
CREATE TABLE reconciled_hours (
    aws_region text NOT NULL,
    instance_id text NOT NULL,
    hour_start TIMESTAMP_UTC NOT NULL,
    checks bigint NOT NULL,
    listed bigint,
    unnamed bigint,
    open bigint,
    queued_listed bigint,
    queued_here bigint,
    with_agent bigint,
    with_agent_events bigint,
    in_flow bigint,
    in_flow_known bigint,
    with_flow_logs bigint,
    requests bigint,
    progress text,
    checked_at TIMESTAMP_UTC,
    PRIMARY KEY (aws_region, instance_id, hour_start)
);

-- Contacts that Connect lists and that were not here when they were compared. A row goes when the contact's record comes.
CREATE TABLE missing_contacts (
    aws_region text NOT NULL,
    instance_id text NOT NULL,
    contact_id text NOT NULL,
    hour_start TIMESTAMP_UTC NOT NULL,
    channel text,
    initiation_method text,
    initiation_timestamp TIMESTAMP_UTC,
    disconnect_timestamp TIMESTAMP_UTC,
    queue_id text,
    agent_id text,
    found_at TIMESTAMP_UTC NOT NULL,
    PRIMARY KEY (aws_region, instance_id, contact_id)
);

CREATE INDEX missing_contacts_hour ON missing_contacts (hour_start);

-- Who compares or fetches contacts of a Region until then, and no other does: all share one quota of requests.
CREATE TABLE reconciliation_leases (
    aws_region text PRIMARY KEY,
    holder text NOT NULL,
    leased_until TIMESTAMP_UTC NOT NULL
);

-- Contacts that were erased on request, known or not: nothing brings them back. Nothing else is kept of them.
CREATE TABLE forgotten_contacts (
    contact_id text PRIMARY KEY,
    forgotten_at TIMESTAMP_UTC NOT NULL
);

-- A missing contact with what its row is made of, if there is one.
CREATE VIEW missing_contact AS
SELECT missing.aws_region, missing.instance_id, missing.contact_id, missing.hour_start, missing.channel,
    missing.initiation_method, missing.initiation_timestamp, missing.disconnect_timestamp, missing.queue_id,
    missing.agent_id, missing.found_at, contact.source
FROM missing_contacts AS missing
LEFT JOIN contact_record AS contact
    ON contact.aws_region = missing.aws_region AND contact.instance_id = missing.instance_id
    AND contact.contact_id = missing.contact_id AND contact.source <> 'event';

-- An hour with what is here of it.
CREATE VIEW reconciliation AS
SELECT hour.aws_region, hour.instance_id, IN_UTC(hour.hour_start) AS hour_start, hour.checks, hour.listed,
    hour.listed - hour.unnamed - COALESCE(counted.missing, 0) AS here,
    COALESCE(counted.missing, 0) AS missing, COALESCE(counted.healed, 0) AS healed, hour.unnamed, hour.open,
    hour.queued_listed, hour.queued_here, hour.with_agent, hour.with_agent_events,
    ROUND(CAST(100 * hour.with_agent_events AS NUMBER) / NULLIF(hour.with_agent, 0), 1) AS agent_event_percent,
    hour.in_flow, hour.in_flow_known, hour.with_flow_logs,
    ROUND(CAST(100 * hour.with_flow_logs AS NUMBER) / NULLIF(hour.in_flow_known, 0), 1) AS flow_log_percent,
    hour.requests, IN_UTC(hour.checked_at) AS checked_at
FROM reconciled_hours AS hour
LEFT JOIN (
    SELECT aws_region, instance_id, hour_start,
        COUNT(*) FILTER (WHERE source IS NULL) AS missing,
        COUNT(*) FILTER (WHERE source = 'describe_contact') AS healed
    FROM missing_contact GROUP BY aws_region, instance_id, hour_start
) AS counted
    ON counted.aws_region = hour.aws_region AND counted.instance_id = hour.instance_id
    AND counted.hour_start = hour.hour_start;
