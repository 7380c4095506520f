//! What is known of a contact, by name.

use std::borrow::Cow;

use crate::version::Source;

/// What data recorded by a contact flow is stored under, so that it never meets a reserved name.
const DATA: &str = "Data_";

/// The longest name of recorded data, in bytes.
const DATA_NAME_MAX_BYTES: usize = 128;

/// The name of one thing known about a contact.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attribute {
    /// One of the names that the system itself gives out.
    System(SystemAttribute),
    /// Data that a contact flow recorded, without the prefix.
    Data(String),
}

impl Attribute {
    /// Data that a contact flow recorded under this name.
    ///
    /// [`None`] for a name that is empty, longer than 128 bytes or holds a control character.
    pub fn data(name: &str) -> Option<Self> {
        let fits = !name.is_empty() && name.len() <= DATA_NAME_MAX_BYTES && !name.contains(char::is_control);
        fits.then(|| Self::Data(name.to_owned()))
    }

    /// The name it is stored under.
    pub fn name(&self) -> Cow<'static, str> {
        match self {
            Self::System(known) => Cow::Borrowed(known.name()),
            Self::Data(name) => Cow::Owned(format!("{DATA}{name}")),
        }
    }

    /// The attribute stored under this name; [`None`] if none is.
    pub fn from_name(name: &str) -> Option<Self> {
        match name.strip_prefix(DATA) {
            Some(data) => Self::data(data),
            None => SystemAttribute::ALL.into_iter().find(|known| known.name() == name).map(Self::System),
        }
    }
}

impl From<SystemAttribute> for Attribute {
    fn from(known: SystemAttribute) -> Self {
        Self::System(known)
    }
}

macro_rules! known {
    ($($(#[$doc:meta])+ $variant:ident = $number:literal, $name:literal,)+) => {
        /// The attributes that the system itself sets.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum SystemAttribute {
            $($(#[$doc])+ $variant,)+
        }

        impl SystemAttribute {
            /// All of them.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$variant),+];

            /// The name it is stored under.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// The number that stands for it where names take too much room: from 1 to 63, and never given out again.
            #[cfg(any(test, feature = "aws"))]
            pub(crate) fn number(self) -> u8 {
                match self {
                    $(Self::$variant => $number,)+
                }
            }
        }
    };
}

known! {
    /// Text: the latest [`ContactState`](crate::status::ContactState).
    Status = 1, "Status",
    /// Time: when the latest event happened, flow-log lines left out: they come by the dozen.
    Updated = 2, "Updated",
    /// Text: who the customer is, see [`customer`](crate::customer). Key of the index by customer.
    CustomerIdentifier = 3, "Customer_Identifier",
    /// Text: the first contact of the chain; a contact that names none is its own. Key of the index by chain.
    InitialContactId = 4, "Connect_InitialContactId",
    /// Text: the contact that this one was transferred from.
    PreviousContactId = 5, "Connect_PreviousContactId",
    /// Text: the contact that this one was transferred to.
    NextContactId = 6, "Connect_NextContactId",
    /// Text: how the contact that follows this one began.
    NextInitiationMethod = 7, "Connect_NextInitiationMethod",
    /// Text: a contact that this one has to do with.
    RelatedContactId = 8, "Connect_RelatedContactId",
    /// Text: `VOICE`, `CHAT`, `TASK`, `EMAIL` or one to come, in upper case.
    Channel = 9, "Connect_Channel",
    /// Text: `INBOUND`, `OUTBOUND`, `TRANSFER`, `CALLBACK`, `API` and others.
    InitiationMethod = 10, "Connect_InitiationMethod",
    /// Text: the customer's profile id, where Connect knows one.
    CustomerId = 11, "Connect_CustomerId",
    /// Text: the ARN of the Connect instance: one store may hold the contacts of several.
    InstanceArn = 12, "Connect_InstanceArn",
    /// Text: the queue.
    QueueArn = 13, "Connect_QueueArn",
    /// Text: the queue's name, which contact events don't tell.
    QueueName = 14, "Connect_QueueName",
    /// Text: the agent whom the contact was connected to.
    AgentArn = 15, "Connect_AgentArn",
    /// Text: that agent's user name, which contact events don't tell.
    AgentUsername = 16, "Connect_AgentUsername",
    /// Text: who or what answered a call that the centre made, as far as Connect can tell: `HUMAN_ANSWERED`,
    /// `VOICEMAIL_BEEP`, `AMD_UNANSWERED` and others.
    AnsweringMachine = 17, "Connect_AnsweringMachineDetectionStatus",
    /// Text: why it ended.
    DisconnectReason = 18, "Connect_DisconnectReason",
    /// Text: the flow of the latest flow-log line.
    LatestFlowName = 19, "Connect_LatestFlowName",
    /// Text: its ARN.
    LatestFlowId = 20, "Connect_LatestFlowId",
    /// Text: the type of that line's block.
    LatestBlockType = 21, "Connect_LatestBlockType",
    /// Text: that block's identifier.
    LatestBlockId = 22, "Connect_LatestBlockId",
    /// True once it has queued.
    Queued = 23, "Flag_Queued",
    /// True once it has been with an agent.
    ConnectedToAgent = 24, "Flag_ConnectedToAgent",
    /// True while it is on hold.
    OnHold = 25, "Flag_OnHold",
    /// True if it came from a transfer or ended in one.
    Transferred = 26, "Flag_Transferred",
    /// True if an agent was only asked by another while the customer was on hold.
    ConsultLeg = 27, "Flag_ConsultLeg",
    /// True if it is a callback.
    Callback = 28, "Flag_Callback",
    /// True once it has ended.
    Disconnected = 29, "Flag_Disconnected",
    /// True while an agent wraps it up.
    AfterContactWork = 30, "Flag_AfterContactWork",
    /// Time: when it began; for a callback, when it was asked for.
    InitiatedAt = 31, "Timestamps.Initiated",
    /// Time: when it reached Connect.
    ConnectedToSystemAt = 32, "Timestamps.ConnectedToSystem",
    /// Time: when it entered the queue.
    EnqueuedAt = 33, "Timestamps.Enqueued",
    /// Time: when an agent took it.
    ConnectedToAgentAt = 34, "Timestamps.ConnectedToAgent",
    /// Time: when it ended.
    DisconnectedAt = 35, "Timestamps.Disconnected",
    /// Time: when it is to begin.
    ScheduledAt = 36, "Timestamps.Scheduled",
    /// Time: when after-contact work began.
    AfterContactWorkStartedAt = 37, "Timestamps.AfterContactWorkStarted",
    /// Time: when after-contact work ended.
    AfterContactWorkEndedAt = 38, "Timestamps.AfterContactWorkEnded",
    /// Time: the latest contact event.
    LatestContactEvent = 39, "Timestamps.ContactEvent",
    /// Time: the latest line of a flow log.
    LatestFlowLog = 40, "Timestamps.FlowLog",
    /// Time: the latest agent event.
    LatestAgentEvent = 41, "Timestamps.AgentEvent",
    /// Time: the latest contact record.
    LatestContactRecord = 42, "Timestamps.ContactRecord",
    /// Time: the latest call from a contact flow.
    LatestFlowCall = 43, "Timestamps.FlowCall",
}

impl SystemAttribute {
    /// The attribute that holds the time of the latest event from this source.
    pub fn latest(source: Source) -> Self {
        match source {
            Source::AgentEvent => Self::LatestAgentEvent,
            Source::FlowLog => Self::LatestFlowLog,
            Source::FlowCall => Self::LatestFlowCall,
            Source::ContactEvent => Self::LatestContactEvent,
            Source::ContactRecord => Self::LatestContactRecord,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_read_back_and_are_told_apart() {
        let names: BTreeSet<_> = SystemAttribute::ALL.into_iter().map(SystemAttribute::name).collect();
        assert_eq!(names.len(), SystemAttribute::ALL.len());
        for known in SystemAttribute::ALL {
            assert_eq!(Attribute::from_name(known.name()), Some(Attribute::System(known)));
            assert!((1..64).contains(&known.number()), "{known:?}");
        }
        let numbers: BTreeSet<_> = SystemAttribute::ALL.into_iter().map(SystemAttribute::number).collect();
        assert_eq!(numbers.len(), SystemAttribute::ALL.len());
        assert_eq!(Attribute::from_name("Data_x"), Attribute::data("x"));
        assert_eq!(Attribute::from_name("Colour"), None);
    }

    #[test]
    fn recorded_data_never_meets_a_reserved_name() {
        for name in
            ["Status", "Connect_ContactId", "Entry", "DDB_ExpiryEpoch", "Data_", "Customer_Identifier"]
        {
            let stored = Attribute::data(name).unwrap().name();
            assert!(stored.starts_with("Data_"), "{stored}");
            assert!(SystemAttribute::ALL.into_iter().all(|known| known.name() != stored), "{stored}");
        }
        for name in ["", "a\nb", &"x".repeat(129)] {
            assert_eq!(Attribute::data(name), None, "{name:?}");
        }
    }
}
