//! How things stand: queues and agents, and what comes of those that are no longer told of.

use jiff::Timestamp;
use switchboard_metrics::catalogue::CURRENT;
use switchboard_metrics::rows::ResourceKind;
use switchboard_metrics::store::{RowCount, SaveReport};
use switchboard_metrics::tables::Table;
use switchboard_sql::SqlError;
use tokio::time::Instant;

use super::places::{empty_places, places};
use super::*;

#[tokio::test]
async fn a_queue_is_kept_as_it_is_told() {
    for place in places().await {
        let store = place.open().await;
        let mut odd = queue("queue-1", "VOICE", 5.0);
        odd.values.insert("estimated_wait_time", None);
        odd.values.insert("oldest_contact", Some(12.345_678_901_2));
        let named = resource(ResourceKind::Queue, "queue-1", "Sales; 'and' \"more\" $1 :p1");
        store.save_metadata(&partial(0, vec![named.clone()]), &[], soon()).await.expect("a name");
        let saved = store.save_current_metrics(&complete(0, vec![odd.clone()]), soon()).await;
        assert_eq!(saved, Ok(SaveReport { written: 1, reset: 0, stale: 0 }), "{}", place.kind());
        let live = store.live_queues(soon()).await.expect("queues");
        assert_eq!(live.len(), 1);
        assert_eq!(live[0].queue_name.as_ref(), Some(&named.name), "{}", place.kind());
        assert_eq!((live[0].sampled_at, live[0].channel.as_str()), (at(0), "VOICE"));
        for metric in CURRENT {
            assert_eq!(
                live[0].values[metric.column],
                odd.values[metric.column],
                "{} on {}",
                metric.name,
                place.kind()
            );
        }
    }
}

#[tokio::test]
async fn an_agent_is_kept_as_told() {
    for place in places().await {
        let store = place.open().await;
        let whole = user("user-1");
        let bare = CurrentUser {
            status_start_time: Some("2027-01-15T08:00:00.123456789Z".parse::<Timestamp>().expect("a time")),
            contact_state: None,
            contact_queue_id: None,
            ..user("user-2")
        };
        let names = vec![
            resource(ResourceKind::User, "user-1", "ada"),
            resource(ResourceKind::Queue, "queue-1", "Sales"),
            resource(ResourceKind::RoutingProfile, "profile-1", "Basic"),
        ];
        store.save_metadata(&partial(0, names), &[], soon()).await.expect("names");
        store.save_current_users(&partial(1, vec![whole, bare]), soon()).await.expect("agents");
        let live = store.live_users(soon()).await.expect("agents");
        let ada = live.iter().find(|user| user.user_id == "user-1").expect("the agent");
        assert_eq!(ada.user_name.as_deref(), Some("ada"), "{}", place.kind());
        assert_eq!(ada.routing_profile_name.as_deref(), Some("Basic"));
        assert_eq!(ada.contact_queue_name.as_deref(), Some("Sales"));
        assert_eq!(ada.contact_state_start, Some(at(-60)));
        assert_eq!((ada.contacts, ada.available_slots), (Some(1.0), Some(2.0)));
        let other = live.iter().find(|user| user.user_id == "user-2").expect("the agent");
        assert_eq!(
            (&other.user_name, &other.contact_state, &other.contact_queue_name),
            (&None, &None, &None)
        );
        let micros = "2027-01-15T08:00:00.123456Z".parse().expect("a time");
        assert_eq!(other.status_start_time, Some(micros), "microseconds are kept on {}", place.kind());
    }
}

#[tokio::test]
async fn a_queue_that_a_complete_sample_lacks_is_at_rest() {
    for place in places().await {
        let store = place.open().await;
        let both = vec![queue("q", "VOICE", 4.0), queue("q", "CHAT", 2.0)];
        store.save_current_metrics(&complete(0, both), soon()).await.expect("saved");
        let only = complete(10, vec![queue("q", "CHAT", 3.0)]);
        let saved = store.save_current_metrics(&only, soon()).await;
        assert_eq!(saved, Ok(SaveReport { written: 1, reset: 1, stale: 0 }), "{}", place.kind());
        let live = store.live_queues(soon()).await.expect("queues");
        let voice = live.iter().find(|row| row.channel == "VOICE").expect("the row stays");
        for metric in CURRENT {
            assert_eq!(
                voice.values[metric.column],
                metric.absent_value,
                "{} on {}",
                metric.name,
                place.kind()
            );
        }
        assert_eq!(voice.sampled_at, at(10), "since then");

        // It stays at rest, and is put there once.
        let saved = store.save_current_metrics(&complete(20, vec![]), soon()).await;
        assert_eq!(saved, Ok(SaveReport { written: 0, reset: 1, stale: 0 }), "{}", place.kind());
        let saved = store.save_current_metrics(&complete(30, vec![]), soon()).await;
        assert_eq!(saved, Ok(SaveReport::default()), "{}", place.kind());

        // The time series knows when it began.
        let series = "SELECT CAST(COUNT(*) AS text) FROM current_metric_samples WHERE channel = 'VOICE'";
        assert_eq!(place.sql(series).await, ["2"], "{}", place.kind());
    }
}

#[tokio::test]
async fn an_agent_whom_a_complete_sample_lacks_is_offline() {
    for place in places().await {
        let store = place.open().await;
        let offline = Resource {
            status_type: Some("OFFLINE".to_owned()),
            ..resource(ResourceKind::AgentStatus, "status-offline", "Offline")
        };
        store.save_metadata(&partial(0, vec![offline]), &[], soon()).await.expect("a status");
        store.save_current_users(&complete(0, vec![user("a"), user("b")]), soon()).await.expect("saved");
        let saved = store.save_current_users(&partial(10, vec![user("a")]), soon()).await;
        assert_eq!(
            saved,
            Ok(SaveReport { written: 1, reset: 0, stale: 0 }),
            "a partial one says nothing of b"
        );
        let saved = store.save_current_users(&complete(20, vec![user("a")]), soon()).await;
        assert_eq!(saved, Ok(SaveReport { written: 1, reset: 1, stale: 0 }), "{}", place.kind());
        let live = store.live_users(soon()).await.expect("agents");
        let b = live.iter().find(|user| user.user_id == "b").expect("the row stays");
        assert_eq!(b.status_name.as_deref(), Some("Offline"), "{}", place.kind());
        assert_eq!((b.status_start_time, b.sampled_at), (Some(at(20)), at(20)));
        assert_eq!((b.contacts, b.active_slots, b.available_slots), (Some(0.0), Some(0.0), Some(0.0)));
        assert_eq!((&b.contact_state, &b.contact_state_start, &b.next_status), (&None, &None, &None));
        let status = "SELECT status_id FROM current_user_data WHERE user_id = 'b'";
        assert_eq!(place.sql(status).await, ["status-offline"], "{}", place.kind());
        let saved = store.save_current_users(&complete(30, vec![user("a")]), soon()).await;
        assert_eq!(
            saved,
            Ok(SaveReport { written: 1, reset: 0, stale: 0 }),
            "offline already, {}",
            place.kind()
        );
    }
}

#[tokio::test]
async fn a_row_that_comes_twice_in_a_sample_is_one_row() {
    for place in places().await {
        let store = place.open().await;
        let twice = partial(0, vec![queue("q", "VOICE", 1.0), queue("q", "VOICE", 2.0)]);
        let saved = store.save_current_metrics(&twice, soon()).await;
        assert_eq!(saved, Ok(SaveReport { written: 1, reset: 0, stale: 0 }), "{}", place.kind());
        assert_eq!(store.live_queues(soon()).await.expect("queues")[0].values["in_queue"], Some(2.0));
    }
}

#[tokio::test]
async fn freshness_is_of_the_last_poll_and_not_of_the_last_change() {
    for place in places().await {
        let store = place.open().await;
        let of = async |table: &str| {
            let all = store.freshness(soon()).await.expect("freshness");
            assert_eq!(all.len(), 7, "{}", place.kind());
            *all.iter().find(|one| one.table == table).expect("the table")
        };
        let none = of("current_metric_data").await;
        assert_eq!((none.rows, none.sampled_at, none.complete_at), (RowCount::Exact(0), None, None));
        assert_eq!(none.age(at(0)), None);

        store.save_current_metrics(&complete(0, vec![]), soon()).await.expect("saved");
        let empty = of("current_metric_data").await;
        assert_eq!((empty.rows, empty.complete_at), (RowCount::Exact(0), Some(at(0))), "{}", place.kind());

        let rows = vec![queue("a", "VOICE", 1.0), queue("b", "VOICE", 1.0)];
        store.save_current_metrics(&partial(10, rows), soon()).await.expect("saved");
        let partly = of("current_metric_data").await;
        assert_eq!((partly.rows, partly.sampled_at), (RowCount::Exact(2), Some(at(10))), "{}", place.kind());
        assert_eq!(partly.age(at(30)).map(|age| age.as_secs()), Some(30), "of the complete one");
        assert_eq!(of("current_metric_samples").await.rows, RowCount::Exact(2));
        assert_eq!(of("current_user_data").await.sampled_at, None, "each table has its own");
    }
}

#[tokio::test]
async fn old_samples_go_bit_by_bit() {
    for place in places().await {
        let store = place.open().await;
        for second in 0..5 {
            store
                .save_current_metrics(&partial(second, vec![queue("q", "VOICE", 1.0)]), soon())
                .await
                .expect("saved");
            store.save_current_users(&partial(second, vec![user("a")]), soon()).await.expect("saved");
        }
        let left = "SELECT CAST(COUNT(*) AS text) FROM current_metric_samples";
        assert_eq!(store.prune(at(4), 3, soon()).await, Ok(6), "{}", place.kind());
        assert_eq!(place.sql(left).await, ["2"], "{}", place.kind());
        assert_eq!(store.prune(at(4), 3, soon()).await, Ok(2), "{}", place.kind());
        assert_eq!(store.prune(at(4), 3, soon()).await, Ok(0), "{}", place.kind());
        assert_eq!(store.live_queues(soon()).await.expect("queues").len(), 1, "what stands is not touched");
    }
}

#[tokio::test]
async fn tables_that_are_not_there_are_said_to_be_missing() {
    for place in empty_places() {
        let store = place.open().await;
        let saved = store.save_current_metrics(&complete(0, vec![]), soon()).await;
        assert_eq!(saved, Err(SqlError::NotMigrated), "{}", place.kind());
        assert_eq!(store.freshness(soon()).await, Err(SqlError::NotMigrated), "{}", place.kind());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_may_migrate_at_once_and_again() {
    for place in empty_places() {
        let mut migrating = tokio::task::JoinSet::new();
        for _ in 0..6 {
            let store = place.open().await;
            migrating.spawn(async move { store.migrate(soon()).await });
        }
        assert_eq!(migrating.join_all().await, vec![Ok(()); 6], "{}", place.kind());
        let store = place.open().await;
        store
            .save_current_metrics(&complete(0, vec![queue("q", "VOICE", 1.0)]), soon())
            .await
            .expect("saved");
        assert_eq!(store.migrate(soon()).await, Ok(()));
        assert_eq!(store.live_queues(soon()).await.expect("queues").len(), 1, "{}", place.kind());
        // A newer program has added something, and this one goes on; then one that this one doesn't work with.
        for sql in [
            "INSERT INTO connect_migrations VALUES (998, 2, 'more')",
            "ALTER TABLE current_metric_data ADD COLUMN something_new text",
            "ALTER TABLE current_metric_samples ADD COLUMN something_new text",
            "ALTER TABLE connect_metadata ADD COLUMN something_new text",
            "ALTER TABLE connect_table_status ADD COLUMN something_new text",
        ] {
            place.sql(sql).await;
        }
        assert_eq!(store.migrate(soon()).await, Ok(()), "{}", place.kind());
        let saved = store.save_current_metrics(&complete(10, vec![queue("q", "VOICE", 2.0)]), soon()).await;
        assert_eq!(saved, Ok(SaveReport { written: 1, reset: 0, stale: 0 }), "{}", place.kind());
        assert_eq!(store.live_queues(soon()).await.expect("queues").len(), 1, "{}", place.kind());
        place.sql("INSERT INTO connect_migrations VALUES (999, 3, 'other')").await;
        assert!(matches!(store.migrate(soon()).await, Err(SqlError::Rejected(_))), "{}", place.kind());
    }
}

#[tokio::test]
async fn nothing_is_begun_after_the_deadline() {
    for place in places().await {
        let store = place.open().await;
        let saved =
            store.save_current_metrics(&complete(0, vec![queue("q", "VOICE", 1.0)]), Instant::now()).await;
        assert_eq!(saved, Err(SqlError::Deadline), "{}", place.kind());
        assert_eq!(store.round_trips(), 0);
    }
}

#[tokio::test]
async fn a_sample_of_the_future_is_refused_and_later_ones_are_kept() {
    for place in places().await {
        let store = place.open().await;
        let now = Timestamp::now();
        let sample = |minutes: i64| Sample {
            sampled_at: now + jiff::SignedDuration::from_mins(minutes),
            complete: true,
            rows: vec![queue("q", "VOICE", 1.0)],
        };
        let refused = store.save_current_metrics(&sample(24 * 60), soon()).await;
        assert!(matches!(refused, Err(SqlError::Rejected(_))), "{refused:?} on {}", place.kind());
        let saved = store.save_current_metrics(&sample(0), soon()).await;
        assert_eq!(saved.map(|saved| saved.written), Ok(1), "{}", place.kind());
    }
}

#[tokio::test]
async fn an_agent_who_left_has_the_status_of_the_type_offline_whatever_its_name() {
    for place in places().await {
        let store = place.open().await;
        let status = |id: &str, name: &str, kind: &str| Resource {
            status_type: Some(kind.to_owned()),
            ..resource(ResourceKind::AgentStatus, id, name)
        };
        store.save_current_users(&complete(0, vec![user("a")]), soon()).await.expect("saved");
        assert!(store.live_users(soon()).await.expect("agents")[0].is_online(), "{}", place.kind());
        store.save_current_users(&complete(1, vec![]), soon()).await.expect("saved");
        let of = async || store.live_users(soon()).await.expect("agents").remove(0);
        let unlisted = of().await;
        assert_eq!((unlisted.status_id.as_deref(), unlisted.is_online()), (None, false), "{}", place.kind());

        let statuses = [
            status("1", "Abwesend", "OFFLINE"),
            status("2", "Offline", "CUSTOM"),
            status("3", "Da", "ROUTABLE"),
        ];
        store
            .save_metadata(&partial(2, statuses.to_vec()), &[ResourceKind::AgentStatus], soon())
            .await
            .expect("saved");
        store.save_current_users(&complete(3, vec![]), soon()).await.expect("saved");
        let left = of().await;
        assert_eq!(
            (left.status_id.as_deref(), left.status_name.as_deref(), left.status_type.as_deref()),
            (Some("1"), Some("Abwesend"), Some("OFFLINE")),
            "{}",
            place.kind()
        );
        assert!(!left.is_online());
        let on_break = CurrentUser {
            status_id: Some("2".to_owned()),
            status_name: Some("Offline".to_owned()),
            ..user("a")
        };
        store.save_current_users(&complete(4, vec![on_break]), soon()).await.expect("saved");
        assert!(of().await.is_online(), "a status that is called so, on {}", place.kind());
    }
}

#[tokio::test]
async fn a_nul_in_a_name_costs_nothing() {
    for place in places().await {
        let store = place.open().await;
        let names = vec![
            resource(ResourceKind::Queue, "1", "Sa\0les"),
            resource(ResourceKind::Queue, "2\0", "Support"),
            resource(ResourceKind::Queue, "2\u{FFFD}", "Support"),
        ];
        store.save_metadata(&partial(0, names), &[ResourceKind::Queue], soon()).await.expect("saved");
        let listed = store.resources(ResourceKind::Queue, soon()).await.expect("queues");
        let listed: Vec<_> = listed.iter().map(|one| (one.id.as_str(), one.name.as_str())).collect();
        assert_eq!(listed, [("1", "Sa\u{FFFD}les"), ("2\u{FFFD}", "Support")], "{}", place.kind());
        let status = CurrentUser { status_name: Some("\0".to_owned()), ..user("u\0") };
        store.save_current_users(&complete(0, vec![status, user("v")]), soon()).await.expect("saved");
        assert_eq!(store.live_users(soon()).await.expect("agents").len(), 2, "{}", place.kind());
    }
}

#[tokio::test]
async fn one_polls_at_a_time() {
    for place in places().await {
        let (one, other) = (place.open().await, place.open().await);
        let table = Table::CurrentUsers;
        assert_eq!(one.lease(table, soon()).await, Ok(true), "{}", place.kind());
        assert_eq!(other.lease(table, soon()).await, Ok(false), "{}", place.kind());
        assert_eq!(other.lease(Table::History, soon()).await, Ok(true), "each table has its own");
        one.save_current_users(&complete(0, vec![user("a")]), soon()).await.expect("saved");
        assert_eq!(other.lease(table, soon()).await, Ok(true), "saved, so given back, on {}", place.kind());
        other.release_lease(table, soon()).await.expect("given back");
        assert_eq!(one.lease(table, soon()).await, Ok(true), "{}", place.kind());
        place.sql("UPDATE connect_table_status SET leased_until = '2023-01-01T00:00:00.000000Z'").await;
        assert_eq!(other.lease(table, soon()).await, Ok(true), "over on {}", place.kind());
    }
}
