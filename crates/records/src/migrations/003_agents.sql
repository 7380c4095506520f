-- When a status of an agent began, and when a contact came into a state in an agent's hands; the end of each is the next
-- row's start. contact_id is empty for a status.
CREATE TABLE agent_time (
    aws_region text NOT NULL,
    instance_id text NOT NULL,
    agent_id text NOT NULL,
    contact_id text NOT NULL,
    start_timestamp TIMESTAMP_UTC NOT NULL,
    version BYTEWISE_TEXT NOT NULL,
    event_timestamp TIMESTAMP_UTC NOT NULL,
    agent_username text,
    status_name text,
    status_type text,
    state text,
    channel text,
    initiation_method text,
    queue_id text,
    activity text,
    start_interval TIMESTAMP_UTC NOT NULL,
    event_interval TIMESTAMP_UTC,
    changed_at TIMESTAMP_UTC NOT NULL,
    PRIMARY KEY (aws_region, instance_id, agent_id, contact_id, start_timestamp)
);

CREATE INDEX agent_time_of_agent ON agent_time (aws_region, instance_id, agent_id, start_timestamp);
CREATE INDEX agent_time_start ON agent_time (start_timestamp);
CREATE INDEX agent_time_changed ON agent_time (changed_at);

-- The first and the last event of an agent in each five minutes that have any. Between two events in the same five minutes
-- nobody is silent for too long, so these tell every gap.
CREATE TABLE agent_event_times (
    aws_region text NOT NULL,
    instance_id text NOT NULL,
    agent_id text NOT NULL,
    interval_start TIMESTAMP_UTC NOT NULL,
    first_event_timestamp TIMESTAMP_UTC NOT NULL,
    last_event_timestamp TIMESTAMP_UTC NOT NULL,
    PRIMARY KEY (aws_region, instance_id, agent_id, interval_start)
);

CREATE INDEX agent_event_times_start ON agent_event_times (interval_start);

-- Which agents' time changed since the kept sums were computed, from the first five minutes to the last moment.
CREATE TABLE agent_changes (
    change IDENTITY_KEY,
    aws_region text NOT NULL,
    instance_id text NOT NULL,
    agent_id text NOT NULL,
    changed_from TIMESTAMP_UTC NOT NULL,
    changed_to TIMESTAMP_UTC NOT NULL,
    is_taken bigint NOT NULL DEFAULT 0
);

-- The agents whose sums are being recomputed, and from which rows; empty between two transactions.
CREATE TABLE dirty_agents (
    aws_region text NOT NULL,
    instance_id text NOT NULL,
    agent_id text NOT NULL,
    dirty_from TIMESTAMP_UTC NOT NULL,
    dirty_to TIMESTAMP_UTC NOT NULL,
    known_until TIMESTAMP_UTC NOT NULL,
    rows_from TIMESTAMP_UTC NOT NULL,
    rows_to TIMESTAMP_UTC NOT NULL,
    events_from TIMESTAMP_UTC NOT NULL,
    events_to TIMESTAMP_UTC NOT NULL,
    PRIMARY KEY (aws_region, instance_id, agent_id)
);

-- Seconds of an agent's time in five minutes, by status; an empty status for gaps.
CREATE TABLE agent_interval_sums (
    interval_start TIMESTAMP_UTC NOT NULL,
    aws_region text NOT NULL,
    instance_id text NOT NULL,
    agent_id text NOT NULL,
    status_name text NOT NULL,
    status_type text NOT NULL,
    logged_on_seconds bigint NOT NULL,
    online_seconds bigint NOT NULL,
    non_productive_seconds bigint NOT NULL,
    idle_seconds bigint NOT NULL,
    contact_seconds bigint NOT NULL,
    after_contact_work_seconds bigint NOT NULL,
    error_seconds bigint NOT NULL,
    gap_seconds bigint NOT NULL,
    PRIMARY KEY (aws_region, instance_id, agent_id, interval_start, status_name, status_type)
);

CREATE INDEX agent_interval_sums_start ON agent_interval_sums (interval_start);

CREATE VIEW agent_stretches AS
SELECT stretch.aws_region, stretch.instance_id, stretch.agent_id, stretch.agent_username,
    IN_UTC(stretch.start_timestamp) AS start_timestamp, IN_UTC(stretch.end_timestamp) AS end_timestamp,
    stretch.status_name, stretch.status_type, NULLIF(stretch.contact_id, '') AS contact_id, stretch.state, stretch.channel,
    stretch.initiation_method, stretch.queue_id, stretch.activity
FROM (AGENT_STRETCHES) AS stretch
WHERE COALESCE(stretch.state, '') <> 'CLEARED' AND COALESCE(stretch.status_type, '') <> 'LOGGED_OFF';

CREATE VIEW agent_activity AS
WITH moment AS (AGENT_MOMENTS),
described AS (
    SELECT moment.*, COALESCE(moment.status_name, '') || '|' || COALESCE(moment.status_type, '') || '|'
        || COALESCE(moment.activity, '') || '|' || CAST(moment.is_gap AS text) AS description
    FROM moment
),
change AS (
    SELECT described.*, LAG(described.description) OVER (
        PARTITION BY described.aws_region, described.instance_id, described.agent_id ORDER BY described.at) AS described_before
    FROM described
),
stretch AS (
    SELECT change.aws_region, change.instance_id, change.agent_id, change.at,
        LEAD(change.at) OVER (PARTITION BY change.aws_region, change.instance_id, change.agent_id ORDER BY change.at) AS next_at,
        change.status_name, change.status_type, change.activity, change.is_gap
    FROM change
    WHERE change.described_before IS NULL OR change.described_before <> change.description
)
SELECT stretch.aws_region, stretch.instance_id, stretch.agent_id, names.agent_username,
    IN_UTC(stretch.at) AS start_timestamp, IN_UTC(stretch.next_at) AS end_timestamp,
    stretch.status_name, stretch.status_type, stretch.activity, stretch.is_gap
FROM stretch
LEFT JOIN agent_names AS names
    ON names.aws_region = stretch.aws_region AND names.instance_id = stretch.instance_id AND names.agent_id = stretch.agent_id
WHERE COALESCE(stretch.status_type, '') <> 'LOGGED_OFF';

CREATE VIEW agent_status_intervals AS
SELECT sums.aws_region, sums.instance_id, calendar.zone, calendar.interval_minutes,
    IN_UTC(calendar.interval_start) AS interval_start, IN_UTC(calendar.interval_end) AS interval_end,
    calendar.local_interval_start, calendar.local_date,
    sums.agent_id, COALESCE(MAX(names.agent_username), sums.agent_id) AS agent,
    sums.status_name, NULLIF(sums.status_type, '') AS status_type,
    CAST(SUM(sums.logged_on_seconds) AS bigint) AS status_seconds,
    CAST(SUM(sums.contact_seconds) AS bigint) AS contact_seconds
FROM calendar CROSS JOIN SUMS_OF_AGENTS
LEFT JOIN agent_names AS names
    ON names.aws_region = sums.aws_region AND names.instance_id = sums.instance_id AND names.agent_id = sums.agent_id
WHERE sums.status_name <> ''
    AND sums.interval_start >= calendar.interval_start AND sums.interval_start < calendar.interval_end
GROUP BY sums.aws_region, sums.instance_id, calendar.zone, calendar.interval_minutes, calendar.interval_start,
    calendar.interval_end, calendar.local_interval_start, calendar.local_date, sums.agent_id, sums.status_name,
    sums.status_type;

-- An agent's time, and what the agent did by the contact records.
CREATE VIEW agent_intervals AS
SELECT part.aws_region, part.instance_id, part.zone, part.interval_minutes,
    IN_UTC(part.interval_start) AS interval_start, IN_UTC(part.interval_end) AS interval_end,
    part.local_interval_start, part.local_date, part.agent, MAX(part.agent_id) AS agent_id,
    CAST(SUM(part.logged_on_seconds) AS bigint) AS logged_on_seconds,
    CAST(SUM(part.online_seconds) AS bigint) AS online_seconds,
    CAST(SUM(part.non_productive_seconds) AS bigint) AS non_productive_seconds,
    CAST(SUM(part.online_seconds - part.non_productive_seconds) AS bigint) AS available_seconds,
    CAST(SUM(part.idle_seconds) AS bigint) AS idle_seconds,
    CAST(SUM(part.contact_seconds) AS bigint) AS contact_seconds,
    CAST(SUM(part.after_contact_work_seconds) AS bigint) AS after_contact_work_seconds,
    CAST(SUM(part.error_seconds) AS bigint) AS error_seconds,
    CAST(SUM(part.gap_seconds) AS bigint) AS gap_seconds,
    CAST(SUM(part.answered) AS bigint) AS answered,
    CAST(SUM(part.transfer_completed) AS bigint) AS transfer_completed,
    CAST(SUM(part.put_on_hold) AS bigint) AS put_on_hold,
    CAST(SUM(part.interaction_seconds) AS bigint) AS interaction_seconds,
    CAST(SUM(part.interaction_count) AS bigint) AS interaction_count,
    CAST(SUM(part.hold_seconds) AS bigint) AS hold_seconds,
    CAST(SUM(part.handle_seconds) AS bigint) AS handle_seconds,
    ROUND(CAST(100 * SUM(part.contact_seconds) AS NUMBER) / NULLIF(SUM(part.contact_seconds + part.idle_seconds), 0), 3) AS occupancy_percent
FROM (
    SELECT sums.aws_region, sums.instance_id, calendar.zone, calendar.interval_minutes, calendar.interval_start,
        calendar.interval_end, calendar.local_interval_start, calendar.local_date,
        COALESCE(names.agent_username, sums.agent_id) AS agent, sums.agent_id,
        SUM(sums.logged_on_seconds) AS logged_on_seconds, SUM(sums.online_seconds) AS online_seconds,
        SUM(sums.non_productive_seconds) AS non_productive_seconds, SUM(sums.idle_seconds) AS idle_seconds,
        SUM(sums.contact_seconds) AS contact_seconds,
        SUM(sums.after_contact_work_seconds) AS after_contact_work_seconds, SUM(sums.error_seconds) AS error_seconds,
        SUM(sums.gap_seconds) AS gap_seconds,
        0 AS answered, 0 AS transfer_completed, 0 AS put_on_hold, 0 AS interaction_seconds, 0 AS interaction_count,
        0 AS hold_seconds, 0 AS handle_seconds
    FROM calendar CROSS JOIN SUMS_OF_AGENTS
    LEFT JOIN agent_names AS names
        ON names.aws_region = sums.aws_region AND names.instance_id = sums.instance_id AND names.agent_id = sums.agent_id
    WHERE sums.interval_start >= calendar.interval_start AND sums.interval_start < calendar.interval_end
    GROUP BY sums.aws_region, sums.instance_id, calendar.zone, calendar.interval_minutes, calendar.interval_start,
        calendar.interval_end, calendar.local_interval_start, calendar.local_date, sums.agent_id, names.agent_username
    UNION ALL
    SELECT sums.aws_region, sums.instance_id, calendar.zone, calendar.interval_minutes, calendar.interval_start,
        calendar.interval_end, calendar.local_interval_start, calendar.local_date, sums.agent, NULL,
        0, 0, 0, 0, 0, 0, 0, 0,
        SUM(sums.answered), SUM(sums.transfer_completed), SUM(sums.put_on_hold), SUM(sums.interaction_seconds),
        SUM(sums.interaction_count), SUM(sums.hold_seconds), SUM(sums.handle_seconds)
    FROM calendar CROSS JOIN SUMS_BY_CONNECTED
    WHERE sums.attribution = 'connected' AND sums.agent <> ''
        AND sums.interval_start >= calendar.interval_start AND sums.interval_start < calendar.interval_end
    GROUP BY sums.aws_region, sums.instance_id, calendar.zone, calendar.interval_minutes, calendar.interval_start,
        calendar.interval_end, calendar.local_interval_start, calendar.local_date, sums.agent
) AS part
GROUP BY part.aws_region, part.instance_id, part.zone, part.interval_minutes, part.interval_start, part.interval_end,
    part.local_interval_start, part.local_date, part.agent;
