//! Six contacts worked out by hand: abandoned, callback, queue transfer, consult, monitored, e-mail over midnight.
//!
//! Three agents (1, 3 and 5 of five) work from 00:00 to 08:00 UTC on 2 November, the first of them again on the third from
//! 00:05. Each contact needs 650 ms to come into its queue, an agent 400 ms to be offered something after another thing and
//! 3 s to take it; whoever has been idle for longest is offered it.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::model::{
    truth::{Truth, TruthFiles},
    *,
};

fn at(text: &str) -> Millis {
    text.parse::<Timestamp>().unwrap().as_millisecond()
}

fn secs(seconds: f64) -> Millis {
    #[expect(clippy::cast_possible_truncation, reason = "a few seconds")]
    let millis = (seconds * 1000.0) as Millis;
    millis
}

fn call(time: &str, number: u32, queue: usize, plan: ContactPlan, next: Vec<ContactPlan>) -> ScriptedContact {
    ScriptedContact {
        at: at(time),
        channel: Channel::Voice,
        method: InitiationMethod::Inbound,
        customer: Customer { number, is_withheld: false },
        queue: Some(queue),
        plan,
        next,
    }
}

fn plan(actions: &[Action], wrap_up: f64) -> ContactPlan {
    ContactPlan { actions: actions.to_vec(), wrap_up: secs(wrap_up), ..ContactPlan::default() }
}

pub(super) fn contacts() -> Vec<ScriptedContact> {
    use Action::{Consult, End, Hold, Monitor, Talk};
    let abandoned = ContactPlan { patience: Some(secs(12.345)), ..ContactPlan::default() };
    let asks = ContactPlan { queue_turn: Some((secs(30.0), QueueTurn::Callback)), ..ContactPlan::default() };
    let callback = ContactPlan {
        dial: Some((secs(10.0), DialOutcome::HumanAnswered)),
        ..plan(&[Talk(secs(60.0)), End(EndedBy::Customer)], 20.0)
    };
    let moved =
        ContactPlan { queue_turn: Some((secs(15.0), QueueTurn::MoveTo(0))), ..ContactPlan::default() };
    let there = plan(&[Talk(secs(10.0)), Hold(secs(15.0)), Talk(secs(5.0)), End(EndedBy::Agent)], 5.0);
    let asked = plan(
        &[
            Talk(secs(20.0)),
            Consult(secs(25.0), AfterConsult::Return),
            Talk(secs(9.35)),
            End(EndedBy::Customer),
        ],
        30.0,
    );
    let monitored =
        plan(&[Talk(secs(10.0)), Monitor(secs(12.0)), Talk(secs(40.0)), End(EndedBy::Customer)], 0.5);
    let email = ScriptedContact {
        channel: Channel::Email,
        ..call("2026-11-02T12:00:00Z", 6, 0, plan(&[Talk(secs(300.0)), End(EndedBy::Agent)], 10.0), vec![])
    };
    vec![
        call("2026-11-01T23:50:00Z", 1, 0, abandoned, vec![]),
        call("2026-11-01T23:55:00Z", 2, 0, asks, vec![callback]),
        call("2026-11-02T00:10:00Z", 3, 3, moved, vec![there]),
        call("2026-11-02T00:20:00Z", 4, 0, asked, vec![plan(&[], 2.0)]),
        call("2026-11-02T00:30:00Z", 5, 0, monitored, vec![]),
        email,
    ]
}

pub(super) fn config() -> Config {
    Config { agents: 5, queues: 4, duration: SignedDuration::from_hours(36), ..Config::default() }
}

pub(super) fn shifts() -> Vec<ScriptedShift> {
    let shift = |agent, from, to| ScriptedShift { agent, from: at(from), to: at(to) };
    vec![
        shift(0, "2026-11-02T00:00:00Z", "2026-11-02T08:00:00Z"),
        shift(2, "2026-11-02T00:00:00Z", "2026-11-02T08:00:00Z"),
        shift(4, "2026-11-02T00:00:00Z", "2026-11-02T08:00:00Z"),
        shift(0, "2026-11-03T00:05:00Z", "2026-11-03T01:00:00Z"),
    ]
}

/// The lines of the three files.
fn truth() -> [Vec<Value>; 3] {
    let config = config();
    let files = TruthFiles { contacts: Vec::new(), agents: Vec::new(), intervals: Vec::new() };
    let truth = Truth::new(files, config.end());
    let centre = Centre::scripted(config, &shifts(), contacts(), truth).unwrap();
    let (summary, truth, directory) = centre.finish();
    assert_eq!((summary.arrived, summary.in_centre), (10, 0));
    let files = truth.finish(&directory).unwrap();
    let lines = |bytes: &[u8]| {
        bytes
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect()
    };
    [lines(&files.contacts), lines(&files.agents), lines(&files.intervals)]
}

fn find<'a>(lines: &'a [Value], members: &Value) -> &'a Value {
    let is_it = |line: &&Value| members.as_object().unwrap().iter().all(|(name, value)| line[name] == *value);
    let found: Vec<_> = lines.iter().filter(is_it).collect();
    assert_eq!(found.len(), 1, "{members}: {lines:#?}");
    found[0]
}

/// The line has these members, and null or false in all others.
fn assert_line(line: &Value, mut expected: Value) {
    let members = expected.as_object_mut().unwrap();
    for (name, default) in [
        ("instance", json!("8c5a4f1e-3b7d-4e29-a6f0-51d2c97be834")),
        ("abandoned", json!(false)),
        ("transferred", json!(false)),
        ("id", line["id"].clone()),
        ("queue", line["queue"].clone()),
    ] {
        members.entry(name).or_insert(default);
    }
    for name in line.as_object().unwrap().keys() {
        members.entry(name.as_str()).or_insert(Value::Null);
    }
    assert_eq!(*line, expected);
}

#[test]
#[expect(clippy::too_many_lines, reason = "ten lines of a file, member by member")]
fn contacts_are_as_worked_out() {
    let [contacts, _, _] = truth();
    let of = |number: &str, initiation: &str| {
        find(&contacts, &json!({"customer": number, "initiation": initiation}))
    };

    let abandoned = of("+61255500001", "INBOUND");
    assert_line(
        abandoned,
        json!({
            "channel": "VOICE", "initiation": "INBOUND", "customer": "+61255500001",
            "enqueued": "2026-11-01T23:50:00.650Z", "ended": "2026-11-01T23:50:12.995Z",
            "reason": "CUSTOMER_DISCONNECT", "abandoned": true,
        }),
    );
    assert_eq!(abandoned.as_object().unwrap().keys().collect::<Vec<_>>(), {
        let mut names = vec![
            "id",
            "instance",
            "channel",
            "initiation",
            "customer",
            "queue",
            "enqueued",
            "answered",
            "agent",
            "ended",
            "reason",
            "hold_seconds",
            "acw_seconds",
            "next_contact_id",
            "abandoned",
            "transferred",
            "initial_contact_id",
            "previous_contact_id",
        ];
        names.sort_unstable();
        names
    });

    let (asked, callback) = (of("+61255500002", "INBOUND"), of("+61255500002", "CALLBACK"));
    assert_line(
        asked,
        json!({
            "channel": "VOICE", "initiation": "INBOUND", "customer": "+61255500002",
            "enqueued": "2026-11-01T23:55:00.650Z", "ended": "2026-11-01T23:55:30.650Z",
            "reason": "CONTACT_FLOW_DISCONNECT", "next_contact_id": callback["id"],
        }),
    );
    assert_line(
        callback,
        json!({
            "channel": "VOICE", "initiation": "CALLBACK", "customer": "+61255500002",
            "enqueued": "2026-11-01T23:55:30.650Z", "answered": "2026-11-02T00:00:13.400Z", "agent": "agent00001",
            "ended": "2026-11-02T00:01:13.400Z", "reason": "CUSTOMER_DISCONNECT", "hold_seconds": 0, "acw_seconds": 20,
            "initial_contact_id": asked["id"], "previous_contact_id": asked["id"],
        }),
    );

    let (moved, there) = (of("+61255500003", "INBOUND"), of("+61255500003", "QUEUE_TRANSFER"));
    assert_line(
        moved,
        json!({
            "channel": "VOICE", "initiation": "INBOUND", "customer": "+61255500003",
            "enqueued": "2026-11-02T00:10:00.650Z", "ended": "2026-11-02T00:10:15.650Z", "reason": "OTHER",
            "next_contact_id": there["id"],
        }),
    );
    assert_line(
        there,
        json!({
            "channel": "VOICE", "initiation": "QUEUE_TRANSFER", "customer": "+61255500003",
            "enqueued": "2026-11-02T00:10:16.300Z", "answered": "2026-11-02T00:10:19.300Z", "agent": "agent00003",
            "ended": "2026-11-02T00:10:49.300Z", "reason": "AGENT_DISCONNECT", "hold_seconds": 15, "acw_seconds": 5,
            "initial_contact_id": moved["id"], "previous_contact_id": moved["id"],
        }),
    );
    assert_ne!(moved["queue"], there["queue"]);

    let (host, guest) = (of("+61255500004", "INBOUND"), of("+61255500004", "TRANSFER"));
    assert_line(
        host,
        json!({
            "channel": "VOICE", "initiation": "INBOUND", "customer": "+61255500004",
            "enqueued": "2026-11-02T00:20:00.650Z", "answered": "2026-11-02T00:20:03.650Z", "agent": "agent00005",
            "ended": "2026-11-02T00:21:01.000Z", "reason": "CUSTOMER_DISCONNECT", "hold_seconds": 28, "acw_seconds": 30,
        }),
    );
    assert_line(
        guest,
        json!({
            "channel": "VOICE", "initiation": "TRANSFER", "customer": "+61255500004",
            "enqueued": "2026-11-02T00:20:23.650Z", "answered": "2026-11-02T00:20:26.650Z", "agent": "agent00001",
            "ended": "2026-11-02T00:20:51.650Z", "reason": "AGENT_DISCONNECT", "hold_seconds": 25, "acw_seconds": 2,
            "initial_contact_id": host["id"], "previous_contact_id": host["id"],
        }),
    );

    let (heard, monitor) = (of("+61255500005", "INBOUND"), of("+61255500005", "MONITOR"));
    assert_line(
        heard,
        json!({
            "channel": "VOICE", "initiation": "INBOUND", "customer": "+61255500005",
            "enqueued": "2026-11-02T00:30:00.650Z", "answered": "2026-11-02T00:30:03.650Z", "agent": "agent00003",
            "ended": "2026-11-02T00:30:53.650Z", "reason": "CUSTOMER_DISCONNECT", "hold_seconds": 0, "acw_seconds": 1,
        }),
    );
    assert_line(
        monitor,
        json!({
            "channel": "VOICE", "initiation": "MONITOR", "customer": "+61255500005",
            "answered": "2026-11-02T00:30:13.650Z", "agent": "agent00001", "ended": "2026-11-02T00:30:25.650Z",
            "reason": "AGENT_DISCONNECT", "hold_seconds": 0, "acw_seconds": 2,
            "initial_contact_id": heard["id"], "previous_contact_id": heard["id"],
        }),
    );

    assert_line(
        of("customer6@example.org", "INBOUND"),
        json!({
            "channel": "EMAIL", "initiation": "INBOUND", "customer": "customer6@example.org",
            "enqueued": "2026-11-02T12:00:00.650Z", "answered": "2026-11-03T00:05:03.400Z", "agent": "agent00001",
            "ended": "2026-11-03T00:10:03.400Z", "reason": "AGENT_DISCONNECT", "hold_seconds": 0, "acw_seconds": 10,
        }),
    );
}

#[test]
fn an_agents_day_is_as_worked_out() {
    let [_, agents, _] = truth();
    let day: Vec<_> = agents
        .iter()
        .filter(|line| line["agent"] == "agent00001")
        .map(|line| {
            [&line["status"], &line["activity"], &line["from"], &line["to"]]
                .map(|member| member.as_str().unwrap_or("").to_owned())
        })
        .take(10)
        .collect();
    let on = |activity: &str, from: &str, to: &str| {
        ["Available", activity, &format!("2026-11-02T00:{from}Z"), &format!("2026-11-02T00:{to}Z")]
            .map(str::to_owned)
    };
    assert_eq!(
        day,
        [
            on("available", "00:00.000", "00:00.400"),
            on("incoming", "00:00.400", "00:03.400"),
            on("on-contact", "00:03.400", "01:13.400"),
            on("after-contact-work", "01:13.400", "01:33.400"),
            on("available", "01:33.400", "20:23.650"),
            on("incoming", "20:23.650", "20:26.650"),
            on("on-contact", "20:26.650", "20:51.650"),
            on("after-contact-work", "20:51.650", "20:53.650"),
            on("available", "20:53.650", "30:13.650"),
            on("on-contact", "30:13.650", "30:25.650"),
        ]
    );
}

#[test]
fn intervals_are_as_worked_out() {
    let [contacts, _, intervals] = truth();
    let queue = &find(&contacts, &json!({"customer": "+61255500001"}))["queue"];
    let figures = |from: &str, agent: Value, channel: &str| {
        find(&intervals, &json!({"from": from, "agent": agent, "queue": queue, "channel": channel}))
    };
    let assert_figures = |line: &Value, expected: Value| {
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(line[name], *value, "{name}: {line:#}");
        }
    };
    // The abandoned call, the one that asked for a callback, and the callback.
    assert_figures(
        figures("2026-11-01T23:45:00.000Z", Value::Null, "VOICE"),
        json!({
            "to": "2026-11-02T00:00:00.000Z",
            "offered": 3, "answered": 0, "abandoned": 1,
            "wfm_offd_call_cnt": 3, "wfm_answ_call_cnt": 1, "wfm_aband_call_cnt": 1, "wfm_callback_requested_call_cnt": 1,
            "wfm_talking_call_dur": 60, "wfm_wrap_up_dur": 20, "wfm_hold_call_dur": 0,
            "wfm_queued_and_aband_call_dur": 12, "wfm_queued_aband_longest_que_dur": 12,
            "wfm_aband_within_sl_cnt": 1, "wfm_aband_short_call_cnt": 0,
            // From 23:55:30.650 until the agent took it at 00:00:03.400.
            "wfm_queued_and_answ_call_dur": 273, "wfm_queued_answ_longest_que_dur": 273, "wfm_ans_servicelevel_cnt": 0,
            "connect_contacts_queued": 2, "connect_contacts_abandoned": 1, "connect_sum_abandon_time": 12,
            "connect_contacts_transferred_out_from_queue": 1, "connect_contacts_handled": 0,
        }),
    );
    // The callback ends; the second leg of the queue transfer.
    assert_figures(
        figures("2026-11-02T00:00:00.000Z", Value::Null, "VOICE"),
        json!({
            "offered": 1, "answered": 2, "abandoned": 0, "wfm_offd_call_cnt": 1, "wfm_talking_call_dur": 15,
            "wfm_hold_call_dur": 15, "wfm_wrap_up_dur": 5, "wfm_ans_servicelevel_cnt": 1,
            "connect_contacts_handled": 2, "connect_callback_contacts_handled": 1, "connect_sum_interaction_time": 75,
            "connect_sum_hold_time": 15, "connect_sum_handle_time": 115, "connect_contacts_put_on_hold": 1,
        }),
    );
    // The asked colleague counts in no queue.
    assert_figures(
        figures("2026-11-02T00:15:00.000Z", Value::Null, "VOICE"),
        json!({
            "offered": 1, "wfm_offd_call_cnt": 1, "wfm_talking_call_dur": 30, "wfm_hold_call_dur": 28,
            "wfm_wrap_up_dur": 30,
        }),
    );
    assert_figures(
        figures("2026-11-02T12:00:00.000Z", Value::Null, "EMAIL"),
        json!({
            "offered": 1, "answered": 0, "wfm_offd_call_cnt": 1, "wfm_answ_call_cnt": 1, "wfm_talking_call_dur": 300,
            "connect_contacts_handled": 0,
        }),
    );
    assert_figures(
        figures("2026-11-03T00:00:00.000Z", Value::Null, "EMAIL"),
        json!({
            "offered": 0, "answered": 1, "wfm_offd_call_cnt": 0, "connect_contacts_handled": 1,
        }),
    );
    assert_figures(
        figures("2026-11-02T00:00:00.000Z", json!("agent00001"), "VOICE"),
        json!({
            "answered": 1, "wfm_answ_call_cnt": 1, "wfm_talking_call_dur": 60, "wfm_wrap_up_dur": 20,
        }),
    );
    let time = find(
        &intervals,
        &json!({
            "from": "2026-11-02T00:00:00.000Z", "agent": "agent00001", "queue": null, "channel": null,
        }),
    );
    // On the callback from 3 to 93 seconds, and never idle before.
    assert_figures(
        time,
        json!({
            "online_seconds": 900, "non_productive_seconds": 0, "contact_seconds": 90, "after_contact_work_seconds": 20,
            "idle_seconds": 807, "error_seconds": 0,
        }),
    );
}
