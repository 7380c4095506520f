//! Makes the CSV file that workforce management gets, of two copies of one contact record and another:
//! `cargo run -p switchboard-wfm --example feed`.
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;

use switchboard_core::ctr::Ctr;
use switchboard_wfm::history::rows::{Layout, RowWriter};

const RECORDS: &str = include_str!("../../../events/ctr/redelivered-versions.ndjson");

fn main() -> Result<(), Box<dyn Error>> {
    let mut rows = RowWriter::new(Vec::new(), Layout::Teleopti)?;
    for record in RECORDS.lines() {
        rows.write(&Ctr::parse(record)?)?;
    }
    // Here every copy has its row. `ctr-sftp` passes over the object twice and writes the newest copy alone; the last column,
    // LastUpdateTimestamp, tells copies of different files apart.
    print!("{}", String::from_utf8(rows.finish()?)?);
    Ok(())
}
