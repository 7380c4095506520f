//! The names of queues and agents of a list of contacts: contact events have their ARNs alone.

use std::{
    borrow::Borrow,
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
    time::Duration,
};

use tokio::time::Instant;

use crate::{attribute::SystemAttribute, journey::named_arn, status::Status};

/// Names by ARN. Its [`Debug`](fmt::Debug) hides them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ResourceNames(BTreeMap<String, String>);

impl ResourceNames {
    /// Of these names by ARN, as a [store](crate::store::Store::names) has them.
    pub fn new(names: BTreeMap<String, String>) -> Self {
        Self(names)
    }

    /// The queue's name, or its id where the name is unknown.
    pub fn queue(&self, contact: &Status) -> Option<String> {
        let name = contact.text(SystemAttribute::QueueName).map(str::to_owned);
        name.or_else(|| contact.text(SystemAttribute::QueueArn).map(|arn| self.name(arn)))
    }

    /// The agent's user name, or id.
    pub fn agent(&self, contact: &Status) -> Option<String> {
        let name = contact.text(SystemAttribute::AgentUsername).map(str::to_owned);
        name.or_else(|| contact.text(SystemAttribute::AgentArn).map(|arn| self.name(arn)))
    }

    fn name(&self, arn: &str) -> String {
        let id = || switchboard_core::arn::last_segment(arn).to_owned();
        self.0.get(&named_arn(arn)).cloned().unwrap_or_else(id)
    }
}

/// How long a name is held: it may change.
const HELD_FOR: Duration = Duration::from_mins(1);

/// Names that a reader holds, for a minute. One that is not known is read again each time: the next event may tell it. Its
/// [`Debug`](fmt::Debug) hides them.
#[derive(Debug, Default)]
pub struct HeldNames {
    names: Arc<ResourceNames>,
    since: Option<Instant>,
}

impl HeldNames {
    /// Those of these ARNs that are to be read.
    pub(crate) fn unknown(&mut self, mut arns: BTreeSet<String>, now: Instant) -> BTreeSet<String> {
        if self.since.is_none_or(|since| now.duration_since(since) >= HELD_FOR) {
            *self = Self { names: Arc::default(), since: Some(now) };
        }
        arns.retain(|arn| !self.names.0.contains_key(arn));
        arns
    }

    /// Holds what was read.
    pub(crate) fn add(&mut self, read: BTreeMap<String, String>) {
        if !read.is_empty() {
            Arc::make_mut(&mut self.names).0.extend(read);
        }
    }

    /// All that are held.
    pub(crate) fn names(&self) -> Arc<ResourceNames> {
        Arc::clone(&self.names)
    }
}

/// The ARNs of queues and agents that the contacts themselves do not name.
pub(crate) fn nameless(contacts: &[impl Borrow<Status>]) -> BTreeSet<String> {
    let arns = contacts.iter().map(Borrow::borrow).flat_map(|contact: &Status| {
        let pairs = [
            (SystemAttribute::QueueArn, SystemAttribute::QueueName),
            (SystemAttribute::AgentArn, SystemAttribute::AgentUsername),
        ];
        pairs
            .into_iter()
            .filter(move |(_, name)| contact.text(*name).is_none())
            .filter_map(move |(arn, _)| contact.text(arn))
    });
    arns.map(named_arn).collect()
}

impl fmt::Debug for ResourceNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResourceNames({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_name_is_read_once_in_a_minute_and_one_that_nobody_told_each_time() {
        let of = |arns: &[&str]| arns.iter().map(|arn| (*arn).to_owned()).collect::<BTreeSet<_>>();
        let mut held = HeldNames::default();
        assert_eq!(held.unknown(of(&["q1", "q2"]), Instant::now()), of(&["q1", "q2"]));
        held.add(BTreeMap::from([("q1".to_owned(), "Sales".to_owned())]));
        let given_out = held.names();
        assert_eq!(held.unknown(of(&["q1", "q2"]), Instant::now()), of(&["q2"]));
        held.add(BTreeMap::from([("q2".to_owned(), "Support".to_owned())]));
        assert_eq!((given_out.0.len(), held.names().0.len()), (1, 2));
        tokio::time::advance(HELD_FOR).await;
        assert_eq!(held.unknown(of(&["q1"]), Instant::now()), of(&["q1"]));
        assert!(held.names().0.is_empty(), "a queue that nobody waits in is not held for ever");
    }
}
