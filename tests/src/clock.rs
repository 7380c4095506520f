//! The time of day of the processes that a test runs: another than the machine's, and set as the test goes on.
//!
//! A process is started with [`Clock::env`], which loads a small library before its own (`clock.c`, compiled when the
//! clock is made). The binary is the one that is deployed. Only the time of day is another: time-outs and pauses last as
//! long as ever.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::process::Command;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use tempfile::TempDir;

const SOURCE: &str = include_str!("clock.c");

/// A clock that several processes share. Its folder is removed on drop; processes that run keep the last time.
#[derive(Debug)]
pub struct Clock {
    folder: TempDir,
    file: File,
    ahead_nanos: AtomicI64,
    env: [(&'static str, String); 2],
}

impl Clock {
    /// A clock that shows this time now, and goes on from there.
    pub fn starting_at(time: Timestamp) -> Self {
        let folder = TempDir::with_prefix("switchboard-clock-").expect("a temporary folder");
        let path = |name: &str| folder.path().join(name);
        fs::write(path("clock.c"), SOURCE).expect("a file");
        let compiled = Command::new("cc")
            .args(["-O2", "-shared", "-fPIC", "-o"])
            .args([path("clock.so"), path("clock.c")])
            .output()
            .expect("a C compiler, which OpenSSL is built with, too");
        assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
        let file = File::create(path("ahead")).expect("a file");
        let text = |name: &str| path(name).to_str().expect("a temporary folder with a UTF-8 name").to_owned();
        let env = [("LD_PRELOAD", text("clock.so")), ("SWITCHBOARD_TEST_CLOCK", text("ahead"))];
        let clock = Self { file, env, ahead_nanos: AtomicI64::new(0), folder };
        clock.set(time);
        clock
    }

    /// Shows this time from now on.
    pub fn set(&self, time: Timestamp) {
        let ahead = time.as_nanosecond() - Timestamp::now().as_nanosecond();
        let ahead = i64::try_from(ahead).expect("a time within centuries of now");
        self.file.write_all_at(&ahead.to_ne_bytes(), 0).expect("the file of a clock");
        self.ahead_nanos.store(ahead, Ordering::SeqCst);
    }

    /// What it shows.
    pub fn now(&self) -> Timestamp {
        let nanos = Timestamp::now().as_nanosecond() + i128::from(self.ahead_nanos.load(Ordering::SeqCst));
        Timestamp::from_nanosecond(nanos).expect("a time within centuries of now")
    }

    /// The variables of a process that goes by it.
    pub fn env(&self) -> Vec<(&str, &str)> {
        assert!(self.folder.path().is_dir(), "the folder of a clock is there as long as the clock");
        self.env.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }
}
