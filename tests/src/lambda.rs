//! A compiled function as AWS Lambda runs it: one process, its environment, its events.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::clock::Clock;
use crate::loopback::Loopback;
use crate::runtime_api::{Progress, RuntimeApi};
use crate::{wait, workspace};

/// Lambda's own limit for what a function does before it asks for its first event is 10 s; a busy machine gets more.
const START: Duration = Duration::from_secs(30);

/// A running function. The process is killed on drop.
#[derive(Debug)]
pub struct Lambda {
    name: String,
    api: Arc<RuntimeApi>,
    _server: Loopback,
    process: Mutex<Child>,
    spawned: Instant,
    /// A file and no pipe: what the function wrote before its answer can be read as soon as the answer is here.
    logs: NamedTempFile,
    /// Held while an event is being handled: an environment handles one at a time.
    turn: Mutex<()>,
}

/// How an event ended.
#[derive(Debug)]
pub struct Invocation {
    /// The function's response as it was sent; or the JSON of its error (`errorType`, `errorMessage`), which is
    /// `Sandbox.Timedout` or `Runtime.ExitError` where the function could not say so itself.
    pub result: Result<Vec<u8>, Value>,
    /// From the event's hand-over to the answer: the duration that Lambda bills, without the start.
    pub took: Duration,
}

impl Lambda {
    /// Starts the release binary `name` with Lambda's variables, dummy credentials and `env`, and nothing else from
    /// the environment of the test. Panics if the binary has not been built.
    pub fn start(name: &str, env: &[(&str, &str)]) -> Self {
        Self::start_program(name, &workspace::binary(name), env)
    }

    /// The same with another time of day than the machine's.
    pub fn start_on(clock: &Arc<Clock>, name: &str, env: &[(&str, &str)]) -> Self {
        let env = [env, &clock.env()].concat();
        Self::start_process(name, &workspace::binary(name), &env, Some(Arc::clone(clock)))
    }

    /// The same with any program that speaks the Runtime API.
    pub fn start_program(name: &str, program: &Path, env: &[(&str, &str)]) -> Self {
        Self::start_process(name, program, env, None)
    }

    fn start_process(name: &str, program: &Path, env: &[(&str, &str)], clock: Option<Arc<Clock>>) -> Self {
        let (api, server) = RuntimeApi::start(name, clock);
        let logs = NamedTempFile::new().expect("a file for the lines of a function");
        let spawned = Instant::now();
        let process = Command::new(program)
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", server.address.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", name)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{name}"))
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "test")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("_HANDLER", "bootstrap")
            .envs(env.iter().copied())
            .stdin(Stdio::null())
            .stdout(appending(&logs))
            .stderr(appending(&logs))
            .spawn()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", program.display()));
        Self {
            name: name.to_owned(),
            api,
            _server: server,
            process: Mutex::new(process),
            spawned,
            logs,
            turn: Mutex::default(),
        }
    }

    /// Hands the function an event, and waits for its answer. As on Lambda, a function that has not answered when its
    /// `time_left` is over is killed; this value then answers nothing more.
    pub fn invoke(&self, event: impl Into<Vec<u8>>, time_left: Duration) -> Invocation {
        let _turn = self.turn.lock().expect("no panic during another invocation");
        let progress = self.api.submit(event.into(), time_left);
        let (began, answer) = match self.wait(&progress, Instant::now() + START) {
            Ok(Progress::HandedOver(began)) => (began, self.wait(&progress, began + time_left)),
            Ok(Progress::Answered(..)) => unreachable!("an answer follows its event"),
            Err(None) => panic!("{} asked for no event in {START:?}; it said:\n{}", self.name, self.said()),
            Err(Some(error)) => return Invocation { result: Err(error), took: Duration::ZERO },
        };
        match answer {
            Ok(Progress::Answered(ended, result)) => Invocation { result, took: ended - began },
            Ok(Progress::HandedOver(_)) => unreachable!("an event is handed over once"),
            Err(Some(error)) => Invocation { result: Err(error), took: began.elapsed() },
            Err(None) => {
                self.kill();
                let message = format!("Task timed out after {:.2} seconds", time_left.as_secs_f64());
                let error = json!({"errorType": "Sandbox.Timedout", "errorMessage": message});
                Invocation { result: Err(error), took: time_left }
            }
        }
    }

    /// From the start of the process to its first request for an event: the part of a cold start that is ours.
    pub fn first_poll_after(&self) -> Duration {
        let first = wait::until(&format!("{} to ask for an event", self.name), START, || {
            assert!(self.exited().is_none(), "{} has exited; it said:\n{}", self.name, self.said());
            self.api.first_poll()
        });
        first - self.spawned
    }

    /// What the function reported to `/init/error`, if it did.
    pub fn init_error(&self) -> Option<Value> {
        self.api.init_error()
    }

    /// How the process ended, if it did.
    pub fn exited(&self) -> Option<ExitStatus> {
        let mut process = self.process.lock().expect("no panic while the process is held");
        process.try_wait().expect("the state of a child")
    }

    /// The lines that it has written to stdout and stderr so far, as they came; all those from before an answer.
    pub fn logs(&self) -> Vec<String> {
        let written = fs::read(self.logs.path()).expect("the lines of a function");
        // What follows the last line break is a line still being written.
        let whole = written.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        String::from_utf8_lossy(&written[..whole]).lines().map(str::to_owned).collect()
    }

    /// The process, by its number.
    pub fn process_id(&self) -> u32 {
        self.process.lock().expect("no panic while the process is held").id()
    }

    /// The most memory that the process has held so far (`VmHWM`), in kilobytes of 1024 bytes. It must still run.
    pub fn peak_memory_kb(&self) -> u64 {
        let pid = self.process_id();
        let status =
            std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a process of ours in /proc");
        let peak =
            status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("VmHWM of a live process");
        peak.trim().trim_end_matches(" kB").parse().expect("VmHWM is a number of kB")
    }

    /// The next step of an invocation; or why there is none, which is `None` when the deadline has passed.
    fn wait(&self, progress: &Receiver<Progress>, deadline: Instant) -> Result<Progress, Option<Value>> {
        loop {
            // Asked first, so that what a process sends in its last moment still counts.
            let exited = self.exited();
            match progress.recv_timeout(Duration::from_millis(10)) {
                Ok(step) => return Ok(step),
                Err(RecvTimeoutError::Disconnected) => unreachable!("the invocation holds the sender"),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if let Some(status) = exited {
                return Err(Some(self.init_error().unwrap_or_else(
                    || json!({"errorType": "Runtime.ExitError", "errorMessage": format!("Error: {status}")}),
                )));
            }
            if Instant::now() >= deadline {
                return Err(None);
            }
        }
    }

    fn said(&self) -> String {
        self.logs().join("\n")
    }

    /// Ends the process at once, as a failing machine would.
    pub fn kill(&self) {
        let mut process = self.process.lock().expect("no panic while the process is held");
        // It may have ended by itself.
        drop(process.kill());
        drop(process.wait());
    }
}

impl Drop for Lambda {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Appending, so that lines of both outputs stand one after the other.
fn appending(logs: &NamedTempFile) -> File {
    File::options().append(true).open(logs.path()).expect("the file of a function's lines")
}
