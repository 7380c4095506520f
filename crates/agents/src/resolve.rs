//! Resolution of events that have an agent's ARN and no user name.
//!
//! An alias record maps an agent's ARN to the user name. Events without a user name wait in it until an event with one
//! arrives, in whichever process.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use switchboard_store::error::StoreError;
use tokio::time::Instant;

use crate::{
    agent::Agent,
    agents::{Agents, retire},
    key::{AgentArn, AgentKey, Username},
    record::{ArnAlias, Delivery, Record},
    store::{RecordCache, Store},
};

/// ARNs that are looked up at once.
const CONCURRENCY: usize = 32;

/// The update of one agent's record.
#[derive(Debug, Clone, Default)]
pub struct PendingUpdate {
    /// The fold of the agent's events.
    pub agent: Agent,
    /// The time of the event with which the agent's ARN alias was just written.
    alias_event_at: Option<Timestamp>,
}

/// A batch of events by user name.
#[derive(Debug, Default)]
pub struct ResolvedBatch {
    /// The updates, by agent.
    pub updates: BTreeMap<AgentKey, PendingUpdate>,
    /// The owners of the ARNs of events without a user name.
    pub owners: BTreeMap<AgentArn, AgentKey>,
    /// Agents under a former user name, who are to be logged off, and under their present one.
    pub former: BTreeMap<AgentKey, AgentKey>,
    /// Agents whose events must come again, and why.
    pub failed: BTreeMap<AgentKey, StoreError>,
    /// The same for events without a user name, by ARN.
    pub failed_arns: BTreeMap<AgentArn, StoreError>,
}

/// An agent whose ARN alias is to be written.
struct UnlinkedAgent {
    key: AgentKey,
    arn: AgentArn,
    /// The time of the newest event.
    at: Timestamp,
    /// The time of the newest event with the user name.
    named_at: Timestamp,
}

impl PendingUpdate {
    /// Merges it into the record; `shard` is the shard of its events.
    pub fn merge_into<D: Delivery>(&self, shard: &str, record: &mut Record<D>) {
        if self.agent.last_event_at() >= record.agent.last_event_at() && record.shard != shard {
            shard.clone_into(&mut record.shard);
        }
        record.agent.merge(self.agent.clone());
        record.alias_event_at = record.alias_event_at.max(self.alias_event_at);
    }
}

/// Finds the user names of a batch. Events whose ARN has none yet are stored under the ARN, and are done.
pub async fn resolve<D: Delivery>(
    (store, cache): (&Store<D>, &RecordCache),
    mut agents: Agents,
    deadline: Instant,
) -> ResolvedBatch {
    let profiles = agents.take_routing_profiles();
    if let Err(error) = store.keep_routing_profiles(cache, profiles, deadline).await {
        let error = error.to_string();
        tracing::warn!(
            event = "routing_profile_not_kept",
            error,
            "a routing profile was not kept; the next event tells it again"
        );
    }
    let (mut named, unnamed) = agents.into_parts();
    retire(&mut named);
    let mut batch = ResolvedBatch::default();
    for (key, agent) in named {
        batch.updates.insert(key, PendingUpdate { agent, alias_event_at: None });
    }
    let lookups = stream::iter(unnamed).map(async |(arn, agent)| {
        let owner = owner(store, &arn, &agent, deadline).await;
        (arn, agent, owner)
    });
    let mut lookups = Box::pin(lookups.buffer_unordered(CONCURRENCY));
    while let Some((arn, agent, owner)) = lookups.next().await {
        match owner {
            Ok(Some(key)) => {
                batch.updates.entry(key.clone()).or_default().agent.merge(agent);
                batch.owners.insert(arn, key);
            }
            Ok(None) => {}
            Err(error) => drop(batch.failed_arns.insert(arn, error)),
        }
    }
    link_arn_aliases((store, cache), &mut batch, deadline).await;
    batch
}

/// The agent of an ARN; if it is unknown yet, the events are stored in the alias.
async fn owner<D: Delivery>(
    store: &Store<D>,
    arn: &AgentArn,
    unnamed: &Agent,
    deadline: Instant,
) -> Result<Option<AgentKey>, StoreError> {
    let look = |alias: &mut ArnAlias| {
        if alias.username.is_none() {
            alias.pending.merge(unnamed.clone());
            alias.last_event_at = alias.last_event_at.max(unnamed.last_event_at());
        }
        alias.username.clone()
    };
    let username = store.update_alias(arn, deadline, look).await?.and_then(Username::new);
    Ok(username.map(|username| AgentKey { instance: arn.instance.clone(), username }))
}

/// Writes the ARN aliases that are missing, merges the events that waited in them, and retires the former user name of an ARN.
async fn link_arn_aliases<D: Delivery>(
    (store, cache): (&Store<D>, &RecordCache),
    batch: &mut ResolvedBatch,
    deadline: Instant,
) {
    let keys = batch.updates.keys().cloned();
    let looks = store.update_cached(cache, keys, deadline, |key, record| {
        let agent = &batch.updates.get(key)?.agent;
        let ((named_at, id), at) = (agent.named()?, agent.last_event_at()?);
        let is_unlinked = agent.renamed_at().is_none() && record.needs_alias_write(id, at);
        is_unlinked.then(|| UnlinkedAgent { key: key.clone(), arn: key.arn(id), at, named_at })
    });
    let mut unlinked = Vec::new();
    for (key, agent) in looks.await {
        match agent {
            Ok(agent) => unlinked.extend(agent),
            Err(error) => drop(batch.failed.insert(key, error)),
        }
    }
    let links = stream::iter(unlinked).map(async |agent| {
        let link = |alias: &mut ArnAlias| {
            alias.rename(agent.key.username.as_str());
            alias.last_event_at = alias.last_event_at.max(Some(agent.at));
            (alias.pending.clone(), alias.former_username.clone())
        };
        let linked = store.update_alias(&agent.arn, deadline, link).await;
        (agent, linked)
    });
    let linked: Vec<_> = links.buffer_unordered(CONCURRENCY).collect().await;
    for (agent, linked) in linked {
        let outcome = match linked {
            Ok((pending, former)) => {
                let update = batch.updates.entry(agent.key.clone()).or_default();
                update.agent.merge(pending);
                update.alias_event_at = Some(agent.at);
                match former.and_then(Username::new) {
                    Some(former) => retire_one((store, cache), &agent, former, batch, deadline).await,
                    None => Ok(()),
                }
            }
            Err(error) => Err(error),
        };
        if let Err(error) = outcome {
            batch.failed.insert(agent.key, error);
        }
    }
}

/// Finds which of two user names of an ARN is the older one, and has it logged off, unless it is another agent's by now.
async fn retire_one<D: Delivery>(
    (store, cache): (&Store<D>, &RecordCache),
    unlinked: &UnlinkedAgent,
    former: Username,
    batch: &mut ResolvedBatch,
    deadline: Instant,
) -> Result<(), StoreError> {
    let former = AgentKey { instance: unlinked.arn.instance.clone(), username: former };
    let id = unlinked.arn.id.as_str();
    let owned = |agent: &Agent| agent.named().filter(|(_, owned)| *owned == id).map(|(named_at, _)| named_at);
    let look = store.update_cached(cache, [former.clone()], deadline, |_, record| owned(&record.agent));
    let mut known = batch.updates.get(&former).and_then(|update| owned(&update.agent));
    for (_, looked) in look.await {
        known = known.max(looked?);
    }
    let Some(known_at) = known else { return Ok(()) };
    if known_at <= unlinked.named_at {
        let update = batch.updates.entry(former.clone()).or_default();
        update.agent.rename(unlinked.named_at, id);
        batch.former.insert(former, unlinked.key.clone());
        return Ok(());
    }
    // This batch is late: the agent has the other user name by now.
    if let Some(update) = batch.updates.get_mut(&unlinked.key) {
        update.agent.rename(known_at, id);
    }
    store.update_alias(&unlinked.arn, deadline, |alias| alias.rename(former.username.as_str())).await
}
