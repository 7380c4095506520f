//! States that the service refuses alone. Pure; what is known of them is in the store, so that it holds in every process.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::PATIENCE_WITH_REFUSALS;
use crate::{
    agent_state::{BEHIND, Username},
    agents::Refusal,
    rta::Failure,
};

/// A service that accepted states this lately is there, and has something against the one that it refuses.
const LATELY: SignedDuration = BEHIND;

/// The refusals before, of the agents whose states are sent.
pub(super) type Refusals = BTreeMap<Username, Refusal>;

/// What is known of the service when states were refused alone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    /// When the batch was begun of which the service accepted a state last.
    pub(super) accepted_at: Option<Timestamp>,
    pub(super) now: Timestamp,
    /// True if it refused one agent alone of whom nothing was given up before: two of them, with nothing accepted, may well
    /// be all.
    pub(super) is_one: bool,
}

/// Whether a state that was refused alone need not be sent again.
///
/// If the service says that it is the state, it must have accepted others' since the first refusal, or lately; where it
/// may refuse it for another reason in the same words, since, and the state must have been refused for a while.
pub(super) fn is_given_up(refusal: Refusal, failure: &Failure, service: Standing) -> bool {
    let Standing { accepted_at, now, is_one } = service;
    let has_accepted_since = accepted_at.is_some_and(|at| at >= refusal.since);
    refusal.is_given_up
        || if failure.is_of_one_state() {
            has_accepted_since || (is_one && accepted_at.is_some_and(|at| now.duration_since(at) < LATELY))
        } else {
            has_accepted_since && now.duration_since(refusal.since) >= PATIENCE_WITH_REFUSALS
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        "2026-11-02T08:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(second)
    }

    /// Whether a state that was first refused in that second is given up now, by a service that accepted something then.
    fn given_up(failure: &Failure, since: i64, accepted: Option<i64>, now: i64, is_one: bool) -> bool {
        let refusal = Refusal { since: at(since), is_given_up: false };
        is_given_up(refusal, failure, Standing { accepted_at: accepted.map(at), now: at(now), is_one })
    }

    #[test]
    fn a_state_that_the_service_names_unfit_is_given_up_where_the_service_accepts_others() {
        let unfit = Failure::Refused(-400);
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
        let refusal = Refusal { since: at(100), is_given_up: true };
        let service = Standing { accepted_at: None, now: at(100), is_one: false };
        assert!(is_given_up(refusal, &Failure::Fault(500), service));
    }
}
