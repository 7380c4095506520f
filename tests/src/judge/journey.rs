//! The sentences of a contact's journey, made from what happened, as somebody would tell it.

use switchboard_contacts::journey::Line;
use switchboard_simulator::model::{
    Channel, Contact, ContactStep, DialOutcome, Directory, Flow, FlowBlock, InitiationMethod, LegRole,
    Millis, QueueRef, SECOND, Transfer, TransferTarget, WaitEnd,
};

/// A step of a contact.
#[derive(Debug, Clone)]
pub(super) struct ContactMoment {
    pub(super) step: ContactStep,
    pub(super) at: Millis,
    /// The user name of who has the contact, or is offered it.
    pub(super) agent: Option<String>,
}

/// What a contact is and how it ended, by the names of the moment at which its record was written.
#[derive(Debug, Clone)]
pub(super) struct ContactStory {
    channel: Channel,
    method: InitiationMethod,
    role: LegRole,
    reached: Option<Millis>,
    dialled: Option<DialOutcome>,
    /// The queue that it came into, or the agent whose own queue it was.
    waited: Option<Waited>,
    agent: Option<String>,
    wait_end: Option<WaitEnd>,
    transfer: Option<Transfer>,
    reason: Option<&'static str>,
    has_work: bool,
    /// As what it went on.
    pub(super) next: Option<String>,
}

/// In what a contact waits, by its name.
#[derive(Debug, Clone)]
enum Waited {
    Queue(String),
    Agent(String),
}

impl ContactMoment {
    /// When a journey has it. Of a return from a pause contact events and records have the second, and agent events, which have
    /// more, do not say that it was one.
    fn told_at(&self) -> Millis {
        if self.step == ContactStep::Resumed { second(self.at) } else { self.at }
    }
}

/// The whole second of a moment, which is what records have.
fn second(at: Millis) -> Millis {
    at.div_euclid(SECOND) * SECOND
}

/// What a journey says, and when: in milliseconds since 1970.
pub(super) type Sentence = (Millis, String);

impl ContactStory {
    pub(super) fn of(contact: &Contact, directory: &Directory) -> Self {
        let name_of = |place: usize| directory.people.get(place).map(|person| person.username.clone());
        let waited = contact.queue.filter(|_| contact.enqueued.is_some()).and_then(|queue| match queue {
            QueueRef::OfAgent(place) => name_of(place).map(Waited::Agent),
            QueueRef::Standard(_) => directory.queue(queue).map(|queue| Waited::Queue(queue.name.clone())),
        });
        Self {
            channel: contact.channel,
            method: contact.method,
            role: contact.role,
            reached: contact.connected_to_system,
            dialled: contact.dial_outcome,
            waited,
            agent: contact.agent.and_then(name_of),
            wait_end: contact.wait_end,
            transfer: contact.transfer,
            reason: contact.reason,
            has_work: contact.left != contact.work_ended,
            next: contact.next.map(|next| next.to_string()),
        }
    }

    /// What is to be told of it, and of the contact as which it went on. [`None`] if nothing is known of that yet.
    pub(super) fn sentences<'a>(
        &'a self,
        moments: &[ContactMoment],
        story_of: impl FnOnce(&str) -> Option<&'a Self>,
    ) -> Option<Vec<Sentence>> {
        let next = match &self.next {
            None => None,
            Some(next) => Some(story_of(next)?),
        };
        let mut sentences: Vec<Sentence> = moments
            .iter()
            .filter_map(|moment| Some((moment.told_at(), self.of_moment(moment, next)?)))
            .collect();
        if let Some((at, text)) = self.reached.zip(self.dialled.map(picked_up)) {
            sentences.push((at, text.to_owned()));
        }
        if let Some(transfer) = self.transfer {
            let to = match transfer.to {
                TransferTarget::External => Some(A_NUMBER.to_owned()),
                TransferTarget::Internal => next.and_then(Self::destination),
            };
            sentences.push((
                second(transfer.at),
                format!("Was transferred to {}", to.as_deref().unwrap_or("a colleague")),
            ));
        }
        sentences.sort();
        Some(sentences)
    }

    fn of_moment(&self, moment: &ContactMoment, next: Option<&Self>) -> Option<String> {
        let agent = || moment.agent.clone().unwrap_or_default();
        Some(match moment.step {
            ContactStep::Initiated => self.began(),
            ContactStep::Queued => match self.waited.as_ref()? {
                Waited::Queue(name) => format!("Waited in queue {name}"),
                Waited::Agent(name) => format!("Waited for agent {name}"),
            },
            ContactStep::Missed => format!("Agent {} did not take it (missed)", agent()),
            ContactStep::Rejected => format!("Agent {} did not take it (rejected)", agent()),
            ContactStep::Failed => format!("Agent {} did not take it (error)", agent()),
            ContactStep::Connected => self.with_agent(),
            ContactStep::HoldStarted => "Was put on hold".to_owned(),
            ContactStep::HoldEnded => "Came back from hold".to_owned(),
            ContactStep::Paused => "Was paused".to_owned(),
            ContactStep::Resumed => "Was resumed".to_owned(),
            ContactStep::AgentLeft if self.has_work => format!("Agent {} wrapped up", agent()),
            ContactStep::Disconnected => self.ended(next),
            ContactStep::Flow(flow, block) => self.in_flow(flow, block)?,
            _ => return None,
        })
    }

    fn began(&self) -> String {
        let noun = match self.channel {
            Channel::Voice => "call",
            Channel::Chat => "chat",
            Channel::Task => "task",
            Channel::Email => "e-mail",
        };
        let article = if self.channel == Channel::Email { "an" } else { "a" };
        match self.method {
            InitiationMethod::Inbound => format!("Began as an incoming {noun}"),
            InitiationMethod::Outbound => format!("Began as an outgoing {noun}"),
            InitiationMethod::Transfer => format!("Began as {article} {noun} that an agent transferred"),
            InitiationMethod::QueueTransfer => {
                format!("Began as {article} {noun} that was moved from another queue")
            }
            InitiationMethod::Api => format!("Began as {article} {noun} that a program began"),
            InitiationMethod::Callback => "Began as a callback".to_owned(),
            InitiationMethod::Monitor => "Began as a supervisor's listening".to_owned(),
            InitiationMethod::ExternalOutbound => "Began as a call to an outside party".to_owned(),
        }
    }

    fn with_agent(&self) -> String {
        let agent = self.agent.as_deref().unwrap_or_default();
        match (self.role, self.channel) {
            (LegRole::Monitor, _) => format!("Agent {agent} listened"),
            (LegRole::Consulted, _) => format!("Agent {agent} was consulted"),
            (LegRole::ThirdParty, _) => format!("The outside party talked with agent {agent}"),
            (LegRole::Customer, Channel::Task | Channel::Email) => format!("Agent {agent} worked on it"),
            (LegRole::Customer, Channel::Chat) => format!("Chatted with agent {agent}"),
            (LegRole::Customer, Channel::Voice) => format!("Talked with agent {agent}"),
        }
    }

    /// Where somebody was passed on to.
    fn destination(&self) -> Option<String> {
        Some(match self.waited.as_ref()? {
            Waited::Queue(name) => format!("queue {name}"),
            Waited::Agent(name) => format!("agent {name}"),
        })
    }

    fn ended(&self, next: Option<&Self>) -> String {
        let to = next.and_then(Self::destination);
        let is_customers = !matches!(self.role, LegRole::Monitor | LegRole::ThirdParty);
        match self.wait_end.filter(|_| is_customers) {
            Some(WaitEnd::Abandoned) => "Gave up waiting".to_owned(),
            Some(WaitEnd::CallbackRequested) => match to {
                Some(to) => format!("Asked to be called back, from {to}"),
                None => "Asked to be called back".to_owned(),
            },
            Some(WaitEnd::TransferredOut) => match to {
                Some(to) => format!("Was moved to {to}"),
                None => "Was moved to another queue".to_owned(),
            },
            Some(WaitEnd::EndedOtherwise) => format!("{} while waiting", self.why()),
            Some(WaitEnd::Answered) | None => self.why(),
        }
    }

    fn why(&self) -> String {
        let is_call = self.channel == Channel::Voice;
        match self.reason {
            None | Some("OTHER") => "Ended",
            Some("CUSTOMER_DISCONNECT") if is_call => "The customer hung up",
            Some("CUSTOMER_DISCONNECT") => "The customer left",
            Some("AGENT_DISCONNECT") if is_call => "The agent hung up",
            Some("AGENT_DISCONNECT") => "The agent ended it",
            Some("AGENT_COMPLETED") => "The agent completed it",
            Some("CONTACT_FLOW_DISCONNECT") => "Ended by its flow",
            Some("THIRD_PARTY_DISCONNECT") => "The outside party hung up",
            Some("TELECOM_UNANSWERED" | "OUTBOUND_ATTEMPT_FAILED") => "Nobody picked up",
            Some("TELECOM_BUSY") => "The number was busy",
            Some("TELECOM_NUMBER_INVALID") => "The number could not be called",
            Some("EXPIRED") => "Expired",
            Some(other) => other,
        }
        .to_owned()
    }

    /// What of a flow the customer noticed.
    fn in_flow(&self, flow: Flow, block: FlowBlock) -> Option<String> {
        let noticed = if self.channel == Channel::Voice { "Heard" } else { "Was sent" };
        Some(match block {
            FlowBlock::Prompt(_) if flow == Flow::AgentWhisper => return None,
            FlowBlock::Prompt(text) => format!("{noticed} \"{text}\""),
            FlowBlock::QueueLoop => format!("{noticed} {A_RECORDING}"),
            FlowBlock::Menu => "Was asked \"Please choose one to five.\"".to_owned(),
            FlowBlock::MenuAnswer("Timeout" | "No match") => "Gave no answer the flow knows".to_owned(),
            FlowBlock::MenuAnswer(answer) => format!("Chose {answer}"),
            _ => return None,
        })
    }
}

/// In place of what the truth has no name for.
const A_NUMBER: &str = "a number";
const A_RECORDING: &str = "recorded prompt";

fn picked_up(outcome: DialOutcome) -> &'static str {
    match outcome {
        DialOutcome::HumanAnswered => "A person answered",
        DialOutcome::VoicemailBeep => "A voicemail answered, with a beep",
        DialOutcome::VoicemailNoBeep => "A voicemail answered, without a beep",
        DialOutcome::Unanswered => "Nobody answered",
        DialOutcome::Busy => "The number was busy",
        DialOutcome::InvalidNumber => "The number was not valid",
    }
}

/// What the lines of a journey say.
pub(super) fn told(lines: &[Line]) -> Vec<Sentence> {
    let mut told: Vec<Sentence> = lines
        .iter()
        .map(|line| {
            let at = line.at.as_deref().and_then(|at| at.parse::<jiff::Timestamp>().ok());
            let at = at.map_or(0, jiff::Timestamp::as_millisecond);
            (at, without_unknown(&line.text))
        })
        .collect();
    told.sort();
    told
}

fn without_unknown(text: &str) -> String {
    if let Some((before, _)) = text.split_once(A_RECORDING) {
        return format!("{before}{A_RECORDING}");
    }
    match text.strip_prefix("Was transferred to +") {
        Some(_) => format!("Was transferred to {A_NUMBER}"),
        None => text.to_owned(),
    }
}
