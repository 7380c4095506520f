//! Agents of several instances who are one: those of a traffic distribution group, with the same users in two Regions. Pure.
//!
//! Each instance's agent has a record of its own. The record in the group's first instance, the agent's *home*, has also a copy
//! of what is known in the others, so that one write decides of the agent as a whole.

use std::{collections::BTreeMap, str::FromStr};

use switchboard_core::instance::{Instance as InstanceArn, NotAnInstance};

use crate::{
    agent::{Agent, AgentState, Current},
    key::{AgentKey, Instance},
};

/// The groups of instances in which one user name is one agent; by default none. The text has the ARNs of a group with commas
/// between them, and semicolons between groups.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JoinedInstances(Vec<Vec<Instance>>);

/// The text is no [`JoinedInstances`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidJoin {
    /// Something in it is no instance.
    #[error(transparent)]
    NotAnInstance(#[from] NotAnInstance),
    /// A group has one instance.
    #[error("an instance is joined with no other")]
    Alone,
    /// An instance is in it twice.
    #[error("an instance is named twice")]
    Repeated,
}

impl JoinedInstances {
    /// All instances of all groups.
    pub fn named(&self) -> impl Iterator<Item = &Instance> {
        self.0.iter().flatten()
    }

    /// The agent in the first instance of the group; the agent itself if the instance is not joined.
    pub fn home(&self, agent: &AgentKey) -> AgentKey {
        let group = self.0.iter().find(|group| group.contains(&agent.instance));
        let instance = group.and_then(|group| group.first()).unwrap_or(&agent.instance);
        AgentKey { instance: instance.clone(), username: agent.username.clone() }
    }

    /// The agent in the other instances of the group, if this one is the home.
    pub fn others(&self, home: &AgentKey) -> impl Iterator<Item = AgentKey> {
        let others = self.0.iter().find_map(|group| match group.split_first() {
            Some((first, others)) if *first == home.instance => Some(others),
            _ => None,
        });
        let key =
            |instance: &Instance| AgentKey { instance: instance.clone(), username: home.username.clone() };
        others.unwrap_or_default().iter().map(key)
    }

    /// Merges what is known of the agent in other instances into the home's [copy](crate::Record::joined), and forgets what was
    /// known in instances that are joined no more. `known` returns what there is to merge of one.
    pub fn merge_into<'a>(
        &self,
        home: &AgentKey,
        copy: &mut BTreeMap<Instance, Agent>,
        known: impl Fn(&AgentKey) -> Option<&'a Agent>,
    ) {
        let others: Vec<AgentKey> = self.others(home).collect();
        copy.retain(|instance, _| others.iter().any(|other| other.instance == *instance));
        for other in others {
            if let Some(agent) = known(&other) {
                copy.entry(other.instance).or_default().merge(agent.clone());
            }
        }
    }
}

/// The state of one agent of several instances. [`None`] if no event had one.
///
/// The agent is where a logged-on status *began* last, and that instance's state counts: also that the agent logged off there. The
/// others are left. Who leaves a Region may leave a status in it, of which heartbeats and late events go on with times as new
/// as any; but they do not change when it began. A logout or `OFFLINE` there hides nobody either, as no status begins that
/// is logged on. With two exceptions:
///
/// - An instance in which the agent [timed out](Agent::time_out) does not count while others do: its Region may be down.
/// - Whoever logged off is logged on all the same by a newer event of another instance that is no heartbeat: so it works on there.
///
/// Where all of that is the same, the state that began last counts, and of such the first: so give agents in an order that does
/// not depend on events.
pub fn joined_state<'a>(agents: impl IntoIterator<Item = &'a Agent>) -> Option<Current> {
    let known = agents.into_iter().filter_map(|agent| Some((agent, agent.current()?)));
    let (silent, heard): (Vec<_>, Vec<_>) = known.partition(|(agent, _)| agent.is_timed_out());
    let counted = if heard.is_empty() { silent } else { heard };
    let (_, last) = newest(&counted, |_| true)?;
    if is_on(last) {
        return Some(last.clone());
    }
    let works_on = |agent: &Agent| agent.last_seen_on_at() > Some(last.since);
    let elsewhere = newest(&counted, |(agent, current)| is_on(current) && works_on(agent));
    Some(elsewhere.map_or(last, |(_, current)| current).clone())
}

/// Of those, the first in whose instance a logged-on status began last.
fn newest<'a, 'b>(
    known: &'b [(&'a Agent, Current)],
    counts: impl Fn(&(&'a Agent, Current)) -> bool,
) -> Option<&'b (&'a Agent, Current)> {
    let order = |(agent, current): &(&Agent, Current)| (agent.last_on_since(), is_on(current), current.since);
    let known = known.iter().filter(|known| counts(known));
    known.reduce(|first, other| if order(other) > order(first) { other } else { first })
}

fn is_on(current: &Current) -> bool {
    current.state != AgentState::LoggedOff
}

impl FromStr for JoinedInstances {
    type Err = InvalidJoin;

    fn from_str(text: &str) -> Result<Self, InvalidJoin> {
        let instance = |arn: &str| {
            let arn: InstanceArn = arn.trim().parse()?;
            Instance::of(arn.arn()).ok_or(NotAnInstance)
        };
        let group = |text: &str| text.split(',').map(instance).collect::<Result<Vec<_>, _>>();
        let joined = Self(text.split(';').map(group).collect::<Result<_, _>>()?);
        if joined.0.iter().any(|group| group.len() < 2) {
            return Err(InvalidJoin::Alone);
        }
        let mut named: Vec<_> = joined.named().collect();
        named.sort();
        let has_repeats = named.windows(2).any(|pair| matches!(pair, [one, next] if one == next));
        if has_repeats { Err(InvalidJoin::Repeated) } else { Ok(joined) }
    }
}
