//! The program, run in a folder of its own.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;
use switchboard_core::gzip::Gunzip;
use tempfile::TempDir;

/// The sample events of the workspace.
pub(crate) fn events() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events")
}

/// The path of a sample event.
pub(crate) fn event(path: &str) -> String {
    events().join(path).to_str().unwrap().to_owned()
}

/// A folder to run in.
pub(crate) struct Folder(TempDir);

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// The program, with no settings but these.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_switchboard"));
        command.args(arguments).current_dir(self.0.path()).env_clear();
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        Ended::of(self.command(arguments).output().unwrap())
    }

    /// Runs `replay --json` and reads what it prints.
    pub(crate) fn replay(&self, arguments: &[&str]) -> (i32, Value) {
        let ended = self.run(&[&["replay", "--json"], arguments].concat());
        let report = serde_json::from_str(&ended.stdout);
        (ended.status, report.unwrap_or_else(|error| panic!("{error}: {ended:?}")))
    }

    /// The contact records of an invented day, as they were delivered: some twice.
    pub(crate) fn contact_records(&self, day: &str) -> Vec<Value> {
        let mut files = Vec::new();
        list(&self.path(day).join("contact-records"), &mut files);
        let text = |file: &PathBuf| {
            let (mut gunzip, mut text) = (Gunzip::new(u64::MAX), Vec::new());
            gunzip.push(&fs::read(file).unwrap(), &mut text).unwrap();
            String::from_utf8(text).unwrap()
        };
        let texts: String = files.iter().map(text).collect();
        texts.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// All files below a folder, relative to it, sorted.
    pub(crate) fn files(&self, below: &str) -> Vec<String> {
        let mut files = Vec::new();
        list(&self.path(below), &mut files);
        let root = self.path(below);
        let mut files: Vec<_> =
            files.iter().map(|file| file.strip_prefix(&root).unwrap().to_str().unwrap().to_owned()).collect();
        files.sort();
        files
    }
}

/// The program as a server, that ends with the test.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
}

impl Server {
    /// Starts the program; the first line that it prints is the address.
    pub(crate) fn start(folder: &Folder, arguments: &[&str]) -> Self {
        Self::of(folder.command(arguments))
    }

    /// Starts that command.
    pub(crate) fn of(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self { child, address: address.trim().to_owned() }
    }

    /// Ends it as a service manager would.
    pub(crate) fn end(mut self) -> Ended {
        let id = self.child.id().to_string();
        assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let stderr = self.child.stderr.take().unwrap();
        let lines: Vec<_> = BufReader::new(stderr).lines().map(Result::unwrap).collect();
        let status = self.child.wait().unwrap().code().unwrap();
        Ended { status, stdout: String::new(), stderr: lines.join("\n") }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
    }
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { list(&path, files) } else { files.push(path) }
    }
}

impl Ended {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}
