//! Faults of agents' events: an agent of whom nothing more is heard, and a log-on that tells nothing of the agent.

use crate::model::{
    agent::Agent,
    random::{Purpose, Stream, derived},
    step::AgentStep,
    time::{HOUR, MINUTE, Millis},
};

/// Which faults agents' events have. They follow the seed, and what really happens does not change.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct AgentFaults {
    /// What the faults follow from.
    pub seed: u64,
    /// The share of log-ons after which, some time later, no event comes any more before the next log-on: no change, no
    /// heartbeat, no `LOGOUT`.
    pub silent: f64,
    /// The share of `LOGIN` events whose `CurrentAgentSnapshot` is null.
    pub bare_logins: f64,
}

/// How many of these faults there were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct AgentFaultCounts {
    pub silences: u64,
    pub unheard_events: u64,
    pub bare_logins: u64,
}

/// What becomes of an agent's event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hearing {
    /// It comes as it is.
    Whole,
    /// It comes without the current snapshot.
    Bare,
    /// It does not come.
    Unheard,
}

/// That an agent is not heard of from a moment on, and whether an event was kept back for it.
#[derive(Debug, Clone, Copy)]
struct Silence {
    begins: Millis,
    has_kept_back: bool,
}

/// Which agents are silent, and from when on.
#[derive(Debug, Default)]
pub(super) struct Silences {
    wanted: AgentFaults,
    /// By the agent's place in the directory.
    agents: Vec<Option<Silence>>,
    pub(super) counts: AgentFaultCounts,
}

impl Silences {
    pub(super) fn new(wanted: AgentFaults) -> Self {
        Self { wanted, ..Self::default() }
    }

    /// What becomes of the event of a step.
    pub(super) fn hear(&mut self, at: Millis, step: AgentStep, agent: &Agent) -> Hearing {
        if self.agents.len() <= agent.index {
            self.agents.resize(agent.index + 1, None);
        }
        let Some(silence) = self.agents.get_mut(agent.index) else { return Hearing::Whole };
        if step == AgentStep::LoggedOn {
            let entity = derived(u64::try_from(agent.index).unwrap_or(u64::MAX), at.unsigned_abs());
            let mut random = Stream::new(self.wanted.seed, Purpose::Fault, entity);
            let is_silent = random.chance(self.wanted.silent);
            let begins = at + random.between(10 * MINUTE, 6 * HOUR);
            *silence = is_silent.then_some(Silence { begins, has_kept_back: false });
            let is_bare = random.chance(self.wanted.bare_logins);
            self.counts.bare_logins += u64::from(is_bare);
            return if is_bare { Hearing::Bare } else { Hearing::Whole };
        }
        let Some(silence) = silence.as_mut().filter(|silence| at >= silence.begins) else {
            return Hearing::Whole;
        };
        self.counts.silences += u64::from(!silence.has_kept_back);
        self.counts.unheard_events += 1;
        silence.has_kept_back = true;
        Hearing::Unheard
    }
}
