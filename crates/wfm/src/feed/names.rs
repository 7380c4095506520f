//! Whose events those are that have an ARN and no name.
//!
//! What is kept of an ARN leads to the name. An event without a name that comes before any with one waits there, and
//! whoever names the agent takes it along; so it is not lost, whichever process comes first.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use switchboard_store::error::StoreError;

use super::{FeedError, Observed, When};
use crate::{
    agent_state::{Agent, Agents, Username},
    agents::{Alias, Record, Seen, Store},
};

/// ARNs that are looked up at once.
const CONCURRENCY: usize = 32;

/// What is to be merged into one agent's record.
#[derive(Debug, Clone, Default)]
pub(super) struct News {
    pub(super) agent: Agent,
    /// When the event happened with which the agent was just made known under its ARN.
    introduced: Option<Timestamp>,
}

/// A batch by name.
#[derive(Debug, Default)]
pub(super) struct Named {
    pub(super) news: BTreeMap<Username, News>,
    /// Whose events without a name these are, by ARN.
    pub(super) owners: BTreeMap<String, Username>,
}

impl News {
    /// Merges it; this is the shard that told it.
    pub(super) fn tell(&self, shard: &str, record: &mut Record) {
        if self.agent.alive() >= record.agent.alive() && record.shard != shard {
            shard.clone_into(&mut record.shard);
        }
        record.agent.merge(self.agent.clone());
        record.introduced = record.introduced.max(self.introduced);
    }
}

/// Finds the names of a batch. What has none yet is kept under its ARN, and is done; what fails is noted.
pub(super) async fn named(
    (store, seen): (&Store, &Seen),
    agents: Agents,
    when: When,
    observed: &mut Observed,
) -> Named {
    let (told, unnamed) = agents.into_parts();
    let mut named = Named::default();
    for (username, agent) in told {
        named.news.insert(username, News { agent, introduced: None });
    }
    let lookups = stream::iter(unnamed).map(async |(arn, agent)| {
        let owner = owner(store, &arn, &agent, when).await;
        (arn, agent, owner)
    });
    let mut lookups = Box::pin(lookups.buffer_unordered(CONCURRENCY));
    while let Some((arn, agent, owner)) = lookups.next().await {
        match owner {
            Ok(Some(username)) => {
                named.news.entry(username.clone()).or_default().agent.merge(agent);
                named.owners.insert(arn, username);
            }
            Ok(None) => {}
            Err(error) => drop(observed.failed_arns.insert(arn, error.into())),
        }
    }
    introduce((store, seen), &mut named, when, observed).await;
    named
}

/// The agent of an ARN; with none known yet, what was told is kept.
async fn owner(store: &Store, arn: &str, told: &Agent, when: When) -> Result<Option<Username>, StoreError> {
    let look = |alias: &mut Alias| {
        if alias.username.is_none() {
            alias.unnamed.merge(told.clone());
            alias.heard = alias.heard.max(told.alive());
        }
        alias.username.clone()
    };
    Ok(store.update_alias(arn, when.deadline, look).await?.and_then(Username::new))
}

/// Makes agents known under their ARNs who are not yet, and takes along what was told by the ARN alone.
async fn introduce((store, seen): (&Store, &Seen), named: &mut Named, when: When, observed: &mut Observed) {
    let usernames = named.news.keys().cloned();
    let looks = store.update_seen(seen, usernames, when.deadline, |username, record| {
        let told = &named.news.get(username)?.agent;
        let (arn, at) = (told.arn()?, told.alive()?);
        record.is_introduced_by(arn, at).then(|| (arn.to_owned(), at))
    });
    let mut strangers = Vec::new();
    for (username, wanted) in looks.await {
        match wanted {
            Ok(wanted) => strangers.extend(wanted.map(|(arn, at)| (username, arn, at))),
            Err(error) => drop(observed.failed.insert(username, error.into())),
        }
    }
    let meetings = stream::iter(strangers).map(async |(username, arn, at)| {
        let introduce = |alias: &mut Alias| {
            alias.username = Some(username.as_str().to_owned());
            alias.heard = alias.heard.max(Some(at));
            alias.unnamed.clone()
        };
        let met = store.update_alias(&arn, when.deadline, introduce).await;
        (username, at, met)
    });
    let met: Vec<_> = meetings.buffer_unordered(CONCURRENCY).collect().await;
    for (username, at, met) in met {
        match met {
            Ok(unnamed) => {
                let news = named.news.entry(username).or_default();
                news.agent.merge(unnamed);
                news.introduced = Some(at);
            }
            Err(error) => drop(observed.failed.insert(username, FeedError::from(error))),
        }
    }
}
