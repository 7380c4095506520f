//! How much memory `switchboard wfm stats` needs for a contact.
//!
//! Prints the resident memory of the process per contact, of invented records that are read and let go one by one as the
//! program does: when all are in, and the most until the tables are made. Linux tells it; elsewhere there is no figure.

use std::{fs, hint::black_box};

use jiff::{Timestamp, tz::TimeZone};
use switchboard_core::{ctr::Ctr, ctr_version::CtrVersion};
use switchboard_simulator::CtrGenerator;
use switchboard_wfm::stats::{ContactFacts, DEFAULT_SHORT_CALL_SECS, IntervalLength, Settings, Statistics};

const RECORDS: usize = 200_000;

fn main() {
    let now = Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(24 * 365 * 56);
    let mut statistics = Statistics::new(Settings {
        interval: IntervalLength::Fifteen,
        time_zone: TimeZone::UTC,
        service_level_secs: 20,
        short_call_secs: DEFAULT_SHORT_CALL_SECS,
        channels: Vec::new(),
        from: None,
        to: None,
    });
    let before = memory_bytes("VmRSS:");
    for record in CtrGenerator::new(7, Vec::new(), now).take(RECORDS) {
        let Ok(ctr) = Ctr::parse(&record.json) else { continue };
        if let Some(facts) =
            ContactFacts::read(&ctr, CtrVersion::of(&ctr, &record.json, jiff::Timestamp::now()))
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
