//! Which of two facts counts.
//!
//! A fact's [`Version`] compares by, in this order:
//!
//! 1. its [`Finality`]: no fact of a lower one wins (a contact that is disconnected stays so,
//!    however late an event of before arrives, and whatever its clock said);
//! 2. the second in which it happened, by the event's own times;
//! 3. its [`Stage`]: within a second the later stage of a contact's life counts, because half of the
//!    events state no more than the second;
//! 4. the millisecond;
//! 5. its [`Source`];
//! 6. the order that the source itself gives to events of one millisecond: CloudWatch's event ids;
//! 7. a digest of the event's id and text, so that facts of one event win or lose together.
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
    FlowCall,
    /// A contact event from EventBridge.
    ContactEvent,
    /// The contact record (CTR): the closing word.
    ContactRecord,
}

impl Source {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::AgentEvent, Self::FlowLog, Self::FlowCall, Self::ContactEvent, Self::ContactRecord];

    /// The name in keys and attributes.
    pub fn name(self) -> &'static str {
        match self {
            Self::AgentEvent => "AgentEvent",
            Self::FlowLog => "FlowLog",
            Self::FlowCall => "FlowCall",
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

/// How final a fact is. A fact of a higher finality wins over every later fact of a lower one. The number of a variant is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Finality {
    /// A step on the way into the centre. Every later step of the contact wins over it, whatever the clocks say.
    Early,
    /// True until another fact replaces it: a passing state, or an assumption.
    Provisional,
    /// Stated expressly, or a final end.
    Definite,
    /// The contact and all work on it have ended.
    Closed,
}

/// The time and the origin of an event. With a [`Finality`] it makes a [`Version`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EventStamp {
    /// When it happened, by the event's own times.
    pub at: Timestamp,
    /// How far the contact had come.
    pub stage: Stage,
    /// Who said it.
    pub source: Source,
    /// The source's own order among events of one millisecond; 0 where it has none.
    pub order: u128,
    /// A digest of the event's id and text: [`digest`].
    pub tie_breaker: u32,
}

impl EventStamp {
    /// The version of a fact with this stamp.
    pub fn version(self, finality: Finality) -> Version {
        let millis = u128::try_from(self.at.as_millisecond()).unwrap_or(0);
        let (second, milli) = ((millis / 1000).min(SECOND_MAX), millis % 1000);
        Version::new(
            head(finality, second, self.stage as u128, milli, self.source),
            self.order,
            self.tie_breaker,
        )
    }
}

/// How much is to be thought of a time that an event states, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Trust {
    /// The event's own time, in place of one that it does not state.
    StandIn,
    /// Told by somebody who watched, or afterwards and to the second: an agent event, a contact record.
    Retold,
    /// Told by the contact itself.
    Stated,
}

impl Trust {
    /// What this word is behind the best one, in milliseconds. A time of less trust counts as if it were so much earlier,
    /// so that it gives way to a better word about the same step and not to one about a step before.
    pub(crate) fn handicap_ms(self) -> i64 {
        match self {
            Self::StandIn => 2 * DUPLICATE_WINDOW_MS,
            Self::Retold => DUPLICATE_WINDOW_MS,
            Self::Stated => 0,
        }
    }
}

/// How far apart two sources' times of one step may be, in milliseconds.
pub(crate) const DUPLICATE_WINDOW_MS: i64 = 2_000;

/// Which of several words about the time of one step counts: a version that is made of the time itself, so that equal
/// versions are equal times, and the choice is the same in a contact's status and in its journey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pick {
    /// The latest: a contact may queue again. A time that is cut to the second is before the same one that isn't.
    Latest,
    /// The latest of those of the most trust: a contact ends once.
    MostTrusted,
    /// The first second of those of the most trust, and in it the first millisecond that is told.
    First,
}

impl Pick {
    pub(crate) fn version(self, at: Timestamp, trust: Trust, source: Source) -> Version {
        let finality = if self == Self::Latest || trust == Trust::StandIn {
            Finality::Provisional
        } else {
            Finality::Definite
        };
        let weighed = match self {
            Self::First => at.as_millisecond(),
            Self::Latest | Self::MostTrusted => at.as_millisecond() - trust.handicap_ms(),
        };
        let millis = u128::try_from(weighed).unwrap_or(0);
        let (second, milli) = ((millis / 1000).min(SECOND_MAX), millis % 1000);
        let (second, milli) = match (self, milli) {
            (Self::First, 0) => (SECOND_MAX - second, 0),
            (Self::First, milli) => (SECOND_MAX - second, 1000 - milli),
            _ => (second, milli),
        };
        Version::new(head(finality, second, 0, milli, source), 0, trust as u32)
    }
}

/// 34 bits of seconds: until the year 2514.
const SECOND_MAX: u128 = (1 << 34) - 1;

/// Finality, second, stage, millisecond and source: 2 + 34 + 4 + 10 + 3 bits.
fn head(finality: Finality, second: u128, stage: u128, milli: u128, source: Source) -> u128 {
    let mut bits = finality as u128;
    bits = bits << 34 | second;
    bits = bits << 4 | stage;
    bits = bits << 10 | milli;
    bits << 3 | source as u128
}

/// How new a fact is; see the module for what that compares.
///
/// Its text ([`Display`](fmt::Display), [`FromStr`]) has 17 characters of `0-9a-v`, or 43 where the source has an order of
/// its own, and sorts as versions do, so a store compares versions as it compares strings.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// Its text; zeros behind a short one, which sort before every character.
    text: [u8; LONG],
}

const DIGITS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
/// Characters, five bits each: the head, the source's order, the digest, of which 30 bits are kept.
const HEAD: usize = 11;
const ORDER: usize = 26;
const TIE_BREAKER: usize = 6;
const SHORT: usize = HEAD + TIE_BREAKER;
const LONG: usize = HEAD + ORDER + TIE_BREAKER;

impl Version {
    fn new(head: u128, order: u128, tie_breaker: u32) -> Self {
        let mut text = [0; LONG];
        let order = (order > 0).then_some((order, ORDER));
        let parts =
            [Some((head, HEAD)), order, Some((u128::from(tie_breaker), TIE_BREAKER))].into_iter().flatten();
        let digits =
            parts.flat_map(|(bits, chars)| (0..chars).rev().map(move |place| bits >> (place * 5) & 31));
        for (slot, digit) in text.iter_mut().zip(digits) {
            *slot = usize::try_from(digit).ok().and_then(|digit| DIGITS.get(digit)).copied().unwrap_or(b'0');
        }
        Self { text }
    }

    /// When the fact was so, in whole seconds since 1970.
    pub fn second(self) -> i64 {
        let digit = |byte: &u8| DIGITS.iter().position(|digit| digit == byte).unwrap_or(0) as u128;
        let head = self.text.iter().take(HEAD).fold(0, |bits, byte| bits << 5 | digit(byte));
        i64::try_from(head >> (4 + 10 + 3) & SECOND_MAX).unwrap_or(0)
    }
}

#[cfg(any(test, feature = "aws"))]
impl Version {
    /// Its digits, five bits each: 11 bytes, or 27 where the source has an order of its own. They sort as versions do.
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let digits = self.text.iter().filter(|byte| **byte != 0);
        let digits = digits.map(|byte| DIGITS.iter().position(|digit| digit == byte).unwrap_or(0));
        let mut bytes = Vec::with_capacity(LONG * 5 / 8 + 1);
        // What is not whole bytes yet.
        let (mut rest, mut bits) = (0, 0);
        for digit in digits {
            (rest, bits) = (rest << 5 | digit, bits + 5);
            if bits >= 8 {
                bits -= 8;
                bytes.extend(u8::try_from(rest >> bits & 0xff));
                rest &= (1 << bits) - 1;
            }
        }
        bytes.extend(u8::try_from(rest << (8 - bits) & 0xff));
        bytes
    }

    /// The version of these bytes; [`None`] if they are no version's.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let chars = [SHORT, LONG].into_iter().find(|chars| (chars * 5).div_ceil(8) == bytes.len())?;
        let mut version = Self { text: [0; LONG] };
        for (n, slot) in version.text.iter_mut().take(chars).enumerate() {
            let pair = [bytes.get(n * 5 / 8), bytes.get(n * 5 / 8 + 1)];
            let pair = pair.map(|byte| usize::from(byte.copied().unwrap_or(0)));
            let digit = (pair[0] << 8 | pair[1]) >> (11 - n * 5 % 8) & 31;
            *slot = *DIGITS.get(digit)?;
        }
        Some(version)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.iter().filter(|byte| **byte != 0).try_for_each(|byte| write!(f, "{}", char::from(*byte)))
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Version({self})")
    }
}

/// The text is no [`Version`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a version: 17 or 43 characters of 0-9 and a-v")]
pub struct NotAVersion;

impl FromStr for Version {
    type Err = NotAVersion;

    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        let is_one = [SHORT, LONG].contains(&text.len()) && text.bytes().all(|byte| DIGITS.contains(&byte));
        if !is_one {
            return Err(NotAVersion);
        }
        let mut version = Self { text: [0; LONG] };
        version.text.iter_mut().zip(text.bytes()).for_each(|(slot, byte)| *slot = byte);
        Ok(version)
    }
}

/// A digest of an event's id or text that is the same in every build, because it is stored: FNV-1a, 32 bits.
pub fn digest(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// Digits in the id of a log event of CloudWatch Logs.
const LOG_EVENT_ID_DIGITS: usize = 56;

/// The order of log events of one millisecond, by their ids, which is also that of the ids as text.
///
/// CloudWatch numbers the events of a millisecond in the low 144 bits of the id, of which the upper 16 are zero. Another
/// id, as examples have, counts by its first 16 bytes.
pub(crate) fn order_of_log_event(id: &str) -> u128 {
    if id.len() == LOG_EVENT_ID_DIGITS && id.bytes().all(|byte| byte.is_ascii_digit()) {
        return id
            .bytes()
            .fold(0, |number: u128, byte| number.wrapping_mul(10).wrapping_add(u128::from(byte - b'0')));
    }
    let mut first = [0; 16];
    first.iter_mut().zip(id.bytes()).for_each(|(slot, byte)| *slot = byte);
    u128::from_be_bytes(first)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stamp(millis: i64, stage: Stage, source: Source, tie_breaker: u32) -> EventStamp {
        EventStamp { at: Timestamp::from_millisecond(millis).unwrap(), stage, source, order: 0, tie_breaker }
    }

    #[test]
    fn finality_then_second_then_stage_then_millisecond() {
        let queued = stamp(4_505, Stage::Queued, Source::ContactEvent, 9);
        let agent_by_the_second = stamp(4_000, Stage::WithAgent, Source::ContactEvent, 0);
        let held = stamp(4_900, Stage::WithAgent, Source::AgentEvent, 0);
        let next_second = stamp(5_000, Stage::Any, Source::AgentEvent, 0);
        let order =
            [queued, agent_by_the_second, held, next_second].map(|it| it.version(Finality::Provisional));
        assert!(order.is_sorted());
        assert!(queued.version(Finality::Definite) > next_second.version(Finality::Provisional));
        assert_eq!(held.version(Finality::Closed).second(), 4);
    }

    proptest! {
        #[test]
        fn the_text_sorts_as_the_version_and_reads_back(
            a in any::<(i64, u32)>(), b in any::<(i64, u32)>(), stages in (0..2_u8, 0..2_u8),
        ) {
            let version = |(millis, tie_breaker): (i64, u32), stage: u8| {
                let stage = if stage == 0 { Stage::Any } else { Stage::Completed };
                stamp(millis % 200_000_000_000_000, stage, Source::FlowLog, tie_breaker).version(Finality::Closed)
            };
            let (a, b) = (version(a, stages.0), version(b, stages.1));
            prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
            prop_assert_eq!(a.to_string().parse(), Ok(a));
            prop_assert_eq!(a.to_string().len(), 17);
            prop_assert_eq!(a.cmp(&b), a.to_bytes().cmp(&b.to_bytes()));
            prop_assert_eq!(Version::from_bytes(&a.to_bytes()), Some(a));
            prop_assert_eq!(a.to_bytes().len(), 11);
        }

        #[test]
        fn the_sources_order_breaks_ties_in_the_text_too(a in any::<u128>(), b in any::<u128>(), ties in any::<(u32, u32)>()) {
            let version = |order: u128, tie_breaker| EventStamp { order, ..stamp(4_505, Stage::Any, Source::FlowLog, tie_breaker) }.version(Finality::Provisional);
            let (one, other) = (version(a | 1, ties.0), version(b | 1, ties.1));
            prop_assert_eq!(one.cmp(&other), one.to_string().cmp(&other.to_string()));
            prop_assert_eq!(one.cmp(&other), one.to_bytes().cmp(&other.to_bytes()));
            prop_assert_eq!(Version::from_bytes(&one.to_bytes()), Some(one));
            prop_assert_eq!(one.to_bytes().len(), 27);
            prop_assert_eq!(Version::from_bytes(&one.to_bytes()[1..]), None);
            if a | 1 != b | 1 {
                prop_assert_eq!(one.cmp(&other), (a | 1).cmp(&(b | 1)));
            }
            prop_assert_eq!(one.to_string().parse(), Ok(one));
            prop_assert_eq!(one.second(), 4);
        }

        #[test]
        fn log_event_ids_are_ordered_as_their_text(low in any::<u64>(), more in 1..1_000_u64, short in "[a-z0-9]{1,9}", other in "[a-z0-9]{1,9}") {
            let id = |low: u128| format!("{:056}", (1_795_161_600_000_u128 << 64) + low);
            let (one, next) = (id(u128::from(low)), id(u128::from(low) + u128::from(more)));
            prop_assert!(order_of_log_event(&one) < order_of_log_event(&next));
            prop_assert!(one < next);
            prop_assert_eq!(order_of_log_event(&short).cmp(&order_of_log_event(&other)), short.cmp(&other));
        }
    }

    #[test]
    fn a_time_gives_way_to_a_better_word_about_the_same_step_alone() {
        let at = |millis: i64| Timestamp::from_millisecond(millis).unwrap();
        let latest = |millis, trust| Pick::Latest.version(at(millis), trust, Source::ContactEvent);
        // The same second, cut; another clock's; the envelope's, some seconds late; and a step that is later indeed.
        assert!(latest(10_505, Trust::Stated) > latest(10_000, Trust::Stated));
        assert!(latest(10_505, Trust::Stated) > latest(12_505, Trust::Retold));
        assert!(latest(10_505, Trust::Stated) > latest(14_505, Trust::StandIn));
        assert!(latest(10_505, Trust::Stated) < latest(12_506, Trust::Retold));
        assert!(latest(10_505, Trust::Stated) < latest(14_506, Trust::StandIn));
        let once = |millis, trust| Pick::MostTrusted.version(at(millis), trust, Source::ContactEvent);
        assert!(once(10_505, Trust::Stated) > once(90_000, Trust::StandIn));
        assert!(once(10_505, Trust::Stated) > once(12_000, Trust::Retold));
        let first = |millis, trust| Pick::First.version(at(millis), trust, Source::ContactEvent);
        assert!(first(10_505, Trust::Stated) > first(10_000, Trust::Retold), "the finer word of a second");
        assert!(first(10_505, Trust::Stated) > first(10_900, Trust::Stated), "and of two, the first");
        assert!(first(9_000, Trust::Retold) > first(10_505, Trust::Stated), "the first second");
        assert!(first(10_505, Trust::Stated) > first(9_000, Trust::StandIn));
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
