//! `switchboard rta`, from a Kinesis stream to a service that reads as strictly as the real one.

mod ending;
mod lag;
mod reshard;
mod restart;

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use switchboard_agents::{fold, read};
use switchboard_core::agent_event::AgentEvent;
use switchboard_simulator::model::{Config, emit::EmittedKind};
use switchboard_simulator::{Item, View};
use switchboard_tests::centre::around_the_clock;
use switchboard_tests::rta_service::RtaService;
use switchboard_tests::wait::until;
use switchboard_tests::workspace;
use switchboard_wfm::agent_state::{StateChange, StateMode};
use tempfile::TempDir;

/// Two polls, a lease that a killed program left, and room.
const PATIENCE: Duration = Duration::from_mins(2);

/// Logged on or off, code and description, by user.
type ShownAgents = BTreeMap<String, (bool, String, String)>;

/// A service, and what the program needs to feed it.
struct Site {
    service: RtaService,
    folder: TempDir,
    endpoint: String,
}

/// A running program; killed on drop.
struct Running(Child);

impl Site {
    fn new(endpoint: &str) -> Self {
        let service = RtaService::start();
        let folder = tempfile::tempdir().expect("a folder");
        let secret = service.secret().to_string();
        std::fs::write(folder.path().join("secret.json"), secret).expect("a file");
        Self { service, folder, endpoint: endpoint.to_owned() }
    }

    /// Starts the program on this stream. What it prints is kept, run after run.
    fn start(&self, stream: &str) -> Running {
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        let log = |name: &str| File::options().create(true).append(true).open(path(name)).expect("a log");
        let child = Command::new(workspace::program())
            .args(["rta", "--stream", stream])
            .current_dir(self.folder.path())
            .env_clear()
            .envs([
                ("AWS_ACCESS_KEY_ID", "test"),
                ("AWS_SECRET_ACCESS_KEY", "test"),
                ("AWS_REGION", "us-east-1"),
            ])
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AGENTS", format!("sqlite://{}", path("agents.db")))
            .env("RTA_STATES", "activity")
            .env("RTA", format!("file://{}", path("secret.json")))
            .stdout(log("stdout"))
            .stderr(log("stderr"))
            .spawn();
        Running(child.expect("the program starts"))
    }

    fn printed(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }

    /// Waits until an operator sees just what these events fold to.
    fn waits_for(&self, events: &[Item]) {
        let expected = folded(events);
        assert!(expected.len() > 1, "something is to be seen");
        until("the picture to be right", PATIENCE, || (self.seen() == expected).then_some(()));
    }

    fn seen(&self) -> ShownAgents {
        let shown = self.service.picture().into_iter();
        shown.map(|(user, agent)| (user, (agent.is_logged_on, agent.code, agent.description))).collect()
    }

    /// No change was sent again that was acknowledged, and nobody was shown an older state after a newer one.
    fn was_told_once_and_in_order(&self) {
        assert!(self.service.repeats().is_empty(), "{:?}", self.service.repeats().len());
        self.was_told_in_order();
    }

    fn was_told_in_order(&self) {
        let mut last: BTreeMap<String, Timestamp> = BTreeMap::new();
        for taken in self.service.taken() {
            let at = taken.state.timestamp.expect("a time");
            let before = last.insert(taken.state.user, at);
            assert!(before.is_none_or(|before| before <= at), "an older state came after a newer one");
        }
    }
}

impl Running {
    /// SIGTERM, and how it ended.
    fn terminate(mut self) -> ExitStatus {
        let told = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        assert!(told.expect("kill runs").success());
        until("the program to end", PATIENCE, || self.0.try_wait().expect("a child"))
    }

    /// SIGKILL.
    fn kill(mut self) {
        self.0.kill().expect("a child that runs");
        assert_eq!(self.0.wait().expect("a child").signal(), Some(9));
    }
}

impl Drop for Site {
    /// A test that fails shows what there was to see.
    #[expect(clippy::print_stdout, reason = "the test runner keeps it for the tests that fail")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("{:?}\n{:?}\n{}", self.service.calls(), self.seen(), self.printed("stderr"));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// What all these events come to, by the fold alone.
fn folded(events: &[Item]) -> ShownAgents {
    let read = |event: &Item| {
        let event = AgentEvent::parse(&event.text).expect("an agent event");
        read(&event, Timestamp::MAX).expect("something told")
    };
    let agents = fold(events.iter().map(read)).into_named();
    let changes = agents.iter().filter_map(|(key, agent)| StateChange::of(key, agent, StateMode::Activity));
    changes
        .map(|change| {
            let shown = change.state;
            (change.agent.username.as_str().to_owned(), (shown.is_logged_on, shown.code, shown.description))
        })
        .collect()
}

/// A shift three hours old, and the events of its next four minutes in as many parts: none is so far ahead that it counts as
/// none.
fn shift<const PARTS: usize>(seed: u64, agents: u32) -> (Vec<Item>, [Vec<Item>; PARTS]) {
    let (now, minutes) = (Timestamp::now(), SignedDuration::from_mins(4));
    let config = Config { seed, contacts_per_day: 200 * agents, ..around_the_clock(3, agents, 3) };
    let shift = View::new(config, EmittedKind::AgentEvent).expect("a centre");
    let (past, next): (Vec<_>, Vec<_>) =
        shift.take_while(|event| event.at <= now + minutes).partition(|event| event.at <= now);
    let size = next.len().div_ceil(PARTS);
    let mut parts = next.chunks(size).map(<[_]>::to_vec);
    (past, std::array::from_fn(|_| parts.next().expect("enough events")))
}
