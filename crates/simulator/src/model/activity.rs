//! What agents do, and for how long: the status does not tell.

use serde::Serialize;

use super::{
    agent::{Agent, ContactState, HeldContact},
    directory::StatusChoice,
    step::AgentStep,
    terms::InitiationMethod,
    time::Millis,
};

/// What an agent does, in the order in which the first counts where several contacts say different things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AgentActivity {
    /// The connection to the agent failed, and it is not cleared yet.
    Error,
    /// An offer was missed, and it is not cleared yet.
    Missed,
    /// An offer was refused, and it is not cleared yet.
    Rejected,
    /// On a contact, or calling a customer.
    OnContact,
    /// The customer is on hold.
    OnHold,
    /// After-contact work.
    AfterContactWork,
    /// A contact is offered.
    Incoming,
    /// Routable, and nothing of the above.
    Available,
}

impl AgentActivity {
    /// What the agent does; [`None`] if the status says it, which is none of work. A paused task is not worked on.
    pub fn of(agent: &Agent) -> Option<Self> {
        let available = (agent.status == StatusChoice::Available).then_some(Self::Available);
        agent.held.iter().filter_map(Self::of_contact).min().or(available)
    }

    fn of_contact(held: &HeldContact) -> Option<Self> {
        let is_dialled = matches!(held.method, InitiationMethod::Outbound | InitiationMethod::Callback);
        match held.state {
            ContactState::Error => Some(Self::Error),
            ContactState::Missed => Some(Self::Missed),
            ContactState::Rejected => Some(Self::Rejected),
            ContactState::Connected => Some(Self::OnContact),
            ContactState::Connecting if is_dialled => Some(Self::OnContact),
            ContactState::OnHold => Some(Self::OnHold),
            ContactState::Ended => Some(Self::AfterContactWork),
            ContactState::Incoming | ContactState::Connecting => Some(Self::Incoming),
            ContactState::Paused => None,
        }
    }
}

/// A time in which an agent's status and activity stay as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Stretch {
    /// The agent's place in the directory.
    pub agent: usize,
    pub status: StatusChoice,
    pub activity: Option<AgentActivity>,
    pub from: Millis,
    /// [`None`] if it goes on at the end of the history.
    pub to: Option<Millis>,
}

/// The stretches that go on, of every agent who is logged on.
#[derive(Debug, Default)]
pub struct Stretches {
    open: Vec<Option<Stretch>>,
}

impl Stretches {
    /// Takes a step of an agent; the stretch that it ends, if it had any length.
    pub fn take(&mut self, at: Millis, step: AgentStep, agent: &Agent) -> Option<Stretch> {
        if self.open.len() <= agent.index {
            self.open.resize(agent.index + 1, None);
        }
        let open = self.open.get_mut(agent.index)?;
        let next = (step != AgentStep::LoggedOff && agent.is_online).then(|| Stretch {
            agent: agent.index,
            status: agent.status,
            activity: AgentActivity::of(agent),
            from: at,
            to: None,
        });
        let key = |stretch: &Stretch| (stretch.status, stretch.activity);
        if open.as_ref().map(key) == next.as_ref().map(key) {
            return None;
        }
        let ended = std::mem::replace(open, next)?;
        (ended.from < at).then_some(Stretch { to: Some(at), ..ended })
    }

    /// Those that go on.
    pub fn open(&self) -> impl Iterator<Item = &Stretch> {
        self.open.iter().flatten()
    }
}
