//! What an agent does next: a block of steps at a time. Times are in milliseconds since 1970.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::snapshot::{
    AVAILABLE, AgentAction, BREAK, Channel, LUNCH, OFFLINE, SnapshotContact, Status, TRAINING,
};
use crate::{
    fixtures,
    rng::{chance, skewed, uuid},
};

/// Something that happens at a time.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) at_ms: i64,
    pub(super) change: AgentAction,
}

/// A break to come: when, for how long, and what it is called.
#[derive(Debug, Clone, Copy)]
pub(super) struct Break {
    pub(super) at_ms: i64,
    pub(super) length_ms: i64,
    pub(super) status: &'static Status,
}

/// A skewed length from so many to so many seconds, in milliseconds.
pub(super) fn length(rng: &mut ChaCha8Rng, low_s: i64, high_s: i64) -> i64 {
    skewed(rng, low_s * 1000, high_s * 1000)
}

/// The steps of a block, in order of time once they are sorted.
struct Block<'a> {
    rng: &'a mut ChaCha8Rng,
    steps: Vec<Step>,
}

/// The first steps of a day: the log-on, and the first status of work.
pub(super) fn begin(rng: &mut ChaCha8Rng, at_ms: i64) -> Vec<Step> {
    let mut block = Block { rng, steps: Vec::new() };
    block.step(at_ms, AgentAction::LogOn);
    let ready = at_ms + block.length(2, 60);
    block.step(ready, AgentAction::Status(&AVAILABLE));
    block.steps
}

/// The breaks of a day that begins then.
pub(super) fn breaks(rng: &mut ChaCha8Rng, begin_ms: i64) -> Vec<Break> {
    let mut pause = |after_minutes: i64, minutes: i64, status| Break {
        at_ms: begin_ms + after_minutes * 60_000 + length(rng, 0, 1800),
        length_ms: minutes * 60_000 + length(rng, 0, 120),
        status,
    };
    vec![pause(105, 15, &BREAK), pause(225, 30, &LUNCH), pause(360, 15, &BREAK)]
}

/// A break. Some log off for lunch.
pub(super) fn take_break(rng: &mut ChaCha8Rng, at_ms: i64, pause: Break) -> Vec<Step> {
    let mut block = Block { rng, steps: Vec::new() };
    let end = at_ms + pause.length_ms;
    if pause.status == &LUNCH && chance(block.rng, 10) {
        block.step(at_ms, AgentAction::Status(&OFFLINE));
        block.step(at_ms + 800, AgentAction::LogOff);
        block.steps.extend(begin(block.rng, end));
    } else {
        block.step(at_ms, AgentAction::Status(pause.status));
        block.step(end, AgentAction::Status(&AVAILABLE));
    }
    block.steps
}

/// The end of the day. Not everybody goes offline first.
pub(super) fn end(rng: &mut ChaCha8Rng, at_ms: i64) -> Vec<Step> {
    let mut block = Block { rng, steps: Vec::new() };
    if chance(block.rng, 70) {
        block.step(at_ms, AgentAction::Status(&OFFLINE));
    }
    let off = at_ms + block.length(1, 30);
    block.step(off, AgentAction::LogOff);
    block.steps
}

/// Work: a contact or two, or something else that comes up. `due` is the next break, which an agent on a
/// call may ask for before it begins.
pub(super) fn work(rng: &mut ChaCha8Rng, after_ms: i64, due: Option<Break>) -> Vec<Step> {
    let mut block = Block { rng, steps: Vec::new() };
    let at_ms = after_ms + block.length(5, 600);
    match block.rng.random_range(0..100_u8) {
        0..=54 => block.call(at_ms, "INBOUND", due),
        55..=60 => block.call(at_ms, "OUTBOUND", due),
        61..=66 => block.call(at_ms, "CALLBACK", due),
        67..=80 => block.chats(at_ms),
        81..=87 => block.task(at_ms),
        88..=92 => block.not_taken(at_ms, "MISSED"),
        93 => block.not_taken(at_ms, "REJECTED"),
        94 => block.not_taken(at_ms, "ERROR"),
        95 | 96 => block.step(at_ms, AgentAction::Profile(&fixtures::CENTRE)),
        97 => block.step(at_ms, AgentAction::Setting),
        _ => {
            block.step(at_ms, AgentAction::Status(&TRAINING));
            let back = at_ms + block.length(300, 1800);
            block.step(back, AgentAction::Status(&AVAILABLE));
        }
    }
    block.steps.sort_by_key(|step| step.at_ms);
    block.steps
}

impl Block<'_> {
    fn step(&mut self, at_ms: i64, change: AgentAction) {
        self.steps.push(Step { at_ms, change });
    }

    fn length(&mut self, low_s: i64, high_s: i64) -> i64 {
        length(self.rng, low_s, high_s)
    }

    /// A contact that is there in its first state; returns its id.
    fn offer(&mut self, at_ms: i64, channel: Channel, method: &'static str, state: &'static str) -> String {
        let queued_ms = (method != "OUTBOUND").then(|| at_ms - self.length(1, 400));
        let is_own = method == "INBOUND" && channel == Channel::Voice && chance(self.rng, 5);
        let queue = if is_own { None } else { Some(fixtures::any_queue(self.rng)) };
        let id = uuid(self.rng);
        let held = SnapshotContact {
            id: id.clone(),
            channel,
            method,
            queue,
            queued_ms,
            connected_ms: None,
            state,
            since_ms: at_ms,
        };
        self.step(at_ms, AgentAction::Contact(Box::new(held)));
        id
    }

    fn call(&mut self, at_ms: i64, method: &'static str, due: Option<Break>) {
        // Only a callback is incoming before it connects; a call that is offered connects at once.
        let first = if method == "CALLBACK" { "INCOMING" } else { "CONNECTING" };
        let id = self.offer(at_ms, Channel::Voice, method, first);
        let mut now = at_ms + self.length(1, 18);
        if method == "CALLBACK" {
            self.step(now, AgentAction::State(id.clone(), "CONNECTING"));
            now += self.length(2, 20);
        }
        self.step(now, AgentAction::State(id.clone(), "CONNECTED"));
        let connected = now;
        now += self.length(15, 1200);
        for _ in 0..3 {
            if !chance(self.rng, 20) {
                break;
            }
            self.step(now, AgentAction::State(id.clone(), "CONNECTED_ONHOLD"));
            now += self.length(10, 240);
            self.step(now, AgentAction::State(id.clone(), "CONNECTED"));
            now += self.length(5, 120);
        }
        let asks = due.filter(|pause| pause.at_ms < now && chance(self.rng, 60));
        if let Some(pause) = asks {
            self.step(pause.at_ms.max(connected + 1), AgentAction::NextStatus(pause.status));
        }
        self.step(now, AgentAction::State(id.clone(), "ENDED"));
        now += self.length(3, 120);
        self.step(now, AgentAction::Gone(id));
    }

    /// One chat, or two or three at the same time.
    fn chats(&mut self, at_ms: i64) {
        let mut begin = at_ms;
        for _ in 0..3 {
            let id = self.offer(begin, Channel::Chat, "API", "CONNECTING");
            let connected = begin + self.length(1, 15);
            self.step(connected, AgentAction::State(id.clone(), "CONNECTED"));
            let ended = connected + self.length(30, 1500);
            self.step(ended, AgentAction::State(id.clone(), "ENDED"));
            let gone = ended + self.length(3, 180);
            self.step(gone, AgentAction::Gone(id));
            begin = connected + self.length(5, 120);
            if !chance(self.rng, 35) {
                break;
            }
        }
    }

    /// A task, now and then put aside for a while.
    fn task(&mut self, at_ms: i64) {
        let id = self.offer(at_ms, Channel::Tasks, "API", "CONNECTING");
        let mut now = at_ms + self.length(1, 15);
        self.step(now, AgentAction::State(id.clone(), "CONNECTED"));
        now += self.length(30, 900);
        if chance(self.rng, 30) {
            self.step(now, AgentAction::State(id.clone(), "PAUSED"));
            now += self.length(60, 600);
            self.step(now, AgentAction::State(id.clone(), "CONNECTED"));
            now += self.length(30, 300);
        }
        self.step(now, AgentAction::State(id.clone(), "ENDED"));
        now += self.length(1, 30);
        self.step(now, AgentAction::Gone(id));
    }

    /// A call that comes to nothing.
    fn not_taken(&mut self, at_ms: i64, state: &'static str) {
        let id = self.offer(at_ms, Channel::Voice, "INBOUND", "CONNECTING");
        let over = at_ms + if state == "MISSED" { 20_000 } else { self.length(1, 18) };
        self.step(over, AgentAction::State(id.clone(), state));
        let gone = over + self.length(2, 30);
        self.step(gone, AgentAction::Gone(id));
    }
}
