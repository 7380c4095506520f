//! Quarters of an hour.

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::{MAX_FAULTS, Outcome, Poller, asking_ends, ids, now::unchanged, schedule};
use crate::{
    api::{ApiError, Of},
    coverage::Interval,
    rows::{IntervalMetric, ResourceKind, Sample},
    store::{Saved, StoreError},
    tables::Table,
};

/// How far back gaps are healed without being told to, even where nothing was read before.
const ONE_DAY: SignedDuration = SignedDuration::from_hours(24);
/// How far back one may ask, and gaps are healed after a longer outage. The API remembers three months.
pub const BACKFILL_MAX_DAYS: u8 = 30;

/// What is asked for.
struct Known {
    instance_arn: String,
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
    pub async fn intervals(&self, now: Timestamp, deadline: Instant) -> Result<Outcome, StoreError> {
        let month = SignedDuration::from_hours(24 * i64::from(BACKFILL_MAX_DAYS));
        let Some(grid) = schedule::quarters(now, month) else { return Err(StoreError::NotUnderstood) };
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
    pub async fn backfill(&self, days: u8, now: Timestamp, deadline: Instant) -> Result<Outcome, StoreError> {
        let back = SignedDuration::from_hours(24 * i64::from(days.min(BACKFILL_MAX_DAYS)));
        let Some(grid) = schedule::quarters(now, back) else { return Err(StoreError::NotUnderstood) };
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
    ) -> Result<Outcome, StoreError> {
        let known = match self.known_resources(deadline).await? {
            Ok(known) => known,
            Err(fault) => return Ok(unchanged(Table::Intervals, fault)),
        };
        let asking_ends = asking_ends(deadline);
        let (mut saved, mut read, mut faults, mut in_a_row) = (Saved::default(), 0, Vec::new(), 0);
        // The table is as fresh as its newest quarter; older ones may be gaps.
        let newest = schedule::newest_quarter(now);
        let mut complete = !due.iter().any(|interval| newest == Some(*interval));
        for interval in due.iter().rev() {
            match self.quarter(&known, *interval, asking_ends).await {
                Ok(rows) => {
                    complete |= newest == Some(*interval);
                    let sample = Sample { sampled_at: now, complete, rows };
                    let more = self.store.save_intervals(&sample, &[*interval], deadline).await?;
                    saved.written += more.written;
                    saved.stale += more.stale;
                    read += 1;
                    in_a_row = 0;
                }
                Err(fault) => {
                    faults.push(fault);
                    in_a_row += 1;
                }
            }
            if in_a_row >= MAX_FAULTS || faults.last().is_some_and(ApiError::ends_the_poll) {
                break;
            }
        }
        let kinds = [ResourceKind::Queue, ResourceKind::RoutingProfile];
        self.list_if_gone(&kinds, faults.last(), deadline).await?;
        let outcome = Outcome::new(Table::Intervals, saved, faults.into_iter().next());
        let intervals_left = left + due.len().saturating_sub(read);
        let refused_metrics = self.connect.refused_metrics(Table::Intervals);
        Ok(Outcome { intervals: read, intervals_left, refused_metrics, ..outcome })
    }

    /// One quarter of an hour, of queues and of agents.
    async fn quarter(
        &self,
        known: &Known,
        interval: Interval,
        asking_ends: Instant,
    ) -> Result<Vec<IntervalMetric>, ApiError> {
        let mut rows = Vec::new();
        for of in [Of::Queues(&known.queues), Of::AgentsWith(&known.profiles)] {
            let (arn, service_level) = (&known.instance_arn, self.service_level);
            rows.extend(self.connect.intervals(arn, of, interval, service_level, asking_ends).await?);
        }
        Ok(rows)
    }

    async fn known_resources(&self, deadline: Instant) -> Result<Result<Known, ApiError>, StoreError> {
        let queues = match self.resources(ResourceKind::Queue, deadline).await? {
            Ok(queues) => queues,
            Err(fault) => return Ok(Err(fault)),
        };
        let profiles = match self.resources(ResourceKind::RoutingProfile, deadline).await? {
            Ok(profiles) => profiles,
            Err(fault) => return Ok(Err(fault)),
        };
        // Every instance has a routing profile with an ARN; others may have been told without.
        let instance = self.connect.instance();
        let told = || queues.iter().chain(profiles.iter()).find_map(|one| instance.arn(Some(&one.arn)));
        let Some(instance_arn) = instance.arn(None).or_else(told) else {
            return Ok(Err(ApiError::NotUnderstood));
        };
        Ok(Ok(Known { instance_arn, queues: ids(&queues), profiles: ids(&profiles) }))
    }
}
