//! Intervals of five minutes.

use jiff::Timestamp;
use switchboard_sql::SqlError;
use tokio::time::Instant;

use super::{MAX_ERRORS, PollReport, Poller, current::unchanged, fetch_deadline, ids, schedule};
use crate::{
    api::ApiError,
    rows::{ResourceKind, Sample},
    store::SaveReport,
    tables::Table,
};

impl Poller {
    /// Reads intervals of five minutes: the one that has just ended, some of the last two hours again, and gaps of the
    /// last day. An interval is saved whole or not at all.
    ///
    /// `now` is the time of the sample: what is read of an interval replaces what was read before it.
    ///
    /// # Errors
    ///
    /// When the tables can't be read or written.
    pub async fn history(&self, now: Timestamp, deadline: Instant) -> Result<PollReport, SqlError> {
        let queues = match self.resources(ResourceKind::Queue, deadline).await? {
            Ok(queues) => ids(&queues),
            Err(error) => return Ok(unchanged(Table::History, error)),
        };
        let Some(grid) = schedule::five_minutes(now) else { return Err(SqlError::NotUnderstood) };
        let gaps = self.store.gaps(Table::History, &grid, deadline).await?;
        let (due, mut left) = schedule::due_intervals(now, &gaps);
        let fetch_deadline = fetch_deadline(deadline);
        let (mut rows, mut read, mut errors, mut in_a_row) = (Vec::new(), Vec::new(), Vec::new(), 0);
        for (n, interval) in due.iter().enumerate() {
            match self.connect.history(&queues, interval.start, self.service_level, fetch_deadline).await {
                Ok(found) => {
                    rows.extend(found);
                    read.push(*interval);
                    in_a_row = 0;
                }
                Err(error) => {
                    errors.push(error);
                    in_a_row += 1;
                }
            }
            if in_a_row >= MAX_ERRORS || errors.last().is_some_and(ApiError::ends_the_poll) {
                left += due.len().saturating_sub(n + 1);
                break;
            }
        }
        left += errors.len();
        let saved = if read.is_empty() {
            SaveReport::default()
        } else {
            // The table is as fresh as its newest interval, which comes first; older ones may be gaps.
            let complete = due.first().is_some_and(|newest| read.contains(newest));
            let sample = Sample { sampled_at: now, complete, rows };
            self.store.save_history(&sample, &read, deadline).await?
        };
        self.refresh_if_not_found(&[ResourceKind::Queue], errors.last(), deadline).await?;
        let outcome = PollReport::new(Table::History, saved, errors.into_iter().next());
        let refused_metrics = self.connect.refused_metrics(Table::History);
        Ok(PollReport { intervals: read.len(), intervals_left: left, refused_metrics, ..outcome })
    }
}
