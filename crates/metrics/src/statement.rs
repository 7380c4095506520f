//! SQL as every backend takes it: statements with `$1`, `$2`… and parameters that are all text.

use serde_json::Value;

use crate::tables::{Column, Kind, Named, Table};

pub(crate) mod lease;
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
    /// `$4` what is read to the end: of a table of intervals which, of what can be named the kinds.
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

    /// SQL with the words that the two spell differently. `IN_UTC(…)` makes a moment a time without a zone, and the other way
    /// round; a `WHOLE_DAY` and a `WALL_CLOCK` are the centre's.
    pub(crate) fn spell(self, sql: &str) -> String {
        let words = match self {
            Self::Postgres => [
                ("NUMBER", "numeric"),
                ("MOMENT", "timestamptz"),
                ("ROOMY", "WITH (fillfactor = 50)"),
                ("OBJECT(", "json_build_object("),
                ("IN_UTC(", "timezone('UTC', "),
                ("WHOLE_DAY", "date"),
                ("WALL_CLOCK", "timestamp"),
                // Without OFFSET it would be a join, of which the planner may read the whole table.
                (
                    "FIVE_MINUTES_OF_TOLD",
                    "CROSS JOIN LATERAL (SELECT * FROM historical_metric_data AS one \
                     WHERE one.start_time = told.start_time OFFSET 0) AS metric",
                ),
                (
                    "QUARTERS_OF_TOLD",
                    "CROSS JOIN LATERAL (SELECT * FROM interval_metric_data AS one \
                     WHERE one.start_time = told.start_time OFFSET 0) AS metric",
                ),
            ],
            Self::Sqlite => [
                ("NUMBER", "REAL"),
                ("MOMENT", "TEXT"),
                ("ROOMY", ""),
                ("OBJECT(", "json_object("),
                ("IN_UTC(", "("),
                ("WHOLE_DAY", "TEXT"),
                ("WALL_CLOCK", "TEXT"),
                (
                    "FIVE_MINUTES_OF_TOLD",
                    "CROSS JOIN historical_metric_data AS metric ON metric.start_time = told.start_time",
                ),
                (
                    "QUARTERS_OF_TOLD",
                    "CROSS JOIN interval_metric_data AS metric ON metric.start_time = told.start_time",
                ),
            ],
        };
        words.iter().fold(sql.to_owned(), |sql, (word, spelled)| sql.replace(word, spelled))
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
/// Of intervals only those that were not read later: rows that stayed the same keep the time of an earlier read.
/// `of` is a column of the sample by its name.
fn unless_later(table: Table, of: impl Fn(&str) -> String) -> String {
    match table {
        Table::Metadata => format!(
            " AND {} NOT IN (SELECT kind FROM connect_metadata WHERE last_updated_at > {TIME})",
            of("kind")
        ),
        Table::History | Table::Intervals => format!(
            " AND NOT EXISTS (SELECT 1 FROM connect_reads AS later WHERE later.table_name = '{}' \
             AND later.start_time = {} AND later.sampled_at > {TIME})",
            table.name(),
            of("start_time")
        ),
        Table::CurrentMetrics | Table::CurrentUsers => String::new(),
    }
}

/// Which kinds of resources a table of intervals is asked by.
fn asked_by(table: Table) -> &'static str {
    match table {
        Table::Intervals => "('QUEUE', 'ROUTING_PROFILE')",
        _ => "('QUEUE')",
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

/// `ON CONFLICT … DO UPDATE SET a = excluded.a, … WHERE` the sample is the later one; of intervals, where it differs.
fn replaced(table: Table) -> String {
    let key = list(&table.keys(), |column| column.name.to_owned());
    let values = table.values().iter().map(|column| column.name).collect::<Vec<_>>();
    let names = table.names().iter().map(|name| name.column).collect::<Vec<_>>();
    let all = values.into_iter().chain(names).chain([table.time()]);
    let set: Vec<_> = all.map(|column| format!("{column} = excluded.{column}")).collect();
    let (set, time) = (set.join(", "), table.time());
    let differs = if table.has_intervals() {
        // A name that was learned since is a difference, too.
        let values = table.values().into_iter().map(|column| column.name.to_owned());
        let names = table.names().into_iter().map(|name| name.column.to_owned());
        let differs =
            values.chain(names).map(|column| format!("kept.{column} IS DISTINCT FROM excluded.{column}"));
        format!(" AND ({})", differs.collect::<Vec<_>>().join(" OR "))
    } else {
        String::new()
    };
    format!("ON CONFLICT ({key}) DO UPDATE SET {set} WHERE kept.{time} < excluded.{time}{differs}")
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
