//! The statements on provisional rows: what contact events say of contacts whose record is not there.

use switchboard_sql::{
    dialect::Dialect,
    statement::{Parameter, Statement},
};

use crate::{
    contact::{RowSource, columns::COLUMNS},
    event_columns::{EVENT_COLUMNS, OUTCOMES},
    migrations::MACROS,
    statement::{REPLACED, from_json, is_not_forgotten},
};

/// The key of a row, which the parameter's arrays begin with.
const KEY: [&str; 3] = ["aws_region", "instance_id", "contact_id"];

/// Merges what events say into the provisional rows of their contacts. A row that was made of something else stays.
///
/// `rows`: a JSON array of arrays, each contact once; `changed_at`: now. The first result is the number of rows that changed.
pub(crate) fn save(dialect: Dialect, rows: &str, changed_at: &str) -> Vec<Statement> {
    let parameters = || vec![Parameter::Json(rows.to_owned()), Parameter::text(changed_at)];
    let replaced = REPLACED.map(|(replaced, _)| replaced).join(", ");
    let sql = |sql: &str| dialect.expand_with(&MACROS, sql);
    let batch = batch(dialect);
    match dialect {
        Dialect::Postgres => {
            let upsert = upsert("batch");
            let text = format!(
                "WITH batch AS MATERIALIZED ({batch}), \
                 written AS ({upsert} RETURNING target.aws_region, target.instance_id, target.contact_id, {replaced}), \
                 marked AS (INSERT INTO contact_changes (aws_region, instance_id, contact_id, {replaced}) SELECT * FROM written) \
                 SELECT CAST(COUNT(*) AS text) FROM written"
            );
            vec![Statement::read(sql(&text), parameters())]
        }
        // The transaction is the only writer, so what a row is about to replace can be read before.
        Dialect::Sqlite => {
            let before = REPLACED.map(|(_, column)| format!("target.{column}")).join(", ");
            let told = told("batch");
            let marked = format!(
                "INSERT INTO contact_changes (aws_region, instance_id, contact_id, {replaced}) \
                 SELECT excluded.aws_region, excluded.instance_id, excluded.contact_id, {before} \
                 FROM (SELECT {told} FROM ({batch}) AS batch) AS excluded \
                 LEFT JOIN contact_record AS target ON target.aws_region = excluded.aws_region \
                 AND target.instance_id = excluded.instance_id AND target.contact_id = excluded.contact_id \
                 WHERE target.contact_id IS NULL OR ({})",
                is_changed()
            );
            let upsert = upsert(&format!("({batch}) AS batch"));
            [marked, upsert].iter().map(|text| Statement::write(sql(text), parameters())).collect()
        }
    }
}

/// Presumes contacts over that are open for longer than their channel lets one live: the end of these was lost.
pub(crate) fn presume_over(dialect: Dialect, now: &str) -> Vec<Statement> {
    let replaced = REPLACED.map(|(replaced, _)| replaced).join(", ");
    let values = REPLACED.map(|(_, column)| column).join(", ");
    let is_over = "source = 'event' AND disconnect_timestamp IS NULL AND is_presumed_over IS NULL \
                   AND open_until_timestamp < CAST($1 AS TIMESTAMP_UTC)";
    let set = REPLACED.map(|(replaced, column)| format!("{replaced} = {column}")).join(", ");
    let mark = format!(
        "INSERT INTO contact_changes (aws_region, instance_id, contact_id, {replaced}) \
         SELECT aws_region, instance_id, contact_id, {values} FROM contact_record WHERE {is_over}"
    );
    let update = format!(
        "UPDATE contact_record SET is_presumed_over = 1, changed_at = CAST($1 AS TIMESTAMP_UTC), {set} WHERE {is_over}"
    );
    let write = |text: &str| Statement::write(dialect.expand(text), vec![Parameter::text(now)]);
    match dialect {
        Dialect::Postgres => {
            let text = format!(
                "WITH written AS ({update} RETURNING aws_region, instance_id, contact_id, {replaced}), \
                 marked AS (INSERT INTO contact_changes (aws_region, instance_id, contact_id, {replaced}) SELECT * FROM written) \
                 SELECT CAST(COUNT(*) AS text) FROM written"
            );
            vec![Statement::read(dialect.expand(&text), vec![Parameter::text(now)])]
        }
        Dialect::Sqlite => vec![write(&mark), write(&update)],
    }
}

/// The rows of the parameter as a table, those of forgotten contacts left out.
fn batch(dialect: Dialect) -> String {
    let names = KEY.into_iter().chain(EVENT_COLUMNS.iter().map(|(name, _)| *name)).enumerate();
    let columns = names.filter_map(|(at, name)| {
        COLUMNS.iter().find(|column| column.name == name).map(|column| from_json(at, column))
    });
    let columns = columns.collect::<Vec<_>>().join(", ");
    let is_not_forgotten = is_not_forgotten("value ->> 2");
    match dialect {
        Dialect::Postgres => {
            format!(
                "SELECT {columns} FROM jsonb_array_elements(CAST($1 AS jsonb)) AS row_of_batch (value) \
                 WHERE {is_not_forgotten}"
            )
        }
        Dialect::Sqlite => format!("SELECT {columns} FROM json_each($1) WHERE {is_not_forgotten}"),
    }
}

/// What is written of a row of the batch if there is none of its contact.
fn told(batch: &str) -> String {
    let key = KEY.map(|name| format!("{batch}.{name}"));
    let columns = EVENT_COLUMNS.iter().map(|(name, _)| {
        let value = format!("{batch}.{name}");
        let [leg, connected] =
            ["leg", "agent_connected_to_agent_timestamp"].map(|name| format!("{batch}.{name}"));
        if OUTCOMES.contains(name) {
            format!("{} AS {name}", outcome(&leg, &connected, &value))
        } else {
            value
        }
    });
    key.into_iter().chain(columns).collect::<Vec<_>>().join(", ")
}

/// Each column with what it is after the rows `target` and `excluded` are merged.
fn merged() -> Vec<(&'static str, String)> {
    let of = |name: &str| {
        let rule = EVENT_COLUMNS.iter().find(|(column, _)| *column == name);
        rule.map_or_else(String::new, |(_, rule)| rule.sql(name))
    };
    let [leg, connected] = ["leg", "agent_connected_to_agent_timestamp"].map(of);
    let column = |(name, rule): &(&'static str, crate::event_columns::MergeRule)| {
        let value = rule.sql(name);
        (*name, if OUTCOMES.contains(name) { outcome(&leg, &connected, &value) } else { value })
    };
    EVENT_COLUMNS.iter().map(column).collect()
}

/// How the stay in a queue ended, of a contact that may have been answered, and may be none of the customer's:
/// [`switchboard_core::outcome::QueueStay::outcome`] begins with these two.
fn outcome(leg: &str, connected: &str, unanswered: &str) -> String {
    format!(
        "CASE WHEN {leg} <> 'customer' THEN NULL WHEN {connected} IS NOT NULL THEN 'answered' ELSE {unanswered} END"
    )
}

/// True if the row `target` is provisional, and `excluded` says something new.
fn is_changed() -> String {
    let (names, values): (Vec<_>, Vec<_>) = merged().into_iter().unzip();
    let names: Vec<_> = names.iter().map(|name| format!("target.{name}")).collect();
    format!("target.source = 'event' AND ({}) IS DISTINCT FROM ({})", names.join(", "), values.join(", "))
}

/// Writes what is new, in the order of the key: two that write the same contacts wait for each other, and no circle arises.
fn upsert(batch: &str) -> String {
    let names: Vec<_> = KEY.into_iter().chain(EVENT_COLUMNS.iter().map(|(name, _)| *name)).collect();
    let mut set: Vec<_> = merged().into_iter().map(|(name, value)| format!("{name} = {value}")).collect();
    set.extend(REPLACED.map(|(replaced, column)| format!("{replaced} = target.{column}")));
    set.push("changed_at = excluded.changed_at".to_owned());
    let source = RowSource::Event;
    format!(
        "INSERT INTO contact_record AS target ({}, version, source, changed_at) \
         SELECT {}, '{}', '{}', CAST($2 AS TIMESTAMP_UTC) FROM {batch} WHERE true ORDER BY aws_region, instance_id, contact_id \
         ON CONFLICT (aws_region, instance_id, contact_id) DO UPDATE SET {} WHERE {}",
        names.join(", "),
        told("batch"),
        source.rank(),
        source.name(),
        set.join(", "),
        is_changed()
    )
}
