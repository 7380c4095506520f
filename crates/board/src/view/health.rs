//! What can be told of the data's health.

use jiff::Timestamp;
use serde::Serialize;
use switchboard_records::ReconciledHour;

use super::feed::{Feed, feed};
use crate::{
    sources::{Picture, id_of},
    undelivered::{Undelivered, UndeliveredKind},
};

/// The health of a board's data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Health {
    /// Whether the board is of now.
    pub feed: Feed,
    /// The stores.
    pub sources: Vec<SourceHealth>,
    /// What could not be delivered, place by place; none where it is not counted.
    pub undelivered: Vec<UndeliveredHealth>,
    /// The tables that polls fill, of each instance; none without metric tables.
    pub polls: Vec<PollHealth>,
    /// The hours of the last day that were compared with what Connect lists, the latest first.
    pub reconciled_hours: Vec<ReconciledHour>,
}

/// A store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceHealth {
    /// `contacts`, `agents` or `records`.
    pub name: &'static str,
    /// Whether the board reads one.
    pub is_read: bool,
    /// When the newest of its events happened that this board has seen; of records the newest moment in them.
    pub last_event_at: Option<Timestamp>,
    /// How long that is ago, in whole minutes.
    pub lag_minutes: Option<i64>,
    /// How many active contacts, agents, or queues and channels of today it holds.
    pub items: usize,
}

/// A place of what could not be delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UndeliveredHealth {
    /// What it is called.
    pub name: String,
    /// What is in it.
    pub kind: UndeliveredKind,
    /// How much, by an approximate count; [`None`] if nobody could look.
    pub count: Option<u64>,
    /// The section of the runbook that says what to do.
    pub runbook: &'static str,
}

/// A table that polls of Amazon Connect fill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PollHealth {
    /// The instance's id.
    pub instance_id: String,
    /// The table's name.
    pub table: String,
    /// When it was polled completely for the last time.
    pub complete_at: Option<Timestamp>,
    /// How long ago that may be, in seconds.
    pub fresh_within_seconds: u32,
    /// True if it is no longer ago.
    pub is_fresh: bool,
}

/// The tables that polls fill.
fn polls(picture: &Picture, now: Timestamp) -> Vec<PollHealth> {
    let times = picture.polls.iter().flat_map(|polls| &polls.times);
    let polls = times.filter_map(|poll| {
        Some(PollHealth {
            instance_id: id_of(&poll.instance_arn).to_owned(),
            table: poll.table.clone(),
            complete_at: poll.complete_at,
            fresh_within_seconds: poll.schedule()?.fresh_within_seconds,
            is_fresh: poll.is_fresh(now),
        })
    });
    polls.collect()
}

/// What could not be delivered, what somebody must look at first.
fn undelivered_health(undelivered: &[Undelivered]) -> Vec<UndeliveredHealth> {
    let row = |place: &Undelivered| UndeliveredHealth {
        name: place.name.clone(),
        kind: place.kind,
        count: place.count,
        runbook: match place.kind {
            UndeliveredKind::DeadLetters => "docs/RUNBOOK.md#dead-letters",
            UndeliveredKind::Rejected => "docs/RUNBOOK.md#records-rejected",
        },
    };
    let mut rows: Vec<_> = undelivered.iter().map(row).collect();
    rows.sort_by(|a, b| (a.count == Some(0), &a.name).cmp(&(b.count == Some(0), &b.name)));
    rows
}

/// The health of what was read by now, and of what could not be delivered.
pub fn health(
    (picture, now): (&Picture, Timestamp),
    reconciled_hours: Vec<ReconciledHour>,
    undelivered: &[Undelivered],
) -> Health {
    let agents = picture.agents.as_ref();
    let records = picture.figures.as_ref();
    let lag = |at: Option<Timestamp>| at.map(|at| now.duration_since(at).as_mins().max(0));
    Health {
        feed: feed(picture),
        undelivered: undelivered_health(undelivered),
        polls: polls(picture, now),
        reconciled_hours,
        sources: vec![
            SourceHealth {
                name: "contacts",
                is_read: true,
                last_event_at: picture.last_contact_event,
                lag_minutes: lag(picture.last_contact_event),
                items: picture.contacts.len(),
            },
            SourceHealth {
                name: "agents",
                is_read: agents.is_some(),
                last_event_at: picture.last_agent_event(),
                lag_minutes: lag(picture.last_agent_event()),
                items: agents.map_or(0, |roster| roster.agents.len()),
            },
            SourceHealth {
                name: "records",
                is_read: records.is_some(),
                last_event_at: records.and_then(|figures| figures.last_record),
                lag_minutes: lag(records.and_then(|figures| figures.last_record)),
                items: records.map_or(0, |figures| figures.today.queues.len()),
            },
        ],
    }
}
