//! What every backend promises.

use rand::seq::{IndexedRandom as _, SliceRandom as _};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use switchboard_contacts::held::HeldContacts;
use switchboard_contacts::history::BODY_MAX_BYTES;
use switchboard_contacts::store::Coverage;
use switchboard_contacts::version::Source;
use switchboard_store::{call::CallContext, error::StoreError};

use super::events::{INSTANCE, agent_event, call, contact_event, contact_record_of, flow_log};
use super::*;

const CUSTOMER: &str = "+61491570006";

/// Another instance.
const OTHER: &str = "arn:aws:connect:us-east-1:000000000000:instance/11111111-2222-4333-8444-555555555555";
/// The same id in another Region is another one.
const REPLICA: &str = "arn:aws:connect:us-west-2:000000000000:instance/11111111-2222-4333-8444-555555555555";

/// Random events of three contacts from all sources, dealt out to batches, some of them to several.
fn random_batches(rng: &mut ChaCha8Rng) -> Vec<Vec<ContactChange>> {
    let mut events: Vec<Observation> = ["a", "b", "c"]
        .iter()
        .flat_map(|id| call(id, CUSTOMER, 8))
        .filter(|_| rng.random_bool(0.7))
        .collect();
    for _ in 0..10 {
        let again = events.choose(rng).expect("an event").clone();
        events.push(again);
    }
    events.shuffle(rng);
    let batches = events.chunks(rng.random_range(1..=6));
    batches.map(|batch| fold(batch.to_vec()).into_values().collect()).collect()
}

#[tokio::test]
async fn any_order_and_repetition_leaves_the_same() {
    for place in places("any-order").await {
        for seed in 0..6 {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let store = place.open(DAY).await;
            let mut batches = random_batches(&mut rng);
            // The same contacts under other names, since the place is the same.
            let wanted = expected(batches.iter().flatten());
            for round in 0..3 {
                batches.shuffle(&mut rng);
                for batch in &batches {
                    let named = batch.iter().map(|change| renamed(change, &format!("{seed}-{round}-")));
                    record(&store, named, now()).await;
                }
                for change in wanted.values() {
                    let what = format!("{}, seed {seed}, round {round}", place.kind());
                    assert_holds(&store, &renamed(change, &format!("{seed}-{round}-")), &what).await;
                }
            }
        }
    }
}

/// The same change of a contact whose id begins with this.
fn renamed(change: &ContactChange, prefix: &str) -> ContactChange {
    let id = format!("{prefix}{}", change.contact_id());
    let registers = change.status.registers().map(|(name, register)| (name.name(), register.clone()));
    let entries = change
        .history
        .iter()
        .map(|(key, entry)| (key.clone(), HistoryEntry { contact_id: id.clone(), ..entry.clone() }));
    ContactChange { status: Status::from_registers(id.clone(), registers), history: entries.collect() }
}

#[tokio::test(flavor = "multi_thread")]
async fn thirty_two_writers_at_once_lose_nothing() {
    for place in places("writers").await {
        let events = call("busy", CUSTOMER, 310);
        let changes: Vec<ContactChange> = events.into_iter().map(|event| change([event])).collect();
        let mut writers = tokio::task::JoinSet::new();
        for writer in 0..32 {
            let store = place.open(DAY).await;
            let mut own: Vec<_> = changes.iter().skip(writer).step_by(32).cloned().collect();
            own.shuffle(&mut ChaCha8Rng::seed_from_u64(writer as u64));
            writers.spawn(async move {
                for change in own {
                    record(&store, [change], now()).await;
                }
            });
        }
        writers.join_all().await;
        let store = place.open(DAY).await;
        assert_eq!(changes.len(), 320);
        assert_holds(&store, &expected(&changes)["busy"], place.kind()).await;
    }
}

#[tokio::test]
async fn a_repeat_changes_nothing() {
    for place in places("repeat").await {
        let store = place.open(DAY).await;
        let whole = change(call("again", CUSTOMER, 30));
        for _ in 0..3 {
            record(&store, [whole.clone()], now()).await;
            assert_holds(&store, &whole, place.kind()).await;
        }
        assert_eq!(whole.history.len(), 40, "one entry an event");
    }
}

#[tokio::test]
async fn what_is_expired_is_not_read_and_a_later_event_defers_it() {
    for place in places("expiry").await {
        let store = place.open(10).await;
        let minute = |minute: i64| when(at(minute * 60));
        let logged = change([flow_log("brief", 0)]);
        let queued = change([contact_event("brief", "QUEUED", 60, &json!({}))]);
        record(&store, [logged.clone()], minute(0)).await;
        assert_eq!(status(&store, "brief", minute(9)).await.as_ref(), Some(&logged.status));
        assert_eq!(status(&store, "brief", minute(10)).await, None, "{}", place.kind());
        assert_eq!(history(&store, "brief", minute(10)).await, []);
        assert_eq!(store.active(minute(10)).await.as_deref(), Ok(&[][..]));

        // A call that has not ended lives for a day.
        record(&store, [queued.clone()], minute(5)).await;
        let held = change([agent_event("brief", "CONNECTED", 120)]);
        record(&store, [held.clone()], minute(9)).await;
        let day = 24 * 60;
        assert_eq!(
            ids(&store.active(minute(day - 1)).await.expect("contacts")),
            ["brief"],
            "{}",
            place.kind()
        );
        assert_eq!(history(&store, "brief", minute(day - 1)).await.len(), 3, "the history goes as a whole");
        assert_eq!(status(&store, "brief", minute(day)).await, None, "{}", place.kind());

        let ended = change([contact_event("brief", "DISCONNECTED", 180, &json!({}))]);
        record(&store, [ended.clone()], minute(9)).await;
        let whole = &expected([&logged, &queued, &held, &ended])["brief"].status;
        assert_eq!(status(&store, "brief", minute(12)).await.as_ref(), Some(whole), "{}", place.kind());
        assert_eq!(history(&store, "brief", minute(12)).await.len(), 4);
        assert_eq!(status(&store, "brief", minute(13)).await, None, "by the last event, whenever it came");
        assert_eq!(history(&store, "brief", minute(13)).await, []);
    }
}

#[tokio::test]
async fn a_customers_contacts_come_latest_first() {
    for place in places("customer").await {
        let store = place.open(DAY).await;
        let record_of = |id: &str, customer: &str, began, second| {
            change([contact_record_of(id, customer, began, second)])
        };
        let changes = (0..130).map(|n| record_of(&format!("c{n:03}"), CUSTOMER, n, 300 + n));
        record(&store, changes, now()).await;
        record(&store, [record_of("other", "+61491570156", 900, 900)], now()).await;
        let find = async |limit| {
            let found = store.by_customer(CUSTOMER, None, limit, now()).await.expect("contacts");
            found.iter().map(|status| status.contact_id().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(find(3).await, ["c129", "c128", "c127"], "{}", place.kind());
        let all: Vec<_> = (0..130).rev().map(|n| format!("c{n:03}")).collect();
        assert_eq!(find(1000).await, all, "{}", place.kind());

        // An event moves its contact to the front of those that are found, which are the last to begin.
        record(&store, [record_of("c000", CUSTOMER, 0, 2000), record_of("c128", CUSTOMER, 128, 2000)], now())
            .await;
        assert_eq!(find(2).await, ["c128", "c129"], "{}", place.kind());
        assert_eq!(find(1000).await[..3], ["c000", "c128", "c129"], "{}", place.kind());
        assert_eq!(find(1000).await.len(), 130);
    }
}

#[tokio::test]
async fn a_chain_is_found_by_its_first_contact() {
    for place in places("chain").await {
        let store = place.open(DAY).await;
        let transferred = |id: &str| {
            let more = json!({"initialContactId": "first", "initiationMethod": "TRANSFER"});
            change([contact_event(id, "INITIATED", 30, &more)])
        };
        record(
            &store,
            [transferred("third"), transferred("second"), change(call("alone", CUSTOMER, 1))],
            now(),
        )
        .await;
        let chain = async |id| store.chain(id, now()).await.expect("contacts");
        assert_eq!(ids(&chain("first").await), ["second", "third"], "{}", place.kind());
        // A flow-log line names no chain, and is the first contact's all the same.
        record(&store, [change([flow_log("first", 1)])], now()).await;
        assert_eq!(ids(&chain("first").await), ["first", "second", "third"], "{}", place.kind());
        assert_eq!(ids(&chain("alone").await), ["alone"]);
        assert_eq!(ids(&chain("nobody").await), Vec::<&str>::new());
    }
}

#[tokio::test]
async fn coverage_counts_what_is_known_and_what_a_source_told() {
    for place in places("coverage").await {
        let store = place.open(DAY).await;
        // More than are read with one request; every third left a flow log.
        let id = |n| format!("c{n:03}");
        let changes = (0..150).map(|n| {
            let log = (n % 3 == 0).then(|| flow_log(&id(n), 1));
            change(log.into_iter().chain([contact_record_of(&id(n), CUSTOMER, 0, 60)]))
        });
        record(&store, changes, now()).await;
        let asked = (100..160).map(id).collect();
        let coverage = |source, call| store.coverage(source, &asked, call);
        let found = coverage(Source::FlowLog, now()).await;
        assert_eq!(found, Ok(Coverage { known: 50, told: 16 }), "{}", place.kind());
        let found = coverage(Source::ContactRecord, now()).await;
        assert_eq!(found, Ok(Coverage { known: 50, told: 50 }), "{}", place.kind());
        assert_eq!(coverage(Source::AgentEvent, now()).await, Ok(Coverage { known: 50, told: 0 }));
        let all = (0..150).map(id).collect();
        let found = store.coverage(Source::FlowLog, &all, now()).await;
        assert_eq!(found, Ok(Coverage { known: 150, told: 50 }), "{}", place.kind());
        // What is expired is known no more.
        let later = when(at(7 * 24 * 3600));
        assert_eq!(coverage(Source::FlowLog, later).await, Ok(Coverage { known: 0, told: 0 }));
    }
}

#[tokio::test]
async fn those_that_have_not_ended_are_active() {
    for place in places("active").await {
        let store = place.open(DAY).await;
        let begun = |id: &str| change([contact_event(id, "INITIATED", 0, &json!({}))]);
        record(&store, [begun("b"), begun("a"), change(call("ended", CUSTOMER, 3))], now()).await;
        assert_eq!(ids(&store.active(now()).await.expect("contacts")), ["a", "b"], "{}", place.kind());
        assert_eq!(ids(&store.all(now()).await.expect("contacts")), ["a", "b", "ended"], "{}", place.kind());

        // An agent works on it for longer than it lasts.
        let mut events = call("wrapped-up", CUSTOMER, 0);
        let record_of_it = change(events.pop());
        for event in events {
            record(&store, [change([event])], now()).await;
        }
        let active = async || store.active(now()).await.expect("contacts");
        assert_eq!(ids(&active().await), ["a", "b", "wrapped-up"], "{}", place.kind());
        record(&store, [record_of_it], now()).await;
        assert_eq!(ids(&active().await), ["a", "b"], "{}", place.kind());
    }
}

#[tokio::test]
async fn the_active_of_an_instance_come_in_the_order_in_which_they_wait() {
    for place in places("line").await {
        let store = place.open(DAY).await;
        let queued = |id: &str, second: i64, instance: Option<&str>| {
            let mut more = json!({"queueInfo": {"enqueueTimestamp": at(second).to_string()}});
            if let Some(instance) = instance {
                more["instanceArn"] = json!(instance);
            }
            change([contact_event(id, "QUEUED", second, &more)])
        };
        let mut changes: Vec<_> = (0..9).map(|n| queued(&format!("c{n}"), 100 - n, None)).collect();
        changes.push(queued("elsewhere", 50, Some(OTHER)));
        changes.push(queued("replica", 51, Some(REPLICA)));
        changes.push(change([contact_event("a-flow", "INITIATED", 0, &json!({"queueInfo": {}}))]));
        changes.push(change([agent_event("agent", "CONNECTED", 120)]));
        let nobody_told = json!({"instanceArn": null, "queueInfo": {}});
        changes.push(change([contact_event("nowhere", "INITIATED", 0, &nobody_told)]));
        record(&store, changes, now()).await;
        let mut held: BTreeMap<Vec<&str>, HeldContacts> = BTreeMap::new();
        let mut active = async |instances: &[&'static str]| {
            let held = held.entry(instances.to_vec()).or_default();
            let found = store.active_in(instances, held, now()).await.expect("contacts");
            let anew = store.active_in(instances, &mut HeldContacts::default(), now()).await;
            assert_eq!(anew.as_ref(), Ok(&found), "who holds some gets what who holds none gets");
            found.iter().map(|status| status.contact_id().to_owned()).collect::<Vec<_>>()
        };
        let line = ["c8", "c7", "c6", "c5", "c4", "c3", "c2", "c1", "c0", "a-flow", "agent", "nowhere"];
        assert_eq!(active(&[INSTANCE]).await, line, "{}", place.kind());
        assert_eq!(active(&[OTHER]).await, ["elsewhere", "nowhere"], "{}", place.kind());
        assert_eq!(active(&[REPLICA]).await, ["replica", "nowhere"], "{}", place.kind());
        assert_eq!(active(&[OTHER, REPLICA]).await, ["elsewhere", "replica", "nowhere"], "{}", place.kind());
        let all: Vec<_> = ["elsewhere", "replica"].iter().chain(&line).copied().collect();
        assert_eq!(active(&[]).await, all, "{}", place.kind());
        // Who is answered waits no more; who has ended is gone.
        record(&store, [change([agent_event("c7", "CONNECTED", 130)])], now()).await;
        record(&store, [change([contact_event("c6", "DISCONNECTED", 140, &json!({}))])], now()).await;
        let line = ["c8", "c5", "c4", "c3", "c2", "c1", "c0", "a-flow", "agent", "c7", "nowhere"];
        assert_eq!(active(&[INSTANCE]).await, line, "{}", place.kind());
    }
}

#[tokio::test]
async fn a_long_history_comes_whole() {
    for place in places("long").await {
        let store = place.open(DAY).await;
        let body = "x".repeat(100_000);
        let entry =
            |n: i64| HistoryEntry::new("long", at(n), Source::FlowLog, &n.to_string(), "PlayPrompt", &body);
        let history = (0..60).map(entry).map(|entry| (entry.key(), entry)).collect();
        let whole = ContactChange { status: change([flow_log("long", 60)]).status, history };
        record(&store, [whole.clone()], now()).await;
        assert_holds(&store, &whole, place.kind()).await;
    }
}

#[tokio::test]
async fn an_event_over_the_limit_is_kept_cut() {
    for place in places("big").await {
        let store = place.open(DAY).await;
        let id = "i".repeat(256);
        let body = "é".repeat(BODY_MAX_BYTES);
        let entry = HistoryEntry::new(&id, at(0), Source::ContactRecord, &id, "CONTACT_RECORD", &body);
        assert_eq!((entry.body.len(), entry.original_bytes), (BODY_MAX_BYTES, Some(2 * BODY_MAX_BYTES)));
        let history = [(entry.key(), entry)].into();
        let whole = ContactChange { status: change([flow_log(&id, 0)]).status, history };
        record(&store, [whole.clone()], now()).await;
        assert_holds(&store, &whole, place.kind()).await;
    }
}

#[tokio::test]
async fn data_of_many_names_is_kept_whole() {
    for place in places("data").await {
        let store = place.open(DAY).await;
        let many = many_data("rich", 300, "value");
        record(&store, [many.clone()], now()).await;
        assert_holds(&store, &many, place.kind()).await;
        assert_eq!(status(&store, "rich", now()).await.expect("a status").data().count(), 300);
    }
}

/// A contact on which a flow recorded so many things.
pub(super) fn many_data(id: &str, count: usize, value: &str) -> ContactChange {
    use switchboard_contacts::{attribute::Attribute, status::Register, status::Value, version};
    let stamp = version::EventStamp {
        at: at(1),
        stage: version::Stage::Any,
        source: Source::FlowCall,
        order: 0,
        tie_breaker: version::digest(id.as_bytes()),
    };
    let mut status = Status::new(id);
    for n in 0..count {
        let value = Value::Text(value.to_owned());
        let register = Register { version: stamp.version(version::Finality::Provisional), value };
        status.set_if_newer(Attribute::data(&format!("name {n}")).expect("a name"), register);
    }
    ContactChange { status, history: BTreeMap::new() }
}

#[tokio::test]
async fn nothing_is_begun_after_the_deadline() {
    for place in places("deadline").await {
        let store = place.open(DAY).await;
        let past = CallContext::new(at(0), Instant::now());
        let recorded = store.write([change([flow_log("late", 0)])], past).await;
        assert_eq!(recorded.failed, [("late".to_owned(), StoreError::Deadline)], "{}", place.kind());
        assert_eq!(store.status("late", past).await, Err(StoreError::Deadline));
    }
}

#[tokio::test]
async fn what_is_erased_is_gone_and_nothing_else() {
    for place in places("erased").await {
        let store = place.open(DAY).await;
        for id in ["gone", "kept"] {
            record(&store, [change(call(id, CUSTOMER, 40))], now()).await;
        }
        store.erase("gone", now()).await.expect("erased");
        assert_eq!(store.status("gone", now()).await.expect("an answer"), None, "{}", place.kind());
        assert!(store.history("gone", now()).await.expect("an answer").is_empty());
        let of_customer = store.by_customer(CUSTOMER, None, 10, now()).await.expect("an answer");
        assert_eq!(of_customer.iter().map(Status::contact_id).collect::<Vec<_>>(), ["kept"]);
        assert!(!store.history("kept", now()).await.expect("an answer").is_empty());
        // Of one that is not there nothing is left to erase.
        store.erase("gone", now()).await.expect("erased");
        // Nothing brings it back: neither the same again, nor what comes late, nor a part of it, nor another program.
        let store = place.open(DAY).await;
        let late = contact_event("gone", "COMPLETED", 3000, &json!({}));
        let line = flow_log("gone", 3001);
        for again in [call("gone", CUSTOMER, 40), vec![late], vec![line]] {
            record(&store, [change(again)], now()).await;
        }
        assert_eq!(store.status("gone", now()).await.expect("an answer"), None, "{}", place.kind());
        assert!(store.history("gone", now()).await.expect("an answer").is_empty());
        assert_eq!(ids(&store.all(now()).await.expect("an answer")), ["kept"]);
        assert!(!ids(&store.active(now()).await.expect("an answer")).contains(&"gone"));
        // Nor one that was not known when it was erased.
        store.erase("unseen", now()).await.expect("erased");
        record(&store, [change(call("unseen", CUSTOMER, 1))], now()).await;
        assert_eq!(store.status("unseen", now()).await.expect("an answer"), None, "{}", place.kind());
        assert_eq!(store.forgotten(now()).await.expect("an answer"), ["gone", "unseen"], "{}", place.kind());
    }
}
