//! Draws what a contact will do.

use super::{
    behaviour::Behaviour,
    config::Config,
    plan::{
        Action, AfterConsult, ContactPlan, EndedBy, FlowBlock, OfferReply, PlannedBlock, PlannedOffer,
        QueueTurn,
    },
    random::{Purpose, Stream},
    terms::{Channel, DialOutcome},
    time::{Millis, SECOND},
};

/// What kind of contact it is drawn for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PlanKind {
    /// A customer's, through the flow.
    Arriving,
    /// One that was moved to another queue, or passed on by an agent.
    Moved,
    /// A callback.
    Callback,
    /// A call of a campaign.
    Campaign,
    /// A call that an agent dials.
    Dialled,
    /// A colleague's part.
    Consulted,
}

/// The shortest time of a talk that is drawn where there are transfers, so that no record has a talk of no second.
const SHORTEST_TALK: Millis = 2 * SECOND;

/// Draws the plan of the contact of that key.
pub(super) fn plan(config: &Config, key: u64, kind: PlanKind, channel: Channel, queue: usize) -> ContactPlan {
    let mut draw = Draw {
        behaviour: &config.behaviour,
        random: Stream::new(config.seed, Purpose::Contact, key),
        channel,
        queue,
        queues: usize::try_from(config.queues).unwrap_or(usize::MAX),
    };
    draw.plan(kind)
}

struct Draw<'a> {
    behaviour: &'a Behaviour,
    random: Stream,
    channel: Channel,
    queue: usize,
    queues: usize,
}

impl Draw<'_> {
    fn plan(&mut self, kind: PlanKind) -> ContactPlan {
        let dial = self.dial(kind);
        let is_voicemail = dial.is_some_and(|(_, outcome)| {
            matches!(outcome, DialOutcome::VoicemailBeep | DialOutcome::VoicemailNoBeep)
        });
        let flow = match kind {
            _ if !self.behaviour.has_flow => Vec::new(),
            PlanKind::Arriving => self.flow(),
            PlanKind::Moved => {
                vec![self.block(20, 90, FlowBlock::SetQueue), self.block(5, 40, FlowBlock::TransferToQueue)]
            }
            PlanKind::Campaign if is_voicemail => voicemail(),
            PlanKind::Campaign => vec![
                self.block(50, 200, FlowBlock::SetLogging),
                self.block(100, 300, FlowBlock::Prompt("Please hold for one of our advisers.")),
                self.block(2000, 3000, FlowBlock::SetQueue),
                self.block(5, 40, FlowBlock::TransferToQueue),
            ],
            PlanKind::Callback | PlanKind::Dialled | PlanKind::Consulted => Vec::new(),
        };
        let is_voice = self.channel == Channel::Voice;
        let waits = matches!(kind, PlanKind::Arriving | PlanKind::Moved | PlanKind::Campaign);
        ContactPlan {
            flow,
            leaves_flow_after: self
                .behaviour
                .flow_patience
                .filter(|_| kind == PlanKind::Arriving && is_voice)
                .map(|patience| self.random.sample(patience)),
            ends_in_flow: is_voicemail,
            patience: Behaviour::of(&self.behaviour.patience, self.channel)
                .filter(|_| waits)
                .map(|patience| self.random.sample(patience)),
            queue_turn: if kind == PlanKind::Arriving && is_voice { self.queue_turn() } else { None },
            offers: self.offers(),
            dial,
            actions: self.actions(kind),
            wrap_up: self.wrap_up(kind),
        }
    }

    fn block(&mut self, low: Millis, high: Millis, block: FlowBlock) -> PlannedBlock {
        PlannedBlock { after: self.random.between(low, high), block }
    }

    fn flow(&mut self) -> Vec<PlannedBlock> {
        let mut blocks = vec![
            self.block(60, 300, FlowBlock::SetLogging),
            self.block(0, 12, FlowBlock::SetAttribute("greetingPlayed", "true")),
        ];
        if matches!(self.channel, Channel::Voice | Channel::Chat) {
            blocks.push(self.block(5, 60, FlowBlock::Prompt("Welcome to the example shop.")));
            self.menu(&mut blocks);
            self.lookup(&mut blocks);
            blocks.push(self.block(5, 60, FlowBlock::SetRecording));
        }
        let language = self.random.pick(&["en-AU", "en-GB", "de-DE", "ja-JP"], "en-AU");
        blocks.push(self.block(5, 80, FlowBlock::SetAttribute("language", language)));
        if self.random.chance(0.1) {
            // Keys differ by case only in real records too.
            blocks.push(self.block(0, 12, FlowBlock::SetAttribute("GreetingPlayed", "True")));
        }
        blocks.push(self.block(5, 120, FlowBlock::CheckHours));
        blocks.push(self.block(2, 60, FlowBlock::SetQueue));
        blocks.push(self.block(5, 200, FlowBlock::TransferToQueue));
        blocks
    }

    /// The menu: some press nothing, or what it does not offer, and hear it again.
    fn menu(&mut self, blocks: &mut Vec<PlannedBlock>) {
        const REASONS: [(&str, &str); 5] = [
            ("1", "billing"),
            ("2", "delivery, second \"parcel\" }{"),
            ("3", "Grüße aus Zürich"),
            ("4", "line 1\nline 2"),
            ("5", "something else"),
        ];
        for _ in 0..3 {
            blocks.push(self.block(2500, 4000, FlowBlock::Menu));
            let wrong = match self.random.between(0, 99) {
                0..=5 => Some("Timeout"),
                6..=9 => Some("No match"),
                _ => None,
            };
            if let Some(answer) = wrong {
                blocks.push(self.block(5000, 5200, FlowBlock::MenuAnswer(answer)));
                continue;
            }
            let (pressed, reason) = self.random.pick(&REASONS, ("1", "billing"));
            blocks.push(self.block(900, 6000, FlowBlock::MenuAnswer(pressed)));
            blocks.push(self.block(0, 20, FlowBlock::SetAttribute("reason", reason)));
            return;
        }
    }

    fn lookup(&mut self, blocks: &mut Vec<PlannedBlock>) {
        blocks.push(self.block(5, 60, FlowBlock::Lookup));
        let answer = if self.random.chance(0.02) {
            self.block(3000, 3010, FlowBlock::LookupFailed)
        } else {
            self.block(90, 900, FlowBlock::LookupAnswer)
        };
        blocks.push(answer);
    }

    fn queue_turn(&mut self) -> Option<(Millis, QueueTurn)> {
        let lot = self.random.unit();
        let after = self.random.between(20 * SECOND, 120 * SECOND);
        if lot < self.behaviour.callback {
            Some((after, QueueTurn::Callback))
        } else if lot < self.behaviour.callback + self.behaviour.moved_on && self.queues > 1 {
            Some((after, QueueTurn::MoveTo(self.other_queue())))
        } else {
            None
        }
    }

    /// Another queue than the contact's own, where there is one.
    fn other_queue(&mut self) -> usize {
        let others = i64::try_from(self.queues).unwrap_or(i64::MAX) - 1;
        let step = usize::try_from(self.random.between(1, others.max(1))).unwrap_or(1);
        (self.queue + step) % self.queues.max(1)
    }

    fn offers(&mut self) -> Vec<PlannedOffer> {
        let chances = self.behaviour.offers;
        let mut offers = Vec::new();
        for _ in 0..6 {
            let lot = self.random.unit();
            let ring = self.random.sample(self.behaviour.ring);
            let cleared_after = self.random.between(2 * SECOND, 25 * SECOND);
            let (reply, after) = if lot < chances.missed {
                (OfferReply::Miss, self.behaviour.offer_timeout)
            } else if lot < chances.missed + chances.rejected {
                (OfferReply::Reject, ring)
            } else if lot < chances.missed + chances.rejected + chances.failed {
                (OfferReply::Fail, ring)
            } else {
                (OfferReply::Accept, ring)
            };
            let after = after.min(self.behaviour.offer_timeout);
            offers.push(PlannedOffer { after, reply, cleared_after });
            if reply == OfferReply::Accept {
                break;
            }
        }
        offers
    }

    fn dial(&mut self, kind: PlanKind) -> Option<(Millis, DialOutcome)> {
        let ring = self.random.between(4 * SECOND, 25 * SECOND);
        let outcome = match kind {
            PlanKind::Campaign => match self.random.between(0, 99) {
                0..=44 => DialOutcome::HumanAnswered,
                45..=64 => DialOutcome::VoicemailBeep,
                65..=74 => DialOutcome::VoicemailNoBeep,
                75..=92 => DialOutcome::Unanswered,
                93..=97 => DialOutcome::Busy,
                _ => DialOutcome::InvalidNumber,
            },
            PlanKind::Callback | PlanKind::Dialled if self.random.chance(self.behaviour.dial_answered) => {
                DialOutcome::HumanAnswered
            }
            PlanKind::Callback | PlanKind::Dialled => DialOutcome::Unanswered,
            PlanKind::Arriving | PlanKind::Moved | PlanKind::Consulted => return None,
        };
        Some((ring, outcome))
    }

    fn wrap_up(&mut self, kind: PlanKind) -> Millis {
        if kind == PlanKind::Consulted && self.behaviour.has_flow {
            return self.random.between(1000, 4000);
        }
        let wrap_up = Behaviour::of(&self.behaviour.wrap_up, self.channel);
        self.random.sample(wrap_up)
    }

    fn talk(&mut self) -> Millis {
        let talk = Behaviour::of(&self.behaviour.talk, self.channel);
        let length = self.random.sample(talk);
        if self.behaviour.has_flow { length.max(SHORTEST_TALK) } else { length }
    }

    fn actions(&mut self, kind: PlanKind) -> Vec<Action> {
        let talk = self.talk();
        match self.channel {
            Channel::Voice => self.call(talk, kind),
            Channel::Task => self.task(talk),
            Channel::Chat | Channel::Email => vec![Action::Talk(talk), Action::End(self.ended_by())],
        }
    }

    fn ended_by(&mut self) -> EndedBy {
        if self.random.chance(0.65) { EndedBy::Customer } else { EndedBy::Agent }
    }

    fn task(&mut self, work: Millis) -> Vec<Action> {
        let mut actions = vec![Action::Talk(work)];
        if self.random.chance(self.behaviour.pause) {
            let pause = self.random.between(60 * SECOND, 900 * SECOND);
            let rest = self.talk() / 2 + SHORTEST_TALK;
            actions.extend([Action::Pause(pause), Action::Talk(rest)]);
        }
        actions.push(Action::End(EndedBy::Agent));
        actions
    }

    fn call(&mut self, talk: Millis, kind: PlanKind) -> Vec<Action> {
        let mut actions = Vec::new();
        let mut rest = talk;
        if self.random.chance(self.behaviour.monitor) {
            let first = (rest / 4).max(SHORTEST_TALK);
            actions
                .extend([Action::Talk(first), Action::Monitor(self.random.between(5 * SECOND, 90 * SECOND))]);
            rest = (rest - first).max(SHORTEST_TALK);
        }
        let mut hold = self.behaviour.hold;
        for _ in 0..3 {
            if !self.random.chance(hold) {
                break;
            }
            hold /= 2.0;
            let part = (rest / 2).max(SHORTEST_TALK);
            rest = (rest - part).max(SHORTEST_TALK);
            actions.push(Action::Talk(part));
            let length = self.random.sample(self.behaviour.hold_length).max(SHORTEST_TALK);
            if self.random.chance(self.behaviour.hold_abandon) {
                actions.push(Action::HoldAbandoned(length));
                return actions;
            }
            actions.push(Action::Hold(length));
        }
        actions.push(Action::Talk(rest));
        if matches!(kind, PlanKind::Arriving | PlanKind::Callback) {
            self.pass_on(&mut actions);
        }
        actions.push(Action::End(self.ended_by()));
        actions
    }

    /// Some calls are passed on, or somebody is asked.
    fn pass_on(&mut self, actions: &mut Vec<Action>) {
        let chances = self.behaviour.transfers;
        let mut lot = self.random.unit();
        let mut falls_in = |chance: f64| {
            let is_it = (0.0..chance).contains(&lot);
            lot -= chance;
            is_it
        };
        let [blind, consult, hand_over, conference, external, joined] = [
            falls_in(chances.blind),
            falls_in(chances.consult),
            falls_in(chances.hand_over),
            falls_in(chances.conference),
            falls_in(chances.external),
            falls_in(chances.external_conference),
        ];
        let asks = self.random.between(5 * SECOND, 90 * SECOND);
        let then = self.random.between(10 * SECOND, 400 * SECOND);
        let ring = self.random.between(3 * SECOND, 20 * SECOND);
        if blind {
            let queue = self.other_queue();
            actions.push(Action::BlindTransfer(queue));
        } else if consult {
            actions.extend([
                Action::Consult(asks, AfterConsult::Return),
                Action::Talk(then / 4 + SHORTEST_TALK),
            ]);
        } else if hand_over {
            // The talk is for when no colleague takes it.
            let rest = Action::Talk(then / 4 + SHORTEST_TALK);
            actions.extend([Action::Consult(asks, AfterConsult::HandOver(then)), rest]);
        } else if conference {
            actions.extend([
                Action::Consult(asks, AfterConsult::Conference(then)),
                Action::Talk(then / 4 + SHORTEST_TALK),
            ]);
        } else if external {
            actions.push(Action::External(ring, then));
        } else if joined {
            actions.extend([Action::ExternalConference(ring, then), Action::Talk(then / 4 + SHORTEST_TALK)]);
        }
    }
}

/// What an answering machine hears.
fn voicemail() -> Vec<PlannedBlock> {
    vec![
        PlannedBlock { after: 120, block: FlowBlock::SetLogging },
        PlannedBlock { after: 60, block: FlowBlock::Prompt("Please call us back about your order.") },
        PlannedBlock { after: 11 * SECOND, block: FlowBlock::Disconnect },
    ]
}
