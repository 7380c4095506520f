//! A directory as a CSV file: columns `Phone` and `Name`.

use std::{collections::HashSet, fs, path::Path};

use csv::{Position, ReaderBuilder, StringRecord, Trim};
use switchboard_core::phone::PhoneNumber;

use crate::{
    error::{CsvProblem, OpenError},
    response,
};

/// Reads a directory, in the file's order.
///
/// The first line names the columns, in any case and order; columns other than `Phone` and `Name` are
/// ignored. White space around values and a byte order mark are dropped. A row without a number or
/// without a name says nothing and is skipped; of two rows with one number the first counts.
///
/// # Errors
///
/// [`OpenError::Read`] if the file can't be read, [`OpenError::Csv`] with the line of the first row that
/// is not understood.
pub fn read(path: &Path) -> Result<Vec<(PhoneNumber, String)>, OpenError> {
    let text = fs::read(path).map_err(|source| OpenError::Read { path: path.to_owned(), source })?;
    rows(&text).map_err(|AtLine { line, problem }| OpenError::Csv { path: path.to_owned(), line, problem })
}

#[derive(Debug, PartialEq)]
struct AtLine {
    line: usize,
    problem: CsvProblem,
}

fn rows(text: &[u8]) -> Result<Vec<(PhoneNumber, String)>, AtLine> {
    let at = |position: Option<&Position>, problem| AtLine { line: line(text, position), problem };
    // Rows may be of any length, so nothing else can be wrong with the form.
    let not_utf8 = |error: csv::Error| at(error.position(), CsvProblem::NotUtf8);
    let mut reader = ReaderBuilder::new().flexible(true).trim(Trim::All).from_reader(text);
    let headers = reader.headers().map_err(not_utf8)?;
    let phone_column = column(headers, "Phone")?;
    let name_column = column(headers, "Name")?;

    let (mut rows, mut seen) = (Vec::new(), HashSet::new());
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(not_utf8)? {
        let phone = record.get(phone_column).unwrap_or_default();
        if phone.is_empty() {
            continue;
        }
        let phone = PhoneNumber::parse(phone).ok_or_else(|| at(record.position(), CsvProblem::Phone))?;
        let name = response::name(record.get(name_column).unwrap_or_default());
        let name = name.map_err(|_| at(record.position(), CsvProblem::Name))?;
        if let Some(name) = name
            && seen.insert(phone.clone())
        {
            rows.push((phone, name.as_ref().to_owned()));
        }
    }
    Ok(rows)
}

/// The line that a record begins on. The reader's own count stops before the empty lines ahead of it.
fn line(text: &[u8], position: Option<&Position>) -> usize {
    let start = position.and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or_default();
    let empty_lines = text.iter().skip(start).take_while(|byte| matches!(byte, b'\r' | b'\n'));
    let before = text.iter().take(start).chain(empty_lines);
    1 + before.filter(|byte| **byte == b'\n').count()
}

fn column(headers: &StringRecord, name: &'static str) -> Result<usize, AtLine> {
    headers
        .iter()
        .position(|header| header.eq_ignore_ascii_case(name))
        .ok_or(AtLine { line: 1, problem: CsvProblem::NoColumn(name) })
}

#[cfg(test)]
mod tests;
