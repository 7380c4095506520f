//! The history of the centre, one step after the other.

use super::{agent::Agent, contact::Contact, directory::Directory, plan::FlowBlock, time::Millis};

/// Something that happened.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// When, in milliseconds since 1970. Steps come in this order.
    pub at: Millis,
    /// Its number in the history, from 1.
    pub number: u64,
    /// What.
    pub event: Event<'a>,
    /// Who and what the centre has then.
    pub directory: &'a Directory,
}

/// What happened, and to whom; each as it is after the step.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// To a contact.
    Contact {
        /// What.
        step: ContactStep,
        /// The contact.
        contact: &'a Contact,
    },
    /// To an agent.
    Agent {
        /// What.
        step: AgentStep,
        /// The agent.
        agent: &'a Agent,
    },
    /// To the centre itself.
    Resource(ResourceStep),
}

/// What happens to a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum ContactStep {
    Initiated,
    ConnectedToSystem,
    /// A flow did something.
    Flow(Flow, FlowBlock),
    Queued,
    Offered,
    /// An agent let it ring.
    Missed,
    /// An agent refused it.
    Rejected,
    /// The connection to the agent failed.
    Failed,
    /// An agent took a callback, and the customer is called.
    Accepted,
    Connected,
    HoldStarted,
    HoldEnded,
    Paused,
    Resumed,
    /// The colleague, or who is outside, talks with the customer from now on.
    Joined,
    /// The agent left; after-contact work begins.
    AgentLeft,
    Disconnected,
    /// After-contact work is over, and nobody is connected.
    Completed,
    /// Its record is written, for the first time or again.
    Recorded,
    /// The history ends before the contact does, or before its record is written.
    Unfinished,
}

/// A flow of the centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Flow {
    Main,
    /// What a campaign's calls go through.
    Campaign,
    Queue,
    Transfer,
    AgentWhisper,
    CustomerWhisper,
    CustomerHold,
}

/// What happens to an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum AgentStep {
    LoggedOn,
    StatusChanged,
    NextStatusChosen,
    /// A contact came, changed its state, or left.
    ContactsChanged,
    /// The name, or another setting.
    SettingsChanged,
    LoggedOff,
    /// Nothing happened for two minutes.
    Heartbeat,
}

/// What happens to the centre itself, by places in the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum ResourceStep {
    QueueRenamed(usize),
    QueueCreated(usize),
    QueueDeleted(usize),
    PersonRenamed(usize),
    PersonCreated(usize),
    PersonDeleted(usize),
}

/// What takes the history.
pub trait Sink {
    /// Takes the next step.
    fn take(&mut self, step: &Step<'_>);
}

impl<F: FnMut(&Step<'_>)> Sink for F {
    fn take(&mut self, step: &Step<'_>) {
        self(step);
    }
}
