//! The contact centre: an endless iterator of records.

use std::{collections::VecDeque, fmt};

use jiff::Timestamp;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use switchboard_core::phone::PhoneNumber;

use crate::{
    contact::{self, Contact},
    fixtures::FICTIONAL_CALLERS,
    record,
    rng::{chance, skewed},
    times::SPAN_SECONDS,
};

/// How many contacts are remembered to be delivered again.
const REMEMBERED: usize = 64;
/// How many second legs may wait for their turn.
const HELD_BACK: usize = 8;

/// One contact trace record.
#[derive(Clone, PartialEq, Eq)]
pub struct SimulatedCtr {
    /// The `ContactId`; the same one again when a record is delivered again.
    pub contact_id: String,
    /// The record: one line of compact JSON without a line end.
    pub json: String,
}

/// Shows the id alone: the callers may be somebody's real ones.
impl fmt::Debug for SimulatedCtr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimulatedCtr").field("contact_id", &self.contact_id).finish_non_exhaustive()
    }
}

/// An invented contact centre: an endless iterator of contact trace records.
///
/// Every record's contact began within the seven days before `now`, more often in office hours
/// (9 to 17, Monday to Friday, ten hours ahead of UTC) than out of them, and was written by `now`.
/// Records come in no order of time. One in 25 or so is one that came before, with newer attributes
/// and a greater `LastUpdateTimestamp`; of those remembered for this there are at most 64, so a centre
/// doesn't grow however long it runs.
pub struct CtrGenerator {
    rng: ChaCha8Rng,
    callers: Vec<PhoneNumber>,
    /// Seconds since 1970.
    now: i64,
    remembered: VecDeque<Contact>,
    held_back: VecDeque<Contact>,
}

impl CtrGenerator {
    /// A centre whose records follow from `seed` alone, for the same callers and the same `now`.
    ///
    /// Callers are drawn from `callers`; with none given, from numbers reserved for fiction. Fractions
    /// of a second of `now` are dropped, as records have none.
    pub fn new(seed: u64, mut callers: Vec<PhoneNumber>, now: Timestamp) -> Self {
        if callers.is_empty() {
            callers = FICTIONAL_CALLERS.iter().filter_map(|number| PhoneNumber::parse(number)).collect();
        }
        // Where the calendar begins there are no seven days before.
        let now = now.as_second().max(Timestamp::MIN.as_second() + SPAN_SECONDS);
        let rng = ChaCha8Rng::seed_from_u64(seed);
        Self { rng, callers, now, remembered: VecDeque::new(), held_back: VecDeque::new() }
    }

    /// The contact whose record is next.
    fn next_contact(&mut self) -> Contact {
        if chance(&mut self.rng, 4)
            && let Some(updated) = self.update_one()
        {
            return updated;
        }
        if (self.held_back.len() >= HELD_BACK || chance(&mut self.rng, 25))
            && let Some(leg) = self.held_back.pop_front()
        {
            return leg;
        }
        let (contact, second_leg) = contact::draw(&mut self.rng, &self.callers, self.now);
        self.held_back.extend(second_leg);
        contact
    }

    /// A remembered contact, changed after the fact.
    fn update_one(&mut self) -> Option<Contact> {
        let upper = u32::try_from(self.remembered.len()).ok().filter(|&count| count > 0)?;
        let place = usize::try_from(self.rng.random_range(0..upper)).ok()?;
        let mut contact = self.remembered.remove(place)?;
        let since = self.now - contact.times.start - contact.times.last_update;
        if since < 1 {
            return None;
        }
        let later = self.now - since + skewed(&mut self.rng, 1, since);
        contact.update(&mut self.rng, later);
        Some(contact)
    }

    fn remember(&mut self, contact: Contact) {
        if self.remembered.len() >= REMEMBERED {
            self.remembered.pop_front();
        }
        self.remembered.push_back(contact);
    }
}

impl Iterator for CtrGenerator {
    type Item = SimulatedCtr;

    /// The next record; there always is one.
    fn next(&mut self) -> Option<SimulatedCtr> {
        let contact = self.next_contact();
        // Strings and numbers under string keys always serialise.
        let json = serde_json::to_string(&record::of(&contact)).ok()?;
        let contact_id = contact.id.clone();
        if contact.is_answered() && chance(&mut self.rng, 15) {
            self.remember(contact);
        }
        Some(SimulatedCtr { contact_id, json })
    }
}

impl fmt::Debug for CtrGenerator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CtrGenerator").field("callers", &self.callers.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_centre_does_not_grow() {
        let mut centre = CtrGenerator::new(4, Vec::new(), "2026-11-06T05:00:00Z".parse().unwrap());
        let mut most = 0;
        for _ in 0..5_000 {
            centre.next();
            most = most.max(centre.remembered.len());
            assert!(centre.remembered.len() <= REMEMBERED && centre.held_back.len() <= HELD_BACK);
        }
        assert_eq!(most, REMEMBERED);
    }
}
