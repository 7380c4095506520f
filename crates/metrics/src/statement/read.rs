//! The statements that read, for both dialects. Each row is one JSON object: the Data API takes at most 64 KiB of a row
//! and 1 MiB of a response, so what is many comes in pages by key, bounded by rows and by bytes. `$1` is the instance.

use switchboard_sql::{
    dialect::Dialect,
    statement::{Parameter, Statement},
};

use super::{INSTANCE, list};
use crate::{
    rows::ResourceKind,
    tables::{Column, ColumnType, Table},
};

/// The most rows of one result: as many as the intervals of a month, which are short.
pub(crate) const PAGE: usize = 3000;
/// The most bytes of one result's rows: within the response quotes are escaped, which doubles them at worst.
pub(crate) const PAGE_BYTES: usize = 480 * 1024;
/// The most bytes of one row.
pub(crate) const ROW_BYTES: usize = 64 * 1024;

/// Rows that are counted before it becomes an estimate.
pub(crate) const COUNTED: u64 = 10_000;

/// The first rows of a query, by a key that is none of the row's own columns: as many as a response holds, one at least.
fn page(dialect: Dialect, row: &str, from: &str, keys: &[&str]) -> String {
    let bytes = match dialect {
        Dialect::Postgres => "octet_length(line)",
        Dialect::Sqlite => "length(CAST(line AS BLOB))",
    };
    let names: Vec<_> = (0..keys.len()).map(|n| format!("key{n}")).collect();
    let aliased: Vec<_> = keys.iter().zip(&names).map(|(key, name)| format!("{key} AS {name}")).collect();
    let (order, names) = (keys.join(", "), names.join(", "));
    dialect.expand(&format!(
        "SELECT line FROM (SELECT line, {names}, SUM({bytes}) OVER (ORDER BY {names}) AS total, \
         RANK() OVER (ORDER BY {names}) AS position FROM (SELECT CAST(OBJECT({row}) AS text) AS line, {} \
         FROM {from} ORDER BY {order} LIMIT {PAGE}) AS many) AS counted \
         WHERE total <= {PAGE_BYTES} OR position = 1 ORDER BY {names}",
        aliased.join(", ")
    ))
}

/// The resources of a kind that are not deleted, after an id.
pub(crate) fn resources(dialect: Dialect, instance: Parameter, kind: ResourceKind, after: &str) -> Statement {
    let from = format!(
        "connect_metadata WHERE instance_arn = {INSTANCE} AND kind = $2 AND id > $3 AND deleted_at IS NULL"
    );
    let row = "'id', id, 'arn', arn, 'name', name, 'status_type', status_type";
    let sql = page(dialect, row, &from, &["id"]);
    Statement::read(sql, vec![instance, Parameter::text(kind.name()), Parameter::text(after)])
}

/// The current state of the queues, after a queue and channel.
pub(crate) fn queues(dialect: Dialect, instance: Parameter, after: &(String, String)) -> Statement {
    let columns = [Table::CurrentMetrics.keys(), Table::CurrentMetrics.values()].concat();
    let row =
        format!("'queue_name', queue_name, 'sampled_at', IN_UTC(last_updated_at), {}", fields(&columns));
    let from = format!("current_metrics WHERE instance_arn = {INSTANCE} AND (queue_id, channel) > ($2, $3)");
    let sql = page(dialect, &row, &from, &["queue_id", "channel"]);
    Statement::read(sql, vec![instance, Parameter::text(&after.0), Parameter::text(&after.1)])
}

/// The current state of the agents, after an id.
pub(crate) fn users(dialect: Dialect, instance: Parameter, after: &str) -> Statement {
    let columns = [Table::CurrentUsers.keys(), Table::CurrentUsers.values()].concat();
    let row = format!(
        "'user_name', user_name, 'routing_profile_name', routing_profile_name, 'status_type', status_type, \
         'contact_queue_name', contact_queue_name, 'sampled_at', IN_UTC(last_updated_at), {}",
        fields(&columns)
    );
    let from = format!("current_users WHERE instance_arn = {INSTANCE} AND user_id > $2");
    let sql = page(dialect, &row, &from, &["user_id"]);
    Statement::read(sql, vec![instance, Parameter::text(after)])
}

/// The intervals of a table that were read to the end, from one time up to another, after a third.
pub(crate) fn reads(
    dialect: Dialect,
    instance: Parameter,
    table: Table,
    after: String,
    before: String,
) -> Statement {
    let from = format!(
        "connect_interval_reads WHERE instance_arn = {INSTANCE} AND table_name = '{}' \
         AND start_time > CAST($2 AS TIMESTAMP_UTC) AND start_time < CAST($3 AS TIMESTAMP_UTC)",
        table.name()
    );
    let sql = page(dialect, "'start_time', start_time, 'sampled_at', sampled_at", &from, &["start_time"]);
    Statement::read(sql, vec![instance, Parameter::Text(after), Parameter::Text(before)])
}

/// How full and how fresh each table of an instance is. Rows are counted up to a limit; beyond it PostgreSQL's own estimate
/// serves, which is of all instances.
pub(crate) fn freshness(dialect: Dialect, instance: Parameter) -> Statement {
    let tables = Table::ALL.iter().flat_map(|table| {
        [Some(table.name()), table.samples()].into_iter().flatten().map(|name| (name, table.name()))
    });
    let row = |(name, polled): (&str, &str)| {
        let estimate = match dialect {
            Dialect::Postgres => {
                format!("(SELECT CAST(reltuples AS bigint) FROM pg_class WHERE oid = to_regclass('{name}'))")
            }
            Dialect::Sqlite => "NULL".to_owned(),
        };
        format!(
            "SELECT CAST(OBJECT('table', '{name}', 'estimate', {estimate}, \
             'counted', (SELECT COUNT(*) FROM \
             (SELECT 1 FROM {name} WHERE instance_arn = {INSTANCE} LIMIT {limit}) AS counted), \
             'sampled_at', status.sampled_at, 'complete_at', status.complete_at) AS text) \
             FROM (SELECT 1) AS one LEFT JOIN connect_table_status AS status \
             ON status.instance_arn = {INSTANCE} AND status.table_name = '{polled}'",
            limit = COUNTED + 1,
        )
    };
    let rows: Vec<_> = tables.map(row).collect();
    Statement::read(dialect.expand(&rows.join(" UNION ALL ")), vec![instance])
}

/// The instances that a table of polls was ever saved or leased for.
pub(crate) fn instances() -> Statement {
    Statement::read(
        "SELECT DISTINCT instance_arn FROM connect_table_status ORDER BY instance_arn",
        Vec::new(),
    )
}

/// When each table of each instance was polled.
pub(crate) fn poll_times(dialect: Dialect) -> Statement {
    let sql = "SELECT CAST(OBJECT('instance_arn', instance_arn, 'table', table_name, 'sampled_at', sampled_at, \
               'complete_at', complete_at) AS text) FROM connect_table_status ORDER BY instance_arn, table_name";
    Statement::read(dialect.expand(sql), Vec::new())
}

/// Of all instances the queues as they are now, after a queue and channel of an instance: what a board shows of them.
pub(crate) fn polled_queues(dialect: Dialect, after: [&str; 3]) -> Statement {
    let row = "'instance_arn', instance_arn, 'queue_id', queue_id, 'queue_name', queue_name, 'channel', channel, \
               'sampled_at', IN_UTC(last_updated_at), 'in_queue', in_queue, 'scheduled', scheduled, \
               'oldest_contact', oldest_contact, 'agents_available', agents_available, \
               'agents_on_contact', agents_on_contact, 'agents_acw', agents_acw, 'agents_npt', agents_npt, \
               'agents_error', agents_error";
    let from = "current_metrics WHERE (instance_arn, queue_id, channel) > ($1, $2, $3)";
    let sql = page(dialect, row, from, &["instance_arn", "queue_id", "channel"]);
    Statement::read(sql, after.map(Parameter::text).into())
}

/// Of all instances what counted in queues in the intervals from `$4` on, whose days are `$5` to `$6`, after a queue and channel of
/// an instance. Service levels are weighted by contacts queued, as in `queues_by_day`; those of several thresholds don't add up.
pub(crate) fn polled_sums(dialect: Dialect, after: [&str; 3], from: &str, days: &[String; 2]) -> Statement {
    let row = "'instance_arn', instance_arn, 'queue_id', queue_id, 'queue_name', queue_name, 'channel', channel, \
               'queued', queued, 'handled', handled, 'abandoned', abandoned, \
               'answered_within', CASE WHEN thresholds = 1 THEN answered_within END, \
               'leveled', CASE WHEN thresholds = 1 THEN leveled END, \
               'within_seconds', CASE WHEN thresholds = 1 THEN within_seconds END";
    let sums = "(SELECT instance_arn, queue_id, MAX(queue_name) AS queue_name, channel, \
                COALESCE(SUM(contacts_queued), 0) AS queued, COALESCE(SUM(contacts_handled), 0) AS handled, \
                COALESCE(SUM(contacts_abandoned), 0) AS abandoned, \
                SUM(service_level * contacts_queued) / 100.0 AS answered_within, \
                SUM(CASE WHEN service_level IS NOT NULL THEN contacts_queued END) AS leveled, \
                COUNT(DISTINCT CASE WHEN service_level IS NOT NULL THEN service_level_threshold_seconds END) AS thresholds, \
                MAX(service_level_threshold_seconds) AS within_seconds \
                FROM queues_by_interval WHERE channel IS NOT NULL AND start_time >= IN_UTC(CAST($4 AS TIMESTAMP_UTC)) \
                AND day >= CAST($5 AS LOCAL_DATE) AND day <= CAST($6 AS LOCAL_DATE) \
                GROUP BY instance_arn, queue_id, channel) AS sums \
                WHERE (instance_arn, queue_id, channel) > ($1, $2, $3)";
    let sql = page(dialect, row, sums, &["instance_arn", "queue_id", "channel"]);
    let texts = after.into_iter().chain([from]).chain(days.iter().map(String::as_str));
    Statement::read(sql, texts.map(Parameter::text).collect())
}

/// Deletes the instance's rows of a table with the oldest times in a column that are older than `$2`, `at_most` of them.
pub(crate) fn prune(
    dialect: Dialect,
    instance: Parameter,
    (table, time): (&str, &str),
    before: String,
    at_most: u64,
) -> Statement {
    // A subquery as an array, as PostgreSQL then goes from row to row instead of through the whole table.
    let (row, rows) = match dialect {
        Dialect::Postgres => ("ctid", ("= ANY(ARRAY(", "))")),
        Dialect::Sqlite => ("rowid", ("IN (", ")")),
    };
    let sql = format!(
        "DELETE FROM {table} WHERE {row} {} SELECT {row} FROM {table} \
         WHERE instance_arn = {INSTANCE} AND {time} < CAST($2 AS TIMESTAMP_UTC) ORDER BY {time} LIMIT {at_most}{}",
        rows.0, rows.1
    );
    Statement::write(dialect.expand(&sql), vec![instance, Parameter::Text(before)])
}

/// Deletes the current state of the instance's resources that were deleted before `$2`.
pub(crate) fn prune_deleted(
    dialect: Dialect,
    instance: Parameter,
    table: &str,
    kind: ResourceKind,
    before: String,
) -> Statement {
    let (kind, id) = match kind {
        ResourceKind::User => (kind.name(), "user_id"),
        _ => (kind.name(), "queue_id"),
    };
    let sql = format!(
        "DELETE FROM {table} WHERE instance_arn = {INSTANCE} AND {id} IN (SELECT id FROM connect_metadata \
         WHERE instance_arn = {INSTANCE} AND kind = '{kind}' AND deleted_at < CAST($2 AS TIMESTAMP_UTC))"
    );
    Statement::write(dialect.expand(&sql), vec![instance, Parameter::Text(before)])
}

/// The columns of a view, where timestamps are without a zone.
fn fields(columns: &[Column]) -> String {
    list(columns, |column| match column.kind {
        ColumnType::Timestamp => format!("'{0}', IN_UTC({0})", column.name),
        ColumnType::Text | ColumnType::Number => format!("'{0}', {0}", column.name),
    })
}
