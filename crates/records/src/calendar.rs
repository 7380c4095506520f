//! The intervals of time zones, as the table `calendar` has them.

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use serde_json::{Value, json};
use switchboard_core::interval::{IntervalGrid, IntervalLength, Period};
use switchboard_sql::{
    dialect::Dialect,
    statement::{Parameter, Statement},
};

use crate::time::time_text;

/// The lengths of interval that the calendar has, beside days.
const LENGTHS: [IntervalLength; 4] =
    [IntervalLength::Five, IntervalLength::Fifteen, IntervalLength::Thirty, IntervalLength::Sixty];
/// The `interval_minutes` of a day, however long it is.
pub(crate) const DAY_MINUTES: i64 = 1440;

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

/// The first and the last instant of a zone's days, with a `|` between them.
pub(crate) fn bounds(name: &str) -> Statement {
    let sql = format!(
        "SELECT COALESCE(CAST(MIN(interval_start) AS text) || '|' || CAST(MAX(interval_end) AS text), '|') \
         FROM calendar WHERE zone = $1 AND interval_minutes = {DAY_MINUTES}"
    );
    Statement::read(sql, vec![Parameter::text(name)])
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
