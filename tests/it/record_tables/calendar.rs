//! The calendar: the days that have data, whatever lies between.

use jiff::{Timestamp, tz::TimeZone};
use switchboard_core::interval::IntervalLength;
use switchboard_records::intervals::{Grain, IntervalQuery};

use super::{save, soon, tables_in};
use crate::metric_tables::places::empty_places;

/// A contact that was abandoned at the end of this minute.
fn record(id: &str, minute: &str) -> String {
    format!(
        r#"{{"ContactId":"{id}","InitiationMethod":"INBOUND","Channel":"VOICE","DisconnectReason":"CUSTOMER_DISCONNECT",
        "InitiationTimestamp":"{minute}:00Z","DisconnectTimestamp":"{minute}:59Z",
        "Queue":{{"ARN":"arn:aws:connect:x:1:instance/i/queue/q","EnqueueTimestamp":"{minute}:01Z"}}}}"#
    )
}

#[tokio::test]
async fn between_data_of_2018_and_of_2026_no_day_is_filled_or_asked_for() {
    for place in empty_places() {
        let tables = tables_in(&place).await;
        // The last of a local day that began 23 hours before, and the first of the next; and both sides of an hour that comes twice.
        let minutes = ["2018-03-01T22:59", "2018-03-01T23:00", "2026-10-25T00:30", "2026-10-25T01:30"];
        let records: Vec<_> = minutes.iter().map(|minute| record(minute, minute)).collect();
        save(&tables, &records.iter().map(String::as_str).collect::<Vec<_>>()).await;
        tables.recompute(soon()).await.expect("sums");
        let (zone, stockholm) = ("Europe/Stockholm", TimeZone::get("Europe/Stockholm").expect("a zone"));
        for _again in 0..2 {
            tables.add_data_to_calendar(zone, &stockholm, soon()).await.expect("a calendar");
            let days = "SELECT CAST(local_date AS text) FROM calendar WHERE interval_minutes = 1440 ORDER BY interval_start";
            let days = place.sql(days).await;
            assert!(
                ["2018-03-01", "2018-03-02", "2026-10-25"]
                    .iter()
                    .all(|day| days.contains(&(*day).to_owned()))
            );
            assert!(days.len() <= 5, "{}: {days:?}", place.kind());
        }
        let [from, to] =
            ["2018-01-01T00:00:00Z", "2026-12-31T00:00:00Z"].map(|text| text.parse().expect("a time"));
        for (grain, expected) in [
            (
                Grain::Minutes(IntervalLength::Sixty),
                vec![
                    ("2018-03-01T22:00:00Z", 1),
                    ("2018-03-01T23:00:00Z", 1),
                    ("2026-10-25T00:00:00Z", 1),
                    ("2026-10-25T01:00:00Z", 1),
                ],
            ),
            (
                Grain::Day,
                vec![("2018-02-28T23:00:00Z", 1), ("2018-03-01T23:00:00Z", 1), ("2026-10-24T22:00:00Z", 2)],
            ),
        ] {
            let before = tables.database().round_trips();
            let query = IntervalQuery { zone, grain, from, to };
            let read = tables.queue_intervals(&query, soon()).await.expect("figures");
            let read: Vec<_> = read.iter().map(|row| (row.key.from, row.abandoned)).collect();
            let expected: Vec<(Timestamp, u64)> =
                expected.into_iter().map(|(from, count)| (from.parse().expect("a time"), count)).collect();
            assert_eq!(read, expected, "{}", place.kind());
            let asked = tables.database().round_trips() - before;
            assert!(asked < 40, "{}: {asked} round trips for what is in three days", place.kind());
        }
    }
}
