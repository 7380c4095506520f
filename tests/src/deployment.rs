//! The CDK app, deployed to the emulator as `npx cdk deploy` deploys it to AWS, with the release binaries.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use serde_json::Value;
use tempfile::TempDir;

use crate::emulator::Emulator;
use crate::figures::figure;
use crate::{sdk, workspace};

/// The emulator's one account.
pub const ACCOUNT: &str = "000000000000";

/// How long a command of the CDK may take, in seconds. It can hang where a custom resource dies.
const TIME_OUT: u32 = 300;

/// What `timeout` ends with where the time was up.
const TIME_IS_UP: i32 = 124;

/// Deployments of this process go one after the other: each has the machine to itself, and its time means something.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A deployed stack. The emulator's end is its end.
#[derive(Debug)]
pub struct Deployment {
    outputs: BTreeMap<String, String>,
    scratch: TempDir,
    endpoint: String,
}

impl Deployment {
    /// Deploys the app with these settings; README.md of `cdk/` lists them. The functions are those of
    /// [`workspace::binary`].
    pub fn deploy(emulator: &Emulator, config: &Value) -> Self {
        let scratch = TempDir::with_prefix("switchboard-deployment-").expect("a temporary folder");
        fs::write(scratch.path().join("config.json"), config.to_string()).expect("a config file");
        let endpoint = emulator.endpoint().to_owned();
        let mut deployment = Self { outputs: BTreeMap::new(), scratch, endpoint };
        let turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        deployment.cdk(&["bootstrap", &format!("aws://{ACCOUNT}/{}", sdk::REGION)]);
        let outputs = deployment.scratch.path().join("outputs.json");
        let started = Instant::now();
        let deploy = ["deploy", "--require-approval", "never", "--outputs-file", as_text(&outputs)];
        deployment.cdk(&deploy);
        figure(
            "cdk deploy to the emulator",
            format!("{:.1} s (goal: under a minute)", started.elapsed().as_secs_f64()),
        );
        drop(turn);
        deployment.outputs = read_outputs(&outputs);
        deployment
    }

    /// What the stack tells of itself, by the beginning of the output's name; a number follows it.
    pub fn output(&self, name: &str) -> &str {
        let known = || self.outputs.keys().cloned().collect::<Vec<_>>().join(", ");
        let found = self.outputs.iter().find(|(full, _)| full.starts_with(name));
        found.map_or_else(|| panic!("no output {name}; there are: {}", known()), |(_, value)| value)
    }

    /// Destroys the stack.
    pub fn destroy(self) {
        self.cdk(&["destroy", "--force"]);
    }

    /// Runs the CDK's own program in `cdk/`. What it prints is told only if it fails.
    fn cdk(&self, arguments: &[&str]) {
        let folder = workspace::root().join("cdk");
        let program = folder.join("node_modules/.bin/cdk");
        assert!(program.is_file(), "no {}: run tests/setup", program.display());
        let scratch = self.scratch.path();
        let ran = Command::new("timeout")
            .args(["--kill-after=10", &TIME_OUT.to_string()])
            .arg(&program)
            .args(arguments)
            .args(["--context", &format!("config={}", as_text(&scratch.join("config.json")))])
            .args(["--output", as_text(&scratch.join("cdk.out")), "--ci"])
            .current_dir(&folder)
            .env_clear()
            .envs([
                ("PATH", env_path().as_str()),
                ("HOME", as_text(scratch)),
                ("TMPDIR", as_text(scratch)),
                ("SWITCHBOARD_BINARIES", as_text(&workspace::binaries())),
                ("AWS_ENDPOINT_URL", &self.endpoint),
                ("AWS_REGION", sdk::REGION),
                ("AWS_ACCESS_KEY_ID", "test"),
                ("AWS_SECRET_ACCESS_KEY", "test"),
                ("AWS_EC2_METADATA_DISABLED", "true"),
            ])
            .output()
            .expect("the program timeout");
        let told =
            || format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
        let in_time = ran.status.code() != Some(TIME_IS_UP);
        assert!(in_time, "cdk {} was not done within {TIME_OUT} s:\n{}", arguments[0], told());
        assert!(ran.status.success(), "cdk {} ended with {}:\n{}", arguments[0], ran.status, told());
    }
}

fn read_outputs(path: &Path) -> BTreeMap<String, String> {
    let text = fs::read_to_string(path).expect("the outputs that cdk deploy wrote");
    let stacks: BTreeMap<String, BTreeMap<String, String>> =
        serde_json::from_str(&text).expect("outputs by stack and name");
    stacks.into_values().flatten().collect()
}

/// Where node is: wherever this process finds it.
#[expect(clippy::disallowed_methods, reason = "the machine's own PATH, not a setting of a function")]
fn env_path() -> String {
    std::env::var("PATH").expect("a PATH")
}

fn as_text(path: &Path) -> &str {
    path.to_str().expect("a path of UTF-8")
}
