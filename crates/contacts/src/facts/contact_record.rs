//! What a contact record says that happened.

use jiff::{SignedDuration, Timestamp};
use switchboard_core::{
    ctr::{Ctr, Endpoint},
    json::Raw,
    outcome::AgentTransfer,
};

use super::{Clock, Fact, FactKind, FactList, text};
use crate::version::{Source, Trust};

/// As of when a contact record is: its `LastUpdateTimestamp`, or else the latest time that it states. [`None`] if it states
/// none.
pub(crate) fn time_of_contact_record(ctr: &Ctr<'_>, clock: &Clock) -> Option<Timestamp> {
    let agent = ctr.agent();
    let ends = [ctr.initiation_timestamp, ctr.disconnect_timestamp, agent.after_contact_work_end_timestamp];
    let latest = || ends.into_iter().filter_map(|time| clock.instant(time)).max();
    clock.instant(ctr.last_update_timestamp).or_else(latest)
}

/// What a contact record says; `at` is [as of when](time_of_contact_record) it is. It comes after all work on the contact; one
/// without any time says nothing.
pub(crate) fn of_contact_record(ctr: &Ctr<'_>, at: Option<Timestamp>, clock: &Clock) -> Vec<Fact> {
    let mut facts = FactList::new(Source::ContactRecord);
    let (queue, agent) = (ctr.queue(), ctr.agent());
    let stated = |field: Raw<'_>| clock.instant(field).map(|at| (at, Trust::Retold));
    facts.add(FactKind::Began, stated(ctr.initiation_timestamp), Raw::ABSENT, None);
    facts.add(FactKind::ReachedSystem, stated(ctr.connected_to_system_timestamp), Raw::ABSENT, None);
    let enqueued = stated(queue.enqueue_timestamp);
    facts.add(FactKind::Queued, enqueued, queue.arn, None);
    let waited = queue.duration.integer().filter(|secs| (0..=MAX_WAIT_SECS).contains(secs));
    let by_duration = enqueued
        .zip(waited)
        .and_then(|((at, trust), secs)| Some((at.checked_add(SignedDuration::from_secs(secs)).ok()?, trust)));
    facts.add(FactKind::LeftQueue, stated(queue.dequeue_timestamp).or(by_duration), queue.arn, None);
    facts.add(FactKind::Answered, stated(agent.connected_to_agent_timestamp), agent.arn, None);
    let endpoint = Endpoint::read(ctr.transferred_to_endpoint);
    let transferred = stated(ctr.transfer_completed_timestamp);
    let to = AgentTransfer::of(transferred.is_some(), endpoint.kind.text().as_deref());
    let to = to.map(|to| match to {
        AgentTransfer::ThirdParty => "number".to_owned(),
        AgentTransfer::Internal => "colleague".to_owned(),
    });
    facts.add(FactKind::Transferred, transferred, endpoint.address, to);
    facts.add(FactKind::WrapUp, stated(agent.after_contact_work_start_timestamp), agent.arn, None);
    facts.add(FactKind::WrappedUp, stated(agent.after_contact_work_end_timestamp), agent.arn, None);
    let reason = text(ctr.disconnect_reason);
    let ended = stated(ctr.disconnect_timestamp).or(at.map(|at| (at, Trust::StandIn)));
    facts.add(FactKind::Ended, ended, Raw::ABSENT, reason);
    facts.add(FactKind::Completed, at.map(|at| (at, Trust::Retold)), Raw::ABSENT, None);
    facts.list
}

/// A contact lives 90 days at most.
const MAX_WAIT_SECS: i64 = 90 * 24 * 60 * 60;
