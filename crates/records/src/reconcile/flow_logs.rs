//! Of how many contacts of an hour flow logs tell.
//!
//! No record tells, and flow logs are in the contacts store, so who has both asks the store for contacts that are here. Only what
//! surely began in a flow counts: `INBOUND`, `API` and `WEBRTC_API` that reached Connect. Whether that flow logs nobody can know:
//! logging is a block of the flow.

use std::collections::BTreeSet;

use switchboard_sql::{
    SqlError,
    dialect::Dialect,
    statement::{Parameter, Statement},
};
use tokio::time::Instant;

use super::{
    ReconciliationTables,
    hour::Hour,
    statement::{InstanceKey, OF_INSTANCE},
};
use crate::time::time_text;

/// The most contacts of one hour that the contacts store is asked for: each is a read that costs.
const MAX_LOOKED_UP: usize = 500;

/// The contacts of an hour that began in a flow.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BegunInFlow {
    /// How many there are.
    pub contacts: u64,
    /// The ids of the first ones by id. Ids are random, so they stand for all.
    pub sample: BTreeSet<String>,
}

/// What the contacts store knows of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlowLogCoverage {
    /// How many contacts of the hour began in a flow.
    pub in_flow: u64,
    /// How many of the sample it knows.
    pub known: u64,
    /// How many of these flow logs tell of.
    pub with_flow_logs: u64,
}

impl ReconciliationTables {
    /// Finds of how many contacts of an hour flow logs tell, and keeps it. `look_up` asks the contacts store for a sample: how many of
    /// these contacts it knows, and of how many of those flow logs tell. The inner error is its own: then nothing is kept.
    ///
    /// # Errors
    /// If the tables can't be reached before the deadline or refuse.
    pub async fn count_flow_logs<E, F>(
        &self,
        hour: Hour,
        deadline: Instant,
        look_up: impl FnOnce(BTreeSet<String>) -> F,
    ) -> Result<Result<(), E>, SqlError>
    where
        F: Future<Output = Result<(u64, u64), E>>,
    {
        let begun = self.begun_in_flow(hour, MAX_LOOKED_UP, deadline).await?;
        match look_up(begun.sample).await {
            Ok((known, with_flow_logs)) => {
                let found = FlowLogCoverage { in_flow: begun.contacts, known, with_flow_logs };
                self.keep_flow_logs(hour, &found, deadline).await.map(Ok)
            }
            Err(error) => Ok(Err(error)),
        }
    }

    /// The contacts of an hour that began in a flow, by disconnect, with at most so many ids.
    ///
    /// # Errors
    /// If they can't be read before the deadline.
    pub async fn begun_in_flow(
        &self,
        hour: Hour,
        at_most: usize,
        deadline: Instant,
    ) -> Result<BegunInFlow, SqlError> {
        let database = self.record_tables().database();
        let read = begun_in_flow(database.dialect(), &self.key(), hour, at_most);
        let results = database.run(&[read], deadline).await?;
        let mut begun = BegunInFlow::default();
        for row in results.iter().flat_map(|result| &result.rows) {
            let (count, id) = row.split_once('|').ok_or(SqlError::NotUnderstood)?;
            begun.contacts = count.parse().map_err(|_| SqlError::NotUnderstood)?;
            begun.sample.insert(id.to_owned());
        }
        Ok(begun)
    }

    /// Keeps what was found of an hour that was compared. The contacts store forgets sooner than the tables: what it knew more of
    /// in an earlier comparison stays.
    ///
    /// # Errors
    /// If the database can't be reached before the deadline or refuses.
    pub async fn keep_flow_logs(
        &self,
        hour: Hour,
        found: &FlowLogCoverage,
        deadline: Instant,
    ) -> Result<(), SqlError> {
        if found.known == 0 {
            return Ok(());
        }
        let database = self.record_tables().database();
        database.run(&[keep(database.dialect(), &self.key(), hour, found)], deadline).await.map(drop)
    }
}

fn begun_in_flow(dialect: Dialect, instance: &InstanceKey<'_>, hour: Hour, at_most: usize) -> Statement {
    let sql = format!(
        "SELECT CAST(COUNT(*) OVER () AS text) || '|' || contact_id FROM contact_record WHERE {OF_INSTANCE} \
         AND source <> 'event' AND disconnected_interval >= CAST($3 AS TIMESTAMP_UTC) \
         AND disconnected_interval < CAST($4 AS TIMESTAMP_UTC) AND connected_to_system_timestamp IS NOT NULL \
         AND initiation_method IN ('INBOUND', 'API', 'WEBRTC_API') ORDER BY contact_id LIMIT {at_most}"
    );
    Statement::read(dialect.expand(&sql), instance.parameters([hour.start(), hour.end()].map(time_text)))
}

fn keep(dialect: Dialect, instance: &InstanceKey<'_>, hour: Hour, found: &FlowLogCoverage) -> Statement {
    let sql = format!(
        "UPDATE reconciled_hours SET in_flow = CAST($4 AS bigint), in_flow_known = CAST($5 AS bigint), \
         with_flow_logs = CAST($6 AS bigint) WHERE {OF_INSTANCE} AND hour_start = CAST($3 AS TIMESTAMP_UTC) \
         AND COALESCE(in_flow_known, 0) <= CAST($5 AS bigint)"
    );
    let FlowLogCoverage { in_flow, known, with_flow_logs } = *found;
    let numbers = [in_flow, known, with_flow_logs].map(|number| number.to_string());
    let parameters: Vec<Parameter> =
        instance.parameters(std::iter::once(time_text(hour.start())).chain(numbers));
    Statement::write(dialect.expand(&sql), parameters)
}
