//! What the centre knows of an agent.

use super::{
    directory::StatusChoice,
    handle::ContactRef,
    terms::{Channel, ContactId, InitiationMethod, QueueRef},
    time::{Millis, SECOND},
};

/// Without another event for so long, a heartbeat is published.
pub(super) const HEARTBEAT: Millis = 120 * SECOND;

/// The state of a contact in an agent's hands, as the agent event stream names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "Connect's names")]
pub enum ContactState {
    Incoming,
    Connecting,
    Connected,
    OnHold,
    Paused,
    Missed,
    Rejected,
    Error,
    Ended,
}

impl ContactState {
    /// As Connect has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Incoming => "INCOMING",
            Self::Connecting => "CONNECTING",
            Self::Connected => "CONNECTED",
            Self::OnHold => "CONNECTED_ONHOLD",
            Self::Paused => "PAUSED",
            Self::Missed => "MISSED",
            Self::Rejected => "REJECTED",
            Self::Error => "ERROR",
            Self::Ended => "ENDED",
        }
    }

    /// True while no other contact is offered to the agent, whatever slots there are.
    fn bars_offers(self) -> bool {
        matches!(self, Self::Incoming | Self::Connecting | Self::Missed | Self::Rejected | Self::Error)
    }
}

/// A contact in an agent's hands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldContact {
    /// `ContactId`.
    pub id: ContactId,
    /// `InitialContactId`: the first of its chain.
    pub initial: Option<ContactId>,
    /// `Channel`.
    pub channel: Channel,
    /// `InitiationMethod`.
    pub method: InitiationMethod,
    /// `Queue`; [`None`] of one that came from no queue.
    pub queue: Option<QueueRef>,
    /// `QueueTimestamp`: when it came into that queue.
    pub enqueued: Option<Millis>,
    /// `ConnectedToAgentTimestamp`.
    pub connected: Option<Millis>,
    /// `State`.
    pub state: ContactState,
    /// When the state began.
    pub since: Millis,
    pub(super) contact: ContactRef,
}

/// What is known of an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// The place in the directory's people.
    pub index: usize,
    /// Logged on.
    pub is_online: bool,
    /// The status.
    pub status: StatusChoice,
    /// When the status began.
    pub since: Millis,
    /// Chosen for when the contacts in hand are done, and when it was chosen.
    pub next: Option<(StatusChoice, Millis)>,
    /// The contacts in hand, in the order in which they came.
    pub held: Vec<HeldContact>,
    /// The place of the routing profile in the directory.
    pub profile: usize,
    /// Since when the agent has had nothing to do, for who is the longest idle.
    pub(super) idle_since: Millis,
    /// How long the status lasts that is chosen next.
    pub(super) next_length: Millis,
    /// Not to be offered anything before.
    pub(super) rests_until: Millis,
    /// When the latest event of it was published.
    pub(super) last_event: Millis,
    /// Until when heartbeats come after a log-off.
    pub(super) beats_until: Option<Millis>,
    /// Heartbeats are scheduled.
    pub(super) is_beating: bool,
    /// Under what the agent stands among those who are ready, by channel.
    pub(super) listed: [Option<Millis>; 4],
    /// Listens to a colleague's call.
    pub(super) is_monitoring: bool,
}

impl Agent {
    pub(super) fn new(index: usize, profile: usize, at: Millis) -> Self {
        Self {
            index,
            is_online: false,
            status: StatusChoice::Offline,
            since: at,
            next: None,
            held: Vec::new(),
            profile,
            idle_since: at,
            next_length: 0,
            rests_until: at,
            last_event: at,
            beats_until: None,
            is_beating: false,
            listed: [None; 4],
            is_monitoring: false,
        }
    }

    /// True if another event of it comes after the latest, before it logs on again.
    pub(super) fn has_next_event(&self) -> bool {
        self.is_online || self.beats_until.is_some_and(|until| self.last_event + HEARTBEAT <= until)
    }

    /// True if an offer of that channel can be made now, with so many slots for it: one channel at a time.
    pub(super) fn can_take(&self, channel: Channel, slots: usize, now: Millis) -> bool {
        let is_free = self.is_online
            && self.status == StatusChoice::Available
            && self.next.is_none()
            && now >= self.rests_until
            && !self.is_monitoring;
        is_free && self.has_slot(channel, slots)
    }

    /// True if the agent has one of so many slots of that channel left, and nothing of another channel in hand.
    pub(super) fn has_slot(&self, channel: Channel, slots: usize) -> bool {
        let mut taken = 0;
        for held in &self.held {
            if held.state.bars_offers() {
                return false;
            }
            // A paused task leaves its slot to others.
            if held.state != ContactState::Paused {
                if held.channel != channel {
                    return false;
                }
                taken += 1;
            }
        }
        taken < slots
    }

    /// The contact in hand.
    pub(super) fn held_mut(&mut self, contact: ContactRef) -> Option<&mut HeldContact> {
        self.held.iter_mut().find(|held| held.contact == contact)
    }

    /// True if there is a contact in hand that keeps the agent from changing the status.
    pub(super) fn is_busy(&self) -> bool {
        !self.held.is_empty()
    }
}
