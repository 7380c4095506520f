//! What queues and agents are called.
//!
//! Contact events have ARNs alone; agent events and contact records have names too. A name that was told once is kept beside
//! the contacts, so that whoever waits in a queue waits in one that has a name.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use crate::{
    attribute::{Attribute, Known},
    status::{Status, Value},
};

/// As many names are remembered as written, so that each is written once by a process and not with each event.
const MAX_REMEMBERED: usize = 20_000;

/// What a queue or an agent is called. Its [`Debug`](std::fmt::Debug) hides the name.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) arn: String,
    pub(crate) name: String,
    /// When it was so called, in seconds since 1970.
    pub(crate) second: i64,
}

/// The names that a change of a contact tells. An ARN and a name belong together only if one event tells both.
pub(crate) fn told_by(change: &Status) -> Vec<Named> {
    let pairs = [(Known::QueueArn, Known::QueueName), (Known::AgentArn, Known::AgentUsername)];
    let registers: BTreeMap<_, _> = change.registers().collect();
    let read = |known| {
        let register = registers.get(&Attribute::Known(known))?;
        match &register.value {
            Value::Text(text) if !text.is_empty() => Some((text.clone(), register.version)),
            _ => None,
        }
    };
    let told = pairs.into_iter().filter_map(|(arn, name)| {
        let ((arn, since), (name, named)) = (read(arn)?, read(name)?);
        (since == named).then(|| Named { arn, name, second: named.second() })
    });
    told.collect()
}

/// The names that this process has written.
#[derive(Debug, Default)]
pub(crate) struct Remembered(Mutex<BTreeMap<String, String>>);

impl Remembered {
    /// Those of them that are news.
    pub(crate) fn news(&self, names: Vec<Named>) -> Vec<Named> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        names.into_iter().filter(|named| known.get(&named.arn) != Some(&named.name)).collect()
    }

    /// Remembers that these are written.
    pub(crate) fn written(&self, names: Vec<Named>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() + names.len() > MAX_REMEMBERED {
            known.clear();
        }
        known.extend(names.into_iter().map(|named| (named.arn, named.name)));
    }
}
