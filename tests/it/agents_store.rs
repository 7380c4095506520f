//! The store of agents: one contract, on DynamoDB Local and on SQLite.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use jiff::{SignedDuration, Timestamp};
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use switchboard_agents::dynamodb::create_table;
use switchboard_agents::{Agent, AgentKey, AgentState, RETENTION, RecordCache, fold, resolve};
use switchboard_store::error::StoreError;
use switchboard_tests::dynamodb_local::DynamoDbLocal;
use switchboard_wfm::feed::{FeedState, Lease, Record, Store};
use tempfile::TempDir;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::rta_feed::events::{at, event, in_replica, key, lunch, nameless, update};

/// One place, empty at first.
pub(crate) enum Place {
    DynamoDb(String),
    Sqlite(TempDir),
}

/// One of each kind; `name` is the test's own.
pub(crate) async fn places(name: &str) -> [Place; 2] {
    [Place::dynamodb(name).await, Place::sqlite()]
}

impl Place {
    pub(crate) async fn dynamodb(name: &str) -> Self {
        let table = format!("agents-{name}");
        create_table(&client().await, &table).await.expect("a table");
        Self::DynamoDb(table)
    }

    pub(crate) fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().expect("a folder"))
    }

    /// A store of its own, as another process would have one.
    pub(crate) async fn open(&self) -> Store {
        match self {
            Self::DynamoDb(table) => Store::dynamodb(&client().await, table.clone()),
            Self::Sqlite(folder) => Store::sqlite(&folder.path().join("agents.db")).await.expect("a file"),
        }
    }

    /// The variables with which a function uses it.
    pub(crate) fn env(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::DynamoDb(table) => {
                let shared = DynamoDbLocal::shared().env();
                let mut env = vec![("AGENTS", format!("dynamodb://{table}"))];
                env.extend(shared.into_iter().map(|(name, value)| (name, value.to_owned())));
                env
            }
            Self::Sqlite(folder) => {
                vec![("AGENTS", format!("sqlite://{}", folder.path().join("agents.db").display()))]
            }
        }
    }

    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::DynamoDb(_) => "DynamoDB",
            Self::Sqlite(_) => "SQLite",
        }
    }
}

async fn client() -> Client {
    Client::new(&DynamoDbLocal::shared().sdk_config().await)
}

fn soon() -> Instant {
    Instant::now() + Duration::from_mins(1)
}

/// Merges the fold of one agent's events.
async fn merge(store: &Store, name: &str, agent: &Agent) {
    let updated = store.update([key(name)], soon(), |_, record| record.agent.merge(agent.clone())).await;
    assert_eq!(updated, [(key(name), Ok(()))]);
}

async fn all(store: &Store, now: Timestamp) -> BTreeMap<AgentKey, Record> {
    store.all(now, soon()).await.expect("a store that can be read")
}

#[tokio::test]
async fn an_older_event_never_replaces_a_newer_state() {
    for place in places("order").await {
        let events: Vec<_> = (0..12).map(|second| update(&lunch("ann", second))).collect();
        let wanted = fold(events.clone()).into_named().remove(&key("ann")).expect("an agent");
        for seed in 0..5 {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let store = place.open().await;
            let mut order = events.clone();
            order.shuffle(&mut rng);
            let name = format!("agent-{seed}");
            for one in &order {
                merge(&store, &name, &one.agent).await;
                if rng.random_bool(0.3) {
                    merge(&store, &name, &order[0].agent).await;
                }
            }
            let kept = &all(&store, at(0)).await[&key(&name)];
            assert_eq!(kept.agent, wanted, "{}, seed {seed}", place.kind());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sixteen_writers_at_once_lose_nothing() {
    for place in places("writers").await {
        let mut writers = JoinSet::new();
        for writer in 0..16 {
            let store = place.open().await;
            writers.spawn(async move {
                for second in 0..10 {
                    let agent = update(&lunch("busy", second * 16 + writer)).agent;
                    merge(&store, "busy", &agent).await;
                }
            });
        }
        writers.join_all().await;
        let wanted = fold((0..160).map(|second| update(&lunch("busy", second)))).into_named();
        assert_eq!(
            all(&place.open().await, at(0)).await[&key("busy")].agent,
            wanted[&key("busy")],
            "{}",
            place.kind()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_has_one_holder() {
    for place in places("leases").await {
        let mut writers = JoinSet::new();
        for writer in 0..16 {
            let store = place.open().await;
            writers.spawn(async move {
                let lease = Lease { holder: writer.to_string(), expires_at: at(60) };
                let taken = store.update([key("ann")], soon(), |_, record: &mut Record| {
                    let is_leased_elsewhere = record
                        .delivery
                        .lease
                        .as_ref()
                        .is_some_and(|held| held.is_held_by_other(&lease.holder, at(0)));
                    if !is_leased_elsewhere {
                        record.delivery.lease = Some(lease.clone());
                    }
                    !is_leased_elsewhere
                });
                taken.await.into_iter().all(|(_, taken)| taken == Ok(true))
            });
        }
        let owners = writers.join_all().await.into_iter().filter(|is_owner| *is_owner).count();
        assert_eq!(owners, 1, "{}", place.kind());
    }
}

#[tokio::test]
async fn several_hundred_agents_are_kept_and_read_whole() {
    for place in places("many").await {
        let store = place.open().await;
        let names: Vec<_> = (0..350).map(|n| key(&format!("agent-{n:03}"))).collect();
        let agents = fold(names.iter().map(|name| update(&lunch(name.username.as_str(), 5)))).into_named();
        for _ in 0..2 {
            let updated = store.update(names.clone(), soon(), |name, record| {
                record.agent.merge(agents[name].clone());
            });
            assert!(updated.await.iter().all(|(_, updated)| updated.is_ok()), "{}", place.kind());
        }
        let kept = all(&store, at(0)).await;
        assert_eq!(kept.keys().collect::<Vec<_>>(), names.iter().collect::<Vec<_>>(), "{}", place.kind());
        let is_whole = |(name, record): (&AgentKey, &Record)| record.agent == agents[name];
        assert!(kept.iter().all(is_whole), "{}", place.kind());
    }
}

#[tokio::test]
async fn the_feed_state_is_no_agent_and_expired_agents_are_pruned() {
    for place in places("gone").await {
        let store = place.open().await;
        let last_snapshot_at = {
            let step = |feed_state: &mut FeedState| feed_state.last_snapshot_at.replace(at(7));
            store.update_feed_state(soon(), step).await
        };
        assert_eq!(last_snapshot_at, Ok(None));
        assert_eq!(
            store.update_feed_state(soon(), |feed_state: &mut FeedState| feed_state.last_snapshot_at).await,
            Ok(Some(at(7)))
        );
        merge(&store, "ann", &update(&lunch("ann", 0)).agent).await;
        merge(&store, "bob", &update(&lunch("bob", 1)).agent).await;
        let week_later = at(0) + RETENTION;
        assert_eq!(all(&store, week_later - SignedDuration::from_secs(1)).await.len(), 2);
        let left = all(&store, week_later).await;
        assert_eq!(left.into_keys().collect::<Vec<_>>(), [key("bob")], "{}", place.kind());
    }
}

#[tokio::test]
async fn nothing_is_begun_after_the_deadline() {
    for place in places("deadline").await {
        let store = place.open().await;
        let late =
            store.update([key("ann")], Instant::now(), |_, record| record.delivery.acknowledged = None).await;
        assert_eq!(late, [(key("ann"), Err(StoreError::Deadline))], "{}", place.kind());
        assert_eq!(store.all(at(0), Instant::now()).await, Err(StoreError::Deadline));
    }
}

#[tokio::test]
async fn a_missing_table_is_an_error_that_names_nobody() {
    let store = Store::dynamodb(&client().await, "agents-nowhere".to_owned());
    let agent = update(&lunch("ann", 0)).agent;
    let updated = store.update([key("ann")], soon(), |_, record| record.agent.merge(agent.clone())).await;
    assert_eq!(updated[0].1, Err(StoreError::Rejected("ResourceNotFoundException".to_owned())));
    assert!(!format!("{updated:?}").contains("ann"));
}

#[tokio::test]
async fn an_unreadable_record_is_made_anew() {
    let place = Place::dynamodb("else").await;
    let Place::DynamoDb(table) = &place else { unreachable!("a table") };
    let text = |text: &str| aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned());
    for (name, record) in [("ann", text("{")), ("bob", aws_sdk_dynamodb::types::AttributeValue::Bool(true))] {
        let put = client().await.put_item().table_name(table).item("Agent", text(&key(name).to_text()));
        put.item("Record", record).send().await.expect("an item");
    }
    let store = place.open().await;
    assert!(all(&store, at(0)).await.is_empty());
    for name in ["ann", "bob", "cid"] {
        merge(&store, name, &update(&lunch(name, 1)).agent).await;
    }
    assert_eq!(all(&store, at(0)).await.len(), 3);
}

#[tokio::test]
async fn a_replica_with_one_user_name_and_one_arn_id_is_another_agent() {
    for place in places("instances").await {
        let store = place.open().await;
        let (here, there) = (lunch("ann", 0), in_replica(event("ann", "STATE_CHANGE", "Training", at(1))));
        let mut logout = in_replica(nameless("ann", "LOGOUT", at(2)));
        logout["AgentARN"] = here["AgentARN"].clone();
        for batch in [vec![&here, &there], vec![&logout]] {
            let events = fold(batch.into_iter().map(update));
            let batch = resolve((&store, &RecordCache::default()), events, soon()).await;
            assert!(batch.failed.is_empty() && batch.failed_arns.is_empty(), "{}", place.kind());
            let merge = |key: &AgentKey, record: &mut Record| batch.updates[key].merge_into("shard", record);
            drop(store.update(batch.updates.keys().cloned(), soon(), merge).await);
        }
        let all = all(&store, at(3)).await;
        let is_on = |record: &Record| record.agent.current().expect("a state").state != AgentState::LoggedOff;
        let shown: Vec<_> = all.iter().map(|(key, record)| (key.to_text(), is_on(record))).collect();
        let expected = [("ap-southeast-2/i/ann", true), ("us-west-2/i/ann", false)];
        assert_eq!(shown, expected.map(|(key, is_on)| (key.to_owned(), is_on)), "{}", place.kind());
    }
}
