//! The statements on the record tables.

use std::sync::LazyLock;

use switchboard_core::outcome::SHORT_ABANDON_SECS;
use switchboard_sql::{
    dialect::Dialect,
    statement::{Parameter, Statement},
};

use crate::{
    contact::columns::{COLUMNS, Column, ColumnTable, ColumnType},
    recomputation::Recomputation,
};

/// How the sums of contacts are recomputed.
const RECOMPUTATION: Recomputation =
    Recomputation { changes: "contact_changes", changes_at_once: 50_000, lock: "5772156649" };

/// How many five minutes of an instance, by one moment, are computed by one transaction: half a day.
const INTERVALS_AT_ONCE: &str = "500";

/// The columns that replaced values are kept in, each with the column that they are of.
pub(crate) const REPLACED: [(&str, &str); 5] = [
    ("replaced_initiated_interval", "initiated_interval"),
    ("replaced_enqueued_interval", "enqueued_interval"),
    ("replaced_connected_interval", "connected_interval"),
    ("replaced_disconnected_interval", "disconnected_interval"),
    ("replaced_previous_contact_id", "previous_contact_id"),
];

/// Which contacts count by which moment, and where: a contact of the customer's in the five minutes in which it came into the
/// queue, was connected to an agent, and was disconnected; and, of one that came into a queue, in which it began. By the last
/// two, as Connect counts, agents' own queues are left out.
pub(crate) const COUNTED_CONTACTS: [(&str, &str, &str, &str); 4] = [
    ("enqueue", "enqueued_interval", "''", "contact.leg = 'customer'"),
    (
        "connected",
        "connected_interval",
        AGENT,
        "contact.leg = 'customer' AND contact.agent_connected_to_agent_timestamp IS NOT NULL",
    ),
    (
        "disconnect",
        "disconnected_interval",
        "''",
        "contact.queue_outcome IS NOT NULL AND contact.queue_type = 'STANDARD'",
    ),
    (
        "initiate",
        "initiated_interval",
        "''",
        "contact.leg = 'customer' AND contact.queue_enqueue_timestamp IS NOT NULL AND contact.queue_type = 'STANDARD'",
    ),
];

/// By which moments service levels are kept.
const SERVICE_LEVELS: [&str; 2] = ["enqueue", "disconnect"];

/// The kept sums, each with its expression over contacts. Durations of records are whole seconds.
const SUMS: [(&str, &str); 27] = [
    ("contacts", "COUNT(*)"),
    ("waiting", "COUNT(*) FILTER (WHERE attribution = 'enqueue' AND queue_outcome IS NULL)"),
    ("provisional", "COUNT(*) FILTER (WHERE source = 'event')"),
    ("answered", "COUNT(*) FILTER (WHERE is_answered = 1)"),
    ("abandoned", "COUNT(*) FILTER (WHERE queue_outcome = 'abandoned')"),
    ("callback_requested", "COUNT(*) FILTER (WHERE queue_outcome = 'callback_requested')"),
    ("transferred_out_from_queue", "COUNT(*) FILTER (WHERE queue_outcome = 'transferred_out')"),
    ("ended_otherwise", "COUNT(*) FILTER (WHERE queue_outcome = 'ended_otherwise')"),
    (
        "abandoned_short",
        "COUNT(*) FILTER (WHERE queue_outcome = 'abandoned' AND queue_duration_ms < SHORT_ABANDON_MS)",
    ),
    ("transferred_to_endpoint", "COUNT(transferred_to_endpoint_type)"),
    ("transfer_completed", "COUNT(transfer_completed_timestamp)"),
    ("callbacks_answered", "COUNT(*) FILTER (WHERE is_answered = 1 AND initiation_method = 'CALLBACK')"),
    ("callbacks_retried", "COALESCE(SUM(is_retry), 0)"),
    (
        "put_on_hold",
        "COUNT(*) FILTER (WHERE agent_number_of_holds > 0 OR agent_customer_hold_duration_ms > 0)",
    ),
    ("interaction_seconds", "SECONDS_OF(agent_interaction_duration_ms)"),
    ("interaction_count", "COUNT(agent_interaction_duration_ms)"),
    ("hold_seconds", "SECONDS_OF(agent_customer_hold_duration_ms)"),
    ("after_contact_work_seconds", "SECONDS_OF(agent_after_contact_work_duration_ms)"),
    ("after_contact_work_count", "COUNT(agent_after_contact_work_duration_ms)"),
    (
        "handle_seconds",
        "SECONDS_OF(agent_interaction_duration_ms + COALESCE(agent_customer_hold_duration_ms, 0) \
         + COALESCE(agent_after_contact_work_duration_ms, 0))",
    ),
    ("longest_queue_seconds", "MAX(queue_duration_ms) / 1000"),
    ("answered_queue_seconds", "SECONDS_OF(CASE WHEN queue_outcome = 'answered' THEN queue_duration_ms END)"),
    ("answered_queue_count", "COUNT(CASE WHEN queue_outcome = 'answered' THEN queue_duration_ms END)"),
    (
        "answered_longest_queue_seconds",
        "MAX(CASE WHEN queue_outcome = 'answered' THEN queue_duration_ms END) / 1000",
    ),
    (
        "abandoned_queue_seconds",
        "SECONDS_OF(CASE WHEN queue_outcome = 'abandoned' THEN queue_duration_ms END)",
    ),
    ("abandoned_queue_count", "COUNT(CASE WHEN queue_outcome = 'abandoned' THEN queue_duration_ms END)"),
    (
        "abandoned_longest_queue_seconds",
        "MAX(CASE WHEN queue_outcome = 'abandoned' THEN queue_duration_ms END) / 1000",
    ),
];

/// Who was connected: the user name, where it is known.
const AGENT: &str = "COALESCE(CASE WHEN contact.source = 'event' THEN (SELECT names.agent_username FROM agent_names AS names \
     WHERE names.aws_region = contact.aws_region AND names.instance_id = contact.instance_id \
     AND names.agent_id = contact.agent_id) END, contact.agent, '')";

/// 1 for a callback that is tried again: the contact before it is one, too, which nobody answered.
const IS_RETRY: &str = "CASE WHEN contact.initiation_method = 'CALLBACK' AND EXISTS (SELECT 1 FROM contact_record AS earlier \
     WHERE earlier.aws_region = contact.aws_region AND earlier.instance_id = contact.instance_id \
     AND earlier.contact_id = contact.previous_contact_id AND earlier.initiation_method = 'CALLBACK' \
     AND earlier.agent_connected_to_agent_timestamp IS NULL) THEN 1 ELSE 0 END";

/// Saves rows in PostgreSQL. `rows`: a JSON array of arrays, each contact once; `changed_at`: now. The result is the number of
/// contacts that were written. In the order of the key: two that write the same contacts wait for each other, and no circle arises.
pub(crate) fn save(rows: &str, changed_at: &str) -> Statement {
    let columns: Vec<_> = COLUMNS.iter().enumerate().map(|(at, column)| from_json(at, column)).collect();
    let columns = columns.join(", ");
    let upsert = |table| {
        let Upsert { insert, columns, on_conflict } = Upsert::of(table);
        format!(
            "{insert} SELECT {columns}, CAST($2 AS TIMESTAMP_UTC) FROM batch \
             ORDER BY aws_region, instance_id, contact_id {on_conflict}"
        )
    };
    let (contact, personal) = (upsert(ColumnTable::Contact), upsert(ColumnTable::Personal));
    let replaced = REPLACED.map(|(replaced, _)| replaced).join(", ");
    let sql = format!(
        "WITH batch AS MATERIALIZED (\
         SELECT {columns} FROM jsonb_array_elements(CAST($1 AS jsonb)) AS row_of_batch (value) WHERE {}), \
         written AS ({contact} RETURNING target.aws_region, target.instance_id, target.contact_id, {replaced}), \
         personal AS ({personal}), \
         marked AS (INSERT INTO contact_changes (aws_region, instance_id, contact_id, {replaced}) SELECT * FROM written) \
         SELECT CAST(COUNT(*) AS text) FROM written",
        is_not_forgotten("value ->> 2")
    );
    let parameters = vec![Parameter::Json(rows.to_owned()), Parameter::text(changed_at)];
    Statement::read(Dialect::Postgres.expand(&sql), parameters)
}

/// True if the contact of this id, an expression, is not forgotten.
pub(crate) fn is_not_forgotten(contact_id: &str) -> String {
    format!(
        "NOT EXISTS (SELECT 1 FROM forgotten_contacts AS forgotten WHERE forgotten.contact_id = {contact_id})"
    )
}

pub(crate) fn from_json(at: usize, column: &Column) -> String {
    let name = column.name;
    match column.kind {
        ColumnType::Text | ColumnType::IdOfArn => format!("value ->> {at} AS {name}"),
        ColumnType::Integer | ColumnType::Milliseconds | ColumnType::Seconds => {
            format!("CAST(value ->> {at} AS bigint) AS {name}")
        }
        ColumnType::Timestamp => format!("CAST(value ->> {at} AS TIMESTAMP_UTC) AS {name}"),
    }
}

/// The parts of a statement that writes what is newer into one of the two tables.
pub(crate) struct Upsert {
    /// `INSERT INTO` with the columns, those of the row and `changed_at`.
    pub(crate) insert: String,
    /// The columns of the row.
    pub(crate) columns: String,
    /// What comes after the rows.
    pub(crate) on_conflict: String,
}

impl Upsert {
    pub(crate) fn of(table: ColumnTable) -> Self {
        let names: Vec<_> = columns_of(table).map(|(_, column)| column.name).collect();
        let columns = names.join(", ");
        let mut set: Vec<_> = names.iter().skip(3).map(|name| format!("{name} = excluded.{name}")).collect();
        set.push("changed_at = excluded.changed_at".to_owned());
        if table == ColumnTable::Contact {
            set.extend(REPLACED.map(|(replaced, column)| format!("{replaced} = target.{column}")));
        }
        let name = if table == ColumnTable::Personal { "contact_record_personal" } else { "contact_record" };
        let on_conflict = format!(
            "ON CONFLICT (aws_region, instance_id, contact_id) DO UPDATE SET {} WHERE target.version < excluded.version",
            set.join(", ")
        );
        let insert = format!("INSERT INTO {name} AS target ({columns}, changed_at)");
        Self { insert, columns, on_conflict }
    }
}

/// The columns of one of the two tables, each with its place in a row.
pub(crate) fn columns_of(table: ColumnTable) -> impl Iterator<Item = (usize, &'static Column)> {
    let of_table = move |column: &Column| column.table == table || column.table == ColumnTable::Both;
    COLUMNS.iter().enumerate().filter(move |(_, column)| of_table(column))
}

/// Recomputes the kept sums of what changed; in PostgreSQL one at a time.
pub(crate) fn recompute(dialect: Dialect) -> Vec<Statement> {
    recompute_by(RECOMPUTATION, dialect)
}

fn recompute_by(recomputation: Recomputation, dialect: Dialect) -> Vec<Statement> {
    let names = match dialect {
        Dialect::Postgres => include_str!("mark_names.sql"),
        // A save writes them.
        Dialect::Sqlite => "",
    };
    let mark = include_str!("mark_intervals.sql").replace("NAMES_OF_CHANGED", names);
    recomputation.statements(dialect, &format!("{mark}{}", *RECOMPUTE))
}

/// How many changes, and five minutes that they are in, there are that the kept sums do not have.
pub(crate) fn changes() -> Statement {
    let sql = "SELECT CAST((SELECT COUNT(*) FROM contact_changes) + (SELECT COUNT(*) FROM dirty_intervals) AS text)";
    Statement::read(sql, Vec::new())
}

/// When a contact's row changed last, and how many changes the kept sums do not have, with a `|` between them.
pub(crate) fn state() -> Statement {
    let sql = "SELECT COALESCE((SELECT CAST(MAX(changed_at) AS text) FROM contact_record), '') || '|' || \
               CAST((SELECT COUNT(*) FROM contact_changes) AS text)";
    Statement::read(sql, Vec::new())
}

/// The first and the last five minutes in which something counts, with a `|` between them.
pub(crate) fn first_and_last() -> Statement {
    let sql = "SELECT COALESCE(CAST(MIN(first_start) AS text) || '|' || CAST(MAX(last_start) AS text), '|') FROM (\
               SELECT MIN(interval_start) AS first_start, MAX(interval_start) AS last_start FROM interval_sums \
               UNION ALL SELECT MIN(interval_start), MAX(interval_start) FROM agent_interval_sums) AS bounds";
    Statement::read(sql, Vec::new())
}

static RECOMPUTE: LazyLock<String> = LazyLock::new(|| {
    let counted = |(attribution, interval, agent, condition): &(&str, &str, &str, &str)| {
        format!(
            "SELECT dirty.attribution, dirty.interval_start, contact.aws_region, contact.instance_id, \
             COALESCE(contact.queue_id, '') AS queue_id, {agent} AS agent, COALESCE(contact.channel, '') AS channel, \
             contact.queue_outcome, CASE WHEN contact.agent_connected_to_agent_timestamp IS NULL THEN 0 ELSE 1 END AS is_answered, \
             contact.source, contact.initiation_method, {IS_RETRY} AS is_retry, contact.queue_duration_ms, contact.transferred_to_endpoint_type, \
             contact.transfer_completed_timestamp, contact.agent_number_of_holds, contact.agent_customer_hold_duration_ms, \
             contact.agent_interaction_duration_ms, contact.agent_after_contact_work_duration_ms \
             FROM dirty_intervals AS dirty CROSS JOIN contact_outcome AS contact \
             WHERE dirty.attribution = '{attribution}' AND contact.{interval} = dirty.interval_start \
             AND (contact.aws_region || '') = dirty.aws_region AND (contact.instance_id || '') = dirty.instance_id \
             AND dirty.is_taken = 1 AND {condition}"
        )
    };
    let contacts: Vec<_> = COUNTED_CONTACTS.iter().map(counted).collect();
    let stays = COUNTED_CONTACTS.iter().filter(|(attribution, ..)| SERVICE_LEVELS.contains(attribution));
    let stays: Vec<_> = stays.map(counted).collect();
    let (columns, values): (Vec<_>, Vec<_>) = SUMS.into_iter().unzip();
    let values: Vec<_> = values.iter().map(|value| with_seconds(value)).collect();
    include_str!("recompute.sql")
        .replace("COUNTED_CONTACTS", &contacts.join(" UNION ALL "))
        .replace("COUNTED_STAYS", &stays.join(" UNION ALL "))
        .replace("INTERVALS_AT_ONCE", INTERVALS_AT_ONCE)
        .replace("SUM_COLUMNS", &columns.join(", "))
        .replace("SUM_VALUES", &values.join(", "))
        .replace("SHORT_ABANDON_MS", &(SHORT_ABANDON_SECS * 1000).to_string())
});

/// `SECONDS_OF(ms)` written out: the sum of what is known, in whole seconds.
fn with_seconds(value: &str) -> String {
    match value.strip_prefix("SECONDS_OF(").and_then(|rest| rest.strip_suffix(')')) {
        Some(milliseconds) => format!("CAST(COALESCE(SUM({milliseconds}), 0) / 1000 AS bigint)"),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;
    use switchboard_sql::database::Database;
    use tokio::time::Instant;

    use super::*;
    use crate::{
        RecordTables,
        contact::{AttributeSelection, ContactRow},
    };

    #[test]
    fn a_column_stands_in_its_table_and_every_sum_in_interval_sums() {
        let sql = include_str!("migrations/001_tables.sql");
        let table = |name: &str| {
            let (_, table) = sql.split_once(&format!("CREATE TABLE {name} (")).unwrap();
            table.split_once(");").unwrap().0
        };
        let declared = |table: &str, name: &str| {
            let line = table.lines().find_map(|line| line.trim().strip_prefix(&format!("{name} ")));
            line.map(|line| line.split([' ', ',']).next().unwrap_or_default().to_owned())
        };
        for column in &COLUMNS {
            let expected = match (column.name, column.kind) {
                ("version", _) => "BYTEWISE_TEXT",
                (_, ColumnType::Text | ColumnType::IdOfArn) => "text",
                (_, ColumnType::Timestamp) => "TIMESTAMP_UTC",
                _ => "bigint",
            };
            for (name, of_table) in
                [("contact_record", ColumnTable::Contact), ("contact_record_personal", ColumnTable::Personal)]
            {
                let is_in = column.table == of_table || column.table == ColumnTable::Both;
                let found = declared(table(name), column.name);
                assert_eq!(found.as_deref(), is_in.then_some(expected), "{name}.{}", column.name);
            }
        }
        for (name, _) in SUMS {
            assert_eq!(declared(table("interval_sums"), name).as_deref(), Some("bigint"), "{name}");
        }
    }

    /// In PostgreSQL a load in no order of time had nearly every interval computed once for each part of its changes.
    #[tokio::test]
    async fn changes_are_all_marked_before_sums_are_computed() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::sqlite(&folder.path().join("records.db")).await.unwrap();
        let tables = RecordTables::new(database);
        let soon = Instant::now() + Duration::from_mins(1);
        tables.migrate(soon).await.unwrap();
        let now = "2026-11-02T12:00:00Z".parse().unwrap();
        let row = |n: u32| {
            let record = json!({
                "ContactId": n.to_string(), "Channel": "VOICE", "InitiationMethod": "INBOUND",
                "LastUpdateTimestamp": "2026-11-02T10:30:00Z", "DisconnectTimestamp": "2026-11-02T10:20:00Z",
                "Queue": {"EnqueueTimestamp": "2026-11-02T10:00:00Z", "Duration": 30},
            });
            ContactRow::read(&record.to_string(), &AttributeSelection::default(), now).unwrap()
        };
        tables.save_contacts((0..45).map(row).collect(), now, soon).await.unwrap();
        // Twenty at once in SQLite.
        let few = Recomputation { changes_at_once: 1, ..RECOMPUTATION };
        let count = "SELECT CAST((SELECT COUNT(*) FROM contact_changes) AS text) || ' ' || (SELECT COUNT(*) FROM dirty_intervals WHERE attribution = 'enqueue') \
                     || ' ' || (SELECT COALESCE(SUM(contacts), 0) FROM interval_sums WHERE attribution = 'enqueue')";
        let mut after = Vec::new();
        for _ in 0..3 {
            tables.database().run(&recompute_by(few, Dialect::Sqlite), soon).await.unwrap();
            let results = tables.database().run(&[Statement::read(count, Vec::new())], soon).await.unwrap();
            after.push(results[0].rows[0].clone());
        }
        assert_eq!(after, ["25 1 0", "5 0 45", "0 0 45"]);
    }

    #[test]
    fn nothing_is_left_to_expand() {
        for dialect in [Dialect::Postgres, Dialect::Sqlite] {
            for statement in recompute(dialect) {
                let sql = format!("{statement:?}");
                for word in [
                    "SUM_",
                    "COUNTED_",
                    "NAMES_OF",
                    "AT_ONCE",
                    "SECONDS_OF",
                    "SHORT_",
                    "GREATER_OF",
                    "BYTEWISE",
                ] {
                    assert!(!sql.contains(word), "{word}: {sql}");
                }
            }
        }
    }
}
