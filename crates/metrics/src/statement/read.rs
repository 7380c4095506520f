//! The statements that read, for both dialects. Each row is one JSON object: the Data API takes at most 64 KiB of a row
//! and 1 MiB of an answer, so what is many comes in pages by key.

use super::{Dialect, Parameter, Statement, list};
use crate::{
    rows::ResourceKind,
    tables::{Column, Table},
};

/// Rows of one answer.
pub(crate) const PAGE: usize = 1000;

/// Rows that are counted before it becomes an estimate.
pub(crate) const COUNTED: u64 = 10_000;

/// The resources of a kind that are not gone, after an id.
pub(crate) fn resources(dialect: Dialect, kind: ResourceKind, after: &str) -> Statement {
    let sql = format!(
        "SELECT CAST(OBJECT('id', id, 'arn', arn, 'name', name) AS text) FROM connect_metadata \
         WHERE kind = $1 AND id > $2 AND gone_at IS NULL ORDER BY id LIMIT {PAGE}"
    );
    let parameters = vec![Parameter::Text(kind.name().to_owned()), Parameter::Text(after.to_owned())];
    Statement::read(dialect.spell(&sql), parameters)
}

/// The queues as they stand, after a queue and channel.
pub(crate) fn queues(dialect: Dialect, after: &(String, String)) -> Statement {
    let columns = [Table::CurrentMetrics.keys(), Table::CurrentMetrics.values()].concat();
    let sql = format!(
        "SELECT CAST(OBJECT('queue_name', queue_name, 'sampled_at', last_updated_at, {}) AS text) \
         FROM current_metrics WHERE (queue_id, channel) > ($1, $2) ORDER BY queue_id, channel LIMIT {PAGE}",
        fields(&columns)
    );
    let parameters = vec![Parameter::Text(after.0.clone()), Parameter::Text(after.1.clone())];
    Statement::read(dialect.spell(&sql), parameters)
}

/// The agents as they stand, after an id.
pub(crate) fn users(dialect: Dialect, after: &str) -> Statement {
    let columns = [Table::CurrentUsers.keys(), Table::CurrentUsers.values()].concat();
    let sql = format!(
        "SELECT CAST(OBJECT('user_name', user_name, 'routing_profile_name', routing_profile_name, \
         'contact_queue_name', contact_queue_name, 'sampled_at', last_updated_at, {}) AS text) \
         FROM current_users WHERE user_id > $1 ORDER BY user_id LIMIT {PAGE}",
        fields(&columns)
    );
    Statement::read(dialect.spell(&sql), vec![Parameter::Text(after.to_owned())])
}

/// The intervals of a table that were read to the end, from one time up to another, after a third.
pub(crate) fn reads(dialect: Dialect, table: Table, after: String, before: String) -> Statement {
    let sql = format!(
        "SELECT CAST(OBJECT('start_time', start_time, 'sampled_at', sampled_at) AS text) FROM connect_reads \
         WHERE table_name = '{}' AND start_time > CAST($1 AS MOMENT) AND start_time < CAST($2 AS MOMENT) \
         ORDER BY start_time LIMIT {PAGE}",
        table.name()
    );
    Statement::read(dialect.spell(&sql), vec![Parameter::Text(after), Parameter::Text(before)])
}

/// How full and how fresh each table is. Rows are counted up to a limit; beyond it PostgreSQL's own estimate serves.
pub(crate) fn freshness(dialect: Dialect) -> Statement {
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
             'counted', (SELECT COUNT(*) FROM (SELECT 1 FROM {name} LIMIT {limit}) AS counted), \
             'sampled_at', sampled_at, 'complete_at', complete_at) AS text) \
             FROM connect_polls WHERE table_name = '{polled}'",
            limit = COUNTED + 1,
        )
    };
    let rows: Vec<_> = tables.map(row).collect();
    Statement::read(dialect.spell(&rows.join(" UNION ALL ")), Vec::new())
}

/// Deletes the oldest rows of a time series that are older than `$1`, so many at most.
pub(crate) fn prune(dialect: Dialect, samples: &str, before: String, at_most: u64) -> Statement {
    // A subquery as an array, as PostgreSQL then goes from row to row instead of through the whole table.
    let (row, rows) = match dialect {
        Dialect::Postgres => ("ctid", ("= ANY(ARRAY(", "))")),
        Dialect::Sqlite => ("rowid", ("IN (", ")")),
    };
    let sql = format!(
        "DELETE FROM {samples} WHERE {row} {} SELECT {row} FROM {samples} \
         WHERE sampled_at < CAST($1 AS MOMENT) ORDER BY sampled_at LIMIT {at_most}{}",
        rows.0, rows.1
    );
    Statement::write(dialect.spell(&sql), vec![Parameter::Text(before)])
}

fn fields(columns: &[Column]) -> String {
    list(columns, |column| format!("'{0}', {0}", column.name))
}
