//! Targets of service levels.

use serde::{Deserialize, Serialize};
use switchboard_sql::{
    dialect::Dialect,
    statement::{Parameter, Statement},
};

/// A target: so many per cent of the contacts are to be answered in less than so many seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServiceLevelTarget {
    /// The Region of the instance; empty for all.
    pub aws_region: String,
    /// The instance's id; empty for all.
    pub instance_id: String,
    /// The queue's id; empty for all that have no target of their own.
    pub queue_id: String,
    /// The channel; empty for all that have no target of their own.
    pub channel: String,
    /// The threshold in seconds.
    pub seconds: u32,
    /// The target in per cent.
    pub target_percent: f64,
}

/// The targets, in the order of the key.
pub(crate) fn read(dialect: Dialect) -> Statement {
    let sql = "SELECT CAST(OBJECT('aws_region', aws_region, 'instance_id', instance_id, 'queue_id', queue_id, \
               'channel', channel, 'seconds', seconds, 'target_percent', target_percent) AS text) \
               FROM service_level_targets ORDER BY aws_region, instance_id, queue_id, channel, seconds";
    Statement::read(dialect.expand(sql), Vec::new())
}

/// Replaces the targets, and has the sums of all five minutes computed anew if there is a new threshold.
pub(crate) fn replace(dialect: Dialect, targets: &[ServiceLevelTarget]) -> Vec<Statement> {
    let insert = |target: &ServiceLevelTarget| {
        Statement::write(
            dialect.expand("INSERT INTO service_level_targets VALUES ($1, $2, $3, $4, CAST($5 AS bigint), CAST($6 AS NUMBER)) ON CONFLICT DO NOTHING"),
            vec![
                Parameter::text(&target.aws_region),
                Parameter::text(&target.instance_id),
                Parameter::text(&target.queue_id),
                Parameter::text(&target.channel),
                Parameter::Text(target.seconds.to_string()),
                Parameter::Text(target.target_percent.to_string()),
            ],
        )
    };
    let changes = "INSERT INTO contact_changes (aws_region, instance_id, contact_id) \
                   SELECT aws_region, instance_id, MIN(contact_id) FROM contact_record \
                   WHERE enqueued_interval IS NOT NULL \
                   GROUP BY aws_region, instance_id, enqueued_interval, disconnected_interval";
    let delete = Statement::write("DELETE FROM service_level_targets", Vec::new());
    let changes = Statement::write(changes, Vec::new());
    [delete].into_iter().chain(targets.iter().map(insert)).chain([changes]).collect()
}
