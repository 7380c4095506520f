//! What the views work out of the tables.

use jiff::tz::TimeZone;
use switchboard_metrics::rows::IntervalMetric;

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
        store
            .save_history(&complete(1000, rows), &[minutes(0, 5), minutes(5, 10), minutes(10, 15)], soon())
            .await
            .expect("saved");
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
        assert_eq!(place.sql(day).await, ["Sales 2023-11-14"], "{}", place.kind());
        let first =
            "SELECT CAST(abandonment_rate AS text) FROM queues_by_interval WHERE contacts_queued = 10";
        assert_is(&place, first, 20.0).await;

        // A second interval with a hold: two means without their counts have no mean.
        let more = [("hold_time", 10.0), ("service_level", 10.0), ("service_level_threshold_seconds", 30.0)];
        store
            .save_history(&complete(2000, vec![five("q", 15, &more)]), &[minutes(15, 20)], soon())
            .await
            .expect("saved");
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
        store
            .save_intervals(&complete(0, rows), &[minutes(0, 15), minutes(15, 30), minutes(30, 45)], soon())
            .await
            .expect("saved");
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
            store
                .save_intervals(
                    &complete(0, rows),
                    &[minutes(0, 15), minutes(15, 30), minutes(30, 45)],
                    soon(),
                )
                .await
                .expect("saved");
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
        store
            .save_history(&complete(1000, rows), &[minutes(0, 5), minutes(5, 10), minutes(10, 15)], soon())
            .await
            .expect("saved");
        assert_is(&place, "SELECT CAST(abandonment_rate AS text) FROM queues_by_day", 50.0).await;
    }
}

#[tokio::test]
async fn a_day_is_the_centres_and_what_is_told_has_no_zone() {
    for place in places().await {
        let store = place.open().await.in_time_zone(TimeZone::get("Pacific/Auckland").expect("a zone"));
        // At 23:55 and 0:00 there: 13 hours ahead of UTC.
        let midnight = 60;
        let rows = vec![
            five("q", midnight - 5, &[("contacts_handled", 1.0)]),
            five("q", midnight, &[("contacts_handled", 2.0)]),
        ];
        let read = [minutes(midnight - 5, midnight), minutes(midnight, midnight + 5)];
        store.save_history(&complete(0, rows), &read, soon()).await.expect("saved");
        let days = "SELECT CAST(day AS text) || ' ' || CAST(CAST(contacts_handled AS bigint) AS text) FROM queues_by_day ORDER BY day";
        assert_eq!(place.sql(days).await, ["2023-11-14 1", "2023-11-15 2"], "{}", place.kind());
        let local = "SELECT CAST(local_time AS text) FROM queues_by_interval ORDER BY start_time";
        let local: Vec<_> = place.sql(local).await.iter().map(|time| time.replace('T', " ")).collect();
        assert_eq!(local, ["2023-11-14 23:55:00", "2023-11-15 00:00:00"], "{}", place.kind());
        if matches!(place, Place::Sqlite(_)) {
            continue;
        }
        let types = "SELECT DISTINCT data_type FROM information_schema.columns WHERE table_schema = 'public' \
                     AND table_name IN (SELECT table_name FROM information_schema.views WHERE table_name <> 'intervals_of_queues') \
                     ORDER BY 1";
        let types = place.sql(types).await;
        assert_eq!(types, ["bigint", "date", "integer", "numeric", "text", "timestamp without time zone"]);
        let start = "SELECT CAST(start_time AS text) FROM queues_by_interval ORDER BY start_time LIMIT 1";
        assert_eq!(place.sql(start).await, ["2023-11-14 10:55:00"], "in UTC");
    }
}

#[tokio::test]
async fn what_is_gone_is_not_there_now() {
    for place in places().await {
        let store = place.open().await;
        let (queue_kind, user_kind) = (ResourceKind::Queue, ResourceKind::User);
        let names = ["1", "2"].map(|id| [resource(queue_kind, id, "Sales"), resource(user_kind, id, "ada")]);
        let kinds = [queue_kind, user_kind];
        store.save_metadata(&complete(0, names.concat()), &kinds, soon()).await.expect("saved");
        let queues = ["1", "2", "not listed yet"].map(|id| queue(id, "VOICE", 1.0));
        store.save_current_metrics(&complete(1, queues.to_vec()), soon()).await.expect("saved");
        let users = ["1", "2", "not listed yet"].map(user);
        store.save_current_users(&complete(1, users.to_vec()), soon()).await.expect("saved");
        store.save_metadata(&complete(10, names[1].to_vec()), &kinds, soon()).await.expect("saved");
        let queues = store.live_queues(soon()).await.expect("queues");
        let users = store.live_users(soon()).await.expect("agents");
        let queues: Vec<_> = queues.iter().map(|row| row.queue_id.as_str()).collect();
        let users: Vec<_> = users.iter().map(|row| row.user_id.as_str()).collect();
        assert_eq!((queues.len(), users.len()), (2, 2), "{}", place.kind());
        assert!(!queues.contains(&"1") && !users.contains(&"1"), "{}", place.kind());
        // A year later nothing of it is kept.
        let pruned = store.prune_history(at(20), 100, soon()).await.expect("pruned");
        assert_eq!(pruned, 4, "{}", place.kind());
    }
}

#[tokio::test]
async fn a_quarter_tells_what_its_five_minutes_do_not() {
    for place in places().await {
        let store = place.open().await;
        let of_queue = |minute, metric: &str, value| IntervalMetric {
            resource_kind: ResourceKind::Queue,
            channel: "VOICE".to_owned(),
            ..quarter("q", minute, metric, Some(value))
        };
        let whole = |minute| {
            [
                ("CONTACTS_QUEUED", 10.0),
                ("CONTACTS_HANDLED", 8.0),
                ("CONTACTS_ABANDONED", 2.0),
                ("CONTACTS_PUT_ON_HOLD", 2.0),
                ("SUM_HANDLE_TIME", 800.0),
                ("SUM_HOLD_TIME", 60.0),
                ("SUM_INTERACTION_TIME", 400.0),
                ("SERVICE_LEVEL_LT_20", 75.0),
            ]
            .map(|(metric, value)| of_queue(minute, metric, value))
        };
        let quarters = [minutes(0, 15), minutes(15, 30), minutes(30, 45)];
        let rows = [0, 15, 30].map(whole).concat();
        store.save_intervals(&complete(0, rows), &quarters, soon()).await.expect("saved");
        // Of the first quarter all five minutes are read, of the second two; of the fourth there is no whole.
        let fives = [0, 5, 10, 15, 20, 45].map(|minute| five("q", minute, &[("contacts_queued", 1.0)]));
        let read = [0, 5, 10, 15, 20, 45].map(|minute| minutes(minute, minute + 5));
        store.save_history(&complete(0, fives.to_vec()), &read, soon()).await.expect("saved");
        let intervals = "SELECT CAST(interval_minutes AS text) FROM queues_by_interval ORDER BY start_time";
        assert_eq!(place.sql(intervals).await, ["5", "5", "5", "15", "15", "5"], "{}", place.kind());
        assert_is(&place, "SELECT CAST(contacts_queued AS text) FROM queues_by_day", 24.0).await;
        assert_is(&place, "SELECT CAST(minutes_read AS text) FROM queues_by_day", 50.0).await;
        assert_is(&place, "SELECT CAST(minutes_unknown AS text) FROM queues_by_day", 0.0).await;
        for (column, value) in [
            ("handle_time", 100.0),
            ("interaction_time", 50.0),
            ("hold_time", 30.0),
            ("interaction_and_hold_time", 57.5),
            ("service_level", 75.0),
            ("service_level_threshold_seconds", 20.0),
            ("abandonment_rate", 20.0),
        ] {
            let of_one = format!(
                "SELECT CAST({column} AS text) FROM queues_by_interval WHERE interval_minutes = 15 ORDER BY start_time LIMIT 1"
            );
            assert_is(&place, &of_one, value).await;
        }
    }
}

/// The steps of a query's plan.
async fn plan(place: &Place, sql: &str) -> Vec<String> {
    match place {
        Place::Sqlite(_) => place.plan(sql).await,
        _ => place.sql(&format!("EXPLAIN (COSTS OFF) {sql}")).await,
    }
}

#[tokio::test]
async fn what_is_asked_of_a_day_is_found_by_an_index() {
    for place in [Place::postgres(), Place::Sqlite(tempfile::tempdir().expect("a folder"))] {
        place.open().await.migrate(soon()).await.expect("tables");
        let is_sqlite = matches!(place, Place::Sqlite(_));
        let day = "day = '2026-11-20'";
        let both = format!("{day} AND instance_arn = '{INSTANCE}'");
        for (condition, (view, tables)) in [day, &both].into_iter().flat_map(|condition| {
            [
                ("queues_by_interval", &["historical_metric_data", "interval_metric_data"][..]),
                ("queues_by_day", &["historical_metric_data", "interval_metric_data"]),
                ("agents_by_interval", &["interval_metric_data"]),
                ("agents_by_day", &["interval_metric_data"]),
            ]
            .map(|view| (condition, view))
        }) {
            let steps = plan(&place, &format!("SELECT * FROM {view} WHERE {condition}")).await;
            for table in tables {
                let index = if is_sqlite {
                    format!("sqlite_autoindex_{table}_1 (instance_arn=? AND start_time=?")
                } else {
                    format!("{table}_pkey")
                };
                assert!(steps.iter().any(|step| step.contains(&index)), "{view} of {table}: {steps:#?}");
                assert!(
                    !steps.iter().any(|step| step.contains(&format!("Seq Scan on {table}"))),
                    "{steps:#?}"
                );
            }
            // SQLite does not look for a day before it has added the days up.
            let by_day = steps.iter().any(|step| step.contains("connect_interval_reads_by_day"));
            assert!(by_day || (is_sqlite && view.ends_with("_day")), "{view}: {steps:#?}");
        }
    }
}
