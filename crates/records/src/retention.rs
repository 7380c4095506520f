//! How long rows are kept, and their deletion.

use jiff::{SignedDuration, Timestamp};
use switchboard_sql::{
    SqlError,
    dialect::Dialect,
    statement::{Parameter, Statement},
};
use tokio::time::Instant;

use crate::{RecordTables, statement::COUNTED_CONTACTS, time::time_text};

/// How many rows one statement deletes.
const PIECE_ROWS: u64 = 10_000;

const DAY_HOURS: i64 = 24;

/// How long rows are kept, counted from the end of the contact or interval that they are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Contacts, and sums of intervals.
    pub contacts: SignedDuration,
    /// Endpoints and attributes of contacts.
    pub personal: SignedDuration,
    /// Agents' time, and its sums.
    pub agent_time: SignedDuration,
}

impl Default for Retention {
    /// 400 days: a year and a month, to compare a month with that of the year before. Agents' time as long; what is personal 90 days.
    fn default() -> Self {
        let days = |days| SignedDuration::from_hours(DAY_HOURS * days);
        Self { contacts: days(400), personal: days(90), agent_time: days(400) }
    }
}

/// Rows of a table that are deleted after a time.
struct Expiry {
    table: &'static str,
    key: &'static str,
    /// Which rows are too old, `$1` being the time; an index is on it, or the table is small.
    condition: &'static str,
    kept: fn(&Retention) -> SignedDuration,
}

const CONTACT: &str = "aws_region, instance_id, contact_id";
const ENDED: &str = "disconnected_interval < CAST($1 AS TIMESTAMP_UTC)";
/// Contacts whose end never came.
const UNENDED: &str = "disconnected_interval IS NULL AND changed_at < CAST($1 AS TIMESTAMP_UTC)";
const SUMS: &str = "attribution IN (ATTRIBUTIONS) AND interval_start < CAST($1 AS TIMESTAMP_UTC)";

/// What is deleted. What is personal comes first.
const EXPIRIES: [Expiry; 12] = [
    Expiry { table: "contact_record_personal", key: CONTACT, condition: ENDED, kept: |kept| kept.personal },
    Expiry { table: "contact_record_personal", key: CONTACT, condition: UNENDED, kept: |kept| kept.personal },
    Expiry { table: "contact_record", key: CONTACT, condition: ENDED, kept: |kept| kept.contacts },
    Expiry { table: "contact_record", key: CONTACT, condition: UNENDED, kept: |kept| kept.contacts },
    Expiry {
        table: "interval_sums",
        key: "attribution, interval_start, aws_region, instance_id, queue_id, agent, channel",
        condition: SUMS,
        kept: |kept| kept.contacts,
    },
    Expiry {
        table: "interval_service_levels",
        key: "attribution, interval_start, aws_region, instance_id, queue_id, channel, seconds",
        condition: SUMS,
        kept: |kept| kept.contacts,
    },
    Expiry {
        table: "agent_time",
        key: "aws_region, instance_id, agent_id, contact_id, start_timestamp",
        condition: "start_timestamp < CAST($1 AS TIMESTAMP_UTC)",
        kept: |kept| kept.agent_time,
    },
    Expiry {
        table: "agent_event_times",
        key: "aws_region, instance_id, agent_id, interval_start",
        condition: "interval_start < CAST($1 AS TIMESTAMP_UTC)",
        kept: |kept| kept.agent_time,
    },
    Expiry {
        table: "agent_interval_sums",
        key: "aws_region, instance_id, agent_id, interval_start, status_name, status_type",
        condition: "interval_start < CAST($1 AS TIMESTAMP_UTC)",
        kept: |kept| kept.agent_time,
    },
    Expiry {
        table: "calendar",
        key: "zone, interval_minutes, interval_start",
        condition: "interval_end < CAST($1 AS TIMESTAMP_UTC)",
        kept: |kept| kept.contacts,
    },
    Expiry {
        table: "missing_contacts",
        key: CONTACT,
        condition: "hour_start < CAST($1 AS TIMESTAMP_UTC)",
        kept: |kept| kept.contacts,
    },
    Expiry {
        table: "reconciled_hours",
        key: "aws_region, instance_id, hour_start",
        condition: "hour_start < CAST($1 AS TIMESTAMP_UTC)",
        kept: |kept| kept.contacts,
    },
];

impl Expiry {
    fn delete(&self, dialect: Dialect, before: Timestamp) -> Statement {
        let Self { table, key, condition, .. } = self;
        let attributions = COUNTED_CONTACTS.map(|(attribution, ..)| format!("'{attribution}'")).join(", ");
        let condition = condition.replace("ATTRIBUTIONS", &attributions);
        let sql = format!(
            "DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM {table} WHERE {condition} LIMIT {PIECE_ROWS})"
        );
        Statement::write(dialect.expand(&sql), vec![Parameter::Text(time_text(before))])
    }
}

impl RecordTables {
    /// Deletes what is kept no longer, in pieces of 10,000 rows. How many rows were deleted of each table comes back.
    ///
    /// # Errors
    /// If the database can't be reached before the deadline or refuses. What was deleted before stays deleted.
    pub async fn delete_expired(
        &self,
        retention: &Retention,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<Vec<(&'static str, u64)>, SqlError> {
        let mut deleted: Vec<(&'static str, u64)> = Vec::new();
        for expiry in &EXPIRIES {
            let Ok(before) = now.checked_sub((expiry.kept)(retention)) else { continue };
            let mut rows = 0;
            loop {
                let results = self
                    .database()
                    .run(&[expiry.delete(self.database().dialect(), before)], deadline)
                    .await?;
                let piece: u64 = results.iter().map(|result| result.written).sum();
                rows += piece;
                if piece < PIECE_ROWS {
                    break;
                }
            }
            match deleted.last_mut().filter(|(table, _)| *table == expiry.table) {
                Some((_, sum)) => *sum += rows,
                None => deleted.push((expiry.table, rows)),
            }
        }
        Ok(deleted)
    }
}
