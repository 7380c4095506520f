//! The statements on the tables of agents' time.

use std::sync::LazyLock;

use switchboard_sql::{
    dialect::Dialect,
    statement::{Parameter, Statement},
};

use crate::{
    agent_batch::{CHANGES, EVENTS, NAMES},
    agent_time::COLUMNS,
    migrations::MACROS,
    recomputation::Recomputation,
};

/// How the sums of agents' time are recomputed.
const RECOMPUTATION: Recomputation =
    Recomputation { changes: "agent_changes", changes_at_once: 5_000, lock: "5772156650" };

/// The columns of an agent's key.
const AGENT: &str = "aws_region, instance_id, agent_id";

/// Saves rows. `rows`: a JSON object with the lists of [`agent_batch`](crate::agent_batch), each key once; `changed_at`: now. The
/// last result is the number of rows of `agent_time` that were written.
///
/// A status that an event tells again is written with the time of that event, and is no change.
pub(crate) fn save(dialect: Dialect, rows: &str, changed_at: &str) -> Vec<Statement> {
    let parameters = || vec![Parameter::Json(rows.to_owned()), Parameter::text(changed_at)];
    let (batch, heard) = (batch(dialect), heard(dialect));
    match dialect {
        Dialect::Postgres => {
            let sql = format!(
                "WITH batch AS MATERIALIZED ({batch}), heard AS MATERIALIZED ({heard}), \
                 written AS ({} RETURNING target.aws_region, target.instance_id, target.agent_id, target.start_interval, \
                 target.start_timestamp, target.contact_id, target.activity, target.changed_at), \
                 noted AS ({} RETURNING target.aws_region, target.instance_id, target.agent_id, target.interval_start, \
                 target.last_event_timestamp), \
                 named AS ({}), \
                 marked AS (INSERT INTO agent_changes ({AGENT}, changed_from, changed_to) \
                 SELECT {AGENT}, MIN(changed_from), MAX(changed_to) FROM (\
                 SELECT {AGENT}, start_interval AS changed_from, start_timestamp AS changed_to FROM written \
                 WHERE changed_at = CAST($2 AS TIMESTAMP_UTC) OR (contact_id <> '' AND activity IS NOT NULL) \
                 UNION ALL SELECT {AGENT}, interval_start, last_event_timestamp FROM noted) AS change GROUP BY {AGENT}) \
                 SELECT CAST(COUNT(*) AS text) FROM written",
                upsert("batch"),
                note("heard"),
                name(dialect),
            );
            vec![Statement::read(dialect.expand_with(&MACROS, &sql), parameters())]
        }
        // The transaction is the only writer, so what a row is about to replace can be read before.
        Dialect::Sqlite => {
            let of_agent = "target.aws_region = row.aws_region AND target.instance_id = row.instance_id \
                            AND target.agent_id = row.agent_id";
            let marked = format!(
                "INSERT INTO agent_changes ({AGENT}, changed_from, changed_to) \
                 SELECT {AGENT}, MIN(changed_from), MAX(changed_to) FROM (\
                 SELECT row.aws_region, row.instance_id, row.agent_id, row.start_interval AS changed_from, \
                 row.start_timestamp AS changed_to FROM ({batch}) AS row LEFT JOIN agent_time AS target ON {of_agent} \
                 AND target.contact_id = row.contact_id AND target.start_timestamp = row.start_timestamp \
                 WHERE target.agent_id IS NULL OR target.version < row.version \
                 AND ((row.contact_id <> '' AND row.activity IS NOT NULL) OR {}) \
                 UNION ALL SELECT row.aws_region, row.instance_id, row.agent_id, row.interval_start, row.last_event_timestamp \
                 FROM ({heard}) AS row LEFT JOIN agent_event_times AS target ON {of_agent} \
                 AND target.interval_start = row.interval_start WHERE target.agent_id IS NULL \
                 OR row.first_event_timestamp < target.first_event_timestamp OR row.last_event_timestamp > target.last_event_timestamp\
                 ) AS change GROUP BY {AGENT}",
                differs("target", "row"),
            );
            let write = |sql: &str| Statement::write(dialect.expand_with(&MACROS, sql), parameters());
            let (upsert, note) =
                (upsert(&format!("({batch}) AS batch")), note(&format!("({heard}) AS heard")));
            vec![write(&marked), write(&note), write(&name(dialect)), write(&upsert)]
        }
    }
}

/// The rows of `agent_time` in the parameter as a table.
fn batch(dialect: Dialect) -> String {
    let value = |(at, (name, kind)): (usize, &(&str, &str))| match *kind {
        "text" => format!("value ->> {at} AS {name}"),
        kind => format!("CAST(value ->> {at} AS {kind}) AS {name}"),
    };
    let values: Vec<_> = COLUMNS.iter().enumerate().map(value).collect();
    format!("SELECT {} FROM {}", values.join(", "), list(dialect, CHANGES))
}

/// The rows of `agent_event_times` in the parameter as a table.
fn heard(dialect: Dialect) -> String {
    format!(
        "SELECT value ->> 0 AS aws_region, value ->> 1 AS instance_id, value ->> 2 AS agent_id, \
         CAST(value ->> 3 AS TIMESTAMP_UTC) AS interval_start, CAST(value ->> 4 AS TIMESTAMP_UTC) AS first_event_timestamp, \
         CAST(value ->> 5 AS TIMESTAMP_UTC) AS last_event_timestamp FROM {}",
        list(dialect, EVENTS)
    )
}

fn list(dialect: Dialect, name: &str) -> String {
    match dialect {
        Dialect::Postgres => {
            format!("jsonb_array_elements(CAST($1 AS jsonb) -> '{name}') AS row_of_batch (value)")
        }
        Dialect::Sqlite => format!("json_each($1, '$.{name}')"),
    }
}

/// Writes what is newer, in the order of the key: two that write the same rows wait for each other, and no circle arises.
fn upsert(source: &str) -> String {
    let names = COLUMNS.map(|(name, _)| name);
    let list = names.join(", ");
    let set: Vec<_> = names.iter().skip(5).map(|name| format!("{name} = excluded.{name}")).collect();
    format!(
        "INSERT INTO agent_time AS target ({list}, changed_at) SELECT {list}, CAST($2 AS TIMESTAMP_UTC) FROM {source} WHERE true \
         ORDER BY {AGENT}, contact_id, start_timestamp ON CONFLICT ({AGENT}, contact_id, start_timestamp) DO UPDATE SET {}, \
         changed_at = CASE WHEN {} THEN excluded.changed_at ELSE target.changed_at END WHERE target.version < excluded.version",
        set.join(", "),
        differs("target", "excluded"),
    )
}

/// True if a row says something else, not only when an event told of it.
fn differs(one: &str, other: &str) -> String {
    let columns = COLUMNS.iter().map(|(name, _)| *name).skip(7).filter(|name| !name.ends_with("_interval"));
    let of = |row: &str| columns.clone().map(|name| format!("{row}.{name}")).collect::<Vec<_>>().join(", ");
    format!("({}) IS DISTINCT FROM ({})", of(one), of(other))
}

/// Notes the first and the last event of agents in five minutes.
fn note(source: &str) -> String {
    format!(
        "INSERT INTO agent_event_times AS target ({AGENT}, interval_start, first_event_timestamp, last_event_timestamp) \
         SELECT {AGENT}, interval_start, first_event_timestamp, last_event_timestamp FROM {source} WHERE true \
         ORDER BY {AGENT}, interval_start ON CONFLICT ({AGENT}, interval_start) DO UPDATE SET \
         first_event_timestamp = LESSER_OF(target.first_event_timestamp, excluded.first_event_timestamp), \
         last_event_timestamp = GREATER_OF(target.last_event_timestamp, excluded.last_event_timestamp) \
         WHERE excluded.first_event_timestamp < target.first_event_timestamp \
         OR excluded.last_event_timestamp > target.last_event_timestamp"
    )
}

/// Writes agents' names that are newer.
fn name(dialect: Dialect) -> String {
    format!(
        "INSERT INTO agent_names AS target ({AGENT}, agent_username, version) \
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM {} WHERE true \
         ORDER BY 1, 2, 3 ON CONFLICT ({AGENT}) \
         DO UPDATE SET agent_username = excluded.agent_username, version = excluded.version \
         WHERE target.version < excluded.version",
        list(dialect, NAMES)
    )
}

/// Recomputes the kept sums of what changed; in PostgreSQL one at a time.
pub(crate) fn recompute(dialect: Dialect) -> Vec<Statement> {
    RECOMPUTATION.statements(dialect, &RECOMPUTE)
}

/// How many changes there are that the kept sums do not have.
pub(crate) fn changes() -> Statement {
    RECOMPUTATION.pending()
}

/// The statements that recompute, of the rows that they need.
static RECOMPUTE: LazyLock<String> = LazyLock::new(|| {
    let rows = |table: &str, time: &str, from: &str, to: &str| {
        format!(
            "(SELECT needed.* FROM dirty_agents AS dirty CROSS JOIN {table} AS needed \
             WHERE needed.aws_region = dirty.aws_region AND needed.instance_id = dirty.instance_id \
             AND needed.agent_id = dirty.agent_id AND needed.{time} >= dirty.{from} AND needed.{time} <= dirty.{to})"
        )
    };
    let point = |time: &str, mark: &str, table: &str| {
        format!(" UNION ALL SELECT {AGENT}, {time}, 0, 0, NULL, NULL, NULL, NULL, {mark} FROM {table}")
    };
    let points = [
        point("at", "at", "grid"),
        point("dirty_to", "NULL", "dirty_agents"),
        point("known_until", "NULL", "dirty_agents"),
    ];
    include_str!("agent_recompute.sql")
        .replace("AGENT_MOMENTS", include_str!("agent_moments.sql"))
        .replace("AGENT_STRETCHES", include_str!("agent_stretches.sql"))
        .replace("AGENT_ROWS", &rows("agent_time", "start_timestamp", "rows_from", "rows_to"))
        .replace("AGENT_EVENT_ROWS", &rows("agent_event_times", "interval_start", "events_from", "events_to"))
        .replace("AGENT_MORE_POINTS", &points.concat())
});

#[cfg(test)]
mod tests {
    use switchboard_core::agent_event::HEARTBEAT_TIMEOUT;
    use switchboard_sql::migrations::split;

    use super::*;
    use crate::migrations::MIGRATIONS;

    #[test]
    fn nothing_is_left_to_expand() {
        for dialect in [Dialect::Postgres, Dialect::Sqlite] {
            let views = MIGRATIONS.steps.iter().map(|step| dialect.expand_with(&MACROS, step.sql));
            let recompute = recompute(dialect).into_iter().chain(save(dialect, "{}", ""));
            for sql in recompute.map(|statement| format!("{statement:?}")).chain(views) {
                for one in &MACROS {
                    let name = one.name.trim_end_matches('(');
                    assert!(!sql.contains(name), "{name}: {sql}");
                }
            }
        }
    }

    /// SQLite 3.40, which Debian 12 has, opens no file of whose views one is nested more than 100 symbols deep: 15 brackets were.
    #[test]
    fn no_view_is_nested_too_deep_for_an_older_sqlite() {
        let deepest = |view: &str| {
            let depths = view.chars().scan(0, |depth, character| {
                *depth += i32::from(character == '(') - i32::from(character == ')');
                Some(*depth)
            });
            depths.max().unwrap_or_default()
        };
        let sqls = MIGRATIONS.steps.iter().map(|step| Dialect::Sqlite.expand_with(&MACROS, step.sql));
        let statements: Vec<_> = sqls.flat_map(|sql| split(&sql)).collect();
        let views: Vec<_> = statements.iter().filter(|sql| sql.contains("CREATE VIEW")).collect();
        assert!(views.len() > 10, "{views:?}");
        for view in views {
            assert!(deepest(view) <= 8, "{} brackets: {view}", deepest(view));
        }
    }

    #[test]
    fn every_column_stands_in_the_table() {
        let sql = include_str!("migrations/003_agents.sql");
        let table = sql.split("CREATE TABLE agent_time (").nth(1).and_then(|rest| rest.split(");").next());
        let declared = table.unwrap().lines().filter_map(|line| line.trim().split([' ', ',']).next());
        let declared: Vec<_> =
            declared.filter(|name| !["", "PRIMARY", "changed_at"].contains(name)).collect();
        assert_eq!(declared, COLUMNS.map(|(name, _)| name));
    }

    #[test]
    fn a_gap_is_what_an_agents_states_take_for_silence() {
        let seconds = Dialect::Sqlite.expand_with(&MACROS, "HEARTBEAT_SECONDS");
        assert_eq!(seconds, HEARTBEAT_TIMEOUT.as_secs().to_string());
    }
}
