//! The migrations of the metric tables.

use switchboard_sql::{
    dialect::Macro,
    migrations::{Migration, Migrations},
};

/// The migrations, with the joins of an interval's rows as macros.
pub(crate) const MIGRATIONS: Migrations = Migrations {
    table: "connect_migrations",
    // OFFSET 0 keeps the planner from flattening it into a join that may read the whole table.
    macros: &[
        Macro::new(
            "JOIN_FIVE_MINUTES",
            "CROSS JOIN LATERAL (SELECT * FROM historical_metric_data AS candidate \
             WHERE candidate.instance_arn = interval_read.instance_arn \
             AND candidate.start_time = interval_read.start_time OFFSET 0) AS metric",
            "CROSS JOIN historical_metric_data AS metric ON metric.instance_arn = interval_read.instance_arn \
             AND metric.start_time = interval_read.start_time",
        ),
        Macro::new(
            "JOIN_QUARTERS",
            "CROSS JOIN LATERAL (SELECT * FROM interval_metric_data AS candidate \
             WHERE candidate.instance_arn = interval_read.instance_arn \
             AND candidate.start_time = interval_read.start_time OFFSET 0) AS metric",
            "CROSS JOIN interval_metric_data AS metric ON metric.instance_arn = interval_read.instance_arn \
             AND metric.start_time = interval_read.start_time",
        ),
    ],
    steps: &[
        Migration {
            version: 1,
            name: "tables",
            works_with: 1,
            sql: include_str!("migrations/001_tables.sql"),
        },
        Migration { version: 2, name: "views", works_with: 2, sql: include_str!("migrations/002_views.sql") },
    ],
};

#[cfg(test)]
mod tests;
