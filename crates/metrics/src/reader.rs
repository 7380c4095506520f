//! What polls brought of all instances of a database, for who reads it alone: how fresh it is, who waits, and what counted.

use jiff::{SignedDuration, Timestamp, ToSpan as _, tz::TimeZone};
use serde::Deserialize;
use switchboard_sql::{SqlError, database::Database, logins::Login};
use tokio::time::Instant;

use crate::{
    migrations::MIGRATIONS,
    polls::{self, Schedule},
    statement::read,
    store::{pages, parsed},
    tables::time_text,
};

/// What a reader reads, and its login may: no agent is in it.
const RELATIONS: [&str; 3] = ["connect_table_status", "current_metrics", "queues_by_interval"];

/// The metric tables of all instances of a database, which are only read. Clones share connections.
#[derive(Clone, Debug)]
pub struct MetricReader {
    database: Database,
}

/// When a table of an instance was polled.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PollTimes {
    /// The ARN of the instance.
    pub instance_arn: String,
    /// The table's name.
    pub table: String,
    /// The time of the latest sample, complete or not; [`None`] before the first.
    pub sampled_at: Option<Timestamp>,
    /// The time of the latest complete sample.
    pub complete_at: Option<Timestamp>,
}

/// A queue on a channel, as Amazon Connect counted it last.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PolledQueue {
    /// The ARN of the instance.
    pub instance_arn: String,
    /// The queue's id.
    pub queue_id: String,
    /// Its name, if it was listed.
    pub queue_name: Option<String>,
    /// Such as `VOICE`.
    pub channel: String,
    /// The time of the sample that the row holds.
    pub sampled_at: Timestamp,
    /// Contacts in the queue (`CONTACTS_IN_QUEUE`).
    pub in_queue: Option<f64>,
    /// Contacts that are to be called back or to begin later (`CONTACTS_SCHEDULED`).
    pub scheduled: Option<f64>,
    /// How long the oldest contact has been in the queue, in seconds.
    pub oldest_contact: Option<f64>,
    /// Agents who can take a contact.
    pub agents_available: Option<f64>,
    /// Agents with a contact.
    pub agents_on_contact: Option<f64>,
    /// Contacts in after-contact work, whatever the metric is called.
    pub agents_acw: Option<f64>,
    /// Agents in a custom status.
    pub agents_npt: Option<f64>,
    /// Agents in an error.
    pub agents_error: Option<f64>,
}

/// What counted in a queue on a channel, in the intervals that were read.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PolledSums {
    /// The ARN of the instance.
    pub instance_arn: String,
    /// The queue's id.
    pub queue_id: String,
    /// Its name, if it was listed.
    pub queue_name: Option<String>,
    /// Such as `VOICE`.
    pub channel: String,
    /// Contacts that came into the queue (`CONTACTS_QUEUED`).
    pub queued: f64,
    /// Contacts that an agent handled (`CONTACTS_HANDLED`).
    pub handled: f64,
    /// Contacts whose customer gave up (`CONTACTS_ABANDONED`).
    pub abandoned: f64,
    /// Of `leveled` contacts those that were answered in less than `within_seconds`.
    pub answered_within: Option<f64>,
    /// Contacts of intervals with a service level.
    pub leveled: Option<f64>,
    /// The threshold of the service levels in seconds; [`None`] where there are none, or of several thresholds.
    pub within_seconds: Option<f64>,
}

impl PolledQueue {
    /// Since when the oldest contact was in the queue; the time of the sample, if that is not told.
    pub fn oldest_since(&self) -> Timestamp {
        let age = SignedDuration::try_from_secs_f64(self.oldest_contact.unwrap_or_default());
        self.sampled_at.saturating_sub(age.unwrap_or_default()).unwrap_or(self.sampled_at)
    }
}

impl PollTimes {
    /// How its table is kept fresh; [`None`] of a table that this program does not poll.
    pub fn schedule(&self) -> Option<&'static Schedule> {
        polls::of_table(&self.table)
    }

    /// How old the latest complete sample is, by now; less than nothing where its time is ahead.
    pub fn age(&self, now: Timestamp) -> Option<SignedDuration> {
        self.complete_at.map(|at| now.duration_since(at))
    }

    /// True if the latest complete sample is as new as the table's schedule wants it.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        let age = self.age(now);
        self.schedule().is_some_and(|schedule| age.is_some_and(|age| age <= schedule.fresh_within()))
    }
}

impl MetricReader {
    /// The tables in a database.
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// Makes a login that may read what a reader reads, and nothing else of the metric tables: see [`Database::admit`].
    ///
    /// # Errors
    /// If the database can't be reached before the deadline or refuses, or has no logins.
    pub async fn admit(&self, login: &Login, deadline: Instant) -> Result<(), SqlError> {
        let login = std::slice::from_ref(login);
        self.database.admit(login, (&MIGRATIONS.relations(), &RELATIONS), deadline).await
    }

    /// When each table of each instance was polled.
    ///
    /// # Errors
    /// If they can't be read before the deadline.
    pub async fn polls(&self, deadline: Instant) -> Result<Vec<PollTimes>, SqlError> {
        let results = self.database.run(&[read::poll_times(self.database.dialect())], deadline).await?;
        results.iter().flat_map(|result| &result.rows).map(|row| parsed(row)).collect()
    }

    /// The queues as they are now, by instance, queue and channel.
    ///
    /// # Errors
    /// If they can't be read before the deadline.
    pub async fn queues(&self, deadline: Instant) -> Result<Vec<PolledQueue>, SqlError> {
        let dialect = self.database.dialect();
        pages(&self.database, deadline, |last: Option<&PolledQueue>| {
            let after = last.map(|row| [&*row.instance_arn, &*row.queue_id, &*row.channel]);
            read::polled_queues(dialect, after.unwrap_or_default())
        })
        .await
    }

    /// What counted in the intervals that began at that moment or later, of those that were read: within the two days from then
    /// on, which may be of any time zone.
    ///
    /// # Errors
    /// If they can't be read before the deadline.
    pub async fn sums_since(&self, from: Timestamp, deadline: Instant) -> Result<Vec<PolledSums>, SqlError> {
        let dialect = self.database.dialect();
        let date = from.to_zoned(TimeZone::UTC).date();
        // A day elsewhere begins up to 14 hours before or after.
        let days = [date.saturating_sub(1.day()), date.saturating_add(3.days())].map(|day| day.to_string());
        pages(&self.database, deadline, |last: Option<&PolledSums>| {
            let after = last.map(|row| [&*row.instance_arn, &*row.queue_id, &*row.channel]);
            read::polled_sums(dialect, after.unwrap_or_default(), &time_text(from), &days)
        })
        .await
    }
}
