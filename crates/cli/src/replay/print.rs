//! A replay's report as text and as JSON.

use std::io::{self, Write};

use super::report::{Counts, Report};
use crate::table::{Screen, Sheet, fitted};

/// Where the terminal is narrower, what each file is is left out: the numbers tell more.
const ROOM_FOR_ALL_COLUMNS: usize = 120;

/// What the columns of numbers take, with the space between them.
const NUMBERS_WIDTH: usize = 59;

/// Prints the report as one JSON document.
///
/// # Errors
/// When standard output fails.
pub(crate) fn json(report: &Report) -> io::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, report)?;
    writeln!(out)
}

/// Prints the report for people.
///
/// # Errors
/// When standard output fails.
pub(crate) fn tables(report: &Report) -> io::Result<()> {
    let screen = Screen::stdout();
    let mut out = io::stdout().lock();
    if !report.files.is_empty() {
        write!(out, "{}", files(report, screen))?;
    }
    skipped(report, screen, &mut out)?;
    rejected(report, screen, &mut out)?;
    writeln!(out, "\ncallers: {}", report.callers)?;
    if report.files.iter().any(|file| file.enriched.is_some()) {
        writeln!(out, "results: {}/enriched", report.out)?;
    }
    if report.files.iter().any(|file| file.rejected_records.is_some()) {
        writeln!(out, "         {}/rejected", report.out)?;
    }
    example(report, &mut out)
}

fn files(report: &Report, screen: Screen) -> Sheet {
    let wide = screen.width.is_none_or(|width| width >= ROOM_FOR_ALL_COLUMNS);
    let path_width = match screen.width {
        None => usize::MAX,
        Some(width) if wide => width.saturating_sub(NUMBERS_WIDTH + 24),
        Some(width) => width.saturating_sub(NUMBERS_WIDTH),
    };
    let mut header = vec!["file"];
    header.extend(wide.then_some("what"));
    let text_columns = header.len();
    header.extend(["records", "known", "unknown", "failed", "no number", "rejected"]);
    let mut sheet = Sheet::new(screen, &header, text_columns..header.len());
    let mut row = |path: &str, what: &str, counts: &Counts| {
        let texts = std::iter::once(fitted(path, path_width)).chain(wide.then(|| what.to_owned()));
        let cells: Vec<_> = texts.chain(numbers(counts)).collect();
        sheet.row_with_alarm(cells, counts.rejected > 0);
    };
    for file in &report.files {
        row(&file.path, file.what, &file.counts);
    }
    row("total", "", &report.total);
    sheet
}

fn numbers(counts: &Counts) -> [String; 6] {
    let Counts { records, known, unknown, look_up_failed, not_looked_up, rejected } = counts;
    [records, known, unknown, look_up_failed, not_looked_up, rejected].map(ToString::to_string)
}

fn skipped(report: &Report, screen: Screen, out: &mut impl Write) -> io::Result<()> {
    if report.skipped.is_empty() {
        return Ok(());
    }
    let mut sheet = Sheet::new(screen, &["skipped", "because"], 0..0);
    let width = screen.width.map_or(usize::MAX, |width| width / 2);
    for file in &report.skipped {
        sheet.row([fitted(&file.path, width), file.reason.clone()]);
    }
    write!(out, "\n{sheet}")
}

fn rejected(report: &Report, screen: Screen, out: &mut impl Write) -> io::Result<()> {
    if report.rejected.is_empty() {
        return Ok(());
    }
    let mut sheet = Sheet::new(screen, &["rejected in", "place", "reason"], 0..0);
    let width = screen.width.map_or(usize::MAX, |width| width / 3);
    for record in &report.rejected {
        let place = fitted(&record.place.to_string(), width);
        sheet.row([fitted(&record.path, width), place, record.reason.clone()]);
    }
    write!(out, "\n{sheet}")?;
    if report.rejected_not_listed > 0 {
        writeln!(out, "… and {} more, all in {}/rejected", report.rejected_not_listed, report.out)?;
    }
    Ok(())
}

fn example(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let Some(example) = &report.example else {
        return Ok(());
    };
    writeln!(out, "\nfor example, contact {} of {} is now", example.contact_id, example.source)?;
    writeln!(out, "  \"CustomerEndpoint\": {}", example.customer_endpoint)?;
    writeln!(out, "  \"@timestamp\": {}", example.timestamp)?;
    writeln!(out, "in {}", example.file)
}
