//! How much memory a contact takes, in a process of its own.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use switchboard_core::{ctr::Ctr, ctr_version::CtrVersion};
use switchboard_wfm::history::ctr_version::CtrVersions;

const CONTACTS: u64 = 1_000_000;
/// What the documentation of [`CtrVersions`] says.
const BYTES_A_CONTACT: u64 = 170;

/// The most that this process has had in memory.
fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

#[test]
fn a_contact_takes_no_more_than_is_documented() {
    let document =
        r#"{"ContactId":"c","InitiationMethod":"API","LastUpdateTimestamp":"2024-05-01T10:00:00Z"}"#;
    let version = CtrVersion::of(&Ctr::parse(document).unwrap(), document, jiff::Timestamp::now());
    let before = peak_bytes();
    let mut versions = CtrVersions::default();
    for index in 0..CONTACTS {
        versions.insert(index, &index.to_string(), version);
    }
    let each = (peak_bytes() - before) / CONTACTS;
    println!("{each} bytes a contact, of {CONTACTS}");
    assert!(versions.is_latest(0) && versions.is_latest(CONTACTS - 1));
    assert!(each <= BYTES_A_CONTACT, "{each} bytes a contact");
}
