//! A replay's report as text and as JSON.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use super::{
    file_reports::{INDENT, split},
    report::Report,
};
use crate::table::{Screen, TextTable, clean, shortened};

/// Prints the report as one JSON document.
///
/// # Errors
/// When standard output fails.
pub(crate) fn json(report: &Report) -> io::Result<()> {
    let json = serde_json::to_vec_pretty(report)?;
    let mut out = io::stdout().lock();
    out.write_all(&json)?;
    writeln!(out)
}

/// Prints the report for people.
///
/// # Errors
/// When standard output fails.
pub(crate) fn tables(report: &Report) -> io::Result<()> {
    let screen = Screen::stdout();
    let mut out = io::stdout().lock();
    let tables = [
        report.enrichment.table(screen),
        report.workforce_feed.by_file.table(screen),
        report.contacts.by_file.table(screen),
        report.agents.by_file.table(screen),
    ];
    let mut tables = tables.into_iter().flatten();
    match tables.next() {
        Some(first) => write!(out, "{first}")?,
        None => writeln!(out, "nothing to replay")?,
    }
    for table in tables {
        write!(out, "\n{table}")?;
    }
    report.agents.write_changes(&report.out, screen, &mut out)?;
    skipped(report, screen, &mut out)?;
    rejected(report, screen, &mut out)?;
    writeln!(out)?;
    folders(report, &mut out)?;
    example(report, &mut out)?;
    if let Some(hint) = &report.contacts.hint {
        let location = &report.contacts.location;
        writeln!(out, "\ncontacts: {location}; see one with: {}", clean(&hint.command))?;
    }
    if let Some(tables) = &report.record_tables {
        tables.write(&mut out)?;
    }
    conclusion(report, &mut out)
}

/// One line for the files of a folder that are skipped for one reason.
fn skipped(report: &Report, screen: Screen, out: &mut impl Write) -> io::Result<()> {
    let mut groups: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for file in &report.skipped {
        let (folder, name) = split(&file.path);
        groups.entry((folder, &file.reason)).or_default().push(name);
    }
    if !groups.is_empty() {
        writeln!(out)?;
    }
    for ((folder, reason), names) in groups {
        let files = match names.as_slice() {
            [name] => format!("{folder}{name}"),
            names => format!("{} files in {folder}", names.len()),
        };
        let rest = reason.len() + "skipped , ".len();
        let width = screen.width.map_or(usize::MAX, |width| width.saturating_sub(rest).max(20));
        writeln!(out, "skipped {}: {}", clean(&shortened(&files, width)), clean(reason))?;
    }
    Ok(())
}

fn rejected(report: &Report, screen: Screen, out: &mut impl Write) -> io::Result<()> {
    if report.rejected.is_empty() {
        return Ok(());
    }
    let mut table = TextTable::new(screen, &["rejected", "because"], 0..0);
    let longest = report.rejected.iter().map(|record| record.reason.chars().count()).max().unwrap_or(0);
    let width = screen.width.map_or(usize::MAX, |width| width.saturating_sub(longest + 4).max(24));
    for record in &report.rejected {
        table.group(&record.path);
        let location = shortened(&record.location.to_string(), width.saturating_sub(INDENT.len()));
        table.row([format!("{INDENT}{location}"), record.reason.clone()]);
    }
    write!(out, "\n{table}")?;
    if report.rejected_not_listed > 0 {
        writeln!(out, "… and {} more, all in {}/rejected", report.rejected_not_listed, report.out)?;
    }
    Ok(())
}

/// Where callers were looked up, and where the results are.
fn folders(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let (files, feed) = (&report.enrichment.files, &report.workforce_feed.by_file);
    let mut line = |is_shown: bool, label: &str, folder: &str| {
        if is_shown { writeln!(out, "{label:<12} {}", clean(folder)) } else { Ok(()) }
    };
    line(!files.is_empty(), "callers:", &report.callers.to_string())?;
    let is_enriched = files.iter().any(|file| file.written.enriched.is_some());
    line(is_enriched, "enriched:", &format!("{}/enriched", report.out))?;
    line(feed.total.delivered > 0, "wfm files:", &report.workforce_feed.to)?;
    let rejects = files.iter().map(|file| &file.written.rejects);
    let rejects = rejects.chain(feed.files.iter().map(|file| &file.written));
    let mut rejects = rejects.chain(report.contacts.by_file.files.iter().map(|file| &file.written));
    let is_rejected = rejects.any(|rejects| rejects.rejected_records.is_some());
    line(is_rejected, "rejects:", &format!("{}/rejected", report.out))?;
    line(feed.total.rejected > 0, "wfm rejects:", &format!("{}/wfm-rejected", report.out))
}

fn example(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let Some(example) = &report.example else {
        return Ok(());
    };
    let members = &example.members;
    writeln!(out, "\nfor example, {} is now", clean(&example.source))?;
    writeln!(out, "  \"ContactId\": \"{}\"", clean(&members.contact_id))?;
    writeln!(out, "  \"CustomerEndpoint\": {}", clean(members.customer_endpoint.get()))?;
    writeln!(out, "  \"@timestamp\": {}", clean(members.timestamp.get()))?;
    writeln!(out, "in {}", clean(&example.file))
}

/// Why the exit status is 1, if it is: the last line, since a reader begins there.
fn conclusion(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let count = |count: u64, what: &str| match count {
        0 => None,
        1 => Some(format!("1 {what}")),
        count => Some(format!("{count} {what}s")),
    };
    let rejected = count(report.rejected_items(), "rejected item");
    let parts: Vec<_> = rejected.into_iter().chain(count(report.unused_files, "skipped file")).collect();
    if parts.is_empty() {
        return Ok(());
    }
    let parts = parts.join(" and ");
    if report.are_samples {
        writeln!(
            out,
            "\nReplay complete. These samples are damaged on purpose, everything else went through:"
        )?;
        return writeln!(out, "{parts} (listed above), so the exit status is 1.");
    }
    writeln!(out, "\nReplay complete with {parts} (listed above): exit status 1")
}
