//! Hours that were compared with what Amazon Connect lists.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use switchboard_sql::{
    dialect::Dialect,
    statement::{Parameter, Statement},
};

use crate::time::{time_text, utc};

/// An hour of the view `reconciliation`: contacts by their disconnect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReconciledHour {
    /// The first instant of the hour.
    #[serde(deserialize_with = "utc")]
    pub hour: Timestamp,
    /// The instance's id.
    pub instance_id: String,
    /// Contacts that Connect lists.
    pub listed: Option<u64>,
    /// Those that have a row.
    pub here: Option<u64>,
    /// Those that have none.
    pub missing: u64,
    /// Those whose row was made of what Connect describes, as their record has not come.
    pub healed: u64,
}

/// The hours from then on, the latest first.
pub(crate) fn read(dialect: Dialect, from: Timestamp) -> Statement {
    let sql = "SELECT CAST(OBJECT('hour', CAST(hour_start AS text), 'instance_id', instance_id, 'listed', listed, 'here', here, \
               'missing', missing, 'healed', healed) AS text) FROM reconciliation \
               WHERE hour_start >= IN_UTC(CAST($1 AS TIMESTAMP_UTC)) ORDER BY hour_start DESC, instance_id LIMIT 100";
    Statement::read(dialect.expand(sql), vec![Parameter::Text(time_text(from))])
}
