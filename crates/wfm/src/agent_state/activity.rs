//! What an agent does, which the status hides: `Available` goes on while the agent is on a contact.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use switchboard_core::{
    agent_event::{AgentContact, Snapshot},
    instant::instant,
};

/// What an agent does. Where several contacts say different things, the first of these counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activity {
    /// On a contact: one is `CONNECTED`.
    OnContact,
    /// All contacts that are under way are `CONNECTED_ONHOLD` or `PAUSED`.
    OnHold,
    /// One is offered: `INCOMING`, `PENDING` or `CONNECTING`.
    Incoming,
    /// One has `ENDED` and is not cleared yet.
    AfterContactWork,
    /// One was `MISSED` or `REJECTED` and is not cleared yet.
    Missed,
    /// A contact is in `ERROR`, or the agent's status is Connect's own `Error`.
    Error,
    /// Routable, and nothing of the above.
    Available,
}

impl Activity {
    /// The code that a WFM is told: `on-contact`, `after-contact-work` and so on.
    pub fn code(self) -> &'static str {
        match self {
            Self::OnContact => "on-contact",
            Self::OnHold => "on-hold",
            Self::Incoming => "incoming",
            Self::AfterContactWork => "after-contact-work",
            Self::Missed => "missed",
            Self::Error => "error",
            Self::Available => "available",
        }
    }

    /// The same for people.
    pub fn description(self) -> &'static str {
        match self {
            Self::OnContact => "On contact",
            Self::OnHold => "On hold",
            Self::Incoming => "Incoming contact",
            Self::AfterContactWork => "After-contact work",
            Self::Missed => "Missed contact",
            Self::Error => "Error",
            Self::Available => "Available",
        }
    }

    /// What the snapshot of an agent in this status says, and since when; [`None`] for a custom status without
    /// contacts, which says it by itself. Without a contact's own time, `status_since`.
    pub(super) fn of(snapshot: &Snapshot<'_>, status_since: Timestamp) -> Option<(Self, Timestamp)> {
        let contacts = snapshot.contacts();
        let doing = contacts.iter().filter_map(|contact| {
            let since = instant(contact.state_start_timestamp).unwrap_or(status_since);
            Some((Self::of_contact(contact)?, since))
        });
        // The first by rank, and of those the one that has gone on for longest.
        doing.min().or_else(|| {
            let (name, kind) = (snapshot.status_name.text(), snapshot.status_type.text());
            match (name.as_deref(), kind.as_deref()) {
                (Some("Error"), _) => Some((Self::Error, status_since)),
                (_, Some("ROUTABLE")) | (Some("Available"), None) => Some((Self::Available, status_since)),
                _ => None,
            }
        })
    }

    fn of_contact(contact: &AgentContact<'_>) -> Option<Self> {
        match &*contact.state.text()? {
            "CONNECTED" => Some(Self::OnContact),
            "CONNECTED_ONHOLD" | "PAUSED" => Some(Self::OnHold),
            "INCOMING" | "PENDING" | "CONNECTING" => Some(Self::Incoming),
            "ENDED" => Some(Self::AfterContactWork),
            "MISSED" | "REJECTED" => Some(Self::Missed),
            "ERROR" => Some(Self::Error),
            _ => None,
        }
    }
}
