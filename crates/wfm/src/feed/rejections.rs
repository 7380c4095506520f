//! States that the service rejects singly. Pure; the rejections are in the store, so that every process decides alike.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use switchboard_agents::{AgentKey, MAX_SHARD_LAG};

use super::{REJECTION_GRACE_PERIOD, record::RejectedState};
use crate::rta::Failure;

/// A service that accepted states this lately is up, and rejects this state for what it is.
const LATELY: SignedDuration = MAX_SHARD_LAG;

/// The earlier rejections of the agents whose states are sent.
pub(super) type RejectedStates = BTreeMap<AgentKey, RejectedState>;

/// The health of the service when states were rejected singly.
#[derive(Debug, Clone, Copy)]
pub(super) struct ServiceHealth {
    /// When the batch was begun of which the service accepted a state last.
    pub(super) last_accepted_at: Option<Timestamp>,
    pub(super) now: Timestamp,
    /// True if it rejected only one agent of whom nothing was abandoned before: two of them, with nothing accepted, may well
    /// be all.
    pub(super) is_first_rejection: bool,
}

/// True if a state that was rejected singly need not be sent again.
///
/// If the service blames the state, it must have accepted others since the first rejection, or lately; if it may reject it
/// for another reason in the same words, since then, and it must have rejected the state for a while.
pub(super) fn is_abandoned(rejected_state: RejectedState, failure: &Failure, service: ServiceHealth) -> bool {
    let ServiceHealth { last_accepted_at, now, is_first_rejection } = service;
    let has_accepted_since = last_accepted_at.is_some_and(|at| at >= rejected_state.since);
    rejected_state.is_abandoned
        || if failure.is_payload_error() {
            has_accepted_since
                || (is_first_rejection && last_accepted_at.is_some_and(|at| now.duration_since(at) < LATELY))
        } else {
            has_accepted_since && now.duration_since(rejected_state.since) >= REJECTION_GRACE_PERIOD
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        "2026-11-02T08:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(second)
    }

    /// Whether a state that was first rejected in that second is abandoned now, by a service that accepted something then.
    fn abandoned(
        failure: &Failure,
        since: i64,
        accepted: Option<i64>,
        now: i64,
        is_first_rejection: bool,
    ) -> bool {
        let rejected_state = RejectedState { since: at(since), is_abandoned: false };
        is_abandoned(
            rejected_state,
            failure,
            ServiceHealth { last_accepted_at: accepted.map(at), now: at(now), is_first_rejection },
        )
    }

    #[test]
    fn a_state_that_the_service_blames_is_abandoned_where_the_service_accepts_others() {
        let unfit = Failure::Rejected(-400);
        assert!(abandoned(&unfit, 100, Some(100), 100, false), "accepted since");
        assert!(!abandoned(&unfit, 100, Some(99), 100, false), "several, and nothing accepted since");
        assert!(abandoned(&unfit, 700, Some(101), 700, true), "lately");
        assert!(!abandoned(&unfit, 700, Some(100), 700, true), "not lately");
        assert!(!abandoned(&unfit, 100, None, 100, true), "never");
    }

    #[test]
    fn a_fault_may_be_of_the_moment_and_has_to_last() {
        let fault = Failure::Fault(500);
        assert!(!abandoned(&fault, 100, Some(120), 159, true));
        assert!(abandoned(&fault, 100, Some(120), 160, true));
        assert!(!abandoned(&fault, 100, Some(99), 160, true), "nothing accepted since");
    }

    #[test]
    fn an_agent_who_was_abandoned_once_is_abandoned_at_once() {
        let rejected_state = RejectedState { since: at(100), is_abandoned: true };
        let service = ServiceHealth { last_accepted_at: None, now: at(100), is_first_rejection: false };
        assert!(is_abandoned(rejected_state, &Failure::Fault(500), service));
    }
}
