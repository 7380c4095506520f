//! `switchboard demo step`: moves on the time of a demo that stands still.
//!
//! The demo listens on a free port of the loopback address, which a file in its folder names. A request is a line with a number of
//! seconds, which no browser sends; the answer is a line with the centre's time once the handlers are done.

use std::{
    fs,
    io::{self, Write as _},
    net::Ipv4Addr,
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use jiff::{SignedDuration, Zoned};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

use crate::outcome::CommandOutcome;

/// The file with the address, in the folder of a demo.
const ADDRESS_FILE: &str = "step.address";

/// The longest request, in bytes.
const REQUEST_MAX_BYTES: u64 = 16;

/// The longest step.
const SECONDS_MAX: u32 = 86_400;

const AFTER_HELP: &str = "\
It prints the time at which the centre stands still then.

Examples:
  switchboard demo --until 10:30
  switchboard demo step 30";

/// Which demo, and how far.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// How many seconds of the centre's time.
    #[arg(value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=i64::from(SECONDS_MAX)))]
    seconds: u32,
    /// The folder of the demo's files.
    #[arg(long, value_name = "DIR", default_value = "out/demo")]
    out: PathBuf,
}

/// Asks a demo to go on.
///
/// # Errors
/// When none stands still there, or it ends meanwhile.
pub(super) async fn run(args: Args) -> anyhow::Result<CommandOutcome> {
    let none = || format!("no demo with --until runs in {}", args.out.display());
    let address = fs::read_to_string(args.out.join(ADDRESS_FILE)).with_context(none)?;
    let mut stream = TcpStream::connect(address.trim_end()).await.with_context(none)?;
    stream.write_all(format!("{}\n", args.seconds).as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.context("the demo has ended")?;
    ensure!(!answer.is_empty(), "the demo has ended");
    io::stdout().lock().write_all(answer.as_bytes())?;
    Ok(CommandOutcome::Success)
}

/// Where a demo is asked to go on. The file is removed when it is dropped.
#[derive(Debug)]
pub(super) struct StepListener {
    listener: TcpListener,
    file: PathBuf,
}

impl StepListener {
    /// For the demo in that folder.
    ///
    /// # Errors
    /// When there is no free port, or the file can't be written.
    pub(super) async fn open(folder: &Path) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("no port is free")?;
        let file = folder.join(ADDRESS_FILE);
        let written = fs::write(&file, format!("{}\n", listener.local_addr()?));
        written.with_context(|| format!("{} can't be written", file.display()))?;
        Ok(Self { listener, file })
    }

    /// The next step that is asked for.
    ///
    /// # Errors
    /// When no connection can be taken.
    pub(super) async fn next(&mut self) -> anyhow::Result<Step> {
        loop {
            let (stream, _) = self.listener.accept().await.context("no step can be asked for")?;
            if let Some(step) = Step::read(stream).await {
                return Ok(step);
            }
        }
    }
}

impl Drop for StepListener {
    fn drop(&mut self) {
        // The next demo replaces it otherwise.
        _ = fs::remove_file(&self.file);
    }
}

/// A step that is asked for, and waited for.
#[derive(Debug)]
pub(super) struct Step {
    seconds: u32,
    asker: TcpStream,
}

impl Step {
    /// [`None`] if it is something else that is asked for.
    async fn read(mut asker: TcpStream) -> Option<Self> {
        let mut line = String::new();
        BufReader::new(&mut asker).take(REQUEST_MAX_BYTES).read_line(&mut line).await.ok()?;
        let seconds = line.trim_end().parse().ok().filter(|seconds| (1..=SECONDS_MAX).contains(seconds))?;
        Some(Self { seconds, asker })
    }

    /// How far.
    pub(super) fn length(&self) -> SignedDuration {
        SignedDuration::from_secs(i64::from(self.seconds))
    }

    /// Says that it is done, and what time it is now. Who asked may be gone.
    pub(super) async fn answer(mut self, now: &Zoned) {
        _ = self.asker.write_all(format!("{now}\n").as_bytes()).await;
    }
}
