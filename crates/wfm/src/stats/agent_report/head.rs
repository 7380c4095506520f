//! Where a report's rows begin, and what is between its cells.

use std::io::{self, Read};

use super::{AgentReportError, Columns};

/// How much of a file is looked at for the header.
const HEAD_BYTES: u64 = 64 * 1024;
/// How many lines may stand above the header.
const MAX_TITLE_LINES: usize = 10;
/// What may be between cells: a comma in Connect's own files, the others in those that a spreadsheet saved.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// The beginning of a report.
pub(super) struct Head {
    /// From the header on.
    pub(super) bytes: Vec<u8>,
    /// What the input failed with behind it.
    pub(super) failure: Option<io::Error>,
    /// What is between cells.
    pub(super) delimiter: u8,
    /// How many lines are above the header.
    pub(super) title_lines: u64,
}

impl Head {
    /// Reads it.
    ///
    /// # Errors
    /// When there is no header of an agent report, or nothing could be read.
    pub(super) fn read(input: &mut impl Read) -> Result<Self, AgentReportError> {
        let mut bytes = Vec::new();
        let failure = input.take(HEAD_BYTES).read_to_end(&mut bytes).err();
        match failure {
            Some(error) if bytes.is_empty() => Err(AgentReportError::Read(error)),
            failure => {
                let (skipped, delimiter, title_lines) = find(&bytes)?;
                bytes.drain(..skipped);
                Ok(Self { bytes, failure, delimiter, title_lines })
            }
        }
    }
}

/// The header's first byte, what is between cells, and the lines above.
fn find(bytes: &[u8]) -> Result<(usize, u8, u64), AgentReportError> {
    if is_utf16(bytes) {
        return Err(AgentReportError::Utf16);
    }
    let (mut start, mut title_lines) = (0, 0);
    for line in bytes.split_inclusive(|byte| *byte == b'\n').take(MAX_TITLE_LINES + 1) {
        for delimiter in DELIMITERS {
            if columns(bytes.get(start..).unwrap_or_default(), delimiter).is_ok() {
                return Ok((start, delimiter, title_lines));
            }
        }
        start += line.len();
        title_lines += 1;
    }
    // What is missing in the first line, read with what it has most of.
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let cells = |delimiter: u8| first.split(|byte| *byte == delimiter).count();
    let most = DELIMITERS.iter().rev().max_by_key(|delimiter| cells(**delimiter)).copied().unwrap_or(b',');
    Err(columns(bytes, most).err().unwrap_or(AgentReportError::Header))
}

/// The columns, if a header begins there.
fn columns(bytes: &[u8], delimiter: u8) -> Result<Columns, AgentReportError> {
    Columns::find(super::reader(bytes, delimiter).headers().map_err(|_| AgentReportError::Header)?)
}

/// True for text of two bytes a character, by its first bytes: a byte order mark, or every other byte 0.
pub(super) fn is_utf16(bytes: &[u8]) -> bool {
    match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => true,
        [first, second, third, fourth, ..] => {
            matches!(
                [*first == 0, *second == 0, *third == 0, *fourth == 0],
                [true, false, true, false] | [false, true, false, true]
            )
        }
        _ => false,
    }
}

/// The text of the beginning of a UTF-16 file, whichever byte of two comes first.
pub(super) fn of_utf16(bytes: &[u8]) -> String {
    let is_big = matches!(bytes, [0xfe, 0xff, ..] | [0, ..]);
    let unit = |pair: &[u8; 2]| if is_big { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) };
    let (pairs, _) = bytes.as_chunks::<2>();
    char::decode_utf16(pairs.iter().map(unit))
        .map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

/// The rest of an input that may have failed already.
pub(super) struct Rest<R> {
    pub(super) failure: Option<io::Error>,
    pub(super) input: R,
}

impl<R: Read> Read for Rest<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.failure.take() {
            Some(failure) => Err(failure),
            None => self.input.read(buffer),
        }
    }
}
