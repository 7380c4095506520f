//! What came into the record tables.

use std::io::{self, Write};

use serde::Serialize;

use crate::{database::FILE_NAME, table::clean};

/// What came into the record tables.
#[derive(Debug, Serialize)]
pub(crate) struct TablesReport {
    /// Where they are.
    pub(crate) location: String,
    /// Contact records that were read.
    pub(crate) contact_records: u64,
    /// Contact events that were read.
    pub(crate) contact_events: u64,
    /// Agent events that were read.
    pub(crate) agent_events: u64,
    /// Records and events that can't be rows.
    pub(crate) rejected: u64,
}

impl TablesReport {
    /// Writes it for people.
    ///
    /// # Errors
    /// When `out` fails.
    pub(crate) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let Self { location, contact_records, contact_events, agent_events, .. } = self;
        write!(
            out,
            "\nrecord tables: {}, of {contact_records} contact records, {contact_events} contact events and {agent_events} agent events",
            clean(location)
        )?;
        if self.rejected > 0 {
            write!(out, ", {} of no use", self.rejected)?;
        }
        // Where METRICS_DB or nothing says where, the command finds them by itself.
        let is_elsewhere = location.ends_with(FILE_NAME) && *location != format!("out/{FILE_NAME}");
        let option = if is_elsewhere { format!(" --db {}", clean(location)) } else { String::new() };
        writeln!(out, "; see them with: switchboard tables intervals{option}")
    }
}
