//! How queues and their agents stand at a moment.

use std::ops::AddAssign;

use super::{
    Activity, CentreModel, Channel, ContactState, Profile,
    keyed_rng::{KeyedRng, RngDomain},
};

/// How often the number of waiting contacts changes, in seconds.
const WAIT_INTERVAL: i64 = 30;

/// Counts of agents, slots and contacts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct RealTimeCounts {
    pub(crate) online: i64,
    pub(crate) available: i64,
    /// Online and not away.
    pub(crate) staffed: i64,
    pub(crate) on_contact: i64,
    pub(crate) after_contact_work: i64,
    pub(crate) non_productive: i64,
    pub(crate) error: i64,
    pub(crate) slots_active: i64,
    pub(crate) slots_available: i64,
    pub(crate) waiting: i64,
    pub(crate) scheduled: i64,
    /// How long the contact has waited that has done so longest, in seconds.
    pub(crate) oldest: i64,
}

impl AddAssign for RealTimeCounts {
    fn add_assign(&mut self, other: Self) {
        self.online += other.online;
        self.available += other.available;
        self.staffed += other.staffed;
        self.on_contact += other.on_contact;
        self.after_contact_work += other.after_contact_work;
        self.non_productive += other.non_productive;
        self.error += other.error;
        self.slots_active += other.slots_active;
        self.slots_available += other.slots_available;
        self.waiting += other.waiting;
        self.scheduled += other.scheduled;
        self.oldest = self.oldest.max(other.oldest);
    }
}

impl RealTimeCounts {
    /// Whether there is nothing to tell: then Connect tells nothing.
    pub(crate) fn is_idle(&self) -> bool {
        self.online == 0 && self.waiting == 0 && self.scheduled == 0
    }
}

impl CentreModel {
    /// What an agent is to the queues and channels that the agent's routing profile serves. Slots are those of the
    /// channels given.
    pub(crate) fn agent_tally(&self, user: usize, channels: &[Channel], at: i64) -> RealTimeCounts {
        let (Some(interval), Some(profile)) = (self.activity_at(user, at), self.profile_of(user)) else {
            return RealTimeCounts::default();
        };
        let mut tally = RealTimeCounts { online: 1, staffed: 1, ..RealTimeCounts::default() };
        let mut has = None;
        match &interval.activity {
            Activity::Offline => return RealTimeCounts::default(),
            Activity::Away(_) => (tally.staffed, tally.non_productive) = (0, 1),
            Activity::Missed { .. } => tally.error = 1,
            Activity::Available => tally.available = 1,
            Activity::Busy(contacts) => {
                let states: Vec<_> = contacts
                    .iter()
                    .filter_map(|contact| Some((contact.channel, contact.state(at)?.0)))
                    .collect();
                tally.slots_active =
                    states.iter().map(|(channel, _)| i64::from(channels.contains(channel))).sum();
                let working = states.iter().any(|(_, state)| *state != ContactState::Ended);
                (tally.on_contact, tally.after_contact_work) = (i64::from(working), i64::from(!working));
                has = states.first().map(|(channel, _)| *channel);
            }
        }
        let free =
            |channel: &&Channel| profile.channels.contains(channel) && has.is_none_or(|has| has == **channel);
        if tally.available == 1 || has.is_some() {
            let slots: i64 = channels.iter().filter(free).map(|channel| channel.slots()).sum();
            tally.slots_available = (slots - tally.slots_active).max(0);
        }
        tally
    }

    /// The contacts that wait in a queue, on a channel.
    pub(crate) fn waiting(&self, queue: usize, channel: Channel, at: i64) -> RealTimeCounts {
        let serves = self.queues.get(queue).is_some_and(|queue| queue.channels.contains(&channel));
        if !serves || !self.is_open(queue, at) {
            return RealTimeCounts::default();
        }
        let number = at.div_euclid(WAIT_INTERVAL);
        let place = i64::try_from(queue).unwrap_or(i64::MAX).saturating_mul(8) + channel as i64;
        let mut rng = KeyedRng::new(self.seed, RngDomain::Waiting, place, number);
        let waiting = if rng.chance(60) { 0 } else { rng.between(1, 6) };
        let waited = rng.between(0, 300) + at - number * WAIT_INTERVAL;
        let scheduled = i64::from(channel == Channel::Voice && rng.chance(10));
        RealTimeCounts {
            waiting,
            scheduled,
            oldest: if waiting > 0 { waited } else { 0 },
            ..RealTimeCounts::default()
        }
    }

    /// The routing profile of a user.
    pub(crate) fn profile_of(&self, user: usize) -> Option<&Profile> {
        self.profiles.get(self.users.get(user)?.profile)
    }
}
