//! A contact, or a whole chain of transferred ones, as a timeline for people.
//!
//! Two views of the same history: [friendly](Journey::friendly), what the customer went through, and
//! [technical](Journey::technical), what the system did. Both are data; a program prints them.

mod contact;
mod format;
mod friendly;
mod names;
mod prompts;
mod stays;
mod steps;
mod technical;
mod words;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    facts::FactKind,
    history::HistoryEntry,
    observation::successor::WENT_ON,
    status::{Status, time_text},
};
use names::Names;
pub(crate) use names::key as named_arn;
pub use stays::{Lane, Stay};
use steps::{Step, steps};
pub use words::answering_machine;

/// The history of one contact or of several, in order.
///
/// ```
/// use switchboard_contacts::{history::HistoryEntry, journey::Journey, version::Source};
/// let line = r#"{"ContactId":"c","ContactFlowModuleType":"PlayPrompt","Parameters":{"Text":"Welcome."}}"#;
/// let at = "2024-05-01T10:00:00Z".parse()?;
/// let entry = HistoryEntry::new("c", at, Source::FlowLog, "1", "PlayPrompt", line);
/// let lines = Journey::new([entry], &[]).friendly();
/// assert_eq!(lines[0].text, "Heard \"Welcome.\"");
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Clone)]
pub struct Journey {
    entries: Vec<HistoryEntry>,
    /// Of each contact, by its id.
    steps: Vec<(String, Vec<Step>)>,
    statuses: BTreeMap<String, Status>,
    names: Names,
    start: Timestamp,
}

impl Journey {
    /// Takes the history of one contact, or of all of a chain, in any order; a repeat counts once. The
    /// statuses of the same contacts tell what they are: their channels, how they began, how they ended, names of queues and
    /// agents.
    pub fn new(entries: impl IntoIterator<Item = HistoryEntry>, statuses: &[Status]) -> Self {
        let by_key: BTreeMap<_, _> =
            entries.into_iter().map(|entry| ((entry.key(), entry.contact_id.clone()), entry)).collect();
        let entries: Vec<_> = by_key.into_values().collect();
        let mut contacts: BTreeMap<&str, Vec<&HistoryEntry>> = BTreeMap::new();
        for entry in &entries {
            contacts.entry(&entry.contact_id).or_default().push(entry);
        }
        let steps: Vec<_> =
            contacts.into_iter().map(|(contact, entries)| (contact.to_owned(), steps(&entries))).collect();
        let starts = steps.iter().filter_map(|(contact, steps)| start_of(contact, steps, &entries));
        let start = starts.min().unwrap_or(Timestamp::UNIX_EPOCH);
        let names = Names::of(&entries, statuses);
        let statuses =
            statuses.iter().map(|status| (status.contact_id().to_owned(), status.clone())).collect();
        Self { entries, steps, statuses, names, start }
    }

    /// With what queues and agents are called by ARN, for those that neither the events nor the statuses name.
    #[must_use]
    pub fn with_names(mut self, names: BTreeMap<String, String>) -> Self {
        self.names.add(names);
        self
    }

    /// The ARNs of the queues and agents that have no name here.
    pub fn without_name(&self) -> BTreeSet<String> {
        let steps = self.steps.iter().flat_map(|(_, steps)| steps);
        let arns = steps.filter_map(|step| step.subject.as_deref()).filter(|who| who.starts_with("arn:"));
        arns.map(names::key).filter(|arn| !self.names.knows(arn)).collect()
    }

    /// What the agents are called whose names are known here.
    pub fn agent_names(&self) -> BTreeSet<String> {
        self.names.of_agents()
    }

    fn status(&self, contact_id: &str) -> Option<&Status> {
        self.statuses.get(contact_id)
    }

    /// What the customer went through: prompts heard, options chosen, waits, agents, holds, transfers,
    /// and what the agent did afterwards.
    pub fn friendly(&self) -> Vec<Line> {
        friendly::lines(self)
    }

    /// What the system did: each event with what it says, flow blocks with their parameters and results, how
    /// long a Lambda function took, and the event as it came.
    pub fn technical(&self) -> Vec<Line> {
        technical::lines(self)
    }

    /// The stays of its contacts, in order of their beginnings: the bars of a picture over time.
    pub fn stays(&self) -> Vec<Stay> {
        stays::stays(self)
    }

    /// A line of what happened `at`; an entry without a time of its own is at 1970.
    fn line(&self, contact_id: &str, at: Timestamp, text: String) -> Line {
        let at = Some(at).filter(|at| *at > Timestamp::UNIX_EPOCH);
        Line {
            contact_id: contact_id.to_owned(),
            at: at.map(time_text),
            offset_ms: at.map(|at| (at.as_millisecond() - self.start.as_millisecond()).max(0)),
            duration_ms: None,
            text,
            details: Vec::new(),
            raw: None,
        }
    }
}

/// When a contact began; or else the earliest that is told of it. Some times are cut to the second, and so may lie before the
/// beginning.
fn start_of(contact_id: &str, steps: &[Step], entries: &[HistoryEntry]) -> Option<Timestamp> {
    if let Some(began) = steps.iter().find(|step| step.kind == FactKind::Began) {
        return Some(began.at);
    }
    let told = steps.iter().filter(|step| step.kind != FactKind::Scheduled).map(|step| step.at);
    // What tells how a contact went on is the next one's.
    let own = entries.iter().filter(|entry| entry.contact_id == contact_id && entry.kind != WENT_ON);
    // What has no time of its own is kept at 1970, and begins nothing.
    own.map(|entry| entry.at).chain(told).filter(|at| *at > Timestamp::UNIX_EPOCH).min()
}

impl fmt::Debug for Journey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journey").field("entries", &self.entries).finish_non_exhaustive()
    }
}

/// One line of a timeline. [`Debug`](fmt::Debug) hides what it says: prompts and answers are personal.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The contact, of a chain.
    pub contact_id: String,
    /// When: `2024-05-01T10:00:00.000Z`. [`None`] where the event has no time, or one far ahead of when it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Milliseconds since the journey began, where [`at`](Self::at) is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset_ms: Option<i64>,
    /// How long it took, in milliseconds, where its end is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<i64>,
    /// What happened, in a sentence.
    pub text: String,
    /// More about it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<Detail>,
    /// The event as it came; in the technical view.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line")
            .field("contact_id", &self.contact_id)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

/// A name and a value. [`Debug`](fmt::Debug) hides the value.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Detail {
    /// Such as `Parameters.Text`.
    pub name: String,
    /// A text, or the JSON of what is none.
    pub value: String,
}

impl fmt::Debug for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Detail").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
