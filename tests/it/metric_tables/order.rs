//! Samples come late, twice, in any order and at once: how things stand is what the latest of them say.

use std::collections::BTreeMap;

use rand::seq::{IndexedRandom as _, SliceRandom as _};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use switchboard_metrics::store::{LiveQueue, Store};

use super::places::{Place, places};
use super::*;

type Queues = Sample<CurrentMetrics>;

/// Samples of a few queues at different times, some complete. Each row has a value of its own.
fn samples(rng: &mut ChaCha8Rng) -> Vec<Queues> {
    let ids = ["a", "b", "c", "d"];
    let mut seconds: Vec<i64> = (1..=8).collect();
    seconds.shuffle(rng);
    let one = |second: i64| {
        let present: Vec<_> = ids.iter().filter(|_| rng.random_bool(0.6)).collect();
        let rows = present.into_iter().zip(0_i32..).map(|(id, n)| {
            queue(id, "VOICE", f64::from(n) + 10.0 * f64::from(i32::try_from(second).expect("small")))
        });
        Sample { sampled_at: at(second), complete: rng.random_bool(0.4), rows: rows.collect() }
    };
    seconds.into_iter().map(one).collect()
}

/// How many wait in each queue, once all samples are in: what the latest that has the queue says, unless a complete one
/// without it is later. Nobody waits where nothing is said.
fn expected(samples: &[Queues]) -> BTreeMap<String, f64> {
    let mut in_order: Vec<_> = samples.iter().collect();
    in_order.sort_by_key(|sample| sample.sampled_at);
    let mut waiting = BTreeMap::new();
    for sample in in_order {
        if sample.complete {
            waiting.clear();
        }
        for row in &sample.rows {
            waiting.insert(row.queue_id.clone(), row.values["in_queue"].expect("a number"));
        }
    }
    waiting
}

fn waiting(live: &[LiveQueue]) -> BTreeMap<String, f64> {
    let of = |row: &LiveQueue| (row.queue_id.clone(), row.values["in_queue"].expect("a number"));
    live.iter().map(of).filter(|(_, waiting)| *waiting > 0.0).collect()
}

async fn stands(store: &Store) -> BTreeMap<String, f64> {
    waiting(&store.live_queues(soon()).await.expect("queues"))
}

async fn empty(place: &Place) {
    for table in [
        "DELETE FROM current_metric_data",
        "DELETE FROM current_metric_samples",
        "UPDATE connect_table_status SET sampled_at = NULL, complete_at = NULL",
    ] {
        place.sql(table).await;
    }
}

#[tokio::test]
async fn any_order_and_repetition_leaves_the_latest() {
    for place in places().await {
        let store = place.open().await;
        for seed in 0..12 {
            empty(&place).await;
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let samples = samples(&mut rng);
            let mut arriving = samples.clone();
            arriving.extend((0..4).map(|_| samples.choose(&mut rng).expect("a sample").clone()));
            arriving.shuffle(&mut rng);
            let mut so_far: Vec<Queues> = Vec::new();
            for sample in &arriving {
                store.save_current_metrics(sample, soon()).await.expect("saved");
                so_far.push(sample.clone());
                assert_eq!(stands(&store).await, expected(&so_far), "seed {seed} on {}", place.kind());
            }
            let rows: usize = samples.iter().map(|sample| sample.rows.len()).sum();
            let series = "SELECT CAST(COUNT(*) AS text) FROM current_metric_samples \
                          WHERE in_queue > 0";
            assert_eq!(place.sql(series).await, [rows.to_string()], "seed {seed} on {}", place.kind());
        }
    }
}

#[tokio::test]
async fn what_is_saved_twice_changes_nothing() {
    for place in places().await {
        let store = place.open().await;
        let dump = "SELECT queue_id || channel || COALESCE(CAST(in_queue AS text), '-') \
                    || CAST(last_updated_at AS text) FROM current_metric_data ORDER BY 1";
        let sample = complete(10, vec![queue("a", "VOICE", 1.0), queue("b", "CHAT", 2.0)]);
        store
            .save_current_metrics(&complete(0, vec![queue("c", "VOICE", 3.0)]), soon())
            .await
            .expect("saved");
        store.save_current_metrics(&sample, soon()).await.expect("saved");
        let once = place.sql(dump).await;
        let again = store.save_current_metrics(&sample, soon()).await.expect("saved");
        assert_eq!((again.written, again.reset, again.stale), (0, 0, 2), "{}", place.kind());
        assert_eq!(place.sql(dump).await, once, "{}", place.kind());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_at_once_leave_the_latest() {
    for place in places().await {
        for seed in 0..6 {
            empty(&place).await;
            let samples = samples(&mut ChaCha8Rng::seed_from_u64(seed));
            let mut writers = tokio::task::JoinSet::new();
            for sample in samples.clone() {
                let store = place.open().await;
                writers
                    .spawn(async move { store.save_current_metrics(&sample, soon()).await.expect("saved") });
            }
            writers.join_all().await;
            let store = place.open().await;
            assert_eq!(stands(&store).await, expected(&samples), "seed {seed} on {}", place.kind());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_of_agents_at_once_leave_the_latest() {
    for place in places().await {
        let mut writers = tokio::task::JoinSet::new();
        // The later, the fewer are signed in; one of them only in the first, which may come last.
        for second in 1..=8_i64 {
            let store = place.open().await;
            let rows =
                (second..=8).map(|n| CurrentUser { contacts: second, ..user(&n.to_string()) }).collect();
            let sample = complete(second, rows);
            writers.spawn(async move { store.save_current_users(&sample, soon()).await.expect("saved") });
        }
        writers.join_all().await;
        let live = place.open().await.live_users(soon()).await.expect("agents");
        let online: Vec<_> =
            live.iter().filter(|user| user.status_name.as_deref() != Some("Offline")).collect();
        let told: Vec<_> = online.iter().map(|user| (user.user_id.as_str(), user.contacts)).collect();
        assert_eq!(told, [("8", Some(8.0))], "{}", place.kind());
    }
}
