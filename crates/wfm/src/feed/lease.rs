//! The lease on sending an agent's state. Pure: a step is called again if another process has written meanwhile.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};
use jiff::Timestamp;
use switchboard_agents::AgentKey;
use tokio::time::Instant;
use uuid::Uuid;

use super::record::{Lease, Record};
use crate::agent_state::{StateChange, StateMode, WfmState};

/// The decision about an agent's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SendDecision {
    /// Nothing to send: the service has acknowledged the state, or there is none.
    UpToDate,
    /// This is to be sent, and the lease is ours.
    Send(StateChange),
    /// Another process is sending.
    LeasedElsewhere,
}

/// One attempt to hold a lease.
#[derive(Debug, Clone)]
pub(super) struct LeaseAttempt {
    lease: Lease,
}

impl LeaseAttempt {
    /// One whose lease expires at that time.
    pub(super) fn until(until: Timestamp) -> Self {
        Self { lease: Lease { holder: Uuid::new_v4().to_string(), expires_at: until } }
    }

    /// Acquires the lease on sending the agent's state. `is_due` sends it even if it was acknowledged before, which
    /// needs no lease: the same state once more changes nothing.
    pub(super) fn take(
        &self,
        (agent, record): (&AgentKey, &mut Record),
        states: StateMode,
        is_due: bool,
        now: Timestamp,
    ) -> SendDecision {
        let Some(change) = StateChange::of_record(agent, record, states) else {
            return SendDecision::UpToDate;
        };
        if self.is_leased_elsewhere(record.delivery.lease.as_ref(), now) {
            return SendDecision::LeasedElsewhere;
        }
        let is_acknowledged = record.delivery.acknowledged.as_ref() == Some(&change.state);
        if is_acknowledged {
            return if is_due { SendDecision::Send(change) } else { SendDecision::UpToDate };
        }
        // Whether the service takes another state, nobody knows until it is acknowledged, and not at all if this process
        // dies.
        record.delivery.acknowledged = None;
        record.delivery.lease = Some(self.lease.clone());
        SendDecision::Send(change)
    }

    /// Stores the acknowledged state, and releases the lease. False if it is ours no more.
    pub(super) fn acknowledge(&self, record: &mut Record, state: &WfmState) -> bool {
        record.delivery.rejected = None;
        let is_ours = self.release(&mut record.delivery.lease);
        if is_ours {
            record.delivery.acknowledged = Some(state.clone());
        }
        is_ours
    }

    /// Releases a lease. False if it is ours no more.
    pub(super) fn release(&self, lease: &mut Option<Lease>) -> bool {
        let is_ours = lease.as_ref().is_some_and(|lease| lease.holder == self.lease.holder);
        if is_ours {
            *lease = None;
        }
        is_ours
    }

    /// Renews a lease until then. False if it is ours no more.
    pub(super) fn renew(&self, lease: &mut Option<Lease>, until: Timestamp) -> bool {
        let ours = lease.as_mut().filter(|lease| lease.holder == self.lease.holder);
        ours.map(|lease| lease.expires_at = until).is_some()
    }

    /// True if another process holds the lease.
    pub(super) fn is_leased_elsewhere(&self, lease: Option<&Lease>, now: Timestamp) -> bool {
        lease.is_some_and(|lease| lease.is_held_by_other(&self.lease.holder, now))
    }

    /// The lease itself.
    pub(super) fn lease(&self) -> Lease {
        self.lease.clone()
    }
}

/// The back-off while another process holds a lease, growing, with jitter.
pub(super) struct LeaseBackoff(ExponentialBackoff);

impl LeaseBackoff {
    pub(super) fn new() -> Self {
        let waits = ExponentialBuilder::new()
            .with_min_delay(Duration::from_millis(20))
            .with_max_delay(Duration::from_secs(1))
            .without_max_times()
            .with_jitter();
        Self(waits.build())
    }

    /// Waits a while; false if there is no time for it.
    pub(super) async fn wait(&mut self, deadline: Instant) -> bool {
        let delay = self.0.next().unwrap_or_default();
        let has_time = Instant::now() + delay < deadline;
        if has_time {
            tokio::time::sleep(delay).await;
        }
        has_time
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use switchboard_core::agent_event::AgentEvent;

    use super::*;
    use switchboard_agents::read;

    fn at(second: i64) -> Timestamp {
        let begin: Timestamp = "2026-11-02T08:00:00Z".parse().unwrap();
        begin + SignedDuration::from_secs(second)
    }

    /// An agent in this status since that second.
    fn record(status: &str, second: i64) -> (AgentKey, Record) {
        let event = format!(
            r#"{{"AgentARN":"arn:aws:connect:r:1:instance/i/agent/a","EventType":"STATE_CHANGE","EventTimestamp":"{}","CurrentAgentSnapshot":
            {{"Configuration":{{"Username":"ann"}},"AgentStatus":{{"Name":"{status}"}}}}}}"#,
            at(second)
        );
        let update = read(&AgentEvent::parse(&event).unwrap(), at(second)).unwrap();
        let mut record = Record::default();
        record.agent.merge(update.agent.clone());
        (update.key().unwrap(), record)
    }

    fn take(attempt: &LeaseAttempt, agent: &AgentKey, record: &mut Record, now: i64) -> SendDecision {
        attempt.take((agent, record), StateMode::Status, false, at(now))
    }

    /// What is sent, if anything is.
    fn sent(next: &SendDecision) -> &str {
        match next {
            SendDecision::Send(change) => &change.state.code,
            SendDecision::UpToDate => "done",
            SendDecision::LeasedElsewhere => "wait",
        }
    }

    #[test]
    fn what_is_acknowledged_is_not_sent_again() {
        let (name, mut record) = record("Lunch", 0);
        let attempt = LeaseAttempt::until(at(20));
        let SendDecision::Send(change) = take(&attempt, &name, &mut record, 0) else { panic!("a change") };
        assert!(attempt.acknowledge(&mut record, &change.state));
        assert_eq!(take(&LeaseAttempt::until(at(30)), &name, &mut record, 1), SendDecision::UpToDate);
        assert_eq!(record.delivery.lease, None);
        let due = LeaseAttempt::until(at(30)).take((&name, &mut record), StateMode::Status, true, at(1));
        assert_eq!(sent(&due), "Lunch", "but for a snapshot");
    }

    #[test]
    fn a_snapshot_leaves_the_record_of_what_was_acknowledged_as_it_is() {
        let (name, mut record) = record("Lunch", 0);
        let attempt = LeaseAttempt::until(at(20));
        let SendDecision::Send(change) = take(&attempt, &name, &mut record, 0) else { panic!("a change") };
        assert!(attempt.acknowledge(&mut record, &change.state));
        let kept = record.clone();
        let snapshot = LeaseAttempt::until(at(30));
        let due = snapshot.take((&name, &mut record), StateMode::Status, true, at(1));
        assert_eq!((sent(&due), &record), ("Lunch", &kept));
        // A state that it has yet to acknowledge is leased as ever.
        record.delivery.acknowledged = None;
        let due = snapshot.take((&name, &mut record), StateMode::Status, true, at(1));
        assert_eq!(sent(&due), "Lunch");
        assert_eq!(take(&attempt, &name, &mut record, 2), SendDecision::LeasedElsewhere);
    }

    #[test]
    fn a_lease_is_renewed_by_its_holder_alone() {
        let (ours, theirs) = (LeaseAttempt::until(at(20)), LeaseAttempt::until(at(20)));
        let mut lease = Some(ours.lease());
        assert!(ours.renew(&mut lease, at(30)) && theirs.is_leased_elsewhere(lease.as_ref(), at(29)));
        assert!(!theirs.renew(&mut lease, at(90)) && !theirs.is_leased_elsewhere(lease.as_ref(), at(30)));
        assert!(!ours.renew(&mut None, at(30)));
    }

    #[test]
    fn one_sends_and_the_others_wait() {
        let (name, mut record) = record("Lunch", 0);
        let (one, other) = (LeaseAttempt::until(at(20)), LeaseAttempt::until(at(25)));
        assert_eq!(sent(&take(&one, &name, &mut record, 0)), "Lunch");
        assert_eq!(sent(&take(&one, &name, &mut record, 1)), "Lunch", "a write that was repeated unseen");
        assert_eq!(take(&other, &name, &mut record, 19), SendDecision::LeasedElsewhere);
        assert!(!other.release(&mut record.delivery.lease));
        assert!(one.release(&mut record.delivery.lease));
        assert_eq!(sent(&take(&other, &name, &mut record, 19)), "Lunch");
    }

    #[test]
    fn a_failure_leaves_the_service_unknown() {
        let (name, mut kept) = record("Lunch", 0);
        let attempt = LeaseAttempt::until(at(20));
        let SendDecision::Send(change) = take(&attempt, &name, &mut kept, 0) else { panic!("a change") };
        assert!(attempt.acknowledge(&mut kept, &change.state));
        // Training fails, perhaps after it was taken; so going back to lunch is a change.
        kept.agent.merge(record("Training", 1).1.agent);
        let failed = LeaseAttempt::until(at(21));
        assert_eq!(sent(&take(&failed, &name, &mut kept, 1)), "Training");
        assert!(failed.release(&mut kept.delivery.lease));
        kept.agent.merge(record("Lunch", 2).1.agent);
        assert_eq!(sent(&take(&LeaseAttempt::until(at(22)), &name, &mut kept, 2)), "Lunch");
    }

    #[test]
    fn the_lease_of_a_dead_process_expires() {
        let (name, mut record) = record("Lunch", 0);
        let dead = LeaseAttempt::until(at(20));
        assert_eq!(sent(&take(&dead, &name, &mut record, 0)), "Lunch");
        let next = LeaseAttempt::until(at(40));
        assert_eq!(take(&next, &name, &mut record, 19), SendDecision::LeasedElsewhere);
        assert_eq!(sent(&take(&next, &name, &mut record, 20)), "Lunch");
        // It was alive after all: it comes too late to say what the service has.
        let state = WfmState { is_logged_on: true, code: "Lunch".into(), description: "Lunch".into() };
        assert!(!dead.acknowledge(&mut record, &state));
        assert_eq!(record.delivery.acknowledged, None);
    }

    #[test]
    fn an_agent_of_no_state_is_nothing_to_send() {
        let name = record("Lunch", 0).0;
        let mut record = Record::default();
        assert_eq!(take(&LeaseAttempt::until(at(20)), &name, &mut record, 0), SendDecision::UpToDate);
        assert_eq!(record, Record::default());
    }
}
