//! How fast the invented contact centre emits a day, and what it needs in memory.
//!
//! Prints the processor time of the model alone, with the truth, and with everything that is emitted, into a sink; how much
//! was emitted of each kind; and, beside it, what it costs to build a `serde_json::Value` for each and to write that, the
//! plain way of doing it. In memory are counted contacts and figures; Linux tells the bytes, elsewhere there is no figure.
//!
//! Without arguments the day has 1,000 agents and 70,000 contacts; two numbers are agents and contacts:
//! `cargo bench -p switchboard --bench centre -- 50000 1000000`.

use std::{
    env, fs,
    hint::black_box,
    io,
    time::{Duration, Instant},
};

use serde_json::Value;
use switchboard_simulator::model::{
    Centre, Config, Directory, Sink, Step, Summary,
    emit::{Emission, Emitted, EmittedKind, Output},
    truth::{Truth, TruthFiles},
};

/// One in so many is built the plain way, too.
const SAMPLED: u64 = 1_000;

/// Counts what is emitted, and keeps a sample.
#[derive(Default)]
struct Counted {
    totals: [(u64, u64); EmittedKind::ALL.len()],
    sample: Vec<Vec<u8>>,
}

impl Output for Counted {
    fn put(&mut self, emitted: &Emitted<'_>) -> io::Result<()> {
        if let Some((items, bytes)) = self.totals.get_mut(emitted.kind as usize) {
            *items += 1;
            *bytes += u64::try_from(emitted.bytes.len()).unwrap_or(0);
            let is_packed = matches!(emitted.kind, EmittedKind::FlowLogs | EmittedKind::Report);
            if items.is_multiple_of(SAMPLED) && !is_packed {
                self.sample.push(emitted.bytes.to_owned());
            }
        }
        Ok(())
    }
}

/// The truth, and the most figures that it kept.
struct Watched {
    truth: Truth<io::Sink>,
    most: usize,
}

impl Watched {
    fn new(config: &Config) -> Self {
        let files = TruthFiles { contacts: io::sink(), agents: io::sink(), intervals: io::sink() };
        Self { truth: Truth::new(files, config.end()), most: 0 }
    }
}

impl Sink for Watched {
    fn take(&mut self, step: &Step<'_>) {
        self.truth.take(step);
        self.most = self.most.max(self.truth.figures_in_memory());
    }
}

fn main() {
    let mut numbers = env::args().skip(1).filter_map(|argument| argument.parse().ok());
    let (agents, contacts_per_day) = (numbers.next().unwrap_or(1_000), numbers.next().unwrap_or(70_000));
    let config = Config { agents, queues: agents.div_ceil(40), contacts_per_day, ..Config::default() };

    let Some((model, ..)) = run(&config, |_: &Step<'_>| {}) else { return };
    let Some((truth, ..)) = run(&config, Watched::new(&config)) else { return };
    print("model", model, "");
    print("and its truth", truth, "");

    let (mut watched, mut emission) =
        (Watched::new(&config), Emission::new(Counted::default(), config.begin()));
    let everything = |step: &Step<'_>| {
        watched.take(step);
        emission.take(step);
    };
    let Some((all, summary, directory)) = run(&config, everything) else { return };
    let Ok(Counted { totals, sample }) = emission.finish(config.end(), &directory) else { return };
    let megabytes = totals.iter().map(|(_, bytes)| bytes / 1_000_000).sum::<u64>();
    print("and emission", all, &format!("{} contacts, {megabytes} MB", summary.arrived));
    let sampled = u32::try_from(SAMPLED).unwrap_or(u32::MAX);
    let plain = plain(&sample).saturating_mul(sampled);
    let emitting = all.saturating_sub(truth);
    let ratio = plain.as_secs_f64() / emitting.as_secs_f64();
    print(
        "the plain way",
        plain,
        &format!("{ratio:.1} times the emission's {:.2} s", emitting.as_secs_f64()),
    );
    for (kind, (items, bytes)) in EmittedKind::ALL.iter().zip(totals) {
        line(&format!("{:<14} {items:>9}, {} MB", format!("{kind:?}"), bytes / 1_000_000));
    }
    let bytes = memory_bytes()
        .map_or_else(|| "not known here".to_owned(), |bytes| format!("{} MB", bytes / 1_000_000));
    line(&format!(
        "in memory      {} contacts, {} figures, {bytes} at most",
        summary.most_in_memory, watched.most
    ));
}

/// Lets the day happen: how long it took, and what it was.
fn run(config: &Config, sink: impl Sink) -> Option<(Duration, Summary, Directory)> {
    let begun = Clock::start();
    let (summary, _, directory) = Centre::new(config.clone(), sink).ok()?.finish();
    Some((begun.elapsed(), summary, directory))
}

/// Tells processor time, on Linux; elsewhere time.
struct Clock(Instant, Option<Duration>);

impl Clock {
    fn start() -> Self {
        Self(Instant::now(), processor_time())
    }

    fn elapsed(&self) -> Duration {
        let processor = processor_time().zip(self.1).map(|(now, begun)| now.saturating_sub(begun));
        processor.unwrap_or_else(|| self.0.elapsed())
    }
}

fn processor_time() -> Option<Duration> {
    let statistics = fs::read_to_string("/proc/self/schedstat").ok()?;
    statistics.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

/// How long it takes to build a document for each and to write it.
fn plain(sample: &[Vec<u8>]) -> Duration {
    let sample: Vec<Value> = sample.iter().filter_map(|bytes| serde_json::from_slice(bytes).ok()).collect();
    let begun = Clock::start();
    for value in &sample {
        let built = black_box(value).clone();
        drop(black_box(serde_json::to_vec(&built)));
    }
    begun.elapsed()
}

/// The most memory that this process had, as Linux tells it.
fn memory_bytes() -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: usize = line.split_whitespace().next()?.parse().ok()?;
    Some(1024 * kilobytes)
}

fn print(name: &str, time: Duration, more: &str) {
    line(format!("{name:<14} {:>7.2} s  {more}", time.as_secs_f64()).trim_end());
}

#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
fn line(text: &str) {
    println!("{text}");
}
