use super::*;

fn fact(what: What, ms: i64, trust: Trust, source: Source) -> Fact {
    let at = Timestamp::from_millisecond(1_714_557_600_000 + ms).unwrap();
    Fact { what, at, trust, source, who: None, how: None }
}

fn same(one: (i64, Trust, Source), other: (i64, Trust, Source), what: What) -> bool {
    let fact = |(ms, trust, source)| fact(what, ms, trust, source);
    is_same_step(&fact(one), &fact(other))
}

const EVENT: (Trust, Source) = (Trust::Stated, Source::ContactEvent);
const AGENT: (Trust, Source) = (Trust::Retold, Source::AgentEvent);
const RECORD: (Trust, Source) = (Trust::Retold, Source::ContactRecord);
const STAND_IN: (Trust, Source) = (Trust::StandIn, Source::ContactEvent);

#[test]
fn a_source_that_states_a_time_states_it_the_same_way_each_time() {
    for (trust, source) in [EVENT, AGENT, RECORD] {
        assert!(same((0, trust, source), (0, trust, source), What::Held));
        assert!(!same((0, trust, source), (1, trust, source), What::Held), "{source:?}");
    }
    let (trust, source) = STAND_IN;
    assert!(same((0, trust, source), (1, trust, source), What::Held), "what stands in is no statement");
}

#[test]
fn two_sources_may_differ_by_two_seconds() {
    for apart in [-2_000, 2_000] {
        assert!(same((0, AGENT.0, AGENT.1), (apart, RECORD.0, RECORD.1), What::Queued));
        assert!(same((0, EVENT.0, EVENT.1), (apart, AGENT.0, AGENT.1), What::Queued));
        assert!(!same((0, EVENT.0, EVENT.1), (apart + apart.signum(), AGENT.0, AGENT.1), What::Queued));
    }
}

#[test]
fn what_stands_in_may_be_four_seconds_from_what_is_stated() {
    for apart in [-4_000, 4_000] {
        assert!(same((0, EVENT.0, EVENT.1), (apart, STAND_IN.0, STAND_IN.1), What::Answered));
        assert!(!same(
            (0, EVENT.0, EVENT.1),
            (apart + apart.signum(), STAND_IN.0, STAND_IN.1),
            What::Answered
        ));
    }
}

#[test]
fn a_contact_begins_ends_and_is_completed_once() {
    let hours = 7_200_000;
    for what in [What::Began, What::Ended, What::Completed] {
        assert!(same((0, EVENT.0, EVENT.1), (hours, EVENT.0, EVENT.1), what), "{what:?}");
    }
    assert!(!same((0, EVENT.0, EVENT.1), (hours, EVENT.0, EVENT.1), What::Queued));
    assert!(!is_same_step(&fact(What::Began, 0, EVENT.0, EVENT.1), &fact(What::Ended, 0, EVENT.0, EVENT.1)));
}

#[test]
fn a_step_keeps_what_any_source_told_of_it() {
    let mut named = fact(What::Queued, 10, AGENT.0, AGENT.1);
    named.who = Some("queue".to_owned());
    let mut told = fact(What::Queued, 0, EVENT.0, EVENT.1);
    told.how = Some("how".to_owned());
    let step = step(vec![told, named]).unwrap();
    assert_eq!((step.who.as_deref(), step.how.as_deref()), (Some("queue"), Some("how")));
    assert_eq!(step.at.as_millisecond() % 1_000, 0, "the time is that of the first, which counts");
}

#[test]
fn a_contact_that_comes_back_is_resumed_once() {
    let step = |what, ms: i64| Step { what, at: fact(what, ms, EVENT.0, EVENT.1).at, who: None, how: None };
    let left = |steps: &[(What, i64)]| {
        let mut steps: Vec<_> = steps.iter().map(|(what, ms)| step(*what, *ms)).collect();
        resumed(&mut steps);
        steps.iter().map(|step| step.what).collect::<Vec<_>>()
    };
    let paused = (What::Paused, 0);
    for agent in [18_000, 19_900, 20_000, 20_100, 22_000] {
        let mut steps = [paused, (What::Connected, agent), (What::Resumed, 20_000)];
        steps.sort_by_key(|(what, ms)| (*ms, *what));
        assert_eq!(left(&steps), [What::Paused, What::Resumed], "{agent}");
    }
    assert_eq!(
        left(&[paused, (What::Connected, 20_000)]),
        [What::Paused, What::Resumed],
        "by an agent alone"
    );
    let far = [paused, (What::Resumed, 20_000), (What::Connected, 22_001)];
    assert_eq!(left(&far), [What::Paused, What::Resumed, What::Connected]);
    let held = [(What::Resumed, 0), (What::Held, 500), (What::Connected, 900)];
    assert_eq!(left(&held), [What::Resumed, What::Held, What::Connected]);
}
