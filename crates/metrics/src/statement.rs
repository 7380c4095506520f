//! SQL as every backend takes it: statements with `$1`, `$2`… and parameters that are all text.

use serde_json::Value;

use crate::tables::{Column, Kind, Named, Table};

mod postgres;
pub(crate) mod read;
mod sqlite;

/// The sample's time.
const TIME: &str = "CAST($2 AS MOMENT)";

/// One statement.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) sql: String,
    pub(crate) parameters: Vec<Parameter>,
    /// Whether it answers rows, of one text column each; or else how many rows it wrote.
    pub(crate) answers_rows: bool,
}

/// A parameter. What else than text it is, the statement says: `CAST($2 AS timestamptz)`.
#[derive(Clone)]
pub(crate) enum Parameter {
    Text(String),
    Json(String),
}

/// What a statement answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    /// Each row's only column.
    pub(crate) rows: Vec<String>,
    /// How many rows were written.
    pub(crate) written: u64,
}

/// How a database spells what the two spell differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Postgres,
    Sqlite,
}

impl Statement {
    /// One that answers rows.
    pub(crate) fn read(sql: impl Into<String>, parameters: Vec<Parameter>) -> Self {
        Self { sql: sql.into(), parameters, answers_rows: true }
    }

    /// One that writes.
    pub(crate) fn write(sql: impl Into<String>, parameters: Vec<Parameter>) -> Self {
        // A database counts those that the statement has.
        let sql = sql.into();
        let used = (1..=parameters.len()).rev().find(|n| sql.contains(&format!("${n}"))).unwrap_or_default();
        let parameters = parameters.into_iter().take(used).collect();
        Self { sql, parameters, answers_rows: false }
    }
}

impl Parameter {
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Text(text) | Self::Json(text) => text,
        }
    }
}

impl std::fmt::Debug for Parameter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Parameter({} bytes)", self.as_str().len())
    }
}

impl Dialect {
    /// Saves a part of a sample. `$1` are its rows, `$2` its time, `$3` whether this is the end of a complete one, and
    /// `$4` what is read to the end: of a table of intervals their beginnings, of what can be named the kinds.
    pub(crate) fn save(self, table: Table, parameters: Vec<Parameter>) -> Vec<Statement> {
        match self {
            Self::Postgres => vec![postgres::save(table, parameters)],
            Self::Sqlite => sqlite::save(table, &parameters),
        }
    }

    /// Writes a row of a table with these columns as [`save`](Self::save) reads it.
    pub(crate) fn shorten(self, columns: &[Column], row: &mut Value) {
        match self {
            Self::Postgres => postgres::shorten(columns, row),
            // It is in this process.
            Self::Sqlite => {}
        }
    }

    /// What makes one writer of a table wait for another through several statements.
    pub(crate) fn turn(self, table: Table) -> Option<Statement> {
        match self {
            Self::Postgres => Some(postgres::turn(table)),
            // Its transactions are one after the other.
            Self::Sqlite => None,
        }
    }

    /// SQL with `NUMBER`, `MOMENT`, `ROOMY`, `DAY(…)` and `OBJECT(…)` spelled as this database does.
    pub(crate) fn spell(self, sql: &str) -> String {
        let words = match self {
            Self::Postgres => [
                ("NUMBER", "numeric"),
                ("MOMENT", "timestamptz"),
                ("ROOMY", "WITH (fillfactor = 50)"),
                ("OBJECT(", "json_build_object("),
            ],
            Self::Sqlite => {
                [("NUMBER", "REAL"), ("MOMENT", "TEXT"), ("ROOMY", ""), ("OBJECT(", "json_object(")]
            }
        };
        let spelled = words.iter().fold(sql.to_owned(), |sql, (word, spelled)| sql.replace(word, spelled));
        spelled.replace("DAY(", "date(")
    }
}

impl Kind {
    /// The column's type, before it is spelled.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "NUMBER",
            Self::Moment => "MOMENT",
        }
    }
}

/// `a, b, c` of columns.
pub(crate) fn list<'c>(
    columns: impl IntoIterator<Item = &'c Column>,
    one: impl Fn(&Column) -> String,
) -> String {
    joined(columns, ", ", one)
}

fn joined<'c>(
    columns: impl IntoIterator<Item = &'c Column>,
    between: &str,
    one: impl Fn(&Column) -> String,
) -> String {
    columns.into_iter().map(one).collect::<Vec<_>>().join(between)
}

/// What a save inserts: its columns, and the values of a row. `from` is a column of the sample.
fn inserted(table: Table, from: impl Fn(&Column) -> String) -> (String, String) {
    let mut pairs: Vec<(&str, String)> =
        table.keys().iter().chain(&table.values()).map(|column| (column.name, from(column))).collect();
    pairs.extend(table.names().iter().map(|name| (name.column, format!("{}.{}", alias(name), name.is))));
    pairs.extend(table.has_beginnings().then(|| ("created_at", TIME.to_owned())));
    pairs.push((table.time(), TIME.to_owned()));
    let (columns, values): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
    (columns.join(", "), values.join(", "))
}

/// Of what can be named only the kinds that no later list was saved of: what that lacked is gone, and must not come back.
fn unless_listed_later(table: Table, kind: &str) -> String {
    match table {
        Table::Metadata => {
            format!(" AND {kind} NOT IN (SELECT kind FROM connect_metadata WHERE last_updated_at > {TIME})")
        }
        _ => String::new(),
    }
}

/// The joins that the names come from. `id` is a column of the sample by its name.
fn name_joins(table: Table, id: impl Fn(&str) -> String) -> String {
    let first_of_each = table.names().into_iter().filter(|name| name.is == "arn");
    let join = first_of_each.map(|name| {
        let (kind, column) = (name.of.0.name(), id(name.of.1));
        format!(
            " LEFT JOIN connect_metadata AS {0} ON {0}.kind = '{kind}' AND {0}.id = {column}",
            alias(&name)
        )
    });
    join.collect()
}

/// What `connect_metadata` is called that has the names of a kind.
fn alias(name: &Named) -> String {
    format!("{}_named", name.of.0.name().to_ascii_lowercase())
}

/// `ON CONFLICT … DO UPDATE SET a = excluded.a, … WHERE` the sample is the later one.
fn replaced(table: Table) -> String {
    let key = list(&table.keys(), |column| column.name.to_owned());
    let values = table.values().iter().map(|column| column.name).collect::<Vec<_>>();
    let names = table.names().iter().map(|name| name.column).collect::<Vec<_>>();
    let all = values.into_iter().chain(names).chain([table.time()]);
    let set: Vec<_> = all.map(|column| format!("{column} = excluded.{column}")).collect();
    let (set, time) = (set.join(", "), table.time());
    format!("ON CONFLICT ({key}) DO UPDATE SET {set} WHERE kept.{time} < excluded.{time}")
}

/// `a = 0, …` of what is at rest.
fn rested(values: &[Column]) -> String {
    let at_rest = |column: &Column| Some(format!("{} = {}", column.name, column.at_rest.as_deref()?));
    values.iter().filter_map(at_rest).collect::<Vec<_>>().join(", ")
}

/// Whether a row of `row` is not at rest yet.
fn is_active(row: &str, values: &[Column]) -> String {
    joined(values.iter().filter(|column| column.tells), " OR ", |column| match column.at_rest.as_deref() {
        // Of a resource only whether it is gone counts, not since when.
        Some(_) if column.kind == Kind::Moment => format!("{row}.{} IS NULL", column.name),
        at_rest => format!("{row}.{} IS DISTINCT FROM {}", column.name, at_rest.unwrap_or("NULL")),
    })
}
