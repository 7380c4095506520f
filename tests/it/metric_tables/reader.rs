//! What a board reads of all instances: how fresh polls are, who waits, what counted.

use switchboard_metrics::reader::{MetricReader, PolledSums};

use super::history::five;
use super::places::places;
use super::*;

/// Another instance of the same database.
const OTHER: &str = "arn:aws:connect:eu-central-1:111122223333:instance/00000000-0000-4000-8000-000000000002";

#[tokio::test]
async fn a_board_reads_the_queues_of_every_instance_and_how_fresh_they_are() {
    for place in places().await {
        let store = place.open().await;
        let other = Store::new(store.database().clone(), OTHER.parse().expect("an instance"));
        let reader = MetricReader::new(store.database().clone());
        assert_eq!(reader.polls(soon()).await.expect("read"), [], "{}", place.kind());
        store
            .save_metadata(&partial(0, vec![resource(ResourceKind::Queue, "q", "Sales")]), &[], soon())
            .await
            .expect("saved");
        let rows = vec![queue("q", "VOICE", 4.0), queue("q", "CHAT", 1.0)];
        store.save_current_metrics(&complete(10, rows), soon()).await.expect("saved");
        store
            .save_current_metrics(&partial(20, vec![queue("q", "VOICE", 5.0)]), soon())
            .await
            .expect("saved");
        other
            .save_current_metrics(&complete(15, vec![queue("q", "VOICE", 7.0)]), soon())
            .await
            .expect("saved");

        let queues = reader.queues(soon()).await.expect("read");
        let told: Vec<_> = queues
            .iter()
            .map(|row| {
                let name = row.queue_name.as_deref();
                (&*row.instance_arn, name, &*row.channel, row.in_queue, row.sampled_at)
            })
            .collect();
        let expected = [
            (INSTANCE, Some("Sales"), "CHAT", Some(1.0), at(10)),
            (INSTANCE, Some("Sales"), "VOICE", Some(5.0), at(20)),
            (OTHER, None, "VOICE", Some(7.0), at(15)),
        ];
        // By instance: the other's Region comes later.
        assert_eq!(told, [&expected[..2], &expected[2..]].concat(), "{}", place.kind());

        let polls = reader.polls(soon()).await.expect("read");
        let current: Vec<_> = polls.iter().filter(|poll| poll.table == "current_metric_data").collect();
        let times: Vec<_> = current.iter().map(|poll| (poll.sampled_at, poll.complete_at)).collect();
        assert_eq!(times, [(Some(at(20)), Some(at(10))), (Some(at(15)), Some(at(15)))], "{}", place.kind());
        assert!(
            current[0].is_fresh(at(70)) && !current[0].is_fresh(at(71)),
            "a minute after the complete one"
        );
    }
}

#[tokio::test]
async fn a_board_adds_up_the_intervals_of_its_own_day() {
    for place in places().await {
        let store = place.open().await;
        let reader = MetricReader::new(store.database().clone());
        let figures = |queued: f64, level: f64, seconds: f64| {
            [
                ("contacts_queued", queued),
                ("contacts_handled", queued - 1.0),
                ("contacts_abandoned", 1.0),
                ("service_level", level),
                ("service_level_threshold_seconds", seconds),
            ]
        };
        let rows = vec![
            five("q", 0, &figures(50.0, 10.0, 20.0)),
            five("q", 5, &figures(10.0, 80.0, 20.0)),
            five("q", 10, &figures(2.0, 50.0, 20.0)),
            five("r", 5, &figures(4.0, 50.0, 20.0)),
            five("r", 10, &figures(4.0, 50.0, 30.0)),
        ];
        let read = [minutes(0, 5), minutes(5, 10), minutes(10, 15)];
        store.save_history(&complete(1000, rows), &read, soon()).await.expect("saved");
        let sums = reader.sums_since(at(300), soon()).await.expect("read");
        let told = |row: &PolledSums| {
            let counts = [row.queued, row.handled, row.abandoned];
            (row.queue_id.clone(), counts, row.answered_within, row.leveled, row.within_seconds)
        };
        let told: Vec<_> = sums.iter().map(told).collect();
        let expected = [
            ("q".to_owned(), [12.0, 10.0, 2.0], Some(9.0), Some(12.0), Some(20.0)),
            ("r".to_owned(), [8.0, 6.0, 2.0], None, None, None),
        ];
        assert_eq!(told, expected, "{}: levels of two thresholds don't add up", place.kind());
        assert_eq!(reader.sums_since(at(900), soon()).await.expect("read"), [], "{}", place.kind());
    }
}
