//! What an agent does in each interval of the day.

use super::{
    CentreModel, Channel, STATUSES, User,
    contact::{Contact, PhaseOffsets},
    grid::hour,
    keyed_rng::{KeyedRng, RngDomain},
};

/// How long a shift lasts, in hours.
const SHIFT_HOURS: i64 = 8;

/// One that takes the whole interval.
const ALONE: PhaseOffsets = PhaseOffsets { offered: 0, connected: 5, ended: 75, closed: 100 };
/// One beside it.
const BESIDE: PhaseOffsets = PhaseOffsets { offered: 20, connected: 25, ended: 60, closed: 75 };

/// What an agent does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Activity {
    /// Not logged in, or offline.
    Offline,
    Available,
    /// In a status that takes no contacts, by its place.
    Away(usize),
    /// Missed a contact of this queue, and is offered none until the error is cleared.
    Missed {
        queue: usize,
        channel: Channel,
    },
    /// Has one contact or two.
    Busy(Vec<Contact>),
}

/// A piece of an agent's day, in seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ActivityInterval {
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) activity: Activity,
}

impl CentreModel {
    /// A user's interval at a moment.
    pub(crate) fn activity_at(&self, place: usize, at: i64) -> Option<ActivityInterval> {
        let user = self.users.get(place)?;
        Some(self.nth_interval(place, user, at.div_euclid(user.interval)))
    }

    /// A user's intervals that touch the time from `from` to before `to`, in order.
    pub(crate) fn activity_intervals(
        &self,
        place: usize,
        from: i64,
        to: i64,
    ) -> impl Iterator<Item = ActivityInterval> + '_ {
        let user = self.users.get(place);
        user.into_iter().flat_map(move |user| {
            let numbers = from.div_euclid(user.interval)..=(to - 1).div_euclid(user.interval);
            numbers.map(move |number| self.nth_interval(place, user, number))
        })
    }

    fn nth_interval(&self, place: usize, user: &User, number: i64) -> ActivityInterval {
        let start = number * user.interval;
        let agent = i64::try_from(place).unwrap_or(i64::MAX);
        let mut rng = KeyedRng::new(self.seed, RngDomain::Activity, agent, number);
        let on_duty = (hour(start) - user.shift).rem_euclid(24) < SHIFT_HOURS;
        let activity = if on_duty { self.draw(&mut rng, place, user, start) } else { Activity::Offline };
        ActivityInterval { start, end: start + user.interval, activity }
    }

    fn draw(&self, rng: &mut KeyedRng, place: usize, user: &User, start: i64) -> Activity {
        match rng.between(0, 99) {
            0..=24 => Activity::Available,
            25..=34 => Activity::Away(usize::try_from(rng.between(2, 4)).unwrap_or(STATUSES.len())),
            35..=36 => Activity::Offline,
            roll => {
                let Some((queue, channel)) = self.draw_queue(rng, user) else { return Activity::Available };
                if roll <= 39 {
                    return Activity::Missed { queue, channel };
                }
                let within = (start, user.interval);
                let mut contacts = vec![Contact::taken(rng, within, ALONE, place, (queue, channel))];
                if channel != Channel::Voice && rng.chance(50) {
                    contacts.push(Contact::taken(rng, within, BESIDE, place, (queue, channel)));
                }
                Activity::Busy(contacts)
            }
        }
    }

    fn draw_queue(&self, rng: &mut KeyedRng, user: &User) -> Option<(usize, Channel)> {
        let queue = *rng.pick(&self.profiles.get(user.profile)?.queues)?;
        let channel = *rng.pick(&self.queues.get(queue)?.channels)?;
        Some((queue, channel))
    }

    /// The contacts that a user was done with from `from` to before `to`.
    pub(crate) fn handled(&self, user: usize, from: i64, to: i64) -> impl Iterator<Item = Contact> + '_ {
        // A interval closes its contacts with its end at the latest: that of the one before the first may be `from`.
        let contacts =
            self.activity_intervals(user, from - 1, to).flat_map(|interval| match interval.activity {
                Activity::Busy(contacts) => contacts,
                _ => Vec::new(),
            });
        contacts.filter(move |contact| (from..to).contains(&contact.closed))
    }
}
