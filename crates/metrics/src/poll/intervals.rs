//! Quarters of an hour.

use jiff::{SignedDuration, Timestamp};
use switchboard_sql::SqlError;
use tokio::time::Instant;

use super::{MAX_ERRORS, PollReport, Poller, current::unchanged, fetch_deadline, ids, schedule};
use crate::{
    api::{ApiError, QueryScope},
    coverage::Interval,
    rows::{IntervalMetric, ResourceKind, Sample},
    store::SaveReport,
    tables::Table,
};

/// The period in which every poll heals gaps, even where nothing was read before.
const ONE_DAY: SignedDuration = SignedDuration::from_hours(24);
/// The most days of a backfill, and the period in which gaps since the first read are healed. The API retains three months.
pub const BACKFILL_MAX_DAYS: u8 = 30;

/// The resources that the requests filter by.
struct QueryResources {
    queues: Vec<String>,
    profiles: Vec<String>,
}

impl Poller {
    /// Reads quarters of an hour, by queue and by agent: a new one, one that has settled, or gaps: of the last day, and of up to
    /// 30 days since the first that was ever read.
    ///
    /// # Errors
    ///
    /// When the tables can't be read or written.
    pub async fn intervals(&self, now: Timestamp, deadline: Instant) -> Result<PollReport, SqlError> {
        let month = SignedDuration::from_hours(24 * i64::from(BACKFILL_MAX_DAYS));
        let Some(grid) = schedule::quarters(now, month) else { return Err(SqlError::NotUnderstood) };
        let reads = self.store.reads(Table::Intervals, grid.within, deadline).await?;
        let gaps = schedule::healed(now, ONE_DAY, &reads, grid.gaps(&reads));
        let (due, left) = schedule::quarters_due(now, &gaps);
        self.read(&due, left, now, deadline).await
    }

    /// Reads every quarter of an hour of so many days that is missing, the newest first, as far as time allows: what is
    /// read is saved as it goes, and the next call goes on.
    ///
    /// # Errors
    ///
    /// When the tables can't be read or written.
    pub async fn backfill(
        &self,
        days: u8,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<PollReport, SqlError> {
        let back = SignedDuration::from_hours(24 * i64::from(days.min(BACKFILL_MAX_DAYS)));
        let Some(grid) = schedule::quarters(now, back) else { return Err(SqlError::NotUnderstood) };
        let gaps = self.store.gaps(Table::Intervals, &grid, deadline).await?;
        self.read(&gaps, 0, now, deadline).await
    }

    /// Reads these, the newest first, each of them whole or not at all, and saves each before the next.
    async fn read(
        &self,
        due: &[Interval],
        left: usize,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<PollReport, SqlError> {
        let resources = match self.query_resources(deadline).await? {
            Ok(resources) => resources,
            Err(error) => return Ok(unchanged(Table::Intervals, error)),
        };
        let fetch_deadline = fetch_deadline(deadline);
        let (mut saved, mut read, mut errors, mut in_a_row) = (SaveReport::default(), 0, Vec::new(), 0);
        // The table is as fresh as its newest quarter; older ones may be gaps.
        let newest = schedule::newest_quarter(now);
        let mut complete = !due.iter().any(|interval| newest == Some(*interval));
        for interval in due.iter().rev() {
            match self.quarter(&resources, *interval, fetch_deadline).await {
                Ok(rows) => {
                    complete |= newest == Some(*interval);
                    let sample = Sample { sampled_at: now, complete, rows };
                    let more = self.store.save_intervals(&sample, &[*interval], deadline).await?;
                    saved.written += more.written;
                    saved.stale += more.stale;
                    read += 1;
                    in_a_row = 0;
                }
                Err(error) => {
                    errors.push(error);
                    in_a_row += 1;
                }
            }
            if in_a_row >= MAX_ERRORS || errors.last().is_some_and(ApiError::ends_the_poll) {
                break;
            }
        }
        let kinds = [ResourceKind::Queue, ResourceKind::RoutingProfile];
        self.refresh_if_not_found(&kinds, errors.last(), deadline).await?;
        let outcome = PollReport::new(Table::Intervals, saved, errors.into_iter().next());
        let intervals_left = left + due.len().saturating_sub(read);
        let refused_metrics = self.connect.refused_metrics(Table::Intervals);
        Ok(PollReport { intervals: read, intervals_left, refused_metrics, ..outcome })
    }

    /// One quarter of an hour, of queues and of agents.
    async fn quarter(
        &self,
        resources: &QueryResources,
        interval: Interval,
        fetch_deadline: Instant,
    ) -> Result<Vec<IntervalMetric>, ApiError> {
        let mut rows = Vec::new();
        for of in [QueryScope::Queues(&resources.queues), QueryScope::AgentsWith(&resources.profiles)] {
            rows.extend(self.connect.intervals(of, interval, self.service_level, fetch_deadline).await?);
        }
        Ok(rows)
    }

    async fn query_resources(&self, deadline: Instant) -> Result<Result<QueryResources, ApiError>, SqlError> {
        let queues = match self.resources(ResourceKind::Queue, deadline).await? {
            Ok(queues) => queues,
            Err(error) => return Ok(Err(error)),
        };
        let profiles = match self.resources(ResourceKind::RoutingProfile, deadline).await? {
            Ok(profiles) => profiles,
            Err(error) => return Ok(Err(error)),
        };
        Ok(Ok(QueryResources { queues: ids(&queues), profiles: ids(&profiles) }))
    }
}
