-- Recomputes the kept sums of some of the five minutes that are marked, the earliest first. While more changes wait than are
-- taken at once, they are marked first: in no order of time each of their parts changes every interval.
UPDATE dirty_intervals SET is_taken = 1 WHERE (attribution, interval_start, aws_region, instance_id) IN (
    SELECT attribution, interval_start, aws_region, instance_id FROM dirty_intervals
    WHERE (SELECT COUNT(*) FROM contact_changes) < CAST($1 AS bigint)
    ORDER BY interval_start, attribution, aws_region, instance_id LIMIT INTERVALS_AT_ONCE);

DELETE FROM interval_sums WHERE (attribution, interval_start, aws_region, instance_id)
    IN (SELECT attribution, interval_start, aws_region, instance_id FROM dirty_intervals WHERE is_taken = 1);

DELETE FROM interval_service_levels WHERE (attribution, interval_start, aws_region, instance_id)
    IN (SELECT attribution, interval_start, aws_region, instance_id FROM dirty_intervals WHERE is_taken = 1);

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

DELETE FROM dirty_intervals WHERE is_taken = 1;
