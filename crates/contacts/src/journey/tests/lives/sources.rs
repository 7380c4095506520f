//! What four sources tell of a life.

use super::*;

/// Which sources are heard, and which contact events are lost: a bit each.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "a source each")]
pub(super) struct Heard {
    pub(super) by_events: bool,
    pub(super) by_log: bool,
    pub(super) by_agent: bool,
    pub(super) by_record: bool,
    lost: u32,
}

prop_compose! {
    pub(super) fn some()(
        (by_events, by_log, by_agent, by_record) in prop_oneof![
            Just((true, true, true, true)), any::<(bool, bool, bool, bool)>(),
        ],
        lost in prop_oneof![Just(0), any::<u32>()],
    ) -> Heard {
        Heard { by_events, by_log, by_agent, by_record, lost }
    }
}

pub(super) const QUEUE: &str = "x/queue/1";
pub(super) const AGENT: &str = "x/agent/2";

fn stated(at: i64) -> Json {
    json!(Timestamp::from_millisecond(HOUR + at).unwrap().to_string())
}

/// As a contact record has it.
pub(super) fn second(at: i64) -> i64 {
    at.div_euclid(1_000) * 1_000
}

impl Heard {
    /// The same without a loss.
    pub(super) fn losing_nothing(&self) -> Self {
        Self { lost: 0, ..self.clone() }
    }

    pub(super) fn loses_nothing(&self) -> bool {
        self.lost == 0
    }

    /// The types of the contact events that arrive, each with the turns up to it.
    pub(super) fn arrived<'a>(&self, life: &'a Life) -> Vec<(&'static str, &'a [(Turn, i64)])> {
        let types = life.turns.iter().enumerate().filter_map(|(place, (turn, _))| {
            let kind = match turn {
                Turn::Began => "INITIATED",
                Turn::Reached => "CONNECTED_TO_SYSTEM",
                Turn::Queued => "QUEUED",
                Turn::Answered => "CONNECTED_TO_AGENT",
                Turn::Paused => "PAUSED",
                Turn::Resumed => "RESUMED",
                Turn::Ended => "DISCONNECTED",
                Turn::Done => "COMPLETED",
                Turn::Block | Turn::Missed | Turn::Held | Turn::Back => return None,
            };
            Some((kind, &life.turns[..=place]))
        });
        let arrived = types.enumerate().filter(|(nth, _)| self.by_events && self.lost >> nth & 1 == 0);
        arrived.map(|(_, one)| one).collect()
    }

    pub(super) fn events(&self, life: &Life) -> Vec<Observation> {
        let mut all: Vec<_> =
            self.arrived(life).into_iter().map(|(kind, turns)| contact_event(life, kind, turns)).collect();
        if self.by_log {
            let blocks = life.turns.iter().enumerate().filter(|(_, (turn, _))| *turn == Turn::Block);
            all.extend(blocks.map(|(place, (_, at))| line(place, *at)));
        }
        if self.by_agent {
            all.extend(agent_events(life));
        }
        if self.by_record && life.is_over() {
            all.push(record(life));
        }
        all
    }
}

fn contact_event(life: &Life, kind: &str, turns: &[(Turn, i64)]) -> Observation {
    let last = |turn: Turn| turns.iter().rfind(|(one, _)| *one == turn).map(|(_, at)| stated(*at));
    let mut detail = json!({
        "eventType": kind, "contactId": "c", "channel": life.channel(), "initiationMethod": life.method(),
        "initiationTimestamp": last(Turn::Began), "connectedToSystemTimestamp": last(Turn::Reached),
        "disconnectTimestamp": last(Turn::Ended), "lastPausedTimestamp": last(Turn::Paused),
        "lastResumedTimestamp": last(Turn::Resumed),
    });
    if last(Turn::Queued).is_some() {
        detail["queueInfo"] = json!({"queueArn": QUEUE, "enqueueTimestamp": last(Turn::Queued)});
    }
    if last(Turn::Answered).is_some() {
        let done = last(Turn::Done);
        let started = done.as_ref().and_then(|_| last(Turn::Ended));
        detail["agentInfo"] = json!({"agentArn": AGENT, "connectedToAgentTimestamp": last(Turn::Answered),
            "afterContactWorkStartTimestamp": started, "afterContactWorkEndTimestamp": done});
    }
    if last(Turn::Ended).is_some() {
        detail["disconnectReason"] = json!(life.reason());
    }
    let (_, at) = turns.last().unwrap();
    let document =
        json!({"id": format!("{kind}{at}"), "time": stated(second(*at)), "detail": detail}).to_string();
    Observation::of_contact_event(&ContactEvent::parse(&document).unwrap(), &document, came()).unwrap()
}

fn line(place: usize, at: i64) -> Observation {
    let line = json!({"ContactId": "c", "ContactFlowModuleType": "PlayPrompt", "ContactFlowName": "Main",
        "Timestamp": stated(at), "Parameters": {"Text": format!("Block {place}")}});
    let line = line.to_string();
    let id = place.to_string();
    Observation::of_flow_log(&FlowLog::parse(&line).unwrap(), &line, Some(&id), None, came()).unwrap()
}

/// The agent's events of it, by the agent's clock: each change of its state, and that it is gone.
fn agent_events(life: &Life) -> Vec<Observation> {
    let late = |at: Option<i64>| at.map(|at| stated(at + life.skew));
    let contact = |state: &str, at: i64, is_taken: bool| {
        json!([{"ContactId": "c", "Channel": life.channel(), "InitiationMethod": life.method(), "State": state,
            "StateStartTimestamp": late(Some(at)),
            "ConnectedToAgentTimestamp": late(life.at(Turn::Answered).filter(|_| is_taken)),
            "QueueTimestamp": life.at(Turn::Queued).map(|at| stated(at - 1)),
            "Queue": {"ARN": QUEUE, "Name": "Sales"}}])
    };
    let (mut before, mut all) = (json!([]), Vec::new());
    let mut become_ = |at: i64, id: &str, now: Json| {
        let snapshot = |contacts: &Json| json!({"Configuration": {"Username": "ann"}, "Contacts": contacts});
        let document = json!({"AgentARN": AGENT, "EventId": format!("{id}{at}"), "EventType": "STATE_CHANGE",
            "EventTimestamp": late(Some(at)), "CurrentAgentSnapshot": snapshot(&now),
            "PreviousAgentSnapshot": snapshot(&before)})
        .to_string();
        all.extend(Observation::of_agent_event(&AgentEvent::parse(&document).unwrap(), &document, came()));
        before = now;
    };
    for (turn, at) in &life.turns {
        let state = match turn {
            Turn::Missed => "MISSED",
            Turn::Answered | Turn::Back | Turn::Resumed => "CONNECTED",
            Turn::Held => "CONNECTED_ONHOLD",
            Turn::Paused => "PAUSED",
            Turn::Ended if life.at(Turn::Answered).is_some() => "ENDED",
            Turn::Done if life.at(Turn::Answered).is_some() => {
                become_(*at, "gone", json!([]));
                continue;
            }
            _ => continue,
        };
        become_(*at, state, contact(state, *at, state != "MISSED"));
        if *turn == Turn::Missed {
            become_(*at, "gone", json!([]));
        }
    }
    all
}

fn record(life: &Life) -> Observation {
    let at = |turn: Turn| life.at(turn).map(|at| stated(second(at)));
    let left = at(Turn::Answered).or_else(|| at(Turn::Ended));
    let mut record = json!({"ContactId": "c", "Channel": life.channel(), "InitiationMethod": life.method(),
        "InitiationTimestamp": at(Turn::Began), "ConnectedToSystemTimestamp": at(Turn::Reached),
        "DisconnectTimestamp": at(Turn::Ended), "DisconnectReason": life.reason(),
        "LastUpdateTimestamp": stated(second(life.at(Turn::Done).unwrap()) + 60_000)});
    if at(Turn::Queued).is_some() {
        record["Queue"] = json!({"ARN": QUEUE, "Name": "Sales", "EnqueueTimestamp": at(Turn::Queued),
            "DequeueTimestamp": left});
    }
    if at(Turn::Answered).is_some() {
        record["Agent"] = json!({"ARN": AGENT, "Username": "ann", "ConnectedToAgentTimestamp": at(Turn::Answered),
            "AfterContactWorkStartTimestamp": at(Turn::Ended), "AfterContactWorkEndTimestamp": at(Turn::Done)});
    }
    let record = record.to_string();
    Observation::of_contact_record(&Ctr::parse(&record).unwrap(), &record, came()).unwrap()
}

impl Life {
    fn channel(&self) -> &'static str {
        if self.is_task { "TASK" } else { "VOICE" }
    }

    fn method(&self) -> &'static str {
        if self.is_task { "API" } else { "INBOUND" }
    }

    fn reason(&self) -> &'static str {
        match (self.is_task, self.at(Turn::Answered)) {
            (true, Some(_)) => "AGENT_COMPLETED",
            (true, None) => "EXPIRED",
            (false, _) => "CUSTOMER_DISCONNECT",
        }
    }
}
