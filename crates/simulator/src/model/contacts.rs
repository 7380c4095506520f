//! The contacts that are in the centre now.

use super::{contact::Contact, handle::ContactRef};

/// The contacts that are in the centre now, each at a place that is used again when it has left.
#[derive(Debug, Default)]
pub(super) struct Contacts {
    slots: Vec<Slot>,
    free: Vec<u32>,
}

#[derive(Debug)]
struct Slot {
    generation: u32,
    contact: Option<Box<Contact>>,
}

impl Contacts {
    pub(super) fn insert(&mut self, contact: Contact) -> ContactRef {
        let contact = Some(Box::new(contact));
        if let Some(slot) = self.free.pop()
            && let Some(place) = self.slots.get_mut(to_index(slot))
        {
            place.contact = contact;
            return ContactRef { slot, generation: place.generation };
        }
        let slot = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
        self.slots.push(Slot { generation: 0, contact });
        ContactRef { slot, generation: 0 }
    }

    pub(super) fn get(&self, handle: ContactRef) -> Option<&Contact> {
        let slot = self.slots.get(to_index(handle.slot))?;
        slot.contact.as_deref().filter(|_| slot.generation == handle.generation)
    }

    pub(super) fn get_mut(&mut self, handle: ContactRef) -> Option<&mut Contact> {
        let slot = self.slots.get_mut(to_index(handle.slot))?;
        let is_same = slot.generation == handle.generation;
        slot.contact.as_deref_mut().filter(|_| is_same)
    }

    pub(super) fn remove(&mut self, handle: ContactRef) {
        if let Some(slot) = self.slots.get_mut(to_index(handle.slot))
            && slot.generation == handle.generation
            && slot.contact.take().is_some()
        {
            slot.generation = slot.generation.wrapping_add(1);
            self.free.push(handle.slot);
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// All of them, in the order of their places.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Contact> {
        self.slots.iter().filter_map(|slot| slot.contact.as_deref())
    }
}

fn to_index(slot: u32) -> usize {
    usize::try_from(slot).unwrap_or(usize::MAX)
}
