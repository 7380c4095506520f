//! Intervals of five minutes.

use jiff::Timestamp;
use tokio::time::Instant;

use super::{MAX_FAULTS, Outcome, Poller, asking_ends, ids, now::unchanged, schedule};
use crate::{
    api::ApiError,
    rows::{ResourceKind, Sample},
    store::{Saved, StoreError},
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
    pub async fn history(&self, now: Timestamp, deadline: Instant) -> Result<Outcome, StoreError> {
        let queues = match self.resources(ResourceKind::Queue, deadline).await? {
            Ok(queues) => ids(&queues),
            Err(fault) => return Ok(unchanged(Table::History, fault)),
        };
        let Some(grid) = schedule::five_minutes(now) else { return Err(StoreError::NotUnderstood) };
        let gaps = self.store.gaps(Table::History, &grid, deadline).await?;
        let (due, mut left) = schedule::due_now(now, &gaps);
        let asking_ends = asking_ends(deadline);
        let (mut rows, mut read, mut faults, mut in_a_row) = (Vec::new(), Vec::new(), Vec::new(), 0);
        for (n, interval) in due.iter().enumerate() {
            match self.connect.history(&queues, interval.start, self.service_level, asking_ends).await {
                Ok(found) => {
                    rows.extend(found);
                    read.push(*interval);
                    in_a_row = 0;
                }
                Err(fault) => {
                    faults.push(fault);
                    in_a_row += 1;
                }
            }
            if in_a_row >= MAX_FAULTS || faults.last().is_some_and(ApiError::ends_the_poll) {
                left += due.len().saturating_sub(n + 1);
                break;
            }
        }
        left += faults.len();
        let saved = if read.is_empty() {
            Saved::default()
        } else {
            // The table is as fresh as its newest interval, which comes first; older ones may be gaps.
            let complete = due.first().is_some_and(|newest| read.contains(newest));
            let sample = Sample { sampled_at: now, complete, rows };
            self.store.save_history(&sample, &read, deadline).await?
        };
        self.list_if_gone(&[ResourceKind::Queue], faults.last(), deadline).await?;
        let outcome = Outcome::new(Table::History, saved, faults.into_iter().next());
        let refused_metrics = self.connect.refused_metrics(Table::History);
        Ok(Outcome { intervals: read.len(), intervals_left: left, refused_metrics, ..outcome })
    }
}
