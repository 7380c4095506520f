use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;
use tempfile::{TempDir, tempdir};
use tokio::time::Instant;

use super::*;
use crate::{
    attribute::SystemAttribute,
    expiry::RETENTION_DEFAULT_MINUTES,
    status::{Register, Value},
    store::Store,
    version::{EventStamp, Finality, Source, Stage},
};

fn when(epoch_seconds: i64) -> CallContext {
    let now = Timestamp::from_second(epoch_seconds).unwrap();
    CallContext::new(now, Instant::now() + Duration::from_mins(1))
}

/// A change that adds one entry to the history.
fn change(contact_id: &str) -> ContactChange {
    let entry =
        HistoryEntry::new(contact_id, Timestamp::UNIX_EPOCH, Source::FlowLog, "1", "PlayPrompt", "{}");
    ContactChange { status: Status::new(contact_id), history: [(entry.key(), entry)].into() }
}

async fn open(folder: &TempDir) -> Store {
    Store::sqlite(&folder.path().join("contacts.db"), RETENTION_DEFAULT_MINUTES).await.unwrap()
}

async fn raw(folder: &TempDir) -> Database {
    Database::open(&folder.path().join("contacts.db")).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_file_may_be_opened_by_many_at_once() {
    let folder = tempdir().unwrap();
    let stores = join_all((0..8).map(|_| open(&folder))).await;
    for (n, store) in stores.iter().enumerate() {
        assert_eq!(store.write([change(&n.to_string())], when(0)).await.failed, []);
    }
    for n in 0..8 {
        assert_eq!(stores[0].history(&n.to_string(), when(0)).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_contact_that_fails_leaves_the_others_and_no_half() {
    let folder = tempdir().unwrap();
    let store = open(&folder).await;
    let fails =
        "CREATE TRIGGER fails BEFORE INSERT ON history WHEN NEW.contact_id = 'bad' AND NEW.kind = 'last'
                 BEGIN SELECT RAISE(ABORT, 'as told'); END";
    sqlx::query(fails).execute(&raw(&folder).await.pool).await.unwrap();
    let mut bad = change("bad");
    let last = HistoryEntry::new("bad", Timestamp::MAX, Source::FlowLog, "2", "last", "{}");
    bad.history.insert(last.key(), last);
    let recorded = store.write([change("one"), bad, change("two")], when(0)).await;
    let refused = StoreError::Rejected("SQLite error 1811".to_owned());
    assert_eq!(recorded.failed, [("bad".to_owned(), refused)]);
    for (id, entries) in [("one", 1), ("bad", 0), ("two", 1)] {
        assert_eq!(store.history(id, when(0)).await.unwrap().len(), entries, "{id}");
    }
}

#[tokio::test]
async fn what_is_expired_is_deleted_in_passing() {
    let folder = tempdir().unwrap();
    let store = open(&folder).await;
    let day = i64::from(RETENTION_DEFAULT_MINUTES) * 60;
    assert_eq!(store.write([change("old")], when(0)).await.failed, []);
    assert_eq!(store.write([change("new")], when(day)).await.failed, []);
    let left: Vec<String> = sqlx::query_scalar("SELECT contact_id FROM history")
        .fetch_all(&raw(&folder).await.pool)
        .await
        .unwrap();
    assert_eq!(left, ["new"]);
}

#[tokio::test]
async fn another_file_is_refused() {
    let folder = tempdir().unwrap();
    std::fs::write(folder.path().join("contacts.db"), "Phone,Name\n".repeat(1000)).unwrap();
    let refused = Database::open(&folder.path().join("contacts.db")).await.err();
    assert!(matches!(refused, Some(StoreError::Rejected(_))), "{refused:?}");
    let nowhere = Database::open(&folder.path().join("missing/contacts.db")).await.err();
    assert!(matches!(nowhere, Some(StoreError::Rejected(_))), "{nowhere:?}");
}

#[tokio::test]
async fn a_file_of_a_newer_program_is_refused() {
    let folder = tempdir().unwrap();
    let newer = "UPDATE _sqlx_migrations SET version = 99 WHERE version = 1";
    sqlx::query(newer).execute(&raw(&folder).await.pool).await.unwrap();
    let refused = Database::open(&folder.path().join("contacts.db")).await.err();
    assert!(matches!(refused, Some(StoreError::Rejected(_))), "{refused:?}");
}

/// A change that says that this happened then.
fn told(contact_id: &str, attribute: SystemAttribute, value: Value, second: i64) -> ContactChange {
    let at = Timestamp::from_second(second).unwrap();
    let stamp = EventStamp { at, stage: Stage::Any, source: Source::FlowLog, order: 0, tie_breaker: 0 };
    let mut change = change(contact_id);
    let mut say = |known: SystemAttribute, value| {
        change
            .status
            .set_if_newer(known.into(), Register { version: stamp.version(Finality::Provisional), value });
    };
    say(SystemAttribute::LatestFlowLog, Value::Time(at));
    say(attribute, value);
    change
}

#[tokio::test]
async fn a_history_goes_with_its_contact_and_as_a_whole() {
    let folder = tempdir().unwrap();
    let store = Store::sqlite(&folder.path().join("contacts.db"), 1).await.unwrap();
    let line = |second: i64| {
        let at = Timestamp::from_second(second).unwrap();
        let entry = HistoryEntry::new("c", at, Source::FlowLog, &second.to_string(), "PlayPrompt", "{}");
        let mut change =
            told("c", SystemAttribute::LatestBlockType, Value::Text("PlayPrompt".to_owned()), second);
        change.history = [(entry.key(), entry)].into();
        change
    };
    for second in [1000, 1035] {
        assert_eq!(store.write([line(second)], when(second)).await.failed, []);
    }
    assert_eq!(store.history("c", when(1094)).await.unwrap().len(), 2, "the first line is 94 seconds old");
    assert_eq!(store.history("c", when(1095)).await.unwrap().len(), 0);
    assert_eq!(store.status("c", when(1095)).await.unwrap(), None);
    // A line of long ago, which comes now, makes nothing active.
    let late = told("late", SystemAttribute::Status, Value::Text("QUEUED".to_owned()), 1000);
    let day = 91 * 24 * 3600;
    assert_eq!(store.write([late], when(1000 + day)).await.failed, []);
    assert_eq!(store.active(when(1000 + day)).await.unwrap(), []);
}

#[tokio::test]
async fn the_active_are_those_that_have_not_ended_in_any_order() {
    let folder = tempdir().unwrap();
    let store = open(&folder).await;
    let begun = told("c", SystemAttribute::Status, Value::Text("INITIATED".to_owned()), 1000);
    let ended = told("c", SystemAttribute::Disconnected, Value::Flag(true), 1010);
    assert_eq!(store.write([begun.clone()], when(1000)).await.failed, []);
    assert_eq!(store.active(when(1000)).await.unwrap().len(), 1);
    for change in [ended, begun] {
        assert_eq!(store.write([change], when(1010)).await.failed, []);
        assert_eq!(store.active(when(1010)).await.unwrap(), []);
    }
    assert_eq!(store.all(when(1010)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn names_are_kept_and_the_latest_counts() {
    let folder = tempdir().unwrap();
    let store = open(&folder).await;
    let called = |name: &str, second: i64| {
        let at = Timestamp::from_second(second).unwrap();
        let record = format!(
            r#"{{"ContactId":"c","InitiationMethod":"API","Queue":{{"ARN":"arn:q","Name":"{name}"}}}}"#
        );
        let entry = HistoryEntry::new("c", at, Source::ContactRecord, name, "CONTACT_RECORD", &record);
        ContactChange { status: Status::new("c"), history: [(entry.key(), entry)].into() }
    };
    for change in [called("New", 2000), called("Old", 1000)] {
        assert_eq!(store.write([change], when(2000)).await.failed, []);
    }
    let other = Store::sqlite(&folder.path().join("contacts.db"), 1).await.unwrap();
    let asked = ["arn:q".to_owned(), "arn:none".to_owned()].into();
    let names = other.names(&asked, when(9_999_999)).await.unwrap();
    assert_eq!(names, [("arn:q".to_owned(), "New".to_owned())].into());
}
