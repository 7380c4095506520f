//! The statements of PostgreSQL, over a connection or the Data API.
//!
//! A save is one statement, which is atomic and one round trip. It upserts the sample's rows, copies them into the time
//! series, resets absent rows, and updates the table's status.
//!
//! Saves of one table of an instance are serialised by its row of `connect_table_status`, which the first one makes. Within one
//! statement that is an optimistic check: the statement sees the tables as they were when it began; if another save commits
//! while it waits for the row, `revision` is no longer the one that was seen, the save changes nothing, returns
//! `lock_acquired` 0 and is retried. A save of several
//! statements holds the row's lock until its transaction ends. A sample whose time is ahead of the server's clock changes
//! nothing and returns `ahead`: no sample could replace it until then.

use serde_json::{Map, Value};
use switchboard_sql::{
    dialect::Dialect,
    statement::{Parameter, Statement},
};

use super::{
    INSTANCE, TIME, active_condition, filter_kinds, if_not_superseded, insert_clause, joined, list,
    lookup_joins, reset_clause, update_clause,
};
use crate::tables::{Column, ColumnType, Table};

/// True if the sample's time is further ahead of the server's clock than the tolerated clock skew.
const AHEAD: &str = "CAST($3 AS TIMESTAMP_UTC) > now() + interval '5 minutes'";

/// Locks a table's status row until the transaction ends, and makes it if there is none: for a sample of several statements.
pub(crate) fn lock_table(table: Table, instance: Parameter) -> Statement {
    let sql = format!(
        "INSERT INTO connect_table_status AS poll (instance_arn, table_name, revision) \
         VALUES ({INSTANCE}, '{}', 0) ON CONFLICT (instance_arn, table_name) \
         DO UPDATE SET revision = poll.revision RETURNING table_name",
        table.name()
    );
    Statement::read(sql, vec![instance])
}

/// Saves a part of a sample: see [`save`](super::save).
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
         'written', (SELECT count(*) FROM written), 'reset', {reset_count}, 'ahead', {AHEAD}) AS text) AS result",
        steps.join(",\n")
    );
    Statement::read(Dialect::Postgres.expand(&sql), parameters)
}

fn sample(table: Table) -> String {
    let columns = [table.keys(), table.values()].concat();
    let (mut positional, mut named) = (Vec::new(), Vec::new());
    for (n, column) in columns.iter().enumerate() {
        positional.push(format!("{} {}", position_name(n), column.kind.name()));
        named.push(format!("{} AS {}", position_name(n), column.name));
    }
    format!(
        "sample AS MATERIALIZED (SELECT {} FROM jsonb_to_recordset(CAST($2 AS jsonb)) AS positional ({}))",
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
        format!("COALESCE({TIME} > (SELECT complete_at FROM seen), true)")
    } else {
        "true".to_owned()
    };
    let released = if table.is_current_state() { ", leased_until = NULL" } else { "" };
    // A row that another save makes meanwhile was not seen: then nothing equals its revision.
    format!(
        "seen AS (SELECT revision, complete_at FROM connect_table_status \
         WHERE instance_arn = {INSTANCE} AND table_name = '{name}'),\n\
         locked AS (INSERT INTO connect_table_status AS poll (instance_arn, table_name, revision, sampled_at, complete_at) \
         SELECT {INSTANCE}, '{name}', 1, {TIME}, CASE WHEN CAST($4 AS boolean) THEN {TIME} END WHERE NOT {AHEAD} \
         ON CONFLICT (instance_arn, table_name) DO UPDATE \
         SET revision = poll.revision + 1, sampled_at = GREATEST(poll.sampled_at, excluded.sampled_at), \
         complete_at = GREATEST(poll.complete_at, excluded.complete_at){released} \
         WHERE poll.revision = (SELECT revision FROM seen) \
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
        Table::Metadata => "target.kind IN (SELECT jsonb_array_elements_text(CAST($5 AS jsonb)))",
        _ => "CAST($4 AS boolean)",
    };
    format!(
        "reset_rows AS (UPDATE {table} AS target SET {reset}, {time} = {TIME} FROM locked \
         WHERE target.instance_arn = {INSTANCE} AND {is_complete} AND locked.is_newer AND target.{time} < {TIME} AND ({active}) \
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
        "sampled AS (INSERT INTO {samples} (instance_arn, {columns}, sampled_at) \
         SELECT {INSTANCE}, {columns}, {TIME} FROM sample CROSS JOIN locked \
         UNION ALL SELECT instance_arn, {columns}, {time} FROM reset_rows ON CONFLICT DO NOTHING)",
        samples = table.samples()?,
        time = table.time(),
    ))
}

/// The intervals that were read completely.
fn intervals_read() -> String {
    "intervals_read AS MATERIALIZED (SELECT * FROM jsonb_to_recordset(CAST($5 AS jsonb)) \
     AS positional (start_time TIMESTAMP_UTC, quarter TIMESTAMP_UTC, day LOCAL_DATE, local_time LOCAL_TIMESTAMP))"
        .to_owned()
}

/// Records the resources that existed in an interval that is read for the first time, but were deleted before the read.
fn unknown(table: Table) -> String {
    format!(
        "unknown AS (INSERT INTO connect_unknown (instance_arn, table_name, start_time, resource_kind, resource_id) \
         SELECT gone.instance_arn, '{table}', intervals_read.start_time, gone.kind, gone.id FROM intervals_read CROSS JOIN locked \
         JOIN connect_metadata AS gone ON gone.instance_arn = {INSTANCE} AND gone.kind IN {kinds} \
         AND gone.deleted_at > intervals_read.start_time \
         WHERE NOT EXISTS (SELECT 1 FROM connect_interval_reads AS before \
         WHERE before.instance_arn = {INSTANCE} AND before.table_name = '{table}' AND before.start_time = intervals_read.start_time) ON CONFLICT DO NOTHING)",
        table = table.name(),
        kinds = filter_kinds(table),
    )
}

/// Records which intervals were read completely.
fn reads(table: Table) -> String {
    format!(
        "reads AS (INSERT INTO connect_interval_reads AS target \
         (instance_arn, table_name, start_time, quarter, day, local_time, sampled_at) \
         SELECT {INSTANCE}, '{}', start_time, quarter, day, local_time, {TIME} FROM intervals_read CROSS JOIN locked \
         ON CONFLICT (instance_arn, table_name, start_time) DO UPDATE \
         SET day = excluded.day, local_time = excluded.local_time, sampled_at = excluded.sampled_at \
         WHERE target.sampled_at < excluded.sampled_at)",
        table.name()
    )
}
