//! The statements of SQLite, where a save is a few of them in one transaction, which is the file's only writer.

use super::{
    Dialect, Parameter, Statement, asked_by, inserted, is_active, list, name_joins, replaced, rested,
    unless_later,
};
use crate::tables::{Column, Kind, Table};

/// Saves a part of a sample: see [`Dialect::save`]. The first statement answers how many rows it wrote, and of a table
/// that sweeps the second how many it put to rest.
pub(super) fn save(table: Table, parameters: &[Parameter]) -> Vec<Statement> {
    let mut sqls = vec![written(table)];
    if table.sweeps() {
        sqls.push(rest(table));
        sqls.extend(samples(table));
    } else {
        sqls.extend([unknown(table), reads(table)]);
    }
    sqls.push(poll(table));
    let statement = |sql: String| Statement::write(Dialect::Sqlite.spell(&sql), parameters.to_vec());
    sqls.into_iter().map(statement).collect()
}

/// A column of a row of JSON.
fn from_json(column: &Column) -> String {
    match column.kind {
        Kind::Number => format!("CAST(sample.value ->> '{}' AS NUMBER)", column.name),
        Kind::Text | Kind::Moment => format!("sample.value ->> '{}'", column.name),
    }
}

/// Whether no complete sample is as new: an older one says nothing new of any row, not even of one that the table
/// lacks.
fn is_news(table: Table) -> String {
    if table.stands() {
        format!(
            "(SELECT complete_at IS NULL OR complete_at < $2 FROM connect_polls WHERE table_name = '{}')",
            table.name()
        )
    } else {
        "true".to_owned()
    }
}

fn written(table: Table) -> String {
    let (columns, values) = inserted(table, from_json);
    format!(
        "INSERT INTO {table} AS kept ({columns}) \
         SELECT {values} FROM json_each($1) AS sample{joins} WHERE {is_news}{unless} {replaced}",
        table = table.name(),
        joins = name_joins(table, |id| format!("(sample.value ->> '{id}')")),
        is_news = is_news(table),
        unless = unless_later(table, |column| format!("(sample.value ->> '{column}')")),
        replaced = replaced(table),
    )
}

/// What a complete sample doesn't mention is at rest from then on: of what can be named, what a list of its kind lacks.
/// What it does mention was written before, with its time.
fn rest(table: Table) -> String {
    let values = table.values();
    let is_complete = match table {
        Table::Metadata => "kept.kind IN (SELECT value FROM json_each($4))",
        _ => "$3 = 'true'",
    };
    format!(
        "UPDATE {table} AS kept SET {rested}, {time} = $2 \
         WHERE {is_complete} AND {is_news} AND kept.{time} < $2 AND ({active})",
        table = table.name(),
        time = table.time(),
        rested = rested(&values),
        is_news = is_news(table),
        active = is_active("kept", &values),
    )
}

/// The time series has every sample, late ones as well, and the moment of rest.
fn samples(table: Table) -> Option<String> {
    let columns = [table.keys(), table.values()].concat();
    let names = list(&columns, |column| column.name.to_owned());
    Some(format!(
        "INSERT OR IGNORE INTO {samples} ({names}, sampled_at) \
         SELECT {from_json}, $2 FROM json_each($1) AS sample \
         UNION ALL SELECT {names}, {time} FROM {table} WHERE {time} = $2 AND $3 = 'true'",
        samples = table.samples()?,
        from_json = list(&columns, from_json),
        table = table.name(),
        time = table.time(),
    ))
}

/// Notes what was there in an interval that is read for the first time, and could not be asked for, as it is gone.
fn unknown(table: Table) -> String {
    format!(
        "INSERT OR IGNORE INTO connect_unknown (table_name, start_time, resource_kind, resource_id) \
         SELECT '{table}', told.value ->> 'start_time', gone.kind, gone.id FROM json_each($4) AS told \
         JOIN connect_metadata AS gone ON gone.kind IN {kinds} AND gone.gone_at > (told.value ->> 'start_time') \
         WHERE NOT EXISTS (SELECT 1 FROM connect_reads AS before \
         WHERE before.table_name = '{table}' AND before.start_time = told.value ->> 'start_time')",
        table = table.name(),
        kinds = asked_by(table),
    )
}

/// Notes which intervals are read to the end.
fn reads(table: Table) -> String {
    let columns = ["start_time", "quarter", "day", "local_time"];
    format!(
        "INSERT INTO connect_reads AS kept (table_name, {}, sampled_at) \
         SELECT '{}', {}, $2 FROM json_each($4) AS told WHERE true \
         ON CONFLICT (table_name, start_time) DO UPDATE \
         SET day = excluded.day, local_time = excluded.local_time, sampled_at = excluded.sampled_at \
         WHERE kept.sampled_at < excluded.sampled_at",
        columns.join(", "),
        table.name(),
        columns.map(|column| format!("told.value ->> '{column}'")).join(", "),
    )
}

fn poll(table: Table) -> String {
    let released = if table.stands() { ", leased_until = NULL" } else { "" };
    format!(
        "UPDATE connect_polls SET saves = saves + 1, sampled_at = MAX(COALESCE(sampled_at, ''), $2), \
         complete_at = CASE WHEN $3 = 'true' THEN MAX(COALESCE(complete_at, ''), $2) ELSE complete_at END{released} \
         WHERE table_name = '{}'",
        table.name()
    )
}
