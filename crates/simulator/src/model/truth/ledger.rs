//! Figures that can still change.

use std::{collections::BTreeMap, io};

/// Figures by key. Each is held by the contacts that can still change it, and leaves once it is held by none.
#[derive(Debug)]
pub(super) struct Ledger<K, F> {
    entries: BTreeMap<K, Entry<F>>,
}

#[derive(Debug, Default)]
struct Entry<F> {
    figures: F,
    /// How many contacts can still change them.
    holds: u32,
}

impl<K, F> Default for Ledger<K, F> {
    fn default() -> Self {
        Self { entries: BTreeMap::new() }
    }
}

impl<K: Ord, F: Default + PartialEq> Ledger<K, F> {
    /// The figures of a key, to count in.
    pub(super) fn figures(&mut self, key: K) -> &mut F {
        &mut self.entries.entry(key).or_default().figures
    }

    /// A contact can change the figures of those keys until it releases them.
    pub(super) fn hold_all(&mut self, keys: impl IntoIterator<Item = K>) {
        keys.into_iter().for_each(|key| self.entries.entry(key).or_default().holds += 1);
    }

    /// A contact that held them changes them no more.
    pub(super) fn release_all(&mut self, keys: impl IntoIterator<Item = K>) {
        for key in keys {
            if let Some(entry) = self.entries.get_mut(&key) {
                entry.holds = entry.holds.saturating_sub(1);
            }
        }
    }

    /// How many keys are in memory.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Writes the figures that are over and held by nobody, in the order of their keys, and forgets them. Where nothing
    /// counted there is nothing to write.
    pub(super) fn settle(
        &mut self,
        is_over: impl Fn(&K) -> bool,
        write: impl FnMut(&K, &F) -> io::Result<()>,
    ) -> io::Result<()> {
        self.write(|key, holds| holds == 0 && is_over(key), write)
    }

    /// Writes all of them, whoever holds them, and forgets them.
    pub(super) fn finish(&mut self, write: impl FnMut(&K, &F) -> io::Result<()>) -> io::Result<()> {
        self.write(|_, _| true, write)
    }

    fn write(
        &mut self,
        leaves: impl Fn(&K, u32) -> bool,
        mut write: impl FnMut(&K, &F) -> io::Result<()>,
    ) -> io::Result<()> {
        let (nothing, mut result) = (F::default(), Ok(()));
        self.entries.retain(|key, entry| {
            let stays = !leaves(key, entry.holds);
            if !stays && result.is_ok() && entry.figures != nothing {
                result = write(key, &entry.figures);
            }
            stays
        });
        result
    }
}
