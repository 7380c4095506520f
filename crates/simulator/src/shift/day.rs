//! One agent's day: the plan turned into events. Times are in milliseconds since 1970.

use std::collections::VecDeque;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::{
    SimulatedAgentEvent,
    event::{Event, moment},
    plan::{self, Break, Step},
    roster::Person,
    snapshot::{AgentAction, AgentSnapshotState, OFFLINE},
};
use crate::rng::{chance, uuid};

/// A heartbeat comes after so long without another event.
const HEARTBEAT_MS: i64 = 120_000;
const HOUR_MS: i64 = 3_600_000;

/// One agent's day, as far as it has come.
pub(super) struct Day {
    rng: ChaCha8Rng,
    person: Person,
    state: AgentSnapshotState,
    /// Before the latest change; [`None`] since the latest log-on.
    previous: Option<AgentSnapshotState>,
    /// What is planned, in order of time.
    steps: VecDeque<Step>,
    breaks: VecDeque<Break>,
    /// The end of work; [`None`] when it is planned.
    end_ms: Option<i64>,
    /// Goes silent at the end, without a log-off.
    vanishes: bool,
    /// The latest event; [`None`] before the first.
    last_ms: Option<i64>,
    /// Until when heartbeats come; [`None`] while logged on.
    beats_until_ms: Option<i64>,
}

impl Day {
    /// The day of the agent of that number in a shift that begins at `start_ms`.
    pub(super) fn new(seed: u64, number: u32, start_ms: i64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        // A stream for each agent.
        rng.set_stream(number.into());
        let person = Person::number(number);
        let begin_ms = start_ms + plan::length(&mut rng, 0, 1800);
        let state = AgentSnapshotState {
            status: &OFFLINE,
            since_ms: begin_ms,
            next: None,
            profile: person.profile,
            contacts: Vec::new(),
        };
        Self {
            steps: plan::begin(&mut rng, begin_ms).into(),
            breaks: plan::breaks(&mut rng, begin_ms).into(),
            end_ms: Some(begin_ms + 8 * HOUR_MS + plan::length(&mut rng, 0, 900)),
            vanishes: chance(&mut rng, 3),
            rng,
            person,
            state,
            previous: None,
            last_ms: None,
            beats_until_ms: None,
        }
    }

    /// When the next event is due; [`None`] when the day is over.
    pub(super) fn next_at(&self) -> Option<i64> {
        let step =
            self.steps.front().map(|step| self.last_ms.map_or(step.at_ms, |last| step.at_ms.max(last + 1)));
        let beat = self.last_ms.map(|last| last + HEARTBEAT_MS).filter(|&beat| self.heartbeat_at(beat));
        match (step, beat) {
            (Some(step), Some(beat)) => Some(step.min(beat)),
            (step, beat) => step.or(beat),
        }
    }

    fn heartbeat_at(&self, at_ms: i64) -> bool {
        match self.beats_until_ms {
            Some(until) => at_ms <= until,
            // Nothing planned while logged on: gone silent.
            None => !self.steps.is_empty(),
        }
    }

    /// The next event.
    pub(super) fn next_event(&mut self) -> Option<SimulatedAgentEvent> {
        let at_ms = self.next_at()?;
        let step = self.steps.pop_front_if(|step| step.at_ms <= at_ms);
        let event = match step {
            Some(step) => self.change(at_ms, &step.change),
            None => self.emit("HEART_BEAT", at_ms, true, true),
        };
        self.last_ms = Some(at_ms);
        if self.steps.is_empty() {
            self.plan(at_ms);
        }
        event
    }

    fn change(&mut self, at_ms: i64, change: &AgentAction) -> Option<SimulatedAgentEvent> {
        // Nothing since the log-on.
        let is_first = self.previous.is_none();
        let after = self.state.after(change, at_ms);
        let before = std::mem::replace(&mut self.state, after);
        self.previous = Some(before);
        match change {
            AgentAction::LogOn => {
                self.beats_until_ms = None;
                let is_told = chance(&mut self.rng, 50);
                let event = self.emit("LOGIN", at_ms, is_told, false);
                self.previous = None;
                event
            }
            AgentAction::LogOff => {
                let minutes = self.rng.random_range(10..=60_i64);
                self.beats_until_ms = Some(at_ms + minutes * 60_000);
                let is_told = chance(&mut self.rng, 50);
                self.emit("LOGOUT", at_ms, is_told, false)
            }
            _ => self.emit("STATE_CHANGE", at_ms, true, !is_first),
        }
    }

    /// Plans what comes next, if anything does.
    fn plan(&mut self, now_ms: i64) {
        let Some(end_ms) = self.end_ms else { return };
        let due = self.breaks.front().copied();
        let steps = if let Some(pause) = due.filter(|pause| pause.at_ms <= now_ms) {
            self.breaks.pop_front();
            plan::take_break(&mut self.rng, now_ms + 10, pause)
        } else if now_ms < end_ms {
            plan::work(&mut self.rng, now_ms, due)
        } else {
            self.end_ms = None;
            if self.vanishes {
                return;
            }
            plan::end(&mut self.rng, now_ms + 1000)
        };
        self.steps.extend(steps);
    }

    /// The event that tells how the agent stands, with those snapshots that there are.
    fn emit(
        &mut self,
        kind: &'static str,
        at_ms: i64,
        with_current: bool,
        with_previous: bool,
    ) -> Option<SimulatedAgentEvent> {
        let event_id = uuid(&mut self.rng);
        let current = with_current.then_some(&self.state);
        let previous = self.previous.as_ref().filter(|_| with_previous);
        let event = Event::new(kind, event_id, at_ms, &self.person, current, previous);
        // Strings and numbers under string keys always serialise.
        let json = serde_json::to_string(&event).ok()?;
        Some(SimulatedAgentEvent { partition_key: self.person.arn.clone(), at: moment(at_ms), json })
    }
}
