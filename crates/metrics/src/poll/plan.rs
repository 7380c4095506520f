//! Whether the polls of an instance of this size fit the requests that it may send.

use crate::{
    load::{CentreSize, PollLoad, loads},
    rows::ResourceKind,
};

use super::Poller;

impl Poller {
    /// The polls that need more requests than their time allows, by the lists of queues and users that were read last.
    ///
    /// The rate of an instance is its share of the account's quotas, so that where no instance has one, the polls of all
    /// instances fit them. `None` while a list is unknown or older than the cache keeps it: right after
    /// [`metadata`](Self::metadata), if that read both.
    pub fn outgrown(&self) -> Option<Vec<PollLoad>> {
        let count = |kind| Some(self.cached(kind)?.len() as u64);
        let size = CentreSize { queues: count(ResourceKind::Queue)?, agents: count(ResourceKind::User)? };
        let loads = loads(size, self.connect.request_rate());
        Some(loads.into_iter().filter(|load| !load.fits()).collect())
    }
}
