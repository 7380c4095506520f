//! The statements of leases, by the database's own clock: those of the functions differ.

use super::{Dialect, Parameter, Statement};
use crate::tables::Table;

/// Acquires the lease of a table's polls for `$1` seconds, if it is free: then it writes one row.
pub(crate) fn acquire(dialect: Dialect, table: Table, seconds: u64) -> Statement {
    let (now, until) = match dialect {
        Dialect::Postgres => ("now()", "now() + make_interval(secs => CAST($1 AS double precision))"),
        Dialect::Sqlite => (
            "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')",
            "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', '+' || $1 || ' seconds')",
        ),
    };
    let sql = format!(
        "UPDATE connect_table_status SET leased_until = {until} \
         WHERE table_name = '{}' AND (leased_until IS NULL OR leased_until <= {now})",
        table.name()
    );
    Statement::write(sql, vec![Parameter::Text(seconds.to_string())])
}

/// Releases the lease.
pub(crate) fn release(table: Table) -> Statement {
    let sql =
        format!("UPDATE connect_table_status SET leased_until = NULL WHERE table_name = '{}'", table.name());
    Statement::write(sql, Vec::new())
}
