//! What is drawn for a contact beforehand, or written down by hand.

use super::{
    terms::{Channel, Customer, DialOutcome, InitiationMethod},
    time::Millis,
};

/// What a contact will do and what agents will do with it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContactPlan {
    /// What it goes through before the queue.
    pub flow: Vec<PlannedBlock>,
    /// How long after it began the customer hangs up, if it is still in the flow.
    pub leaves_flow_after: Option<Millis>,
    /// True if it ends with its flow; otherwise it goes into the queue.
    pub ends_in_flow: bool,
    /// How long the customer waits in the queue.
    pub patience: Option<Millis>,
    /// What the queue's flow does after so long in the queue.
    pub queue_turn: Option<(Millis, QueueTurn)>,
    /// Offers to agents, one after the other; when they are used up, it is accepted after three seconds.
    pub offers: Vec<PlannedOffer>,
    /// For a call that the centre makes: how long it rings, and what becomes of it.
    pub dial: Option<(Millis, DialOutcome)>,
    /// What happens while an agent has it; the last one ends it.
    pub actions: Vec<Action>,
    /// How long after-contact work takes.
    pub wrap_up: Millis,
}

/// A block of the flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedBlock {
    /// After the block before.
    pub after: Millis,
    /// Which.
    pub block: FlowBlock,
}

/// What a block of a flow does, or answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FlowBlock {
    /// Flow logs are turned on.
    SetLogging,
    /// Recording is turned on.
    SetRecording,
    /// An attribute is set.
    SetAttribute(&'static str, &'static str),
    /// A prompt is played, by its text.
    Prompt(&'static str),
    /// A menu is played.
    Menu,
    /// What was pressed, or `Timeout`, `No match`.
    MenuAnswer(&'static str),
    /// A Lambda function is called.
    Lookup,
    /// It answered.
    LookupAnswer,
    /// It failed or took too long.
    LookupFailed,
    /// Opening hours are checked.
    CheckHours,
    /// They were: open or closed.
    HoursAnswer(bool),
    /// The queue is chosen.
    SetQueue,
    /// Into the queue.
    TransferToQueue,
    /// The flow hangs up.
    Disconnect,
    /// Music begins in the queue.
    QueueLoop,
}

/// What the queue's flow does with somebody who waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueTurn {
    /// The customer asks to be called back.
    Callback,
    /// It goes on in another queue, by its place in the directory.
    MoveTo(usize),
}

/// What an agent does with an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfferReply {
    /// Takes it.
    Accept,
    /// Lets it ring.
    Miss,
    /// Refuses it.
    Reject,
    /// The connection fails.
    Fail,
}

/// An offer to an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedOffer {
    /// How long it rings.
    pub after: Millis,
    /// What the agent does.
    pub reply: OfferReply,
    /// How long a missed, refused or failed one stays on the agent's screen.
    pub cleared_after: Millis,
}

/// Who ends a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum EndedBy {
    Customer,
    Agent,
}

/// How asking a colleague ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterConsult {
    /// The colleague leaves.
    Return,
    /// The first agent leaves; the colleague goes on for so long.
    HandOver(Millis),
    /// All three talk for so long, then the colleague leaves.
    Conference(Millis),
}

/// What happens while an agent has a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// They talk, or the agent works, for so long.
    Talk(Millis),
    /// On hold for so long.
    Hold(Millis),
    /// On hold until the customer hangs up, after so long.
    HoldAbandoned(Millis),
    /// A task is put away for so long.
    Pause(Millis),
    /// A supervisor listens from now on for so long, while the plan goes on.
    Monitor(Millis),
    /// The agent passes it to a queue, by its place in the directory. Ends the agent's part.
    BlindTransfer(usize),
    /// The customer is on hold while a colleague is asked for so long.
    Consult(Millis, AfterConsult),
    /// To a number outside: rings for so long, and goes on there for so long without the agent.
    External(Millis, Millis),
    /// Somebody outside joins: rings for so long, and stays for so long.
    ExternalConference(Millis, Millis),
    /// It ends.
    End(EndedBy),
}

/// A contact that is written down by hand.
#[derive(Debug, Clone)]
pub struct ScriptedContact {
    /// When it begins.
    pub at: Millis,
    /// What it comes through.
    pub channel: Channel,
    /// How it begins.
    pub method: InitiationMethod,
    /// Who it is.
    pub customer: Customer,
    /// Its queue, by its place in the directory; [`None`] for a call that an agent dials.
    pub queue: Option<usize>,
    /// What it will do.
    pub plan: ContactPlan,
    /// The plans of the contacts that it goes on as, one after the other: callbacks, transfers, asked colleagues.
    pub next: Vec<ContactPlan>,
}

/// A shift that is written down by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScriptedShift {
    /// The agent's place in the directory.
    pub agent: usize,
    /// The log-on; the agent is available at once.
    pub from: Millis,
    /// The end, when the contacts in hand are done.
    pub to: Millis,
}
