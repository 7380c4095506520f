//! What is said of DynamoDB alone: requests, items, and one contact's failure.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::{AttributeValue, KeySchemaElement};
use rand::distr::Alphanumeric;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use switchboard_store::{call::CallContext, error::StoreError};
use switchboard_tests::dynamodb_local::DynamoDbLocal;
use switchboard_tests::slow::Slow;

use super::contract::many_data;
use super::events::{call, flow_log};
use super::meter::Counts;
use super::places::client;
use super::*;

const CUSTOMER: &str = "+61491570006";

fn parts(place: &Place) -> (&str, &Meter) {
    let Place::DynamoDb { table, meter } = place else { panic!("a table") };
    (table, meter)
}

#[tokio::test]
async fn a_batch_costs_three_requests_a_contact_and_nothing_new_no_write_of_the_status() {
    let place = Place::dynamodb("requests").await;
    let (_, meter) = parts(&place);
    let store = place.open(DAY).await;
    let events = |from: i64| {
        let contacts = (0..20).map(move |n| format!("contact-{n}"));
        fold(contacts.flat_map(move |id| (from..from + 5).map(move |n| flow_log(&id, n)))).into_values()
    };
    for from in [0, 5] {
        record(&store, events(from), now()).await;
        let Counts { puts, batches, reads, .. } = meter.take();
        assert_eq!((puts, batches, reads), (20, 20, 20), "100 events of 20 contacts");
    }
    record(&store, events(0), now()).await;
    let Counts { puts, batches, reads, .. } = meter.take();
    assert_eq!(
        (puts, batches, reads),
        (0, 20, 40),
        "late ones are looked at once more, and tell nothing new"
    );
}

/// The index of active contacts is paid for as a contact comes, begins to wait, is answered and leaves.
#[tokio::test]
async fn an_index_is_written_only_when_its_key_changes() {
    // On a machine where an answer comes too late a write is made again, and what the first one cost is not told.
    for n in 0..10 {
        if let Some(written) = index_writes(&format!("indexed-{n}")).await {
            let wanted =
                [("ByActive", vec![1.0, 2.0, 2.0, 1.0]), ("ByChain", vec![1.0]), ("ByCustomer", vec![1.0])];
            assert_eq!(written, wanted.map(|(index, units)| (index.to_owned(), units)).into());
            return;
        }
    }
    panic!("ten times an answer came too late");
}

/// What each index was written for a call, event by event; [`None`] if the server did not tell it all.
async fn index_writes(contact_id: &str) -> Option<BTreeMap<String, Vec<f64>>> {
    let place = Place::dynamodb(contact_id).await;
    let (_, meter) = parts(&place);
    let store = place.open(DAY).await;
    let mut events = call(contact_id, CUSTOMER, 30);
    events.sort_by_key(Observation::at);
    let mut written = BTreeMap::new();
    for event in events {
        record(&store, [change([event])], now()).await;
        let Counts { units, put, .. } = meter.take();
        if put == 0 {
            return None;
        }
        assert!(units["status"] <= 1.0, "a status of one KB: {units:?}");
        for (index, units) in units.into_iter().filter(|(what, units)| what.starts_with("By") && *units > 0.0)
        {
            written.entry(index).or_insert_with(Vec::new).push(units);
        }
    }
    Some(written)
}

/// What a look-up of a contact flow asks: the customer's contacts, and the chains that those and its own belong to.
#[tokio::test]
async fn a_look_up_reads_each_status_once() {
    let place = Place::dynamodb("look-up").await;
    let (_, meter) = parts(&place);
    let store = place.open(DAY).await;
    for earlier in [0, 1, 25] {
        let ids: Vec<String> = (0..earlier).map(|n| format!("earlier-{n}")).collect();
        let changes = ids.iter().map(|id| change(call(id, CUSTOMER, 5)));
        record(&store, changes.collect::<Vec<_>>(), now()).await;
        meter.take();
        let found = store.by_customer(CUSTOMER, None, 100, now()).await.expect("an answer");
        assert_eq!(found.len(), earlier);
        let known = found.iter().map(|status| status.contact_id().to_owned()).collect();
        let mut chains = BTreeSet::from(["asks".to_owned()]);
        chains.extend(found.iter().map(|status| status.initial_contact_id().to_owned()));
        assert_eq!(store.chains(&chains, &known, now()).await, Ok(Vec::new()), "all are known");
        // A query for the customer and one for each chain; the customer's statuses at once, and the others at once.
        let statuses = if earlier > 0 { 2 } else { 1 };
        assert_eq!(meter.take().reads, 1 + (1 + earlier) + statuses, "{earlier} earlier contacts");
    }
}

#[tokio::test]
async fn a_late_event_with_some_news_takes_one_write() {
    let place = Place::dynamodb("late").await;
    let (_, meter) = parts(&place);
    let store = place.open(DAY).await;
    let mut events = call("late", CUSTOMER, 5);
    // Nothing else tells the flow.
    let first = change(events.drain(..5).collect::<Vec<_>>());
    let whole = change(events);
    record(&store, [whole.clone()], now()).await;
    meter.take();
    record(&store, [first.clone()], now()).await;
    let Counts { puts, reads, .. } = meter.take();
    assert_eq!((puts, reads), (1, 1));
    assert_holds(&store, &expected([&whole, &first])["late"], "in full").await;
}

#[tokio::test]
async fn people_can_read_the_items() {
    let place = Place::dynamodb("items").await;
    let (table, _) = parts(&place);
    let store = place.open(DAY).await;
    record(&store, [change(call("readable", CUSTOMER, 30))], now()).await;
    let scanned = client().await.scan().table_name(table).send().await.expect("a scan").items.expect("items");
    let text =
        |item: &HashMap<String, AttributeValue>, name: &str| item[name].as_s().expect("a text").clone();
    assert_eq!(
        scanned.len(),
        43,
        "a status, an entry for each event, and what a queue and an agent are called"
    );
    let (names, scanned): (Vec<_>, Vec<_>) =
        scanned.into_iter().partition(|item| item["Entry"] == AttributeValue::S("NAME".to_owned()));
    let names: BTreeSet<_> = names.iter().map(|item| text(item, "Name")).collect();
    assert_eq!(names, BTreeSet::from(["Sales".to_owned(), "ann".to_owned()]));
    let (statuses, entries): (Vec<_>, Vec<_>) =
        scanned.into_iter().partition(|item| text(item, "Entry") == "STATUS");
    let status = &statuses[0];
    assert_eq!(text(status, "Connect_ContactId"), "readable");
    assert_eq!(text(status, "Customer_Identifier"), CUSTOMER);
    assert_eq!(text(status, "Connect_InitialContactId"), "readable");
    assert_eq!(text(status, "Status"), "COMPLETED");
    assert_eq!(text(status, "Began"), "2024-05-01T10:00:00.000Z");
    // A retention after the last event it is not read any more, and up to another one later it is deleted.
    let last = at(360).as_second();
    assert_eq!(status["RetentionMinutes"], AttributeValue::N(DAY.to_string()));
    let deleted: i64 = status["DDB_ExpiryEpoch"].as_n().expect("a number").parse().expect("a time");
    let day = i64::from(DAY) * 60;
    assert!((last + day..=last + 2 * day).contains(&deleted), "{}", deleted - last);
    assert!(["Active", "Place"].iter().all(|name| !status.contains_key(*name)), "it has ended");
    for entry in &entries {
        assert_eq!(entry["DDB_ExpiryEpoch"], status["DDB_ExpiryEpoch"]);
        assert!(text(entry, "Entry").starts_with("HISTORY#2024-05-01T10:"), "{}", text(entry, "Entry"));
        let indexed = ["Customer_Identifier", "Began", "Connect_InitialContactId", "Active", "Place"];
        assert!(indexed.iter().all(|name| !entry.contains_key(*name)), "only a status is in the indexes");
    }
}

#[tokio::test]
async fn the_table_is_that_of_the_contract() {
    let place = Place::dynamodb("schema").await;
    let (table, _) = parts(&place);
    let client = client().await;
    let described = client.describe_table().table_name(table).send().await.expect("a table");
    let mut indexes: Vec<_> = described.table().expect("a table").global_secondary_indexes().to_vec();
    indexes.sort_by(|one, other| one.index_name().cmp(&other.index_name()));
    let keys = indexes.iter().map(|index| {
        let names = index.key_schema().iter().map(KeySchemaElement::attribute_name);
        (index.index_name().expect("a name"), names.collect::<Vec<_>>())
    });
    let wanted = [
        ("ByActive", vec!["Active", "Place"]),
        ("ByChain", vec!["Connect_InitialContactId", "Connect_ContactId"]),
        ("ByCustomer", vec!["Customer_Identifier", "Began"]),
    ];
    assert_eq!(keys.collect::<Vec<_>>(), wanted);
    let expiry = client.describe_time_to_live().table_name(table).send().await.expect("the expiry");
    let expiry = expiry.time_to_live_description.expect("an expiry");
    assert_eq!(expiry.attribute_name(), Some("DDB_ExpiryEpoch"));
}

#[tokio::test]
async fn a_contact_that_is_refused_leaves_the_others() {
    let place = Place::dynamodb("refused").await;
    let store = place.open(DAY).await;
    // Nothing that packing makes small.
    let rng = ChaCha8Rng::seed_from_u64(1);
    let noise: String = rng.sample_iter(Alphanumeric).take(50_000).map(char::from).collect();
    let huge = many_data("huge", 20, &noise);
    let nameless = change([flow_log("fine", 0)]);
    let recorded = store.write([huge, nameless.clone()], now()).await;
    let [(id, error)] = &recorded.failed[..] else { panic!("{recorded:?}") };
    assert_eq!((id.as_str(), error), ("huge", &StoreError::ItemRejected("ValidationException".to_owned())));
    assert_holds(&store, &nameless, "the other one").await;
}

#[tokio::test]
async fn a_missing_table_is_said() {
    let store = Store::dynamodb(&client().await, "contacts-nowhere".to_owned(), DAY);
    let refused = StoreError::Rejected("ResourceNotFoundException".to_owned());
    assert_eq!(store.status("c", now()).await, Err(refused.clone()));
    let recorded = store.write([change([flow_log("c", 0)])], now()).await;
    assert_eq!(recorded.failed, [("c".to_owned(), refused)]);
}

#[tokio::test]
async fn a_table_that_does_not_answer_is_not_waited_for() {
    let place = Place::dynamodb("silent").await;
    let proxy = Slow::start(DynamoDbLocal::shared().port(), Duration::from_hours(1));
    let store = place.open_through(&proxy).await;
    // From now on the clock goes on where there is nothing to do but to wait.
    tokio::time::pause();
    let soon = || CallContext::new(at(0), Instant::now() + Duration::from_secs(5));
    let recorded = store.write([change([flow_log("slow", 0)])], soon()).await;
    assert_eq!(recorded.failed, [("slow".to_owned(), StoreError::Deadline)]);
    assert_eq!(store.status("slow", soon()).await, Err(StoreError::Deadline));
}
