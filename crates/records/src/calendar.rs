//! The intervals of time zones, as the table `calendar` has them.

use jiff::{SignedDuration, Timestamp, ToSpan as _, tz::TimeZone};
use serde_json::{Value, json};
use switchboard_core::interval::{IntervalGrid, IntervalLength, Period};
use switchboard_sql::{
    dialect::Dialect,
    statement::{Parameter, Statement},
};

use crate::{migrations::MACROS, statement::COUNTED_CONTACTS, time::time_text};

/// The lengths of interval that the calendar has, beside days.
const LENGTHS: [IntervalLength; 4] =
    [IntervalLength::Five, IntervalLength::Fifteen, IntervalLength::Thirty, IntervalLength::Sixty];
/// The `interval_minutes` of a day, however long it is.
pub(crate) const DAY_MINUTES: i64 = 1440;

/// How long a day of [`days_with_data`] is.
pub(crate) const DATA_DAY: SignedDuration = SignedDuration::from_hours(24);

/// The local days that a time is in, from the first instant to the last, each with its intervals as rows of `calendar`.
pub(crate) fn days(
    name: &str,
    time_zone: &TimeZone,
    from: Timestamp,
    to: Timestamp,
) -> impl Iterator<Item = Vec<Value>> {
    let first = (from < to).then(|| from.to_zoned(time_zone.clone()).start_of_day().ok());
    let mut day = first.flatten();
    std::iter::from_fn(move || {
        let start = day.take().filter(|start| start.timestamp() < to)?;
        let next =
            start.date().checked_add(1.day()).ok().and_then(|date| date.to_zoned(time_zone.clone()).ok());
        let next = next.and_then(|next| next.start_of_day().ok())?;
        let period = Period::new(start.timestamp(), next.timestamp())?;
        let mut rows = vec![row(name, time_zone, DAY_MINUTES, period)];
        for length in LENGTHS {
            let grid = IntervalGrid::new(length, time_zone);
            rows.extend(
                grid.split(period).map(|(interval, _)| row(name, time_zone, length.minutes(), interval)),
            );
        }
        day = Some(next);
        Some(rows)
    })
}

fn row(name: &str, time_zone: &TimeZone, minutes: i64, interval: Period) -> Value {
    let local = time_zone.to_datetime(interval.start());
    let (start, end) = (time_text(interval.start()), time_text(interval.end()));
    json!([name, minutes, start, end, local.to_string(), local.date().to_string()])
}

/// The first instant of a row's interval.
pub(crate) fn start(row: &Value) -> &str {
    row.get(2).and_then(Value::as_str).unwrap_or_default()
}

/// Adds rows; those that are there stay.
pub(crate) fn add(dialect: Dialect, rows: &[Value]) -> Statement {
    let source = match dialect {
        Dialect::Postgres => "jsonb_array_elements(CAST($1 AS jsonb)) AS row_of_batch (value)",
        Dialect::Sqlite => "json_each($1)",
    };
    let sql = format!(
        "INSERT INTO calendar (zone, interval_minutes, interval_start, interval_end, local_interval_start, local_date) \
         SELECT value ->> 0, CAST(value ->> 1 AS bigint), CAST(value ->> 2 AS TIMESTAMP_UTC), CAST(value ->> 3 AS TIMESTAMP_UTC), \
         CAST(value ->> 4 AS LOCAL_TIMESTAMP), CAST(value ->> 5 AS LOCAL_DATE) FROM {source} WHERE true ON CONFLICT DO NOTHING"
    );
    Statement::write(dialect.expand(&sql), vec![Parameter::Json(Value::from(rows.to_vec()).to_string())])
}

/// The first instants of a zone's days that the calendar has.
pub(crate) fn day_starts(name: &str) -> Statement {
    let sql = format!(
        "SELECT CAST(interval_start AS text) FROM calendar WHERE zone = $1 AND interval_minutes = {DAY_MINUTES}"
    );
    Statement::read(sql, vec![Parameter::text(name)])
}

/// How many of a zone's days that the calendar has a moment is in.
pub(crate) fn days_at(dialect: Dialect, name: &str, at: Timestamp) -> Statement {
    let sql = format!(
        "SELECT CAST(COUNT(*) AS text) FROM calendar WHERE zone = CAST($1 AS text) AND interval_minutes = {DAY_MINUTES} \
         AND interval_start <= CAST($2 AS TIMESTAMP_UTC) AND interval_end > CAST($3 AS TIMESTAMP_UTC)"
    );
    let at = Parameter::Text(time_text(at));
    Statement::read(dialect.expand(&sql), vec![Parameter::text(name), at.clone(), at])
}

/// The first five minutes in which anything counts, and after each the first that are [`DATA_DAY`] later or more: all data is within
/// such a day of one of them. Each is found by the key; nothing between is read.
pub(crate) fn days_with_data(dialect: Dialect) -> Statement {
    let earliest = |condition: &str| {
        let of_contacts = |(attribution, ..): (&str, &str, &str, &str)| {
            format!(
                "SELECT MIN(interval_start) AS first_start FROM interval_sums WHERE attribution = '{attribution}' {condition}"
            )
        };
        let of_agents = format!("SELECT MIN(interval_start) FROM agent_interval_sums WHERE true {condition}");
        let of_all = COUNTED_CONTACTS.map(of_contacts).into_iter().chain([of_agents]);
        format!(
            "(SELECT MIN(first_start) FROM ({}) AS first_starts)",
            of_all.collect::<Vec<_>>().join(" UNION ALL ")
        )
    };
    let sql = format!(
        "WITH RECURSIVE day (start) AS (SELECT {} UNION ALL SELECT {} FROM day WHERE day.start IS NOT NULL) \
         SELECT CAST(start AS text) FROM day WHERE start IS NOT NULL",
        earliest(""),
        earliest("AND interval_start >= UTC_TIME(day.start PLUS_ONE_DAY)"),
    );
    Statement::read(dialect.expand_with(&MACROS, &sql), Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(zone: &str, from: &str, to: &str) -> Vec<Vec<Value>> {
        let time_zone = TimeZone::get(zone).unwrap();
        days(zone, &time_zone, from.parse().unwrap(), to.parse().unwrap()).collect()
    }

    #[test]
    fn the_repeated_hour_is_two_and_the_skipped_none() {
        for (from, to, hours) in [
            ("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", 25),
            ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", 23),
            ("2026-11-01T23:00:00Z", "2026-11-02T23:00:00Z", 24),
        ] {
            let days = rows("Europe/Stockholm", from, to);
            let [day] = &days[..] else { panic!("{} days", days.len()) };
            let count = |minutes: i64| day.iter().filter(|row| row[1] == minutes).count();
            assert_eq!(
                [1440, 60, 30, 15, 5].map(count),
                [1, hours, hours * 2, hours * 4, hours * 12],
                "{from}"
            );
        }
        let twice = rows("Europe/Stockholm", "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z");
        let local = |row: &&Value| row[1] == 60 && row[4] == "2026-10-25T02:00:00";
        assert_eq!(twice[0].iter().filter(local).count(), 2);
    }

    #[test]
    fn all_days_that_are_touched_are_whole() {
        assert_eq!(rows("UTC", "2026-11-02T10:00:00Z", "2026-11-03T00:00:01Z").len(), 2);
        assert_eq!(rows("UTC", "2026-11-02T10:00:00Z", "2026-11-02T10:00:00Z").len(), 0);
        // A zone that is a quarter of an hour beside the others.
        let day = &rows("Asia/Kathmandu", "2026-11-02T10:00:00Z", "2026-11-02T11:00:00Z")[0];
        assert_eq!(day[0][2], "2026-11-01T18:15:00.000000Z");
    }
}
