//! The rows of Connect's scheduled agent report.
//!
//! Columns are found by name, whatever their order; case, spaces and hyphens do not matter, and the
//! report and the export of historical metrics name them a little differently. Durations are seconds
//! or `HH:MM:SS`; an empty cell is one that Connect has no figure for. A row that can't be read, or that
//! has more seconds than its interval, costs itself alone.
//!
//! Between cells is a comma; a semicolon or a tab, as spreadsheets save files, is read as well, and so are
//! up to ten lines above the header. UTF-16 is rejected with that as the reason.

mod head;

use std::{fmt, io};

use jiff::Timestamp;
use switchboard_core::instant::instant_of_text;

use self::head::{Head, Rest};
use crate::stats::{AgentRow, AgentTimes, Period};

/// Why a report, or a row of it, gives nothing.
#[derive(Debug, thiserror::Error)]
pub enum AgentReportError {
    /// One row is not usable; go on with the next.
    #[error("line {line}: {fault}")]
    Row {
        /// The line that the row begins on, the header's being 1.
        line: u64,
        /// What is wrong with it.
        fault: RowFault,
    },
    /// This is no agent report: it lacks a column.
    #[error("no column {0}")]
    NoColumn(&'static str),
    /// The header is not text.
    #[error("the header is not UTF-8")]
    Header,
    /// The file has two bytes a character, as a spreadsheet's "Unicode text" has.
    #[error("it is UTF-16; save it as UTF-8")]
    Utf16,
    /// The input failed. Nothing follows.
    #[error("the report could not be read")]
    Read(#[source] io::Error),
}

/// What is wrong with a row of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RowFault {
    /// More or fewer cells than the header has.
    #[error("not as many cells as columns")]
    Width,
    /// A cell that is not text.
    #[error("not UTF-8")]
    NotUtf8,
    /// An empty cell for the agent, as in a row of totals.
    #[error("no agent")]
    NoAgent,
    /// An empty cell for the start or the end.
    #[error("no interval")]
    NoInterval,
    /// A start or an end that is no RFC 3339 timestamp with `Z` or an offset, or before 1971.
    #[error("a timestamp that can't be read")]
    Timestamp,
    /// The end is not after the start, or by more than 25 hours.
    #[error("an interval that is empty or longer than a day")]
    Interval,
    /// A duration that is neither seconds nor `HH:MM:SS`.
    #[error("a duration that can't be read")]
    Duration,
    /// A duration that is longer than the interval.
    #[error("more seconds than its interval has")]
    TooLong,
}

/// The rows of a report, in memory for one of them.
///
/// ```
/// use switchboard_wfm::stats::agent_report::AgentReport;
/// let report = "Agent,StartInterval,EndInterval,Online time\n\
///               anna,2024-05-01T10:00:00Z,2024-05-01T10:30:00Z,00:25:00\n";
/// let rows: Vec<_> = AgentReport::new(report.as_bytes())?.collect::<Result<_, _>>()?;
/// assert_eq!(rows[0].times.online_secs, Some(1500));
/// # Ok::<(), switchboard_wfm::stats::agent_report::AgentReportError>(())
/// ```
pub struct AgentReport<R> {
    csv: csv::Reader<io::Chain<io::Cursor<Vec<u8>>, Rest<R>>>,
    title_lines: u64,
    columns: Columns,
    row: csv::StringRecord,
}

impl<R> fmt::Debug for AgentReport<R> {
    // The reader's buffer holds rows.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentReport").field("columns", &self.columns).finish_non_exhaustive()
    }
}

/// Where the columns are.
#[derive(Debug)]
struct Columns {
    agent: usize,
    start: usize,
    end: usize,
    online: Option<usize>,
    non_productive: Option<usize>,
    idle: Option<usize>,
}

impl<R: io::Read> AgentReport<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// When this is no agent report, or the input fails.
    pub fn new(mut input: R) -> Result<Self, AgentReportError> {
        let Head { bytes, failure, delimiter, title_lines } = Head::read(&mut input)?;
        let mut csv = reader(io::Read::chain(io::Cursor::new(bytes), Rest { failure, input }), delimiter);
        let columns = Columns::find(csv.headers().map_err(|_| AgentReportError::Header)?)?;
        Ok(Self { csv, title_lines, columns, row: csv::StringRecord::new() })
    }
}

/// True if a file that begins so is an agent report: one that [`AgentReport`] reads, or one that it rejects for its encoding
/// alone.
pub fn is_agent_report(head: &[u8]) -> bool {
    if head::is_utf16(head) {
        let text = head::of_utf16(head);
        return AgentReport::new(text.trim_start_matches('\u{feff}').as_bytes()).is_ok();
    }
    AgentReport::new(head).is_ok()
}

fn reader<R: io::Read>(input: R, delimiter: u8) -> csv::Reader<R> {
    csv::ReaderBuilder::new().trim(csv::Trim::All).delimiter(delimiter).from_reader(input)
}

impl<R: io::Read> Iterator for AgentReport<R> {
    type Item = Result<AgentRow, AgentReportError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (line, row) = match self.csv.read_record(&mut self.row) {
            Ok(false) => return None,
            Ok(true) => (self.row.position().map_or(0, csv::Position::line), self.columns.read(&self.row)),
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                match error.into_kind() {
                    csv::ErrorKind::UnequalLengths { .. } => (line, Err(RowFault::Width)),
                    // The reader says itself that nothing follows.
                    csv::ErrorKind::Io(error) => return Some(Err(AgentReportError::Read(error))),
                    _ => (line, Err(RowFault::NotUtf8)),
                }
            }
        };
        Some(row.map_err(|fault| AgentReportError::Row { line: self.title_lines + line, fault }))
    }
}

impl Columns {
    fn find(header: &csv::StringRecord) -> Result<Self, AgentReportError> {
        let names: Vec<String> = header.iter().map(plain).collect();
        let find = |known: &[&str]| known.iter().find_map(|name| names.iter().position(|have| have == name));
        let columns = Self {
            // The one that Connect's records call Username comes first; `Agent` is the same in the report.
            agent: find(&["username", "agentusername", "agent", "agentname"])
                .ok_or(AgentReportError::NoColumn("Agent"))?,
            start: find(&["startinterval", "intervalstart"])
                .ok_or(AgentReportError::NoColumn("StartInterval"))?,
            end: find(&["endinterval", "intervalend"]).ok_or(AgentReportError::NoColumn("EndInterval"))?,
            online: find(&["onlinetime", "agentonlinetime"]),
            non_productive: find(&["nonproductivetime", "agentnonproductivetime"]),
            idle: find(&["agentidletime", "idletime"]),
        };
        if columns.online.or(columns.non_productive).or(columns.idle).is_none() {
            return Err(AgentReportError::NoColumn("Online time"));
        }
        Ok(columns)
    }

    fn read(&self, row: &csv::StringRecord) -> Result<AgentRow, RowFault> {
        let cell = |at| row.get(at).unwrap_or_default();
        let figure = |at: Option<usize>| at.map_or(Ok(None), |at| duration(cell(at)));
        let agent = Some(cell(self.agent)).filter(|agent| !agent.is_empty()).ok_or(RowFault::NoAgent)?;
        let during = Period::new(timestamp(cell(self.start))?, timestamp(cell(self.end))?);
        let row = AgentRow {
            agent: agent.to_owned(),
            during: during.ok_or(RowFault::Interval)?,
            times: AgentTimes {
                online_secs: figure(self.online)?,
                non_productive_secs: figure(self.non_productive)?,
                idle_secs: figure(self.idle)?,
            },
        };
        let AgentTimes { online_secs, non_productive_secs, idle_secs } = row.times;
        let longest = online_secs.max(non_productive_secs).max(idle_secs);
        if longest > Some(row.during.secs()) { Err(RowFault::TooLong) } else { Ok(row) }
    }
}

/// A column's name without what differs between exports.
fn plain(name: &str) -> String {
    name.chars().filter(|char| char.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn timestamp(cell: &str) -> Result<Timestamp, RowFault> {
    if cell.is_empty() {
        return Err(RowFault::NoInterval);
    }
    instant_of_text(cell).ok_or(RowFault::Timestamp)
}

/// Whole seconds, rounded down where an export has fractions; [`None`] for an empty cell.
fn duration(cell: &str) -> Result<Option<u64>, RowFault> {
    if cell.is_empty() {
        return Ok(None);
    }
    let secs = match cell.split(':').collect::<Vec<_>>()[..] {
        [secs] => seconds(secs),
        [hours, minutes, secs] => clock(hours, minutes, secs),
        _ => None,
    };
    secs.map(Some).ok_or(RowFault::Duration)
}

fn seconds(text: &str) -> Option<u64> {
    let (secs, fraction) = text.split_once('.').unwrap_or((text, "0"));
    whole(fraction)?;
    whole(secs)
}

fn clock(hours: &str, minutes: &str, secs: &str) -> Option<u64> {
    let sixtieths = |text| whole(text).filter(|number| *number < 60);
    whole(hours)?.checked_mul(3600)?.checked_add(sixtieths(minutes)? * 60 + sixtieths(secs)?)
}

/// Digits and nothing else.
fn whole(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests;
