//! The terms of a contact: channels, ways to begin and to end, ids.

use std::fmt;

use serde::{Serialize, Serializer};

use super::time::{Millis, whole_seconds};

/// The id of a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContactId(pub u128);

impl ContactId {
    /// As text, in a buffer from [`uuid::Uuid::encode_buffer`].
    pub(super) fn encode(self, buffer: &mut [u8]) -> &str {
        uuid::Builder::from_random_bytes(self.0.to_be_bytes()).into_uuid().hyphenated().encode_lower(buffer)
    }
}

impl fmt::Display for ContactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.encode(&mut uuid::Uuid::encode_buffer()))
    }
}

impl Serialize for ContactId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.encode(&mut uuid::Uuid::encode_buffer()))
    }
}

/// What a contact comes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Channel {
    Voice,
    Chat,
    Task,
    Email,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 4] = [Self::Voice, Self::Chat, Self::Task, Self::Email];

    /// As contact records and contact events have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Voice => "VOICE",
            Self::Chat => "CHAT",
            Self::Task => "TASK",
            Self::Email => "EMAIL",
        }
    }
}

/// How a contact began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "Connect's names")]
pub enum InitiationMethod {
    Inbound,
    Outbound,
    Transfer,
    QueueTransfer,
    Callback,
    Api,
    ExternalOutbound,
    Monitor,
}

impl InitiationMethod {
    /// As Connect has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inbound => "INBOUND",
            Self::Outbound => "OUTBOUND",
            Self::Transfer => "TRANSFER",
            Self::QueueTransfer => "QUEUE_TRANSFER",
            Self::Callback => "CALLBACK",
            Self::Api => "API",
            Self::ExternalOutbound => "EXTERNAL_OUTBOUND",
            Self::Monitor => "MONITOR",
        }
    }
}

/// Whose part of a conversation a contact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LegRole {
    /// The customer's own.
    Customer,
    /// A colleague who is asked while the customer is on hold, and never talks with the customer.
    Consulted,
    /// Somebody outside.
    ThirdParty,
    /// A supervisor who listens.
    Monitor,
}

/// What a contact waits in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QueueRef {
    /// The queue at that place of the directory.
    Standard(usize),
    /// The own queue of the agent at that place.
    OfAgent(usize),
}

/// Who contacts the centre, or is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Customer {
    /// The number of the customer; the same one is the same person.
    pub number: u32,
    /// True if the telephone number is withheld.
    pub is_withheld: bool,
}

/// What became of a campaign's call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "Connect's names of the answering-machine detection")]
pub enum DialOutcome {
    HumanAnswered,
    VoicemailBeep,
    VoicemailNoBeep,
    Unanswered,
    Busy,
    InvalidNumber,
}

impl DialOutcome {
    /// As Connect has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::HumanAnswered => "HUMAN_ANSWERED",
            Self::VoicemailBeep => "VOICEMAIL_BEEP",
            Self::VoicemailNoBeep => "VOICEMAIL_NO_BEEP",
            Self::Unanswered => "AMD_UNANSWERED",
            Self::Busy => "SIT_TONE_BUSY",
            Self::InvalidNumber => "SIT_TONE_INVALID_NUMBER",
        }
    }
}

/// How a stay in a queue ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WaitEnd {
    /// An agent was connected.
    Answered,
    /// The customer gave up.
    Abandoned,
    /// The contact went on as a callback.
    CallbackRequested,
    /// The queue's flow moved it to another queue, where it went on as another contact.
    TransferredOut,
    /// Nobody took a contact that the centre made.
    EndedOtherwise,
}

/// The holds of a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HoldTimes {
    /// How many.
    pub count: u32,
    /// All of them, in whole seconds as records have them.
    pub seconds: i64,
    /// The longest, in whole seconds.
    pub longest: i64,
    /// When the one began that goes on.
    pub since: Option<Millis>,
}

impl HoldTimes {
    pub(super) fn begin(&mut self, at: Millis) {
        if self.since.is_none() {
            self.since = Some(at);
            self.count += 1;
        }
    }

    pub(super) fn end(&mut self, at: Millis) {
        if let Some(since) = self.since.take() {
            let seconds = whole_seconds(since, at);
            self.seconds += seconds;
            self.longest = self.longest.max(seconds);
        }
    }
}

/// The pauses of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PauseTimes {
    /// How many.
    pub count: u32,
    /// All of them, in whole seconds.
    pub seconds: i64,
    /// When the last one began.
    pub paused: Option<Millis>,
    /// When the last one ended.
    pub resumed: Option<Millis>,
}

/// Where an agent passed a contact on to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TransferTarget {
    /// A queue or an agent of the centre.
    Internal,
    /// A telephone number outside.
    External,
}

/// That an agent passed a contact on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transfer {
    /// When.
    pub at: Millis,
    /// Where to.
    pub to: TransferTarget,
}

/// Why a contact record is written again: it is delivered whole, with a later `LastUpdateTimestamp`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordAddition {
    /// The recording or the transcript is where it belongs.
    Recording,
    /// The customer has answered a survey, which is kept in attributes.
    Survey,
    /// Somebody has evaluated the call.
    Evaluation,
}

/// What a contact record got after it was first written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RecordAdditions {
    /// The addition for which the record was written last; [`None`] the first time.
    pub latest: Option<RecordAddition>,
    /// True once a recording is linked that was not there at first.
    pub has_late_recording: bool,
    /// When somebody had evaluated it.
    pub evaluated: Option<Millis>,
    /// How many are still to come.
    pub(super) awaited: u8,
}
