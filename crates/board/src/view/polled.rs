//! What Amazon Connect counted itself, queue by queue.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use switchboard_metrics::reader::PolledQueue;

use super::{
    feed::{Feed, feed},
    figures::QueueFigures,
};
use crate::sources::{Picture, PolledFigures, whole};

/// A count of Amazon Connect's that has differed from the events for two minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ConnectCount {
    /// How many contacts Connect counts in the queue.
    pub waiting: u64,
    /// Since when that differs.
    pub since: Timestamp,
}

/// What polls say of a queue.
#[derive(Debug, Default)]
pub(super) struct PolledTile {
    pub(super) name: Option<String>,
    pub(super) connect: Option<ConnectCount>,
    /// The queue as of now; [`None`] where events tell that.
    pub(super) now: Option<PolledNow>,
    /// The half hour that goes on and the local day so far; [`None`] where the record tables tell them.
    pub(super) figures: Option<(QueueFigures, QueueFigures)>,
}

/// A queue as of the last poll, all channels together.
#[derive(Debug, Default)]
pub(super) struct PolledNow {
    pub(super) waiting: usize,
    pub(super) scheduled: usize,
    /// Contacts waiting, by channel.
    pub(super) channels: BTreeMap<String, usize>,
    pub(super) longest_wait_since: Option<Timestamp>,
    /// The same of calls and chats alone.
    pub(super) longest_live_wait_since: Option<Timestamp>,
    /// Agents available, on contact, in after-contact work, and away. An agent of two channels is in the row of both, so these are
    /// those of the channel that has most.
    pub(super) agents: [usize; 4],
}

impl PolledNow {
    fn add(&mut self, row: &PolledQueue) {
        let count = |number: Option<f64>| usize::try_from(whole(number)).unwrap_or(usize::MAX);
        let waiting = count(row.in_queue);
        self.waiting += waiting;
        self.scheduled += count(row.scheduled);
        if waiting > 0 {
            *self.channels.entry(row.channel.clone()).or_default() += waiting;
            let since = row.oldest_since();
            let earlier = |one: Option<Timestamp>| Some(one.map_or(since, |one| one.min(since)));
            self.longest_wait_since = earlier(self.longest_wait_since);
            if matches!(&*row.channel, "VOICE" | "CHAT") {
                self.longest_live_wait_since = earlier(self.longest_live_wait_since);
            }
        }
        let away = Some(row.agents_npt.unwrap_or_default() + row.agents_error.unwrap_or_default());
        let agents = [row.agents_available, row.agents_on_contact, row.agents_acw, away];
        for (held, number) in self.agents.iter_mut().zip(agents) {
            *held = count(number).max(*held);
        }
    }
}

/// What polls say of each queue: where no event has ever come, everything; else what differs, and what counted where there are no
/// record tables.
pub(super) fn polled(picture: &Picture) -> BTreeMap<String, PolledTile> {
    let Some(polls) = &picture.polls else { return BTreeMap::new() };
    let mut tiles: BTreeMap<String, PolledTile> = BTreeMap::new();
    let is_polling = matches!(feed(picture), Feed::Polling { .. });
    for row in polls.queues.iter().filter(|row| polls.is_fresh(&row.instance_arn, picture.at)) {
        let tile = tiles.entry(row.queue_id.clone()).or_default();
        tile.name = tile.name.take().or_else(|| row.queue_name.clone());
        if is_polling {
            tile.now.get_or_insert_default().add(row);
        }
    }
    for ((_, queue_id), difference) in &polls.differences {
        tiles.entry(queue_id.clone()).or_default().connect =
            Some(ConnectCount { waiting: difference.connect_waiting, since: difference.since });
    }
    if let Some(figures) = polls.figures.as_ref().filter(|_| picture.figures.is_none()) {
        for row in &figures.today.1 {
            let tile = tiles.entry(row.queue_id.clone()).or_default();
            tile.name = tile.name.take().or_else(|| row.queue_name.clone());
        }
        for (queue_id, tile) in &mut tiles {
            tile.figures = Some(periods(figures, queue_id));
        }
    }
    tiles
}

fn periods(figures: &PolledFigures, queue_id: &str) -> (QueueFigures, QueueFigures) {
    let [interval, today] = [&figures.interval, &figures.today]
        .map(|(from, rows)| QueueFigures::polled(rows.iter().filter(|row| row.queue_id == queue_id), *from));
    (interval, today)
}
