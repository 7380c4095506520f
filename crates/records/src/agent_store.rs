//! Agents' time in a database.

use jiff::Timestamp;
use switchboard_sql::SqlError;
use tokio::time::Instant;

use crate::{
    agent_batch,
    agent_intervals::{self, AgentInterval, AgentStatusInterval},
    agent_statement,
    agent_time::AgentEventRows,
    intervals::IntervalQuery,
    store::{RecordTables, SaveReport, first, not_understood},
    time::time_text,
};

impl RecordTables {
    /// Saves agent events, each batch in a statement of its own. The report counts the statuses and the states of contacts that
    /// they tell of.
    ///
    /// # Errors
    /// If the database can't be reached before the deadline or refuses. What was saved before stays.
    pub async fn save_agent_events(
        &self,
        events: Vec<AgentEventRows>,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<SaveReport, SqlError> {
        let changed_at = time_text(now);
        let save = |rows: &str| agent_statement::save(self.database.dialect(), rows, &changed_at);
        let (parameters, total) = agent_batch::parameters(events, self.batch_max_bytes());
        let mut written = 0;
        for parameter in parameters {
            written += self.write(&save(&parameter), deadline).await?;
        }
        Ok(SaveReport { written, unchanged: total.saturating_sub(written) })
    }

    /// Recomputes the kept sums of agents whose time changed, until nothing is left.
    pub(crate) async fn recompute_agents(&self, deadline: Instant) -> Result<(), SqlError> {
        while self.agent_changes(deadline).await? > 0 {
            self.database.run(&agent_statement::recompute(self.database.dialect()), deadline).await?;
        }
        Ok(())
    }

    /// How many changes of agents' time there are that the kept sums do not have yet.
    ///
    /// # Errors
    /// If they can't be read before the deadline.
    pub async fn agent_changes(&self, deadline: Instant) -> Result<u64, SqlError> {
        let results = self.database.run(&[agent_statement::changes()], deadline).await?;
        first(results)?.parse().map_err(not_understood)
    }

    /// The rows of `agent_intervals`.
    ///
    /// # Errors
    /// If they can't be read before the deadline.
    pub async fn agent_intervals(
        &self,
        query: &IntervalQuery<'_>,
        deadline: Instant,
    ) -> Result<Vec<AgentInterval>, SqlError> {
        self.read(query, deadline, agent_intervals::agents).await
    }

    /// The rows of `agent_status_intervals`.
    ///
    /// # Errors
    /// If they can't be read before the deadline.
    pub async fn agent_status_intervals(
        &self,
        query: &IntervalQuery<'_>,
        deadline: Instant,
    ) -> Result<Vec<AgentStatusInterval>, SqlError> {
        self.read(query, deadline, agent_intervals::statuses).await
    }
}
