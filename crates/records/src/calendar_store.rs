//! The calendar in a database.

use std::collections::HashSet;

use jiff::{Timestamp, tz::TimeZone};
use switchboard_sql::{SqlError, statement::Statement};
use tokio::time::Instant;

use crate::{
    calendar::{self, DATA_DAY},
    store::{RecordTables, first},
    time::{parse_time, time_text},
};

/// How many rows of the calendar are added by one statement, when a day is full: 130 bytes each.
const ROWS_AT_ONCE: usize = 5_000;

impl RecordTables {
    /// Adds the intervals of a time zone to `calendar`, of each local day from the first instant to the last that it does not
    /// have. Views have rows for the zones and days that are there.
    ///
    /// # Errors
    /// If the database can't be reached before the deadline or refuses.
    pub async fn add_to_calendar(
        &self,
        name: &str,
        time_zone: &TimeZone,
        from: Timestamp,
        to: Timestamp,
        deadline: Instant,
    ) -> Result<(), SqlError> {
        self.add_spans(name, time_zone, vec![(from, to)], deadline).await
    }

    /// Adds those of the local days that have data, which are all that a view has rows of.
    ///
    /// # Errors
    /// If the database can't be reached before the deadline or refuses.
    pub async fn add_data_to_calendar(
        &self,
        name: &str,
        time_zone: &TimeZone,
        deadline: Instant,
    ) -> Result<(), SqlError> {
        let days = self.days_with_data(deadline).await?;
        let span = |start: Timestamp| (start, start.checked_add(DATA_DAY).unwrap_or(Timestamp::MAX));
        self.add_spans(name, time_zone, days.into_iter().map(span).collect(), deadline).await
    }

    async fn add_spans(
        &self,
        name: &str,
        time_zone: &TimeZone,
        spans: Vec<(Timestamp, Timestamp)>,
        deadline: Instant,
    ) -> Result<(), SqlError> {
        let mut held: HashSet<String> =
            self.times(calendar::day_starts(name), deadline).await?.map(time_text).collect();
        let mut rows = Vec::new();
        for (from, to) in spans {
            for day in calendar::days(name, time_zone, from, to) {
                if day.first().is_some_and(|first| held.insert(calendar::start(first).to_owned())) {
                    rows.extend(day);
                }
                if rows.len() >= ROWS_AT_ONCE {
                    self.database.run(&[calendar::add(self.database.dialect(), &rows)], deadline).await?;
                    rows.clear();
                }
            }
        }
        if !rows.is_empty() {
            self.database.run(&[calendar::add(self.database.dialect(), &rows)], deadline).await?;
        }
        Ok(())
    }

    /// True if the calendar has the day of the time zone that a moment is in.
    ///
    /// # Errors
    /// If it can't be read before the deadline.
    pub async fn has_day(&self, name: &str, at: Timestamp, deadline: Instant) -> Result<bool, SqlError> {
        let days = calendar::days_at(self.database.dialect(), name, at);
        Ok(first(self.database.run(&[days], deadline).await?)? != "0")
    }

    /// Times of which each is the beginning of 24 hours with data; no data is outside of these.
    pub(crate) async fn days_with_data(&self, deadline: Instant) -> Result<Vec<Timestamp>, SqlError> {
        Ok(self.times(calendar::days_with_data(self.database.dialect()), deadline).await?.collect())
    }

    /// The times that a statement reads.
    async fn times(
        &self,
        statement: Statement,
        deadline: Instant,
    ) -> Result<impl Iterator<Item = Timestamp>, SqlError> {
        let results = self.database.run(&[statement], deadline).await?;
        let rows = results.into_iter().flat_map(|result| result.rows);
        let times: Result<Vec<_>, _> =
            rows.map(|text| parse_time(&text).ok_or(SqlError::NotUnderstood)).collect();
        Ok(times?.into_iter())
    }
}
