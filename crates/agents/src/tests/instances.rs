//! Agents of several instances, with the same user names and the same ids.

use super::*;

/// Another instance, and the same one's replica.
const OTHERS: [&str; 2] = [
    "arn:aws:connect:ap-southeast-2:012345678910:instance/j",
    "arn:aws:connect:ap-northeast-1:012345678910:instance/i",
];

fn of_instance(instance: &str, mut event: Value) -> Value {
    event["InstanceARN"] = instance.into();
    event
}

#[test]
fn the_instance_is_of_the_event_or_else_of_the_agents_arn() {
    let mut event = event("LOGIN", 1, &snapshot(&status("Available", "ROUTABLE", 0), &[]));
    let read = |event: &Value| {
        let update = read(&AgentEvent::parse(&event.to_string()).unwrap(), at(9));
        update.map(|update| update.arn.to_text())
    };
    event["InstanceARN"] = OTHERS[0].into();
    assert_eq!(read(&event).as_deref(), Ok("ap-southeast-2/j/arn"));
    for absent in [Value::Null, json!(""), json!(7), json!("arn:aws:s3:::bucket")] {
        event["InstanceARN"] = absent;
        assert_eq!(read(&event).as_deref(), Ok("ap-southeast-2/i/arn"));
    }
    event["AgentARN"] = "arn".into();
    assert_eq!(read(&event), Err(InvalidAgentEvent::NoInstance));
}

#[test]
fn one_user_name_in_several_instances_is_several_agents() {
    let lunch = event("STATE_CHANGE", 10, &snapshot(&status("Lunch", "CUSTOM", 10), &[]));
    for other in OTHERS {
        let training = event("STATE_CHANGE", 20, &snapshot(&status("Training", "CUSTOM", 20), &[]));
        let events = [lunch.clone(), of_instance(other, training)];
        assert_eq!(fold(events.iter().map(update)).into_named().len(), 2);
        assert_eq!(shown(&events, Shown::Status), Some(on("Lunch-id", 10)));
    }
}

#[test]
fn one_id_in_several_instances_is_several_agents() {
    let (lunch, logout) = (of("x", "ann", 1), event("LOGOUT", 9, &Value::Null));
    for other in OTHERS {
        // Neither another user name nor a logout there changes anything here.
        let (renamed, mut logout) =
            (of_instance(other, of("x", "anna", 2)), of_instance(other, logout.clone()));
        logout["AgentARN"] = format!("{INSTANCE}/agent/x").into();
        let agents = fold([&lunch, &renamed, &logout].map(update)).into_named();
        let is_on = |agent: &Agent| agent.current().unwrap().state != AgentState::LoggedOff;
        let on: Vec<_> = agents.values().map(is_on).collect();
        assert_eq!(agents.len(), 2);
        assert!(is_on(&agents[&key("ann")]) && on.contains(&false), "{other}");
    }
}
