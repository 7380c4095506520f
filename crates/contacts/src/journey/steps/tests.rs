use super::*;

fn fact(kind: FactKind, ms: i64, trust: Trust, source: Source) -> Fact {
    let at = Timestamp::from_millisecond(1_714_557_600_000 + ms).unwrap();
    Fact { kind, at, trust, source, subject: None, detail: None }
}

fn same(one: (i64, Trust, Source), other: (i64, Trust, Source), kind: FactKind) -> bool {
    let fact = |(ms, trust, source)| fact(kind, ms, trust, source);
    is_same_step(&fact(one), &fact(other))
}

const EVENT: (Trust, Source) = (Trust::Stated, Source::ContactEvent);
const AGENT: (Trust, Source) = (Trust::Retold, Source::AgentEvent);
const RECORD: (Trust, Source) = (Trust::Retold, Source::ContactRecord);
const STAND_IN: (Trust, Source) = (Trust::StandIn, Source::ContactEvent);

#[test]
fn a_source_that_states_a_time_states_it_the_same_way_each_time() {
    for (trust, source) in [EVENT, AGENT, RECORD] {
        assert!(same((0, trust, source), (0, trust, source), FactKind::Held));
        assert!(!same((0, trust, source), (1, trust, source), FactKind::Held), "{source:?}");
    }
    let (trust, source) = STAND_IN;
    assert!(same((0, trust, source), (1, trust, source), FactKind::Held), "what stands in is no statement");
}

#[test]
fn two_sources_may_differ_by_two_seconds() {
    for apart in [-2_000, 2_000] {
        assert!(same((0, AGENT.0, AGENT.1), (apart, RECORD.0, RECORD.1), FactKind::Queued));
        assert!(same((0, EVENT.0, EVENT.1), (apart, AGENT.0, AGENT.1), FactKind::Queued));
        assert!(!same((0, EVENT.0, EVENT.1), (apart + apart.signum(), AGENT.0, AGENT.1), FactKind::Queued));
    }
}

#[test]
fn what_stands_in_may_be_four_seconds_from_what_is_stated() {
    for apart in [-4_000, 4_000] {
        assert!(same((0, EVENT.0, EVENT.1), (apart, STAND_IN.0, STAND_IN.1), FactKind::Answered));
        assert!(!same(
            (0, EVENT.0, EVENT.1),
            (apart + apart.signum(), STAND_IN.0, STAND_IN.1),
            FactKind::Answered
        ));
    }
}

#[test]
fn a_contact_begins_ends_and_is_completed_once() {
    let hours = 7_200_000;
    for kind in [FactKind::Began, FactKind::Ended, FactKind::Completed] {
        assert!(same((0, EVENT.0, EVENT.1), (hours, EVENT.0, EVENT.1), kind), "{kind:?}");
    }
    assert!(!same((0, EVENT.0, EVENT.1), (hours, EVENT.0, EVENT.1), FactKind::Queued));
    assert!(!is_same_step(
        &fact(FactKind::Began, 0, EVENT.0, EVENT.1),
        &fact(FactKind::Ended, 0, EVENT.0, EVENT.1)
    ));
}

#[test]
fn a_step_keeps_what_any_source_told_of_it() {
    let mut named = fact(FactKind::Queued, 10, AGENT.0, AGENT.1);
    named.subject = Some("queue".to_owned());
    let mut told = fact(FactKind::Queued, 0, EVENT.0, EVENT.1);
    told.detail = Some("how".to_owned());
    let step = step(vec![told, named]).unwrap();
    assert_eq!((step.subject.as_deref(), step.detail.as_deref()), (Some("queue"), Some("how")));
    assert_eq!(step.at.as_millisecond() % 1_000, 0, "the time is that of the first, which counts");
}

#[test]
fn a_contact_that_comes_back_is_resumed_once() {
    let step =
        |kind, ms: i64| Step { kind, at: fact(kind, ms, EVENT.0, EVENT.1).at, subject: None, detail: None };
    let left = |steps: &[(FactKind, i64)]| {
        let mut steps: Vec<_> = steps.iter().map(|(kind, ms)| step(*kind, *ms)).collect();
        resumed(&mut steps);
        steps.iter().map(|step| step.kind).collect::<Vec<_>>()
    };
    let paused = (FactKind::Paused, 0);
    for agent in [18_000, 19_900, 20_000, 20_100, 22_000] {
        let mut steps = [paused, (FactKind::Connected, agent), (FactKind::Resumed, 20_000)];
        steps.sort_by_key(|(kind, ms)| (*ms, *kind));
        assert_eq!(left(&steps), [FactKind::Paused, FactKind::Resumed], "{agent}");
    }
    assert_eq!(
        left(&[paused, (FactKind::Connected, 20_000)]),
        [FactKind::Paused, FactKind::Resumed],
        "by an agent alone"
    );
    let far = [paused, (FactKind::Resumed, 20_000), (FactKind::Connected, 22_001)];
    assert_eq!(left(&far), [FactKind::Paused, FactKind::Resumed, FactKind::Connected]);
    let held = [(FactKind::Resumed, 0), (FactKind::Held, 500), (FactKind::Connected, 900)];
    assert_eq!(left(&held), [FactKind::Resumed, FactKind::Held, FactKind::Connected]);
}
