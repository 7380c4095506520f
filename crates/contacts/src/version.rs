//! Which of two facts counts.
//!
//! A fact's [`Version`] compares by, in this order:
//!
//! 1. its [`Class`]: what nothing of a lower class can take back (a contact that is disconnected stays so,
//!    however late an event of before arrives, and whatever its clock said);
//! 2. the second in which it happened, by the event's own times;
//! 3. its [`Stage`]: within a second the later stage of a contact's life counts, because half of the
//!    events state no more than the second;
//! 4. the millisecond;
//! 5. its [`Source`];
//! 6. a digest of the event's id and text, so that facts of one event win or lose together.
//!
//! Facts of equal version come from the same event, and so have the same value.

use std::{fmt, str::FromStr};

use jiff::Timestamp;

/// Where something about a contact was learned, the least trusted first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// The agent event stream.
    AgentEvent,
    /// A line of a flow log.
    FlowLog,
    /// Data that a contact flow recorded on the contact.
    Flow,
    /// A contact event from EventBridge.
    ContactEvent,
    /// The contact record (CTR): the closing word.
    ContactRecord,
}

impl Source {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::AgentEvent, Self::FlowLog, Self::Flow, Self::ContactEvent, Self::ContactRecord];

    /// The name in keys and attributes.
    pub fn name(self) -> &'static str {
        match self {
            Self::AgentEvent => "AgentEvent",
            Self::FlowLog => "FlowLog",
            Self::Flow => "Flow",
            Self::ContactEvent => "ContactEvent",
            Self::ContactRecord => "ContactRecord",
        }
    }

    /// The source of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.name() == name)
    }
}

/// How far a contact had come when something was said about it, from first to last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// It says nothing about that.
    Any,
    /// The contact exists.
    Initiated,
    /// It reached Connect: a flow runs.
    ConnectedToSystem,
    /// It waits for an agent.
    Queued,
    /// It is with an agent. Hold and resume are the same stage, so that their milliseconds decide.
    WithAgent,
    /// An agent is done talking and wraps up.
    AfterContactWork,
    /// An agent is done with it altogether.
    AgentLeft,
    /// It ended.
    Disconnected,
    /// It ended and so did the work after it.
    Completed,
}

/// What no fact of a lower class can take back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// True while nothing says otherwise: a state that passes, or an assumption.
    Passing,
    /// Said expressly, or ended for good.
    Settled,
    /// Ended for good, and all work on it.
    Closed,
}

/// When and where something was said, which with a [`Class`] makes a [`Version`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Moment {
    /// When it happened, by the event's own times.
    pub at: Timestamp,
    /// How far the contact had come.
    pub stage: Stage,
    /// Who said it.
    pub source: Source,
    /// A digest of the event's id and text: [`digest`].
    pub tie: u32,
}

impl Moment {
    /// The version of a fact of this moment.
    pub fn version(self, class: Class) -> Version {
        let millis = u128::try_from(self.at.as_millisecond()).unwrap_or(0);
        let (second, milli) = ((millis / 1000).min(SECOND_MAX), millis % 1000);
        let mut bits = class as u128;
        bits = bits << 34 | second;
        bits = bits << 4 | self.stage as u128;
        bits = bits << 10 | milli;
        bits = bits << 3 | self.source as u128;
        Version(bits << 32 | u128::from(self.tie))
    }
}

/// 34 bits of seconds: until the year 2514.
const SECOND_MAX: u128 = (1 << 34) - 1;

/// How new a fact is; see the module for what that compares.
///
/// Its text ([`Display`](fmt::Display), [`FromStr`]) has 17 characters of `0-9a-v` and sorts as versions do,
/// so a store compares versions as it compares strings.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(u128);

impl Version {
    /// When the fact was so, in whole seconds since 1970.
    pub fn second(self) -> i64 {
        i64::try_from(self.0 >> (4 + 10 + 3 + 32) & SECOND_MAX).unwrap_or(0)
    }
}

const DIGITS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
/// 2 + 34 + 4 + 10 + 3 + 32 bits, five a character.
const CHARS: u32 = 17;

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for place in (0..CHARS).rev() {
            let digit = usize::try_from(self.0 >> (place * 5) & 31).unwrap_or(0);
            let digit = DIGITS.get(digit).copied().unwrap_or(b'0');
            write!(f, "{}", char::from(digit))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Version({self})")
    }
}

/// The text is no [`Version`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a version: 17 characters of 0-9 and a-v")]
pub struct NotAVersion;

impl FromStr for Version {
    type Err = NotAVersion;

    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        if text.len() != CHARS as usize {
            return Err(NotAVersion);
        }
        let mut bits = 0;
        for byte in text.bytes() {
            let digit = DIGITS.iter().position(|digit| *digit == byte).ok_or(NotAVersion)?;
            bits = bits << 5 | digit as u128;
        }
        Ok(Self(bits))
    }
}

/// A digest of an event's id or text that is the same in every build, because it is stored: FNV-1a, 32 bits.
pub fn digest(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn moment(millis: i64, stage: Stage, source: Source, tie: u32) -> Moment {
        Moment { at: Timestamp::from_millisecond(millis).unwrap(), stage, source, tie }
    }

    #[test]
    fn class_then_second_then_stage_then_millisecond() {
        let queued = moment(4_505, Stage::Queued, Source::ContactEvent, 9);
        let agent_by_the_second = moment(4_000, Stage::WithAgent, Source::ContactEvent, 0);
        let held = moment(4_900, Stage::WithAgent, Source::AgentEvent, 0);
        let next_second = moment(5_000, Stage::Any, Source::AgentEvent, 0);
        let order = [queued, agent_by_the_second, held, next_second].map(|it| it.version(Class::Passing));
        assert!(order.is_sorted());
        assert!(queued.version(Class::Settled) > next_second.version(Class::Passing));
        assert_eq!(held.version(Class::Closed).second(), 4);
    }

    proptest! {
        #[test]
        fn the_text_sorts_as_the_version_and_reads_back(
            a in any::<(i64, u32)>(), b in any::<(i64, u32)>(), stages in (0..2_u8, 0..2_u8),
        ) {
            let version = |(millis, tie): (i64, u32), stage: u8| {
                let stage = if stage == 0 { Stage::Any } else { Stage::Completed };
                moment(millis % 200_000_000_000_000, stage, Source::FlowLog, tie).version(Class::Closed)
            };
            let (a, b) = (version(a, stages.0), version(b, stages.1));
            prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
            prop_assert_eq!(a.to_string().parse(), Ok(a));
            prop_assert_eq!(a.to_string().len(), 17);
        }
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for text in ["", "0", "0000000000000000w", "000000000000000000"] {
            assert_eq!(text.parse::<Version>(), Err(NotAVersion), "{text}");
        }
    }

    #[test]
    fn the_digest_is_the_published_one() {
        assert_eq!(digest(b""), 0x811c_9dc5);
        assert_eq!(digest(b"foobar"), 0xbf9c_f968);
    }
}
