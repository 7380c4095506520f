//! The statements of SQLite, where a save is a few of them in one transaction, which is the file's only writer.

use switchboard_sql::{
    dialect::Dialect,
    statement::{Parameter, Statement},
};

use super::{
    INSTANCE, TIME, active_condition, filter_kinds, if_not_superseded, insert_clause, list, lookup_joins,
    reset_clause, update_clause,
};
use crate::tables::{Column, ColumnType, Table};

/// Saves a part of a sample: see [`save`](super::save). The first statement's result is the number of rows that it
/// wrote; the second's, of a table that resets absent rows, the number of rows that it reset.
pub(super) fn save(table: Table, parameters: &[Parameter]) -> Vec<Statement> {
    let mut sqls = vec![written(table)];
    if table.resets_absent_rows() {
        sqls.push(reset_sql(table));
        sqls.extend(samples(table));
    } else {
        sqls.extend([unknown(table), reads(table)]);
    }
    sqls.push(status(table));
    let statement = |sql: String| Statement::write(Dialect::Sqlite.expand(&sql), parameters.to_vec());
    sqls.into_iter().map(statement).collect()
}

/// The expression of a column of a JSON row.
fn from_json(column: &Column) -> String {
    match column.kind {
        ColumnType::Number => format!("CAST(sample.value ->> '{}' AS NUMBER)", column.name),
        ColumnType::Text | ColumnType::Timestamp => format!("sample.value ->> '{}'", column.name),
    }
}

/// True if no complete sample is as new: an older sample is superseded as a whole, also for rows that the table lacks.
fn is_newer(table: Table) -> String {
    if table.is_current_state() {
        format!(
            "COALESCE((SELECT complete_at < {TIME} FROM connect_table_status \
             WHERE instance_arn = {INSTANCE} AND table_name = '{}'), true)",
            table.name()
        )
    } else {
        "true".to_owned()
    }
}

fn written(table: Table) -> String {
    let (columns, values) = insert_clause(table, from_json);
    format!(
        "INSERT INTO {table} AS target ({columns}) \
         SELECT {values} FROM json_each($2) AS sample{joins} WHERE {is_newer}{unless} {replaced}",
        table = table.name(),
        joins = lookup_joins(table, |id| format!("(sample.value ->> '{id}')")),
        is_newer = is_newer(table),
        unless = if_not_superseded(table, |column| format!("(sample.value ->> '{column}')")),
        replaced = update_clause(table),
    )
}

/// Resets the rows that a complete sample lacks; of metadata those that a complete list of their kind lacks. The sample's
/// own rows were written before, with its time.
fn reset_sql(table: Table) -> String {
    let values = table.values();
    let is_complete = match table {
        Table::Metadata => "target.kind IN (SELECT value FROM json_each($5))",
        _ => "$4 = 'true'",
    };
    format!(
        "UPDATE {table} AS target SET {reset}, {time} = {TIME} \
         WHERE target.instance_arn = {INSTANCE} AND {is_complete} AND {is_newer} AND target.{time} < {TIME} AND ({active})",
        table = table.name(),
        time = table.time(),
        reset = reset_clause(&values),
        is_newer = is_newer(table),
        active = active_condition("target", &values),
    )
}

/// Appends to the time series every sample, late ones as well, and the reset rows.
fn samples(table: Table) -> Option<String> {
    let columns = [table.keys(), table.values()].concat();
    let names = list(&columns, |column| column.name.to_owned());
    Some(format!(
        "INSERT OR IGNORE INTO {samples} (instance_arn, {names}, sampled_at) \
         SELECT {INSTANCE}, {from_json}, {TIME} FROM json_each($2) AS sample \
         UNION ALL SELECT instance_arn, {names}, {time} FROM {table} \
         WHERE instance_arn = {INSTANCE} AND {time} = {TIME} AND $4 = 'true'",
        samples = table.samples()?,
        from_json = list(&columns, from_json),
        table = table.name(),
        time = table.time(),
    ))
}

/// Records the resources that existed in an interval that is read for the first time, but were deleted before the read.
fn unknown(table: Table) -> String {
    format!(
        "INSERT OR IGNORE INTO connect_unknown (instance_arn, table_name, start_time, resource_kind, resource_id) \
         SELECT gone.instance_arn, '{table}', interval_read.value ->> 'start_time', gone.kind, gone.id \
         FROM json_each($5) AS interval_read \
         JOIN connect_metadata AS gone ON gone.instance_arn = {INSTANCE} AND gone.kind IN {kinds} AND gone.deleted_at > (interval_read.value ->> 'start_time') \
         WHERE NOT EXISTS (SELECT 1 FROM connect_interval_reads AS before \
         WHERE before.instance_arn = {INSTANCE} AND before.table_name = '{table}' AND before.start_time = interval_read.value ->> 'start_time')",
        table = table.name(),
        kinds = filter_kinds(table),
    )
}

/// Records which intervals were read completely.
fn reads(table: Table) -> String {
    let columns = ["start_time", "quarter", "day", "local_time"];
    format!(
        "INSERT INTO connect_interval_reads AS target (instance_arn, table_name, {}, sampled_at) \
         SELECT {INSTANCE}, '{}', {}, {TIME} FROM json_each($5) AS interval_read WHERE true \
         ON CONFLICT (instance_arn, table_name, start_time) DO UPDATE \
         SET day = excluded.day, local_time = excluded.local_time, sampled_at = excluded.sampled_at \
         WHERE target.sampled_at < excluded.sampled_at",
        columns.join(", "),
        table.name(),
        columns.map(|column| format!("interval_read.value ->> '{column}'")).join(", "),
    )
}

/// Updates the table's status, or makes it.
fn status(table: Table) -> String {
    let released = if table.is_current_state() { ", leased_until = NULL" } else { "" };
    format!(
        "INSERT INTO connect_table_status (instance_arn, table_name, revision, sampled_at, complete_at) \
         VALUES ({INSTANCE}, '{}', 1, {TIME}, CASE WHEN $4 = 'true' THEN {TIME} END) \
         ON CONFLICT (instance_arn, table_name) DO UPDATE \
         SET revision = revision + 1, sampled_at = MAX(COALESCE(sampled_at, ''), excluded.sampled_at), \
         complete_at = COALESCE(MAX(complete_at, excluded.complete_at), complete_at, excluded.complete_at){released}",
        table.name()
    )
}
