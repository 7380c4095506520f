//! The migrations of the record tables.

use switchboard_sql::{
    dialect::Macro,
    migrations::{Migration, Migrations},
};

/// The macros of the record tables' SQL. A version is compared by its bytes, whatever the database's collation.
pub(crate) const MACROS: [Macro; 3] = [
    Macro::new("BYTEWISE_TEXT", "text COLLATE \"C\"", "TEXT"),
    Macro::new("IDENTITY_KEY", "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "INTEGER PRIMARY KEY"),
    Macro::new("GREATER_OF(", "GREATEST(", "MAX("),
];

/// The migrations.
pub(crate) const MIGRATIONS: Migrations = Migrations {
    table: "record_migrations",
    macros: &MACROS,
    steps: &[
        Migration {
            version: 1,
            name: "tables",
            works_with: 1,
            sql: include_str!("migrations/001_tables.sql"),
        },
        Migration { version: 2, name: "views", works_with: 2, sql: include_str!("migrations/002_views.sql") },
        Migration {
            version: 3,
            name: "reconciliation",
            works_with: 2,
            sql: include_str!("migrations/003_reconciliation.sql"),
        },
    ],
};
