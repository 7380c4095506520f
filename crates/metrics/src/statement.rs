//! The statements on the metric tables, for both dialects.

use serde_json::Value;
use switchboard_sql::{
    dialect::Dialect,
    statement::{Parameter, Statement},
};

use crate::tables::{Column, ColumnType, LookupColumn, Table};

pub(crate) mod lease;
mod postgres;
pub(crate) mod read;
mod sqlite;

/// The ARN of the instance whose rows a statement reads or writes: the first parameter of each.
const INSTANCE: &str = "CAST($1 AS text)";
/// The sample's time.
const TIME: &str = "CAST($3 AS TIMESTAMP_UTC)";

/// Saves a part of a sample. `$1`: the instance; `$2`: the sample's rows; `$3`: its time; `$4`: whether this is the last
/// part of a complete sample; `$5`: for interval tables the starts that were read completely, for metadata the resource
/// kinds that were listed completely.
pub(crate) fn save(dialect: Dialect, table: Table, parameters: Vec<Parameter>) -> Vec<Statement> {
    match dialect {
        Dialect::Postgres => vec![postgres::save(table, parameters)],
        Dialect::Sqlite => sqlite::save(table, &parameters),
    }
}

/// Rewrites a row of a table with these columns in the compact form that [`save`] reads.
pub(crate) fn to_positional_row(dialect: Dialect, columns: &[Column], row: &mut Value) {
    match dialect {
        Dialect::Postgres => postgres::to_positional_row(columns, row),
        // The rows do not leave this process.
        Dialect::Sqlite => {}
    }
}

/// The lock that serialises the writers of a table over several statements.
pub(crate) fn lock_table(dialect: Dialect, table: Table, instance: Parameter) -> Option<Statement> {
    match dialect {
        Dialect::Postgres => Some(postgres::lock_table(table, instance)),
        // Its write transactions are serialised anyway.
        Dialect::Sqlite => None,
    }
}

impl ColumnType {
    /// The column's type as a macro or SQL name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "NUMBER",
            Self::Timestamp => "TIMESTAMP_UTC",
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

/// The columns and the values of the INSERT of a save. `from` gives the expression of a column of the sample.
fn insert_clause(table: Table, from: impl Fn(&Column) -> String) -> (String, String) {
    let mut pairs: Vec<(&str, String)> =
        table.keys().iter().chain(&table.values()).map(|column| (column.name, from(column))).collect();
    pairs.extend(
        table
            .lookup_columns()
            .iter()
            .map(|lookup| (lookup.column, format!("{}.{}", alias(lookup), lookup.source_column))),
    );
    pairs.extend(table.has_created_at().then(|| ("created_at", TIME.to_owned())));
    pairs.extend([(table.time(), TIME.to_owned()), ("instance_arn", INSTANCE.to_owned())]);
    let (columns, values): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
    (columns.join(", "), values.join(", "))
}

/// The condition that no later sample superseded the row: for metadata no later list of its kind, as a resource that it
/// lacked is deleted and must not come back; for intervals no later read, as unchanged rows keep the time of an earlier
/// read. `of` gives the expression of a column of the sample.
fn if_not_superseded(table: Table, of: impl Fn(&str) -> String) -> String {
    match table {
        Table::Metadata => format!(
            " AND {} NOT IN (SELECT kind FROM connect_metadata \
             WHERE instance_arn = {INSTANCE} AND last_updated_at > {TIME})",
            of("kind")
        ),
        Table::History | Table::Intervals => format!(
            " AND NOT EXISTS (SELECT 1 FROM connect_interval_reads AS later \
             WHERE later.instance_arn = {INSTANCE} AND later.table_name = '{}' AND later.start_time = {} AND later.sampled_at > {TIME})",
            table.name(),
            of("start_time")
        ),
        Table::CurrentMetrics | Table::CurrentUsers => String::new(),
    }
}

/// The kinds of resources that the requests of an interval table filter by.
fn filter_kinds(table: Table) -> &'static str {
    match table {
        Table::Intervals => "('QUEUE', 'ROUTING_PROFILE')",
        _ => "('QUEUE')",
    }
}

/// The joins of the lookup columns. `id` gives the expression of a column of the sample.
fn lookup_joins(table: Table, id: impl Fn(&str) -> String) -> String {
    let first_of_each = table.lookup_columns().into_iter().filter(|lookup| lookup.source_column == "arn");
    let join = first_of_each.map(|lookup| {
        format!(
            " LEFT JOIN connect_metadata AS {0} \
             ON {0}.instance_arn = {INSTANCE} AND {0}.kind = '{1}' AND {0}.id = {2}",
            alias(&lookup),
            lookup.kind.name(),
            id(lookup.id_column)
        )
    });
    join.collect()
}

/// The alias of `connect_metadata` in the look-up of a kind.
fn alias(lookup: &LookupColumn) -> String {
    format!("{}_lookup", lookup.kind.name().to_ascii_lowercase())
}

/// `ON CONFLICT … DO UPDATE SET a = excluded.a, … WHERE` the sample is the newer one; of intervals only where it differs.
fn update_clause(table: Table) -> String {
    let key = list(&table.keys(), |column| column.name.to_owned());
    let values = table.values().iter().map(|column| column.name).collect::<Vec<_>>();
    let lookups = table.lookup_columns().iter().map(|lookup| lookup.column).collect::<Vec<_>>();
    let all = values.into_iter().chain(lookups).chain([table.time()]);
    let set: Vec<_> = all.map(|column| format!("{column} = excluded.{column}")).collect();
    let (set, time) = (set.join(", "), table.time());
    let differs = if table.has_intervals() {
        // A name that has become known since is a difference, too.
        let values = table.values().into_iter().map(|column| column.name.to_owned());
        let lookups = table.lookup_columns().into_iter().map(|lookup| lookup.column.to_owned());
        let differs =
            values.chain(lookups).map(|column| format!("target.{column} IS DISTINCT FROM excluded.{column}"));
        format!(" AND ({})", differs.collect::<Vec<_>>().join(" OR "))
    } else {
        String::new()
    };
    format!(
        "ON CONFLICT (instance_arn, {key}) DO UPDATE SET {set} WHERE target.{time} < excluded.{time}{differs}"
    )
}

/// `a = 0, …`: the assignments that reset an absent row.
fn reset_clause(values: &[Column]) -> String {
    let absent_value =
        |column: &Column| Some(format!("{} = {}", column.name, column.absent_value.as_deref()?));
    values.iter().filter_map(absent_value).collect::<Vec<_>>().join(", ")
}

/// The condition that a row is active: not reset yet.
fn active_condition(row: &str, values: &[Column]) -> String {
    joined(values.iter().filter(|column| column.marks_active), " OR ", |column| {
        match column.absent_value.as_deref() {
            // Of a resource only whether it is deleted counts, not since when.
            Some(_) if column.kind == ColumnType::Timestamp => format!("{row}.{} IS NULL", column.name),
            absent_value => {
                format!("{row}.{} IS DISTINCT FROM {}", column.name, absent_value.unwrap_or("NULL"))
            }
        }
    })
}
