//! Whose events those are that have an ARN and no name.
//!
//! What is kept of an ARN leads to the name. An event without a name that comes before any with one waits there, and
//! whoever names the agent takes it along; so it is not lost, whichever process comes first.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use switchboard_store::error::StoreError;

use super::{BatchOutcome, CallContext, FeedError};
use crate::{
    agent_state::{Agent, Agents, Username, retire},
    agents::{ArnAlias, Record, RecordCache, Store},
};

/// ARNs that are looked up at once.
const CONCURRENCY: usize = 32;

/// What is to be merged into one agent's record.
#[derive(Debug, Clone, Default)]
pub(super) struct PendingUpdate {
    pub(super) agent: Agent,
    /// When the event happened with which the agent was just made known under its ARN.
    alias_event_at: Option<Timestamp>,
}

/// A batch by name.
#[derive(Debug, Default)]
pub(super) struct ResolvedBatch {
    pub(super) news: BTreeMap<Username, PendingUpdate>,
    /// Whose events without a name these are, by ARN.
    pub(super) owners: BTreeMap<String, Username>,
    /// Names that agents had before, who are to be logged off by them, and the names they have now.
    pub(super) former: BTreeMap<Username, Username>,
}

/// An agent who is made known under an ARN.
struct UnlinkedAgent {
    username: Username,
    arn: String,
    /// When the newest event happened.
    at: Timestamp,
    /// The same of those with the name.
    named_at: Timestamp,
}

impl PendingUpdate {
    /// Merges it; this is the shard that told it.
    pub(super) fn merge_into(&self, shard: &str, record: &mut Record) {
        if self.agent.last_event_at() >= record.agent.last_event_at() && record.shard != shard {
            shard.clone_into(&mut record.shard);
        }
        record.agent.merge(self.agent.clone());
        record.alias_event_at = record.alias_event_at.max(self.alias_event_at);
    }
}

/// Finds the names of a batch. What has none yet is kept under its ARN, and is done; what fails is noted.
pub(super) async fn resolve_names(
    (store, cache): (&Store, &RecordCache),
    agents: Agents,
    context: CallContext,
    observed: &mut BatchOutcome,
) -> ResolvedBatch {
    let (mut told, pending) = agents.into_parts();
    retire(&mut told);
    let mut named = ResolvedBatch::default();
    for (username, agent) in told {
        named.news.insert(username, PendingUpdate { agent, alias_event_at: None });
    }
    let lookups = stream::iter(pending).map(async |(arn, agent)| {
        let owner = owner(store, &arn, &agent, context).await;
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
    link_arn_aliases((store, cache), &mut named, context, observed).await;
    named
}

/// The agent of an ARN; with none known yet, what was told is kept.
async fn owner(
    store: &Store,
    arn: &str,
    told: &Agent,
    context: CallContext,
) -> Result<Option<Username>, StoreError> {
    let look = |alias: &mut ArnAlias| {
        if alias.username.is_none() {
            alias.pending.merge(told.clone());
            alias.last_event_at = alias.last_event_at.max(told.last_event_at());
        }
        alias.username.clone()
    };
    Ok(store.update_alias(arn, context.deadline, look).await?.and_then(Username::new))
}

/// Makes agents known under their ARNs who are not yet, takes along what was told by the ARN alone, and retires the name
/// that the ARN had before.
async fn link_arn_aliases(
    (store, cache): (&Store, &RecordCache),
    named: &mut ResolvedBatch,
    context: CallContext,
    observed: &mut BatchOutcome,
) {
    let usernames = named.news.keys().cloned();
    let looks = store.update_cached(cache, usernames, context.deadline, |username, record| {
        let told = &named.news.get(username)?.agent;
        let ((named_at, arn), at) = (told.named()?, told.last_event_at()?);
        let is_stranger = told.renamed_at().is_none() && record.needs_alias_write(arn, at);
        is_stranger.then(|| UnlinkedAgent { username: username.clone(), arn: arn.to_owned(), at, named_at })
    });
    let mut unlinked = Vec::new();
    for (username, wanted) in looks.await {
        match wanted {
            Ok(wanted) => unlinked.extend(wanted),
            Err(error) => drop(observed.failed.insert(username, error.into())),
        }
    }
    let links = stream::iter(unlinked).map(async |stranger| {
        let introduce = |alias: &mut ArnAlias| {
            alias.rename(stranger.username.as_str());
            alias.last_event_at = alias.last_event_at.max(Some(stranger.at));
            (alias.pending.clone(), alias.former_username.clone())
        };
        let linked = store.update_alias(&stranger.arn, context.deadline, introduce).await;
        (stranger, linked)
    });
    let linked: Vec<_> = links.buffer_unordered(CONCURRENCY).collect().await;
    for (stranger, linked) in linked {
        let outcome = match linked {
            Ok((pending, former)) => {
                let news = named.news.entry(stranger.username.clone()).or_default();
                news.agent.merge(pending);
                news.alias_event_at = Some(stranger.at);
                match former.and_then(Username::new) {
                    Some(former) => retire_one((store, cache), &stranger, former, named, context).await,
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
    (store, cache): (&Store, &RecordCache),
    stranger: &UnlinkedAgent,
    former: Username,
    named: &mut ResolvedBatch,
    context: CallContext,
) -> Result<(), StoreError> {
    let owned =
        |agent: &Agent| agent.named().filter(|(_, arn)| *arn == stranger.arn).map(|(named_at, _)| named_at);
    let look =
        store.update_cached(cache, [former.clone()], context.deadline, |_, record| owned(&record.agent));
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
    store.update_alias(&stranger.arn, context.deadline, |alias| alias.rename(former.as_str())).await
}
