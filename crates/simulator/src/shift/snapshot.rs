//! How an agent stands at a moment. Times are in milliseconds since 1970.

use crate::fixtures::{Profile, Queue};

/// A status that agents choose.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) name: &'static str,
    pub(super) id: &'static str,
    pub(super) kind: &'static str,
}

pub(super) static AVAILABLE: Status =
    Status { name: "Available", id: "dd2a0c60-481a-4f36-8936-f799978ef8e5", kind: "ROUTABLE" };
pub(super) static OFFLINE: Status =
    Status { name: "Offline", id: "6b0d9e35-72f4-4c18-a6e1-08d3c5b7f942", kind: "OFFLINE" };
pub(super) static BREAK: Status =
    Status { name: "Break", id: "f41c7a80-9d26-4b5e-8c03-e7a12f60d8b9", kind: "CUSTOM" };
pub(super) static LUNCH: Status =
    Status { name: "Lunch", id: "3e85d2f6-0b49-4a7c-95d1-c60f48b7e213", kind: "CUSTOM" };
pub(super) static TRAINING: Status =
    Status { name: "Training", id: "a97b40e1-5c83-4d6f-b2f8-1e09d7c36a54", kind: "CUSTOM" };

/// What a contact comes through, as this stream calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Channel {
    Voice,
    Chat,
    /// `TASKS` here, `TASK` in contact records.
    Tasks,
}

impl Channel {
    pub(super) const ALL: [Self; 3] = [Self::Voice, Self::Chat, Self::Tasks];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Voice => "VOICE",
            Self::Chat => "CHAT",
            Self::Tasks => "TASKS",
        }
    }

    /// How many contacts of it one agent takes at a time.
    pub(super) fn slots(self) -> usize {
        match self {
            Self::Voice => 1,
            Self::Chat => 3,
            Self::Tasks => 2,
        }
    }
}

/// A contact as an agent has it.
#[derive(Debug, Clone)]
pub(super) struct SnapshotContact {
    pub(super) id: String,
    pub(super) channel: Channel,
    pub(super) method: &'static str,
    /// [`None`] for the agent's own.
    pub(super) queue: Option<&'static Queue>,
    /// [`None`] where it was the agent who called.
    pub(super) queued_ms: Option<i64>,
    pub(super) connected_ms: Option<i64>,
    /// As Connect names it.
    pub(super) state: &'static str,
    pub(super) since_ms: i64,
}

/// How an agent stands.
#[derive(Debug, Clone)]
pub(super) struct AgentSnapshotState {
    pub(super) status: &'static Status,
    pub(super) since_ms: i64,
    /// Chosen for when the contacts in hand are done, and when it was chosen.
    pub(super) next: Option<(&'static Status, i64)>,
    pub(super) profile: &'static Profile,
    pub(super) contacts: Vec<SnapshotContact>,
}

/// What happens to an agent.
#[derive(Debug, Clone)]
pub(super) enum AgentAction {
    LogOn,
    LogOff,
    Status(&'static Status),
    NextStatus(&'static Status),
    /// A contact is offered, or one that the agent called is there.
    Contact(Box<SnapshotContact>),
    /// The contact of that id goes into a state.
    State(String, &'static str),
    /// The contact of that id is done.
    Gone(String),
    Profile(&'static Profile),
    /// A setting that the event doesn't show, such as the language.
    Setting,
}

impl AgentSnapshotState {
    /// As it is after a change at that time.
    pub(super) fn after(&self, change: &AgentAction, at_ms: i64) -> Self {
        let mut state = self.clone();
        match change {
            AgentAction::LogOff => {
                state.contacts.clear();
                state.next = None;
                state.set(&OFFLINE, at_ms);
            }
            AgentAction::Status(status) => {
                state.next = None;
                state.set(status, at_ms);
            }
            AgentAction::NextStatus(status) => state.next = Some((status, at_ms)),
            AgentAction::Contact(held) => {
                state.contacts.push(SnapshotContact { since_ms: at_ms, ..(**held).clone() });
            }
            AgentAction::State(id, name) => {
                for held in state.contacts.iter_mut().filter(|held| held.id == *id) {
                    held.state = name;
                    held.since_ms = at_ms;
                    if *name == "CONNECTED" {
                        held.connected_ms.get_or_insert(at_ms);
                    }
                }
            }
            AgentAction::Gone(id) => state.contacts.retain(|held| held.id != *id),
            AgentAction::Profile(profile) => state.profile = profile,
            AgentAction::LogOn | AgentAction::Setting => {}
        }
        state
    }

    /// A status that is chosen again goes on.
    fn set(&mut self, status: &'static Status, at_ms: i64) {
        if self.status != status {
            self.status = status;
            self.since_ms = at_ms;
        }
    }
}
