//! What an agent does, which the status hides: `Available` goes on while the agent is on a contact.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    agent_event::{AgentContact, Snapshot},
    instant::{instant, is_ahead},
};

/// What an agent does. Where several contacts say different things, the first of these counts: the order of Amazon Connect's
/// "Agent activity" in its real-time metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activity {
    /// A contact is in `ERROR`, or the agent's status is Connect's own `Error`.
    Error,
    /// One was `MISSED` and is not cleared yet.
    Missed,
    /// One was `REJECTED` and is not cleared yet.
    Rejected,
    /// On a contact: one is `CONNECTED`, or the agent dials out.
    OnContact,
    /// All contacts that are under way are `CONNECTED_ONHOLD`.
    OnHold,
    /// One has `ENDED` and is not cleared yet.
    AfterContactWork,
    /// One is offered: `INCOMING`, `PENDING` or `CONNECTING`.
    Incoming,
    /// Routable, and nothing of the above.
    Available,
}

impl Activity {
    /// The code that a WFM gets: `on-contact`, `after-contact-work` and so on.
    pub fn code(self) -> &'static str {
        match self {
            Self::OnContact => "on-contact",
            Self::OnHold => "on-hold",
            Self::Incoming => "incoming",
            Self::AfterContactWork => "after-contact-work",
            Self::Missed => "missed",
            Self::Rejected => "rejected",
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
            Self::Rejected => "Rejected contact",
            Self::Error => "Error",
            Self::Available => "Available",
        }
    }

    /// What the snapshot of an agent in this status with these contacts says, and since when; [`None`] for a custom status without
    /// contacts, which says it by itself. Without a contact's own time, `status_since`. `at` is the event's time.
    pub fn of(
        snapshot: &Snapshot<'_>,
        contacts: &[AgentContact<'_>],
        status_since: Timestamp,
        at: Timestamp,
    ) -> Option<(Self, Timestamp)> {
        let doing = contacts.iter().filter_map(|contact| {
            let since = instant(contact.state_start_timestamp).filter(|since| !is_ahead(*since, at));
            Some((Self::of_contact(contact)?, since.unwrap_or(status_since)))
        });
        let is_left_behind =
            |(activity, since): &(Self, Timestamp)| activity.ends_with_status() && *since < status_since;
        // The first by rank, and of those the one that has gone on for longest.
        let first = doing.filter(|doing| !is_left_behind(doing)).min();
        first.or_else(|| Some((Self::of_status(snapshot)?, status_since)))
    }

    /// What the status says by itself, without any contact.
    pub fn of_status(snapshot: &Snapshot<'_>) -> Option<Self> {
        match (snapshot.status_name.text().as_deref(), snapshot.status_type.text().as_deref()) {
            (_, Some("ROUTABLE")) => Some(Self::Available),
            // Connect's own, which no administrator can make or rename.
            (Some("Error"), _) => Some(Self::Error),
            _ => None,
        }
    }

    /// What a contact in an agent's hands says.
    pub fn of_contact(contact: &AgentContact<'_>) -> Option<Self> {
        match &*contact.state.text()? {
            "CONNECTED" => Some(Self::OnContact),
            "CONNECTED_ONHOLD" => Some(Self::OnHold),
            "CONNECTING" if is_dialled(contact) => Some(Self::OnContact),
            "INCOMING" | "PENDING" | "CONNECTING" => Some(Self::Incoming),
            "ENDED" => Some(Self::AfterContactWork),
            "MISSED" => Some(Self::Missed),
            "REJECTED" => Some(Self::Rejected),
            "ERROR" => Some(Self::Error),
            // `PAUSED`: a task that the agent has put away, for days perhaps, to do something else.
            _ => None,
        }
    }

    /// True for what Connect shows of a contact until it is cleared. Whoever has taken a status since does not work on it.
    pub fn ends_with_status(self) -> bool {
        matches!(self, Self::Error | Self::Missed | Self::Rejected)
    }
}

/// True for a contact that connects since the agent began it: nothing is offered. A callback is offered as `INCOMING`, and
/// connects when it was accepted.
fn is_dialled(contact: &AgentContact<'_>) -> bool {
    matches!(contact.initiation_method.text().as_deref(), Some("OUTBOUND" | "CALLBACK"))
}
