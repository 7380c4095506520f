//! What is to be known of a life by those sources that are heard.

use super::{
    sources::{Heard, second},
    *,
};

pub(super) struct Truth<'a> {
    pub(super) life: &'a Life,
    pub(super) heard: &'a Heard,
}

impl Truth<'_> {
    /// When a turn was that there is once, as well as it was told: by the contact itself, or else by who watched.
    pub(super) fn at(&self, turn: Turn) -> Option<i64> {
        let place = self.life.turns.iter().position(|(one, _)| *one == turn)?;
        // After-contact work is known of with an agent alone.
        let is_kept = turn != Turn::Done || self.life.at(Turn::Answered).is_some();
        self.of_turn(place).filter(|_| is_kept)
    }

    /// When the turn of this place was.
    fn of_turn(&self, place: usize) -> Option<i64> {
        let (turn, at) = self.life.turns[place];
        let is_last_of_its_kind =
            |turns: &[(Turn, i64)]| turns.iter().rposition(|(one, _)| *one == turn) == Some(place);
        let is_told = !matches!(turn, Turn::Block | Turn::Missed | Turn::Held | Turn::Back);
        let arrived = self.heard.arrived(self.life);
        if is_told && arrived.iter().any(|(_, turns)| is_last_of_its_kind(turns)) {
            return Some(at);
        }
        let is_taken = self.life.at(Turn::Answered).is_some();
        let by_agent = match turn {
            Turn::Queued if is_taken || self.life.at(Turn::Missed).is_some() => Some(at - 1),
            Turn::Done if !is_taken => None,
            Turn::Missed
            | Turn::Answered
            | Turn::Held
            | Turn::Back
            | Turn::Paused
            | Turn::Resumed
            | Turn::Done => Some(at + self.life.skew),
            _ => None,
        };
        let by_record = match turn {
            Turn::Began | Turn::Reached | Turn::Queued | Turn::Answered | Turn::Ended | Turn::Done => {
                Some(second(at))
            }
            _ => None,
        };
        let is_closed = self.heard.by_record && self.life.is_over();
        by_agent.filter(|_| self.heard.by_agent).max(by_record.filter(|_| is_closed))
    }

    /// When after-contact work began: it is told with its end, or by the agent.
    fn wrap_up(&self) -> Option<i64> {
        let (ended, _) = self.life.at(Turn::Ended).zip(self.life.at(Turn::Answered))?;
        if self.heard.arrived(self.life).iter().any(|(kind, _)| *kind == "COMPLETED") {
            return Some(ended);
        }
        let by_record = Some(second(ended)).filter(|_| self.heard.by_record && self.life.is_over());
        Some(ended + self.life.skew).filter(|_| self.heard.by_agent).max(by_record)
    }

    /// A name, which contact events don't tell, of who has had it.
    pub(super) fn named(&self, name: &'static str, turn: Turn) -> Option<&'static str> {
        self.life.at(turn)?;
        let is_seen = self.life.at(Turn::Answered).is_some()
            || (turn == Turn::Queued && self.life.at(Turn::Missed).is_some());
        let is_told = (self.heard.by_agent && is_seen) || (self.heard.by_record && self.life.is_over());
        is_told.then_some(name)
    }

    fn last_is(&self, turns: &[Turn], of: &[Turn]) -> bool {
        let last = self.life.turns.iter().rfind(|(turn, _)| of.contains(turn));
        last.is_some_and(|(turn, _)| turns.contains(turn))
    }

    pub(super) fn is_on_hold(&self) -> bool {
        self.heard.by_agent && self.last_is(&[Turn::Held], &[Turn::Held, Turn::Back, Turn::Ended])
    }

    pub(super) fn is_wrapped_up(&self) -> bool {
        let is_at_work = self.last_is(&[Turn::Ended], &[Turn::Ended, Turn::Done]);
        self.heard.by_agent && is_at_work && self.life.at(Turn::Answered).is_some()
    }

    fn is_completed(&self) -> bool {
        let arrived = self.heard.arrived(self.life);
        let is_closed = self.heard.by_record && self.life.is_over();
        is_closed || arrived.iter().any(|(kind, _)| *kind == "COMPLETED")
    }

    /// What its state may be called; [`None`] where too little is told to say.
    pub(super) fn states(&self) -> Option<Vec<&'static str>> {
        if self.is_completed() {
            return Some(vec!["COMPLETED"]);
        }
        if self.at(Turn::Ended).is_some() {
            return Some(vec!["DISCONNECTED"]);
        }
        if !self.heard.by_events || !self.heard.loses_nothing() {
            return None;
        }
        let (turn, _) = self.life.turns.iter().rfind(|(turn, _)| match turn {
            Turn::Block | Turn::Missed => false,
            Turn::Held | Turn::Back => self.heard.by_agent,
            _ => true,
        })?;
        Some(match turn {
            Turn::Began => vec!["INITIATED"],
            Turn::Reached => vec!["CONNECTED_TO_SYSTEM"],
            Turn::Queued => vec!["QUEUED"],
            Turn::Answered | Turn::Back => vec!["CONNECTED_TO_AGENT"],
            Turn::Held => vec!["ON_HOLD"],
            Turn::Paused => vec!["PAUSED"],
            // The agent calls it connected.
            Turn::Resumed => vec!["RESUMED", "CONNECTED_TO_AGENT"],
            _ => return None,
        })
    }

    pub(super) fn outcome(&self) -> Option<QueueOutcome> {
        self.at(Turn::Queued)?;
        if self.at(Turn::Answered).is_some() {
            return Some(QueueOutcome::Answered);
        }
        self.at(Turn::Ended)?;
        Some(if self.life.is_task { QueueOutcome::EndedOtherwise } else { QueueOutcome::Abandoned })
    }

    /// The journey.
    pub(super) fn lines(&self) -> Vec<Told> {
        let steps = (0..self.life.turns.len()).filter_map(|place| Some((place, self.of_turn(place)?)));
        let steps: Vec<(Turn, i64)> = steps.map(|(place, at)| (self.life.turns[place].0, at)).collect();
        let mut lines: Vec<_> = (0..steps.len()).filter_map(|place| self.line(&steps, place)).collect();
        let blocks = self.life.turns.iter().enumerate().filter(|(_, (turn, _))| *turn == Turn::Block);
        let is_read = self.life.is_task && self.is_known();
        let verb = if is_read { "Was sent" } else { "Heard" };
        let blocks = blocks.map(|(place, (_, at))| (*at, None, format!("{verb} \"Block {place}\"")));
        lines.extend(blocks.filter(|_| self.heard.by_log));
        if let Some(began) = self.wrap_up() {
            let ended = self.at(Turn::Done);
            let lasted = ended.map(|ended| (ended - began).max(0));
            let verb = if ended.is_none() { "wraps up" } else { "wrapped up" };
            if lasted != Some(0) {
                lines.push((began, lasted, format!("Agent {} {verb}", self.agent())));
            }
        }
        let start = self.at(Turn::Began).unwrap_or_else(|| {
            self.heard
                .events(self.life)
                .iter()
                .map(|event| millis(event.at()))
                .chain(steps.iter().map(|(_, at)| *at))
                .min()
                .unwrap()
        });
        let mut lines: Vec<_> =
            lines.into_iter().map(|(at, lasted, text)| (at, (at - start).max(0), lasted, text)).collect();
        lines.sort();
        lines
    }

    /// Its channel is known.
    fn is_known(&self) -> bool {
        self.heard.events(self.life).iter().any(|event| event.source() != Source::FlowLog)
    }

    fn agent(&self) -> &'static str {
        self.named("ann", Turn::Answered).unwrap_or("2")
    }

    fn line(&self, steps: &[(Turn, i64)], place: usize) -> Option<(i64, Option<i64>, String)> {
        let (turn, at) = steps[place];
        let until: &[Turn] = match turn {
            Turn::Queued => &[Turn::Answered, Turn::Ended],
            Turn::Answered | Turn::Resumed => &[Turn::Paused, Turn::Ended],
            Turn::Held => &[Turn::Back, Turn::Ended],
            Turn::Paused => &[Turn::Resumed, Turn::Ended],
            _ => &[],
        };
        let end = steps[place + 1..].iter().find(|(turn, _)| until.contains(turn)).map(|(_, at)| *at);
        let wrap_up = self.wrap_up().filter(|_| until.contains(&Turn::Ended) && turn != Turn::Queued);
        let end = [end, wrap_up].into_iter().flatten().min();
        let goes_on = end.is_none() && self.at(Turn::Ended).is_none();
        let queue = self.named("Sales", Turn::Queued).unwrap_or("1");
        let agent = self.agent();
        let text = match (turn, self.life.is_task, goes_on) {
            (Turn::Began, false, _) => "Began as an incoming call".to_owned(),
            (Turn::Began, true, _) => "Began as a task that a program began".to_owned(),
            (Turn::Queued, _, true) => format!("Waits in queue {queue}"),
            (Turn::Queued, _, false) => format!("Waited in queue {queue}"),
            (Turn::Missed, _, _) => "Agent ann did not take it (missed)".to_owned(),
            (Turn::Answered, false, true) => format!("Talks with agent {agent}"),
            (Turn::Answered, false, false) => format!("Talked with agent {agent}"),
            (Turn::Answered, true, true) => format!("Agent {agent} works on it"),
            (Turn::Answered, true, false) => format!("Agent {agent} worked on it"),
            (Turn::Held, _, true) => "Is on hold".to_owned(),
            (Turn::Held, _, false) => "Was put on hold".to_owned(),
            (Turn::Back, _, _) => "Came back from hold".to_owned(),
            (Turn::Paused, _, true) => "Is paused".to_owned(),
            (Turn::Paused, _, false) => "Was paused".to_owned(),
            (Turn::Resumed, _, _) => "Was resumed".to_owned(),
            (Turn::Ended, _, _) => self.ended().to_owned(),
            (Turn::Reached | Turn::Block | Turn::Done, _, _) => return None,
        };
        Some((at, end.map(|end| (end - at).max(0)), text))
    }

    fn ended(&self) -> &'static str {
        let queued = self.at(Turn::Queued).is_some();
        match (self.life.is_task, self.at(Turn::Answered).is_some(), queued) {
            (false, false, true) => "Gave up waiting",
            (false, _, _) => "The customer hung up",
            (true, true, _) => "The agent completed it",
            (true, false, true) => "Expired while waiting",
            (true, false, false) => "Expired",
        }
    }
}
