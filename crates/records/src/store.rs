//! The record tables in a database.

use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use switchboard_sql::{
    SqlError,
    database::Database,
    dialect::Dialect,
    logins::{Access, Login},
    statement::{QueryResult, Statement},
};
use tokio::time::Instant;

use crate::{
    batch::{self, BATCH_MAX_BYTES},
    calendar::DATA_DAY,
    contact::ContactRow,
    event_batch,
    event_row::EventRow,
    event_statement,
    intervals::{
        AgentQueueInterval, Attribution, IntervalQuery, PAGE_ROWS, QueueDisconnectInterval, QueueInterval,
        ServiceLevel,
    },
    migrations::{MIGRATIONS, public_relations},
    reconciled::{self, ReconciledHour},
    service_level::{self, ServiceLevelTarget},
    sqlite_statement, statement,
    time::{parse_time, time_text},
};

/// How many days a query may have before it is asked which of them have data.
const FEW_DAYS: usize = 31;
/// A local day on which clocks are set back, and more.
const LONGEST_INTERVAL: SignedDuration = SignedDuration::from_hours(26);

/// What a save did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SaveReport {
    /// Contacts whose rows were written.
    pub written: u64,
    /// What was saved and changed no row: the table had as new a version already, or all that the events say, or the contact
    /// is forgotten.
    pub unchanged: u64,
}

impl SaveReport {
    fn of(total: usize, written: u64) -> Self {
        Self { written, unchanged: u64::try_from(total).unwrap_or(u64::MAX).saturating_sub(written) }
    }
}

/// The record tables of all instances in a database. They are there after [`migrate`](Self::migrate).
///
/// A save may come twice, late or beside others: the newest version of a contact wins whatever the order. It notes which contacts
/// changed, in the same statement; [`recompute`](Self::recompute) brings the kept sums of their intervals up to date. Sums are
/// recomputed and never incremented.
#[derive(Clone, Debug)]
pub struct RecordTables {
    pub(crate) database: Database,
}

impl RecordTables {
    /// The tables in a database.
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// The database.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Makes the tables and views, or brings them up to this program's. Many may do it at once.
    ///
    /// # Errors
    /// If the database can't be reached before the deadline or refuses, or the tables are of a newer program that doesn't work
    /// with this one.
    pub async fn migrate(&self, deadline: Instant) -> Result<(), SqlError> {
        self.database.migrate(&MIGRATIONS, deadline).await
    }

    /// Makes logins that may use the record tables: see [`Database::admit`]. One that reads sees nothing personal.
    ///
    /// # Errors
    /// If the database can't be reached before the deadline or refuses, or has no logins.
    pub async fn admit(&self, logins: &[Login], deadline: Instant) -> Result<(), SqlError> {
        let owned = MIGRATIONS.relations();
        for login in logins {
            let granted = match login.access() {
                Access::Read => public_relations(),
                Access::Write => owned.clone(),
            };
            self.database.admit(std::slice::from_ref(login), (&owned, &granted), deadline).await?;
        }
        Ok(())
    }

    /// Saves rows: in PostgreSQL each batch in a statement of its own, in an SQLite file all in one transaction.
    ///
    /// # Errors
    /// If the database can't be reached before the deadline or refuses. What was saved before stays.
    pub async fn save_contacts(
        &self,
        rows: Vec<ContactRow>,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<SaveReport, SqlError> {
        let (total, changed_at) = (rows.len(), time_text(now));
        let written = match self.database.dialect() {
            Dialect::Postgres => {
                let mut written = 0;
                for parameter in batch::parameters(rows, self.batch_max_bytes()) {
                    written += self.write(&[statement::save(&parameter, &changed_at)], deadline).await?;
                }
                written
            }
            Dialect::Sqlite => {
                let save = sqlite_statement::save(batch::newest(rows), &changed_at);
                let results = self.database.run(&save.statements, deadline).await?;
                results.iter().rev().take(save.contacts).map(|result| result.written).sum()
            }
        };
        Ok(SaveReport::of(total, written))
    }

    /// Saves what contact events say: they make or complete the provisional row of their contact, which any other source
    /// replaces. In whatever order events come, and however often, the rows are the same.
    ///
    /// # Errors
    /// If the database can't be reached before the deadline or refuses. What was saved before stays.
    pub async fn save_contact_events(
        &self,
        events: Vec<EventRow>,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<SaveReport, SqlError> {
        let (total, changed_at) = (events.len(), time_text(now));
        let save = |rows: &str| event_statement::save(self.database.dialect(), rows, &changed_at);
        let mut written = 0;
        for parameter in event_batch::parameters(events, self.batch_max_bytes()) {
            written += self.write(&save(&parameter), deadline).await?;
        }
        Ok(SaveReport::of(total, written))
    }

    /// Presumes contacts over of which only events are there, none of them its end, and that began so long ago that no
    /// contact of their channel lasts so long. Says how many. What they change is there after [`recompute`](Self::recompute).
    ///
    /// # Errors
    /// If the database can't be reached before the deadline or refuses.
    pub async fn presume_over(&self, now: Timestamp, deadline: Instant) -> Result<u64, SqlError> {
        self.write(&event_statement::presume_over(self.database.dialect(), &time_text(now)), deadline).await
    }

    pub(crate) fn batch_max_bytes(&self) -> usize {
        BATCH_MAX_BYTES.min(self.database.parameter_max_bytes())
    }

    /// Runs statements of which the last says how many rows it wrote.
    pub(crate) async fn write(&self, statements: &[Statement], deadline: Instant) -> Result<u64, SqlError> {
        let results = self.database.run(statements, deadline).await?;
        let last = results.last().ok_or(SqlError::NotUnderstood)?;
        last.rows.first().map_or(Ok(last.written), |count| count.parse()).map_err(not_understood)
    }

    /// Recomputes the kept sums of what changed, until nothing is left. Many may do it at once.
    ///
    /// # Errors
    /// If the database can't be reached before the deadline or refuses. The next one goes on.
    pub async fn recompute(&self, deadline: Instant) -> Result<(), SqlError> {
        while self.changes(deadline).await? > 0 {
            self.database.run(&statement::recompute(self.database.dialect()), deadline).await?;
        }
        self.recompute_agents(deadline).await
    }

    /// How much is left to do until the kept sums have everything: changes, and five minutes that are marked.
    ///
    /// # Errors
    /// If it can't be read before the deadline.
    pub async fn changes(&self, deadline: Instant) -> Result<u64, SqlError> {
        let results = self.database.run(&[statement::changes()], deadline).await?;
        first(results)?.parse().map_err(not_understood)
    }

    /// A text that is another one once rows of contacts have changed, or their kept sums have caught up: then intervals may be
    /// other ones. It takes one look into an index. A row that is saved by a clock behind another's may leave it as it is.
    ///
    /// # Errors
    /// If it can't be read before the deadline.
    pub async fn state(&self, deadline: Instant) -> Result<String, SqlError> {
        first(self.database.run(&[statement::state()], deadline).await?)
    }

    /// The targets of service levels.
    ///
    /// # Errors
    /// If they can't be read before the deadline.
    pub async fn service_level_targets(
        &self,
        deadline: Instant,
    ) -> Result<Vec<ServiceLevelTarget>, SqlError> {
        rows(self.database.run(&[service_level::read(self.database.dialect())], deadline).await?)
    }

    /// Replaces the targets of service levels. Sums within new thresholds are there after [`recompute`](Self::recompute).
    ///
    /// # Errors
    /// If the database can't be reached before the deadline or refuses.
    pub async fn set_service_level_targets(
        &self,
        targets: &[ServiceLevelTarget],
        deadline: Instant,
    ) -> Result<(), SqlError> {
        self.database.run(&service_level::replace(self.database.dialect(), targets), deadline).await?;
        Ok(())
    }

    /// The first and the last five minutes in which anything counts; [`None`] if nothing does.
    ///
    /// # Errors
    /// If they can't be read before the deadline.
    pub async fn first_and_last(
        &self,
        deadline: Instant,
    ) -> Result<Option<(Timestamp, Timestamp)>, SqlError> {
        bounds(self.database.run(&[statement::first_and_last()], deadline).await?)
    }

    /// The hours from then on that were compared with what Connect lists, the latest first: at most 100.
    ///
    /// # Errors
    /// If they can't be read before the deadline.
    pub async fn reconciled_hours(
        &self,
        from: Timestamp,
        deadline: Instant,
    ) -> Result<Vec<ReconciledHour>, SqlError> {
        rows(self.database.run(&[reconciled::read(self.database.dialect(), from)], deadline).await?)
    }

    /// The rows of `queue_intervals`.
    ///
    /// # Errors
    /// If they can't be read before the deadline.
    pub async fn queue_intervals(
        &self,
        query: &IntervalQuery<'_>,
        deadline: Instant,
    ) -> Result<Vec<QueueInterval>, SqlError> {
        self.read(query, deadline, IntervalQuery::queues).await
    }

    /// The rows of `queue_intervals` of one queue.
    ///
    /// # Errors
    /// If they can't be read before the deadline.
    pub async fn queue_intervals_of<'q>(
        &self,
        queue_id: &str,
        query: &IntervalQuery<'q>,
        deadline: Instant,
    ) -> Result<Vec<QueueInterval>, SqlError> {
        let statement = |query: &IntervalQuery<'q>, dialect, offset| query.queue(dialect, offset, queue_id);
        self.read(query, deadline, statement).await
    }

    /// The rows of `agent_queue_intervals`.
    ///
    /// # Errors
    /// If they can't be read before the deadline.
    pub async fn agent_queue_intervals(
        &self,
        query: &IntervalQuery<'_>,
        deadline: Instant,
    ) -> Result<Vec<AgentQueueInterval>, SqlError> {
        self.read(query, deadline, IntervalQuery::agent_queues).await
    }

    /// The rows of `queue_intervals_by_disconnect`.
    ///
    /// # Errors
    /// If they can't be read before the deadline.
    pub async fn queue_intervals_by_disconnect(
        &self,
        query: &IntervalQuery<'_>,
        deadline: Instant,
    ) -> Result<Vec<QueueDisconnectInterval>, SqlError> {
        self.read(query, deadline, IntervalQuery::disconnects).await
    }

    /// How many contacts of each row were answered, and abandoned, in less than so many seconds: from the kept sums if
    /// `service_level_targets` has the threshold, or else from the contacts.
    ///
    /// # Errors
    /// If they can't be read before the deadline.
    pub async fn service_levels(
        &self,
        query: &IntervalQuery<'_>,
        attribution: Attribution,
        seconds: u32,
        deadline: Instant,
    ) -> Result<Vec<ServiceLevel>, SqlError> {
        self.service_levels_within(None, query, attribution, seconds, deadline).await
    }

    /// The same of one queue, by when contacts came into it.
    ///
    /// # Errors
    /// If they can't be read before the deadline.
    pub async fn service_levels_of(
        &self,
        queue_id: &str,
        query: &IntervalQuery<'_>,
        seconds: u32,
        deadline: Instant,
    ) -> Result<Vec<ServiceLevel>, SqlError> {
        self.service_levels_within(Some(queue_id), query, Attribution::Enqueue, seconds, deadline).await
    }

    async fn service_levels_within<'q>(
        &self,
        queue_id: Option<&str>,
        query: &IntervalQuery<'q>,
        attribution: Attribution,
        seconds: u32,
        deadline: Instant,
    ) -> Result<Vec<ServiceLevel>, SqlError> {
        let targets = self.service_level_targets(deadline).await?;
        let is_kept = targets.iter().any(|target| target.seconds == seconds);
        let statement = |query: &IntervalQuery<'q>, dialect, offset| {
            query.service_levels(dialect, offset, attribution, (seconds, is_kept), queue_id)
        };
        self.read(query, deadline, statement).await
    }

    /// The days of a query that may have rows: of a long one, those near data.
    async fn days_of<'q>(
        &self,
        query: &IntervalQuery<'q>,
        deadline: Instant,
    ) -> Result<Vec<IntervalQuery<'q>>, SqlError> {
        let mut days: Vec<_> = query.days().collect();
        if days.len() > FEW_DAYS {
            let data = self.days_with_data(deadline).await?;
            days.retain(|day| {
                // An interval that begins in it may be a whole local day.
                let until = day.to.checked_add(LONGEST_INTERVAL).unwrap_or(Timestamp::MAX);
                let is_near = |start: &Timestamp| {
                    *start < until && start.checked_add(DATA_DAY).unwrap_or(Timestamp::MAX) > day.from
                };
                data.iter().any(is_near)
            });
        }
        Ok(days)
    }

    /// Reads a query's rows day by day and page by page.
    pub(crate) async fn read<'q, T: DeserializeOwned>(
        &self,
        query: &IntervalQuery<'q>,
        deadline: Instant,
        statement: impl Fn(&IntervalQuery<'q>, Dialect, usize) -> Statement,
    ) -> Result<Vec<T>, SqlError> {
        let mut read = Vec::new();
        for day in self.days_of(query, deadline).await? {
            let before = read.len();
            loop {
                let offset = read.len() - before;
                let statement = statement(&day, self.database.dialect(), offset);
                read.extend(rows(self.database.run(&[statement], deadline).await?)?);
                if read.len() - before < offset + PAGE_ROWS {
                    break;
                }
            }
        }
        Ok(read)
    }
}

/// The rows of the only result, each a JSON object.
fn rows<T: DeserializeOwned>(results: Vec<QueryResult>) -> Result<Vec<T>, SqlError> {
    let rows = results.into_iter().flat_map(|result| result.rows);
    rows.map(|row| serde_json::from_str(&row).map_err(not_understood)).collect()
}

/// The two times of the only row, with a `|` between them; [`None`] if there are none.
fn bounds(results: Vec<QueryResult>) -> Result<Option<(Timestamp, Timestamp)>, SqlError> {
    let text = first(results)?;
    let Some((first, last)) = text.split_once('|').filter(|(first, _)| !first.is_empty()) else {
        return Ok(None);
    };
    let parse = |text: &str| parse_time(text).ok_or(SqlError::NotUnderstood);
    Ok(Some((parse(first)?, parse(last)?)))
}

pub(crate) fn first(results: Vec<QueryResult>) -> Result<String, SqlError> {
    results.into_iter().flat_map(|result| result.rows).next().ok_or(SqlError::NotUnderstood)
}

pub(crate) fn not_understood<E>(_: E) -> SqlError {
    SqlError::NotUnderstood
}
