//! How long a picture says the same while nothing comes: what of it depends on the time alone. Pure.

use jiff::{SignedDuration, Timestamp};
use switchboard_agents::TIME_OUTS;
use switchboard_contacts::{attribute::SystemAttribute, standing, status::Status};
use switchboard_metrics::reader::PollTimes;

use super::{Picture, id_of};
use crate::clock::ClockPhase;

/// Without any event for so long a board is stale: while anybody is logged on, a heartbeat comes every two minutes.
pub const STALE_AFTER: SignedDuration = SignedDuration::from_mins(5);

impl Picture {
    /// When the time that passes alone may next change what is said of it: that nothing has come for too long, that an agent is silent,
    /// that a poll is old, or that a wait has reached a threshold. [`None`] if it never does.
    ///
    /// It holds for each part of the picture, so there may be nothing that changes then.
    pub fn holds_until(&self) -> Option<Timestamp> {
        let contacts = self.contacts.iter().flat_map(|contact| wait_moments(self, contact));
        let moments = event_moments(self).chain(contacts).chain(poll_moments(self));
        moments.filter(|moment| *moment > self.at).min()
    }

    /// True if what was read later says the same.
    pub(super) fn still_holds(&self, later: &Self) -> bool {
        // What is said of a clock that does not run tells its time.
        let runs = matches!(self.phase, ClockPhase::Running { .. });
        let is_in_time = if runs {
            self.at <= later.at && self.holds_until().is_none_or(|until| later.at < until)
        } else {
            self.at == later.at
        };
        is_in_time && self.content() == later.content()
    }
}

/// Any event may be the newest of the part that a viewer sees.
fn event_moments(picture: &Picture) -> impl Iterator<Item = Timestamp> {
    let agents = picture.agents.iter().flat_map(|roster| roster.agents.values());
    let agents = agents.filter_map(|record| record.agent.last_event_at());
    let records = picture.figures.as_ref().and_then(|figures| figures.last_record);
    let others = picture.last_contact_events.values().copied().chain(records);
    let silences = TIME_OUTS.into_iter().chain([STALE_AFTER]);
    agents
        .flat_map(move |event| silences.clone().map(move |silence| just_after(event, silence)))
        .chain(others.map(|event| just_after(event, STALE_AFTER)))
}

fn wait_moments(picture: &Picture, contact: &Status) -> impl Iterator<Item = Timestamp> {
    let queue = contact.text(SystemAttribute::QueueArn).filter(|_| contact.is_waiting());
    let wait = queue.and_then(|arn| Some((id_of(arn), standing::since(contact)?)));
    wait.into_iter()
        .flat_map(|(queue_id, since)| picture.thresholds.of(queue_id).longest_wait_seconds.reached_at(since))
}

fn poll_moments(picture: &Picture) -> impl Iterator<Item = Timestamp> {
    let polls = picture.polls.iter();
    let old = |poll: &PollTimes| Some(just_after(poll.complete_at?, poll.schedule()?.fresh_within()));
    let waits = polls.clone().flat_map(|polls| &polls.queues).flat_map(|row| {
        let threshold = picture.thresholds.of(&row.queue_id).longest_wait_seconds;
        threshold.reached_at(row.oldest_since())
    });
    polls.flat_map(|polls| &polls.times).filter_map(old).chain(waits)
}

/// The first moment that is longer ago than that.
fn just_after(event: Timestamp, length: SignedDuration) -> Timestamp {
    event.saturating_add(length.saturating_add(SignedDuration::from_nanos(1))).unwrap_or(Timestamp::MAX)
}
