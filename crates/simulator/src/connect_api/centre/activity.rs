//! The spells of an agent's day.

use super::{
    Centre, Channel, STATUSES, User,
    contact::{Contact, Parts},
    dice::{Dice, Of},
};

/// The finest intervals of history, in seconds.
pub(crate) const CELL: i64 = 300;

/// How long a shift lasts, in hours.
const SHIFT: i64 = 8;

/// One that takes the whole spell.
const ALONE: Parts = Parts { offered: 0, connected: 5, ended: 75, closed: 100 };
/// One beside it.
const BESIDE: Parts = Parts { offered: 20, connected: 25, ended: 60, closed: 75 };

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
pub(crate) struct Spell {
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) activity: Activity,
}

/// The hour of the day, UTC.
pub(crate) fn hour(at: i64) -> i64 {
    at.div_euclid(3600).rem_euclid(24)
}

impl Centre {
    /// A user's spell at a moment.
    pub(crate) fn spell(&self, place: usize, at: i64) -> Option<Spell> {
        let user = self.users.get(place)?;
        Some(self.nth_spell(place, user, at.div_euclid(user.spell)))
    }

    /// A user's spells that touch the time from `from` to before `to`, in order.
    pub(crate) fn spells(&self, place: usize, from: i64, to: i64) -> impl Iterator<Item = Spell> + '_ {
        let user = self.users.get(place);
        user.into_iter().flat_map(move |user| {
            let numbers = from.div_euclid(user.spell)..=(to - 1).div_euclid(user.spell);
            numbers.map(move |number| self.nth_spell(place, user, number))
        })
    }

    fn nth_spell(&self, place: usize, user: &User, number: i64) -> Spell {
        let start = number * user.spell;
        let agent = i64::try_from(place).unwrap_or(i64::MAX);
        let mut dice = Dice::new(self.seed, Of::Spell, agent, number);
        let on_duty = (hour(start) - user.shift).rem_euclid(24) < SHIFT;
        let activity = if on_duty { self.draw(&mut dice, place, user, start) } else { Activity::Offline };
        Spell { start, end: start + user.spell, activity }
    }

    fn draw(&self, dice: &mut Dice, place: usize, user: &User, start: i64) -> Activity {
        match dice.between(0, 99) {
            0..=24 => Activity::Available,
            25..=34 => Activity::Away(usize::try_from(dice.between(2, 4)).unwrap_or(STATUSES.len())),
            35..=36 => Activity::Offline,
            roll => {
                let Some((queue, channel)) = self.draw_queue(dice, user) else { return Activity::Available };
                if roll <= 39 {
                    return Activity::Missed { queue, channel };
                }
                let within = (start, user.spell);
                let mut contacts = vec![Contact::taken(dice, within, ALONE, place, (queue, channel))];
                if channel != Channel::Voice && dice.chance(50) {
                    contacts.push(Contact::taken(dice, within, BESIDE, place, (queue, channel)));
                }
                Activity::Busy(contacts)
            }
        }
    }

    fn draw_queue(&self, dice: &mut Dice, user: &User) -> Option<(usize, Channel)> {
        let queue = *dice.pick(&self.profiles.get(user.profile)?.queues)?;
        let channel = *dice.pick(&self.queues.get(queue)?.channels)?;
        Some((queue, channel))
    }

    /// The contacts that a user was done with from `from` to before `to`.
    pub(crate) fn handled(&self, user: usize, from: i64, to: i64) -> impl Iterator<Item = Contact> + '_ {
        // A spell closes its contacts with its end at the latest: that of the one before the first may be `from`.
        let contacts = self.spells(user, from - 1, to).flat_map(|spell| match spell.activity {
            Activity::Busy(contacts) => contacts,
            _ => Vec::new(),
        });
        contacts.filter(move |contact| (from..to).contains(&contact.closed))
    }
}
