//! How queues and their agents stand now.

use std::{collections::HashMap, ops::AddAssign};

use super::{LiveCentre, history::second, standard_queue};
use crate::model::{Agent, Channel, ContactState, HeldContact, InitiationMethod, StatusChoice};

/// Counts of agents, slots and contacts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct RealTimeCounts {
    /// Logged on with another status than the one of type OFFLINE: `AGENTS_ONLINE`.
    pub(crate) online: i64,
    /// Routable, with nothing in hand: `AGENTS_AVAILABLE`.
    pub(crate) available: i64,
    /// Online and in no custom status.
    pub(crate) staffed: i64,
    /// `AGENTS_ON_CONTACT`: with a contact that takes up a slot.
    pub(crate) on_contact: i64,
    /// `AGENTS_AFTER_CONTACT_WORK`.
    pub(crate) after_contact_work: i64,
    /// In a custom status: `AGENTS_NON_PRODUCTIVE`.
    pub(crate) non_productive: i64,
    /// With an offer that was missed, refused or failed, and is not cleared: `AGENTS_ERROR`.
    pub(crate) error: i64,
    /// Slots that contacts take up: `SLOTS_ACTIVE`.
    pub(crate) slots_active: i64,
    /// Slots for further contacts: `SLOTS_AVAILABLE`.
    pub(crate) slots_available: i64,
    /// `CONTACTS_IN_QUEUE`.
    pub(crate) waiting: i64,
    /// Callbacks that are not due yet: `CONTACTS_SCHEDULED`.
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

    /// What an agent is, with the slots of these channels.
    pub(crate) fn of_agent(agent: &Agent, slots: [usize; 4], channels: &[Channel]) -> Self {
        if !is_online(agent) {
            return Self::default();
        }
        let has = |state: fn(&HeldContact) -> bool| i64::from(agent.held.iter().any(state));
        let is_routable = agent.status == StatusChoice::Available;
        let (active, available) = channels.iter().fold((0, 0), |(active, available), &channel| {
            (active + active_slots(agent, channel), available + available_slots(agent, slots, channel))
        });
        Self {
            online: 1,
            available: i64::from(is_routable && agent.held.is_empty()),
            staffed: i64::from(is_routable),
            on_contact: has(is_active),
            after_contact_work: has(|held| held.state == ContactState::Ended),
            non_productive: i64::from(!is_routable),
            error: has(is_not_taken),
            slots_active: active,
            slots_available: available,
            ..Self::default()
        }
    }
}

/// The agents by routing profile and the contacts by queue and channel, each counted once.
#[derive(Debug, Default)]
pub(crate) struct RealTime {
    agents: HashMap<(usize, Option<Channel>), RealTimeCounts>,
    queues: HashMap<(usize, Channel), RealTimeCounts>,
}

impl RealTime {
    /// How everything stands. Slots are those of the channels given, where nothing is told by channel.
    pub(crate) fn now(centre: &LiveCentre, channels: &[Channel]) -> Self {
        let mut real_time = Self::default();
        for agent in centre.agents().iter().filter(|agent| is_online(agent)) {
            let slots =
                centre.directory().profiles.get(agent.profile).map_or([0; 4], |profile| profile.slots);
            let mut add = |channel, of: &[Channel]| {
                *real_time.agents.entry((agent.profile, channel)).or_default() +=
                    RealTimeCounts::of_agent(agent, slots, of);
            };
            for &channel in channels {
                add(Some(channel), &[channel]);
            }
            add(None, channels);
        }
        let now = second(centre.now());
        for contact in centre.contacts_in_progress() {
            let (Some(queue), Some(enqueued)) = (standard_queue(contact), contact.enqueued) else { continue };
            let counts = real_time.queues.entry((queue, contact.channel)).or_default();
            if contact.is_scheduled() {
                counts.scheduled += 1;
            } else if contact.is_in_queue() {
                counts.waiting += 1;
                counts.oldest = counts.oldest.max(now - second(enqueued));
            }
        }
        real_time
    }

    /// The agents of these routing profiles.
    pub(crate) fn agents(&self, profiles: &[usize], channel: Option<Channel>) -> RealTimeCounts {
        let mut sum = RealTimeCounts::default();
        for &profile in profiles {
            sum += self.agents.get(&(profile, channel)).copied().unwrap_or_default();
        }
        sum
    }

    /// The contacts that wait in a queue.
    pub(crate) fn queue(&self, queue: usize, channel: Channel) -> RealTimeCounts {
        self.queues.get(&(queue, channel)).copied().unwrap_or_default()
    }
}

/// Logged on with another status than the one of type OFFLINE.
pub(crate) fn is_online(agent: &Agent) -> bool {
    agent.is_online && agent.status != StatusChoice::Offline
}

/// How many slots of a channel have a contact: connected, on hold, paused, in after-contact work, or a customer called.
pub(crate) fn active_slots(agent: &Agent, channel: Channel) -> i64 {
    let active = agent.held.iter().filter(|held| held.channel == channel && is_active(held));
    i64::try_from(active.count()).unwrap_or(i64::MAX)
}

/// How many more contacts of a channel the agent could be offered: one channel at a time, and none while one is offered
/// or was not taken.
pub(crate) fn available_slots(agent: &Agent, slots: [usize; 4], channel: Channel) -> i64 {
    let slots = Channel::ALL.into_iter().zip(slots).find(|(of, _)| *of == channel).map_or(0, |(_, n)| n);
    let mut taken = 0;
    for held in agent.held.iter().filter(|held| held.state != ContactState::Paused) {
        if held.channel != channel || is_not_taken(held) || is_offered(held) {
            return 0;
        }
        taken += 1;
    }
    let is_routable = is_online(agent) && agent.status == StatusChoice::Available && agent.next.is_none();
    if is_routable { i64::try_from(slots.saturating_sub(taken)).unwrap_or(0) } else { 0 }
}

fn is_offered(held: &HeldContact) -> bool {
    matches!(held.state, ContactState::Incoming | ContactState::Connecting)
}

fn is_not_taken(held: &HeldContact) -> bool {
    matches!(held.state, ContactState::Missed | ContactState::Rejected | ContactState::Error)
}

fn is_active(held: &HeldContact) -> bool {
    let is_dialled = matches!(held.method, InitiationMethod::Outbound | InitiationMethod::Callback);
    match held.state {
        ContactState::Connected | ContactState::OnHold | ContactState::Paused | ContactState::Ended => true,
        ContactState::Connecting => is_dialled,
        _ => false,
    }
}
