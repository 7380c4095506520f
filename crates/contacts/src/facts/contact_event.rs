//! What a contact event says that happened.

use jiff::Timestamp;
use switchboard_core::{contact_event::ContactEvent, instant::instant, json::Raw};

use super::{Clock, Fact, FactKind, FactList, text};
use crate::version::{Source, Trust};

/// When a contact event happened: the time in the detail that belongs to its type, or else the envelope's, which has no
/// more than the second, or else the latest that it states. [`None`] if it states none.
pub(crate) fn time_of_contact_event(event: &ContactEvent<'_>, clock: &Clock) -> Option<Timestamp> {
    let to_the_millisecond = |at: Timestamp| Timestamp::from_millisecond(at.as_millisecond()).ok();
    let own = clock.known(event.own_time().and_then(to_the_millisecond));
    own.or_else(|| clock.instant(event.envelope_time)).or_else(|| latest(event, clock))
}

/// The latest time that the event states.
fn latest(event: &ContactEvent<'_>, clock: &Clock) -> Option<Timestamp> {
    let (queue, agent) = (event.queue(), event.agent());
    [
        event.initiation_timestamp,
        event.connected_to_system_timestamp,
        queue.enqueue_timestamp,
        agent.connected_to_agent_timestamp,
        event.disconnect_timestamp,
        agent.after_contact_work_end_timestamp,
    ]
    .into_iter()
    .filter_map(|time| clock.instant(time))
    .max()
}

/// What an event of this type says; `at` is [when it happened](time_of_contact_event). It carries the times of earlier
/// steps along, so that one event makes up for those that were lost. Where the time that belongs to its type is missing, its
/// own stands in; an event without any time says nothing.
pub(crate) fn of_contact_event(
    event: &ContactEvent<'_>,
    kind: &str,
    at: Option<Timestamp>,
    clock: &Clock,
) -> Vec<Fact> {
    let mut facts = FactList::new(Source::ContactEvent);
    let (queue, agent) = (event.queue(), event.agent());
    let own = |kinds: &[&str], field: Raw<'_>| {
        let stands_in = at.filter(|_| kinds.contains(&kind)).map(|at| (at, Trust::StandIn));
        clock.instant(field).map(|at| (at, Trust::Stated)).or(stands_in)
    };
    let stated = |field: Raw<'_>| own(&[], field);
    facts.add(FactKind::Began, own(&["INITIATED"], event.initiation_timestamp), Raw::ABSENT, None);
    let reached = own(&["CONNECTED_TO_SYSTEM"], event.connected_to_system_timestamp);
    facts.add(FactKind::ReachedSystem, reached, Raw::ABSENT, None);
    let scheduled = instant(event.scheduled_timestamp).map(|at| (at, Trust::Stated));
    facts.add(FactKind::Scheduled, scheduled, Raw::ABSENT, None);
    facts.add(FactKind::Queued, own(&["QUEUED"], queue.enqueue_timestamp), queue.arn, None);
    let answered = own(&["CONNECTED_TO_AGENT"], agent.connected_to_agent_timestamp);
    facts.add(FactKind::Answered, answered, agent.arn, None);
    facts.add(FactKind::Paused, own(&["PAUSED"], event.last_paused_timestamp), agent.arn, None);
    facts.add(FactKind::Resumed, own(&["RESUMED"], event.last_resumed_timestamp), agent.arn, None);
    let ended = own(&["DISCONNECTED", "COMPLETED"], event.disconnect_timestamp);
    facts.add(FactKind::Ended, ended, Raw::ABSENT, text(event.disconnect_reason));
    facts.add(FactKind::WrapUp, stated(agent.after_contact_work_start_timestamp), agent.arn, None);
    facts.add(FactKind::WrappedUp, stated(agent.after_contact_work_end_timestamp), agent.arn, None);
    let completed = at.filter(|_| kind == "COMPLETED").map(|at| (at, Trust::Stated));
    facts.add(FactKind::Completed, completed, Raw::ABSENT, None);
    facts.list
}
