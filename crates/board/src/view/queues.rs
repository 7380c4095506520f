//! Queues as tiles.

use std::{cmp::Reverse, collections::BTreeMap};

use jiff::Timestamp;
use serde::Serialize;
use switchboard_contacts::{attribute::SystemAttribute, standing};
use switchboard_core::activity::Activity;
use switchboard_records::intervals::{QueueInterval, QueueKey};

use super::{
    agents::{AgentRow, AgentStanding},
    contacts::ContactStanding,
    figures::{Level, QueueFigures, answered_within},
    polled::{ConnectCount, PolledNow, polled},
};
use crate::{
    sources::{Figures, Picture, id_of},
    thresholds::QueueThresholds,
};

/// What the ARN of an agent's own queue has in it. It is no tile: who waits for one agent is in the list of contacts.
const OWN_QUEUE: &str = "/queue/agent/";

/// A queue.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QueueTile {
    /// The queue's id.
    pub queue_id: String,
    /// Its name, or its id while nothing has told the name.
    pub name: String,
    /// Contacts that wait, those that ring at an agent included, callbacks not.
    pub waiting: usize,
    /// Since when the one waits that has waited for the longest.
    pub longest_wait_since: Option<Timestamp>,
    /// The same of calls and chats alone, whose customers wait in person: a task or an e-mail may wait for hours.
    pub longest_live_wait_since: Option<Timestamp>,
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
    /// What the agents do whose routing profile has this queue; [`None`] without a store of agents.
    pub agents: Option<QueueAgents>,
    /// What Amazon Connect counts, if that has differed from `waiting` for two minutes.
    pub connect: Option<ConnectCount>,
    /// The half hour that goes on; [`None`] without record tables and metric tables.
    pub interval: Option<QueueFigures>,
    /// The local day so far; [`None`] without record tables and metric tables.
    pub today: Option<QueueFigures>,
    /// From where on its figures are worse than they should be.
    pub thresholds: QueueThresholds,
    /// How far the number of contacts that wait is from what it should be.
    pub waiting_level: Level,
    /// How far the longest wait is from what it should be.
    pub wait_level: Level,
    /// The worst of those and of the service level of the interval.
    pub level: Level,
}

/// What the agents of a queue do. Each counts once in each queue of the routing profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct QueueAgents {
    /// Routable, and nothing in hand.
    pub available: usize,
    /// On a contact, on hold or ringing, of whichever queue.
    pub on_contact: usize,
    /// In after-contact work.
    pub after_contact_work: usize,
    /// In a custom status, or in an error that is not cleared yet.
    pub away: usize,
}

impl QueueAgents {
    fn add(&mut self, standing: AgentStanding) {
        match standing {
            AgentStanding::Activity(Activity::Available) => self.available += 1,
            AgentStanding::Activity(Activity::OnContact | Activity::OnHold | Activity::Incoming) => {
                self.on_contact += 1;
            }
            AgentStanding::Activity(Activity::AfterContactWork) => self.after_contact_work += 1,
            AgentStanding::Away
            | AgentStanding::Activity(Activity::Error | Activity::Missed | Activity::Rejected) => {
                self.away += 1;
            }
            AgentStanding::LoggedOff => {}
        }
    }
}

impl QueueTile {
    fn new(queue_id: &str, picture: &Picture) -> Self {
        Self {
            queue_id: queue_id.to_owned(),
            name: queue_id.to_owned(),
            waiting: 0,
            longest_wait_since: None,
            longest_live_wait_since: None,
            callbacks: 0,
            scheduled: 0,
            with_agent: 0,
            on_hold: 0,
            after_contact_work: 0,
            channels: BTreeMap::new(),
            agents: None,
            connect: None,
            interval: None,
            today: None,
            thresholds: picture.thresholds.of(queue_id),
            waiting_level: Level::Calm,
            wait_level: Level::Calm,
            level: Level::Calm,
        }
    }

    fn with_levels(mut self, now: Timestamp) -> Self {
        let QueueThresholds { waiting, longest_wait_seconds, points_below_target } = self.thresholds;
        let count = i64::try_from(self.waiting).unwrap_or(i64::MAX);
        self.waiting_level = waiting.map_or(Level::Calm, |threshold| Level::of(count, threshold));
        self.wait_level = self
            .longest_live_wait_since
            .map_or(Level::Calm, |since| Level::of_wait(since, now, longest_wait_seconds));
        let service_level = self.interval.map_or(Level::Calm, |interval| interval.level(points_below_target));
        self.level = self.wait_level.max(self.waiting_level).max(service_level);
        self
    }

    fn set_now(&mut self, now: PolledNow) {
        let [available, on_contact, after_contact_work, away] = now.agents;
        self.agents = Some(QueueAgents { available, on_contact, after_contact_work, away });
        (self.waiting, self.scheduled, self.channels) = (now.waiting, now.scheduled, now.channels);
        self.longest_wait_since = now.longest_wait_since;
        self.longest_live_wait_since = now.longest_live_wait_since;
    }

    fn add(&mut self, standing: ContactStanding, since: Option<Timestamp>, is_live: bool) {
        match standing {
            ContactStanding::Waiting => {
                self.waiting += 1;
                self.longest_wait_since = earlier(self.longest_wait_since, since);
                if is_live {
                    self.longest_live_wait_since = earlier(self.longest_live_wait_since, since);
                }
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

fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// The queues that have contacts now, had some today or have agents: the worst level first, in it who waits for the longest;
/// those as they should be by name, so that they keep their places.
pub fn queues(picture: &Picture, agents: &[AgentRow]) -> Vec<QueueTile> {
    let mut tiles: BTreeMap<String, QueueTile> = BTreeMap::new();
    add_agents(&mut tiles, picture, agents);
    for contact in &picture.contacts {
        let standing = ContactStanding::of(contact);
        let Some(arn) = contact.text(SystemAttribute::QueueArn).filter(|arn| !arn.contains(OWN_QUEUE)) else {
            continue;
        };
        let tile = tiles.entry(id_of(arn).to_owned()).or_insert_with(|| QueueTile::new(id_of(arn), picture));
        if let Some(name) = picture.names.queue(contact) {
            tile.name = name;
        }
        if let Some(channel) = contact.text(SystemAttribute::Channel)
            && standing != ContactStanding::AfterContactWork
        {
            *tile.channels.entry(channel.to_owned()).or_default() += 1;
        }
        let is_live = matches!(contact.text(SystemAttribute::Channel), Some("VOICE" | "CHAT"));
        tile.add(standing, standing::since(contact), is_live);
    }
    if let Some(figures) = picture.figures.as_ref().filter(|figures| !figures.lacks_intervals) {
        add_figures(&mut tiles, picture, figures);
    }
    add_polled(&mut tiles, picture);
    let mut tiles: Vec<QueueTile> = tiles.into_values().map(|tile| tile.with_levels(picture.at)).collect();
    tiles.sort_by(|one, other| {
        let key = |tile: &QueueTile| {
            let waits = tile.longest_live_wait_since.filter(|_| tile.level > Level::Calm);
            (Reverse(tile.level), waits.is_none(), waits)
        };
        key(one)
            .cmp(&key(other))
            .then_with(|| (&one.name, &one.queue_id).cmp(&(&other.name, &other.queue_id)))
    });
    tiles
}

/// What the queues are called, by id: those of routing profiles, of active contacts and of today.
pub fn queue_names(picture: &Picture) -> BTreeMap<String, String> {
    let tiles = queues(picture, &[]).into_iter();
    tiles.map(|tile| (tile.queue_id, tile.name)).collect()
}

/// Queues are known from routing profiles before they have a contact.
fn add_agents(tiles: &mut BTreeMap<String, QueueTile>, picture: &Picture, agents: &[AgentRow]) {
    let Some(roster) = &picture.agents else { return };
    for (id, name) in roster.routing_profiles.values().flat_map(|profile| &profile.queues) {
        let tile = tiles.entry(id.clone()).or_insert_with(|| QueueTile::new(id, picture));
        tile.name.clone_from(name);
        tile.agents.get_or_insert_default();
    }
    for agent in agents {
        for id in &agent.queue_ids {
            if let Some(tile) = tiles.get_mut(id) {
                tile.agents.get_or_insert_default().add(agent.standing);
            }
        }
    }
}

fn add_figures(tiles: &mut BTreeMap<String, QueueTile>, picture: &Picture, figures: &Figures) {
    let id = |row: &QueueInterval| {
        row.key.queue.as_deref().filter(|id| !id.is_empty()).map(id_of).map(str::to_owned)
    };
    for row in figures.today.queues.iter().chain(&figures.interval.queues) {
        // An agent's own queue has no name.
        let (Some(id), Some(name)) = (id(row), &row.queue_name) else { continue };
        let tile = tiles.entry(id.clone()).or_insert_with(|| QueueTile::new(&id, picture));
        if tile.name == tile.queue_id {
            tile.name.clone_from(name);
        }
    }
    for (is_interval, period) in [(true, &figures.interval), (false, &figures.today)] {
        let mut rows: BTreeMap<String, Vec<&QueueInterval>> = BTreeMap::new();
        for row in &period.queues {
            if let Some(id) = id(row) {
                rows.entry(id).or_default().push(row);
            }
        }
        for tile in tiles.values_mut() {
            let rows = rows.get(&tile.queue_id).map(Vec::as_slice).unwrap_or_default();
            let with_target = rows.iter().map(|row| {
                let target = figures.target(&row.key);
                (*row, answered_within(period, row, target.seconds), target)
            });
            let sum = QueueFigures::sum(with_target, period.from);
            let sum =
                sum.or_else(|| Some(QueueFigures::none(period.from, figures.target(&key(&tile.queue_id)))));
            if is_interval { tile.interval = sum } else { tile.today = sum }
        }
    }
}

/// Of a queue that events don't tell of, polls say how it is; a queue in which nothing ever waited or counted has no tile for them.
fn add_polled(tiles: &mut BTreeMap<String, QueueTile>, picture: &Picture) {
    for (id, polled) in polled(picture) {
        let is_told = polled.connect.is_some() || polled.now.is_some() || polled.figures.is_some();
        if !is_told && !tiles.contains_key(&id) {
            continue;
        }
        let tile = tiles.entry(id.clone()).or_insert_with(|| QueueTile::new(&id, picture));
        tile.connect = polled.connect;
        if let Some(name) = polled.name.filter(|_| tile.name == tile.queue_id) {
            tile.name = name;
        }
        if let Some((interval, today)) = polled.figures {
            (tile.interval, tile.today) = (Some(interval), Some(today));
        }
        if let Some(now) = polled.now {
            tile.set_now(now);
        }
    }
}

/// The key of a queue of which nothing is known but its id.
fn key(queue_id: &str) -> QueueKey {
    let at = Timestamp::UNIX_EPOCH;
    let queue = Some(queue_id.to_owned());
    QueueKey { from: at, to: at, aws_region: String::new(), instance_id: String::new(), queue, channel: None }
}
