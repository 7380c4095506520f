//! Searches of contacts by the time of their disconnect, and their pages.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Which contacts a search is for: those that were disconnected in a time and completed, of a channel and an initiation
/// method if they are given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Search {
    /// The channel, as Connect writes it; [`None`] for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// How they began, as Connect writes it; [`None`] for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initiation_method: Option<String>,
    /// The first second of the time.
    pub from: Timestamp,
    /// The first second after it.
    pub to: Timestamp,
}

impl Search {
    /// All contacts of a time.
    pub fn of(from: Timestamp, to: Timestamp) -> Self {
        Self { channel: None, initiation_method: None, from, to }
    }

    /// Whether the contact is one that it is for.
    pub fn finds(&self, contact: &ListedContact) -> bool {
        let is = |wanted: &Option<String>, value: &Option<String>| wanted.is_none() || wanted == value;
        is(&self.channel, &contact.channel)
            && is(&self.initiation_method, &contact.initiation_method)
            && contact.disconnected_at.is_some_and(|at| (self.from..self.to).contains(&at))
    }

    /// Its two halves, at a whole second: a contact record has no fractions of one. [`None`] of a second.
    pub(super) fn halves(&self) -> Option<(Self, Self)> {
        let seconds = self.to.duration_since(self.from).as_secs();
        let middle = self.from.checked_add(SignedDuration::from_secs(seconds / 2)).ok()?;
        let (first, second) = (Self { to: middle, ..self.clone() }, Self { from: middle, ..self.clone() });
        (seconds > 1).then_some((first, second))
    }
}

/// A contact as a search tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedContact {
    /// Its id.
    pub contact_id: String,
    /// Its channel.
    pub channel: Option<String>,
    /// How it began.
    pub initiation_method: Option<String>,
    /// When it began.
    pub initiated_at: Option<Timestamp>,
    /// When it ended; [`None`] of one that is open.
    pub disconnected_at: Option<Timestamp>,
    /// The id of the queue that it waited in.
    pub queue_id: Option<String>,
    /// The id of the agent who was connected.
    pub agent_id: Option<String>,
}

/// A page of a search's contacts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchPage {
    /// How many contacts the search finds, on all pages.
    pub total: u64,
    /// Those of the page.
    pub contacts: Vec<ListedContact>,
    /// The token of the next page.
    pub next_token: Option<String>,
}
