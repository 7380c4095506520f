//! Contacts that a replay followed, and the commands that show them.

mod active;

use std::fs;

use serde_json::Value;

use crate::program::{Ended, Folder, event};

/// The answered call of the samples.
const CALL: &str = "4fab6e40-99d5-43ce-8a75-e058ee62b1b4";

/// The first contact of the chat that is transferred twice.
const CHAT: &str = "156c83a3-4d7c-4f43-835a-a64dc56f12ac";

/// Its others.
const CHAT_LATER: [&str; 2] =
    ["fa8c2067-1409-4302-800d-d967746bc02b", "c681aed4-374f-4f49-86d8-6d3d78385eba"];

/// What the samples tell of contacts, without the calls of flows: those are recorded at the time of the replay.
fn followed() -> Folder {
    let folder = Folder::new();
    let folders = ["contact-events", "flow-logs", "agents", "ctr"].map(event);
    let ended = folder.run(&["replay", &folders[0], &folders[1], &folders[2], &folders[3]]);
    assert_eq!(ended.status, 1, "some samples are damaged: {ended:?}");
    folder
}

fn shown(folder: &Folder, arguments: &[&str]) -> String {
    let ended = folder.run(arguments);
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""), "{arguments:?}: {ended:?}");
    ended.stdout
}

fn json(folder: &Folder, arguments: &[&str]) -> Value {
    serde_json::from_str(&shown(folder, &[arguments, &["--json"]].concat())).unwrap()
}

#[test]
fn the_replay_of_all_samples_names_a_contact_to_look_at() {
    let folder = Folder::new();
    let ended = folder.run(&["replay", &event("")]);
    let start = "contacts: out/contacts.db; see one with: switchboard ";
    let command = ended.stdout.lines().find_map(|line| line.strip_prefix(start)).unwrap();
    let command: Vec<_> = command.split(' ').collect();
    assert_eq!(command, ["contacts", "show", CALL]);
    assert!(shown(&folder, &command).contains("Talked with agent emily"));
    for name in ["answered-call.ndjson", "unreadable-lines.json", "record-nested.json"] {
        assert!(ended.stdout.contains(name), "{name}: {}", ended.stdout);
    }
}

#[test]
fn a_contact_is_shown_as_its_customer_went_through_it() {
    let folder = followed();
    let text = shown(&folder, &["contacts", "show", CALL]);
    for line in [
        "status    COMPLETED, CUSTOMER_DISCONNECT",
        "customer  +61491570156",
        "queue     Support",
        "agent     emily",
        "began     2026-11-02 01:00:00 UTC, lasted 4:10",
        "2026-11-02, UTC",
        "+0:09  01:00:09        Chose 2",
        "+0:14  01:00:14  21 s  Waited in queue Support",
        "+1:50  01:01:50  30 s  Was put on hold",
        "+4:10  01:04:10        The customer hung up",
    ] {
        assert!(text.lines().any(|one| one == line), "{line}: {text}");
    }
    let there = shown(&folder, &["contacts", "show", CALL, "--tz", "Australia/Brisbane"]);
    assert!(there.contains("+0:09  11:00:09        Chose 2"), "{there}");
    assert!(there.contains("2026-11-02, Australia/Brisbane"), "{there}");
}

#[test]
fn a_contact_is_shown_as_the_system_had_it() {
    let folder = followed();
    let text = shown(&folder, &["contacts", "show", CALL, "--technical"]);
    let lambda = text.lines().find(|line| line.contains("  Lambda ")).unwrap();
    assert!(lambda.contains(" ms  Lambda "), "with how long it took: {lambda}");
    for expected in ["ContactEvent QUEUED", "Block PlayPrompt", "Parameters.Text: Welcome", "Attribute "] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert!(text.lines().any(|line| line.starts_with("    {") && line.ends_with('}')), "as it came: {text}");
}

#[test]
fn a_chain_is_one_timeline() {
    let folder = followed();
    let text = shown(&folder, &["contacts", "show", CHAT_LATER[0], "--chain"]);
    let head: Vec<_> = text.lines().skip(1).take(3).collect();
    for (number, id) in [CHAT, CHAT_LATER[0], CHAT_LATER[1]].iter().enumerate() {
        assert!(head[number].starts_with(&format!("{}  {id}", number + 1)), "{text}");
    }
    for expected in
        ["#1  Chatted with agent bob", "#2  Chatted with agent emily", "#3  Chatted with agent rachel"]
    {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    let alone = shown(&folder, &["contacts", "show", CHAT_LATER[0]]);
    assert!(alone.contains("chain     contact 2 of 3; --chain shows all"), "{alone}");
    assert!(alone.contains("agent emily") && !alone.contains("agent bob"), "{alone}");
}

#[test]
fn json_has_the_same() {
    let folder = followed();
    let call = json(&folder, &["contacts", "show", CALL]);
    assert_eq!(call["contacts"][0]["Customer_Identifier"], "+61491570156");
    let texts: Vec<_> =
        call["journey"].as_array().unwrap().iter().map(|line| line["text"].as_str().unwrap()).collect();
    assert!(texts.contains(&"Talked with agent emily"), "{texts:?}");
    let chain = json(&folder, &["contacts", "show", CHAT, "--chain", "--technical"]);
    assert_eq!(chain["contacts"].as_array().unwrap().len(), 3);
    assert!(chain["journey"][0]["raw"].as_str().unwrap().starts_with('{'));
    let active = json(&folder, &["contacts", "list", "--active"]);
    let is_worked_on =
        |contact: &Value| contact["Flag_Active"] == true || contact["Flag_AfterContactWork"] == true;
    assert!(active.as_array().unwrap().iter().all(is_worked_on));
}

#[test]
fn contacts_are_listed_by_customer_and_by_whether_they_have_ended() {
    let folder = followed();
    let of_customer = shown(&folder, &["contacts", "by-customer", "+61491570156"]);
    assert!(of_customer.contains(CALL) && of_customer.contains("completed"), "{of_customer}");
    assert_eq!(folder.run(&["contacts", "by-customer", "+12025550142"]).status, 1);
    let rows = |text: &str| text.lines().filter(|line| line.matches('-').count() >= 4).count();
    let (all, active) =
        (shown(&folder, &["contacts", "list"]), shown(&folder, &["contacts", "list", "--active"]));
    assert!(!active.contains(CALL) && all.contains(CALL) && all.contains("abandoned"), "{all}");
    assert!(rows(&active) > 0 && rows(&active) < rows(&all), "{active}");
    let began = |line: &str| line.split_whitespace().skip(1).take(2).collect::<Vec<_>>().join(" ");
    let times: Vec<_> = all.lines().skip(1).filter(|line| line.contains("2026-")).map(began).collect();
    assert!(times.is_sorted_by(|one, next| one >= next), "the latest first: {times:?}");
}

#[test]
fn an_unknown_contact_is_reported_on_standard_error() {
    let folder = followed();
    let Ended { status, stdout, stderr } = folder.run(&["contacts", "show", "nobody"]);
    assert_eq!((status, stdout.as_str()), (1, ""));
    assert!(stderr.contains("of contact nobody"), "{stderr}");
}

/// All that three commands show of the call and the chat.
fn views(folder: &Folder) -> Vec<String> {
    [
        &["contacts", "show", CALL][..],
        &["contacts", "show", CALL, "--technical"],
        &["contacts", "show", CHAT, "--chain", "--json"],
    ]
    .map(|arguments| shown(folder, arguments))
    .into()
}

#[test]
fn the_order_and_repetition_of_events_do_not_matter() {
    let (straight, crossed) = (Folder::new(), Folder::new());
    for name in ["answered-call", "chat-transferred-twice"] {
        let parts = [
            format!("contact-events/{name}.ndjson"),
            format!("flow-logs/{name}.json"),
            format!("agents/{name}.json"),
        ];
        for (number, part) in parts.iter().enumerate() {
            let text = fs::read_to_string(event(part)).unwrap();
            straight.write(&format!("in/{number}/{name}"), &text);
            let lines: Vec<_> = text.lines().rev().collect();
            let backwards = format!("{0}\n{0}\n", lines.join("\n"));
            let crossed_text = if number == 0 { &backwards } else { &text };
            crossed.write(&format!("in/{}/{name}", 9 - number), crossed_text);
            crossed.write(&format!("in/{}/{name}-again", 5 - number), crossed_text);
        }
    }
    for folder in [&straight, &crossed] {
        assert_eq!(folder.run(&["replay", "in"]).status, 0);
    }
    let expected = views(&straight);
    assert!(expected[0].contains("Talked with agent emily"), "{}", expected[0]);
    assert_eq!(expected, views(&crossed));
}

#[test]
fn a_second_replay_shows_the_same_and_forgets_the_first() {
    let folder = followed();
    let first = views(&folder);
    let one = event("contact-events/task.ndjson");
    assert_eq!(folder.run(&["replay", &one]).status, 0);
    assert_eq!(folder.run(&["contacts", "show", CALL]).status, 1, "the file is of the last replay alone");
    let folders = ["contact-events", "flow-logs", "agents", "ctr"].map(event);
    folder.run(&["replay", &folders[0], &folders[1], &folders[2], &folders[3]]);
    assert_eq!(views(&folder), first);
}

#[test]
fn contacts_that_a_setting_names_are_added_to() {
    let folder = Folder::new();
    let url = format!("sqlite://{}", folder.path("kept.db").display());
    for file in ["contact-events/task.ndjson", "contact-events/answered-call.ndjson"] {
        let output = folder
            .command(&["replay", &event(file)])
            .env("CONTACTS", &url)
            .env("CONTACT_RETENTION_MINUTES", "20000000")
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    assert!(!folder.path("out/contacts.db").exists());
    for arguments in [["contacts", "list", "--contacts", "kept.db"], ["contacts", "list", "--contacts", &url]]
    {
        assert!(shown(&folder, &arguments).contains("2 contacts"));
    }
    let output = folder.command(&["contacts", "list"]).env("CONTACTS", &url).output().unwrap();
    assert!(Ended::of(output).stdout.contains("2 contacts"));
}

#[test]
fn what_is_about_no_contact_is_rejected_with_its_place() {
    let folder = Folder::new();
    let lines = [
        r#"{"ContactId":"c","ContactFlowModuleType":"PlayPrompt","Timestamp":"2026-11-02T01:00:00.000Z"}"#,
        "plain text, as other things write to the log",
        r#"{"ContactId":"","ContactFlowModuleType":"PlayPrompt"}"#,
        r#"{"colour":"red"}"#,
    ];
    folder.write("in/flow.log", lines.join("\n"));
    let (status, report) = folder.replay(&["in/flow.log"]);
    let file = &report["contacts"]["files"][0];
    assert_eq!(status, 1);
    assert_eq!(["events", "contacts", "rejected"].map(|name| file[name].as_u64().unwrap()), [4, 1, 3]);
    let rejected: Vec<Value> = folder
        .read("out/rejected/flow.log.ndjson")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let data: Vec<_> = rejected.iter().map(|line| line["data"].as_str().unwrap().trim()).collect();
    assert!(lines[1..].iter().all(|line| data.contains(line)), "{data:?}");
    assert!(rejected.iter().all(|line| line["start"].is_u64() && line["reason"].is_string()), "{rejected:?}");
}

#[test]
fn recorded_data_can_not_drive_the_terminal() {
    let folder = Folder::new();
    let call = r#"{"Details":{"ContactData":{"ContactId":"c"},
        "Parameters":{"Action":"Record","note":"one\n  two\u001b[31m"}}}"#;
    folder.write("call.json", call);
    assert_eq!(folder.replay(&["call.json"]).0, 0);
    let text = shown(&folder, &["contacts", "show", "c"]);
    assert!(text.contains("data      note = one two [31m\n"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text:?}");
}

#[test]
fn a_flow_is_answered_and_its_data_stored() {
    let folder = Folder::new();
    let (status, report) =
        folder.replay(&[&event("contact-flow/record.json"), &event("contact-flow/look-up.json")]);
    assert_eq!((status, report["contacts"]["total"]["events"].as_u64()), (0, Some(2)));
    let answer: Value = serde_json::from_str(&folder.read("out/answers/look-up.json.ndjson")).unwrap();
    assert_eq!(answer["Result"], "Ok");
    let recorded: Value =
        serde_json::from_slice(&fs::read(event("contact-flow/record.json")).unwrap()).unwrap();
    let id = recorded["Details"]["ContactData"]["ContactId"].as_str().unwrap();
    let text = shown(&folder, &["contacts", "show", id]);
    assert!(text.lines().any(|line| line.starts_with("data ") && line.contains(" = ")), "{text}");
    let (status, report) = folder.replay(&[&event("contact-flow/unknown-action.json")]);
    assert_eq!(
        (status, &report["rejected"][0]["reason"]),
        (1, &"the flow was answered UnknownAction".into())
    );
}
