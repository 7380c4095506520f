//! How fast the invented contact centre emits a day of 1,000 agents and 70,000 contacts, and what it needs in memory.
//!
//! Prints the seconds of the model with the truth alone and of everything, into a sink, and how much was emitted of each kind.
//! Linux tells the memory; elsewhere there is no figure.

use std::{fs, io, time::Instant};

use switchboard_simulator::model::{
    Centre, Config, Sink, Step,
    emit::{Emission, Emitted, EmittedKind},
    truth::{Truth, TruthFiles},
};

fn config() -> Config {
    Config { agents: 1_000, queues: 25, contacts_per_day: 70_000, ..Config::default() }
}

fn truth() -> Truth<io::Sink> {
    let files = TruthFiles { contacts: io::sink(), agents: io::sink(), intervals: io::sink() };
    Truth::new(files, config().end())
}

fn main() {
    let begun = Instant::now();
    let Ok(centre) = Centre::new(config(), truth()) else { return };
    let (summary, ..) = centre.finish();
    print(&format!("model and truth  {:>6.2} s, {} steps", begun.elapsed().as_secs_f64(), summary.steps));

    let mut totals = [(0_u64, 0_u64); EmittedKind::ALL.len()];
    let count = |emitted: &Emitted<'_>| {
        if let Some((items, bytes)) = totals.get_mut(emitted.kind as usize) {
            *items += 1;
            *bytes += u64::try_from(emitted.bytes.len()).unwrap_or(0);
        }
        Ok(())
    };
    let begun = Instant::now();
    let (mut truth, mut emission) = (truth(), Emission::new(count, config().begin()));
    let everything = |step: &Step<'_>| {
        truth.take(step);
        emission.take(step);
    };
    let Ok(centre) = Centre::new(config(), everything) else { return };
    let (summary, _, directory) = centre.finish();
    drop(emission.finish(config().end(), &directory));
    print(&format!(
        "with emission    {:>6.2} s, {} contacts",
        begun.elapsed().as_secs_f64(),
        summary.arrived
    ));
    for (kind, (items, bytes)) in EmittedKind::ALL.iter().zip(totals) {
        print(&format!("{:<16} {items:>7}, {} MB", format!("{kind:?}"), bytes / 1_000_000));
    }
    match memory_bytes() {
        Some(bytes) => print(&format!("at most          {} MB", bytes / 1_000_000)),
        None => print("at most          not known here"),
    }
}

/// The most memory that this process had, as Linux tells it.
fn memory_bytes() -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: usize = line.split_whitespace().next()?.parse().ok()?;
    Some(1024 * kilobytes)
}

#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
fn print(line: &str) {
    println!("{line}");
}
