//! Contact records as the CSV rows of the history feed.
//!
//! One row per record, in the columns and the order that Teleopti's feed has had since 2018, so that
//! what reads it goes on reading it, and `LastUpdateTimestamp` after them: Connect delivers a record again
//! when something about its contact changes, and of two rows of one `ContactID` the one with the later
//! `LastUpdateTimestamp` counts. [`Layout::Extended`] adds what that document's own figures need and its
//! columns lack. No column says who called.
//!
//! - UTF-8 with a header row. Quoting is RFC 4180's; a row ends with `\n` as in the feed so far, not
//!   with that document's CRLF, which every CSV reader takes as well.
//! - Absent, `null` and of the wrong type are an empty cell.
//! - The two ARNs are their last path segment: the agent's, and the queue's id.
//! - Durations and counts are the integers that Connect wrote, in seconds; anything else is empty.
//! - `TransferredToEndpoint` is the endpoint's type: its address may be a person's number.
//!
//! # Cells that a spreadsheet would run
//!
//! A machine reads the feed and joins on its cells, so an exact cell comes first; but people open
//! such files too, and a queue's name is free text. A text that begins with `=`, a tab or a carriage
//! return gets an apostrophe before it. One that begins with `+`, `-` or `@` gets it unless all the
//! rest is ASCII letters, digits, `_`, `-`, `.` and `@`: with those nothing can be called. So every
//! E.164 number and every user name that Connect allows stays as it is. It begins after whatever a
//! spreadsheet may skip: white space, line ends, control characters and characters without a width.
//! The wide forms of the four signs (`＝`) count as the signs.

use std::{borrow::Cow, fmt, io, str::FromStr};

use switchboard_core::{arn::last_segment, ctr::Ctr, json::Raw};

/// Which columns a row has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layout {
    /// The 14 columns of Teleopti's feed, and `LastUpdateTimestamp`.
    #[default]
    Teleopti,
    /// Those 15, then the times, holds and neighbours of the contact.
    Extended,
}

/// A layout's name that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the layout is neither \"teleopti\" nor \"extended\"")]
pub struct UnknownLayout;

impl FromStr for Layout {
    type Err = UnknownLayout;

    fn from_str(name: &str) -> Result<Self, UnknownLayout> {
        match name {
            "teleopti" => Ok(Self::Teleopti),
            "extended" => Ok(Self::Extended),
            _ => Err(UnknownLayout),
        }
    }
}

const TELEOPTI: [&str; 15] = [
    "Agent_ARN",
    "Agent_AfterContactWorkDuration",
    "Agent_AgentInteractionDuration",
    "Agent_Username",
    "Channel",
    "ContactID",
    "InitiationMethod",
    "Queue_ARN",
    "Queue_Duration",
    "Queue_EnqueueTimestamp",
    "Queue_Name",
    "SystemEndpoint_Address",
    "TransferCompletedTimestamp",
    "TransferredToEndpoint",
    "LastUpdateTimestamp",
];

const EXTENSION: [&str; 11] = [
    "Agent_ConnectedToAgentTimestamp",
    "InitiationTimestamp",
    "Queue_DequeueTimestamp",
    "DisconnectTimestamp",
    "Agent_CustomerHoldDuration",
    "Agent_NumberOfHolds",
    "Agent_LongestHoldDuration",
    "NextContactId",
    "PreviousContactId",
    "InitialContactId",
    "DisconnectReason",
];

/// How a value becomes a cell.
#[derive(Clone, Copy)]
enum Cell<'a> {
    /// A string.
    Text(Raw<'a>),
    /// The last path segment of an ARN.
    Id(Raw<'a>),
    /// An integer.
    Whole(Raw<'a>),
}

/// Writes contact records as CSV rows, in memory for one buffer.
///
/// ```
/// use switchboard_core::ctr::Ctr;
/// use switchboard_wfm::history::rows::{Layout, RowWriter};
/// let mut rows = RowWriter::new(Vec::new(), Layout::Teleopti)?;
/// let ctr = Ctr::parse(r#"{"ContactId":"c1","InitiationMethod":"INBOUND","Queue":{"Name":"A, B"}}"#);
/// rows.write(&ctr.unwrap())?;
/// let csv = String::from_utf8(rows.finish()?).unwrap();
/// assert_eq!(csv.lines().nth(1), Some(",,,,,c1,INBOUND,,,,\"A, B\",,,,"));
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct RowWriter<W: io::Write> {
    csv: csv::Writer<W>,
    layout: Layout,
}

impl<W: io::Write> fmt::Debug for RowWriter<W> {
    // The buffer holds rows.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowWriter").field("layout", &self.layout).finish_non_exhaustive()
    }
}

impl<W: io::Write> RowWriter<W> {
    /// Begins a file with its header row.
    ///
    /// # Errors
    /// When `out` fails.
    pub fn new(out: W, layout: Layout) -> io::Result<Self> {
        let mut csv = writer(out);
        for name in TELEOPTI {
            csv.write_field(name)?;
        }
        if layout == Layout::Extended {
            for name in EXTENSION {
                csv.write_field(name)?;
            }
        }
        csv.write_record(None::<&[u8]>)?;
        Ok(Self { csv, layout })
    }

    /// Adds one record's row.
    ///
    /// # Errors
    /// When the output fails.
    pub fn write(&mut self, ctr: &Ctr<'_>) -> io::Result<()> {
        let (agent, queue) = (ctr.agent(), ctr.queue());
        let cells: [Cell<'_>; TELEOPTI.len()] = [
            Cell::Id(agent.arn),
            Cell::Whole(agent.after_contact_work_duration),
            Cell::Whole(agent.agent_interaction_duration),
            Cell::Text(agent.username),
            Cell::Text(ctr.channel),
            Cell::Text(ctr.contact_id),
            Cell::Text(ctr.initiation_method),
            Cell::Id(queue.arn),
            Cell::Whole(queue.duration),
            Cell::Text(queue.enqueue_timestamp),
            Cell::Text(queue.name),
            Cell::Text(ctr.system_endpoint().address),
            Cell::Text(ctr.transfer_completed_timestamp),
            Cell::Text(ctr.transferred_to_endpoint().kind),
            Cell::Text(ctr.last_update_timestamp),
        ];
        self.cells(&cells)?;
        if self.layout == Layout::Extended {
            let cells: [Cell<'_>; EXTENSION.len()] = [
                Cell::Text(agent.connected_to_agent_timestamp),
                Cell::Text(ctr.initiation_timestamp),
                Cell::Text(queue.dequeue_timestamp),
                Cell::Text(ctr.disconnect_timestamp),
                Cell::Whole(agent.customer_hold_duration),
                Cell::Whole(agent.number_of_holds),
                Cell::Whole(agent.longest_hold_duration),
                Cell::Text(ctr.next_contact_id),
                Cell::Text(ctr.previous_contact_id),
                Cell::Text(ctr.initial_contact_id),
                Cell::Text(ctr.disconnect_reason),
            ];
            self.cells(&cells)?;
        }
        self.csv.write_record(None::<&[u8]>)?;
        Ok(())
    }

    /// Ends the file and hands back the output, with every row in it.
    ///
    /// # Errors
    /// When the output fails.
    pub fn finish(self) -> io::Result<W> {
        self.csv.into_inner().map_err(csv::IntoInnerError::into_error)
    }

    fn cells(&mut self, cells: &[Cell<'_>]) -> csv::Result<()> {
        for cell in cells {
            match *cell {
                Cell::Text(raw) => self.csv.write_field(&*escape_formula(raw.text().unwrap_or_default()))?,
                Cell::Id(raw) => {
                    let arn = raw.text().unwrap_or_default();
                    self.csv.write_field(&*escape_formula(Cow::Borrowed(last_segment(&arn))))?;
                }
                Cell::Whole(raw) => self.csv.write_field(raw.integer().map_or("", |_| raw.json()))?,
            }
        }
        Ok(())
    }
}

/// The one kind of CSV that is written here.
pub fn writer<W: io::Write>(out: W) -> csv::Writer<W> {
    csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(out)
}

/// The text with an apostrophe before it where a spreadsheet would run it; see the module.
pub fn escape_formula(text: Cow<'_, str>) -> Cow<'_, str> {
    if is_run(&text) { Cow::Owned(format!("'{text}")) } else { text }
}

fn is_run(text: &str) -> bool {
    // Nearly every cell: nothing is skipped before a letter or a digit, and neither begins a formula.
    if text.as_bytes().first().is_none_or(u8::is_ascii_alphanumeric) {
        return false;
    }
    if text.starts_with(['\t', '\r']) {
        return true;
    }
    let mut rest = text.trim_start_matches(is_skipped).chars();
    match rest.next() {
        Some('=' | '＝' | '＋' | '－' | '＠') => true,
        Some('+' | '-' | '@') => !rest.all(|char| char.is_ascii_alphanumeric() || "_-.@".contains(char)),
        _ => false,
    }
}

/// True for what a spreadsheet may pass over before it looks for a formula.
fn is_skipped(char: char) -> bool {
    let has_no_width = matches!(char, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    char.is_control() || char.is_whitespace() || has_no_width
}

#[cfg(test)]
mod tests;
