//! The statements of PostgreSQL, over a connection or the Data API.
//!
//! A save is one statement, which is atomic by itself and one round trip: what the sample says, its copies in the time
//! series, what it no longer mentions, and the note that it was saved.
//!
//! Saves of one table take turns by their row of `connect_polls`. The statement sees the tables as they were when it
//! began; if another save ends while it waits for the row, then `saves` is no longer what was seen, the save does
//! nothing, says so (`turns` is 0) and is repeated. A sample whose time is ahead of the server's clock does nothing either,
//! and says so: nothing could replace it until then.

use super::{
    Dialect, Parameter, Statement, TIME, asked_by, inserted, is_active, joined, list, name_joins, replaced,
    rested, unless_later,
};
use serde_json::{Map, Value};

use crate::tables::{Column, Kind, Table};

/// Whether the sample's time is further ahead of the server's clock than clocks differ.
const AHEAD: &str = "CAST($2 AS MOMENT) > now() + interval '5 minutes'";

/// Takes a table's turn until the transaction's end: for a sample that takes several statements.
pub(crate) fn turn(table: Table) -> Statement {
    let sql =
        format!("SELECT table_name FROM connect_polls WHERE table_name = '{}' FOR UPDATE", table.name());
    Statement::read(sql, Vec::new())
}

/// Saves a part of a sample: see [`Dialect::save`].
pub(super) fn save(table: Table, parameters: Vec<Parameter>) -> Statement {
    let mut steps = vec![sample(table), turn_step(table), written(table)];
    if table.sweeps() {
        steps.push(rest(table));
    } else {
        steps.extend([told(), unknown(table), reads(table)]);
    }
    steps.extend(samples(table));
    let rested = if table.sweeps() { "(SELECT count(*) FROM rested)" } else { "0" };
    let sql = format!(
        "WITH {} SELECT CAST(OBJECT('turns', (SELECT count(*) FROM turn), \
         'written', (SELECT count(*) FROM written), 'rested', {rested}, 'ahead', {AHEAD}) AS text) AS answer",
        steps.join(",\n")
    );
    Statement::read(Dialect::Postgres.spell(&sql), parameters)
}

fn sample(table: Table) -> String {
    let columns = [table.keys(), table.values()].concat();
    let (mut told, mut named) = (Vec::new(), Vec::new());
    for (n, column) in columns.iter().enumerate() {
        told.push(format!("{} {}", short(n), column.kind.name()));
        named.push(format!("{} AS {}", short(n), column.name));
    }
    format!(
        "sample AS MATERIALIZED (SELECT {} FROM jsonb_to_recordset(CAST($1 AS jsonb)) AS told ({}))",
        named.join(", "),
        told.join(", ")
    )
}

/// Writes a row as [`sample`] reads it: columns by their place, nothing for NULL, and whole seconds without a fraction. It
/// is a quarter shorter, so a busy quarter of an hour of 1,200 agents fits one request of the Data API.
pub(super) fn shorten(columns: &[Column], row: &mut Value) {
    let Value::Object(fields) = row else { return };
    let mut told = Map::new();
    for (n, column) in columns.iter().enumerate() {
        match fields.remove(column.name) {
            None | Some(Value::Null) => {}
            Some(Value::String(time)) if column.kind == Kind::Moment => {
                told.insert(short(n), time.replace(".000000Z", "Z").into());
            }
            Some(value) => drop(told.insert(short(n), value)),
        }
    }
    *fields = told;
}

/// The name of the column at a place: `a` to `z`, `a1` and so on.
fn short(n: usize) -> String {
    let letter = ('a'..='z').nth(n % 26).unwrap_or('a');
    if n < 26 { letter.to_string() } else { format!("{letter}{}", n / 26) }
}

fn turn_step(table: Table) -> String {
    let name = table.name();
    // A sample older than a complete one says nothing new of any row, not even of one that the table lacks.
    let is_news =
        if table.stands() { "COALESCE(CAST($2 AS MOMENT) > seen.complete_at, true)" } else { "true" };
    let released = if table.stands() { ", leased_until = NULL" } else { "" };
    format!(
        "turn AS (UPDATE connect_polls AS poll \
         SET saves = seen.saves + 1, sampled_at = GREATEST(poll.sampled_at, CAST($2 AS MOMENT)), \
         complete_at = CASE WHEN CAST($3 AS boolean) THEN GREATEST(poll.complete_at, CAST($2 AS MOMENT)) \
         ELSE poll.complete_at END{released} \
         FROM connect_polls AS seen \
         WHERE poll.table_name = '{name}' AND seen.table_name = '{name}' AND poll.saves = seen.saves \
         AND NOT {AHEAD} \
         RETURNING {is_news} AS is_news)"
    )
}

fn written(table: Table) -> String {
    let (columns, values) = inserted(table, |column| format!("sample.{}", column.name));
    format!(
        "written AS (INSERT INTO {table} AS kept ({columns}) \
         SELECT {values} FROM sample CROSS JOIN turn{joins} WHERE turn.is_news{unless} {replaced} RETURNING 1)",
        table = table.name(),
        joins = name_joins(table, |id| format!("sample.{id}")),
        unless = unless_later(table, |column| format!("sample.{column}")),
        replaced = replaced(table),
    )
}

/// What a complete sample doesn't mention is at rest from then on: of what can be named, what a list of its kind lacks.
fn rest(table: Table) -> String {
    let (keys, values) = (table.keys(), table.values());
    let same = joined(&keys, " AND ", |column| format!("sample.{0} = kept.{0}", column.name));
    let is_complete = match table {
        Table::Metadata => "kept.kind IN (SELECT jsonb_array_elements_text(CAST($4 AS jsonb)))",
        _ => "CAST($3 AS boolean)",
    };
    format!(
        "rested AS (UPDATE {table} AS kept SET {rested}, {time} = {TIME} FROM turn \
         WHERE {is_complete} AND turn.is_news AND kept.{time} < {TIME} AND ({active}) \
         AND NOT EXISTS (SELECT 1 FROM sample WHERE {same}) RETURNING kept.*)",
        table = table.name(),
        time = table.time(),
        rested = rested(&values),
        active = is_active("kept", &values),
    )
}

/// The time series has every sample, late ones as well, and the moment of rest.
fn samples(table: Table) -> Option<String> {
    let columns = [table.keys(), table.values()].concat();
    let columns = list(&columns, |column| column.name.to_owned());
    Some(format!(
        "sampled AS (INSERT INTO {samples} ({columns}, sampled_at) \
         SELECT {columns}, CAST($2 AS MOMENT) FROM sample CROSS JOIN turn \
         UNION ALL SELECT {columns}, {time} FROM rested ON CONFLICT DO NOTHING)",
        samples = table.samples()?,
        time = table.time(),
    ))
}

/// The intervals that are read to the end.
fn told() -> String {
    "told AS MATERIALIZED (SELECT * FROM jsonb_to_recordset(CAST($4 AS jsonb)) \
     AS one (start_time MOMENT, quarter MOMENT, day WHOLE_DAY, local_time WALL_CLOCK))"
        .to_owned()
}

/// Notes what was there in an interval that is read for the first time, and could not be asked for, as it is gone.
fn unknown(table: Table) -> String {
    format!(
        "unknown AS (INSERT INTO connect_unknown (table_name, start_time, resource_kind, resource_id) \
         SELECT '{table}', told.start_time, gone.kind, gone.id FROM told CROSS JOIN turn \
         JOIN connect_metadata AS gone ON gone.kind IN {kinds} AND gone.gone_at > told.start_time \
         WHERE NOT EXISTS (SELECT 1 FROM connect_reads AS before \
         WHERE before.table_name = '{table}' AND before.start_time = told.start_time) ON CONFLICT DO NOTHING)",
        table = table.name(),
        kinds = asked_by(table),
    )
}

/// Notes which intervals are read to the end.
fn reads(table: Table) -> String {
    format!(
        "reads AS (INSERT INTO connect_reads AS kept (table_name, start_time, quarter, day, local_time, sampled_at) \
         SELECT '{}', start_time, quarter, day, local_time, CAST($2 AS MOMENT) FROM told CROSS JOIN turn \
         ON CONFLICT (table_name, start_time) DO UPDATE \
         SET day = excluded.day, local_time = excluded.local_time, sampled_at = excluded.sampled_at \
         WHERE kept.sampled_at < excluded.sampled_at)",
        table.name()
    )
}
