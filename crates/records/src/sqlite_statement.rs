//! The statements that save contacts in an SQLite file.
//!
//! The transaction is the only writer, so what a row is about to replace can be read before. Each value is a parameter of its own:
//! SQLite finds the 84 values of a row in JSON one after another, which took two thirds of a load.

use std::collections::BTreeMap;

use serde_json::Value;
use switchboard_sql::statement::{Parameter, Statement};

use crate::{
    contact::{
        ContactRow,
        columns::{COLUMNS, ColumnTable},
    },
    statement::{REPLACED, Upsert, columns_of, is_not_forgotten},
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
pub(crate) fn save(rows: Vec<ContactRow>, changed_at: &str) -> Save {
    let names = NAMES.map(|kind| NewNames::of(kind, &rows));
    let (mut versions, mut personal, mut contacts) = (Vec::new(), Vec::new(), Vec::new());
    let count = |table| columns_of(table).count() + 1;
    let (of_personal, of_contact) = (count(ColumnTable::Personal), count(ColumnTable::Contact));
    for row in rows {
        let mut of_row = [Vec::with_capacity(of_personal), Vec::with_capacity(of_contact)];
        let mut version = Vec::with_capacity(VERSION);
        for (at, (column, value)) in COLUMNS.iter().zip(row.into_values()).enumerate() {
            let value = parameter(value);
            if at < VERSION {
                version.push(value.clone());
            }
            let [personal, contact] = &mut of_row;
            match column.table {
                ColumnTable::Personal => personal.push(value),
                ColumnTable::Contact => contact.push(value),
                ColumnTable::Both => {
                    personal.push(value.clone());
                    contact.push(value);
                }
            }
        }
        for values in &mut of_row {
            values.push(Parameter::text(changed_at));
        }
        let [of_personal, of_contact] = of_row;
        versions.push(version);
        personal.push(of_personal);
        contacts.push(of_contact);
    }
    let mut statements = names.into_iter().flat_map(NewNames::statements).collect::<Vec<_>>();
    statements.extend(mark(versions));
    statements.extend(upsert(ColumnTable::Personal, personal));
    let contacts = upsert(ColumnTable::Contact, contacts);
    let count = contacts.len();
    statements.extend(contacts);
    Save { statements, contacts: count }
}

/// What has names, each: the table, the column of its id, that of its name.
const NAMES: [[&str; 3]; 2] =
    [["queue_names", "queue_id", "queue_name"], ["agent_names", "agent_id", "agent_username"]];

/// The newest names in a save's rows. Found here, no contact has to be read again for them. In PostgreSQL the changed contacts are,
/// when sums are computed: there saves run side by side, and would wait for each other at the row of each queue.
struct NewNames {
    kind: [&'static str; 3],
    /// By Region, instance and id.
    newest: BTreeMap<[String; 3], [String; 2]>,
}

impl NewNames {
    fn of(kind: [&'static str; 3], rows: &[ContactRow]) -> Self {
        let [_, id, name] = kind;
        let at = |name: &str| COLUMNS.iter().position(|column| column.name == name).unwrap_or(usize::MAX);
        let (id, name, version) = (at(id), at(name), at("version"));
        let mut newest = BTreeMap::new();
        for row in rows {
            let (Some(id), Some(name), Some(version)) = (row.text(id), row.text(name), row.text(version))
            else {
                continue;
            };
            let key = [row.key().aws_region.clone(), row.key().instance_id.clone(), id.to_owned()];
            let named = [version.to_owned(), name.to_owned()];
            newest
                .entry(key)
                .and_modify(|had: &mut [String; 2]| {
                    if *had < named {
                        had.clone_from(&named);
                    }
                })
                .or_insert(named);
        }
        Self { kind, newest }
    }

    fn statements(self) -> Vec<Statement> {
        let [table, id, name] = self.kind;
        let insert = format!(
            "INSERT INTO {table} AS target (aws_region, instance_id, {id}, version, {name}) SELECT * FROM"
        );
        let newer = format!(
            "WHERE true ON CONFLICT (aws_region, instance_id, {id}) \
             DO UPDATE SET {name} = excluded.{name}, version = excluded.version WHERE target.version < excluded.version"
        );
        let row = |(key, named): ([String; 3], [String; 2])| {
            key.into_iter().chain(named).map(Parameter::Text).collect()
        };
        Statement::write_rows(&insert, &newer, self.newest.into_iter().map(row))
    }
}

/// Notes the contacts that are about to change, with what a row says that is about to be replaced.
fn mark(versions: Vec<Vec<Parameter>>) -> Vec<Statement> {
    let replaced = REPLACED.map(|(replaced, _)| replaced).join(", ");
    let before = REPLACED.map(|(_, column)| format!("target.{column}")).join(", ");
    let insert = format!(
        "INSERT INTO contact_changes (aws_region, instance_id, contact_id, {replaced}) \
         SELECT column1, column2, column3, {before} FROM"
    );
    let newer = format!(
        "AS batch LEFT JOIN contact_record AS target \
         ON target.aws_region = column1 AND target.instance_id = column2 AND target.contact_id = column3 \
         WHERE (target.contact_id IS NULL OR target.version < column4) AND {}",
        is_not_forgotten("column3")
    );
    Statement::write_rows(&insert, &newer, versions)
}

fn upsert(table: ColumnTable, rows: Vec<Vec<Parameter>>) -> Vec<Statement> {
    let Upsert { insert, on_conflict, .. } = Upsert::of(table);
    // Without WHERE, SQLite would take ON CONFLICT for a part of a join.
    let newer = format!("WHERE {} {on_conflict}", is_not_forgotten("column3"));
    Statement::write_rows(&format!("{insert} SELECT * FROM"), &newer, rows)
}

/// A number becomes one by the type of its column.
fn parameter(value: Value) -> Parameter {
    match value {
        Value::Null => Parameter::Null,
        Value::String(text) => Parameter::Text(text),
        other => Parameter::Text(other.to_string()),
    }
}
