//! Samples that no request holds.

use switchboard_metrics::store::SaveReport;
use switchboard_sql::SqlError;

use super::places::{Place, places};
use super::*;

/// So many agents: more than 4 MiB of JSON.
fn many() -> Vec<CurrentUser> {
    (0..10_000)
        .map(|n| CurrentUser { next_status: Some("s".repeat(200)), ..user(&format!("{n:05}")) })
        .collect()
}

#[tokio::test]
async fn a_large_sample_is_saved_whole() {
    for place in places().await {
        let store = place.open().await;
        store
            .save_current_users(&complete(0, vec![user("gone"), user("00000")]), soon())
            .await
            .expect("saved");
        let before = store.round_trips();
        let saved = store.save_current_users(&complete(10, many()), soon()).await;
        assert_eq!(saved, Ok(SaveReport { written: 10_000, reset: 1, stale: 0 }), "{}", place.kind());
        if matches!(place, Place::DataApi(..)) {
            assert!(store.round_trips() > before + 3, "more than one part on {}", place.kind());
        }
        let again = store.save_current_users(&complete(10, many()), soon()).await;
        assert_eq!(again, Ok(SaveReport { written: 0, reset: 0, stale: 10_000 }), "{}", place.kind());
    }
}

#[tokio::test]
async fn a_large_sample_that_fails_in_the_middle_leaves_nothing() {
    let place = Place::data_api();
    let store = place.open().await;
    store.migrate(soon()).await.expect("tables");
    store.save_current_users(&complete(0, vec![user("kept")]), soon()).await.expect("saved");
    let Place::DataApi(api, _) = &place else { panic!("the Data API") };
    // After the turn and the first part.
    api.fail_after(2);
    let failed = store.save_current_users(&complete(10, many()), soon()).await;
    assert_eq!(failed, Err(SqlError::Value("SQLSTATE 22012".to_owned())));
    assert_eq!(api.open_transactions(), 0, "rolled back");
    let live = store.live_users(soon()).await.expect("agents");
    assert_eq!(live.iter().map(|user| user.user_id.as_str()).collect::<Vec<_>>(), ["kept"]);
    assert_eq!(live[0].sampled_at, at(0));
}

#[tokio::test]
async fn names_of_the_greatest_length_come_page_by_page() {
    for place in places().await {
        let store = place.open().await;
        let long = |n: usize| format!("{n:05}{}", "\u{6F22}".repeat(122));
        let names = (0..1200).flat_map(|n| {
            let id = format!("{n:05}");
            [ResourceKind::User, ResourceKind::RoutingProfile, ResourceKind::Queue]
                .map(|kind| resource(kind, &id, &long(n)))
        });
        store.save_metadata(&partial(0, names.collect()), &[], soon()).await.expect("saved");
        let users: Vec<_> = (0..1200)
            .map(|n| {
                let id = format!("{n:05}");
                CurrentUser {
                    routing_profile_id: Some(id.clone()),
                    contact_queue_id: Some(id.clone()),
                    status_name: Some(long(n)),
                    ..user(&id)
                }
            })
            .collect();
        store.save_current_users(&complete(1, users), soon()).await.expect("saved");
        let before = store.round_trips();
        let live = store.live_users(soon()).await.expect("agents");
        assert_eq!(live.len(), 1200, "{}", place.kind());
        assert!(live.iter().zip(0..).all(|(one, n)| one.user_id == format!("{n:05}")), "each once, in order");
        assert!(store.round_trips() > before + 2, "several pages on {}", place.kind());
    }
}
