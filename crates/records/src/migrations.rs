//! The migrations of the record tables.

use switchboard_sql::{
    dialect::Macro,
    migrations::{Migration, Migrations},
};

/// The macros of the record tables' SQL. A version is compared by its bytes, whatever the database's collation. Those that come
/// later are expanded in what those before them were expanded to.
pub(crate) const MACROS: [Macro; 20] = [
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
    Macro::new("PLUS_ONE_DAY", "+ interval '1 day'", ", '+1 day'"),
    // The whole second since 1970, of two opening brackets and two closing ones.
    Macro::new("UNIX_SECOND((", "floor(extract(epoch FROM ", "(unixepoch("),
    // The kept rows of a row of calendar's. PostgreSQL takes one range to hold a ninth of all rows, and would compare everything
    // with everything; OFFSET 0 has it read them by the key for each row.
    Macro::new(
        "SUMS_BY_ENQUEUE",
        "LATERAL (SELECT * FROM interval_sums AS kept WHERE kept.attribution = 'enqueue' \
         AND kept.interval_start >= calendar.interval_start AND kept.interval_start < calendar.interval_end OFFSET 0) AS sums",
        "interval_sums AS sums",
    ),
    Macro::new(
        "SUMS_BY_CONNECTED",
        "LATERAL (SELECT * FROM interval_sums AS kept WHERE kept.attribution = 'connected' \
         AND kept.interval_start >= calendar.interval_start AND kept.interval_start < calendar.interval_end OFFSET 0) AS sums",
        "interval_sums AS sums",
    ),
    Macro::new(
        "SUMS_BY_DISCONNECT",
        "LATERAL (SELECT * FROM interval_sums AS kept WHERE kept.attribution IN ('initiate', 'disconnect') \
         AND kept.interval_start >= calendar.interval_start AND kept.interval_start < calendar.interval_end OFFSET 0) AS sums",
        "interval_sums AS sums",
    ),
    Macro::new(
        "KEPT_SERVICE_LEVELS",
        "LATERAL (SELECT * FROM interval_service_levels AS kept WHERE kept.attribution IN ('enqueue', 'disconnect') \
         AND kept.interval_start >= calendar.interval_start AND kept.interval_start < calendar.interval_end OFFSET 0) AS levels",
        "interval_service_levels AS levels",
    ),
    Macro::new(
        "SUMS_OF_AGENTS",
        "LATERAL (SELECT * FROM agent_interval_sums AS kept WHERE kept.interval_start >= calendar.interval_start \
         AND kept.interval_start < calendar.interval_end OFFSET 0) AS sums",
        "agent_interval_sums AS sums",
    ),
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
        Migration {
            version: 4,
            name: "reconciliation",
            works_with: 2,
            sql: include_str!("migrations/004_reconciliation.sql"),
        },
    ],
};

/// What only investigators read.
pub(crate) const PERSONAL: [&str; 1] = ["contact_record_personal"];

/// The tables and views without anything personal of a customer.
pub(crate) fn public_relations() -> Vec<&'static str> {
    MIGRATIONS.relations().into_iter().filter(|relation| !PERSONAL.contains(relation)).collect()
}
