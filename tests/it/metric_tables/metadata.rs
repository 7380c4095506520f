//! What can be named.

use switchboard_metrics::store::SaveReport;

use super::places::places;
use super::*;

#[tokio::test]
async fn what_is_listed_no_more_keeps_its_name_and_is_left_out() {
    for place in places().await {
        let store = place.open().await;
        let (queue, user) = (ResourceKind::Queue, ResourceKind::User);
        let all =
            vec![resource(queue, "1", "Sales"), resource(queue, "2", "Support"), resource(user, "1", "ada")];
        store.save_metadata(&complete(0, all), &ResourceKind::ALL, soon()).await.expect("saved");
        // Of users nothing is said.
        let only = partial(10, vec![resource(queue, "2", "Help")]);
        let saved = store.save_metadata(&only, &[queue], soon()).await;
        assert_eq!(saved, Ok(SaveReport { written: 1, reset: 1, stale: 0 }), "{}", place.kind());
        let listed = store.resources(queue, soon()).await.expect("queues");
        assert_eq!(listed, [resource(queue, "2", "Help")], "{}", place.kind());
        assert_eq!(store.resources(user, soon()).await.expect("users"), [resource(user, "1", "ada")]);

        store
            .save_current_metrics(&complete(10, vec![super::queue("1", "VOICE", 1.0)]), soon())
            .await
            .expect("saved");
        assert_eq!(store.live_queues(soon()).await, Ok(Vec::new()), "it is gone on {}", place.kind());

        let again = vec![resource(queue, "1", "Sales"), resource(queue, "2", "Help")];
        store.save_metadata(&partial(20, again.clone()), &[queue], soon()).await.expect("saved");
        assert_eq!(store.resources(queue, soon()).await, Ok(again), "it is back on {}", place.kind());
        let named = store.live_queues(soon()).await.expect("queues");
        assert_eq!(named[0].queue_name.as_deref(), Some("Sales"), "{}", place.kind());
    }
}

#[tokio::test]
async fn many_names_come_page_by_page() {
    for place in places().await {
        let store = place.open().await;
        // A page is bounded by its bytes.
        let long = "name".repeat(100);
        let users: Vec<_> =
            (0..2500).map(|n| resource(ResourceKind::User, &format!("{n:05}"), &long)).collect();
        store.save_metadata(&partial(0, users.clone()), &[ResourceKind::User], soon()).await.expect("saved");
        let before = store.round_trips();
        assert_eq!(store.resources(ResourceKind::User, soon()).await, Ok(users), "{}", place.kind());
        assert!(store.round_trips() > before + 1, "more than one page");
    }
}

#[tokio::test]
async fn a_list_of_one_kind_does_not_outdate_a_list_of_all_that_began_before() {
    for place in places().await {
        let store = place.open().await;
        let (queue, user) = (ResourceKind::Queue, ResourceKind::User);
        let later = partial(10, vec![resource(queue, "1", "Sales")]);
        store.save_metadata(&later, &[queue], soon()).await.expect("saved");
        let of = async || {
            let all = store.freshness(soon()).await.expect("freshness");
            all.into_iter().find(|one| one.table == "connect_metadata").expect("the table").complete_at
        };
        assert_eq!(of().await, None, "one kind is not all, on {}", place.kind());
        let all = complete(9, vec![resource(queue, "1", "Old"), resource(user, "1", "ada")]);
        let saved = store.save_metadata(&all, &ResourceKind::ALL, soon()).await;
        assert_eq!(saved, Ok(SaveReport { written: 1, reset: 0, stale: 1 }), "{}", place.kind());
        assert_eq!(store.resources(queue, soon()).await, Ok(later.rows), "{}", place.kind());
        assert_eq!(store.resources(user, soon()).await, Ok(vec![resource(user, "1", "ada")]));
        assert_eq!(of().await, Some(at(9)), "{}", place.kind());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_at_once_leave_the_latest_of_each_kind() {
    let kinds = [ResourceKind::Queue, ResourceKind::User];
    for place in places().await {
        // Each list has one that the one before has not, and lacks the first of it.
        let list = |kind, second: i64| {
            let names =
                (second..second + 3).map(|n| resource(kind, &n.to_string(), &format!("{n} at {second}")));
            partial(second, names.collect())
        };
        let mut writers = tokio::task::JoinSet::new();
        for (kind, second) in kinds.into_iter().flat_map(|kind| (1..=6).map(move |second| (kind, second))) {
            let (store, sample) = (place.open().await, list(kind, second));
            writers.spawn(async move { store.save_metadata(&sample, &[kind], soon()).await.expect("saved") });
        }
        writers.join_all().await;
        let store = place.open().await;
        for kind in kinds {
            let listed = store.resources(kind, soon()).await.expect("names");
            let latest = list(kind, 6).rows;
            assert_eq!(listed, latest, "{}", place.kind());
        }
    }
}
