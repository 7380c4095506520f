//! Several instances in one database, with the same ids: what is done to one does nothing to another.

use jiff::SignedDuration;
use switchboard_metrics::coverage::Grid;
use switchboard_metrics::store::{RowCount, SaveReport, instances};
use switchboard_metrics::tables::Table;

use super::history::{five, quarter};
use super::places::{Place, places};
use super::*;

/// Another instance of the account.
const OTHER: &str =
    "arn:aws:connect:ap-southeast-2:111122223333:instance/00000000-0000-4000-8000-000000000002";
/// The replica: it has its source's id, and the same ids of queues and agents.
const REPLICA: &str = "arn:aws:connect:us-east-1:111122223333:instance/00000000-0000-4000-8000-000000000001";

/// The tables of the source, of another instance and of the replica.
async fn open_all(place: &Place) -> [Store; 3] {
    [place.open().await, place.open_of(OTHER).await, place.open_of(REPLICA).await]
}

/// The rows of a query of two text columns, the first of them the instance, that are of one instance.
async fn of_instance(place: &Place, sql: &str, instance: &str) -> Vec<String> {
    let sql = format!("SELECT told FROM ({sql}) AS rows_of WHERE instance_arn = '{instance}' ORDER BY told");
    place.sql(&sql).await
}

#[tokio::test]
async fn a_complete_sample_resets_its_own_rows_alone() {
    for place in places().await {
        let [source, other, replica] = open_all(&place).await;
        for (store, waiting) in [(&source, 1.0), (&other, 2.0), (&replica, 3.0)] {
            let queues = vec![queue("q", "VOICE", waiting)];
            let saved = store.save_current_metrics(&complete(0, queues), soon()).await;
            assert_eq!(saved, Ok(SaveReport { written: 1, reset: 0, stale: 0 }), "{}", place.kind());
            store.save_current_users(&complete(0, vec![user("u")]), soon()).await.expect("saved");
        }
        let reset = Ok(SaveReport { written: 0, reset: 1, stale: 0 });
        let empty = other.save_current_metrics(&complete(10, vec![]), soon()).await;
        assert_eq!(empty, reset, "{}", place.kind());
        assert_eq!(
            replica.save_current_users(&complete(10, vec![]), soon()).await,
            reset,
            "{}",
            place.kind()
        );
        // Older than the other's complete sample, and not the source's own.
        let late = source.save_current_metrics(&complete(5, vec![queue("q", "VOICE", 4.0)]), soon()).await;
        assert_eq!(late, Ok(SaveReport { written: 1, reset: 0, stale: 0 }), "{}", place.kind());
        for (store, waiting, online) in [(&source, 4.0, true), (&other, 0.0, true), (&replica, 3.0, false)] {
            let queues = store.live_queues(soon()).await.expect("queues");
            assert_eq!(queues.len(), 1, "{}", place.kind());
            assert_eq!(queues[0].values["in_queue"], Some(waiting), "{}", place.kind());
            let users = store.live_users(soon()).await.expect("agents");
            assert_eq!((users.len(), users[0].is_online()), (1, online), "{}", place.kind());
        }
        let samples = "SELECT instance_arn, queue_id AS told FROM current_metric_samples";
        assert_eq!(of_instance(&place, samples, OTHER).await, ["q", "q"], "{}", place.kind());
        assert_eq!(of_instance(&place, samples, REPLICA).await, ["q"], "{}", place.kind());
    }
}

#[tokio::test]
async fn names_are_those_of_the_same_instance() {
    for place in places().await {
        let all = open_all(&place).await;
        let names = ["Sales", "Ventes", "Vertrieb"];
        for (store, name) in all.iter().zip(names) {
            let offline = Resource {
                status_type: Some("OFFLINE".to_owned()),
                ..resource(ResourceKind::AgentStatus, "offline", &format!("not at {name}"))
            };
            let listed = vec![resource(ResourceKind::Queue, "q", name), offline];
            store.save_metadata(&complete(0, listed), &ResourceKind::ALL, soon()).await.expect("names");
            let queues = vec![queue("q", "VOICE", 1.0)];
            store.save_current_metrics(&complete(1, queues), soon()).await.expect("saved");
            store.save_current_users(&complete(1, vec![user("u")]), soon()).await.expect("saved");
            store.save_current_users(&complete(2, vec![]), soon()).await.expect("saved");
        }
        for ((store, instance), name) in all.iter().zip([INSTANCE, OTHER, REPLICA]).zip(names) {
            let stored = "SELECT instance_arn, queue_name AS told FROM current_metric_data";
            assert_eq!(of_instance(&place, stored, instance).await, [name], "{}", place.kind());
            let queues = store.live_queues(soon()).await.expect("queues");
            assert_eq!(queues[0].queue_name.as_deref(), Some(name), "{}", place.kind());
            let users = store.live_users(soon()).await.expect("agents");
            assert_eq!(users[0].status_name, Some(format!("not at {name}")), "{}", place.kind());
        }
        // A complete list of one lacks what another has.
        let [source, other, _] = &all;
        let listed = vec![resource(ResourceKind::Queue, "new", "New")];
        let saved = other.save_metadata(&complete(10, listed), &ResourceKind::ALL, soon()).await;
        assert_eq!(saved.map(|saved| (saved.written, saved.reset)), Ok((1, 2)), "{}", place.kind());
        let queues = source.resources(ResourceKind::Queue, soon()).await.expect("queues");
        assert_eq!(queues, [resource(ResourceKind::Queue, "q", "Sales")], "{}", place.kind());
        assert_eq!(source.live_queues(soon()).await.expect("queues").len(), 1, "{}", place.kind());
        assert_eq!(other.live_queues(soon()).await.expect("queues").len(), 0, "{}", place.kind());
        // A list of before the other's is no late one.
        let listed = vec![resource(ResourceKind::Queue, "q", "Service")];
        let saved = source.save_metadata(&partial(5, listed), &[ResourceKind::Queue], soon()).await;
        assert_eq!(saved.map(|saved| saved.written), Ok(1), "{}", place.kind());
    }
}

#[tokio::test]
async fn intervals_and_views_are_of_one_instance() {
    for place in places().await {
        let all = open_all(&place).await;
        let read = [minutes(0, 5), minutes(5, 10), minutes(10, 15)];
        for ((store, handled), name) in all.iter().zip([1.0, 2.0, 3.0]).zip(["a", "b", "c"]) {
            let named =
                vec![resource(ResourceKind::Queue, "q", name), resource(ResourceKind::User, "u", name)];
            store.save_metadata(&partial(0, named), &[], soon()).await.expect("names");
            let rows = vec![five("q", 0, &[("contacts_handled", handled)])];
            store.save_history(&complete(0, rows), &read, soon()).await.expect("saved");
            let rows = vec![quarter("u", 0, "SUM_ONLINE_TIME_AGENT", Some(100.0 * handled))];
            store.save_intervals(&complete(0, rows), &[minutes(0, 15)], soon()).await.expect("saved");
        }
        // One has read more, and of another a queue was deleted before it was read.
        let [source, other, replica] = &all;
        source.save_history(&complete(0, vec![]), &[minutes(15, 20)], soon()).await.expect("saved");
        let kept = vec![resource(ResourceKind::Queue, "kept", "kept")];
        other.save_metadata(&partial(1200, kept), &[ResourceKind::Queue], soon()).await.expect("names");
        replica.save_history(&complete(1300, vec![]), &[minutes(15, 20)], soon()).await.expect("saved");
        other.save_history(&complete(1300, vec![]), &[minutes(15, 20)], soon()).await.expect("saved");

        let grid =
            Grid { within: minutes(0, 25), step_seconds: 300, final_after: SignedDuration::from_hours(2) };
        for store in &all {
            let gaps = store.gaps(Table::History, &grid, soon()).await.expect("gaps");
            assert_eq!(gaps, [minutes(20, 25)], "{}", place.kind());
        }
        let number = |column: &str| format!("CAST(CAST({column} AS bigint) AS text)");
        let queues = format!(
            "SELECT instance_arn, queue_name || ' ' || COALESCE({}, '-') || ' ' || {} AS told FROM queues_by_interval",
            number("contacts_handled"),
            number("minutes_unknown")
        );
        let days = format!(
            "SELECT instance_arn, queue_name || ' ' || {} AS told FROM queues_by_day WHERE contacts_handled > 0",
            number("minutes_read")
        );
        let agents = format!(
            "SELECT instance_arn, user_name || ' ' || {} AS told FROM agents_by_interval",
            number("online_time")
        );
        let agent_days = format!(
            "SELECT instance_arn, user_name || ' ' || {} || ' ' || {} AS told FROM agents_by_day",
            number("online_time"),
            number("minutes_read")
        );
        let known = vec!["a 1 0", "a 100", "a 20", "a 100 15"];
        let replicated = vec!["c 3 0", "c 300", "c 20", "c 300 15"];
        for (instance, told) in [(INSTANCE, known), (REPLICA, replicated)] {
            let mut found = Vec::new();
            for sql in [&queues, &agents, &days, &agent_days] {
                found.extend(of_instance(&place, sql, instance).await);
            }
            assert_eq!(found, told, "{}", place.kind());
        }
        let gone = of_instance(&place, &queues, OTHER).await;
        assert_eq!(
            gone,
            ["b - 5", "b 2 0"],
            "the deleted queue is unknown in its own instance on {}",
            place.kind()
        );
    }
}

#[tokio::test]
async fn what_is_pruned_is_the_instances_own() {
    for place in places().await {
        let all = open_all(&place).await;
        for store in &all {
            let listed =
                vec![resource(ResourceKind::Queue, "q", "Sales"), resource(ResourceKind::Queue, "r", "R")];
            let kinds = [ResourceKind::Queue];
            store.save_metadata(&partial(0, listed.clone()), &kinds, soon()).await.expect("names");
            store
                .save_current_metrics(&complete(0, vec![queue("q", "VOICE", 1.0)]), soon())
                .await
                .expect("saved");
            store.save_metadata(&partial(1, listed[1..].to_vec()), &kinds, soon()).await.expect("names");
            let rows = vec![five("q", 0, &[("contacts_handled", 1.0)])];
            store.save_history(&complete(2, rows), &[minutes(0, 5)], soon()).await.expect("saved");
        }
        let [source, other, replica] = &all;
        assert_eq!(other.prune(at(60), 10, soon()).await, Ok(1), "{}", place.kind());
        assert_eq!(other.prune(at(60), 10, soon()).await, Ok(0), "{}", place.kind());
        // The queue that was deleted, its name, its interval, the interval's read and that it is unknown in it.
        assert_eq!(other.prune_history(at(60), 10, soon()).await, Ok(5), "{}", place.kind());
        for (table, left) in [
            ("current_metric_samples", "2"),
            ("current_metric_data", "2"),
            ("historical_metric_data", "2"),
            ("connect_interval_reads", "2"),
            ("connect_unknown", "2"),
            ("connect_metadata", "5"),
        ] {
            let count = format!("SELECT CAST(COUNT(*) AS text) FROM {table}");
            assert_eq!(place.sql(&count).await, [left], "{table} on {}", place.kind());
        }
        for store in [source, replica] {
            assert_eq!(store.prune_history(at(60), 10, soon()).await, Ok(5), "{}", place.kind());
        }
    }
}

#[tokio::test]
async fn each_instance_has_its_own_polls() {
    for place in places().await {
        let [source, other, replica] = open_all(&place).await;
        assert_eq!(instances(&place.database().await, soon()).await, Ok(vec![]), "{}", place.kind());
        assert_eq!(source.lease(Table::CurrentMetrics, soon()).await, Ok(true), "{}", place.kind());
        assert_eq!(replica.lease(Table::CurrentMetrics, soon()).await, Ok(true), "{}", place.kind());
        replica.release_lease(Table::CurrentMetrics, soon()).await.expect("released");
        assert_eq!(source.lease(Table::CurrentMetrics, soon()).await, Ok(false), "{}", place.kind());
        other.save_current_users(&complete(0, vec![user("u"), user("v")]), soon()).await.expect("saved");
        replica.save_current_users(&partial(10, vec![user("u")]), soon()).await.expect("saved");
        for (store, times, rows) in [
            (&source, (None, None), 0),
            (&other, (Some(at(0)), Some(at(0))), 2),
            (&replica, (Some(at(10)), None), 1),
        ] {
            let tables = store.freshness(soon()).await.expect("freshness");
            assert_eq!(tables.len(), 7, "{}", place.kind());
            for table in tables.iter().filter(|one| one.table.starts_with("current_user_")) {
                assert_eq!((table.sampled_at, table.complete_at), times, "{}", place.kind());
                assert_eq!(table.rows, RowCount::Exact(rows), "{}", place.kind());
            }
        }
        let known = instances(&place.database().await, soon()).await.expect("instances");
        let known: Vec<_> = known.iter().map(|one| one.arn().to_owned()).collect();
        assert_eq!(known, [INSTANCE, OTHER, REPLICA], "{}", place.kind());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn first_saves_at_once_are_one_after_another() {
    for place in places().await {
        let mut writers = tokio::task::JoinSet::new();
        for second in 1..=8_i64 {
            let store = place.open_of(if second % 2 == 0 { OTHER } else { REPLICA }).await;
            let sample = complete(second, vec![queue(&second.to_string(), "VOICE", 1.0)]);
            writers.spawn(async move { store.save_current_metrics(&sample, soon()).await.expect("saved") });
        }
        writers.join_all().await;
        for (instance, latest) in [(OTHER, "8"), (REPLICA, "7")] {
            let live = place.open_of(instance).await.live_queues(soon()).await.expect("queues");
            let busy: Vec<_> = live.iter().filter(|row| row.values["in_queue"] == Some(1.0)).collect();
            let busy: Vec<_> = busy.iter().map(|row| row.queue_id.as_str()).collect();
            assert_eq!(busy, [latest], "{}", place.kind());
            let revision = "SELECT instance_arn, CAST(revision AS text) AS told FROM connect_table_status";
            assert_eq!(of_instance(&place, revision, instance).await, ["4"], "{}", place.kind());
        }
    }
}
