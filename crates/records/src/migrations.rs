//! The migrations of the record tables.

use switchboard_sql::{
    dialect::Macro,
    migrations::{Migration, Migrations},
};

/// The macros of the record tables' SQL. A version is compared by its bytes, whatever the database's collation. Those that come
/// later are expanded in what those before them were expanded to.
pub(crate) const MACROS: [Macro; 14] = [
    Macro::new("AGENT_MOMENTS", include_str!("agent_moments.sql"), include_str!("agent_moments.sql")),
    Macro::new("AGENT_STRETCHES", include_str!("agent_stretches.sql"), include_str!("agent_stretches.sql")),
    Macro::new("AGENT_ROWS", "agent_time", "agent_time"),
    Macro::new("AGENT_EVENT_ROWS", "agent_event_times", "agent_event_times"),
    Macro::new("AGENT_MORE_POINTS", "", ""),
    Macro::new("HEARTBEAT_SECONDS", "300", "300"),
    Macro::new(
        "NEVER",
        "CAST('9999-12-31T00:00:00.000000Z' AS timestamptz)",
        "'9999-12-31T00:00:00.000000Z'",
    ),
    Macro::new("UTC_TIME(", "(", "strftime('%Y-%m-%dT%H:%M:%S.000000Z', "),
    Macro::new("PLUS_FIVE_MINUTES", "+ interval '5 minutes'", ", '+5 minutes'"),
    // The whole second since 1970, of two opening brackets and two closing ones.
    Macro::new("UNIX_SECOND((", "floor(extract(epoch FROM ", "(unixepoch("),
    Macro::new("BYTEWISE_TEXT", "text COLLATE \"C\"", "TEXT"),
    Macro::new("IDENTITY_KEY", "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "INTEGER PRIMARY KEY"),
    Macro::new("GREATER_OF(", "GREATEST(", "MAX("),
    Macro::new("LESSER_OF(", "LEAST(", "MIN("),
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
            name: "agents",
            works_with: 2,
            sql: include_str!("migrations/003_agents.sql"),
        },
    ],
};
