//! What the views work out of the tables.

use super::history::{five, quarter};
use super::places::{Place, places};
use super::*;

/// Asserts that a view's only answer is this number.
async fn assert_is(place: &Place, sql: &str, wanted: f64) {
    let rows = place.sql(sql).await;
    let [row] = rows.as_slice() else { panic!("{sql}: {rows:?} on {}", place.kind()) };
    let number: f64 = row.parse().unwrap_or_else(|_| panic!("{sql}: {row} on {}", place.kind()));
    assert!((number - wanted).abs() < 1e-9, "{sql}: {number}, not {wanted}, on {}", place.kind());
}

#[tokio::test]
async fn a_days_average_is_weighted_by_what_it_is_the_mean_of() {
    for place in places().await {
        let store = place.open().await;
        let busy = [
            ("contacts_queued", 10.0),
            ("contacts_handled", 9.0),
            ("contacts_handled_outbound", 1.0),
            ("contacts_abandoned", 2.0),
            ("handle_time", 100.0),
            ("interaction_time", 50.0),
            ("interaction_and_hold_time", 60.0),
            ("queue_answer_time", 12.0),
            ("abandon_time", 30.0),
            ("queued_time", 45.0),
            ("hold_time", 90.0),
            ("service_level", 80.0),
            ("service_level_threshold_seconds", 20.0),
        ];
        let quiet = [
            ("contacts_queued", 2.0),
            ("contacts_handled", 1.0),
            ("contacts_abandoned", 1.0),
            ("handle_time", 300.0),
            ("queue_answer_time", 40.0),
            ("abandon_time", 60.0),
            ("queued_time", 70.0),
            ("service_level", 50.0),
            ("service_level_threshold_seconds", 20.0),
        ];
        // Nothing was handled here, so there is no average, and no zero.
        let idle = [("contacts_queued", 0.0), ("contacts_handled", 0.0)];
        let rows = vec![five("q", 0, &busy), five("q", 5, &quiet), five("q", 10, &idle)];
        store.save_history(&complete(1000, rows), &[], soon()).await.expect("saved");
        let name = resource(ResourceKind::Queue, "q", "Sales");
        store.save_metadata(&partial(0, vec![name]), &[], soon()).await.expect("saved");
        assert_is(&place, "SELECT CAST(contacts_queued AS text) FROM queues_by_day", 12.0).await;
        assert_is(&place, "SELECT CAST(abandonment_rate AS text) FROM queues_by_day", 25.0).await;
        assert_is(&place, "SELECT CAST(service_level AS text) FROM queues_by_day", 75.0).await;
        assert_is(&place, "SELECT CAST(handle_time AS text) FROM queues_by_day", 120.0).await;
        assert_is(&place, "SELECT CAST(hold_time_per_contact AS text) FROM queues_by_day", 10.0).await;
        assert_is(&place, "SELECT CAST(hold_time AS text) FROM queues_by_day", 90.0).await;
        let answered = (12.0 * 8.0 + 40.0) / 9.0;
        assert_is(&place, "SELECT CAST(queue_answer_time AS text) FROM queues_by_day", answered).await;
        assert_is(&place, "SELECT CAST(abandon_time AS text) FROM queues_by_day", 40.0).await;
        assert_is(&place, "SELECT CAST(queued_time AS text) FROM queues_by_day", 70.0).await;
        let day = "SELECT queue_name || ' ' || CAST(day AS text) FROM queues_by_day";
        assert_eq!(place.sql(day).await, ["Sales 2027-01-15"], "{}", place.kind());
        let first =
            "SELECT CAST(abandonment_rate AS text) FROM queues_by_interval WHERE contacts_queued = 10";
        assert_is(&place, first, 20.0).await;

        // A second interval with a hold: two means without their counts have no mean.
        let more = [("hold_time", 10.0), ("service_level", 10.0), ("service_level_threshold_seconds", 30.0)];
        store.save_history(&complete(2000, vec![five("q", 15, &more)]), &[], soon()).await.expect("saved");
        let unknown = "SELECT CAST(COUNT(*) AS text) FROM queues_by_day WHERE hold_time IS NULL \
                       AND service_level IS NULL";
        assert_is(&place, unknown, 1.0).await;
    }
}

#[tokio::test]
async fn occupancy_is_the_share_of_time_with_contacts() {
    for place in places().await {
        let store = place.open().await;
        let rows = vec![
            quarter("u", 0, "SUM_CONTACT_TIME_AGENT", Some(600.0)),
            quarter("u", 0, "SUM_IDLE_TIME_AGENT", Some(200.0)),
            quarter("u", 0, "SUM_ONLINE_TIME_AGENT", Some(900.0)),
            quarter("u", 15, "SUM_CONTACT_TIME_AGENT", Some(0.0)),
            quarter("u", 15, "SUM_IDLE_TIME_AGENT", Some(800.0)),
            quarter("u", 30, "SUM_ONLINE_TIME_AGENT", None),
        ];
        store.save_intervals(&complete(0, rows), &[], soon()).await.expect("saved");
        let first = "SELECT CAST(occupancy AS text) FROM agents_by_interval WHERE contact_time > 0";
        assert_is(&place, first, 75.0).await;
        assert_is(&place, "SELECT CAST(occupancy AS text) FROM agents_by_day", 37.5).await;
        assert_is(&place, "SELECT CAST(online_time AS text) FROM agents_by_day", 900.0).await;
        let none = "SELECT CAST(COUNT(*) AS text) FROM agents_by_interval WHERE occupancy IS NULL";
        assert_is(&place, none, 1.0).await;
    }
}

#[tokio::test]
async fn occupancy_is_never_more_than_all_of_the_time() {
    // Each quarter's time with contacts and without; the occupancy of each, and of the day.
    type Quarter = (Option<f64>, Option<f64>, Option<f64>);
    let days: [(&[Quarter], Option<f64>); 5] = [
        (&[(Some(900.0), None, Some(100.0)), (Some(0.0), Some(100.0), Some(0.0))], Some(90.0)),
        (&[(None, Some(300.0), Some(0.0)), (Some(100.0), None, Some(100.0))], Some(25.0)),
        (&[(None, None, None)], None),
        (&[(Some(0.0), Some(0.0), None)], None),
        (&[(None, None, None), (Some(600.0), Some(200.0), Some(75.0))], Some(75.0)),
    ];
    for place in places().await {
        let store = place.open().await;
        for (n, (quarters, _)) in days.iter().enumerate() {
            let agent = format!("u{n}");
            let mut rows = Vec::new();
            for ((contact, idle, _), minute) in quarters.iter().zip((0..).step_by(15)) {
                rows.push(quarter(&agent, minute, "SUM_CONTACT_TIME_AGENT", *contact));
                rows.push(quarter(&agent, minute, "SUM_IDLE_TIME_AGENT", *idle));
            }
            store.save_intervals(&complete(0, rows), &[], soon()).await.expect("saved");
        }
        let told = |occupancy: &str| occupancy.parse::<f64>().ok();
        for (n, (quarters, of_day)) in days.iter().enumerate() {
            let select = |view, order| {
                format!("SELECT CAST(occupancy AS text) FROM {view} WHERE user_id = 'u{n}' ORDER BY {order}")
            };
            let by_day = place.sql(&select("agents_by_day", "day")).await;
            let by_day: Vec<_> = by_day.iter().map(|one| told(one)).collect();
            // psql prints no line for the only row with nothing in it.
            assert_eq!(by_day.first().copied().flatten(), *of_day, "day {n} on {}", place.kind());
            let by_interval = place.sql(&select("agents_by_interval", "start_time")).await;
            let told: Vec<_> = by_interval.iter().filter_map(|one| told(one)).collect();
            let wanted: Vec<_> = quarters.iter().filter_map(|(_, _, occupancy)| *occupancy).collect();
            assert_eq!(told, wanted, "intervals of day {n} on {}", place.kind());
        }
    }
}

#[tokio::test]
async fn a_rate_takes_only_what_has_both_its_counts() {
    for place in places().await {
        let store = place.open().await;
        let rows = vec![
            five("q", 0, &[("contacts_abandoned", 5.0)]),
            five("q", 5, &[("contacts_queued", 90.0)]),
            five("q", 10, &[("contacts_abandoned", 1.0), ("contacts_queued", 2.0)]),
        ];
        store.save_history(&complete(1000, rows), &[], soon()).await.expect("saved");
        assert_is(&place, "SELECT CAST(abandonment_rate AS text) FROM queues_by_day", 50.0).await;
    }
}
