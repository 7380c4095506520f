//! What is said of the Data API alone.

use switchboard_sql::SqlError;

use super::places::Place;
use super::*;

#[tokio::test]
async fn a_cluster_that_scaled_to_zero_is_waited_for() {
    let place = Place::data_api();
    let store = place.open().await;
    let Place::DataApi(api, _) = &place else { panic!("the Data API") };
    api.resume_for(3);
    store.migrate(soon()).await.expect("tables, once it is awake");
    api.resume_for(u64::MAX);
    let short = Instant::now() + Duration::from_secs(5);
    let saved = store.save_current_metrics(&complete(0, vec![queue("q", "VOICE", 1.0)]), short).await;
    assert_eq!(saved, Err(SqlError::Unavailable("DatabaseResumingException".to_owned())));
}

#[tokio::test]
async fn a_save_is_one_request() {
    let place = Place::data_api();
    let store = place.open().await;
    store.migrate(soon()).await.expect("tables");
    let Place::DataApi(api, _) = &place else { panic!("the Data API") };
    let (requests, trips) = (api.requests(), store.round_trips());
    store.save_current_metrics(&complete(0, vec![queue("q", "VOICE", 1.0)]), soon()).await.expect("saved");
    assert_eq!((api.requests() - requests, store.round_trips() - trips), (1, 1));
}

#[tokio::test]
async fn what_passes_in_a_moment_is_tried_again() {
    let place = Place::data_api();
    let store = place.open().await;
    store.migrate(soon()).await.expect("tables");
    let Place::DataApi(api, _) = &place else { panic!("the Data API") };
    for (second, message) in [
        (1, "Communications link failure"),
        (2, "FATAL: password authentication failed for user \"x\"; SQLState: 28P01"),
        (3, "ERROR: cannot execute UPDATE in a read-only transaction; SQLState: 25006"),
    ] {
        api.refuse(2, message);
        let saved =
            store.save_current_metrics(&complete(second, vec![queue("q", "VOICE", 1.0)]), soon()).await;
        assert_eq!(saved.map(|saved| saved.written), Ok(1), "{message}");
    }
    let (before, denied) = (api.requests(), "ERROR: permission denied for table x; SQLState: 42501");
    api.refuse(2, denied);
    let refused = store.save_current_metrics(&complete(4, vec![]), soon()).await;
    assert_eq!((refused, api.requests() - before), (Err(SqlError::Rejected("SQLSTATE 42501".to_owned())), 1));
    api.refuse(0, "");
}
