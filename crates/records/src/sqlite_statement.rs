//! The statements that save contacts in an SQLite file.
//!
//! The transaction is the only writer, so what a row is about to replace can be read before. Each value is a parameter of its own:
//! SQLite finds the 84 values of a row in JSON one after another, which took two thirds of a load.

use serde_json::Value;
use switchboard_sql::statement::{Parameter, Statement};

use crate::{
    contact::{ContactRow, columns::ColumnTable},
    statement::{REPLACED, Upsert, columns_of},
};

/// The columns of a row that say whether it is newer: the key and the version.
const VERSION: usize = 4;

/// The statements of a save.
pub(crate) struct Save {
    /// In one transaction.
    pub(crate) statements: Vec<Statement>,
    /// How many of them, at the end, write contacts.
    pub(crate) contacts: usize,
}

/// Saves rows, each contact once and in the order of the key. `changed_at`: now.
pub(crate) fn save<'r>(rows: impl Iterator<Item = &'r ContactRow> + Clone, changed_at: &str) -> Save {
    let mut statements = mark(rows.clone());
    statements.extend(upsert(rows.clone(), ColumnTable::Personal, changed_at));
    let contacts = upsert(rows, ColumnTable::Contact, changed_at);
    let count = contacts.len();
    statements.extend(contacts);
    Save { statements, contacts: count }
}

/// Notes the contacts that are about to change, with what a row says that is about to be replaced.
fn mark<'r>(rows: impl Iterator<Item = &'r ContactRow>) -> Vec<Statement> {
    let replaced = REPLACED.map(|(replaced, _)| replaced).join(", ");
    let before = REPLACED.map(|(_, column)| format!("target.{column}")).join(", ");
    let insert = format!(
        "INSERT INTO contact_changes (aws_region, instance_id, contact_id, {replaced}) \
         SELECT column1, column2, column3, {before} FROM"
    );
    let newer = "AS batch LEFT JOIN contact_record AS target \
                 ON target.aws_region = column1 AND target.instance_id = column2 AND target.contact_id = column3 \
                 WHERE target.contact_id IS NULL OR target.version < column4";
    let values = rows.map(|row| row.values().iter().take(VERSION).map(parameter).collect());
    Statement::write_rows(&insert, newer, values)
}

fn upsert<'r>(
    rows: impl Iterator<Item = &'r ContactRow>,
    table: ColumnTable,
    changed_at: &str,
) -> Vec<Statement> {
    let Upsert { insert, on_conflict, .. } = Upsert::of(table);
    let values = rows.map(|row| {
        let of_table =
            columns_of(table).map(|(at, _)| row.values().get(at).map_or(Parameter::Null, parameter));
        of_table.chain([Parameter::text(changed_at)]).collect()
    });
    // Without WHERE, SQLite would take ON CONFLICT for a part of a join.
    Statement::write_rows(&format!("{insert} SELECT * FROM"), &format!("WHERE true {on_conflict}"), values)
}

/// A number becomes one by the type of its column.
fn parameter(value: &Value) -> Parameter {
    match value {
        Value::Null => Parameter::Null,
        Value::String(text) => Parameter::text(text),
        other => Parameter::Text(other.to_string()),
    }
}
