//! How much memory `switchboard wfm stats` needs for a contact.
//!
//! Prints the resident memory of the process per contact, of invented records that are read and let go one by one as the
//! program does: when all are in, and the most until the tables are made. Linux tells it; elsewhere there is no figure.

use std::{fs, hint::black_box};

use jiff::{SignedDuration, tz::TimeZone};
use switchboard_core::{ctr::Ctr, ctr_version::CtrVersion};
use switchboard_simulator::{
    View,
    model::{Config, emit::EmittedKind},
};
use switchboard_wfm::stats::{ContactFacts, DEFAULT_SHORT_CALL_SECS, IntervalLength, Settings, Statistics};

const RECORDS: usize = 200_000;

fn main() {
    let mut statistics = Statistics::new(Settings {
        interval: IntervalLength::Fifteen,
        time_zone: TimeZone::UTC,
        service_level_secs: 20,
        short_call_secs: DEFAULT_SHORT_CALL_SECS,
        channels: Vec::new(),
        from: None,
        to: None,
    });
    // A small centre over many days: what it has in memory itself does not count much.
    let (agents, contacts_per_day, duration) = (200, 14_000, SignedDuration::from_hours(24 * 30));
    let config = Config { seed: 7, agents, contacts_per_day, duration, ..Config::default() };
    let Ok(records) = View::new(config, EmittedKind::ContactRecord) else { return };
    let before = memory_bytes("VmRSS:");
    for record in records.take(RECORDS) {
        let Ok(ctr) = Ctr::parse(&record.text) else { continue };
        if let Some(facts) =
            ContactFacts::read(&ctr, CtrVersion::of(&ctr, &record.text, jiff::Timestamp::now()))
        {
            statistics.add_contact(facts);
        }
    }
    let gathered = memory_bytes("VmRSS:");
    black_box(statistics.finish());
    for (name, bytes) in [("gathered", gathered), ("at most", memory_bytes("VmHWM:"))] {
        let per_record = bytes.zip(before).map(|(bytes, before)| bytes.saturating_sub(before) / RECORDS);
        let told = per_record.map_or_else(|| "not known here".to_owned(), |bytes| format!("{bytes} bytes"));
        print(&format!("{name:<10} {told} a record, of {RECORDS} invented ones"));
    }
}

/// A line of what Linux tells of this process.
fn memory_bytes(name: &str) -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: usize = line.split_whitespace().next()?.parse().ok()?;
    Some(1024 * kilobytes)
}

#[expect(clippy::print_stdout, reason = "a bench's answer")]
fn print(line: &str) {
    println!("{line}");
}
