//! Agents who fall silent, and log-ons that tell nothing of the agent.

use std::collections::BTreeMap;

use serde_json::Value;

use super::emission::Kept;
use crate::model::{
    emit::{AgentFaultCounts, AgentFaults, Emission, EmittedKind},
    *,
};

fn emitted(faults: AgentFaults) -> (Vec<Value>, AgentFaultCounts) {
    let config = Config { agents: 30, contacts_per_day: 1_500, ..Config::default() };
    let (begin, end) = (config.begin(), config.end());
    let emission = Emission::new(Kept::default(), begin).with_agent_faults(faults);
    let (_, emission, directory) = Centre::new(config, emission).unwrap().finish();
    let counts = emission.agent_fault_counts();
    (emission.finish(end, &directory).unwrap().parsed(EmittedKind::AgentEvent), counts)
}

fn text<'a>(event: &'a Value, name: &str) -> &'a str {
    event[name].as_str().unwrap()
}

/// Every other log-on ends in silence: no logout, and no event until the next log-on.
#[test]
fn a_silent_agent_is_heard_of_at_the_next_log_on() {
    let (all, none) = emitted(AgentFaults::default());
    let (heard, counts) = emitted(AgentFaults { seed: 1, silent: 0.5, bare_logins: 0.0 });
    assert_eq!(none, AgentFaultCounts::default());
    assert_eq!(all.len() - heard.len(), usize::try_from(counts.unheard_events).unwrap());
    assert!(counts.silences > 5, "{counts:?}");
    let logouts =
        |events: &[Value]| events.iter().filter(|event| text(event, "EventType") == "LOGOUT").count();
    assert!(logouts(&heard) < logouts(&all));
    // Who is heard of again has logged on: otherwise an event misses that is the previous snapshot of the next.
    let mut last: BTreeMap<&str, &Value> = BTreeMap::new();
    for event in &heard {
        let before = last.insert(text(event, "AgentARN"), event);
        if !matches!(text(event, "EventType"), "LOGIN" | "LOGOUT") {
            assert_eq!(event["PreviousAgentSnapshot"], before.unwrap()["CurrentAgentSnapshot"]);
        }
    }
}

#[test]
fn a_bare_log_on_has_no_snapshot_and_the_next_event_has() {
    let (heard, counts) = emitted(AgentFaults { seed: 1, silent: 0.0, bare_logins: 0.5 });
    let is_bare = |event: &&Value| event["CurrentAgentSnapshot"].is_null();
    let bare: Vec<_> = heard.iter().filter(is_bare).collect();
    assert_eq!(u64::try_from(bare.len()).unwrap(), counts.bare_logins);
    assert!(bare.len() > 5 && bare.iter().all(|event| text(event, "EventType") == "LOGIN"));
    let (whole, _) = emitted(AgentFaults::default());
    assert_eq!(whole.len(), heard.len());
    for (whole, heard) in whole.iter().zip(&heard).filter(|(_, heard)| !is_bare(heard)) {
        assert_eq!(whole, heard);
    }
}
