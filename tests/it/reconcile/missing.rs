//! Exactly what is withheld is missing.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use switchboard_records::reconcile::{Check, Hour};
use switchboard_tests::figures::figure;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn exactly_the_withheld_contacts_are_named() {
    let api = centre().await;
    let withheld = one_in(41);
    assert!(withheld.len() > 20);
    for place in places() {
        let tables = tables_without(&place, &withheld).await;
        let reconciler = reconciler(&api, &tables).await;
        compare(&reconciler).await;
        assert_eq!(missing(&reconciler).await, withheld, "{}", place.kind());
        let sum = summary(&reconciler).await;
        let (all, lost) = (records().len() as u64, withheld.len() as u64);
        assert_eq!((sum.listed, sum.here, sum.missing, sum.unnamed), (all, all - lost, lost, 0));
        assert!(sum.queued_here < sum.queued_listed, "{sum:?}");
        let requests = reconciler.connect().requests();
        figure(
            &format!("reconcile: {all} contacts of a day, {lost} missing, {}", place.kind()),
            format_args!("{requests} requests"),
        );
        // Their records come after all.
        let late: Vec<&str> = records()
            .into_iter()
            .filter(|(id, _)| withheld.contains(id))
            .flat_map(|(_, copies)| copies)
            .collect();
        save(&tables, &late).await;
        assert_eq!(missing(&reconciler).await, BTreeSet::new());
        reconciler.tables().settle(soon()).await.expect("settled");
        assert_eq!(place.sql("SELECT CAST(COUNT(*) AS text) FROM missing_contacts").await, ["0"]);
        let sum = summary(&reconciler).await;
        assert!(sum.is_whole() && sum.here == all, "{sum:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_is_withheld_nothing_is_missing() {
    let api = centre().await;
    for place in places() {
        let tables = tables_without(&place, &BTreeSet::new()).await;
        let reconciler = reconciler(&api, &tables).await;
        compare(&reconciler).await;
        assert_eq!(missing(&reconciler).await, BTreeSet::new());
        let sum = summary(&reconciler).await;
        let all = records().len() as u64;
        assert_eq!((sum.listed, sum.here), (all, all), "{}", place.kind());
        assert!(sum.is_whole() && sum.queued_listed > 300, "{sum:?}");
        assert_eq!(sum.queued_listed, sum.queued_here, "the second check, of contacts that were queued");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_came_everything_is_missing() {
    let api = centre().await;
    let place = Place::postgres();
    let tables = tables_in(&place).await;
    let reconciler = reconciler(&api, &tables).await;
    compare(&reconciler).await;
    assert_eq!(missing(&reconciler).await, records().into_keys().collect());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_that_is_not_over_is_open_and_not_missing() {
    let noon = DAY.from + SignedDuration::from_hours(3);
    let api = centre_at(noon).await;
    let place = Place::postgres();
    // Of those that are open there is no record; of no other, neither.
    let tables = tables_in(&place).await;
    let reconciler = reconciler(&api, &tables).await;
    let hour = Hour::of(noon - SignedDuration::from_mins(1));
    reconciler.compare(hour, Check::First, noon, soon()).await.expect("compared");
    let found = compared(&reconciler).await;
    let [found] = &found[..] else { panic!("{found:?}") };
    assert!(found.open > Some(0), "{found:?}");
    assert_eq!(found.listed, Some(found.missing));
    // Those that were listed are over, after-contact work included: their records were written by then.
    let over = |record: &str| {
        let record: Value = serde_json::from_str(record).expect("JSON");
        let time = |value: &Value| value.as_str().and_then(|time| time.parse::<Timestamp>().ok());
        let ended = time(&record["Agent"]["AfterContactWorkEndTimestamp"]);
        ended.or_else(|| time(&record["DisconnectTimestamp"])).is_some_and(|ended| ended <= noon)
    };
    let records = records();
    for id in missing(&reconciler).await {
        assert!(over(records[&id][0]), "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_only_be_counted_is_not_complete() {
    let api = centre().await;
    let withheld = one_in(23);
    let place = Place::postgres();
    let tables = tables_without(&place, &withheld).await;
    // One request an hour: what more than a page lists is not named.
    let reconciler = reconciler(&api, &tables).await.with_max_requests(1);
    compare(&reconciler).await;
    let (named, sum) = (missing(&reconciler).await, summary(&reconciler).await);
    assert!(named.is_subset(&withheld) && named.len() < withheld.len(), "{named:?}");
    assert!(!sum.is_whole() && sum.unnamed > 0, "{sum:?}");
    assert_eq!(sum.missing + sum.unnamed, withheld.len() as u64);
    assert_eq!(sum.here, sum.listed - withheld.len() as u64);
}
