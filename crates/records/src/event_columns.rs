//! The columns of `contact_record` that contact events fill, and which of two events' values counts.
//!
//! Events of a contact come in any order, in any number, and more than once; each says what it knows. Merging is commutative,
//! associative and idempotent, so that the row is the same whatever came first. It is done on the events of a batch before
//! they are written ([`MergeRule::merged`]), and by the database with what is there ([`MergeRule::sql`]).

use std::cmp::Ordering;

use serde_json::Value;

use MergeRule::{Greatest, Least, OfGreatest};

/// Which of two values of a column counts. What is not known is never in the way of what is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MergeRule {
    /// The least.
    Least,
    /// The greatest.
    Greatest,
    /// That of the event with the greatest value of another column; the greatest where these are the same.
    OfGreatest(&'static str),
}

/// The columns in the order of an [`EventRow`](crate::event_row::EventRow), behind the key.
///
/// A time that is told again is the same, apart from one that another stands in for: a contact begins and ends once, and
/// what can happen again counts as it was last. A queue belongs to the time at which the contact came into it, an agent to the
/// time of the connection; what needs the `InitiationMethod` or the `DisconnectReason` comes from an event that has it.
pub(crate) const EVENT_COLUMNS: [(&str, MergeRule); 39] = [
    ("instance_arn", Greatest),
    ("initial_contact_id", Greatest),
    ("previous_contact_id", Greatest),
    ("next_contact_id", Greatest),
    ("related_contact_id", Greatest),
    ("channel", Greatest),
    ("initiation_method", Greatest),
    ("initiation_timestamp", Least),
    ("connected_to_system_timestamp", Least),
    ("scheduled_timestamp", Greatest),
    ("disconnect_timestamp", Least),
    ("disconnect_reason", Greatest),
    ("last_paused_timestamp", Greatest),
    ("last_resumed_timestamp", Greatest),
    ("answering_machine_detection_status", Greatest),
    ("queue_enqueue_timestamp", Greatest),
    ("queue_arn", OfGreatest(ENQUEUED)),
    ("queue_id", OfGreatest(ENQUEUED)),
    ("queue_type", OfGreatest(ENQUEUED)),
    ("queue_dequeue_timestamp", OfGreatest(CONNECTED)),
    ("queue_duration_ms", OfGreatest(CONNECTED)),
    ("agent_connected_to_agent_timestamp", Greatest),
    ("agent_arn", OfGreatest(CONNECTED)),
    ("agent_id", OfGreatest(CONNECTED)),
    ("agent", OfGreatest(CONNECTED)),
    ("agent_after_contact_work_start_timestamp", Greatest),
    ("agent_after_contact_work_end_timestamp", Greatest),
    ("agent_after_contact_work_duration_ms", Greatest),
    ("leg", OfGreatest(METHOD)),
    ("outcome_alone", OfGreatest(REASON)),
    ("outcome_if_unknown", OfGreatest(REASON)),
    ("outcome_if_transfer", OfGreatest(REASON)),
    ("outcome_if_callback", OfGreatest(REASON)),
    ("successor_rank", OfGreatest(METHOD)),
    ("initiated_interval", Least),
    ("enqueued_interval", Greatest),
    ("connected_interval", Greatest),
    ("disconnected_interval", Least),
    ("open_until_timestamp", OfGreatest("channel")),
];

const ENQUEUED: &str = "queue_enqueue_timestamp";
const CONNECTED: &str = "agent_connected_to_agent_timestamp";
const METHOD: &str = "initiation_method";
const REASON: &str = "disconnect_reason";

/// The columns that say how the stay in a queue ended. Of an event they say it of a contact that nobody answered: an agent's
/// connection is often told by another one.
pub(crate) const OUTCOMES: [&str; 4] =
    ["outcome_alone", "outcome_if_unknown", "outcome_if_transfer", "outcome_if_callback"];

/// The place of a column in [`EVENT_COLUMNS`].
pub(crate) fn place(name: &str) -> Option<usize> {
    EVENT_COLUMNS.iter().position(|(column, _)| *column == name)
}

impl MergeRule {
    /// Which of the values at a place of two rows counts.
    pub(crate) fn merged(self, place_of_column: usize, one: &[Value], other: &[Value]) -> Value {
        let value = |row: &[Value], at: usize| row.get(at).cloned().unwrap_or_default();
        let (one_value, other_value) = (value(one, place_of_column), value(other, place_of_column));
        let by_value = compare(&one_value, &other_value);
        let takes_other = match self {
            Self::Least if one_value.is_null() || other_value.is_null() => by_value.is_lt(),
            Self::Least => by_value.is_gt(),
            Self::Greatest => by_value.is_lt(),
            Self::OfGreatest(name) => {
                let key = |row: &[Value]| place(name).map(|at| value(row, at)).unwrap_or_default();
                compare(&key(one), &key(other)).then(by_value).is_lt()
            }
        };
        if takes_other { other_value } else { one_value }
    }

    /// The same of the rows `target` and `excluded` in SQL.
    pub(crate) fn sql(self, column: &str) -> String {
        let either = |function: &str| {
            format!(
                "COALESCE({function}target.{column}, excluded.{column}), target.{column}, excluded.{column})"
            )
        };
        match self {
            Self::Least => either("LESSER_OF("),
            Self::Greatest => either("GREATER_OF("),
            Self::OfGreatest(key) => format!(
                "CASE WHEN excluded.{key} = target.{key} OR (excluded.{key} IS NULL AND target.{key} IS NULL) THEN {} \
                 WHEN target.{key} IS NULL OR excluded.{key} > target.{key} THEN excluded.{column} ELSE target.{column} END",
                either("GREATER_OF(")
            ),
        }
    }
}

/// The order of two values of a column; nothing is the least.
fn compare(one: &Value, other: &Value) -> Ordering {
    let integer = |value: &Value| value.as_i64();
    one.as_str().cmp(&other.as_str()).then(integer(one).cmp(&integer(other)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::columns::COLUMNS;

    #[test]
    fn every_column_is_one_of_contact_record() {
        for (name, rule) in EVENT_COLUMNS {
            assert!(COLUMNS.iter().any(|column| column.name == name), "{name}");
            if let OfGreatest(other) = rule {
                assert!(matches!(place(other).map(|at| EVENT_COLUMNS[at].1), Some(Greatest)), "{name}");
            }
        }
        assert!(OUTCOMES.iter().all(|name| place(name).is_some()));
    }
}
