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
    agent_state::{Agent, Agents, Username, retire},
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
    /// Names that agents had before, who are to be logged off by them, and the names they have now.
    pub(super) former: BTreeMap<Username, Username>,
}

/// An agent who is made known under an ARN.
struct Stranger {
    username: Username,
    arn: String,
    /// When the newest event happened.
    at: Timestamp,
    /// The same of those with the name.
    named_at: Timestamp,
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
    let (mut told, unnamed) = agents.into_parts();
    retire(&mut told);
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

/// Makes agents known under their ARNs who are not yet, takes along what was told by the ARN alone, and retires the name
/// that the ARN had before.
async fn introduce((store, seen): (&Store, &Seen), named: &mut Named, when: When, observed: &mut Observed) {
    let usernames = named.news.keys().cloned();
    let looks = store.update_seen(seen, usernames, when.deadline, |username, record| {
        let told = &named.news.get(username)?.agent;
        let ((named_at, arn), at) = (told.named()?, told.alive()?);
        let is_stranger = told.renamed_at().is_none() && record.is_introduced_by(arn, at);
        is_stranger.then(|| Stranger { username: username.clone(), arn: arn.to_owned(), at, named_at })
    });
    let mut strangers = Vec::new();
    for (username, wanted) in looks.await {
        match wanted {
            Ok(wanted) => strangers.extend(wanted),
            Err(error) => drop(observed.failed.insert(username, error.into())),
        }
    }
    let meetings = stream::iter(strangers).map(async |stranger| {
        let introduce = |alias: &mut Alias| {
            alias.rename(stranger.username.as_str());
            alias.heard = alias.heard.max(Some(stranger.at));
            (alias.unnamed.clone(), alias.former.clone())
        };
        let met = store.update_alias(&stranger.arn, when.deadline, introduce).await;
        (stranger, met)
    });
    let met: Vec<_> = meetings.buffer_unordered(CONCURRENCY).collect().await;
    for (stranger, met) in met {
        let outcome = match met {
            Ok((unnamed, former)) => {
                let news = named.news.entry(stranger.username.clone()).or_default();
                news.agent.merge(unnamed);
                news.introduced = Some(stranger.at);
                match former.and_then(Username::new) {
                    Some(former) => retire_one((store, seen), &stranger, former, named, when).await,
                    None => Ok(()),
                }
            }
            Err(error) => Err(error),
        };
        if let Err(error) = outcome {
            observed.failed.insert(stranger.username, FeedError::from(error));
        }
    }
}

/// Finds which of two names of an ARN is the older one, and has it logged off, unless it is another agent's by now.
async fn retire_one(
    (store, seen): (&Store, &Seen),
    stranger: &Stranger,
    former: Username,
    named: &mut Named,
    when: When,
) -> Result<(), StoreError> {
    let owned =
        |agent: &Agent| agent.named().filter(|(_, arn)| *arn == stranger.arn).map(|(named_at, _)| named_at);
    let look = store.update_seen(seen, [former.clone()], when.deadline, |_, record| owned(&record.agent));
    let mut known = named.news.get(&former).and_then(|news| owned(&news.agent));
    for (_, looked) in look.await {
        known = known.max(looked?);
    }
    let Some(known_at) = known else { return Ok(()) };
    if known_at <= stranger.named_at {
        let news = named.news.entry(former.clone()).or_default();
        news.agent.rename(stranger.named_at, &stranger.arn);
        named.former.insert(former, stranger.username.clone());
        return Ok(());
    }
    // This batch is late: the agent has the other name by now.
    if let Some(news) = named.news.get_mut(&stranger.username) {
        news.agent.rename(known_at, &stranger.arn);
    }
    store.update_alias(&stranger.arn, when.deadline, |alias| alias.rename(former.as_str())).await
}
