//! A contact that waited for an agent, and got one or not.

use super::{
    CentreModel, Channel,
    grid::{BUCKET_SECS, hour},
    keyed_rng::{KeyedRng, RngDomain},
};

/// How a contact began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Initiation {
    Inbound,
    Outbound,
    Callback,
    Api,
    Transfer,
}

impl Initiation {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Inbound => "INBOUND",
            Self::Outbound => "OUTBOUND",
            Self::Callback => "CALLBACK",
            Self::Api => "API",
            Self::Transfer => "TRANSFER",
        }
    }

    fn draw(rng: &mut KeyedRng, channel: Channel) -> Self {
        let voice = channel == Channel::Voice;
        match rng.between(0, 99) {
            0..=9 if voice => Self::Outbound,
            10..=14 if voice => Self::Callback,
            15..=21 => Self::Transfer,
            _ if channel == Channel::Task => Self::Api,
            _ => Self::Inbound,
        }
    }
}

/// What a contact is to the agent who has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ContactState {
    Connecting,
    Connected,
    OnHold,
    /// After-contact work.
    Ended,
}

impl ContactState {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Connecting => "CONNECTING",
            Self::Connected => "CONNECTED",
            Self::OnHold => "CONNECTED_ONHOLD",
            Self::Ended => "ENDED",
        }
    }
}

/// A contact. Moments are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Contact {
    pub(crate) id: String,
    /// The place of its queue.
    pub(crate) queue: usize,
    pub(crate) channel: Channel,
    /// The place of the user who took it; `None` when the customer hung up in the queue.
    pub(crate) agent: Option<usize>,
    pub(crate) initiation: Initiation,
    /// How long it waited in the queue, in seconds.
    pub(crate) queued: i64,
    /// When the agent got it offered; when the customer hung up, without an agent.
    pub(crate) offered: i64,
    pub(crate) connected: i64,
    pub(crate) ended: i64,
    /// When after-contact work was done.
    pub(crate) closed: i64,
    /// From when to when it was on hold.
    pub(crate) hold: Option<(i64, i64)>,
    /// The customer hung up while on hold.
    pub(crate) hold_abandoned: bool,
    pub(crate) agent_hung_up: bool,
    pub(crate) transferred_out: bool,
    /// When its record is there to be counted: soon for most, after more than an hour for some.
    pub(crate) known: i64,
}

/// Of a interval that begins at `start` and lasts `length`: the parts that one of its contacts takes, in percent.
#[derive(Debug, Clone, Copy)]
pub(super) struct PhaseOffsets {
    pub(super) offered: i64,
    pub(super) connected: i64,
    pub(super) ended: i64,
    pub(super) closed: i64,
}

impl Contact {
    /// One that an agent takes in a interval.
    pub(super) fn taken(
        rng: &mut KeyedRng,
        (start, length): (i64, i64),
        parts: PhaseOffsets,
        agent: usize,
        (queue, channel): (usize, Channel),
    ) -> Self {
        let at = |percent: i64| start + length * percent / 100;
        let initiation = Initiation::draw(rng, channel);
        let (connected, ended, closed) = (at(parts.connected), at(parts.ended), at(parts.closed));
        let third = (ended - connected) / 3;
        // A chat is not put on hold.
        let held = channel == Channel::Voice && rng.chance(25);
        let hold_abandoned = held && rng.chance(10);
        let hold_end = if hold_abandoned { ended } else { connected + 2 * third };
        let queued = if initiation == Initiation::Outbound { 0 } else { waited(rng) };
        Self {
            id: rng.uuid(),
            queue,
            channel,
            agent: Some(agent),
            initiation,
            queued,
            offered: at(parts.offered),
            connected,
            ended,
            closed,
            hold: held.then_some((connected + third, hold_end)),
            hold_abandoned,
            agent_hung_up: rng.chance(30),
            transferred_out: rng.chance(7),
            known: closed + lag(rng),
        }
    }

    fn abandoned(rng: &mut KeyedRng, bucket: i64, queue: usize, channel: Channel) -> Self {
        let ended = bucket + rng.between(0, BUCKET_SECS - 1);
        Self {
            id: rng.uuid(),
            queue,
            channel,
            agent: None,
            initiation: Initiation::Inbound,
            queued: rng.between(5, 300),
            offered: ended,
            connected: ended,
            ended,
            closed: ended,
            hold: None,
            hold_abandoned: false,
            agent_hung_up: false,
            transferred_out: false,
            known: ended + lag(rng),
        }
    }

    /// What it is to its agent at a moment; `None` before and after. Then, since when: hold doesn't renew that.
    pub(crate) fn state(&self, at: i64) -> Option<(ContactState, i64)> {
        let held = self.hold.is_some_and(|(from, to)| (from..to).contains(&at));
        match at {
            _ if at < self.offered || at >= self.closed => None,
            _ if at < self.connected => Some((ContactState::Connecting, self.offered)),
            _ if at >= self.ended => Some((ContactState::Ended, self.ended)),
            _ if held => Some((ContactState::OnHold, self.connected)),
            _ => Some((ContactState::Connected, self.connected)),
        }
    }
}

/// How long a contact waited, in seconds: mostly short.
fn waited(rng: &mut KeyedRng) -> i64 {
    let most = if rng.chance(75) { 25 } else { 240 };
    rng.between(1, most)
}

/// How long after its end a contact's record is there, in seconds: up to 100 minutes.
fn lag(rng: &mut KeyedRng) -> i64 {
    match rng.between(0, 99) {
        0..=59 => rng.between(20, 120),
        60..=89 => rng.between(120, 15 * 60),
        _ => rng.between(15 * 60, 100 * 60),
    }
}

impl CentreModel {
    /// The contacts of a queue whose customers hung up from `from` to before `to`, in it.
    pub(crate) fn abandoned(&self, queue: usize, from: i64, to: i64) -> Vec<Contact> {
        let Some(place) = self.queues.get(queue) else { return Vec::new() };
        let mut contacts = Vec::new();
        for bucket in from.div_euclid(BUCKET_SECS)..=(to - 1).div_euclid(BUCKET_SECS) {
            let start = bucket * BUCKET_SECS;
            if !self.is_open(queue, start) {
                continue;
            }
            let mut rng = KeyedRng::new(
                self.seed,
                RngDomain::Abandoned,
                i64::try_from(queue).unwrap_or(i64::MAX),
                bucket,
            );
            for &channel in &place.channels {
                if channel != Channel::Task && rng.chance(20) {
                    contacts.push(Contact::abandoned(&mut rng, start, queue, channel));
                }
            }
        }
        contacts.retain(|contact| (from..to).contains(&contact.closed));
        contacts
    }

    /// Whether customers come to a queue.
    pub(crate) fn is_open(&self, queue: usize, at: i64) -> bool {
        let served = self.queues.get(queue).into_iter().flat_map(|queue| &queue.profiles);
        let mut profiles = served.filter_map(|&profile| self.profiles.get(profile));
        profiles.any(|profile| !profile.by_day || (6..18).contains(&hour(at)))
    }
}
