use std::time::Duration;

use switchboard_store::error::StoreError;
use tempfile::TempDir;
use tokio::time::Instant;

use super::*;
use crate::agent_state::Username;

async fn store() -> (Store, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (Store::sqlite(&folder.path().join("agents.db")).await.unwrap(), folder)
}

fn names() -> Vec<Username> {
    ["ann", "bob"].map(|name| Username::new(name).unwrap()).to_vec()
}

/// Writes down that each agent was told of by this shard; returns what each had before.
async fn tell(store: &Store, shard: &str, deadline: Instant) -> Vec<(String, Result<String, StoreError>)> {
    let step = |username: &Username, record: &mut Record| {
        std::mem::replace(&mut record.shard, format!("{shard} of {}", username.as_str()))
    };
    let mut told: Vec<_> = store.update(names(), deadline, step).await;
    told.sort_by(|(one, _), (other, _)| one.cmp(other));
    told.into_iter().map(|(name, before)| (name.as_str().to_owned(), before)).collect()
}

#[tokio::test]
async fn each_record_is_read_changed_and_written_and_each_says_what_came_of_it() {
    let (store, _folder) = store().await;
    let soon = Instant::now() + Duration::from_mins(1);
    let told = |ann: &str, bob: &str| {
        vec![("ann".to_owned(), Ok(ann.to_owned())), ("bob".to_owned(), Ok(bob.to_owned()))]
    };
    assert_eq!(tell(&store, "one", soon).await, told("", ""));
    assert_eq!(tell(&store, "two", soon).await, told("one of ann", "one of bob"));
}

#[tokio::test]
async fn past_the_deadline_every_agent_fails() {
    let (store, _folder) = store().await;
    let failed = tell(&store, "one", Instant::now()).await;
    assert_eq!(failed, ["ann", "bob"].map(|name| (name.to_owned(), Err(StoreError::Deadline))));
}
