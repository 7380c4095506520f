//! Connect's metrics, polled from the invented API and shown.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use jiff::Timestamp;

use crate::program::{Ended, Folder, Server};

/// The invented instance.
const INSTANCE: &str =
    "arn:aws:connect:ap-southeast-2:012345678910:instance/8c5a4f1e-3b7d-4e29-a6f0-51d2c97be834";

/// A zone in which it is midday now: agents are at work.
fn midday() -> String {
    let hour = Timestamp::now().as_second().rem_euclid(86_400) / 3600;
    // The names tell how far UTC is ahead.
    format!("Etc/GMT{:+}", hour - 13)
}

/// A folder, and an invented centre to poll into it.
struct Office {
    folder: Folder,
    api: Server,
}

impl Office {
    fn new(arguments: &[&str]) -> Self {
        Self::of("60", arguments)
    }

    /// One with so many agents.
    fn of(users: &str, arguments: &[&str]) -> Self {
        let folder = Folder::new();
        let start =
            ["simulate", "connect-api", "--queues", "12", "--agents", users, "--port", "0", "--no-quotas"];
        let zone = midday();
        let api = Server::start(&folder, &[&start, &["--tz", &zone][..], arguments].concat());
        Self { folder, api }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.folder.command(arguments);
        command.env("AWS_ENDPOINT_URL_CONNECT", &self.api.address);
        command.envs([("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")]);
        command.envs([("AWS_REGION", "ap-southeast-2"), ("CONNECT_INSTANCE_ARN", INSTANCE)]);
        command.env("CONNECT_REQUESTS_PER_SECOND", "100");
        command
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        Ended::of(self.command(arguments).output().unwrap())
    }

    fn polled(&self, arguments: &[&str]) -> String {
        let ended = self.run(&[&["metrics", "poll"], arguments].concat());
        assert_eq!(ended.status, 0, "{arguments:?}: {ended:?}");
        ended.stdout
    }
}

#[test]
fn what_is_polled_is_shown() {
    let office = Office::new(&[]);
    let metadata = office.polled(&["metadata"]);
    assert!(metadata.starts_with("connect_metadata: "), "{metadata}");
    assert!(metadata.ends_with(" requests, 0 repeated; into out/metrics.db\n"), "{metadata}");
    assert!(office.folder.path("out/metrics.db").is_file());
    for (what, table) in [("current", "current_metric_data: "), ("users", "current_user_data: ")] {
        let said = office.polled(&[what]);
        assert!(said.starts_with(table) && !said.contains("incomplete"), "{said}");
    }
    let history = office.polled(&["history"]);
    let tables: Vec<_> = history.lines().filter_map(|line| line.split(": ").next()).collect();
    assert_eq!(tables[..2], ["historical_metric_data", "interval_metric_data"]);

    let shown = office.run(&["metrics", "show", "--all"]);
    assert_eq!((shown.status, shown.stderr.as_str()), (0, ""), "{shown:?}");
    let lines: Vec<_> = shown.stdout.lines().collect();
    assert!(lines[0].starts_with("queue "), "{shown:?}");
    assert!(lines.iter().any(|line| line.starts_with("agent ")), "{shown:?}");
    let last = lines.last().unwrap();
    assert!(last.contains(" queues by channel, as of ") && last.ends_with("; times are UTC"), "{last}");
    assert!(!shown.stdout.contains("00000000-"), "everything has its name: {shown:?}");
}

#[test]
fn what_was_polled_and_has_no_rows_was_polled() {
    // When the history begins, nobody has logged on yet.
    let office = Office::of("1", &["--from", "2026-11-02", "--now", "2026-11-02", "--speed", "0"]);
    office.polled(&["current"]);
    let agents = || office.run(&["metrics", "show"]).stdout.split("; ").nth(1).map(str::to_owned).unwrap();
    assert_eq!(agents(), "0 of 0 agents, never polled");
    office.polled(&["users"]);
    assert!(agents().starts_with("0 of 0 agents, as of "), "{}", agents());
}

#[test]
fn a_poll_that_could_not_read_all_says_so_and_is_no_success() {
    let office = Office::new(&["--throttle-every", "1"]);
    // Everything is throttled, lists too; the poll may take the time of its retries.
    let ended = office.run(&["metrics", "poll", "current"]);
    assert_eq!(ended.status, 1, "{ended:?}");
    let said = "current_metric_data: unchanged; incomplete: Connect throttles the requests\n";
    assert!(ended.stdout.starts_with(said), "{ended:?}");
    assert!(ended.stdout.ends_with("1 requests, 7 repeated; into out/metrics.db\n"), "{ended:?}");
}

#[test]
fn the_database_is_where_it_is_told_to_be() {
    let office = Office::new(&[]);
    let here = office.folder.path("here.db");
    let url = format!("sqlite://{}", here.display());
    let said = office.polled(&["current", "--db", "here.db"]);
    assert!(said.ends_with("; into here.db\n"), "{said}");
    let shown = office.folder.run(&["metrics", "show", "--db", &url]);
    assert_eq!(shown.status, 0, "{shown:?}");
    let missing = office.folder.run(&["metrics", "show"]);
    assert_eq!(missing.status, 2);
    assert!(
        missing.stderr.contains("out/metrics.db is not there: `switchboard metrics poll current`"),
        "{missing:?}"
    );
}

#[test]
fn what_is_missing_is_told_before_anything_is_asked() {
    let office = Office::new(&[]);
    let mut command = office.command(&["metrics", "poll", "current"]);
    let ended = Ended::of(command.env_remove("CONNECT_INSTANCE_ARN").output().unwrap());
    assert_eq!(ended.status, 2);
    assert!(ended.stderr.contains("CONNECT_INSTANCE_ARN"), "{ended:?}");
    let ended = office.run(&["metrics", "poll", "users", "--backfill", "7"]);
    assert_eq!(ended.status, 2);
    assert!(ended.stderr.contains("only history can be backfilled"), "{ended:?}");
    for wrong in ["no instance", "nope"] {
        let ended = office.run(&["metrics", "poll", "current", "--instance", wrong]);
        assert!(ended.status == 2 && ended.stderr.contains("--instance"), "{ended:?}");
        assert!(ended.stderr.contains("arn:aws:connect:REGION:ACCOUNT:instance/ID"), "{ended:?}");
    }
}

#[test]
fn it_is_asked_again_and_again() {
    let office = Office::new(&[]);
    let mut child = office
        .command(&["metrics", "poll", "current", "--every", "1"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let lines: Vec<_> = lines.take(4).map(Result::unwrap).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    let polls = lines.iter().filter(|line| line.starts_with("current_metric_data: "));
    assert_eq!(polls.count(), 2, "{lines:?}");
    // The second asks neither for the list of queues nor for e-mail, which was refused.
    assert!(lines[1].starts_with("3 requests, ") && lines[3].starts_with("1 requests, "), "{lines:?}");
}

#[test]
fn the_commands_that_are_told_run_from_anywhere() {
    let folder = Folder::new();
    let mut simulate = folder.command(&["simulate", "connect-api", "--port", "0"]);
    let program = simulate.get_program().display().to_string();
    let mut child = simulate.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let lines: Vec<_> = lines.take(5).map(|line| line.unwrap().trim().to_owned()).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(lines[3..], [format!("{program} metrics poll current"), format!("{program} metrics show")]);
}
