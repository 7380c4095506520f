//! Queues as tiles.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use switchboard_contacts::{attribute::SystemAttribute, standing};

use super::contacts::ContactStanding;
use crate::sources::{Picture, SERVICE_LEVEL_SECONDS, Today, id_of};

/// What the ARN of an agent's own queue has in it. It is no tile: who waits for one agent is in the list of contacts.
const OWN_QUEUE: &str = "/queue/agent/";

/// A queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QueueTile {
    /// The queue's id.
    pub queue_id: String,
    /// Its name, or its id while nothing has told the name.
    pub name: String,
    /// Contacts that wait, those that ring at an agent included, callbacks not.
    pub waiting: usize,
    /// Since when the one waits that has waited for the longest.
    pub longest_wait_since: Option<Timestamp>,
    /// Callbacks that no agent has taken yet.
    pub callbacks: usize,
    /// Contacts that are to begin later.
    pub scheduled: usize,
    /// Contacts with an agent, holds and pauses left out.
    pub with_agent: usize,
    /// Contacts on hold or paused.
    pub on_hold: usize,
    /// Contacts that have ended and that an agent wraps up.
    pub after_contact_work: usize,
    /// Contacts waiting or with an agent, by channel.
    pub channels: BTreeMap<String, usize>,
    /// The day so far, all channels together; [`None`] where the record tables have nothing of it.
    pub today: Option<QueueDay>,
}

/// A queue's day so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct QueueDay {
    /// Contacts that came into the queue and whose stay has ended.
    pub offered: u64,
    /// Those that an agent was connected with.
    pub answered: u64,
    /// Those whose customer gave up.
    pub abandoned: u64,
    /// Those answered in less than the threshold.
    pub answered_within: u64,
    /// The threshold, in seconds.
    pub within_seconds: u32,
}

impl QueueDay {
    /// Of the contacts offered, how many per cent were answered in time, rounded down; [`None`] without any.
    pub fn service_level_percent(&self) -> Option<u64> {
        (self.answered_within * 100).checked_div(self.offered)
    }
}

impl QueueTile {
    fn new(queue_id: &str) -> Self {
        Self {
            queue_id: queue_id.to_owned(),
            name: queue_id.to_owned(),
            waiting: 0,
            longest_wait_since: None,
            callbacks: 0,
            scheduled: 0,
            with_agent: 0,
            on_hold: 0,
            after_contact_work: 0,
            channels: BTreeMap::new(),
            today: None,
        }
    }

    fn add(&mut self, standing: ContactStanding, since: Option<Timestamp>) {
        match standing {
            ContactStanding::Waiting => {
                self.waiting += 1;
                self.longest_wait_since = match (self.longest_wait_since, since) {
                    (Some(one), Some(other)) => Some(one.min(other)),
                    (one, other) => one.or(other),
                };
            }
            ContactStanding::Callback => self.callbacks += 1,
            ContactStanding::Scheduled => self.scheduled += 1,
            ContactStanding::WithAgent => self.with_agent += 1,
            ContactStanding::OnHold | ContactStanding::Paused => self.on_hold += 1,
            ContactStanding::AfterContactWork => self.after_contact_work += 1,
            ContactStanding::Flow | ContactStanding::Ended => {}
        }
    }
}

/// The queues that have contacts now or had some today, the worst first: who has somebody waiting for the longest; then by name.
pub fn queues(picture: &Picture) -> Vec<QueueTile> {
    let mut tiles: BTreeMap<String, QueueTile> = BTreeMap::new();
    for contact in &picture.contacts {
        let standing = ContactStanding::of(contact);
        let Some(arn) = contact.text(SystemAttribute::QueueArn).filter(|arn| !arn.contains(OWN_QUEUE)) else {
            continue;
        };
        let tile = tiles.entry(id_of(arn).to_owned()).or_insert_with(|| QueueTile::new(id_of(arn)));
        if let Some(name) = picture.names.queue(contact) {
            tile.name = name;
        }
        if let Some(channel) = contact.text(SystemAttribute::Channel)
            && standing != ContactStanding::AfterContactWork
        {
            *tile.channels.entry(channel.to_owned()).or_default() += 1;
        }
        tile.add(standing, standing::since(contact));
    }
    if let Some(today) = &picture.today {
        add_today(&mut tiles, today);
    }
    let mut tiles: Vec<QueueTile> = tiles.into_values().collect();
    tiles.sort_by(|one, other| {
        let key = |tile: &QueueTile| (tile.longest_wait_since.is_none(), tile.longest_wait_since);
        key(one)
            .cmp(&key(other))
            .then_with(|| (&one.name, &one.queue_id).cmp(&(&other.name, &other.queue_id)))
    });
    tiles
}

fn add_today(tiles: &mut BTreeMap<String, QueueTile>, today: &Today) {
    for row in &today.queues {
        let Some(id) = row.key.queue.as_deref().filter(|id| !id.is_empty()).map(id_of) else { continue };
        let tile = tiles.entry(id.to_owned()).or_insert_with(|| QueueTile::new(id));
        if let Some(name) = row.queue_name.as_ref().filter(|_| tile.name == tile.queue_id) {
            tile.name.clone_from(name);
        }
        let day = tile.today.get_or_insert_default();
        day.within_seconds = SERVICE_LEVEL_SECONDS;
        day.offered += row.offered;
        day.answered += row.answered;
        day.abandoned += row.abandoned;
    }
    for level in &today.service_levels {
        let id = level.key.queue.as_deref().map(id_of);
        if let Some(day) = id.and_then(|id| tiles.get_mut(id)).and_then(|tile| tile.today.as_mut()) {
            day.answered_within += level.answered_within;
        }
    }
}
