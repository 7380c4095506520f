//! `switchboard redrive` against the emulator: what failed goes back, and nothing is taken away before it is there.

mod function;
mod objects;
mod queue;

use std::process::Command;

use aws_config::SdkConfig;
use switchboard_tests::{emulator::Emulator, workspace};

/// How the program ended, and what it said.
#[derive(Debug)]
struct Ran {
    status: i32,
    out: String,
    said: String,
}

/// Runs `switchboard redrive` with these arguments. Nothing personal may be told, whatever happens.
fn redrive(arguments: &[&str]) -> Ran {
    let ran = Command::new(workspace::program())
        .arg("redrive")
        .args(arguments)
        .envs(Emulator::shared().env())
        .envs([("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test"), ("AWS_REGION", "us-east-1")])
        .output()
        .expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    let ran =
        Ran { status: ran.status.code().expect("a status"), out: text(ran.stdout), said: text(ran.stderr) };
    assert!(!ran.out.contains("614915") && !ran.said.contains("614915"), "no number is told: {ran:?}");
    ran
}

async fn config() -> SdkConfig {
    Emulator::shared().sdk_config().await
}
