//! States that the service refuses alone. Pure; what is known of them is in the store, so that it holds in every process.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::REJECTION_GRACE_PERIOD;
use crate::{
    agent_state::{MAX_SHARD_LAG, Username},
    agents::RejectedState,
    rta::Failure,
};

/// A service that accepted states this lately is there, and has something against the one that it refuses.
const LATELY: SignedDuration = MAX_SHARD_LAG;

/// The refusals before, of the agents whose states are sent.
pub(super) type RejectedStates = BTreeMap<Username, RejectedState>;

/// What is known of the service when states were refused alone.
#[derive(Debug, Clone, Copy)]
pub(super) struct ServiceHealth {
    /// When the batch was begun of which the service accepted a state last.
    pub(super) last_accepted_at: Option<Timestamp>,
    pub(super) now: Timestamp,
    /// True if it refused one agent alone of whom nothing was given up before: two of them, with nothing accepted, may well
    /// be all.
    pub(super) is_first_rejection: bool,
}

/// Whether a state that was refused alone need not be sent again.
///
/// If the service says that it is the state, it must have accepted others' since the first refusal, or lately; where it
/// may refuse it for another reason in the same words, since, and the state must have been refused for a while.
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

    /// Whether a state that was first refused in that second is given up now, by a service that accepted something then.
    fn given_up(
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
    fn a_state_that_the_service_names_unfit_is_given_up_where_the_service_accepts_others() {
        let unfit = Failure::Rejected(-400);
        assert!(given_up(&unfit, 100, Some(100), 100, false), "accepted since");
        assert!(!given_up(&unfit, 100, Some(99), 100, false), "several, and nothing accepted since");
        assert!(given_up(&unfit, 700, Some(101), 700, true), "lately");
        assert!(!given_up(&unfit, 700, Some(100), 700, true), "not lately");
        assert!(!given_up(&unfit, 100, None, 100, true), "never");
    }

    #[test]
    fn a_fault_may_be_of_the_moment_and_has_to_last() {
        let fault = Failure::Fault(500);
        assert!(!given_up(&fault, 100, Some(120), 159, true));
        assert!(given_up(&fault, 100, Some(120), 160, true));
        assert!(!given_up(&fault, 100, Some(99), 160, true), "nothing accepted since");
    }

    #[test]
    fn who_was_given_up_once_is_given_up_at_once() {
        let rejected_state = RejectedState { since: at(100), is_abandoned: true };
        let service = ServiceHealth { last_accepted_at: None, now: at(100), is_first_rejection: false };
        assert!(is_abandoned(rejected_state, &Failure::Fault(500), service));
    }
}
