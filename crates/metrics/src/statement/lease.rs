//! The statements of leases, by the database's own clock: those of the functions differ.

use switchboard_sql::{
    dialect::Dialect,
    statement::{Parameter, Statement},
};

use super::INSTANCE;
use crate::tables::Table;

/// Acquires the lease of an instance's polls of a table for `$2` seconds, if it is free: then it writes one row.
pub(crate) fn acquire(dialect: Dialect, table: Table, instance: Parameter, seconds: u64) -> Statement {
    let (now, until) = (dialect.now(), dialect.seconds_from_now("$2"));
    let sql = format!(
        "INSERT INTO connect_table_status AS poll (instance_arn, table_name, revision, leased_until) \
         VALUES ({INSTANCE}, '{}', 0, {until}) ON CONFLICT (instance_arn, table_name) DO UPDATE \
         SET leased_until = excluded.leased_until WHERE poll.leased_until IS NULL OR poll.leased_until <= {now}",
        table.name()
    );
    Statement::write(sql, vec![instance, Parameter::Text(seconds.to_string())])
}

/// Releases the lease.
pub(crate) fn release(table: Table, instance: Parameter) -> Statement {
    let sql = format!(
        "UPDATE connect_table_status SET leased_until = NULL WHERE instance_arn = {INSTANCE} AND table_name = '{}'",
        table.name()
    );
    Statement::write(sql, vec![instance])
}
