WITH stretch AS (AGENT_STRETCHES),
ends (sign) AS (SELECT 1 UNION ALL SELECT -1),
silence AS (
    SELECT heard.*, LEAD(heard.first_event_timestamp) OVER (
        PARTITION BY heard.aws_region, heard.instance_id, heard.agent_id ORDER BY heard.interval_start) AS next_event_timestamp
    FROM AGENT_EVENT_ROWS AS heard
),
point AS (
    SELECT stretch.aws_region, stretch.instance_id, stretch.agent_id,
        CASE WHEN ends.sign = 1 THEN stretch.start_timestamp ELSE stretch.end_timestamp END AS at, ends.sign,
        CASE WHEN stretch.contact_id = '' THEN 1 ELSE 0 END AS is_status, stretch.status_name, stretch.status_type,
        CASE WHEN stretch.contact_id = '' THEN stretch.activity END AS status_activity,
        CASE WHEN stretch.contact_id <> '' THEN stretch.activity END AS activity,
        CAST(NULL AS TIMESTAMP_UTC) AS interval_start
    FROM stretch CROSS JOIN ends
    WHERE (stretch.contact_id = '' AND ends.sign = 1)
        OR (stretch.contact_id <> '' AND stretch.activity IS NOT NULL
            AND (ends.sign = 1 OR stretch.end_timestamp IS NOT NULL))
    UNION ALL
    SELECT silence.aws_region, silence.instance_id, silence.agent_id,
        CASE WHEN ends.sign = 1 THEN silence.last_event_timestamp ELSE silence.next_event_timestamp END, ends.sign,
        0, NULL, NULL, NULL, 'gap', NULL
    FROM silence CROSS JOIN ends
    WHERE UNIX_SECOND((silence.next_event_timestamp)) - UNIX_SECOND((silence.last_event_timestamp)) > HEARTBEAT_SECONDS
    AGENT_MORE_POINTS
),
running AS (
    SELECT point.aws_region, point.instance_id, point.agent_id, point.at,
        MAX(point.status_name) AS begun_name, MAX(point.status_type) AS begun_type,
        MAX(point.status_activity) AS begun_activity,
        LEAD(point.at) OVER until_then AS next_at,
        MAX(MAX(point.interval_start)) OVER until_then AS interval_start,
        SUM(SUM(point.is_status)) OVER until_then AS status_number,
        SUM(SUM(CASE WHEN point.activity = 'error' THEN point.sign ELSE 0 END)) OVER until_then AS error,
        SUM(SUM(CASE WHEN point.activity = 'missed' THEN point.sign ELSE 0 END)) OVER until_then AS missed,
        SUM(SUM(CASE WHEN point.activity = 'rejected' THEN point.sign ELSE 0 END)) OVER until_then AS rejected,
        SUM(SUM(CASE WHEN point.activity = 'on-contact' THEN point.sign ELSE 0 END)) OVER until_then AS on_contact,
        SUM(SUM(CASE WHEN point.activity = 'on-hold' THEN point.sign ELSE 0 END)) OVER until_then AS on_hold,
        SUM(SUM(CASE WHEN point.activity = 'after-contact-work' THEN point.sign ELSE 0 END)) OVER until_then AS after_contact_work,
        SUM(SUM(CASE WHEN point.activity = 'incoming' THEN point.sign ELSE 0 END)) OVER until_then AS incoming,
        SUM(SUM(CASE WHEN point.activity = 'gap' THEN point.sign ELSE 0 END)) OVER until_then AS gaps
    FROM point
    GROUP BY point.aws_region, point.instance_id, point.agent_id, point.at
    WINDOW until_then AS (PARTITION BY point.aws_region, point.instance_id, point.agent_id ORDER BY point.at)
),
state AS (
    SELECT running.*,
        MAX(running.begun_name) OVER of_status AS status_name,
        MAX(running.begun_type) OVER of_status AS status_type,
        MAX(running.begun_activity) OVER of_status AS status_activity
    FROM running
    WINDOW of_status AS (PARTITION BY running.aws_region, running.instance_id, running.agent_id, running.status_number)
),
shown AS (
    SELECT state.aws_region, state.instance_id, state.agent_id, state.at, state.next_at, state.interval_start,
        state.status_name, state.status_type,
        CASE WHEN state.error > 0 THEN 'error' WHEN state.missed > 0 THEN 'missed' WHEN state.rejected > 0 THEN 'rejected'
            WHEN state.on_contact > 0 THEN 'on-contact' WHEN state.on_hold > 0 THEN 'on-hold'
            WHEN state.after_contact_work > 0 THEN 'after-contact-work' WHEN state.incoming > 0 THEN 'incoming'
            ELSE state.status_activity END AS activity,
        CASE WHEN state.gaps > 0 AND COALESCE(state.status_type, '') NOT IN ('LOGGED_OFF', 'OFFLINE') THEN 1 ELSE 0 END AS is_gap
    FROM state
    WHERE state.status_number > 0
)
SELECT shown.aws_region, shown.instance_id, shown.agent_id, shown.at, shown.next_at, shown.interval_start,
    CASE WHEN shown.is_gap = 0 THEN shown.status_name END AS status_name,
    CASE WHEN shown.is_gap = 0 THEN shown.status_type END AS status_type,
    CASE WHEN shown.is_gap = 0 THEN shown.activity END AS activity,
    shown.is_gap
FROM shown
