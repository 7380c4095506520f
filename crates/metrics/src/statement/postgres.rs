//! The statements of PostgreSQL, over a connection or the Data API.
//!
//! A save is one statement, which is atomic and one round trip. It upserts the sample's rows, copies them into the time
//! series, resets absent rows, and updates the table's status.
//!
//! Saves of one table are serialised by its row of `connect_table_status`. Within one statement that is an optimistic check:
//! the statement sees the tables as they were when it began; if another save commits while it waits for the row, `revision`
//! is no longer the one that was seen, the save changes nothing, returns `lock_acquired` 0 and is retried. A save of several
//! statements holds the row's lock until its transaction ends. A sample whose time is ahead of the server's clock changes
//! nothing and returns `ahead`: no sample could replace it until then.

use super::{
    Dialect, Parameter, Statement, TIME, active_condition, filter_kinds, if_not_superseded, insert_clause,
    joined, list, lookup_joins, reset_clause, update_clause,
};
use serde_json::{Map, Value};

use crate::tables::{Column, ColumnType, Table};

/// True if the sample's time is further ahead of the server's clock than the tolerated clock skew.
const AHEAD: &str = "CAST($2 AS TIMESTAMP_UTC) > now() + interval '5 minutes'";

/// Locks a table's status row until the transaction ends: for a sample of several statements.
pub(crate) fn lock_table(table: Table) -> Statement {
    let sql = format!(
        "SELECT table_name FROM connect_table_status WHERE table_name = '{}' FOR UPDATE",
        table.name()
    );
    Statement::read(sql, Vec::new())
}

/// Saves a part of a sample: see [`Dialect::save`].
pub(super) fn save(table: Table, parameters: Vec<Parameter>) -> Statement {
    let mut steps = vec![sample(table), lock_step(table), written(table)];
    if table.resets_absent_rows() {
        steps.push(reset_step(table));
    } else {
        steps.extend([intervals_read(), unknown(table), reads(table)]);
    }
    steps.extend(samples(table));
    let reset_count = if table.resets_absent_rows() { "(SELECT count(*) FROM reset_rows)" } else { "0" };
    let sql = format!(
        "WITH {} SELECT CAST(OBJECT('lock_acquired', (SELECT count(*) FROM locked), \
         'written', (SELECT count(*) FROM written), 'reset', {reset_count}, 'ahead', {AHEAD}) AS text) AS answer",
        steps.join(",\n")
    );
    Statement::read(Dialect::Postgres.to_dialect(&sql), parameters)
}

fn sample(table: Table) -> String {
    let columns = [table.keys(), table.values()].concat();
    let (mut positional, mut named) = (Vec::new(), Vec::new());
    for (n, column) in columns.iter().enumerate() {
        positional.push(format!("{} {}", position_name(n), column.kind.name()));
        named.push(format!("{} AS {}", position_name(n), column.name));
    }
    format!(
        "sample AS MATERIALIZED (SELECT {} FROM jsonb_to_recordset(CAST($1 AS jsonb)) AS positional ({}))",
        named.join(", "),
        positional.join(", ")
    )
}

/// Rewrites a row in the compact form that [`sample`] reads: columns by position, NULLs left out, whole seconds without a
/// fraction. It is a quarter shorter, so a busy quarter of an hour of 1,200 agents fits one request of the Data API.
pub(super) fn to_positional_row(columns: &[Column], row: &mut Value) {
    let Value::Object(fields) = row else { return };
    let mut positional = Map::new();
    for (n, column) in columns.iter().enumerate() {
        match fields.remove(column.name) {
            None | Some(Value::Null) => {}
            Some(Value::String(time)) if column.kind == ColumnType::Timestamp => {
                positional.insert(position_name(n), time.replace(".000000Z", "Z").into());
            }
            Some(value) => drop(positional.insert(position_name(n), value)),
        }
    }
    *fields = positional;
}

/// The name of the column at a position: `a` to `z`, `a1` and so on.
fn position_name(n: usize) -> String {
    let letter = ('a'..='z').nth(n % 26).unwrap_or('a');
    if n < 26 { letter.to_string() } else { format!("{letter}{}", n / 26) }
}

fn lock_step(table: Table) -> String {
    let name = table.name();
    // A sample older than a complete one is superseded as a whole, also for rows that the table lacks.
    let is_newer = if table.is_current_state() {
        "COALESCE(CAST($2 AS TIMESTAMP_UTC) > seen.complete_at, true)"
    } else {
        "true"
    };
    let released = if table.is_current_state() { ", leased_until = NULL" } else { "" };
    format!(
        "locked AS (UPDATE connect_table_status AS poll \
         SET revision = seen.revision + 1, sampled_at = GREATEST(poll.sampled_at, CAST($2 AS TIMESTAMP_UTC)), \
         complete_at = CASE WHEN CAST($3 AS boolean) THEN GREATEST(poll.complete_at, CAST($2 AS TIMESTAMP_UTC)) \
         ELSE poll.complete_at END{released} \
         FROM connect_table_status AS seen \
         WHERE poll.table_name = '{name}' AND seen.table_name = '{name}' AND poll.revision = seen.revision \
         AND NOT {AHEAD} \
         RETURNING {is_newer} AS is_newer)"
    )
}

fn written(table: Table) -> String {
    let (columns, values) = insert_clause(table, |column| format!("sample.{}", column.name));
    format!(
        "written AS (INSERT INTO {table} AS target ({columns}) \
         SELECT {values} FROM sample CROSS JOIN locked{joins} WHERE locked.is_newer{unless} {replaced} RETURNING 1)",
        table = table.name(),
        joins = lookup_joins(table, |id| format!("sample.{id}")),
        unless = if_not_superseded(table, |column| format!("sample.{column}")),
        replaced = update_clause(table),
    )
}

/// Resets the rows that a complete sample lacks; of metadata those that a complete list of their kind lacks.
fn reset_step(table: Table) -> String {
    let (keys, values) = (table.keys(), table.values());
    let same = joined(&keys, " AND ", |column| format!("sample.{0} = target.{0}", column.name));
    let is_complete = match table {
        Table::Metadata => "target.kind IN (SELECT jsonb_array_elements_text(CAST($4 AS jsonb)))",
        _ => "CAST($3 AS boolean)",
    };
    format!(
        "reset_rows AS (UPDATE {table} AS target SET {reset}, {time} = {TIME} FROM locked \
         WHERE {is_complete} AND locked.is_newer AND target.{time} < {TIME} AND ({active}) \
         AND NOT EXISTS (SELECT 1 FROM sample WHERE {same}) RETURNING target.*)",
        table = table.name(),
        time = table.time(),
        reset = reset_clause(&values),
        active = active_condition("target", &values),
    )
}

/// Appends to the time series every sample, late ones as well, and the reset rows.
fn samples(table: Table) -> Option<String> {
    let columns = [table.keys(), table.values()].concat();
    let columns = list(&columns, |column| column.name.to_owned());
    Some(format!(
        "sampled AS (INSERT INTO {samples} ({columns}, sampled_at) \
         SELECT {columns}, CAST($2 AS TIMESTAMP_UTC) FROM sample CROSS JOIN locked \
         UNION ALL SELECT {columns}, {time} FROM reset_rows ON CONFLICT DO NOTHING)",
        samples = table.samples()?,
        time = table.time(),
    ))
}

/// The intervals that were read completely.
fn intervals_read() -> String {
    "intervals_read AS MATERIALIZED (SELECT * FROM jsonb_to_recordset(CAST($4 AS jsonb)) \
     AS positional (start_time TIMESTAMP_UTC, quarter TIMESTAMP_UTC, day LOCAL_DATE, local_time LOCAL_TIMESTAMP))"
        .to_owned()
}

/// Records the resources that existed in an interval that is read for the first time, but were deleted before the read.
fn unknown(table: Table) -> String {
    format!(
        "unknown AS (INSERT INTO connect_unknown (table_name, start_time, resource_kind, resource_id) \
         SELECT '{table}', intervals_read.start_time, gone.kind, gone.id FROM intervals_read CROSS JOIN locked \
         JOIN connect_metadata AS gone ON gone.kind IN {kinds} AND gone.deleted_at > intervals_read.start_time \
         WHERE NOT EXISTS (SELECT 1 FROM connect_interval_reads AS before \
         WHERE before.table_name = '{table}' AND before.start_time = intervals_read.start_time) ON CONFLICT DO NOTHING)",
        table = table.name(),
        kinds = filter_kinds(table),
    )
}

/// Records which intervals were read completely.
fn reads(table: Table) -> String {
    format!(
        "reads AS (INSERT INTO connect_interval_reads AS target (table_name, start_time, quarter, day, local_time, sampled_at) \
         SELECT '{}', start_time, quarter, day, local_time, CAST($2 AS TIMESTAMP_UTC) FROM intervals_read CROSS JOIN locked \
         ON CONFLICT (table_name, start_time) DO UPDATE \
         SET day = excluded.day, local_time = excluded.local_time, sampled_at = excluded.sampled_at \
         WHERE target.sampled_at < excluded.sampled_at)",
        table.name()
    )
}
